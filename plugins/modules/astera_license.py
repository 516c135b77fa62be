#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_license
short_description: Register and activate the license of an Astera Integration Server
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Registers a license key on the server, and activates it.
  - No published API endpoint reads a license, so that the module cannot compare it with the server. With O(receipt_path), the module
    records what the server accepted, and sends nothing a second time. Without it, each run sends the key again.
  - The activation requires that the server can reach the internet. For offline activation, use the Astera client.
  - According to the vendor, connected client applications shut down when a license is activated.
options:
  user:
    description: Name to register the license with.
    type: str
    required: true
  organization:
    description: Organization to register the license with.
    type: str
    required: true
  key:
    description: License key from Astera.
    type: str
    required: true
  activate:
    description: Whether to activate the license after it is registered.
    type: bool
    default: true
  force:
    description:
      - Whether to send the key and the activation even if the receipt records that the server accepted them before, and to replace the
        receipt of another server.
    type: bool
    default: false
  receipt_path:
    description:
      - File in which the module records, as a salted fingerprint, which license the server accepted and whether it was activated.
        The file contains neither the key nor anything from which the key could be recovered cheaply.
      - If the path ends with C(/), it is a directory, and the module names the file after the address of the server.
      - The module writes the file with mode 0600, and creates missing directories with mode 0700, on the host where the task runs.
        Unless O(force=true), it refuses the receipt of another server and a file that is not a receipt.
      - If the server accepted a key and did not activate it, the next run only activates it.
    type: path
extends_documentation_fragment:
  - astera.data_stack.attributes
  - astera.data_stack.connection
attributes:
  idempotent:
    support: partial
    details: Only with O(receipt_path). Without it, each run sends the license and reports a change.
seealso:
  - module: astera.data_stack.astera_server_config
"""

EXAMPLES = r"""
- name: Manage the license of an Astera Integration Server
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/astera.data_stack.astera:
      url: "{{ astera_url }}"
      username: "{{ astera_username }}"
      password: "{{ astera_password }}"
      ca_path: "{{ astera_ca_path }}"
  tasks:
    - name: Register and activate the license
      astera.data_stack.astera_license:
        user: Jane Doe
        organization: Example Ltd
        key: "{{ vault_astera_license_key }}"
        receipt_path: ~/.ansible/astera_data_stack/receipts/

    - name: Register the license again after the server was reinstalled
      astera.data_stack.astera_license:
        user: Jane Doe
        organization: Example Ltd
        key: "{{ vault_astera_license_key }}"
        receipt_path: ~/.ansible/astera_data_stack/receipts/
        force: true
"""

RETURN = r"""
license:
  description: The license that the module registered.
  returned: success
  type: dict
  contains:
    user:
      description: Name that the license is registered with.
      type: str
      returned: always
      sample: Jane Doe
    organization:
      description: Organization that the license is registered with.
      type: str
      returned: always
      sample: Example Ltd
    activated:
      description: Whether the server accepted the activation. In check mode, whether the module would request it.
      type: bool
      returned: always
      sample: true
verified:
  description: Always V(false), because no published endpoint reads a license.
  returned: success
  type: bool
  sample: false
# generated: {returned: error, of: astera_server_info, sample: {method: POST, path: /api/License/Key}}
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
      sample: /api/License/Key
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.license import License
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(License)


if __name__ == "__main__":
    main()
