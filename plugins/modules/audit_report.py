#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: audit_report
short_description: Write the report of an audit
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Internal to the role P(astera.data_stack.audit#role). Use the entry point C(report) of the role instead.
  - Writes C(audit.json), C(audit.xml) (JUnit), C(audit.md) and C(audit.html) from the results of the role for each host.
  - Runs on the controller, and sends no request to any server.
options:
  dest:
    description: Directory for the four files. It is created with mode 0700 if it does not exist. The files have mode 0600.
    type: path
    required: true
  servers:
    description: The hosts of the report, such as C(ansible_play_hosts_all). A host that was not audited is reported as failed.
    type: list
    elements: str
    required: true
  title:
    description: Title of the report.
    type: str
    default: Audit of Astera Integration Servers
  author:
    description: Author of the audit.
    type: str
    default: ""
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the predicted changes without modifying anything.
    support: none
    details: The module also writes the report in check mode, because the report is the purpose of an audit.
  diff_mode:
    description: Returns details about what has changed, or what would change in C(check_mode), when in diff mode.
    support: none
seealso:
  - module: astera.data_stack.astera_server
"""

EXAMPLES = r"""
- name: Write the report of all hosts of the play
  astera.data_stack.audit_report:
    dest: audit
    servers: "{{ ansible_play_hosts_all }}"
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
checked:
  description:
    - Number of servers that were compared, which are in sync or have drifted. The other servers failed, or have no declared parts.
    - An audit that checked no server proves nothing.
  returned: success
  type: int
  sample: 29
counts:
  description: All counts of the report.
  returned: success
  type: dict
  sample:
    servers: {total: 30, in_sync: 27, drifted: 2, failed: 1, not_checked: 0}
files:
  description: Paths of the files by their type.
  returned: success
  type: dict
  sample:
    html: /home/jane/audit/audit.html
markdown:
  description: The report in Markdown, as in the file C(audit.md).
  returned: success
  type: str
  sample: "# Audit of Astera Integration Servers"
stats:
  description: The statistics that the role sets with M(ansible.builtin.set_stats).
  returned: success
  type: dict
  sample:
    astera_audit_servers: 30
    astera_audit_drifted: 2
msg:
  description: Summary of the report in one sentence.
  returned: success
  type: str
  sample: "30 servers: 27 in sync, 2 drifted and 1 failed."
"""
