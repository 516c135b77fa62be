#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_server_info
short_description: See that an Astera Integration Server is up, or wait until it is
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Reads C(GET /api/ServerInfo). Which keys it holds is not published, so that they are returned as they come.
  - It is also the way to find out whether the server can be reached and lets an account in, and to wait until it does.
options:
  wait_timeout:
    description:
      - Seconds to wait until the server answers, for one that is being installed or restarted.
      - A certificate that is not trusted, or a login that is refused, is a failure at once.
    type: int
    default: 0
  raw:
    version_added: 1.0.0
    description:
      - Whether to return the keys as the API spells them, instead of in snake case. Secrets are left out either way.
    type: bool
    default: false
extends_documentation_fragment:
  - astera.data_stack.attributes.reading
  - astera.data_stack.connection
seealso:
  - module: astera.data_stack.astera_server_config_info
"""

EXAMPLES = r"""
- name: The server is up and lets us in
  astera.data_stack.astera_server_info:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
    wait_timeout: 600
  delegate_to: localhost
"""

RETURN = r"""
server:
  description: What the server says of itself, secrets left out, with the keys in snake case unless O(raw=true).
  returned: success
  type: dict
  sample:
    version: "10.4"
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
      sample: /api/ServerInfo
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
"""

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.server_info import (
    SERVER_INFO,
)
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(SERVER_INFO)


if __name__ == "__main__":
    main()
