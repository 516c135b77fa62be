# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guarded pause of ``astera_server`` where runs of one owner overlap, or are killed."""

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import signal

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils import _task
from ansible_collections.astera.data_stack.plugins.module_utils._client.client import Client
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.document import Server
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.pause import Pause
from ansible_collections.astera.data_stack.tests import modules
from ansible_collections.astera.data_stack.tests.modules import changed, failed


@pytest.fixture(autouse=True)
def _soon(fast_sleep):
    """Waits are short in these tests."""


@pytest.fixture
def states(tmp_path):
    return tmp_path / "states"


@pytest.fixture
def perform(server, states):
    def call(resource, run, check, **given):
        runtime = _task.TaskRuntime()
        runtime.run_id = run
        return modules.run_kind(resource, server, runtime, check=check, **given)

    return call


@pytest.fixture
def deploy(perform, states, archive):
    """Deploy these deployments in a guarded pause, as one run of the same owner."""
    option = Server.options.argument_spec()["deployments"]["options"]
    deployment = {name: value.get("default") for name, value in option.items()}

    def call(run, *names, check=False):
        pause = {"enabled": True, "state_path": f"{states}/", "window": "deployment", "owner": "jane", "force": False}
        given = [{**deployment, "name": name, "archive": str(archive)} for name in names]
        return perform(Server, run, check, deployments=given, pause=pause)

    return call


@pytest.fixture
def window(perform, states):
    def call(state, run, **options):
        return perform(Pause, run, False, state=state, state_path=f"{states}/", owner="jane", **options)

    return call


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "a.car"
    path.write_bytes(b"PK content")
    return path


def is_paused(server):
    return server.state["cluster"]["pauseAllServers"]


def state_files(states):
    return list(states.iterdir())


@pytest.fixture
def during(server, monkeypatch):
    """Do this while the next run deploys, and return what it returned."""
    save = Client.save_deployment

    def prepare(action):
        seen = []

        def act_and_save(api, content):
            monkeypatch.setattr(Client, "save_deployment", save)
            seen.append((action(), is_paused(server)))
            return save(api, content)

        monkeypatch.setattr(Client, "save_deployment", act_and_save)
        return seen

    return prepare


def test_pause_of_a_living_run_is_not_taken_over_A4(server, deploy, states, during):
    """Two overlapping runs of one owner: the second one fails, and the first one stays paused until its end."""
    seen = during(lambda: deploy("second", "B"))
    assert changed(deploy("first", "A"))
    ((result, paused),) = seen
    message = failed(result, "conflict", "not_committed")
    assert "in progress" in message
    assert str(states) in message
    assert paused is True
    assert is_paused(server) is False
    assert state_files(states) == []
    assert changed(deploy("second", "B"))


@pytest.mark.parametrize("check", [False, True])
def test_run_without_a_change_leaves_the_pause_of_a_living_run_A4(server, deploy, check, during):
    deploy("before", "A")
    seen = during(lambda: deploy("second", "A", check=check))
    assert changed(deploy("first", "B"))
    ((result, paused),) = seen
    assert not changed(result)
    assert paused is True
    assert is_paused(server) is False


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("state", ["paused", "restored"])
def test_pause_refuses_the_window_of_a_living_task_A4(server, deploy, window, state, force, during):
    seen = during(lambda: window(state, "second", force=force))
    assert changed(deploy("first", "A"))
    ((result, paused),) = seen
    assert "in progress" in failed(result, "conflict", "not_committed")
    assert paused is True
    assert is_paused(server) is False


@pytest.fixture
def killed(server, deploy):
    """A run was killed while it deployed."""
    context = multiprocessing.get_context("fork")
    server.edit_cluster(pauseServersFrom="22:00")
    process = context.Process(target=deploy, args=("killed", "A"))
    server.before("POST", "/api/Deployment", lambda: os.kill(process.pid, signal.SIGKILL))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert is_paused(server) is True


@pytest.mark.parametrize("names", [["A", "B"], []], ids=["deploys", "has nothing to deploy"])
def test_pause_of_a_killed_run_is_closed_by_the_next_one_A4(server, deploy, states, killed, names):
    assert changed(deploy("check", *names, check=True))
    assert is_paused(server) is True
    result = deploy("next", *names)
    assert changed(result)
    assert result["diff"]
    assert result["stale_window"]["owner"] == "jane"
    assert is_paused(server) is False
    assert server.state["cluster"]["pauseServersFrom"] == "22:00"
    assert state_files(states) == []
    assert not changed(deploy("another", *names))


@pytest.mark.parametrize("names", [["A"], []], ids=["deploys", "has nothing to deploy"])
def test_window_of_other_tasks_is_not_closed_by_a_guarded_pause_A4(server, deploy, window, states, names):
    """Whether the run that opened it is still in progress is unknown, because its tasks do not live as long as its window."""
    window("paused", "first", window="night")
    result = deploy("second", *names)
    if names:
        assert "window night" in failed(result, "conflict", "not_committed")
    else:
        assert not changed(result)
    assert is_paused(server) is True
    assert changed(window("restored", "first", window="night"))


def test_guarded_pause_leaves_the_window_of_its_own_run_open(server, deploy, window):
    window("paused", "run")
    assert changed(deploy("run", "A"))
    assert is_paused(server) is True
    assert changed(window("restored", "run"))


def test_guarded_pause_works_without_locks_B2(server, deploy, states, monkeypatch):
    def refuse(*_arguments):
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert changed(deploy("run", "A"))
    assert is_paused(server) is False
    assert state_files(states) == []


def test_guarded_pause_keeps_a_pause_that_another_run_has_taken_over_A4(server, deploy, states, monkeypatch):
    """Without locks, the second run of one owner takes the window over. The first one must not end it."""
    monkeypatch.setattr(fcntl, "flock", lambda *_arguments: None)
    taken = []

    def take_over():
        (path,) = state_files(states)
        taken.append(path.write_bytes(path.read_bytes().replace(b'"run": "first"', b'"run": "other"')))

    server.before("POST", "/api/Deployment", take_over)
    result = deploy("first", "A")
    assert taken
    assert "taken over" in failed(result, "conflict", "not_committed")
    assert is_paused(server) is True
