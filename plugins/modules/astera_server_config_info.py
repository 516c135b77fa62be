#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_server_config_info
short_description: Get the configuration of an Astera Integration Server
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Reads C(GET /api/Server/Config), including the connection to the repository database. The module never returns its password.
extends_documentation_fragment:
  - astera.data_stack.attributes.reading
  - astera.data_stack.connection
  - astera.data_stack.info
seealso:
  - module: astera.data_stack.astera_server_config
"""

EXAMPLES = r"""
- name: Get the configuration of the server
  astera.data_stack.astera_server_config_info:
    url: "{{ astera_url }}"
    username: "{{ astera_username }}"
    password: "{{ astera_password }}"
    ca_path: "{{ astera_ca_path }}"
  delegate_to: localhost
  register: config_info

- name: Verify the repository database
  ansible.builtin.assert:
    that: config_info.server_config.server_db_info.database == "AsteraRepository"
"""

RETURN = r"""
server_config:
  description: The configuration of the server without secrets. The keys are in snake case unless O(raw=true).
  returned: success
  type: dict
  sample:
    server_profile: DEFAULT
    port: 9261
    server_db_info:
      data_provider: SqlServer
      server: sql.example.com
      database: AsteraRepository
# generated: {returned: error, of: astera_server_info, sample: {method: GET, path: /api/Server/Config}}
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
      sample: /api/Server/Config
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.info import ServerConfigInfo
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(ServerConfigInfo)


if __name__ == "__main__":
    main()
