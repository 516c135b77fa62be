# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members that the server changes by itself: found by two reads, and never a reason to write."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.volatile import find_volatile, remove_members
from ansible_collections.astera.data_stack.tests import modules
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator

WEEKLY = {"typeName": "Astera.Core.Weekly", "days": ["Monday"]}


def test_find_volatile_names_members_at_any_depth_A13():
    first = {"cluster": {"beat": 1, "nodes": [{"seen": 1, "name": "a"}], "deep": {"er": {"n": 1}}, "log": [1]}}
    second = {"cluster": {"beat": 2, "nodes": [{"seen": 2, "name": "a"}], "deep": {"er": {"n": 2}}, "log": [1, 2]}}
    found = find_volatile(first, second)
    assert found == {"cluster": ["beat", "deep.er.n", "log", "nodes.[].seen"]}
    stable = {"nodes": [{"name": "a"}], "deep": {"er": {}}}
    assert remove_members(second["cluster"], set(found["cluster"])) == stable
    # In a part that is a list, paths begin below each object.
    assert remove_members([{"seen": 1, "id": 2}], {"seen"}) == [{"id": 2}]


def test_find_volatile_compares_objects_by_id_A13():
    first = {"schedules": [{"id": 1, "runs": 1}, {"id": "2", "runs": 5}]}
    assert find_volatile(first, {"schedules": [{"id": 2, "runs": 5}, {"id": 1, "runs": 1}]}) == {}
    assert find_volatile(first, {"schedules": [{"id": 3, "runs": 9}]}) == {}
    assert find_volatile(first, {"schedules": [{"id": 2, "runs": 6}]}) == {"schedules": ["runs"]}


def test_find_volatile_never_names_what_has_an_option_A13():
    first = {
        "server_config": {"serverProfile": "A", "ServerDbInfo": {"Server": "a"}},
        "cluster": {"pauseAllServers": False, "stagingDirectory": {"path": "C"}, "updateDtTm": None},
        "deployments": [{"id": 1, "comment": "a", "userArchiveFilePath": "a"}],
        "schedules": [{"id": 1, "isActive": True, "schedule": {"typeName": "a"}, "jobOptions": None}],
    }
    second = {
        "server_config": {"serverProfile": "B", "ServerDbInfo": {"Server": "b"}},
        "cluster": {"pauseAllServers": True, "stagingDirectory": {"path": "D"}, "updateDtTm": None},
        "deployments": [{"id": 1, "comment": "b", "userArchiveFilePath": "b"}],
        "schedules": [{"id": 1, "isActive": False, "schedule": {"typeName": "b"}, "jobOptions": None}],
    }
    assert find_volatile(first, second) == {}


@pytest.mark.parametrize("pause", [-1, 61])
def test_pause_between_reads_has_a_range(pause):
    options = {"url": "https://127.0.0.1:9", "token": "t", "snapshot": True, "pause_between_reads": pause}
    assert "from 0 to 60" in modules.failed(modules.run("astera_server", options, check=True), "usage", "not_committed")


def test_pause_between_reads_needs_a_snapshot():
    options = {"url": "https://127.0.0.1:9", "token": "t", "pause_between_reads": 0}
    message = modules.failed(modules.run("astera_server", options, check=True), "usage", "not_committed")
    assert "snapshot: true" in message


def test_second_read_that_fails_leaves_the_part_unread_A13():
    with Emulator() as server:
        server.fail("GET", "/api/Schedules", how="status", status=403, after=1)
        options = {**modules.connection(server), "snapshot": True, "pause_between_reads": 0}
        snapshot = modules.run("astera_server", options, check=True)["snapshot"]
    assert "schedules" not in snapshot
    assert snapshot["unread"]["schedules"]["status"] == 403


@pytest.mark.parametrize("post_response", ["object", "empty"])
@pytest.mark.parametrize("more", [{}, {"on_conflict": "fail"}], ids=["default", "fail"])
def test_schedule_with_a_declared_moving_member_names_it_A13(post_response, more):
    """As it was copied from what the server shows."""
    with Emulator(Dialect(moving_members=True, post_response=post_response)) as server:
        server.seed("schedule", name="W", isFile=True, schedule=WEEKLY)
        shown = modules.run("astera_schedule_info", {**modules.connection(server), "raw": True})["schedules"][0]
        options = {**modules.connection(server), "name": "W", **more}
        message = modules.failed(
            modules.run("astera_schedule", {**options, "schedule": shown["schedule"]}), "rejected", "committed"
        )
        assert "not applied: field schedule.lastCheck." in message
        assert len(server.writes) == 1
        stable = {key: value for key, value in shown["schedule"].items() if key != "lastCheck"}
        assert not modules.changed(modules.run("astera_schedule", {**options, "schedule": stable}))
