#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: export_files
short_description: Write the files of an export
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Internal to the role P(astera.data_stack.export#role). Use the role instead.
  - Writes two files for one server, C(NAME.yml) with the variables of the role P(astera.data_stack.bootstrap#role), and C(NAME.json) with
    the snapshot for C(url=snapshot:PATH).
  - Writes a file only if it differs in something other than the members that the server changes by itself.
  - Runs on the controller, and sends no request to any server.
options:
  dest:
    description: Directory for the files. It is created with mode 0700 if it does not exist. The files have mode 0600.
    type: path
    required: true
  name:
    description: Name of the files without the extension. In a name with slashes, hyphens replace them, and a hash is added.
    type: str
    required: true
  snapshot:
    description:
      - The C(snapshot) that M(astera.data_stack.astera_server) returned.
      - If it was read with O(astera.data_stack.astera_server#module:pause_between_reads), both files omit the members that the server
        changes by itself.
    type: dict
    required: true
  url:
    description: Address of the server.
    type: str
    required: true
  server:
    description: The C(server) that M(astera.data_stack.astera_server) returned.
    type: raw
  settings:
    description:
      - How to write members that have no option.
      - With V(comment), the module lists them in comments, and they are not managed.
      - With V(declare), the module writes them as C(settings), except those that the server changes by itself.
    type: str
    choices: [comment, declare]
    default: comment
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the predicted changes without modifying anything.
    support: full
  diff_mode:
    description: Returns details about what has changed, or what would change in C(check_mode), when in diff mode.
    support: full
seealso:
  - module: astera.data_stack.astera_server
"""

EXAMPLES = r"""
- name: Read the server
  astera.data_stack.astera_server:
    url: "{{ astera_url }}"
    username: "{{ astera_username }}"
    password: "{{ astera_password }}"
    ca_path: "{{ astera_ca_path }}"
    wait_timeout: 0
    snapshot: true
    pause_between_reads: 1
  check_mode: true
  register: server_read
  delegate_to: localhost

- name: Write the files of the export
  astera.data_stack.export_files:
    dest: astera-export
    name: astera01
    snapshot: "{{ server_read.snapshot }}"
    url: "{{ server_read.url }}"
    server: "{{ server_read.server | default(omit) }}"
  delegate_to: localhost
"""

RETURN = r"""
files:
  description: Paths of the two files.
  returned: success
  type: dict
  contains:
    variables:
      description: Path of the file of variables.
      type: str
      returned: always
      sample: /home/jane/astera-export/astera01.yml
    snapshot:
      description: Path of the snapshot.
      type: str
      returned: always
      sample: /home/jane/astera-export/astera01.json
diff:
  description: Content of each file that differs, before and after. It contains no secrets.
  returned: in diff mode, when a file differs
  type: list
  elements: dict
  sample: []
"""
