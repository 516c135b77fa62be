# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults, the journal, and what others do meanwhile."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
import time

import pytest
import requests

from .conftest import FILE, Client

PATH = "/api/Deployment"


@pytest.fixture(params=[True, False], ids=["tls", "plain"])
def either(request, serve):
    return serve(tls=request.param)


@pytest.mark.parametrize("how", ["reset", "close"])
@pytest.mark.parametrize(
    ("at", "stored"), [("before_read", 0), ("after_read", 0), ("after_commit", 1), ("mid_response", 1)]
)
def test_fault_cuts_the_connection(either, at, how, stored):
    server = either.server
    server.fail("POST", PATH, at=at, how=how)
    came, ended = exchange(either, request(either, b'{"name": "D"}'))
    assert ended == how
    assert came.startswith(b"HTTP/1.1 200") == (at == "mid_response")
    entry = server.writes[-1]
    assert len(server.state["deployments"]) == stored
    assert entry.committed == bool(stored)
    assert entry.status == (200 if at == "mid_response" else None)
    assert bool(entry.body) == (at != "before_read")
    assert either.post(PATH, {"name": "E"}).status_code == 200


def test_emulator_cuts_a_response_in_half(client):
    client.server.fail("GET", "/api/Cluster", at="mid_response", how="close")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.get("/api/Cluster")
    assert client.get("/api/Cluster").status_code == 200


