# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole plays at the same time, and many workers of one play."""

from __future__ import annotations

import json
import sys
from collections import Counter

import pytest
from ansible_collections.astera.data_stack.tests.playbook_runner import PlaybookRunner, module


def results_of(runner):
    return [json.loads(line) for line in (runner.folder / "results.json").read_text().splitlines()]


def test_C1_two_plays_of_the_same(server, tmp_path):
    names = [f"D{number}" for number in range(6)]
    tasks = [module("deployment", name=name, archive_server_path="C:\\a.Car") for name in names]
    plays = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        runner = PlaybookRunner(tmp_path / name, server)
        plays.append((runner, runner.start(tasks)))
    for _field, process in plays:
        printed, _nothing = process.communicate(timeout=600)
        assert process.returncode == 0, printed
    assert [item["name"] for item in server.state["deployments"]] == names
    changes = Counter()
    for runner, _process in plays:
        changes.update({result["deployment"]["name"]: int(result["changed"]) for result in results_of(runner)})
    assert changes == dict.fromkeys(names, 1)


@pytest.mark.parametrize(("hosts", "loop"), [(5, 4), pytest.param(20, 10, marks=pytest.mark.full)])
def test_C12_a_fleet_of_workers_at_one_server(server, tmp_path, record_property, hosts, loop):
    runner = PlaybookRunner(tmp_path, server)
    host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory = {"all": {"hosts": {f"host{number}": host for number in range(hosts)}}}
    options = {"file_path": "C:\\a.Df", "daily": {"start_time": "2026-12-01T04:30:00+01:00"}}
    task = module("schedule", name="{{ inventory_hostname }} {{ item }}", **options)
    process = runner.start([{**task, "loop": list(range(loop))}], options=[f"--forks={hosts}"], inventory=inventory)
    printed, _nothing = process.communicate(timeout=600)
    assert process.returncode == 0, printed
    names = [item["name"] for item in server.state["schedules"]]
    assert len(set(names)) == len(names) == hosts * loop
    asked = server.requests
    assert [entry for entry in asked if (entry.status or 500) >= 500] == []
    logins = [entry.path for entry in asked].count("/api/account/login")
    assert logins <= hosts
    record_property(f"logins of a fleet of {hosts}", logins)
