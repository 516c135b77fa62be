# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pause window: the previous settings are restored to the last byte, and a window that was left open is reported."""

from __future__ import annotations

import json
import threading
from unittest import mock

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils import _task
from ansible_collections.astera.data_stack.plugins.module_utils._errors import usage
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.pause import Pause, PauseState
from ansible_collections.astera.data_stack.tests import modules
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator
from ansible_collections.astera.data_stack.tests.emulator.serialization import to_dialect
from ansible_collections.astera.data_stack.tests.modules import changed, failed, writes

KEYS = ("pauseAllServers", "pauseServersFrom", "pauseServersTo")
NIGHT = "2026-12-01T22:00:00.1234567-07:00"
DIALECTS = {name: dialect for name, dialect in Dialect.sweep() if "=" not in name or name.startswith(("num", "empty"))}
SETTINGS = {
    "no pause": {},
    "a pause": {"pauseAllServers": True},
    "a window": {"pauseAllServers": True, "pauseServersFrom": NIGHT, "pauseServersTo": "04:00"},
    "a window that is off": {"pauseServersFrom": "22:00:00", "pauseServersTo": ""},
    "unknown forms": {"pauseServersFrom": {"hour": 22, "days": [1, None]}, "pauseServersTo": 7},
}


@pytest.fixture(autouse=True)
def _soon(fast_sleep):
    """Waits are short in these tests."""


@pytest.fixture
def mark(tmp_path):
    return tmp_path / "marks" / "production.json"


@pytest.fixture
def window(server, mark):
    """A task of a window of a run."""

    def call(state, run="this run", check=False, **options):
        runtime = _task.TaskRuntime()
        runtime.run_id = run
        server.clear_requests()
        given = {"state": state, "state_path": str(mark), "owner": "jane", **options}
        return modules.run_kind(Pause, server, runtime, check=check, **given)

    return call


def pause(server):
    return {key: server.state["cluster"].get(key) for key in KEYS}


def settings(server):
    """All of the cluster's as the server shows them, as bytes, but for the time of the last change."""
    found = {key: value for key, value in server.state["cluster"].items() if key != "updateDtTm"}
    presented = to_dialect(found, server.dialect)
    # What a server leaves out when it is empty can only be restored as nothing.
    return json.dumps({key: value for key, value in presented.items() if value is not None}, sort_keys=True)


@pytest.mark.each_value
@pytest.mark.parametrize("before", SETTINGS)
@pytest.mark.parametrize("server", DIALECTS.values(), indirect=True, ids=DIALECTS)
def test_pause_restores_the_settings_to_the_last_byte(server, window, mark, before):
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
def test_pause_needs_settings_that_can_be_read(server, window, mark, status):
    server.fail("GET", "/api/Cluster", how="status", status=status, times=9)
    result = window("paused")
    assert "cannot return the cluster's settings" in result["msg"]
    assert result["error"]["outcome"] == "not_committed"
    assert writes(server) == []
    assert not mark.exists()


def test_pause_without_a_path_sends_no_request(server, window):
    result = window("paused", state_path=" ")
    assert "state_path is empty" in failed(result, "usage", "not_committed")
    assert server.requests == []


def test_pause_that_cannot_save_the_settings_reports_no_window(server, window, monkeypatch):
    monkeypatch.setattr(PauseState, "save", mock.Mock(side_effect=usage("state_path cannot be written.")))
    result = window("paused")
    assert result["failed"]
    assert "window_opened" not in result
    assert writes(server) == []


def test_pause_without_a_window_sends_no_request(server, window):
    result = window("restored")
    assert not changed(result)
    assert result["cluster"] is None
    assert server.requests == []


@pytest.mark.parametrize("there", [False, True])
def test_pause_check_mode_predicts_and_writes_nothing(server, window, mark, there):
    if there:
        window("paused")
    result = window("restored" if there else "paused", check=True)
    assert changed(result)
    assert result["diff"]["after"]["pause_all_servers"] is not there
    assert writes(server) == []
    assert mark.exists() is there


def test_pause_takes_over_the_window_of_a_killed_run_of_the_same_owner_A4(server, window, mark):
    server.edit_cluster(pauseServersFrom="22:00")
    assert changed(window("paused", run="killed", window="night"))
    result = window("paused")
    assert not changed(result)
    (warning,) = result["warnings"]
    assert "jane" in warning
    assert "window night" in warning
    assert {"owner": "jane", "window": "night"}.items() <= result["stale_window"].items()
    assert result["window_opened"] is True
    assert changed(window("restored"))
    assert pause(server) == {"pauseAllServers": False, "pauseServersFrom": "22:00", "pauseServersTo": None}
    assert not mark.exists()


