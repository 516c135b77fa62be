# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the role ``bootstrap`` calls its modules: where from, with which address, under which tags, and showing what."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.astera.data_stack.tests import documents

ROLE = Path(__file__).resolve().parents[2] / "roles/bootstrap"
TASKS = documents.role_tasks("bootstrap")
README = (ROLE / "README.md").read_text(encoding="utf-8")
INHERITED = ("delegate_to", "become", "module_defaults", "no_log", "tags", "vars", "when")
# Told to show arguments, Ansible shows them with their values: in AWX's events, with the free strategy, and elsewhere.
SHOWS_ARGUMENTS = "{{ lookup('ansible.builtin.config', 'DISPLAY_ARGS_TO_STDOUT') }}"
HIDES = "{{ __bootstrap_hides }}"
TAGS = {
    "astera_server_info": ["always"],
    "astera_server_config": ["server_config", "astera_server_config"],
    "astera_license": ["license", "astera_license"],
    "astera_cluster": ["cluster", "astera_cluster"],
    "astera_deployment": ["deployments", "astera_deployments", "astera_deployment"],
    "astera_schedule": ["schedules", "astera_schedules", "astera_schedule"],
}
LOOPS = {"astera_deployment": "astera_deployments", "astera_schedule": "astera_schedules"}


def leaves(tasks, outer=None):
    """The tasks that do something, each with what it has from the blocks around it."""
    for task in tasks:
        inherited = {key: task[key] for key in INHERITED if key in task}
        inherited["vars"] = {**(outer or {}).get("vars", {}), **task.get("vars", {})}
        whole = {**(outer or {}), **inherited}
        sections = [name for name in ("block", "rescue", "always") if name in task]
        for section in sections:
            yield from leaves(task[section], whole)
        if not sections:
            yield {**whole, **task, "vars": whole["vars"]}


def all_tasks(tasks):
    for task in tasks:
        yield task
        for inner in ("block", "rescue", "always"):
            yield from all_tasks(task.get(inner) or [])


CALLS = {
    key.rpartition(".")[2]: {**task, "arguments": task[key]}
    for task in leaves(TASKS)
    for key in task
    if key.startswith("astera.data_stack.")
}


def test_the_parts_come_in_their_order():
    assert [name for name in CALLS if name in TAGS] == list(TAGS)
    assert set(CALLS) - set(TAGS) == {"astera_server", "astera_pause"}


def test_a_window_opens_only_for_a_deployment_and_is_always_closed():
    (block,) = (task for task in all_tasks(TASKS) if "always" in task)
    paused, *_work = block["block"]
    assert "selectattr('changed')" in paused["when"]
    (restored,) = block["always"]
    assert restored["when"] == "astera_pause_during_deploy"
    calls = [task["astera.data_stack.astera_pause"] for task in (paused, restored)]
    assert [call.pop("state") for call in calls] == ["paused", "restored"]
    assert calls[0] == calls[1]
    assert CALLS["astera_server"]["check_mode"] is True


@pytest.mark.parametrize("name", TAGS)
def test_each_call(name):
    task = CALLS[name]
    assert task["tags"] == TAGS[name]
    assert task["delegate_to"] == "{{ astera_delegate_to }}"
    assert task["become"] is False
    assert list(task["module_defaults"]) == ["group/astera.data_stack.astera"]


def test_no_value_is_swallowed_or_passed_unseen():
    """``default(x, true)`` takes false, 0 and an empty text for missing; ``args`` would pass on what nobody checked."""
    for task in CALLS.values():
        assert "args" not in task
        assert [value for value in task["arguments"].values() if re.search(r"default\([^()]*,", str(value))] == []


@pytest.mark.parametrize("name", [name for name in TAGS if name != "astera_server_info"])
def test_a_part_is_made_plain_before_it_is_taken_apart(name):
    """Before 2.19, a null would become an empty text, and a part with a YAML time in it a text as a whole."""
    part = CALLS[name]["vars"]["__bootstrap_part"]
    assert part.endswith("| dict2items | rejectattr('value', 'none') | items2dict | to_json | from_json }}")


@pytest.mark.parametrize(("name", "variable"), LOOPS.items())
def test_loops_show_names_only(name, variable):
    task = CALLS[name]
    assert task["loop"] == f"{{{{ range({variable} | default([], true) | length) | list }}}}"
    assert task["loop_control"] == {"label": f"{{{{ {variable}[item].name }}}}"}


@pytest.mark.parametrize("name", TAGS)
def test_only_what_follows_the_configuration_follows_its_port(name):
    """A play may include the role for one server after the other: what is registered is still that of the one before."""
    task = CALLS[name]
    url = task["module_defaults"]["group/astera.data_stack.astera"]["url"]
    assert url == "{{ __bootstrap_moved.url | default(astera_url) | default(omit) }}"
    first = name in ("astera_server_info", "astera_server_config")
    assert task["vars"]["__bootstrap_moved"] == ({} if first else "{{ __bootstrap_server_config | default({}) }}")
    assert CALLS["astera_server_config"]["register"] == "__bootstrap_server_config"


def test_the_licence_is_hidden_and_what_became_of_it_is_not():
    expected = {name: name == "astera_license" or HIDES for name in CALLS}
    assert {name: task["no_log"] for name, task in CALLS.items()} == expected
    sees, everything = TASKS
    assert sees["ansible.builtin.set_fact"]["__bootstrap_hides"] == SHOWS_ARGUMENTS
    assert sees["tags"] == ["always"]
    (block,) = (task for task in everything["block"] if "rescue" in task)
    (failure,) = block["rescue"]
    assert "__bootstrap_license.msg" in failure["ansible.builtin.fail"]["msg"]
    change = block["block"][1]
    assert change["ansible.builtin.debug"] == {"var": "__bootstrap_license.diff"}
    assert failure["no_log"] is change["no_log"] is False


def test_an_include_shows_whose_turn_it_is_and_has_nothing_to_hide():
    """A template in no_log, even one that says false, makes Ansible censor the items of an include."""
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (ROLE / "tasks").glob("*.yml")]
    includes = [task for tasks in files for task in all_tasks(tasks) if "ansible.builtin.include_tasks" in task]
    assert {task["ansible.builtin.include_tasks"] for task in includes} == {"turn.yml", "shared.yml"}
    for task in includes:
        assert task["no_log"] is False
        assert set(task) <= {"name", "ansible.builtin.include_tasks", "no_log", "loop", "loop_control", "when", "tags"}


def test_the_readme_names_the_tags():
    section = re.search(r"^## Tags\n(.*?)^## ", README, re.M | re.S)[1]
    assert [tags[0] for tags in TAGS.values()][1:] == re.findall(r"`(\w+)`", section)[: len(TAGS) - 1]
