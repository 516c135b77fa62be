# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole server in one task: references, order, failures in the middle, unmanaged objects."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.tests import modules
from ansible_collections.astera.data_stack.tests.emulator import Dialect

DAILY = {"start_time": "2026-12-01T04:30:00+01:00"}


@pytest.fixture
def run(server):
    def call(check=False, **options):
        server.clear_requests()
        return modules.run("astera_server", {**modules.connection(server), **options}, check=check)

    return call


def deployments(count, **keys):
    return [{"name": f"Deployment {number}", "archive_server_path": "C:\\a.Car", **keys} for number in range(count)]


def schedules(count, **keys):
    return [
        {"name": f"Schedule {number}", "deployment": f"Deployment {number}", "daily": DAILY, **keys}
        for number in range(count)
    ]


def summary(result):
    return [(entry["name"], entry["action"], entry["outcome"]) for entry in result["plan"]]


def paths(server):
    return [entry.path for entry in server.requests]


def test_server_reads_two_lists_for_two_hundred_objects(server, run):
    document = {"deployments": deployments(100), "schedules": schedules(100)}
    predicted = run(check=True, **document)
    assert predicted["changed"] is True
    assert predicted["warnings"] == []
    first = run(**document)
    assert not first["failed"], first["msg"]
    assert sorted(set(paths(server))) == sorted(
        {"/api/account/login", "/api/Deployments", "/api/Schedules", "/api/Deployment", "/api/Schedule"}
    )
    assert len(server.writes) == 200
    # Once to plan, and once more in case another run made a schedule of the same name.
    assert (paths(server).count("/api/Deployments"), paths(server).count("/api/Schedules")) == (1, 2)
    second = run(**document)
    assert second["changed"] is False
    assert second["diff"] == []
    assert paths(server) == ["/api/account/login", "/api/Deployments", "/api/Schedules"]
    assert len({entry.connection for entry in server.requests}) == 1


def test_server_writes_in_parallel(server, run):
    server.service.latency = 0.02
    run(deployments=deployments(40), parallel_writes=4)
    assert 2 <= len({entry.connection for entry in server.writes}) <= 5


@pytest.mark.parametrize("continue_on_error", [False, True])
def test_server_reports_what_was_written_before_a_failure(server, run, continue_on_error):
    names = [f"Deployment {number}" for number in range(4)]
    server.fail("POST", "/api/Deployment", how="status", status=403, after=1)
    options = {"deployments": deployments(4), "schedules": schedules(4), "parallel_writes": 1}
    result = run(**options, continue_on_error=continue_on_error)
    assert result["failed"]
    assert result["changed"] is True
    assert result["error"]["code"] == "permission"
    told = summary(result)
    stored = {item["name"] for item in server.state["deployments"]}
    assert {name for name, _action, outcome in told if outcome == "committed" and name in names} == stored
    assert told[1] == ("Deployment 1", "create", "not_committed")
    assert "Deployment 1" in result["msg"]
    if continue_on_error:
        assert len(stored) == 3
        errors = {entry["name"]: entry["error"]["code"] for entry in result["plan"] if entry["error"]}
        assert errors == {"Deployment 1": "permission", "Schedule 1": "not_found"}
        assert len(server.state["schedules"]) == 3
    else:
        assert len(stored) == 1
        assert [outcome for _name, _action, outcome in told[2:]] == [None] * 6
        assert server.state["schedules"] == []
    assert not run(**options)["failed"]
    assert run(**options)["changed"] is False


def test_server_writes_nothing_if_an_object_cannot_be_planned(server, run):
    server.seed("schedule", name="Schedule 1", isFile=True)
    server.seed("schedule", name="Schedule 1", isFile=True)
    for check in (True, False):
        result = run(check=check, deployments=deployments(2), schedules=schedules(2))
        assert result["failed"]
        assert (result["error"]["code"], result["error"]["outcome"]) == ("ambiguous_name", "not_committed")
        assert result["changed"] is False
        assert server.writes == []


def test_server_rejects_an_unknown_reference_before_the_first_write(server, run):
    document = {"deployments": deployments(1), "schedules": schedules(2)}
    result = run(**document)
    assert "Deployment 1" in result["msg"]
    assert server.writes == []
    assert run(check=True, **document)["warnings"]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"deployments": [*deployments(2), *deployments(1)]}, "declared twice"),
        (
            {"deployments": [{"name": "A"}], "schedules": [{"name": "B", "daily": {"start_time": "today"}}]},
            "schedule 'B'",
        ),
        ({"deployments": [{"name": "A", "archive": "/nowhere.car"}]}, "deployment 'A'"),
        ({"deployments": [{"archive": "/nowhere.car"}]}, "name"),
        ({"schedules": [{"name": "A", "deployment": "B", "file_path": "C"}]}, "mutually exclusive"),
        ({"cluster": {"nmae": "A"}}, "nmae"),
        ({"parallel_writes": 0}, "parallel_writes"),
        ({"unmanaged_schedules": "deactivate"}, "Declare those that must stay active"),
    ],
)
def test_server_rejects_bad_documents_before_the_first_request(server, run, document, words):
    result = run(**document)
    assert result["failed"]
    assert words.lower() in result["msg"].lower()
    assert paths(server) == []