def test_pause_closes_the_window_of_a_killed_run_of_the_same_owner(server, window, mark):
    window("paused", run="killed")
    result = window("restored")
    assert changed(result)
    assert result["stale_window"]["owner"] == "jane"
    assert pause(server)["pauseAllServers"] is False
    assert not mark.exists()


@pytest.mark.parametrize("state", ["paused", "restored"])
def test_pause_rejects_the_window_of_another_owner_A4(server, window, mark, state):
    window("paused", owner="joe@night")
    content = mark.read_bytes()
    message = failed(window(state), "conflict", "not_committed")
    assert "joe@night" in message
    assert str(mark) in message
    assert "force" in message
    assert server.requests == []
    assert mark.read_bytes() == content
    assert changed(window("restored", owner="joe@night"))


@pytest.mark.parametrize("state", ["paused", "restored"])
def test_pause_takes_over_the_window_of_another_owner_with_force(server, window, mark, state):
    window("paused", owner="joe@night")
    result = window(state, force=True)
    assert result["stale_window"]["owner"] == "joe@night"
    assert changed(window("restored")) == (state == "paused")
    assert pause(server)["pauseAllServers"] is False
    assert not mark.exists()


def test_pause_keeps_a_window_that_another_run_has_taken_over_A4(server, window, mark):
    """The first of two overlapping runs of one owner must not end the window of the second one."""
    window("paused", run="first")
    window("paused", run="second")
    message = failed(window("restored", run="first"), "conflict", "not_committed")
    assert str(mark) in message
    assert pause(server)["pauseAllServers"] is True
    assert changed(window("restored", run="second"))
    assert pause(server)["pauseAllServers"] is False


