#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: audit_report
short_description: Write the report of an audit of Astera Integration Servers
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Writes C(audit.json), C(audit.xml) (JUnit), C(audit.md) and C(audit.html) of what the role P(astera.data_stack.audit#role) has
    found out about each host.
  - The role's entry point C(report) calls it. It is documented for those who write a playbook of their own around the role.
  - It runs on the controller, and calls no server.
options:
  dest:
    description: The folder for the four files, made with mode 0700 if it is not there. The files have mode 0600.
    type: path
    required: true
  servers:
    description: The hosts to report on, such as C(ansible_play_hosts_all). A host that was not audited is a failed one.
    type: list
    elements: str
    required: true
  title:
    description: The title of the report.
    type: str
    default: Audit of Astera Integration Servers
  author:
    description: Who made the audit.
    type: str
    default: ""
attributes:
  check_mode:
    description: Can run in check mode, and says what a run would do.
    support: none
    details: The report is written in check mode, too, for it is what an audit is made for.
  diff_mode:
    description: Says what has changed, or would change.
    support: none
seealso:
  - module: astera.data_stack.astera_server
"""

EXAMPLES = r"""
- name: Report on all hosts of the play
  astera.data_stack.audit_report:
    dest: audit
    servers: "{{ ansible_play_hosts_all }}"
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
checked:
  description:
    - How many servers were compared, so that they are in sync or have drifted. The others failed, or nothing is declared for them.
    - An audit that checked no server proves nothing.
  returned: success
  type: int
  sample: 29
counts:
  description: Every figure of the report.
  returned: success
  type: dict
  sample:
    servers: {total: 30, in_sync: 27, drifted: 2, failed: 1, not_checked: 0}
files:
  description: The paths of the files, by their kind.
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
  description: What the role hands on with M(ansible.builtin.set_stats).
  returned: success
  type: dict
  sample:
    astera_audit_servers: 30
    astera_audit_drifted: 2
msg:
  description: The report in one sentence.
  returned: success
  type: str
  sample: "30 servers: 27 in sync, 2 drifted and 1 failed."
"""
