#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: export_files
short_description: Write the files of an export of an Astera Integration Server
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Writes two files about one server, C(NAME.yml) with the variables of the role P(astera.data_stack.bootstrap#role), and
    C(NAME.json) with the snapshot that C(url=snapshot:PATH) reads.
  - A file is written only if something is different that the server does not change by itself.
  - The role P(astera.data_stack.export#role) calls it. It is documented for playbooks that are built around the role.
  - It runs on the controller, and calls no server.
options:
  dest:
    description: The directory for the files. It is created with mode 0700 if it does not exist. The files have mode 0600.
    type: path
    required: true
  name:
    description: The name of the files, without the extension. For a name with a slash, hyphens
      stand for slashes, and a hash follows.
    type: str
    required: true
  snapshot:
    description:
      - The C(snapshot) that M(astera.data_stack.astera_server) returned.
      - With its O(astera.data_stack.astera_server#module:pause_between_reads), members that the server changes by itself are left out of both
        files.
    type: dict
    required: true
  url:
    description: The address of the server.
    type: str
    required: true
  server:
    description: The C(server) that M(astera.data_stack.astera_server_info) returned with C(raw=true).
    type: raw
  settings:
    description:
      - What becomes of members that no option sets.
      - With V(comment), they are named in comments and not managed.
      - With V(declare), they become C(settings), except those that the server changes by itself.
    type: str
    choices:
      - comment
      - declare
    default: comment
attributes:
  check_mode:
    description: Can run in check mode, and says what a run would do.
    support: full
  diff_mode:
    description: Says what has changed, or would change.
    support: full
seealso:
  - module: astera.data_stack.astera_server
"""

EXAMPLES = r"""
- name: Read the server
  astera.data_stack.astera_server:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ vault_astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
    snapshot: true
    pause_between_reads: 1
  check_mode: true
  register: server_read

- name: Write its files
  astera.data_stack.export_files:
    dest: astera-export
    name: astera01
    snapshot: "{{ server_read.snapshot }}"
    url: "{{ server_read.url }}"
  delegate_to: localhost
"""

RETURN = r"""
files:
  description: The paths of the two files.
  returned: success
  type: dict
  contains:
    variables:
      description: The file of variables.
      type: str
      returned: always
      sample: /home/jane/astera-export/astera01.yml
    snapshot:
      description: The snapshot.
      type: str
      returned: always
      sample: /home/jane/astera-export/astera01.json
diff:
  description: The content of each file that is different, before and after. Secrets are in neither.
  returned: in diff mode, if a file is different
  type: list
  elements: dict
  sample: []
"""
