# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: bootstrap_variables
short_description: A server as the variables of the role bootstrap
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Turns what M(astera.data_stack.astera_server) returns as C(snapshot) into a YAML file with the variables of the role
    P(astera.data_stack.bootstrap#role).
  - Secrets become named variables. What cannot be read back, or has no option, is said in comments.
  - M(astera.data_stack.export_files), which the role P(astera.data_stack.export#role) calls, writes the same text to a file.
positional: _input
options:
  _input:
    description: The C(snapshot) that was returned with O(astera.data_stack.astera_server#module:snapshot=true).
    type: dict
    required: true
  url:
    description: The address of the server, for the first comment.
    type: str
    required: true
  settings:
    description: What becomes of members that no option sets, as in M(astera.data_stack.export_files).
    type: str
    choices: [comment, declare]
    default: comment
"""

EXAMPLES = r"""
- name: Read the server
  astera.data_stack.astera_server:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ vault_astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
    snapshot: true
  check_mode: true
  register: found

- name: Keep it as variables
  ansible.builtin.copy:
    content: "{{ found.snapshot | astera.data_stack.bootstrap_variables(url=found.url) }}"
    dest: host_vars/astera01.yml
    mode: "0600"
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description: The text of the file.
  type: str
"""

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.astera.data_stack.plugins.plugin_utils._export import files
from ansible_collections.astera.data_stack.plugins.plugin_utils._plain import plain


def bootstrap_variables(snapshot: Any, url: str, settings: str = files.COMMENT) -> str:
    try:
        return files.variables(plain(snapshot), plain(url), plain(settings))
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"bootstrap_variables": bootstrap_variables}
