#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_compatibility_info
short_description: Report how an Astera Integration Server answers, without any values
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Answers open questions about the server's API, which the vendor's documents leave open, by reading a real server.
  - Only logins and C(GET) requests are sent. Nothing is written.
  - The report holds key names, JSON types, formats and HTTP statuses. It holds no value of any member, no name of an object, no
    host name and no secret. A key that might be data, such as the name of a parameter, is reported as C(<key>).
  - The playbook C(astera.data_stack.compatibility) writes the report and a page to read and send for each server.
options:
  openapi_path:
    description:
      - The path of the server's own OpenAPI document, as the Astera client shows it as I(Server API Path), without the address.
      - If it is not given, well-known paths are tried.
    type: str
  pause_between_reads:
    description:
      - Seconds between the two reads of each object. What differs afterwards is reported in C(volatile).
    type: int
    default: 2
extends_documentation_fragment:
  - astera.data_stack.attributes.reading
  - astera.data_stack.connection
seealso:
  - module: astera.data_stack.astera_server_info
"""

EXAMPLES = r"""
- name: Read how the server answers
  astera.data_stack.astera_compatibility_info:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
  delegate_to: localhost
  register: found

- name: Show the answers
  ansible.builtin.debug:
    var: found.report.questions
"""

RETURN = r"""
report:
  description: What was found.
  returned: success
  type: dict
  contains:
    format:
      description: Always V(astera.data_stack.compatibility).
      type: str
      returned: always
      sample: astera.data_stack.compatibility
    version:
      description: The version of the format.
      type: int
      returned: always
      sample: 1
    collection:
      description: The version of this collection.
      type: str
      returned: always
      sample: 1.0.0
    ansible:
      description: The version of ansible-core.
      type: str
      returned: always
      sample: 2.21.5
    endpoints:
      description: Each read call with its HTTP status, content type, and the shape of the response.
      type: list
      elements: dict
      returned: always
      sample:
        - method: GET
          path: /api/Deployments
          status: 200
          content_type: application/json
          shape:
            - id: integer
              name: string
              updateDtTm: timestamp, 7 digits, offset
    questions:
      description: Each open question with its answer and evidence, or the answer V(unknown) with the reason.
      type: dict
      returned: always
      sample:
        U6:
          question: Does the configuration show the repository's password?
          answer: it is left out
          evidence:
            config_password: omit
    volatile:
      description: The members that differ between two reads, for each endpoint that has such members.
      type: dict
      returned: always
      sample:
        /api/Schedules:
          - "[].nextRunDtTm"
    openapi:
      description: Whether the server's own OpenAPI document was found, and how it describes the calls of this collection.
      type: dict
      returned: always
      sample:
        found: false
        reason: no OpenAPI document at openapi_path
markdown:
  description: The same as a page for a person.
  returned: success
  type: str
  sample: "# How this Astera Integration Server answers"
# generated: {returned: error, of: astera_server_info, sample: {method: GET, path: /api/Schedules}}
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
      sample: /api/Schedules
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.compatibility import (
    COMPATIBILITY,
)
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(COMPATIBILITY)


if __name__ == "__main__":
    main()
