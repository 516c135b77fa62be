# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: state_path
short_description: Get the path of the state file of a server or a cluster
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Internal to the roles and the example playbooks of this collection.
  - If the path ends with C(/), it is a directory, and the filter returns the path of a file in it. Different identities have different
    file names, whatever characters they consist of. Any other path is returned unchanged.
  - M(astera.data_stack.astera_license) and M(astera.data_stack.astera_pause) use the same names if
    O(astera.data_stack.astera_license#module:receipt_path) or O(astera.data_stack.astera_pause#module:state_path) ends with C(/).
positional: _input, identity
options:
  _input:
    description: The path.
    type: path
    required: true
  identity:
    description: One or more strings that identify the subject of the file. The address of a server is normalized like C(url) of the modules.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Show where the receipt of a server is
  ansible.builtin.debug:
    msg: "{{ '~/.ansible/astera_data_stack/receipts/' | astera.data_stack.state_path('https://astera.example.com:9261') }}"
"""

RETURN = r"""
_value:
  description: The path. A leading C(~) is expanded.
  type: path
"""

import os
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils import _files
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import validate_url
from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError
from ansible_collections.astera.data_stack.plugins.plugin_utils._compat import untag


def state_path(path: Any, *identity: Any) -> str:
    parts = [_normalized(str(untag(part))) for part in identity]
    return _files.resolve_path(os.path.expanduser(str(untag(path))), *parts)


def _normalized(text: str) -> str:
    """A string that is not an address is what it is."""
    try:
        return validate_url(text, allow_http=True)
    except AsteraError:
        return text


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"state_path": state_path}
