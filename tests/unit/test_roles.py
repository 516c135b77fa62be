# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every task of every role."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

ROLES = Path(__file__).resolve().parents[2] / "roles"
OURS = "astera.data_stack."
INCLUDES = ("ansible.builtin.include_tasks", "ansible.builtin.import_tasks")
LISTS = ("block", "rescue", "always")


def tasks_of(path, inherited=None):
    """Yield each task of a file with its inherited keywords, the tasks of included files in the place of the inclusion."""
    for task in yaml.safe_load(path.read_text(encoding="utf-8")) or []:
        yield from expand(task, path, inherited or {})


def expand(task, path, inherited):
    known = {**inherited, **{key: task[key] for key in ("become", "delegate_to") if key in task}}
    included = next((task[name] for name in INCLUDES if name in task), None)
    if included is not None:
        name = included["file"] if isinstance(included, dict) else included
        yield from tasks_of(path.with_name(name), known)
    elif "block" in task:
        for name in LISTS:
            for inner in task.get(name, ()):
                yield from expand(inner, path, known)
    else:
        yield {**task, **known, "where": f"{path.parent.parent.name}/{path.name}: {task.get('name')}"}


def included_files():
    text = "".join(path.read_text(encoding="utf-8") for path in ROLES.glob("*/tasks/*.yml"))
    return {
        path for path in ROLES.glob("*/tasks/*.yml") if f"_tasks: {path.name}" in text or f"file: {path.name}" in text
    }


ENTRIES = sorted(set(ROLES.glob("*/tasks/*.yml")) - included_files())


@pytest.mark.parametrize("path", ENTRIES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_role_task_that_runs_elsewhere_does_not_become_another_user_F3(path):
    """A play with become: true is about its hosts; on the controller or a delegate it would ask for a password, or run as root there."""
    found = [task for task in tasks_of(path) if "delegate_to" in task or any(key.startswith(OURS) for key in task)]
    assert [task["where"] for task in found if task.get("become") is not False] == []


def test_roles_have_tasks_that_run_elsewhere_F3():
    """The test above meets each role that calls a server."""
    roles = {
        path.parent.parent.name
        for path in ENTRIES
        for task in tasks_of(path)
        if any(key.startswith(OURS) for key in task)
    }
    assert roles >= {"audit", "bootstrap", "export", "maintenance"}
