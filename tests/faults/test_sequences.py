# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults that follow one another, and other writers among them: what is claimed at the end is still true."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._client.client import Client
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.deployment import Deployment
from ansible_collections.astera.data_stack.tests import modules, write_scenarios
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator
from ansible_collections.astera.data_stack.tests.modules import changed, failed, writes
from ansible_collections.astera.data_stack.tests.raw_server import RawServer, read_request
from ansible_collections.astera.data_stack.tests.write_scenarios import LICENSE, REACHED, SCENARIOS, PreparedScenario

pytestmark = write_scenarios.EACH_FAULT_ONCE

UPLOAD, DEPLOYMENT = "/api/UploadFile", "/api/Deployment"
EMPTY_POSTS = pytest.mark.parametrize("server", [Dialect(post_response="empty")], indirect=True, ids=["empty answers"])


@pytest.fixture
def new(server, tmp_path):
    """Create the deployment with its archive → the result."""
    return PreparedScenario("new deployment", server, tmp_path).run


@pytest.fixture
def old(server, tmp_path):
    return PreparedScenario("old deployment", server, tmp_path).run


def committed(server, path=DEPLOYMENT):
    return [entry.path for entry in server.commits].count(path)


# Uploads


def test_F05_responses_of_upload_and_deployment_are_lost(server, new):
    server.fail("POST", UPLOAD, at="after_commit")
    server.fail("POST", DEPLOYMENT, at="after_commit")
    assert changed(new())
    assert committed(server) == 1
    assert len(server.state["files"]) == 1
    assert not changed(new())
    assert writes(server) == []


@pytest.mark.parametrize("fault", [{"how": "reset"}, {"how": "status", "status": 500}], ids=str)
def test_F29_an_upload_is_not_tried_more_often_than_was_asked_for(server, new, fault):
    """A file may be large. And the deployment, of which nothing was sent, is not the one in doubt."""
    server.fail("POST", UPLOAD, times=100, **fault)
    result = new(retries=2)
    assert "was not written, because sales-" in failed(result, result["error"]["code"], "unknown")
    assert writes(server) == [UPLOAD] * 3


def test_F10_a_token_that_runs_out_in_the_middle_of_an_upload(server, new):
    server.fail("POST", UPLOAD, how="status", status=401)
    assert changed(new())
    sent = [entry.files["ArchiveFile"]["sha256"] for entry in server.requests if entry.files]
    assert len(sent) == 1
    assert writes(server) == [UPLOAD, UPLOAD, DEPLOYMENT]


def test_F14_a_login_that_comes_too_soon_is_made_later(server, fast_sleep, new):
    server.fail("POST", "/api/account/login", how="status", status=429, headers={"Retry-After": "9"})
    assert changed(new())
    assert fast_sleep[0] == 9


def test_F23_a_file_was_sent_and_its_deployment_is_refused(server, new):
    server.fail("POST", DEPLOYMENT, how="status", status=403)
    result = new()
    failed(result, "permission", "not_committed")
    assert result["changed"] is True
    assert [upload["kind"] for upload in result["uploads"]] == ["Car"]


# One write after another


def test_F05_lost_and_then_refused_is_not_known(server, old):
    """The first request may still arrive, whatever was said to the second."""
    server.fail("POST", DEPLOYMENT)
    server.fail("POST", DEPLOYMENT, how="status", status=403, after=1)
    result = old()
    assert "might have been written" in failed(result, "outcome_unknown", "unknown")


def test_F22_conflict_after_a_lost_response_is_unknown(server, old):
    server.fail("POST", DEPLOYMENT, at="after_commit")
    theirs = {"action": lambda: server.edit("deployment", "Sales", comment="theirs")}
    server.fail("GET", "/api/Deployments", how="call", after=1, **theirs)
    failed(old(on_conflict="fail"), "conflict", "unknown")
    assert committed(server) == 1


@EMPTY_POSTS
def test_F22_written_overtaken_and_then_refused_is_committed(server, old):
    theirs = {"action": lambda: server.edit("deployment", "Sales", comment="theirs")}
    server.fail("GET", "/api/Deployments", how="call", after=1, **theirs)
    server.fail("POST", DEPLOYMENT, how="status", status=403, after=1)
    result = old()
    assert "was written, but not again" in failed(result, "permission", "committed")
    assert result["changed"] is True


