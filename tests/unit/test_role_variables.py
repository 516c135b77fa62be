# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every documented variable of a role does something, and a test gives it a value: F8."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import CONNECTION_OPTIONS

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("tasks", "templates", "vars", "handlers", "files")


def documented():
    for specs in sorted(ROOT.glob("roles/*/meta/argument_specs.yml")):
        content = yaml.safe_load(specs.read_text(encoding="utf-8"))["argument_specs"]
        for entry in content.values():
            for name in entry.get("options") or {}:
                yield specs.parents[1].name, name


VARIABLES = sorted(set(documented()))


def text_of(paths):
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in paths if path.is_file())


def text_of_tests():
    paths = [
        path for path in (ROOT / "tests").rglob("*") if path.suffix in (".py", ".yml", ".j2") and path != Path(__file__)
    ]
    return text_of(paths)


def occurs(name, text):
    return re.search(rf"\b{name}\b", text) is not None


def test_there_are_variables_F8():
    assert ("awx_setup", "awx_setup_project_credential") in VARIABLES


@pytest.mark.parametrize("role", sorted({role for role, _name in VARIABLES}))
def test_each_documented_variable_is_used_by_its_role_F8(role):
    text = text_of(path for part in PARTS for path in (ROOT / "roles" / role / part).rglob("*"))
    assert [name for owner, name in VARIABLES if owner == role and not occurs(name, text)] == []


# No test gives these a value yet. Names leave this list; none is added.
UNTESTED = {
    *("astera_audit_author", "astera_audit_title", "astera_maintenance_dir"),
    *("awx_setup_approval_timeout", "awx_setup_controller_token", "awx_setup_controller_validate_certs"),
    *("awx_setup_credentials", "awx_setup_project_branch", "awx_setup_project_credential"),
}


def test_each_documented_variable_is_met_by_a_test_F8():
    """Connection options are the same for every role and module, and tested there."""
    text = text_of_tests()
    connection = {f"astera_{option}" for option in CONNECTION_OPTIONS}
    missing = {name for _role, name in VARIABLES if name not in connection and not occurs(name, text)}
    assert missing <= UNTESTED
