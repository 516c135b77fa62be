# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: bootstrap_variables
short_description: Convert a snapshot to the variables of the bootstrap role
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Internal to the roles of this collection. Use the role P(astera.data_stack.export#role) instead.
  - Converts the C(snapshot) that M(astera.data_stack.astera_server) returns to a YAML file with the variables of the role
    P(astera.data_stack.bootstrap#role).
  - Secrets become variables. Comments list what cannot be read or has no option.
positional: _input
options:
  _input:
    description: The C(snapshot) that was returned with O(astera.data_stack.astera_server#module:snapshot=true).
    type: dict
    required: true
  url:
    description: Address of the server, for the first comment.
    type: str
    required: true
  settings:
    description: How to write members that have no option, as in M(astera.data_stack.export_files).
    type: str
    choices: [comment, declare]
    default: comment
"""

EXAMPLES = r"""
- name: Read the server
  astera.data_stack.astera_server:
    url: "{{ astera_url }}"
    username: "{{ astera_username }}"
    password: "{{ astera_password }}"
    ca_path: "{{ astera_ca_path }}"
    snapshot: true
  check_mode: true
  register: server_read
  delegate_to: localhost

- name: Write the variables to a file
  ansible.builtin.copy:
    content: "{{ server_read.snapshot | astera.data_stack.bootstrap_variables(url=server_read.url) }}"
    dest: host_vars/astera01.yml
    mode: "0600"
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description: Content of the file.
  type: str
"""

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.astera.data_stack.plugins.plugin_utils._compat import untag
from ansible_collections.astera.data_stack.plugins.plugin_utils._export import files


def bootstrap_variables(snapshot: Any, url: str, settings: str = files.COMMENT) -> str:
    try:
        return files.variables(untag(snapshot), untag(url), untag(settings))
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"bootstrap_variables": bootstrap_variables}
