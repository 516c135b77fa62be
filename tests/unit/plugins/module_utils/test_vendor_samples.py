# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see License or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each request against the sample of the vendor's article: verb, path, query, every key, form keys, the empty body.

The samples below are the article's, with its example password replaced. What we send is what a task's options say, run
through the same ``perform`` as in a real task; only the exchange over the network is a script.
"""

from __future__ import annotations

import json
from email.parser import BytesParser

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import CONNECTION_OPTIONS
from ansible_collections.astera.data_stack.plugins.module_utils._client.session import Session
from ansible_collections.astera.data_stack.plugins.module_utils._client.transport import Response
from ansible_collections.astera.data_stack.plugins.module_utils._client.waiting import Clock
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.cluster import Cluster
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.deployment import Deployment
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.license import License
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.schedule import Schedule
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.server_config import ServerConfig
from ansible_collections.astera.data_stack.plugins.module_utils._task import TaskRuntime, run_task

LOGIN = {"User": "automation", "Password": "example-password", "RememberMe": 0}
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
STAMPS = {"createdDtTm": "2022-09-01T10:00:00.1234567-07:00", "updateDtTm": "2022-09-06T04:53:46.2573662-07:00"}


class FakeClock(Clock):
    def sleep(self, seconds):
        pass


class FakeServer:
    """Answers reads from a table that its writes replace, and keeps what it was sent."""

    def __init__(self, **stored):
        self.stored = stored
        self.requests = []

    def __call__(self, connection):
        return self

    def close(self):
        pass

    def send(self, request):
        body = request.body
        if request.streams:
            request.body.rewind()
            body = b"".join(iter(lambda: request.body.read(8192), b""))
        self.requests.append((request, body))
        return Response(200, {"Content-Type": "application/json"}, json.dumps(self._content(request, body)).encode())

    def _content(self, request, body):
        if request.path == "/api/account/login":
            return {"access_token": "a.b.c"}
        if request.path.startswith("/api/Upload"):
            return "C:\\Testing.Car"
        table = request.path.removeprefix("/api/").rstrip("s")
        if request.method == "GET":
            found = self.stored.get(table)
            return found if found is not None else []
        if table in ("Deployment", "Schedule"):
            sent = json.loads(body)
            self.stored[table] = [
                {**sent, "id": sent["id"] or 4, **STAMPS, "updateDtTm": "2022-09-07T00:00:00.0000001Z"}
            ]
        elif body:
            self.stored[table] = json.loads(body)
        return None

    def sent(self, path):
        return [(request, body) for request, body in self.requests if request.method == "POST" and request.path == path]

    def only(self, path):
        ((request, body),) = self.sent(path)
        return request, body


def run(server, resource, **options):
    params = {name: spec.get("default") for name, spec in CONNECTION_OPTIONS.items()}
    params.update(url="https://localhost:9261", username="automation", password="example-password")
    for name, spec in resource.options.argument_spec().items():
        params[name] = spec.get("default")
    params.update(options)

    class Paper(TaskRuntime):
        def session(self, connection, redactor):
            return Session(connection, redactor, FakeClock(), server)

    result = run_task(resource, params, check_mode=False, runtime=Paper())
    assert not result["failed"], result
    return result


def bearer(request):
    return request.headers.get("Authorization")


def test_login():
    server = FakeServer(Cluster=dict(CLUSTER_BODY))
    run(server, Cluster, name="DEFAULT")
    request, body = server.only("/api/account/login")
    assert json.loads(body) == LOGIN
    assert bearer(request) is None
    assert request.headers["Content-Type"].startswith("application/json")
    assert [bearer(other) for other, _body in server.requests[1:]] == ["Bearer a.b.c"]


def test_server_config():
    server = FakeServer(**{"Server/Config": {"configParameters": {}, "serverDbInfo": {}, "port": 9261}})
    info, parameters = SERVER_BODY["serverDbInfo"], SERVER_BODY["configParameters"]
    run(
        server,
        ServerConfig,
        server_profile="DEFAULT",
        port=9261,
        repository={
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
        },
        config_parameters={
            "instrumentation_on": parameters["instrumentationOn"],
            "purge_chunk_size": parameters["purgeChunkSize"],
            "purge_command_timeout_seconds": parameters["purgeCommandTimeoutSeconds"],
            "purge_window_start_hour": parameters["purgeWindowStartHour"],
            "purge_window_end_hour": parameters["purgeWindowEndHour"],
        },
    )
    assert json.loads(server.only("/api/Server/Config")[1]) == SERVER_BODY


def test_license_key_and_activation():
    server = FakeServer()
    model = LICENSE_BODY["LicenseKeyRegistrationModel"]
    run(server, License, user=model["user"], organization=model["organization"], key=model["key"])
    assert json.loads(server.only("/api/License/Key")[1]) == LICENSE_BODY
    request, body = server.only("/api/License/Activate")
    assert body == b""
    assert request.headers["Content-Length"] == "0"
    assert request.headers["Content-Type"] == "text/plain"
    assert request.query == {}
    paths = [other.path for other, _body in server.requests]
    assert paths.index("/api/License/Key") < paths.index("/api/License/Activate")


def test_cluster():
    server = FakeServer(Cluster={"id": 1, "pauseServersFrom": None, "pauseServersTo": None})
    run(
        server,
        Cluster,
        name="DEFAULT",
        send_error_info_to_astera=True,
        purge_job_info_after=7,
        purge_event_info_after=7,
        staging_directory="C:\\Staging",
        deployment_directory="C:\\Deployment",
        pause_all_servers=False,
        client_and_servers_share_the_same_file_system=False,
    )
    assert json.loads(server.only("/api/Cluster")[1]) == CLUSTER_BODY


def form(request, body):
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    (part,) = BytesParser().parsebytes(head + body).get_payload()
    return part.get_param("name", header="content-disposition"), part.get_filename(), part.get_payload(decode=True)


@pytest.mark.parametrize(
    ("option", "kind", "name"), [("archive", "Car", "Testing.car"), ("config", "Cfg", "Testing.cfg")]
)
def test_upload_file(tmp_path, option, kind, name):
    file = tmp_path / name
    file.write_bytes(b"PK\x03\x04\r\n\n\r content")
    server = FakeServer()
    run(
        server,
        Deployment,
        name="DeploymentTesting",
        **{
            "archive_server_path": "C:\\A.Car",
            "archive": None,
            option: str(file),
            **({"archive_server_path": None} if option == "archive" else {}),
        },
    )
    request, body = server.only("/api/UploadFile")
    assert set(request.query) == {"FileTypes", "TargetFileName"}
    assert request.query["FileTypes"] == kind
    assert request.query["TargetFileName"].startswith("Testing-")
    assert "." not in request.query["TargetFileName"]
    key, _file_name, content = form(request, body)
    assert (key, content) == ("ArchiveFile", file.read_bytes())


def test_upload_car_file(tmp_path):
    """The other way to send an archive, for a server that has not the first one."""

    class Elder(FakeServer):
        def send(self, request):
            answer = super().send(request)
            return Response(404, {}, b"") if request.path == "/api/UploadFile" else answer

    file = tmp_path / "Testing.car"
    file.write_bytes(b"PK\x03\x04 content")
    server = Elder()
    run(server, Deployment, name="DeploymentTesting", archive=str(file))
    request, body = server.only("/api/UploadCarFile")
    assert request.query == {}
    key, file_name, content = form(request, body)
    assert (key, content) == ("Archive", file.read_bytes())
    assert file_name.startswith("Testing-")


def test_deployment_create(tmp_path):
    file = tmp_path / "Project_ArchiveFile.car"
    file.write_bytes(b"PK\x03\x04 content")
    server = FakeServer()
    run(server, Deployment, name="DeploymentTesting", archive=str(file), comment="Modifying by reducing the body")
    assert json.loads(server.only("/api/Deployment")[1]) == DEPLOYMENT_BODY


def test_deployment_update_echoes_what_was_read():
    """The article's own example: a new name, with Id, UpdateDtTm and CreatedDtTm copied from the list."""
    stored = {**DEPLOYMENT_BODY, "id": 7, **STAMPS, "somethingElse": {"kept": [1, None]}}
    server = FakeServer(Deployment=[stored])
    run(server, Deployment, name="DeploymentTesting", new_name="DeploymentTesting_Modified")
    _request, body = server.only("/api/Deployment")
    assert json.loads(body) == {**stored, "name": "DeploymentTesting_Modified"}
    for stamp in STAMPS.values():
        assert f'"{stamp}"'.encode() in body


