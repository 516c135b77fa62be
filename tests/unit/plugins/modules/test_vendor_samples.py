# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see License or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each request against the sample of the vendor's article: verb, path, query, every key, form keys, the empty body.

The samples are the article's, with its example password replaced.
"""

from __future__ import annotations

import hashlib
import json

import pytest
from ansible_collections.astera.data_stack.tests.modules import changed

SERVER_BODY = {
    "configParameters": {
        "instrumentationOn": False,
        "purgeChunkSize": 10000,
        "purgeCommandTimeoutSeconds": 600,
        "purgeWindowStartHour": 0,
        "purgeWindowEndHour": 24,
    },
    "serverDbInfo": {
        "port": 1433,
        "protocol": "http",
        "serviceName": "RepositoryDWB",
        "authenticationType": "SqlServerAuth",
        "connectionTimeOut": 15,
        "commandTimeOut": 90,
        "dataProvider": "SqlServer",
        "server": "localhost",
        "database": "RepositoryDWB",
        "isRepository": True,
        "schema": "",
        "user": "sa",
        "password": "example-repository-password",
    },
    "port": 9261,
    "serverProfile": "DEFAULT",
}
LICENSE_BODY = {"LicenseKeyRegistrationModel": {"user": "TEST", "organization": "TEST-ORG", "key": "TEST-KEY"}}
CLUSTER_BODY = {
    "id": 1,
    "name": "DEFAULT",
    "sendErrorInfoToAstera": True,
    "purgeJobInfoAfter": 7,
    "purgeEventInfoAfter": 7,
    "stagingDirectory": {"path": "C:\\Staging"},
    "deploymentDirectory": {"path": "C:\\Deployment"},
    "pauseAllServers": False,
    "pauseServersFrom": None,
    "pauseServersTo": None,
    "clientAndServersShareTheSameFileSystem": False,
}
DEPLOYMENT_BODY = {
    "userArchiveFilePath": "Project_ArchiveFile.car",
    "clusterArchiveFilePath": "C:\\Testing.Car",
    "userConfigFilePath": "",
    "clusterConfigFilePath": "",
    "encryptFiles": True,
    "comment": "Modifying by reducing the body",
    "id": 0,
    "name": "DeploymentTesting",
}
SCHEDULE_BODY = {
    "archiveStartItem": "C:\\DataflowSample.Df",
    "schedule": {
        "dailyScheduleBase": {
            "startTime": "2022-09-06T04:53:46.2573662-07:00",
            "typeName": "Astera.Core.DailyScheduleEveryDay",
        },
        "typeName": "Astera.Core.DailySchedule",
    },
    "traceLevel": "Job",
    "skipIfRunning": False,
    "isActive": True,
    "jobOptions": {"usePushdownOptimization": False},
    "filePathResolved": {"path": "C:\\Testing.Car"},
    "deploymentId": 1,
    "isFile": False,
    "name": "test",
}


def only(server, path):
    (entry,) = (entry for entry in server.writes if entry.path == path)
    return entry


def test_login(server, run):
    run("cluster", name="DEFAULT")
    login, *others = server.requests
    assert login.path == "/api/account/login"
    assert login.json == {"User": server.username, "Password": server.password, "RememberMe": 0}
    assert login.headers["content-type"].startswith("application/json")
    assert "authorization" not in login.headers
    assert {entry.headers["authorization"].partition(" ")[0] for entry in others} == {"Bearer"}


def test_server_config(server, run):
    before = server.state["server_config"]
    info, parameters = SERVER_BODY["serverDbInfo"], SERVER_BODY["configParameters"]
    repository = {
        "data_provider": info["dataProvider"],
        "server": info["server"],
        "port": info["port"],
        "database": info["database"],
        "schema": info["schema"],
        "service_name": info["serviceName"],
        "protocol": info["protocol"],
        "authentication_type": info["authenticationType"],
        "user": info["user"],
        "password": info["password"],
        "connection_timeout": info["connectionTimeOut"],
        "command_timeout": info["commandTimeOut"],
    }
    config_parameters = {
        "instrumentation_on": parameters["instrumentationOn"],
        "purge_chunk_size": parameters["purgeChunkSize"],
        "purge_command_timeout_seconds": parameters["purgeCommandTimeoutSeconds"],
        "purge_window_start_hour": parameters["purgeWindowStartHour"],
        "purge_window_end_hour": parameters["purgeWindowEndHour"],
    }
    options = {"server_profile": "DEFAULT", "port": server.port, "repository": repository}
    assert changed(run("server_config", **options, config_parameters=config_parameters))
    assert only(server, "/api/Server/Config").json == {**before, **SERVER_BODY, "port": server.port}


def test_license_key_and_activation(server, run):
    assert changed(run("license", **LICENSE_BODY["LicenseKeyRegistrationModel"]))
    key, activation = server.writes
    assert (key.path, key.json) == ("/api/License/Key", LICENSE_BODY)
    assert (activation.path, activation.query, activation.body) == ("/api/License/Activate", {}, b"")
    assert (activation.headers["content-length"], activation.headers["content-type"]) == ("0", "text/plain")


def test_cluster(server, run):
    before = server.state["cluster"]
    options = {
        "name": "DEFAULT",
        "send_error_info_to_astera": True,
        "purge_job_info_after": 7,
        "purge_event_info_after": 7,
        "staging_directory": "C:\\Staging",
        "deployment_directory": "C:\\Deployment",
        "pause_all_servers": False,
        "client_and_servers_share_the_same_file_system": False,
    }
    assert changed(run("cluster", **options))
    assert only(server, "/api/Cluster").json == {**before, **CLUSTER_BODY}


@pytest.mark.parametrize(
    ("option", "kind", "more"), [("archive", "Car", {}), ("config", "Cfg", {"archive_server_path": "C:\\A.Car"})]
)
def test_upload_file(server, run, car, option, kind, more):
    content = b"\r\n\n\r content"
    assert changed(run("deployment", name="A", **{option: car(content, f"Testing.{kind.lower()}")}, **more))
    upload = only(server, "/api/UploadFile")
    assert set(upload.query) == {"FileTypes", "TargetFileName"}
    assert upload.query["FileTypes"] == kind
    assert upload.query["TargetFileName"].startswith("Testing-")
    assert "." not in upload.query["TargetFileName"]
    assert list(upload.files) == ["ArchiveFile"]
    assert upload.files["ArchiveFile"]["sha256"] == hashlib.sha256(b"PK\x03\x04" + content).hexdigest()


def test_upload_car_file(server, run, car):
    """The other endpoint for an archive, for a server that does not have the first one."""
    server.fail("POST", "/api/UploadFile", how="status", status=404, times=9)
    assert changed(run("deployment", name="A", archive=car(b" content", "Testing.car")))
    upload = only(server, "/api/UploadCarFile")
    assert (upload.query, list(upload.files)) == ({}, ["Archive"])
    assert upload.files["Archive"]["name"].startswith("Testing-")
    assert upload.files["Archive"]["sha256"] == hashlib.sha256(b"PK\x03\x04 content").hexdigest()


def test_deployment_create(server, run, car):
    stored = json.dumps(DEPLOYMENT_BODY["clusterArchiveFilePath"]).encode()
    server.fail("POST", "/api/UploadFile", at="after_commit", how="status", status=200, body=stored)
    archive = car(name=DEPLOYMENT_BODY["userArchiveFilePath"])
    assert changed(run("deployment", name=DEPLOYMENT_BODY["name"], archive=archive, comment=DEPLOYMENT_BODY["comment"]))
    assert only(server, "/api/Deployment").json == DEPLOYMENT_BODY


def test_deployment_update_echoes_what_was_read(server, run):
    """The article's own example: a new name, with Id, UpdateDtTm and CreatedDtTm copied from the list."""
    stored = server.seed("deployment", **DEPLOYMENT_BODY, somethingElse={"kept": [1, None]})
    assert changed(run("deployment", name="DeploymentTesting", new_name="DeploymentTesting_Modified"))
    assert only(server, "/api/Deployment").json == {**stored, "name": "DeploymentTesting_Modified"}


