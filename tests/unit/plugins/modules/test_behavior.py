# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each module does beyond the invariants: passwords, licenses, uploads, renaming, references, the environment."""

from __future__ import annotations

import json
import time

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import (
    CONNECTION_OPTIONS,
    environment_variable,
)
from ansible_collections.astera.data_stack.plugins.module_utils._kinds import cluster
from ansible_collections.astera.data_stack.tests.emulator import Dialect
from ansible_collections.astera.data_stack.tests.modules import changed, failed, writes

DAILY = {"start_time": "2026-12-01T04:30:00+01:00"}
LICENSE = {"user": "Jane", "organization": "Example Ltd", "key": "canary-license-key"}


def on(**settings):
    return pytest.mark.parametrize("server", [Dialect(**settings)], indirect=True)


# The server's configuration


@pytest.mark.parametrize(
    "server",
    [Dialect(config_password=form) for form in ("omit", "mask", "echo", "empty", "null")],
    indirect=True,
    ids=str,
)
def test_server_config_keeps_a_password_that_is_not_given(server, run):
    server.edit("server_config", serverDbInfo={"password": "stored-canary", "user": "sa", "dataProvider": "SqlServer"})
    result = run("server_config", server_profile="ServerProfile2")
    assert changed(result)
    assert server.state["server_config"]["serverDbInfo"]["password"] == "stored-canary"
    assert "stored-canary" not in result["text"]
    assert bool(result["warnings"]) == (server.dialect.config_password != "echo")


def test_server_config_obeys_update_password(server, run):
    info = {"data_provider": "SqlServer", "user": "sa", "password": "first-canary"}
    assert changed(run("server_config", repository=info))
    rotated = {**info, "password": "second-canary"}
    assert not changed(run("server_config", repository=rotated))
    for check in (True, False, False):
        result = run("server_config", repository=rotated, update_password="always", check=check)
        assert changed(result)
        assert result["diff"]["after"]["repository"]["password"] == "********"
    assert server.state["server_config"]["serverDbInfo"]["password"] == "second-canary"


# The license


def test_license_is_idempotent_with_a_receipt(server, run, tmp_path):
    receipt = tmp_path / "folder" / "receipt.json"
    options = {**LICENSE, "receipt_path": str(receipt)}
    assert changed(run("license", check=True, **options))
    assert not receipt.exists()
    assert changed(run("license", **options))
    assert receipt.stat().st_mode & 0o777 == 0o600
    assert LICENSE["key"] not in receipt.read_text()
    server.clear_requests()
    assert not changed(run("license", **options))
    assert not changed(run("license", check=True, **options))
    assert writes(server) == []
    assert changed(run("license", **{**options, "key": "canary-other-key"}))
    assert changed(run("license", **{**options, "key": "canary-other-key"}, force=True))
    assert writes(server) == ["/api/License/Key", "/api/License/Activate"] * 2


def test_license_without_a_receipt_is_written_by_each_run(server, run):
    for _turn in range(2):
        result = run("license", **LICENSE)
        assert changed(result)
        assert result["verified"] is False
        assert result["license"] == {"user": "Jane", "organization": "Example Ltd", "activated": True}
    assert writes(server) == ["/api/License/Key", "/api/License/Activate"] * 2


def test_key_that_was_accepted_is_only_activated(server, run, tmp_path):
    options = {**LICENSE, "receipt_path": str(tmp_path / "receipt.json")}
    server.fail("POST", "/api/License/Activate", how="status", status=400)
    result = run("license", **options)
    assert "activation" in failed(result, "rejected", "not_committed")
    assert result["changed"] is True
    server.clear_requests()
    assert changed(run("license", **options))
    assert writes(server) == ["/api/License/Activate"]


@pytest.mark.parametrize("place", ["after_read", "after_commit"])
def test_license_with_lost_response_stays_unknown(server, run, tmp_path, place):
    options = {**LICENSE, "receipt_path": str(tmp_path / "receipt.json")}
    server.fail("POST", "/api/License/Key", at=place)
    failed(run("license", **options), "outcome_unknown", "unknown")
    assert writes(server) == ["/api/License/Key"]
    assert changed(run("license", **options))
    assert server.state["license"]["active"]


