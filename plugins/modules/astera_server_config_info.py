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
error:
  description: Details of the failure, for conditions in a playbook. See RV(astera.data_stack.astera_server_info#module:error).
  returned: on failure
  type: dict
  sample:
    code: permission
    method: GET
    path: /api/Server/Config
    status: 403
    detail: The user does not have the right to access this resource.
    outcome: not_committed
"""

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.info import ServerConfigInfo
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(ServerConfigInfo)


if __name__ == "__main__":
    main()