def test_schedule_create():
    server = FakeServer(Deployment=[{**DEPLOYMENT_BODY, "id": 1, **STAMPS}])
    run(
        server,
        Schedule,
        name="test",
        deployment="DeploymentTesting",
        start_item="C:\\DataflowSample.Df",
        daily={"start_time": "2022-09-06T04:53:46.2573662-07:00"},
    )
    assert json.loads(server.only("/api/Schedule")[1]) == {**SCHEDULE_BODY, "id": 0}


def test_schedule_update_echoes_what_was_read():
    stored = {**SCHEDULE_BODY, "id": 4, **STAMPS}
    server = FakeServer(Schedule=[stored], Deployment=[{**DEPLOYMENT_BODY, "id": 1, **STAMPS}])
    run(server, Schedule, name="test", is_active=False)
    _request, body = server.only("/api/Schedule")
    assert json.loads(body) == {**stored, "isActive": False}
    for stamp in STAMPS.values():
        assert f'"{stamp}"'.encode() in body


def test_reads_are_the_published_ones():
    server = FakeServer(**{"Server/Config": dict(SERVER_BODY)}, Cluster=dict(CLUSTER_BODY), Deployment=[], Schedule=[])
    run(server, ServerConfig, server_profile="DEFAULT")
    run(server, Cluster, name="DEFAULT")
    run(server, Deployment, name="DeploymentTesting", archive_server_path="C:\\Testing.Car")
    run(server, Schedule, name="test", deployment_id=4, daily={"start_time": "2022-09-06T04:53:46Z"})
    reads = {request.path for request, _body in server.requests if request.method == "GET"}
    assert reads == {"/api/Server/Config", "/api/Cluster", "/api/Deployments", "/api/Schedules"}
