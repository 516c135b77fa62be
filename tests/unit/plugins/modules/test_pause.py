# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pause window: what was there comes back to the last byte, and a window that was left is found and told."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils import _mark, _task
from ansible_collections.astera.data_stack.plugins.module_utils.resources.pause import PAUSE
from ansible_collections.astera.data_stack.tests import modules
from ansible_collections.astera.data_stack.tests.emulator import Dialect
from ansible_collections.astera.data_stack.tests.emulator.wire import shown
from ansible_collections.astera.data_stack.tests.modules import changed, failed, writes

KEYS = ("pauseAllServers", "pauseServersFrom", "pauseServersTo")
NIGHT = "2026-12-01T22:00:00.1234567-07:00"
DIALECTS = {name: dialect for name, dialect in Dialect.sweep() if "=" not in name or name.startswith(("num", "empty"))}
SETTINGS = {
    "no pause": {},
    "a pause": {"pauseAllServers": True},
    "a window": {"pauseAllServers": True, "pauseServersFrom": NIGHT, "pauseServersTo": "04:00"},
    "a window that is off": {"pauseServersFrom": "22:00:00", "pauseServersTo": ""},
    "nobody knows what": {"pauseServersFrom": {"hour": 22, "days": [1, None]}, "pauseServersTo": 7},
}


@pytest.fixture(autouse=True)
def _soon(naps):
    """Nobody waits in these tests."""


@pytest.fixture
def mark(tmp_path):
    return tmp_path / "marks" / "production.json"


@pytest.fixture
def window(server, mark):
    """A task of a window in a run of its own, by default the one of this process."""

    def call(state, run=None, check=False, **options):
        surroundings = _task.Surroundings()
        surroundings.run = run if run is not None else _mark.run_of(os.getpid())
        spec = _task.argument_spec(PAUSE)["argument_spec"]
        params = {option: value.get("default") for option, value in spec.items()}
        params |= {**modules.connection(server), "state": state, "state_path": str(mark), "owner": "jane", **options}
        server.clear_requests()
        return _task.perform(PAUSE, params, check_mode=check, surroundings=surroundings)

    return call


@pytest.fixture
def dead():
    """A run of this machine that is over."""
    process = subprocess.Popen(["true"])
    name = _mark.run_of(process.pid)
    process.wait()
    return name


def pause(server):
    return {key: server.state["cluster"].get(key) for key in KEYS}


def settings(server):
    """All of the cluster's as the server shows them, as bytes, but for the time of the last change."""
    found = {key: value for key, value in server.state["cluster"].items() if key != "updateDtTm"}
    told = shown(found, server.dialect)
    # What a server leaves out when it is empty, nobody can put back as anything but nothing.
    return json.dumps({key: value for key, value in told.items() if value is not None}, sort_keys=True)


@pytest.mark.parametrize("before", SETTINGS)
@pytest.mark.parametrize("server", DIALECTS.values(), indirect=True, ids=DIALECTS)
def test_what_was_there_comes_back_to_the_last_byte(server, window, mark, before):
    server.edit_cluster(**SETTINGS[before])
    stored = settings(server)
    assert changed(window("paused")) == (before != "a pause")
    assert not changed(window("paused"))
    for key, value in pause(server).items():
        assert value is True if key == "pauseAllServers" else not value
    assert mark.stat().st_mode & 0o777 == 0o600
    assert changed(window("restored")) == (before != "a pause")
    assert settings(server) == stored
    assert not mark.exists()


@pytest.mark.parametrize("status", [404, 405])
def test_settings_that_cannot_be_read_are_not_paused(server, window, mark, status):
    server.fail("GET", "/api/Cluster", how="status", status=status, times=9)
    result = window("paused")
    assert "put back" in result["msg"]
    assert result["error"]["outcome"] == "not_committed"
    assert writes(server) == []
    assert not mark.exists()


def test_without_a_window_there_is_nothing_to_end_and_nothing_to_ask(server, window):
    result = window("restored")
    assert not changed(result)
    assert result["cluster"] is None
    assert server.requests == []


@pytest.mark.parametrize("there", [False, True])
def test_check_mode_says_what_would_be_and_writes_nothing(server, window, mark, there):
    if there:
        window("paused")
    result = window("restored" if there else "paused", check=True)
    assert changed(result)
    assert result["diff"]["after"]["pause_all_servers"] is not there
    assert writes(server) == []
    assert mark.exists() is there


