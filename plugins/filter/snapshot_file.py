# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: snapshot_file
short_description: A server as the file that a snapshot url reads
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Turns what M(astera.data_stack.astera_server) returns as C(snapshot) into the JSON file that C(url=snapshot:PATH) plans against.
  - M(astera.data_stack.export_files), which the role P(astera.data_stack.export#role) calls, writes the same text to a file.
positional: _input
options:
  _input:
    description: The C(snapshot) that was returned with O(astera.data_stack.astera_server#module:snapshot=true).
    type: dict
    required: true
  url:
    description: The address of the server.
    type: str
    required: true
  taken_at:
    description: The time, as ISO 8601.
    type: str
    required: true
  server:
    description: What M(astera.data_stack.astera_server_info) returned as C(server) with C(raw=true).
    type: raw
  previous:
    description:
      - The text of the file that is there. It stays as it is if nothing is different but what the server changes by itself.
      - ansible-core before 2.19 makes a dictionary of such a text in a variable, which is accepted, too.
    type: raw
"""

EXAMPLES = r"""
- name: Keep the server as a snapshot
  ansible.builtin.copy:
    content: "{{ found.snapshot | astera.data_stack.snapshot_file(url=found.url, taken_at=now(utc=true).isoformat()) }}"
    dest: snapshots/astera01.json
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


def snapshot_file(snapshot: Any, url: str, taken_at: str, server: Any = None, previous: Any = None) -> str:
    try:
        return files.snapshot_file(plain(snapshot), plain(url), plain(taken_at), plain(server), plain(previous))
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"snapshot_file": snapshot_file}