@pytest.mark.parametrize("call", ["/api/License/Key", "/api/License/Activate"])
def test_license_receipt_is_withdrawn_before_another_key_is_sent(server, run, tmp_path, call):
    older = {**LICENSE, "receipt_path": str(tmp_path / "receipt.json")}
    assert changed(run("license", **older))
    server.fail("POST", call)
    failed(run("license", **{**older, "key": "canary-other-key"}), "outcome_unknown", "unknown")
    server.clear_requests()
    assert changed(run("license", check=True, **older))
    assert changed(run("license", **older))
    assert writes(server) == ["/api/License/Key", "/api/License/Activate"]
    assert not changed(run("license", **older))


def test_license_can_stay_inactive(server, run, tmp_path):
    options = {**LICENSE, "receipt_path": str(tmp_path / "receipt.json"), "activate": False}
    assert changed(run("license", **options))
    assert not changed(run("license", **options))
    assert server.state["license"]["active"] is False
    assert changed(run("license", **{**options, "activate": True}))
    assert server.state["license"]["active"] is True


# The cluster


@on(cluster_get=405)
def test_cluster_that_cannot_be_read_is_written_only_whole(server, run):
    some = {"name": "PROD", "purge_job_info_after": 5}
    assert "missing" in failed(run("cluster", **some), "rejected", "not_committed")
    assert writes(server) == []
    values = {"bool": False, "int": 5, "str": "C:\\S"}
    fields = [item for item in cluster.FIELDS if not item.option.startswith("pause_servers_")]
    every = {**{item.option: values[item.type] for item in fields}, **some}
    result = run("cluster", **every)
    assert changed(result)
    assert result["warnings"]
    assert server.state["cluster"]["name"] == "PROD"


# Deployments


def test_deployment_uploads_the_same_bytes_once(server, run, car):
    archive = car()
    first = run("deployment", name="Sales", archive=archive)
    assert [upload["server_path"] for upload in first["uploads"]] == [first["deployment"]["cluster_archive_file_path"]]
    assert not changed(run("deployment", name="Sales", archive=archive))
    assert changed(run("deployment", name="Sales", comment="new", archive=archive))
    assert writes(server).count("/api/UploadFile") == 1
    second = run("deployment", name="Sales", archive=car(b"two"))
    assert second["deployment"]["cluster_archive_file_path"] != first["deployment"]["cluster_archive_file_path"]
    assert len(server.state["files"]) == 2
    assert changed(run("deployment", name="Sales", archive=car(b"one")))


def test_deployment_uses_a_file_of_another_deployment(server, run, car):
    options = {"archive": car(), "config_content": "a=1"}
    first = run("deployment", name="Sales", **options)
    second = run("deployment", name="Sales", new_name="Sold", **options)
    assert len(first["uploads"]) == len(second["uploads"]) + 1 == 2
    predicted = run("deployment", name="Import", archive=options["archive"], check=True)
    result = run("deployment", name="Import", archive=options["archive"])
    assert predicted["uploads"] == result["uploads"] == []
    assert predicted["deployment"]["cluster_archive_file_path"] == first["uploads"][0]["server_path"]
    assert result["deployment"]["cluster_archive_file_path"] == first["uploads"][0]["server_path"]
    assert not changed(run("deployment", name="Import", archive=options["archive"]))
    assert writes(server).count("/api/UploadFile") == 3


@pytest.mark.parametrize("rejected", [0, 1, 4])
def test_deployments_of_one_task_share_their_files(server, run, tmp_path, rejected):
    config = tmp_path / "shared.cfg"
    config.write_text("a=1")
    deployments = [
        {"name": f"D{number}", "archive_server_path": "C:\\a.Car", "config": str(config)} for number in range(4)
    ]
    predicted = run("server", check=True, deployments=deployments)
    if rejected:
        server.fail("POST", "/api/UploadFile", how="status", status=403, times=rejected)
        result = run("server", deployments=deployments, continue_on_error=True)
        assert result["error"]["code"] == "permission"
    # Long enough for all of them to send it.
    server.before("POST", "/api/UploadFile", lambda: time.sleep(0.2))
    result = run("server", deployments=deployments, parallel_writes=4)
    assert changed(result)
    assert {item["clusterConfigFilePath"] for item in server.state["deployments"]} == set(server.state["files"])
    assert len(server.state["files"]) == 1
    if not rejected:
        (sent,), (expected,) = result["uploads"], predicted["uploads"]
        assert {**sent, "server_path": None} == expected
        assert writes(server).count("/api/UploadFile") == 1
    assert not changed(run("server", deployments=deployments))


