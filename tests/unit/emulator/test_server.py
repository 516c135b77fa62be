# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two servers of one cluster, the command line, and control from outside."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from ansible_collections.astera.data_stack.tests import emulator
from ansible_collections.astera.data_stack.tests.emulator import Emulator

from .conftest import Client


def test_cluster_shares_the_repository(serve, tmp_path):
    database = f"sqlite:///{tmp_path}/shared.db"
    one, two = serve(database=database), serve(database=database)
    one.good(one.post("/api/Deployment", {"name": "D"}))
    (seen,) = two.read("/api/Deployments")
    two.good(two.post("/api/Deployment", {**seen, "comment": "from two"}))
    assert one.post("/api/Deployment", {**seen, "comment": "from one"}).status_code == 400
    assert [client.read("/api/Server/Config")["port"] for client in (one, two)] == [one.server.port, two.server.port]
    key = {"LicenseKeyRegistrationModel": {"user": "U", "organization": "O", "key": "K"}}
    one.good(one.post("/api/License/Key", key))
    assert (one.server.state["license"]["key"], two.server.state["license"]) == ("K", None)


def test_cluster_accepts_one_of_two_updates(serve, tmp_path):
    database = f"sqlite:///{tmp_path}/shared.db"
    clients = [serve(database=database) for _server in range(2)]
    item = clients[0].create("Deployment", name="D")

    def post(number):
        sender = Client(clients[number % 2].server)
        return sender.post("/api/Deployment", {**item, "comment": str(number)}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(post, range(8))) == [200] + [400] * 7
        created = list(pool.map(lambda n: clients[n % 2].post("/api/Deployment", {"name": "E"}).status_code, range(4)))
    assert sorted(created) == [200, 400, 400, 400]


def test_store_serializes_transactions(serve, tmp_path):
    database = f"sqlite:///{tmp_path}/shared.db"
    one, two = (serve(database=database).server.store for _server in range(2))
    done = threading.Event()

    def look():
        with two.transaction():
            done.set()

    with one.transaction() as work:
        work.objects("deployment")
        waiting = threading.Thread(target=look)
        waiting.start()
        assert not done.wait(0.3)
    waiting.join(20)
    assert done.is_set()


def test_emulator_keeps_its_state(tmp_path):
    folder = str(tmp_path / "state")
    with Emulator(folder=folder) as server:
        Client(server).create("Deployment", name="D")
        server.edit_server_config(serverProfile="ServerProfile2")
    with Emulator(folder=folder) as server:
        config = Client(server).read("/api/Server/Config")
        assert (config["serverProfile"], config["port"]) == ("ServerProfile2", server.port)
        assert [item["name"] for item in server.state["deployments"]] == ["D"]


def test_emulator_leaves_no_files_and_no_listener():
    with Emulator() as server:
        folder = os.path.dirname(server.ca_path)
        url = server.url
    assert not os.path.exists(folder)
    with pytest.raises((requests.ConnectionError, OSError)):
        requests.get(f"{url}/api/Cluster", verify=False, timeout=5)


@contextlib.contextmanager
def started(tmp_path, *options, **environment):
    announced = tmp_path / "announced.json"
    package = emulator.__name__
    command = [sys.executable, "-m", package, "--port", "0", "--announce", str(announced), *options]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment}
    # A shell starts background processes with this signal ignored, and their children inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, before)
    try:
        deadline = time.monotonic() + 600
        while not announced.exists():
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield process, announced
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_command_line_starts_a_server(tmp_path, ending):
    options = (
        "--state-dir",
        str(tmp_path / "new" / "state"),
        "--dialect",
        "pascal,list_shape=bare",
        "--latency-ms",
        "1",
    )
    with started(tmp_path, *options, EMULATOR_USERNAME="robot", EMULATOR_PASSWORD="from the environment") as (
        process,
        file,
    ):
        told = json.loads(file.read_text())
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert (told["username"], told["password"], told["pid"]) == ("robot", "from the environment", process.pid)
        login = {"User": "robot", "Password": told["password"]}
        answer = requests.post(f"{told['url']}/api/account/login", json=login, verify=told["ca_path"], timeout=10)
        assert "AccessToken" in answer.json()
        # The line is written once the answer is out, which may be after it came.
        log = process.stderr.readline()
        assert "POST /api/account/login" in log
        process.send_signal(ending)
        log += process.communicate(timeout=600)[1]
        assert process.returncode == 0
    assert told["password"] not in log
    assert "Traceback" not in log


def test_command_line_rejects_bad_options(tmp_path):
    command = [sys.executable, "-m", emulator.__name__, "--dialect", "color=red"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert (done.returncode, "no dialect setting is called 'color'" in done.stderr) == (2, True)


def test_control_api_edits_and_reads(serve):
    client = serve()
    server = client.server

    def control(method, path, content=None):
        headers = {"Authorization": None}
        return client.call(method, f"/_emulator/{path}", json=content, headers=headers)

    control("POST", "seed", {"kind": "deployment", "keys": {"name": "D"}}).raise_for_status()
    control("POST", "edit", {"kind": "deployment", "name": "D", "keys": {"comment": "theirs"}}).raise_for_status()
    fault = {"method": "GET", "path": "/api/Cluster", "how": "status", "status": 503, "body": "busy"}
    control("POST", "faults", fault).raise_for_status()
    assert client.get("/api/Cluster").text == "busy"
    control("POST", "job-results", {"file_path": "C:\\a.Df", "status": "Error"}).raise_for_status()
    client.good(client.post("/api/UploadCarFile", files={"Archive": ("a.car", b"PK")}))
    state = control("GET", "state").json()
    assert (state["deployments"][0]["comment"], [file["content"] for file in state["files"].values()]) == (
        "theirs",
        ["UEs="],
    )
    told = control("GET", "requests")
    assert [entry["path"] for entry in told.json()] == ["/api/account/login", "/api/Cluster", "/api/UploadCarFile"]
    assert server.password not in told.text
    assert client.session.headers["Authorization"] not in told.text
    control("DELETE", "requests").raise_for_status()
    assert server.requests == []
    control("POST", "expire-tokens").raise_for_status()
    assert client.get("/api/Cluster").status_code == 401
    wrong = [
        ("seed", {"kind": "flow", "keys": {}}),
        ("edit", {"kind": "deployment", "name": "Missing", "keys": {}}),
        ("faults", {**fault, "at": "later"}),
        ("faults", {**fault, "color": "red"}),
        ("faults", {"method": "GET"}),
    ]
    assert [control("POST", path, content).status_code for path, content in wrong] == [400] * 5
    assert control("GET", "nothing").status_code == 404


def test_emulator_closes_a_connection_in_its_tls_handshake():
    with contextlib.ExitStack() as clients:
        with Emulator() as server:
            client = clients.enter_context(socket.create_connection(("127.0.0.1", server.port), 10))
            # A connection that is accepted later is answered.
            requests.get(server.url, verify=server.ca_path, timeout=10)
        assert client.recv(1) == b""
