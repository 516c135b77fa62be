#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_job_info
short_description: Get the status of a job on an Astera Integration Server
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Reads the status of one job by the ID that M(astera.data_stack.astera_job) returned.
  - How a server responds to an unknown ID is not published. If it returns a status, such as V(Invalid) or V(Unknown), the module returns
    that status. If it returns that the job does not exist, the task fails and RV(error.code) is V(not_found).
options:
  id:
    description: ID of the job.
    type: str
    required: true
extends_documentation_fragment:
  - astera.data_stack.attributes.reading
  - astera.data_stack.connection
  - astera.data_stack.job
seealso:
  - module: astera.data_stack.astera_job
"""

EXAMPLES = r"""
- name: Wait for the end of a job
  astera.data_stack.astera_job_info:
    url: "{{ astera_url }}"
    username: "{{ astera_username }}"
    password: "{{ astera_password }}"
    ca_path: "{{ astera_ca_path }}"
    id: "{{ started_job.job.id }}"
  register: job_status
  until: job_status.job.finished | default(false)
  retries: 360
  delay: 10
  failed_when: not (job_status.job.succeeded | default(false))
  delegate_to: localhost
"""

RETURN = r"""
job:
  description: The status of the job.
  returned: success
  type: dict
  contains:
    id:
      description: ID of the job.
      type: str
      returned: always
      sample: "1742"
    status:
      description: Status of the job, as the server spells it.
      type: str
      returned: always
      sample: Running
    finished:
      description: Whether the job has ended. This is the case with any status that is not one of O(waiting_statuses).
      type: bool
      returned: always
      sample: false
    succeeded:
      description: Whether the job ended with one of O(success_statuses).
      type: bool
      returned: always
      sample: false
# generated: {returned: error, of: astera_server_info, sample: {method: GET, path: /api/Job/1742/Status}}
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
      sample: GET
    path:
      description: The path of that request.
      type: str
      returned: always
      sample: /api/Job/1742/Status
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.job import JobInfo
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(JobInfo)


if __name__ == "__main__":
    main()