@pytest.mark.parametrize(
    "server", [Dialect(upload_exists="refused", duplicate_status=status) for status in (400, 409)], indirect=True
)
def test_deployment_accepts_a_file_from_an_interrupted_run(server, run, car):
    archive = car()
    server.fail("POST", "/api/Deployment", how="status", status=403)
    failed(run("deployment", name="Sales", archive=archive), "permission", "not_committed")
    assert changed(run("deployment", name="Sales", archive=archive))
    assert not changed(run("deployment", name="Sales", archive=archive))
    assert len(server.state["files"]) == 2


def test_deployment_can_be_renamed(server, run, car):
    archive = car()
    run("deployment", name="Old", archive=archive, comment="kept")
    assert changed(run("deployment", name="Old", new_name="New", check=True))
    result = run("deployment", name="Old", new_name="New")
    assert changed(result)
    assert not changed(run("deployment", name="Old", new_name="New"))
    (stored,) = server.state["deployments"]
    assert (stored["name"], stored["comment"]) == ("New", "kept")
    run("deployment", name="Old", archive=archive)
    failed(run("deployment", name="Old", new_name="New"), "conflict", "not_committed")


def test_deployment_configuration_can_be_removed(server, run, car, tmp_path):
    (tmp_path / "a.cfg").write_text("a=1")
    run("deployment", name="Sales", archive=car(), config=str(tmp_path / "a.cfg"))
    assert server.state["deployments"][0]["clusterConfigFilePath"]
    assert changed(run("deployment", name="Sales", config_server_path=""))
    assert server.state["deployments"][0]["clusterConfigFilePath"] == ""
    assert not changed(run("deployment", name="Sales", config_server_path=""))


def test_deployment_needs_an_archive_to_be_created(server, run):
    failed(run("deployment", name="Sales", comment="x"), "usage", "not_committed")
    assert writes(server) == []


# Schedules


def test_schedule_rejects_a_deployment_that_does_not_exist(server, run):
    options = {"name": "Daily", "deployment": "Sales", "daily": DAILY}
    predicted = run("schedule", check=True, **options)
    assert changed(predicted)
    assert predicted["schedule"]["deployment_id"] is None
    assert "Sales" in " ".join(predicted["warnings"])
    assert "Sales" in failed(run("schedule", **options), "not_found", "not_committed")
    assert writes(server) == []


def test_schedule_needs_an_id_with_two_of_one_name(server, run):
    ids = [server.seed("schedule", name="Daily", isFile=True, schedule={"typeName": "A"})["id"] for _turn in range(2)]
    message = failed(run("schedule", name="Daily", is_active=True), "ambiguous_name", "not_committed")
    assert all(str(number) in message for number in ids)
    assert changed(run("schedule", name="Daily", id=ids[1], is_active=True))
    assert [item["isActive"] for item in server.state["schedules"]] == [False, True]
    failed(run("schedule", name="Daily", id=99, is_active=True), "not_found", "not_committed")
    failed(run("schedule", name="Other", id=ids[0], is_active=True), "usage", "not_committed")


def test_schedule_creation_with_lost_response_is_not_repeated(server, run):
    server.fail("POST", "/api/Schedule", at="before_read")
    failed(run("schedule", name="Clean up", file_path="C:\\a.Df", daily=DAILY), "outcome_unknown", "unknown")
    assert writes(server) == ["/api/Schedule"]
    assert changed(run("schedule", name="Clean up", file_path="C:\\a.Df", daily=DAILY))
    assert len(server.state["schedules"]) == 1


