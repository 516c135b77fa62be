#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_job_info
short_description: Read the status of a job on an Astera Integration Server
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Reads the status of one job, by the id that M(astera.data_stack.astera_job) returned.
  - What a server says of an id that it never gave out is not published. It may be a status such as V(Invalid) or V(Unknown), which is
    returned as it is, or that there is nothing, which is a failure whose RV(error.code) is V(not_found).
options:
  id:
    description: The job's id.
    type: str
    required: true
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
extends_documentation_fragment:
  - astera.data_stack.attributes.reading
  - astera.data_stack.connection
seealso:
  - module: astera.data_stack.astera_job
"""

EXAMPLES = r"""
- name: The load that was started before has ended
  astera.data_stack.astera_job_info:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
    id: "{{ load.job.id }}"
  register: job_status
  until: job_status.job.finished | default(false)
  retries: 360
  delay: 10
  failed_when: not (job_status.job.succeeded | default(false))
  delegate_to: localhost
"""

RETURN = r"""
job:
  description: How the job stands.
  returned: success
  type: dict
  contains:
    id:
      description: Its id.
      type: str
      returned: always
      sample: "1742"
    status:
      description: Its status, in the server's word.
      type: str
      returned: always
      sample: Running
    finished:
      description: Whether it is over, well or not. That is so with any status that is not one of O(waiting_statuses).
      type: bool
      returned: always
      sample: false
    succeeded:
      description: Whether it ended well, with one of O(success_statuses).
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.job import JOB_INFO
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(JOB_INFO)


if __name__ == "__main__":
    main()