def test_server_reports_or_deactivates_unmanaged_objects(server, run):
    server.seed("schedule", name="Old", isFile=True, isActive=True, schedule={"typeName": "A"})
    server.seed("schedule", name="Older", isFile=True, isActive=False, schedule={"typeName": "A"})
    server.seed("deployment", name="Another's")
    document = {"deployments": deployments(1), "schedules": schedules(1)}
    run(**document)
    report = {"unmanaged_schedules": "report", "unmanaged_deployments": "report"}
    result = run(**document, **report)
    assert result["changed"] is False
    assert result["unmanaged"] == {"deployments": ["Another's"], "schedules": ["Old", "Older"]}
    for check in (True, False):
        result = run(check=check, **document, unmanaged_schedules="deactivate")
        assert summary(result)[-1][:2] == ("Old", "deactivate")
        assert result["changed"] is True
        assert len(server.writes) == (0 if check else 1)
    assert [item["isActive"] for item in server.state["schedules"]] == [False, False, True]
    assert run(**document, unmanaged_schedules="deactivate")["changed"] is False


def test_server_names_a_schedule_that_another_run_created(server, run):
    server.before("POST", "/api/Schedule", lambda: server.seed("schedule", name="Schedule 0", isFile=True))
    result = run(deployments=deployments(1), schedules=schedules(1))
    assert result["failed"]
    assert (result["error"]["code"], result["error"]["outcome"]) == ("ambiguous_name", "committed")
    assert "ids 1, 2" in result["msg"]


@pytest.mark.usefixtures("fast_sleep")
def test_server_reads_lists_after_the_repository_is_configured(server, run):
    """Nothing is published on what a server without one answers."""
    server.fail("GET", "/api/Deployments", how="status", status=500, times=5)
    document = {
        "server_config": {"server_profile": "ServerProfile2", "repository": {"data_provider": "SqlServer"}},
        "deployments": deployments(2),
    }
    result = run(**document)
    assert not result["failed"], result["msg"]
    assert [outcome for _name, _action, outcome in summary(result)] == ["committed"] * 3
    server.fail("GET", "/api/Deployments", how="status", status=500, times=5)
    assert run(**document)["failed"]


@pytest.mark.parametrize("server", [Dialect(post_response="empty")], indirect=True)
def test_server_with_empty_responses_is_listed_once(server, run):
    assert not run(deployments=deployments(30), schedules=schedules(30))["failed"]
    assert (paths(server).count("/api/Deployments"), paths(server).count("/api/Schedules")) == (2, 2)


@pytest.mark.parametrize("server", [Dialect(post_response="empty", drop_field="comment")], indirect=True)
def test_server_names_a_field_that_is_dropped(server, run):
    result = run(deployments=deployments(2, comment="x"), continue_on_error=True)
    assert [entry["error"]["code"] for entry in result["plan"]] == ["rejected", "rejected"]
    assert result["error"]["outcome"] == "committed"


def test_server_replaces_an_expired_token_once(server, run):
    server.fail("POST", "/api/Deployment", how="call", action=server.expire_tokens, after=5)
    assert not run(deployments=deployments(30))["failed"]
    assert paths(server).count("/api/account/login") == 2


def test_server_snapshot_has_what_the_plan_was_made_from(server, run):
    server.seed("deployment", name="Stock")
    server.edit("cluster", pauseAllServers=True)
    declared = {"server_config": {"server_profile": "X"}, "cluster": {"name": "P"}, "deployments": deployments(1)}
    result = run(check=True, snapshot=True, **declared)
    assert paths(server) == [
        "/api/account/login",
        "/api/Server/Config",
        "/api/Cluster",
        "/api/Deployments",
        "/api/Schedules",
    ]
    found = result["snapshot"]
    assert found["cluster"]["pauseAllServers"] is True
    assert [item["name"] for item in found["deployments"]] == ["Stock"]
    assert found["schedules"] == []
    assert found["unread"] == {}
    assert "password" not in found["server_config"]["serverDbInfo"]
    assert "snapshot" not in run(check=True, **declared)


def test_server_snapshot_names_what_it_lacks(server, run):
    server.fail("GET", "/api/Schedules", how="status", status=403, times=9)
    result = run(check=True, snapshot=True, cluster={"name": "P"})
    assert not result["failed"]
    assert result["snapshot"]["unread"]["schedules"]["code"] == "permission"
    assert sorted(result["snapshot"]) == ["cluster", "deployments", "server_config", "unread"]


def test_server_snapshot_fails_if_nothing_can_be_read(server, run):
    result = run(check=True, snapshot=True, password="wrong")
    modules.failed(result, "authentication", "not_committed")
    assert paths(server) == ["/api/account/login"]


def test_server_sends_wrong_credentials_once(server, run):
    """Accounts get locked. And what was not looked at is not as it should be: each object says why."""
    declared = {"deployments": deployments(3), "schedules": schedules(3)}
    result = run(check=True, continue_on_error=True, snapshot=True, password="wrong", **declared)
    modules.failed(result, "authentication", "not_committed")
    assert paths(server) == ["/api/account/login"]
    assert [entry["error"]["code"] for entry in result["plan"]] == ["authentication"] * 6


def test_server_reads_a_failing_list_once(server, run):
    server.fail("GET", "/api/Schedules", how="status", status=403, times=9)
    declared = {
        "deployments": deployments(2),
        "schedules": schedules(3),
    }
    result = run(
        check=True, continue_on_error=True, unmanaged_deployments="report", unmanaged_schedules="report", **declared
    )
    modules.failed(result, "permission", "not_committed")
    assert paths(server).count("/api/Schedules") == 1
    assert [entry["error"] and entry["error"]["code"] for entry in result["plan"]] == [None] * 2 + ["permission"] * 3
    assert result["unmanaged"] == {"deployments": []}
