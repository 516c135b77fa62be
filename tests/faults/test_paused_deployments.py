# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``pause`` of ``astera_server``: the previous settings come back whatever happens to the task."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest
from ansible_collections.astera.data_stack.tests.playbook_runner import PlaybookRunner, module

PREVIOUS = [False, "22:00", None]


def pause_of(server):
    return [server.state["cluster"][f"pause{key}"] for key in ("AllServers", "ServersFrom", "ServersTo")]


@pytest.fixture
def document(server, tmp_path, car):
    server.edit_cluster(pauseServersFrom="22:00")
    return {
        "deployments": [{"name": "Sales", "archive": car()}],
        "pause": {"state_path": f"{tmp_path / 'state'}/"},
        "cluster_id": "production",
    }


def settle(done):
    until = time.monotonic() + 60
    while not done() and time.monotonic() < until:
        time.sleep(0.1)


def family(process):
    """The process and all that it has started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
    found = [process]
    for parent in found:
        found += [child for child, of in parents.items() if of == parent]
    return found


def state_files(tmp_path):
    return list((tmp_path / "state").glob("*"))


def test_pause_guard_pauses_deployments_only_if_they_change(run, server, document, tmp_path):
    seen = []
    server.before("POST", "/api/Deployment", lambda: seen.append(pause_of(server)))
    predicted = run("server", check=True, **document)
    assert (predicted["window_opened"], server.writes) == (True, [])
    result = run("server", **document)
    assert result["changed"], result
    assert (seen, pause_of(server), state_files(tmp_path)) == ([[True, None, None]], PREVIOUS, [])
    server.clear_requests()
    again = run("server", **document)
    assert (again["changed"], "window_opened" in again) == (False, False)
    assert "/api/Cluster" not in {entry.path for entry in server.requests}


@pytest.mark.parametrize(
    "fault", [{"how": "reset", "times": 99}, {"how": "status", "status": 400}, {"how": "reset", "at": "after_commit"}]
)
def test_pause_guard_restores_after_a_failure(run, server, document, tmp_path, fast_sleep, fault):
    server.fail("POST", "/api/Deployment", **fault)
    result = run("server", retries=0, **document)
    assert result["failed"] == (fault.get("at") != "after_commit"), result["msg"]
    assert (pause_of(server), state_files(tmp_path)) == (PREVIOUS, [])


def test_pause_guard_reports_settings_that_it_cannot_restore(run, server, document, tmp_path, fast_sleep):
    server.before("POST", "/api/Deployment", lambda: server.fail("*", "/api/Cluster", how="reset", times=99))
    result = run("server", retries=0, **document)
    assert result["failed"]
    assert result["changed"]
    assert len(state_files(tmp_path)) == 1
    server.clear_faults()
    again = run("server", **document)
    assert (again["changed"], again["stale_window"]["window"]) == (True, "deployment")
    assert (pause_of(server), state_files(tmp_path)) == (PREVIOUS, [])


@pytest.mark.each_value
@pytest.mark.parametrize("way", ["local", "elsewhere"])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["TERM", "KILL"])
def test_pause_guard_survives_a_signal(server, document, tmp_path, way, how):
    """What SIGTERM ends restores the settings itself; after SIGKILL, the next run does."""
    runner = PlaybookRunner(tmp_path, server)
    started = {}

    def stop():
        # Ansible passes SIGTERM on. SIGKILL it cannot, and its worker would go on and restore the settings.
        found = [started["process"].pid] if how == signal.SIGTERM else family(started["process"].pid)
        for process in found:
            os.kill(process, how)

    server.before("POST", "/api/Deployment", stop)
    started["process"] = runner.start([module("server", **document)], way)
    started["process"].communicate(timeout=100)
    server.clear_faults()
    if how == signal.SIGTERM:
        # The processes of the task outlive that of the playbook for a moment.
        settle(lambda: not state_files(tmp_path))
        assert (pause_of(server), state_files(tmp_path)) == (PREVIOUS, [])
    else:
        assert pause_of(server)[0] is True
    (result,) = runner.play([module("server", **document)], way, expect=0)
    assert ("stale_window" in result) == (how == signal.SIGKILL)
    assert (pause_of(server), state_files(tmp_path)) == (PREVIOUS, [])
