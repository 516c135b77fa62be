# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the vendor's article says of the server, and what the emulator says of itself."""

from __future__ import annotations

import http.client
import re
import ssl

import jwt
import pytest
from ansible_collections.astera.data_stack.tests.emulator import Emulator

from .conftest import DAILY, FILE, Client

CALLS = [
    ("GET", "/api/Server/Config"),
    ("POST", "/api/Server/Config"),
    ("POST", "/api/License/Key"),
    ("POST", "/api/License/Activate"),
    ("GET", "/api/Cluster"),
    ("POST", "/api/Cluster"),
    ("POST", "/api/UploadFile"),
    ("POST", "/api/UploadCarFile"),
    ("GET", "/api/Deployments"),
    ("POST", "/api/Deployment"),
    ("GET", "/api/Schedules"),
    ("GET", "/api/Schedule/1"),
    ("POST", "/api/Schedule"),
    ("GET", "/api/ServerInfo"),
    ("POST", "/api/CommandLineProcessor"),
    ("GET", "/api/Job/1/Status"),
]
KEY = {"LicenseKeyRegistrationModel": {"user": "U", "organization": "O", "key": "K"}}


def raw(client, method, path, *headers, body=b""):
    """A request with exactly these headers."""
    context = ssl.create_default_context(cafile=client.server.ca_path)
    connection = http.client.HTTPSConnection("127.0.0.1", client.server.port, context=context, timeout=20)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in (("Authorization", client.session.headers["Authorization"]), *headers):
        connection.putheader(name, value)
    connection.endheaders(body or None)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("remember", [1, 0, True, False])
@pytest.mark.parametrize("case", [str.capitalize, str.lower])
def test_login_returns_a_token(client, remember, case):
    user, password = client.server.username, client.server.password
    body = {case("user"): user, case("password"): password, case("rememberMe"): remember}
    answer = client.good(client.post("/api/account/login", body)).json()
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert jwt.get_unverified_header(answer["access_token"])["alg"] == "HS256"
    assert (claims["sub"], claims["rol"], claims["nbf"]) == (user, "api_access", claims["iat"])
    assert not {"iss", "aud"} & set(claims)
    assert claims["exp"] - claims["iat"] == (2_592_000 if remember else 3600)


@pytest.mark.parametrize(
    ("user", "password"), [("nobody", "x"), ("nobody", None), ("automation", "x"), ("automation", None), (None, None)]
)
def test_login_rejects_wrong_credentials(client, user, password):
    assert client.login(user, password).status_code == 401
    assert client.server.writes == []


def test_login_needs_a_boolean(client):
    assert client.login(client.server.username, client.server.password, RememberMe=2).status_code == 400


@pytest.mark.parametrize("token", [None, "Bearer nonsense", "Basic YTpi", "Bearer "])
@pytest.mark.parametrize(("method", "path"), CALLS)
def test_request_needs_a_token(method, path, token, one_client):
    headers = {"Authorization": token}
    answer = one_client.call(method, path, headers=headers)
    assert (answer.status_code, answer.content, answer.headers["WWW-Authenticate"]) == (401, b"", "Bearer")


@pytest.fixture(scope="module")
def one_client():
    with Emulator() as server:
        yield Client(server)


def test_request_rejects_an_invalid_token(client):
    client.server.expire_tokens()
    assert client.get("/api/Cluster").status_code == 401


def test_account_can_lack_permissions(client):
    password = client.server.add_account("operator", lacks=("/api/schedule*",))
    operator = Client(client.server, "operator", password)
    answer = operator.get("/api/Schedules")
    assert (answer.status_code, answer.content) == (403, b"")
    assert operator.get("/api/Deployments").status_code == 200
    assert client.get("/api/Schedules").status_code == 200
    assert [entry.user for entry in client.server.requests[-3:]] == ["operator", "operator", "automation"]


@pytest.mark.parametrize(
    ("path", "status"), [("/api/deployments", 200), ("/API/SERVER/CONFIG", 200), ("/api/Nope", 404)]
)
def test_request_path_selects_the_endpoint(client, path, status):
    assert client.get(path).status_code == status


