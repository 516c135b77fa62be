# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles ``bootstrap`` and ``maintenance`` are thin: they name a part, pass it whole, and say where from and under which tag."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROLES = Path(__file__).resolve().parents[2] / "roles"
README = (ROLES / "bootstrap/README.md").read_text(encoding="utf-8")
# Told to show arguments, Ansible shows them with their values: in AWX's events, with the free strategy, and elsewhere.
HIDES = "{{ 'DISPLAY_ARGS_TO_STDOUT' is astera.data_stack.enabled_setting }}"
TAGS = {
    "server_config": ["server_config", "astera_server_config"],
    "license": ["license", "astera_license"],
    "cluster": ["cluster", "astera_cluster"],
    "deployments": ["deployments", "astera_deployments", "astera_deployment"],
    "schedules": ["schedules", "astera_schedules", "astera_schedule"],
}


def loaded(role, name="main.yml"):
    return yaml.safe_load((ROLES / role / "tasks" / name).read_text(encoding="utf-8"))


(BLOCK,) = loaded("bootstrap")
WAIT, *PARTS = BLOCK["block"]
MODULE = "astera.data_stack.astera_server"


def test_bootstrap_has_one_task_for_each_part():
    assert [task["tags"] for task in PARTS] == list(TAGS.values())
    for part, task in zip(TAGS, PARTS, strict=True):
        assert task[MODULE][part] == f"{{{{ astera_{part} }}}}"
        assert set(task) == {"name", MODULE, "when", "tags"}
        assert task["when"] == f"astera_{part} | default('', true) not in ['', omit]"


def test_bootstrap_validates_all_parts_before_the_first_request():
    assert WAIT["tags"] == ["always"]
    assert WAIT[MODULE]["parts"] == []
    assert WAIT[MODULE]["cluster_id"] == "{{ astera_cluster_id | default(omit, true) }}"
    assert {part: WAIT[MODULE].get(part) for part in TAGS} == {part: f"{{{{ astera_{part} }}}}" for part in TAGS}


def test_bootstrap_shares_what_the_repository_holds():
    shared = [
        task["tags"][0]
        for task in PARTS
        if task[MODULE].get("cluster_id") == "{{ astera_cluster_id | default(omit, true) }}"
    ]
    assert shared == ["cluster", "deployments", "schedules"]


@pytest.mark.parametrize("task", [BLOCK, *loaded("maintenance", "window.yml")], ids=["bootstrap", "maintenance"])
def test_each_request_comes_from_the_delegate(task):
    assert task["delegate_to"] == "{{ astera_delegate_to | default('localhost', true) }}"
    assert task["become"] is False
    assert task["no_log"] == HIDES


def test_readme_names_the_tags():
    section = re.search(r"^## Tags\n(.*?)^## ", README, re.M | re.S)[1]
    assert list(TAGS) == re.findall(r"`(\w+)`", section)[: len(TAGS)]