def request(client, body, length=None):
    head = [
        f"POST {PATH} HTTP/1.1",
        "Host: x",
        f"Authorization: {client.session.headers['Authorization']}",
        f"Content-Length: {length or len(body)}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


def exchange(client, data):
    """→ what came back, and how it ended. By hand, for a client that is still sending may not see that it was a reset."""
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(socket.create_connection(("127.0.0.1", client.server.port), timeout=10))
        if client.server.ca_path:
            context = ssl.create_default_context(cafile=client.server.ca_path)
            # Before 3.12, Python takes a reset of TLS for an end; but it is none that TLS announced.
            wrapped = context.wrap_socket(connection, server_hostname="127.0.0.1", suppress_ragged_eofs=False)
            connection = stack.enter_context(wrapped)
        connection.sendall(data)
        came = b""
        try:
            while piece := connection.recv(65536):
                came += piece
        except (ConnectionResetError, ssl.SSLEOFError):
            return came, "reset"
        return came, "close"


@pytest.mark.parametrize(("at", "stored"), [("before_read", 0), ("after_read", 0), ("after_commit", 1)])
def test_fault_returns_another_status(client, at, stored):
    client.server.fail("POST", PATH, at=at, how="status", status=503, headers={"Retry-After": "7"}, body=b"<h1>busy")
    answer = client.post(PATH, {"name": "D"})
    assert (answer.status_code, answer.headers["Retry-After"], answer.content) == (503, "7", b"<h1>busy")
    assert (len(client.server.state["deployments"]), client.server.requests[-1].status) == (stored, 503)


@pytest.mark.parametrize("at", ["before_read", "after_read", "after_commit", "mid_response"])
def test_fault_delays_the_response(client, at):
    client.server.fail("POST", PATH, at=at, how="delay", seconds=0.2)
    begin = time.monotonic()
    assert client.good(client.post(PATH, {"name": "D"})).json()["name"] == "D"
    assert time.monotonic() - begin >= 0.2


def test_fault_selects_requests(client):
    client.server.fail("*", "/api/*s", how="status", status=502, after=1, times=2)
    statuses = [client.get(path).status_code for path in ["/api/Deployments", "/api/Cluster"] * 4]
    assert statuses == [200, 200, 502, 200, 502, 200, 200, 200]
    client.server.fail("GET", "/api/Cluster", how="status", times=9)
    client.server.clear_faults()
    assert client.get("/api/Cluster").status_code == 200


def test_fault_can_fail_a_login(client):
    client.server.fail("POST", "/api/account/login", how="status", status=500)
    assert client.login(client.server.username, client.server.password).status_code == 500


@pytest.mark.parametrize(
    "wrong", [{"at": "later"}, {"how": "explode"}, {"at": "mid_response", "how": "status"}, {"times": 0}, {"after": -1}]
)
def test_fault_rejects_impossible_values(client, wrong):
    with pytest.raises(ValueError, match=r"is one of|cannot happen|at least"):
        client.server.fail("GET", "/api/Cluster", **wrong)


def test_emulator_ignores_an_incomplete_request(client):
    context = ssl.create_default_context(cafile=client.server.ca_path)
    with (
        socket.create_connection(("127.0.0.1", client.server.port)) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        connection.sendall(request(client, b'{"name": "D"}', length=99))
    assert client.get("/api/Deployments").json() == []
    assert not any(entry.committed for entry in client.server.requests)


def test_emulator_edits_before_a_request(client):
    first = client.create("Deployment", name="D", comment="a")
    client.server.before("POST", PATH, lambda: client.server.edit_deployment("D", comment="theirs"))
    assert client.post(PATH, {**first, "comment": "ours"}).status_code == 400
    (stored,) = client.server.state["deployments"]
    assert (stored["comment"], stored["updateDtTm"] != first["updateDtTm"]) == ("theirs", True)
    client.good(client.post(PATH, {**stored, "comment": "ours"}))


def test_emulator_edits_and_seeds_objects(client):
    server = client.server
    seeded = server.seed_schedule(name="S", isFile=True, jobOptions={"usePushdownOptimization": True, "more": 1})
    server.seed_deployment(name="D")
    server.edit_schedule("S", jobOptions={"usePushdownOptimization": False})
    (schedule,) = client.read("/api/Schedules")
    assert schedule["jobOptions"] == {"usePushdownOptimization": False, "more": 1}
    assert schedule["updateDtTm"] != seeded["updateDtTm"]
    server.edit_cluster(purgeJobInfoAfter=9)
    assert client.read("/api/Cluster")["purgeJobInfoAfter"] == 9
    server.remove("deployment", "D")
    assert client.read("/api/Deployments") == []
    with pytest.raises(LookupError):
        server.edit_deployment("D", comment="x")


def test_journal_records_requests(client):
    server = client.server
    server.clear_requests()
    client.get("/API/cluster?Color=red", headers={"X-Odd": "1"})
    client.post(PATH, {"name": "D"})
    client.post("/api/UploadFile?FileTypes=Car&TargetFileName=a", files=FILE)
    client.post(PATH, {"name": "D"})
    Client(server)
    read, create, upload, refused, login = server.requests
    assert (read.method, read.path, read.query, read.headers["x-odd"]) == (
        "GET",
        "/API/cluster",
        {"Color": "red"},
        "1",
    )
    assert (read.body, read.json, read.user, read.committed) == (b"", None, server.username, False)
    assert (create.json, create.status, create.committed) == ({"name": "D"}, 200, True)
    digest = hashlib.sha256(FILE["ArchiveFile"][1]).hexdigest()
    assert upload.files == {"ArchiveFile": {"name": "a.car", "sha256": digest, "size": 10}}
    assert (upload.body, upload.committed) == (b"", True)
    assert (refused.status, refused.committed) == (400, False)
    assert server.writes == [create, upload, refused]
    assert server.commits == [create, upload]
    numbers = [entry.number for entry in server.requests]
    assert numbers == list(range(numbers[0], numbers[0] + 5))
    assert {entry.connection for entry in (read, create, upload, refused)} == {read.connection}
    assert login.connection != read.connection


def test_log_has_no_secrets(client):
    lines = []
    client.server.log_to(lines.append)
    client.login(client.server.username, client.server.password)
    client.get("/api/x%0Ay")
    client.server.restart()
    assert [line.split(" ", 2)[2] for line in lines[-2:]] == [
        f"- POST /api/account/login {len(client.server.requests[-2].body)} bytes: 200",
        "automation GET /api/x%0Ay 0 bytes: 404",
    ]


def test_emulator_answers_500_when_a_handler_fails(client, monkeypatch, capfd):
    monkeypatch.setattr(client.server.handlers, "cluster", lambda: 1 // 0)
    assert client.get("/api/Cluster").status_code == 500
    assert client.server.requests[-1].status == 500
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_emulator_restarts_with_invalid_tokens(client):
    port = client.server.port
    client.server.restart()
    assert client.server.port == port
    assert client.get("/api/Cluster").status_code == 401
    assert client.login(client.server.username, client.server.password).status_code == 200