def test_schedule_can_be_replaced_by_another_kind(server, run):
    run("schedule", name="Clean up", file_path="C:\\a.Df", daily=DAILY)
    raw = {"typeName": "Astera.Core.WeeklySchedule", "days": ["Monday"]}
    assert changed(run("schedule", name="Clean up", schedule=raw))
    assert server.state["schedules"][0]["schedule"] == raw
    assert not changed(run("schedule", name="Clean up", schedule=raw))
    assert changed(run("schedule", name="Clean up", schedule={**raw, "days": ["Friday"]}))


# Logging in


def test_module_accepts_a_token(server, run):
    token = server.service.token("automation", remember=False)
    assert not changed(run("server_info", token=token))
    assert [entry.path for entry in server.requests] == ["/api/ServerInfo"]
    server.expire_tokens()
    result = run("server_info", token=token)
    failed(result, "authentication", "not_committed")
    assert token not in json.dumps(result)


def test_module_logs_in_once_and_reads_no_more_than_needed(server, run, car):
    server.seed("deployment", name="Sales", comment="old")
    assert not changed(run("deployment", name="Sales", comment="old"))
    assert [entry.path for entry in server.requests] == ["/api/account/login", "/api/Deployments"]
    assert len({entry.connection for entry in server.requests}) == 1


def test_server_waits_for_a_server_that_starts(server, run):
    server.fail("*", "/api/account/login", how="status", status=503, times=2)
    server.fail("*", "/api/ServerInfo", how="reset", at="before_read", times=1)
    assert not changed(run("server_info", retries=0, wait_timeout=30))


def test_server_returns_the_information_it_waited_for(server, run):
    assert run("server", wait_timeout=0)["server"] == run("server_info", raw=True)["server"]
    server.fail("GET", "/api/ServerInfo", how="status", status=403, times=1)
    assert "server" not in run("server", wait_timeout=0)


@pytest.mark.parametrize("option", CONNECTION_OPTIONS)
def test_connection_ignores_an_empty_environment_variable(run, monkeypatch, option):
    """A credential type of AWX sets all of its variables, those that were left empty, too."""
    monkeypatch.setenv(environment_variable(option), "")
    assert not changed(run("server_info"))


def test_connection_ignores_an_empty_ca_path_in_the_environment(run, monkeypatch):
    monkeypatch.setenv("ASTERA_CA_PATH", "")
    failed(run("server_info", ca_path=None), "tls", "not_committed")


def test_connection_uses_the_environment_without_an_option(run, server, monkeypatch):
    monkeypatch.setenv("ASTERA_TIMEOUT", "0")
    assert "timeout is 0" in failed(run("server_info"), "usage", "not_committed")
    assert not changed(run("server_info", timeout=10))


def test_settings_key_with_a_dot_is_one_member_E4(server, run):
    # A secret goes along with another change.
    settings = {"mail.port": 25, "api.key": "canary-of-a-dotted-key"}
    first = run("cluster", settings=settings)
    stored = server.state["cluster"]
    assert (stored["mail.port"], stored["api.key"]) == (25, "canary-of-a-dotted-key")
    assert "mail" not in stored
    read = run("cluster_info", raw=True)
    assert "canary-of-a-dotted-key" not in first["text"] + read["text"]
    assert not run("cluster", settings=settings)["changed"]


# Conflicts


@pytest.mark.parametrize("document", [False, True], ids=["module", "server"])
@pytest.mark.parametrize("strategy", ["overwrite", "fail"])
def test_conflict_names_the_value_of_the_other_client(server, run, strategy, document):
    server.seed("deployment", name="Sales", comment="old")
    server.before("POST", "/api/Deployment", lambda: server.edit("deployment", "Sales", comment="theirs"))
    wanted = {"name": "Sales", "comment": "mine", "on_conflict": strategy}
    result = run("server", deployments=[wanted]) if document else run("deployment", **wanted)
    if strategy == "fail":
        failed(result, "conflict", "not_committed")
    label = {"kind": "deployment", "name": "Sales"} if document else {}
    assert result["conflicts"] == [{**label, "field": "comment", "before": "old", "theirs": "theirs"}]