def test_delete_is_not_allowed(client):
    for path in ("/api/Deployment", "/api/Schedule/1", "/api/Cluster"):
        assert client.call("DELETE", path).status_code == 405
    assert client.call("DELETE", "/api/Nothing").status_code == 404


def test_new_server_has_defaults(client):
    config, cluster = client.read("/api/Server/Config"), client.read("/api/Cluster")
    assert (config["port"], config["serverProfile"]) == (client.server.port, "DEFAULT")
    assert (config["serverDbInfo"]["server"], config["serverDbInfo"]["database"]) == ("", "")
    assert (cluster["id"], cluster["name"], cluster["deploymentDirectory"]["path"]) == (1, "DEFAULT", "")
    assert (client.read("/api/Deployments"), client.read("/api/Schedules")) == ([], [])
    assert client.server.state["license"] is None


def config_of(client, **database):
    config = client.read("/api/Server/Config")
    config["serverDbInfo"].update({"dataProvider": "PostgreSQL", "password": "p", **database})
    return config


def test_server_config_stores_what_is_sent(client):
    config = {**config_of(client), "serverProfile": "ServerProfile2", "oddity": {"kept": 1}}
    client.good(client.post("/api/Server/Config", config))
    assert client.server.state["server_config"] == config
    assert "password" not in client.read("/api/Server/Config")["serverDbInfo"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"serverProfile": "Unheard"},
        {"port": 0},
        {"port": "x"},
        {"serverDbInfo": None},
        {"serverDbInfo": {"isRepository": False, "dataProvider": "SqlServer"}},
        {"serverDbInfo": {"isRepository": True, "dataProvider": "Oracle"}},
    ],
)
def test_server_config_rejects_bad_values(client, wrong):
    before = client.server.state
    assert client.post("/api/Server/Config", {**config_of(client), **wrong}).status_code == 400
    assert client.server.state == before


def test_server_config_resets_members_that_are_not_sent(client):
    config = config_of(client, user="u")
    client.good(client.post("/api/Server/Config", config))
    del config["serverDbInfo"]["user"], config["configParameters"]
    client.good(client.post("/api/Server/Config", config))
    stored = client.server.state["server_config"]
    assert (stored["serverDbInfo"]["user"], stored["configParameters"]["purgeChunkSize"]) == ("", 0)
    client.good(client.post("/api/Cluster", {"id": 1, "name": "N"}))
    cluster = client.server.state["cluster"]
    assert (cluster["purgeJobInfoAfter"], cluster["pauseServersFrom"], "mailSetup" in cluster) == (0, None, False)


def test_cluster_stores_what_is_sent(client):
    cluster = client.read("/api/Cluster")
    client.good(client.post("/api/Cluster", {**cluster, "deploymentDirectory": {"path": "D:\\Cars"}}))
    assert client.read("/api/Cluster") == {**cluster, "deploymentDirectory": {"path": "D:\\Cars"}}
    for wrong in ({"id": 2}, {"id": [1]}, {"name": ""}, {"stagingDirectory": "C:\\"}, {"purgeJobInfoAfter": "soon"}):
        assert client.post("/api/Cluster", {**cluster, **wrong}).status_code == 400


def test_license_is_registered_and_activated(client):
    activate = {"data": b"", "headers": {"Content-Type": "text/plain"}}
    assert client.call("POST", "/api/License/Activate", **activate).status_code == 400
    assert client.post("/api/License/Key", KEY["LicenseKeyRegistrationModel"]).status_code == 400
    for member in ("user", "organization", "key"):
        empty = {**KEY["LicenseKeyRegistrationModel"], member: ""}
        assert client.post("/api/License/Key", {"LicenseKeyRegistrationModel": empty}).status_code == 400
    client.good(client.post("/api/License/Key", KEY))
    assert client.server.state["license"] == {"user": "U", "organization": "O", "key": "K", "active": False}
    assert client.call("POST", "/api/License/Activate", data=b"{}").status_code == 400
    assert raw(client, "POST", "/api/License/Activate") == 411
    assert client.server.state["license"]["active"] is False
    assert raw(client, "POST", "/api/License/Activate", ("Content-Length", "0")) == 200
    assert client.server.state["license"]["active"] is True
    client.good(client.post("/api/License/Key", KEY))
    assert client.server.state["license"]["active"] is False


