# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tasks of one run know of each other, without Ansible."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._client import waiting
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.document import Server
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.pause import Pause
from ansible_collections.astera.data_stack.plugins.plugin_utils import _coordination
from ansible_collections.astera.data_stack.plugins.plugin_utils._coordination import Caller, Coordinator

SHARED = {"url": "https://a:9261", "cluster_id": "production", "schedules": [{"name": "Daily"}]}


class FakeRun:
    """The hosts of a run, and what each of their tasks was given."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.given = []

    def task(self, host, arguments, result=None, resource=Server, play="first", check_mode=False, hosts=()):
        def attempt(given):
            self.given.append((host, given))
            return {"changed": True, "plan": [], **(result or {})}

        caller = Caller(host, play, check_mode, hosts)
        return Coordinator(self.folder, caller).run(resource, arguments, attempt)

    @property
    def hosts(self):
        return [host for host, _given in self.given]


@pytest.fixture
def play(tmp_path):
    return FakeRun(tmp_path)


def test_coordinator_lets_one_server_write(play):
    results = [play.task(host, {**SHARED, "url": f"https://{host}:9261"}) for host in ("a", "b", "c")]
    assert play.hosts == ["a"]
    assert [result["changed"] for result in results] == [True, False, False]
    assert [result.get("written_by") for result in results] == [None, "a", "a"]
    assert "a has written" in results[1]["msg"]


def test_coordinator_lets_the_next_server_write_after_a_failure(play):
    play.task("a", SHARED, {"failed": True})
    play.task("b", SHARED)
    assert play.task("c", SHARED)["written_by"] == "b"
    assert play.hosts == ["a", "b"]


@pytest.mark.parametrize(
    "other",
    [
        {"play": "second"},
        {"check_mode": True},
        {"arguments": {**SHARED, "schedules": [{"name": "Weekly"}]}},
        {"arguments": {**SHARED, "cluster_id": "test"}},
        {"arguments": {**SHARED, "cluster_id": None}},
    ],
)
def test_coordinator_takes_other_work_for_undone(play, other):
    play.task("a", SHARED)
    play.task("b", **{"arguments": SHARED, **other})
    assert play.hosts == ["a", "b"]


def test_coordinator_counts_the_times_of_each_server(play):
    for _turn in range(2):
        for host in ("a", "b"):
            play.task(host, SHARED)
    assert play.hosts == ["a", "a"]


def test_coordinator_leaves_to_each_server_what_is_its_own(play):
    whole = {**SHARED, "server_config": {"server_profile": "P"}}
    play.task("a", whole)
    result = play.task("b", whole)
    assert play.given[1][1] == {
        "url": SHARED["url"],
        "cluster_id": "production",
        "server_config": {"server_profile": "P"},
    }
    assert (result["changed"], result["written_by"]) == (True, "a")


def test_coordinator_recognizes_work_whose_paths_the_task_replaces(play, tmp_path):
    def attempt(given):
        play.given.append(("", given))
        given["deployments"][0]["archive"] = str(tmp_path / "sales.car")
        return {"changed": True}

    for host in ("a", "b"):
        arguments = {**SHARED, "deployments": [{"name": "Sales", "archive": "files/sales.car"}]}
        Coordinator(play.folder, Caller(host, "first", True)).run(Server, arguments, attempt)
    assert len(play.given) == 1


def test_coordinator_does_not_trust_what_an_asynchronous_task_will_do(play):
    play.task("a", SHARED, {"ansible_job_id": "1"})
    play.task("b", SHARED)
    assert play.hosts == ["a", "b"]


def test_coordinator_coordinates_pauses(play):
    pause = {"cluster_id": "production", "state": "paused", "state_path": "x"}
    for state in ("paused", "restored"):
        for host in ("a", "b"):
            play.task(host, {**pause, "state": state}, resource=Pause)
    assert play.hosts == ["a", "a"]


def test_coordinator_lets_the_first_host_of_the_play_begin(play, monkeypatch):
    waits = threading.Event()

    def poll(*arguments):
        waits.set()
        return waiting.poll(*arguments)

    monkeypatch.setattr(_coordination, "poll", poll)
    hosts = ("a", "b")
    for host in hosts:
        play.task(host, {**SHARED, "parts": []}, hosts=hosts)
    second = threading.Thread(target=play.task, args=("b", SHARED), kwargs={"hosts": hosts})
    second.start()
    assert waits.wait(10)
    play.task("a", SHARED, hosts=hosts)
    second.join()
    assert play.hosts == ["a", "b", "a"]


def test_coordinator_follows_a_server_to_its_new_address(play):
    old, new = ({"url": f"https://a:{port}"} for port in (9261, 9262))
    play.task("a", old, new)
    play.task("a", old, {"changed": False})
    play.task("b", old)
    play.task("a", new, old)
    play.task("a", old)
    assert [given["url"] for _host, given in play.given] == [old["url"], new["url"], old["url"], new["url"], old["url"]]


def failed(code, status=400):
    return {"failed": True, "changed": False, "msg": "no", "error": {"code": code, "status": status}}


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("code", "forgiven"), [("rejected", True), ("usage", False), ("unreachable", False), ("authentication", False)]
)
def test_coordinator_forgives_what_a_bare_server_refuses_in_check_mode(play, code, forgiven, check_mode):
    url = {"url": "https://a:9261"}
    assert play.task("a", url, failed(code), check_mode=check_mode)["failed"]
    entry = {"kind": "server_config", "changed": True, "error": None}
    play.task("a", url, {"plan": [entry]}, check_mode=check_mode)
    assert play.task("b", url, failed(code), check_mode=check_mode)["failed"]
    result = play.task("a", url, failed(code), check_mode=check_mode)
    assert ("failed" not in result) == (forgiven and check_mode)
    if forgiven and check_mode:
        assert "Nothing can be predicted here" in result["warnings"][0]


def test_coordinator_forgives_no_other_error_of_a_plan(play):
    url = {"url": "https://a:9261"}
    play.task("a", url, {"plan": [{"kind": "license", "changed": True, "error": None}]}, check_mode=True)
    entries = [{"kind": "cluster", "changed": False, "error": {"code": "usage"}}]
    assert play.task("a", url, {**failed("rejected"), "plan": entries}, check_mode=True)["failed"]