@pytest.mark.parametrize("name", ["new deployment", "new schedule", "document"])
def test_F44_a_creation_that_is_accepted_and_not_kept(server, tmp_path, name):
    """Another run may have removed it at once, or the server only said yes."""
    scenario = SCENARIOS[name]
    options = {**modules.connection(server), **scenario.prepare(server, tmp_path)}
    server.fail("POST", scenario.path, how="status", status=200)
    result = modules.run(f"astera_{scenario.module}", options)
    message = failed(result, result["error"]["code"], "committed")
    assert "was written, but" in message
    assert (
        not changed(modules.run(f"astera_{scenario.module}", options)) or scenario.seen(server.state) == REACHED[name]
    )


@pytest.mark.parametrize("name", ["cluster", "new deployment", "old schedule"])
def test_S13_a_write_that_is_redirected_is_made_once(server, scenario):
    server.fail("POST", scenario.path, how="status", status=307, headers={"Location": "/elsewhere"}, times=100)
    failed(scenario.run(), "invalid_response", "not_committed")
    assert writes(server).count(scenario.path) == 1


# Renaming


def test_F05_renaming_with_lost_response_is_found(server, old):
    server.fail("POST", DEPLOYMENT, at="after_commit")
    assert changed(old(new_name="Revenue"))
    assert [item["name"] for item in server.state["deployments"]] == ["Revenue"]
    assert committed(server) == 1
    assert not changed(old(new_name="Revenue"))


def test_F24_another_run_renames_the_same(server, old):
    theirs = {"name": "Revenue", "comment": "new"}
    server.before("POST", DEPLOYMENT, lambda: server.handlers.edit("deployment", "Sales", theirs))
    assert not changed(old(new_name="Revenue"))
    assert [item["name"] for item in server.state["deployments"]] == ["Revenue"]


def test_F24_the_new_name_is_taken_meanwhile(server, old):
    server.before("POST", DEPLOYMENT, lambda: server.seed("deployment", name="Revenue"))
    result = old(new_name="Revenue")
    assert "cannot be renamed" in failed(result, "rejected", "not_committed")
    assert [item["name"] for item in server.state["deployments"]] == ["Sales", "Revenue"]


@pytest.mark.parametrize("on_conflict", ["overwrite", "fail"])
def test_F24_another_one_is_renamed_to_what_is_to_be_created(server, new, on_conflict):
    server.seed("deployment", name="Other", comment="theirs")
    server.before("POST", DEPLOYMENT, lambda: server.handlers.edit("deployment", "Other", {"name": "Sales"}))
    result = new(on_conflict=on_conflict)
    assert [item["name"] for item in server.state["deployments"]] == ["Sales"]
    if on_conflict == "fail":
        failed(result, "conflict", "not_committed")
    else:
        assert changed(result)
        assert "theirs" in {conflict["theirs"] for conflict in result["conflicts"]}


# A whole document


def document(server, **options):
    deployments = [{"name": f"D{number}", "archive_server_path": "C:\\a.Car"} for number in range(4)]
    return modules.run("astera_server", {**modules.connection(server), "deployments": deployments, **options})


def told(result, key):
    return [entry[key] for entry in result["plan"]]


def test_F23_a_plan_says_of_each_object_what_became_of_it(server, tmp_path):
    deployments = [{"name": f"D{number}", "archive": str(tmp_path / f"d{number}.car")} for number in range(4)]
    for item in deployments:
        Path(item["archive"]).write_bytes(b"PK " + item["name"].encode())
    server.fail("POST", DEPLOYMENT, how="status", status=403, after=1, times=1)
    result = document(server, deployments=deployments, parallel_writes=1)
    failed(result, "permission", "not_committed")
    # Of the second one the file was stored, and no more. The others were not tried.
    assert told(result, "outcome") == ["committed", "not_committed", None, None]
    assert told(result, "changed") == [True, True, False, False]
    assert [part["before_header"] for part in result["diff"]] == ["deployment 'D0'", "deployment 'D1'"]
    failure = "1 (deployment 'D1') of 4 objects failed, 1 (deployment 'D0') were written, 2 (deployment 'D2', deployment 'D3') were not"
    assert result["msg"].startswith(failure)