@pytest.mark.parametrize("kind", ["Car", "car", "Cfg"])
def test_upload_returns_the_path(client, kind):
    client.server.edit_cluster(deploymentDirectory={"path": "D:\\Cars"})
    query = {"FileTypes": kind, "TargetFileName": "Testing"}
    path = client.good(client.post("/api/UploadFile", files=FILE, params=query)).json()
    assert path == f"D:\\Cars\\Testing.{kind.capitalize()}"
    assert client.server.state["files"][path]["content"] == b"PK archive"
    client.good(client.post("/api/UploadFile", files={"ArchiveFile": ("a", b"new")}, params=query))
    assert client.server.state["files"][path]["size"] == 3


def test_upload_car_returns_the_path(client):
    path = client.good(client.post("/api/UploadCarFile", files={"Archive": ("my.car", b"PK")})).json()
    assert re.fullmatch(r"C:\\.*\\my\.Car", path)
    assert client.post("/api/UploadCarFile", files={"Archive": ("my.cfg", b"PK")}).status_code == 400


@pytest.mark.parametrize(
    ("query", "files"),
    [
        ("FileTypes=Car&TargetFileName=a", {"Archive": ("a.car", b"x")}),
        ("FileTypes=Car&TargetFileName=a", {"archiveFile": ("a.car", b"x")}),
        ("FileTypes=Car&TargetFileName=a", {"ArchiveFile": ("a.car", b"")}),
        ("FileTypes=Exe&TargetFileName=a", FILE),
        ("FileTypes=Car&TargetFileName=..%5Ca", FILE),
        ("TargetFileName=a", FILE),
        ("FileTypes=Car", FILE),
        ("FileTypes=Car&TargetFileName=a", None),
    ],
)
def test_upload_rejects_bad_requests(client, query, files):
    assert client.post(f"/api/UploadFile?{query}", files=files).status_code == 400
    assert client.server.state["files"] == {}


def test_upload_rejects_a_broken_form(client):
    for body in (b"", b"no boundary here", b"--x\r\nbad\r\n"):
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        assert client.call("POST", "/api/UploadCarFile", data=body, headers=headers).status_code == 400


def test_upload_of_a_large_file_is_hashed(client):
    content = bytes(range(256)) * 40_000
    client.good(client.post("/api/UploadCarFile", files={"Archive": ("big.car", content)}))
    (kept,) = client.server.state["files"].values()
    assert (kept["size"], kept["content"]) == (len(content), None)
    assert client.server.requests[-1].files["Archive"]["sha256"] == kept["sha256"]


@pytest.mark.parametrize("kind", ["Deployment", "Schedule"])
def test_update_needs_the_current_timestamp(client, kind):
    keys = {"schedule": DAILY, "isFile": True} if kind == "Schedule" else {}
    path = f"/api/{kind}"
    first = client.create(kind, name="A", id=0, **keys)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}-07:00", first["updateDtTm"])
    client.good(client.post(path, {**first, "comment": "new", "createdDtTm": "x", "oddity": {"URL": "kept"}}))
    second = client.server.state[f"{kind.lower()}s"][0]
    assert second["updateDtTm"] != first["updateDtTm"]
    assert (second["createdDtTm"], second["id"]) == (first["createdDtTm"], first["id"])
    assert client.post(path, first).status_code == 400
    assert client.post(path, {**second, "updateDtTm": None}).status_code == 400
    assert (
        client.post(path, {**second, "updateDtTm": second["updateDtTm"].replace("-07:00", "-0700")}).status_code == 400
    )
    assert client.post(path, {**second, "id": 77}).status_code == 400
    assert client.post(path, {**second, "name": ""}).status_code == 400
    assert client.server.state[f"{kind.lower()}s"] == [second]


