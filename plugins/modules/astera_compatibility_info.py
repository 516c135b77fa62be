#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_compatibility_info
short_description: Get a compatibility report of an Astera Integration Server
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Reads a real server to answer questions about its API that the documentation of the vendor leaves open.
  - Sends only logins and C(GET) requests. Nothing is written.
  - The report contains key names, JSON types, formats and HTTP statuses. It contains no values, no names of objects, no host names and no
    secrets. A key that might be data, such as the name of a parameter, is reported as C(<key>).
  - The playbook C(astera.data_stack.compatibility) writes the report and a readable page for each server.
options:
  openapi_path:
    description:
      - Path of the OpenAPI document of the server, without the address. The Astera client shows it as I(Server API Path).
      - If you do not set it, the module tries well-known paths.
    type: str
  pause_between_reads:
    description:
      - Number of seconds between the two reads of each object. C(volatile) reports the members that differ.
    type: int
    default: 2
extends_documentation_fragment:
  - astera.data_stack.attributes.reading
  - astera.data_stack.connection
seealso:
  - module: astera.data_stack.astera_server_info
"""

EXAMPLES = r"""
- name: Get the compatibility report of a server
  astera.data_stack.astera_compatibility_info:
    url: "{{ astera_url }}"
    username: "{{ astera_username }}"
    password: "{{ astera_password }}"
    ca_path: "{{ astera_ca_path }}"
  delegate_to: localhost
  register: compatibility

- name: Show the open questions and their answers
  ansible.builtin.debug:
    var: compatibility.report.questions
"""

RETURN = r"""
report:
  description: The report.
  returned: success
  type: dict
  contains:
    format:
      description: Always V(astera.data_stack.compatibility).
      type: str
      returned: always
      sample: astera.data_stack.compatibility
    version:
      description: Version of the format.
      type: int
      returned: always
      sample: 1
    collection:
      description: Version of this collection.
      type: str
      returned: always
      sample: 1.0.0
    ansible:
      description: Version of ansible-core.
      type: str
      returned: always
      sample: 2.21.5
    endpoints:
      description: Each read endpoint with its HTTP status, its content type, and the shape of the response.
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
      description: The members that differ between two reads, for each endpoint with such members.
      type: dict
      returned: always
      sample:
        /api/Schedules:
          - "[].nextRunDtTm"
    openapi:
      description: Whether the OpenAPI document of the server was found, and how it describes the endpoints that this collection uses.
      type: dict
      returned: always
      sample:
        found: false
        reason: no OpenAPI document at openapi_path
markdown:
  description: The report as a Markdown page.
  returned: success
  type: str
  sample: "# Compatibility report of an Astera Integration Server"
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.compatibility import Compatibility
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(Compatibility)


if __name__ == "__main__":
    main()