def test_message_names_what_was_not_read_before_a_failure(server):
    schedules = [{"name": name, "deployment": "none", "schedule": {"typeName": "A"}} for name in ("S0", "S1")]
    result = document(server, deployments=None, schedules=schedules)
    failed(result, "not_found", "not_committed")
    assert "0 were written, 1 (schedule 'S1') were not tried" in result["msg"]


@pytest.mark.parametrize("writers", [1, 4])
@pytest.mark.parametrize("place", ["after_read", "after_commit"])
def test_F07_lost_responses_among_parallel_writes(server, writers, place):
    server.fail("POST", DEPLOYMENT, at=place, times=3, after=1)
    assert changed(result := document(server, parallel_writes=writers))
    assert told(result, "outcome") == ["committed"] * 4
    assert sorted(item["name"] for item in server.state["deployments"]) == ["D0", "D1", "D2", "D3"]
    assert committed(server) == 4


def test_F22_a_document_among_others_writers(server):
    """Each of its objects is changed by another client between the read and the write."""
    for number in range(4):
        server.seed("deployment", name=f"D{number}", clusterArchiveFilePath="C:\\old.Car")
    turns = iter(range(4))
    server.before("POST", DEPLOYMENT, lambda: server.edit("deployment", f"D{next(turns)}", userField="theirs"), times=4)
    assert changed(document(server, parallel_writes=1))
    stored = server.state["deployments"]
    assert [(item["clusterArchiveFilePath"], item["userField"]) for item in stored] == [("C:\\a.Car", "theirs")] * 4


def test_F03_writes_before_an_unexpected_error_are_reported(server, monkeypatch):
    def broken(_api, _content):
        raise ZeroDivisionError("canary")

    monkeypatch.setattr(Client, "save_schedule", broken)
    result = document(server, schedules=[{"name": "S", "file_path": "C:\\a.Df", "schedule": {"typeName": "A"}}])
    failed(result, "invalid_response", "unknown")
    assert result["changed"] is True
    assert told(result, "outcome") == ["committed"] * 4 + [None]
    assert "canary" not in result["text"]


def test_F03_write_before_an_unexpected_error_is_a_change(server, run, monkeypatch):
    def broken(_target, _plan, _stored):
        raise ZeroDivisionError("canary")

    monkeypatch.setattr(Deployment, "read_back", broken)
    result = run("deployment", name="A", archive_server_path="C:\\a.Car")
    failed(result, "invalid_response", "unknown")
    assert len(server.state["deployments"]) == 1
    assert result["changed"] is True
    assert "canary" not in result["text"]


# Configuration, license, waiting


@pytest.mark.parametrize("place", ["after_commit", "mid_response"])
@pytest.mark.parametrize("server", [Dialect(restart_seconds=0.3)], indirect=True, ids=["restarting"])
def test_F26_a_port_that_is_changed_without_an_answer(server, run, place):
    with Emulator() as spare:
        port = spare.port
    server.fail("POST", "/api/Server/Config", at=place)
    repository = SCENARIOS["server_config"].options["repository"]
    result = run("server_config", port=port, repository=repository, wait_timeout=20)
    assert changed(result)
    assert result["url"].endswith(f":{port}")
    assert server.state["server_config"]["port"] == port
    assert len([entry for entry in server.commits if entry.path == "/api/Server/Config"]) == 1


def test_F50_a_receipt_that_cannot_be_kept_does_not_deny_the_license(server, run, tmp_path):
    folder = tmp_path / "receipts"

    def lose():
        shutil.rmtree(folder)
        folder.write_text("in the way")

    server.before("POST", "/api/License/Key", lose)
    result = run("license", **LICENSE, receipt_path=str(folder / "one.json"))
    assert "receipt_path" in failed(result, "usage", "committed")
    assert result["changed"] is True
    assert server.state["license"]["key"] == LICENSE["key"]


def test_F09_waiting_for_a_silent_server_ends_in_time(fast_sleep):
    """Its own repeats and time limits add up to minutes."""

    def silent(client):
        read_request(client)
        client.recv(1)

    with RawServer(silent) as server:
        options = {"url": server.url, "allow_http": True, "token": "canary-token", "timeout": 20, "retries": 10}
        result = modules.run("astera_server_info", {**options, "wait_timeout": 3})
    failed(result, "timeout", "not_committed")
    assert server.connections <= 3