@pytest.mark.parametrize("owners", [["jane", "joe"], ["jane", "jane"]], ids=["two owners", "one owner"])
def test_pause_has_one_winner_when_two_runs_start_at_once_A4(server, window, mark, owners):
    """The barrier holds the first run in its read until the second one reads, too, which the lock on the state file prevents."""
    barrier = threading.Barrier(2, timeout=2)
    server.before("GET", "/api/Cluster", barrier.wait)
    server.before("GET", "/api/Cluster", barrier.wait)
    results = {}

    def start(run, owner):
        results[run] = window("paused", run=run, owner=owner)

    threads = [threading.Thread(target=start, args=(f"run {n}", owner)) for n, owner in enumerate(owners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (loser,) = [run for run, result in results.items() if result["failed"]]
    assert str(mark) in failed(results[loser], "conflict", "not_committed")
    (winner,) = set(results) - {loser}
    assert changed(results[winner])
    assert changed(window("restored", run=winner, owner=owners[int(winner[-1])]))
    assert pause(server)["pauseAllServers"] is False
    assert not mark.exists()


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"format": 99}', '{"format": 1}', "\x00"])
def test_pause_rejects_a_state_file_of_unknown_content_A4(server, window, mark, content):
    """Damage is not absence: the settings in it would be lost, and the pause would be restored as what was there before."""
    mark.parent.mkdir()
    mark.write_text(content)
    mark.chmod(0o600)
    for state in ("paused", "restored"):
        assert str(mark) in failed(window(state), "conflict", "not_committed")
    assert server.requests == []
    assert mark.read_text() == content
    failed(window("restored", force=True), "conflict", "not_committed")
    assert changed(window("paused", force=True))
    assert changed(window("restored"))


def test_pause_rejects_the_state_file_of_another_cluster_A3(server, window, mark):
    window("paused", cluster_id="東京")
    content = mark.read_bytes()
    for state in ("paused", "restored"):
        message = failed(window(state, cluster_id="大阪"), "conflict", "not_committed")
        assert str(mark) in message
        assert "東京" in message
    assert mark.read_bytes() == content
    assert changed(window("restored", cluster_id="東京"))


@pytest.mark.parametrize(
    "server", [Dialect(singleton_stamps=stamps) for stamps in (False, True)], indirect=True, ids=str
)
def test_pause_rejects_the_state_file_of_another_server_A3(server, window, mark):
    with Emulator(server.dialect) as other:
        window("paused", **modules.connection(other))
        message = failed(window("paused"), "conflict", "not_committed")
        assert other.url in message
        assert "cluster_id" in message
        failed(window("restored"), "conflict", "not_committed")
        result = window("paused", force=True)
        assert changed(result)
        assert "stale_window" not in result
        assert changed(window("restored"))
        assert pause(other)["pauseAllServers"] is True


@pytest.mark.parametrize("cluster_id", [None, "production"])
def test_pause_is_closed_by_another_server_of_the_cluster(tmp_path, mark, fast_sleep, cluster_id):
    dialect = Dialect(singleton_stamps=cluster_id is None)
    database = f"sqlite:///{tmp_path / 'repository.db'}"
    with Emulator(dialect, database=database) as first, Emulator(dialect, database=database) as second:
        options = {"state_path": str(mark), "owner": "jane", "cluster_id": cluster_id}
        assert changed(modules.run("astera_pause", {**modules.connection(first), **options, "state": "paused"}))
        assert changed(modules.run("astera_pause", {**modules.connection(second), **options, "state": "restored"}))
        assert pause(first)["pauseAllServers"] is False


def test_pause_names_its_file_after_the_cluster_in_a_directory_A3(server, window, tmp_path):
    directory = f"{tmp_path}/states/"
    for cluster_id in ("東京", "大阪", "Prod", "prod", "a/b", "a_b", None):
        window("paused", state_path=directory, cluster_id=cluster_id, window="w")
    names = sorted(path.name for path in (tmp_path / "states").iterdir())
    assert len({name.casefold() for name in names}) == 7
    assert any(name.startswith("Prod-") for name in names)


def test_pause_of_an_outer_window_survives_the_inner_one(server, window):
    window("paused")
    inner = window("paused", window="deployment")
    assert not changed(inner)
    assert inner["window_opened"] is False
    assert not changed(window("restored", window="deployment"))
    assert pause(server)["pauseAllServers"] is True
    assert changed(window("restored"))


def test_pause_window_is_recognized_by_its_owner_in_another_process(server, run, mark):
    options = {"state_path": str(mark), "owner": "jane"}
    assert changed(run("pause", state="paused", **options))
    assert run("pause", state="paused", window="deployment", **options)["window_opened"] is False
    assert not changed(run("pause", state="restored", window="deployment", **options))
    assert run("pause", state="paused", **options)["stale_window"]["owner"] == "jane"
    result = run("pause", state="restored", **options)
    assert changed(result)
    assert result["warnings"] == []


def test_pause_of_another_client_is_reported_and_kept(server, window):
    server.edit_cluster(pauseAllServers=True)
    assert "stay paused" in window("paused")["warnings"][0]
    assert not changed(window("restored"))
    assert pause(server)["pauseAllServers"] is True


@pytest.mark.parametrize("server", [Dialect(), Dialect(key_case="pascal")], indirect=True, ids=["camel", "pascal"])
def test_window_that_changed_nothing_restores_nothing(server, window, mark):
    """Two servers of a cluster without a cluster_id: the window of the second one begins within that of the first."""
    server.edit_cluster(pauseAllServers=True)
    window("paused")
    server.edit_cluster(pauseAllServers=False)
    assert not changed(window("restored", check=True))
    assert mark.exists()
    result = window("restored")
    assert not changed(result)
    assert "It stays ended" in result["warnings"][0]
    assert pause(server)["pauseAllServers"] is False
    assert not mark.exists()


def test_change_of_another_client_within_the_window_is_reported(server, window):
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
def test_F05_pause_with_lost_response_is_read_back(server, window, mark, state, place):
    if state == "restored":
        window("paused")
    server.fail("POST", "/api/Cluster", at=place)
    assert changed(window(state))
    assert pause(server)["pauseAllServers"] is (state == "paused")


def test_pause_keeps_its_state_file_only_if_a_restoration_is_refused(server, window, mark):
    server.fail("POST", "/api/Cluster", how="status", status=403)
    failed(window("paused"), "permission", "not_committed")
    assert not mark.exists()
    window("paused")
    server.fail("POST", "/api/Cluster", how="status", status=403)
    failed(window("restored"), "permission", "not_committed")
    assert mark.exists()
    assert changed(window("restored"))


def test_F49_a_run_that_dies_between_the_mark_and_the_pause(server, window, mark):
    """The state file is written first, so that no pause is ever without its owner."""
    seen = {}
    server.before("POST", "/api/Cluster", lambda: seen.update(marked=mark.exists()))
    window("paused", run="killed")
    assert seen == {"marked": True}
    server.edit_cluster(pauseAllServers=False)
    result = window("restored")
    assert not changed(result)
    assert not mark.exists()


@pytest.mark.parametrize(
    "options", [{"window": " "}, {"owner": ""}, {"cluster_id": " "}, {"state_path": "/dev/null/mark.json"}], ids=str
)
def test_pause_rejects_bad_input_before_the_first_request(server, window, options):
    failed(window("paused", **options), "usage", "not_committed")
    assert server.requests == []