def test_a_pause_that_a_dead_run_left_is_told_and_ended_with_what_that_run_found(server, window, mark, dead):
    server.edit_cluster(pauseServersFrom="22:00")
    assert changed(window("paused", run=dead, owner="joe@night"))
    result = window("paused")
    assert not changed(result)
    (warning,) = result["warnings"]
    assert "joe@night" in warning
    assert "which is over" in warning
    assert result["stale_window"]["owner"] == "joe@night"
    assert result["window_opened"] is True
    assert changed(window("restored"))
    assert pause(server) == {"pauseAllServers": False, "pauseServersFrom": "22:00", "pauseServersTo": None}


def test_a_pause_that_was_left_is_ended_by_whoever_ends_one(server, window, mark, dead):
    window("paused", run=dead, owner="joe@night")
    result = window("restored")
    assert changed(result)
    assert "joe@night" in result["warnings"][0]
    assert pause(server)["pauseAllServers"] is False
    assert not mark.exists()


def test_the_window_of_a_run_that_goes_on_is_left_alone(server, window, mark):
    alive = _mark.run_of(os.getppid())
    window("paused", run=alive, owner="joe@night")
    message = failed(window("paused"), "conflict", "not_committed")
    assert "joe@night" in message
    result = window("restored")
    assert not changed(result)
    assert "joe@night" in result["warnings"][0]
    assert server.requests == []
    assert changed(window("restored", run=alive))


def test_pause_takes_over_the_window_of_another_run_with_force(server, window):
    window("paused", run=_mark.run_of(os.getppid()), owner="joe@night")
    result = window("paused", force=True)
    assert result["stale_window"]["owner"] == "joe@night"
    assert changed(window("restored"))
    assert pause(server)["pauseAllServers"] is False


def test_of_a_run_of_another_machine_nobody_can_say(server, window):
    window("paused", run="elsewhere/1/2", owner="joe@night")
    assert "nobody can say" in window("paused")["warnings"][0]
    assert changed(window("restored"))


def test_an_inner_window_leaves_the_pause_to_the_outer_one(server, window):
    window("paused")
    inner = window("paused", window="deployment")
    assert not changed(inner)
    assert inner["window_opened"] is False
    assert not changed(window("restored", window="deployment"))
    assert pause(server)["pauseAllServers"] is True
    assert changed(window("restored"))


def test_a_module_of_its_own_process_knows_its_own_window_by_who_began_it(server, run, mark):
    options = {"state_path": str(mark), "owner": "jane"}
    assert changed(run("pause", state="paused", **options))
    result = run("pause", state="restored", **options)
    assert changed(result)
    assert result["warnings"] == []


def test_a_pause_that_was_not_begun_from_here_is_told_and_kept(server, window):
    server.edit_cluster(pauseAllServers=True)
    assert "stay paused" in window("paused")["warnings"][0]
    assert not changed(window("restored"))
    assert pause(server)["pauseAllServers"] is True


def test_somebody_elses_change_within_the_window_is_told(server, window):
    window("paused")
    server.edit_cluster(pauseServersFrom="23:00")
    result = window("restored")
    assert changed(result)
    assert "23:00" in result["warnings"][0]
    assert pause(server) == {"pauseAllServers": False, "pauseServersFrom": None, "pauseServersTo": None}
    window("paused")
    server.edit_cluster(pauseAllServers=False)
    assert window("restored")["warnings"] == []


@pytest.mark.parametrize("place", ["before_read", "after_commit"])
@pytest.mark.parametrize("state", ["paused", "restored"])
def test_F05_a_lost_answer_is_looked_up(server, window, mark, state, place):
    if state == "restored":
        window("paused")
    server.fail("POST", "/api/Cluster", at=place)
    assert changed(window(state))
    assert pause(server)["pauseAllServers"] is (state == "paused")


def test_a_pause_that_was_refused_leaves_no_mark_and_a_restoration_that_was_leaves_it(server, window, mark):
    server.fail("POST", "/api/Cluster", how="status", status=403)
    failed(window("paused"), "permission", "not_committed")
    assert not mark.exists()
    window("paused")
    server.fail("POST", "/api/Cluster", how="status", status=403)
    failed(window("restored"), "permission", "not_committed")
    assert mark.exists()
    assert changed(window("restored"))


def test_F49_a_run_that_dies_between_the_mark_and_the_pause(server, window, mark, dead):
    """The mark comes first, so there is no moment in which a pause is nobody's."""
    seen = {}
    server.before("POST", "/api/Cluster", lambda: seen.update(marked=mark.exists()))
    window("paused", run=dead)
    assert seen == {"marked": True}
    server.edit_cluster(pauseAllServers=False)
    result = window("restored")
    assert not changed(result)
    assert not mark.exists()


@pytest.mark.parametrize("options", [{"window": " "}, {"owner": ""}, {"state_path": "/dev/null/mark.json"}], ids=str)
def test_bad_input_is_refused_before_the_first_call(server, window, options):
    failed(window("paused", **options), "usage", "not_committed")
    assert server.requests == []
