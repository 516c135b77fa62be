#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_job
short_description: Run a dataflow or workflow on an Astera Integration Server
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Starts a job on the server, and waits until the job ends.
  - The task fails if the job ends with a status that is not one of O(success_statuses). The message contains the status.
  - Each task starts its own job. If the response to the start is lost, it is unknown whether the job exists. The module does not start
    it again, RV(error.outcome) is V(unknown), and the Job Monitor of the Astera client shows whether the job exists.
  - The module continues to wait if the server restarts, a token expires, or the server is temporarily unavailable. After
    O(wait_timeout), RV(error.code) is V(timeout), and RV(job) has the ID of the job.
  - If the wait is interrupted, by Ctrl+C or because a job in AWX is canceled, the job on the server continues. No published API
    endpoint stops a job.
  - The request that starts a job is known from the sample code of the vendor for version 8 of the server. That later versions have it at
    the same path is assumed. See O(run_path).
options:
  file_path:
    description: Path of the dataflow (C(.Df)) or workflow (C(.Wf)) on the server.
    type: str
    required: true
  parameters:
    description:
      - Values for the parameters of the flow.
      - If the name of a parameter is that of a secret (C(password), C(token) and similar names), its value is shown as C(********) in all
        output of the module. If a secret has another name, set C(no_log) for the task.
    type: list
    elements: dict
    suboptions:
      action_name:
        description: Name of the object in the flow, such as the name of a Variables object.
        type: str
        required: true
      parameter_name:
        description: Name of the field of that object.
        type: str
        required: true
      value:
        description: Value of the field. The module sends each value as a string.
        type: str
        required: true
  wait:
    description:
      - Whether to wait until the job ends.
      - With V(false), the task ends when the job has an ID. Use M(astera.data_stack.astera_job_info) to read its status.
    type: bool
    default: true
  wait_timeout:
    description: Maximum time in seconds to wait until the job ends. A job that takes longer continues, and the task fails.
    type: int
    default: 3600
  poll_interval:
    description: Number of seconds between two requests for the status.
    type: float
    default: 2.0
  run_path:
    description: Path of the endpoint that starts a job, if the server has it at another path.
    type: str
    default: /api/CommandLineProcessor
extends_documentation_fragment:
  - astera.data_stack.attributes
  - astera.data_stack.connection
  - astera.data_stack.job
attributes:
  check_mode:
    details: Starts no job. The result shows which job a run would start.
  diff_mode:
    details: Shows which flow was started with which parameters. Secrets are shown as C(********).
  idempotent:
    support: none
    details: Each run starts a job.
seealso:
  - module: astera.data_stack.astera_job_info
  - module: astera.data_stack.astera_schedule
"""

EXAMPLES = r"""
- name: Run jobs
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/astera.data_stack.astera:
      url: "{{ astera_url }}"
      username: "{{ astera_username }}"
      password: "{{ astera_password }}"
      ca_path: "{{ astera_ca_path }}"
  tasks:
    - name: Run a workflow with a parameter
      astera.data_stack.astera_job:
        file_path: C:\Flows\CloseDay.Wf
        parameters:
          - action_name: Variables
            parameter_name: region
            value: south
        wait_timeout: 7200

    - name: Start a dataflow without waiting for its end
      astera.data_stack.astera_job:
        file_path: C:\Flows\LoadSales.Df
        wait: false
      register: started_job
"""

RETURN = r"""
job:
  description: The job that the task started. In check mode, and if the response was lost, its C(id) is null.
  returned: success, and on failure if the task started a job
  type: dict
  contains:
    id:
      description: ID of the job.
      type: str
      returned: always
      sample: "1742"
    status:
      description: The last status of the job, as the server spells it. Null if the task did not wait.
      type: str
      returned: always
      sample: Completed
    elapsed:
      description: Seconds from the start of the job until the task read this status.
      type: float
      returned: always
      sample: 84.2
    statuses:
      description: All statuses of the job that the task read, in their order.
      type: list
      elements: str
      returned: always
      sample: [Queued, Running, Completed]
# generated: {returned: error, of: astera_server_info, sample: {method: POST, path: /api/CommandLineProcessor}}
error:
  description: Details of the failure, for conditions in a playbook.
  returned: on failure
  type: dict
  contains:
    code:
      description:
        - One of V(unreachable), V(tls), V(authentication), V(permission), V(conflict), V(not_found), V(ambiguous_name),
          V(rejected), V(invalid_response), V(outcome_unknown), V(timeout), V(usage).
      type: str
      returned: always
      sample: permission
    method:
      description: The method of the request that failed. Null if no request failed.
      type: str
      returned: always
      sample: POST
    path:
      description: The path of that request.
      type: str
      returned: always
      sample: /api/CommandLineProcessor
    status:
      description: The HTTP status of the response. Null if there was none.
      type: int
      returned: always
      sample: 403
    detail:
      description: The message of the server without secrets, at most 500 characters.
      type: str
      returned: always
      sample: The user does not have the right to access this resource.
    outcome:
      description: Whether the server applied the write.
      type: str
      returned: always
      choices: [not_committed, committed, unknown]
      sample: not_committed
# end generated
"""

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.job import Job
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(Job)


if __name__ == "__main__":
    main()