def test_deployment_name_is_unique(client):
    first, second = client.create("Deployment", name="A"), client.create("Deployment", name="B", id=0)
    assert client.post("/api/Deployment", {"name": "A", "id": 0}).status_code == 400
    assert client.post("/api/Deployment", {**second, "name": "A"}).status_code == 400
    client.good(client.post("/api/Deployment", {**first, "name": "C"}))
    assert [item["name"] for item in client.read("/api/Deployments")] == ["C", "B"]


def test_schedule_is_stored_and_read(client):
    deployment = client.create("Deployment", name="D")
    schedule = client.create("Schedule", name="S", deploymentId=deployment["id"], schedule=DAILY)
    client.create("Schedule", name="S", isFile=True, schedule={"typeName": "Astera.Core.Unheard", "any": [1, None]})
    assert client.read("/api/Schedules")[1]["schedule"] == {"typeName": "Astera.Core.Unheard", "any": [1, None]}
    assert client.read(f"/api/Schedule/{schedule['id']}") == schedule
    assert schedule["schedule"] == DAILY
    assert client.get("/api/Schedule/99").status_code == 404
    assert client.get("/api/Schedule/99999999999999999999").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"schedule": None},
        {"schedule": {}},
        {"schedule": {"typeName": ""}},
        {"schedule": {"typeName": DAILY["typeName"]}},
        {"schedule": {**DAILY, "dailyScheduleBase": {"typeName": DAILY["dailyScheduleBase"]["typeName"]}}},
        {
            "schedule": {
                **DAILY,
                "dailyScheduleBase": {**DAILY["dailyScheduleBase"], "startTime": "2026-13-01T00:00:00Z"},
            }
        },
        {"schedule": {**DAILY, "dailyScheduleBase": {**DAILY["dailyScheduleBase"], "typeName": ""}}},
        {"isFile": False, "deploymentId": 5},
        {"isFile": False},
        {"name": " "},
    ],
)
def test_schedule_rejects_bad_values(client, wrong):
    assert client.post("/api/Schedule", {"name": "S", "isFile": True, "schedule": DAILY, **wrong}).status_code == 400
    assert client.server.state["schedules"] == []


@pytest.mark.parametrize(
    "path", ["Server/Config", "License/Key", "Cluster", "Deployment", "Schedule", "CommandLineProcessor"]
)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b"null", b'"x"', b'{"id": NaN}', b'{"id": 1e999}', b"\xff", b"[" * 99999]
)
def test_request_rejects_a_bad_body(one_client, path, body):
    headers = {"Content-Type": "application/json"}
    assert one_client.call("POST", f"/api/{path}", data=body, headers=headers).status_code == 400


def test_job_runs_to_its_end(client):
    client.server.set_job_result("C:\\bad.Df", "Error")
    told = {}
    for file in ("C:\\good.Df", "C:\\bad.Df"):
        job = client.good(client.post("/api/CommandLineProcessor", {"FilePath": file, "Parameters": []})).json()
        assert job["filePath"] == file
        told[file] = [client.read(f"/api/Job/{job['jobId']}/Status") for _poll in range(5)]
    waiting = ["NotStarted", "Queued", "Running"]
    assert told == {"C:\\good.Df": [*waiting, *["Completed"] * 2], "C:\\bad.Df": [*waiting, *["Error"] * 2]}
    assert client.read("/api/Job/999/Status") == "Invalid"
    assert client.read("/api/ServerInfo")


def test_openapi_document_lists_the_requests(client):
    document = client.read("/openapi.json")
    described = {(method.upper(), path) for path, calls in document["paths"].items() for method in calls}
    known = {(method, path.replace("/1", "/{number}")) for method, path in CALLS}
    assert described == known | {("POST", "/api/account/login")}
    form = document["paths"]["/api/UploadCarFile"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["Archive"]
    assert (
        "name"
        in document["paths"]["/api/Deployment"]["post"]["requestBody"]["content"]["application/json"]["schema"][
            "required"
        ]
    )