def test_schedule_create(server, run):
    server.seed("deployment", **DEPLOYMENT_BODY)
    daily = {"start_time": SCHEDULE_BODY["schedule"]["dailyScheduleBase"]["startTime"]}
    options = {"deployment": DEPLOYMENT_BODY["name"], "start_item": SCHEDULE_BODY["archiveStartItem"], "daily": daily}
    assert changed(run("schedule", name="test", **options))
    assert only(server, "/api/Schedule").json == {**SCHEDULE_BODY, "id": 0}


def test_schedule_update_echoes_what_was_read(server, run):
    server.seed("deployment", **DEPLOYMENT_BODY)
    stored = server.seed("schedule", **SCHEDULE_BODY)
    assert changed(run("schedule", name="test", is_active=False))
    assert only(server, "/api/Schedule").json == {**stored, "isActive": False}


def test_reads_are_the_published_ones(server, run):
    run("server_config", server_profile="DEFAULT")
    run("cluster", name="DEFAULT")
    run("deployment", name="DeploymentTesting", archive_server_path="C:\\Testing.Car")
    run("schedule", name="test", deployment_id=1, daily={"start_time": "2022-09-06T04:53:46Z"})
    reads = {entry.path for entry in server.requests if entry.method == "GET"}
    assert reads == {"/api/Server/Config", "/api/Cluster", "/api/Deployments", "/api/Schedules"}
