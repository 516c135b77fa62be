#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_license
short_description: Register and activate the licence of an Astera Integration Server
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Gives the server its licence key, and activates it.
  - No call that reads a licence is published, so that the module cannot look at what the server has. With O(receipt_path) it
    remembers what was accepted, and sends nothing a second time. Without it, each run sends the key again.
  - The activation needs a way from the server to the internet. Offline activation is a matter of the Astera client.
  - According to the vendor, client applications that are connected shut down when a licence is activated.
options:
  user:
    description: The name to register the licence with.
    type: str
    required: true
  organization:
    description: The organization to register the licence with.
    type: str
    required: true
  key:
    description: The licence key from Astera.
    type: str
    required: true
  activate:
    description: Whether to activate the licence, too.
    type: bool
    default: true
  force:
    description:
      - Whether to send the key and the activation even if the receipt says that they were accepted before, and to replace the
        receipt of another server.
    type: bool
    default: false
  receipt_path:
    description:
      - A file in which the module records, as a salted fingerprint, which license the server accepted, and whether it was
        activated. Neither the key nor anything from which it could be recovered cheaply is in it.
      - If the path ends with C(/), it is a directory, and the module names the file after the address of the server.
      - It is written with mode 0600, and missing directories are created with mode 0700, where the task runs. The receipt of
        another server, or a file that is not a receipt, is refused unless O(force=true).
      - A key that was accepted but not activated is only activated by the next run.
    type: path
extends_documentation_fragment:
  - astera.data_stack.attributes
  - astera.data_stack.connection
attributes:
  idempotent:
    support: partial
    details: With O(receipt_path). Without it each run sends the licence, and reports a change.
seealso:
  - module: astera.data_stack.astera_server_config
"""

EXAMPLES = r"""
- name: The server is licensed
  astera.data_stack.astera_license:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
    user: Jane Doe
    organization: Example Ltd
    key: "{{ vault_astera_license_key }}"
    receipt_path: ~/.ansible/astera_data_stack/receipts/
  delegate_to: localhost

- name: The same licence is sent once more, after the server was set up anew
  astera.data_stack.astera_license:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    user: Jane Doe
    organization: Example Ltd
    key: "{{ vault_astera_license_key }}"
    receipt_path: ~/.ansible/astera_data_stack/receipts/
    force: true
  delegate_to: localhost
"""

RETURN = r"""
license:
  description: The licence that the server was given.
  returned: success
  type: dict
  contains:
    user:
      description: The name that it is registered with.
      type: str
      returned: always
      sample: Jane Doe
    organization:
      description: The organization that it is registered with.
      type: str
      returned: always
      sample: Example Ltd
    activated:
      description: Whether the server accepted the activation. In check mode, whether it would be asked to.
      type: bool
      returned: always
      sample: true
verified:
  description: Always V(false), for the licence cannot be read back.
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.license import (
    LICENSE,
)
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(LICENSE)


if __name__ == "__main__":
    main()
