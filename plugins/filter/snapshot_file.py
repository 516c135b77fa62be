# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: snapshot_file
short_description: Convert a snapshot to a snapshot file
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Internal to the roles of this collection. Use the role P(astera.data_stack.export#role) instead.
  - Converts the C(snapshot) that M(astera.data_stack.astera_server) returns to the JSON file for C(url=snapshot:PATH).
positional: _input
options:
  _input:
    description: The C(snapshot) that was returned with O(astera.data_stack.astera_server#module:snapshot=true).
    type: dict
    required: true
  url:
    description: Address of the server.
    type: str
    required: true
  taken_at:
    description: Time of the snapshot as an ISO 8601 timestamp.
    type: str
    required: true
  server:
    description: The C(server) that M(astera.data_stack.astera_server_info) returned with C(raw=true).
    type: raw
  previous:
    description:
      - Content of the existing file. It is returned unchanged if only members differ that the server changes by itself.
      - ansible-core before 2.19 converts such a string in a variable to a dictionary, which is accepted as well.
    type: raw
"""

EXAMPLES = r"""
- name: Write the snapshot to a file
  ansible.builtin.copy:
    content: "{{ server_read.snapshot | astera.data_stack.snapshot_file(url=server_read.url, taken_at=now(utc=true).isoformat()) }}"
    dest: snapshots/astera01.json
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


def snapshot_file(snapshot: Any, url: str, taken_at: str, server: Any = None, previous: Any = None) -> str:
    try:
        return files.snapshot_file(untag(snapshot), untag(url), untag(taken_at), untag(server), untag(previous))
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"snapshot_file": snapshot_file}
