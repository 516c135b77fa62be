#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_job
short_description: Run a dataflow or workflow on an Astera Integration Server now
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Starts a job on the server, and waits until it is over.
  - A job that ends with any other status than one of O(success_statuses) is a failure, and the message names the status.
  - Each task starts a job of its own. Where the answer to the start is lost, nobody can tell whether there is a job. It is then
    not started a second time, but RV(error.outcome) is V(unknown), and the Job Monitor of the Astera client shows it.
  - The wait outlasts a restart of the server, a token that runs out, and answers that say that the server cannot answer now. At its
    deadline RV(error.code) is V(timeout), and RV(job) has the id to go on with.
  - An interrupted wait, with Ctrl+C or by the cancellation of a job in AWX, leaves the job on the server running. No call that ends
    a job is published.
  - The call that starts a job is known from the vendor's sample code for version 8 of the server. That later versions have it at the
    same path, is assumed. See O(run_path).
options:
  file_path:
    description: The path of the dataflow (C(.Df)) or workflow (C(.Wf)) on the server.
    type: str
    required: true
  parameters:
    description:
      - Values for the parameters of the flow.
      - A value whose parameter is named like a secret (C(password), C(token), and so on) is shown as C(********) wherever the module
        shows anything. Where a secret has another name, give the task C(no_log).
    type: list
    elements: dict
    suboptions:
      action_name:
        description: The name of the object in the flow, such as that of a Variables object.
        type: str
        required: true
      parameter_name:
        description: The name of the field of that object.
        type: str
        required: true
      value:
        description: The value. Everything is sent as text.
        type: str
        required: true
  wait:
    description:
      - Whether to wait until the job is over.
      - If V(false), the task ends as soon as the job has an id. Follow it with M(astera.data_stack.astera_job_info).
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait until the job is over. A job that takes longer goes on, and the task fails.
    type: int
    default: 3600
  poll_interval:
    description: Seconds between two questions for the status.
    type: float
    default: 2.0
  success_statuses:
    description:
      - The words for the status of a job that ended well. Upper and lower case are the same.
      - The vendor publishes V(Completed), among "a few" words.
    type: list
    elements: str
    default: [Completed]
  waiting_statuses:
    description:
      - The words for the status of a job that is not over yet. Upper and lower case are the same.
      - A word that is in neither list is the end of a job that failed, for the vendor publishes no word for a failure.
    type: list
    elements: str
    default: [NotStarted, Queued, Initializing, Running]
  run_path:
    description: The path of the call that starts a job, for a server that has it elsewhere.
    type: str
    default: /api/CommandLineProcessor
extends_documentation_fragment:
  - astera.data_stack.attributes
  - astera.data_stack.connection
attributes:
  check_mode:
    details: No job is started. The result says which one would be.
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
- name: The day is closed
  astera.data_stack.astera_job:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
    file_path: C:\Flows\CloseDay.Wf
    parameters:
      - action_name: Variables
        parameter_name: region
        value: south
    wait_timeout: 7200
  delegate_to: localhost

- name: A long load is started, and left to itself
  astera.data_stack.astera_job:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    file_path: C:\Flows\LoadSales.Df
    wait: false
  register: load
  delegate_to: localhost
"""

RETURN = r"""
job:
  description: The job that was started. In check mode, and where no answer came, it has no id.
  returned: success, and on failure if a job was started
  type: dict
  contains:
    id:
      description: The id that the server gave it.
      type: str
      returned: always
      sample: "1742"
    status:
      description: The status that was seen last, in the server's word. V(null) where nobody waited.
      type: str
      returned: always
      sample: Completed
    elapsed:
      description: Seconds from the start until that status was seen.
      type: float
      returned: always
      sample: 84.2
    statuses:
      description: The statuses that were seen, each once for as long as it lasted.
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.job import JOB
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(JOB)


if __name__ == "__main__":
    main()
