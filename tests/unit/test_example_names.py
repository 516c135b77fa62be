# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of roles, playbooks and documentation: none hides a name of Ansible's, and none is a boolean of YAML's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    *(path for folder in ("playbooks", "roles", "demo") for path in (ROOT / folder).rglob("*.yml")),
    *(ROOT / "docs/docsite/rst").glob("*.rst"),
    *(ROOT / "plugins/modules").glob("*.py"),
    *ROOT.glob("roles/*/README.md"),
]
# Functions and variables of every template, which a variable of the same name would hide.
ANSIBLES = {"now", "omit", "lookup", "query", "q", "undef", "range", "dict", "lipsum", "cycler", "joiner", "namespace"}
ANSIBLES |= {"vars", "hostvars", "groups", "group_names", "environment", "inventory_hostname", "playbook_dir", "item"}
# What YAML reads as a boolean in a file of variables, and words that say nothing by themselves.
UNCLEAR = {"on", "off", "yes", "no", "y", "n", "true", "false", "new", "of", "to", "comes_from", "needs_approval"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_variable_names_hide_nothing_A16_A17(path):
    text = path.read_text(encoding="utf-8")
    registered = set(re.findall(r"\bregister: (\w+)", text))
    used = set(re.findall(r"\{\{ (\w+)(?= \||\.| \}\})", text)) | set(re.findall(r"-e (\w+)=", text))
    assert registered & (ANSIBLES | UNCLEAR) == set()
    assert used & UNCLEAR == set()
