# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network's own faults: F01, F02, F08, F09 and F19 of the fault table."""

from __future__ import annotations

import contextlib
import json
import re
import socket

import pytest
from ansible_collections.astera.data_stack.tests import modules, write_scenarios
from ansible_collections.astera.data_stack.tests.emulator import Emulator
from ansible_collections.astera.data_stack.tests.modules import changed, failed, writes
from ansible_collections.astera.data_stack.tests.raw_server import RawServer, answering, http
from ansible_collections.astera.data_stack.tests.wire_proxy import NetworkFault, WireProxy
from ansible_collections.astera.data_stack.tests.write_scenarios import READABLE, SCENARIOS

pytestmark = write_scenarios.EACH_FAULT_ONCE

LOGIN = {"username": "automation", "password": "canary-password"}


def unreachable(name, folder, server, url, **options):
    """Run the scenario at an address that does not respond."""
    scenario = SCENARIOS[name]
    wanted = {**modules.connection(server), **scenario.prepare(server, folder), **LOGIN, **options}
    result = modules.run(f"astera_{scenario.module}", {**wanted, "url": url})
    message = failed(result, "unreachable", "not_committed")
    assert LOGIN["password"] not in result["text"]
    return message


@pytest.mark.parametrize("name", SCENARIOS)
def test_F01_a_refused_connection(server, fast_sleep, tmp_path, name):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    message = unreachable(name, tmp_path, server, f"https://127.0.0.1:{port}", retries=3)
    assert f"127.0.0.1:{port}" in message
    # Half a second, doubled each time: three pauses, and no more.
    assert len(fast_sleep) == 3
    assert sum(fast_sleep) <= 0.5 + 1 + 2


@pytest.mark.parametrize("name", SCENARIOS)
def test_F02_unknown_host_name_is_named(server, fast_sleep, tmp_path, name):
    message = unreachable(name, tmp_path, server, "https://astera.invalid:9261", retries=1)
    assert "astera.invalid:9261" in message
    assert len(fast_sleep) == 1


@pytest.fixture
def deaf():
    """The port of a host that takes no connection and refuses none, as behind a firewall that drops."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _turn in range(4):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        yield port


@pytest.mark.parametrize("name", SCENARIOS)
def test_F08_a_connection_that_is_never_made(server, fast_sleep, tmp_path, deaf, name):
    message = unreachable(name, tmp_path, server, f"https://127.0.0.1:{deaf}", retries=1, timeout=1)
    assert f"127.0.0.1:{deaf}" in message
    assert len(fast_sleep) == 1


@pytest.mark.parametrize("way", ["up", "down"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_F09_timeout_covers_the_whole_response(server, scenario, way):
    """A few bytes at a time keep every single wait short. The limit of an upload is for each wait, but nothing gets that far."""
    with WireProxy(server.port, **{way: NetworkFault(rate=500)}) as wire:
        result = scenario.run(url=f"https://127.0.0.1:{wire.port}", timeout=1, retries=0)
    assert result["failed"]
    assert result["error"]["code"] in ("timeout", "unreachable")
    assert scenario.state != scenario.reached


@pytest.mark.parametrize("name", SCENARIOS)
def test_F09_a_server_that_is_silent(server, scenario):
    with WireProxy(server.port, down=NetworkFault(silent=True)) as wire:
        result = scenario.run(url=f"https://127.0.0.1:{wire.port}", timeout=1, retries=0)
    assert failed(result, "unreachable", "not_committed")


@pytest.mark.parametrize("name", SCENARIOS)
def test_F09_a_slow_network_is_no_fault(server, scenario):
    with WireProxy(server.port, up=NetworkFault(latency=0.01), down=NetworkFault(latency=0.01)) as wire:
        assert changed(scenario.run(url=f"https://127.0.0.1:{wire.port}"))
    assert scenario.state == scenario.reached


@pytest.mark.parametrize("cut", [0, 200, 2000, 2600, 4000])
@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_F19_connections_that_are_cut_anywhere(server, scenario, reset, cut):
    """In the handshake, in the login, in the list, in the write: the first two connections break after so many bytes."""
    with WireProxy(server.port, down=NetworkFault(cut=cut, reset=reset), times=2) as wire:
        url = f"https://127.0.0.1:{wire.port}"
        result = scenario.run(url=url)
        if result["failed"]:
            # What cannot be looked up or may not be sent twice stays unknown, and says so.
            assert scenario.doubles or scenario.blind
            failed(result, "outcome_unknown", "unknown")
            result = scenario.run(url=url)
    assert not result["failed"], result["msg"]
    assert scenario.state == scenario.reached


def whole(content):
    return http(200, json.dumps(content).encode(), "Content-Type: application/json")


TRUNCATED = {
    "half the JSON": http(200, b'[{"id": 1, "name": "Sa', "Content-Type: application/json"),
    "less than was promised": whole([{"id": 1}]).replace(b"Content-Length: 11", b"Content-Length: 400"),
    "a chunk that is cut": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n[{",
    "a last chunk that is missing": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n",
}


@pytest.mark.parametrize("answer", TRUNCATED.values(), ids=TRUNCATED)
def test_F19_half_a_list_is_no_list(tmp_path, fast_sleep, car, answer):
    server = RawServer(answering(answer))
    options = {"url": server.url, "allow_http": True, "token": "canary-token", "retries": 2, "timeout": 5}
    with server:
        result = modules.run("astera_deployment", {**options, "name": "Sales", "archive": car()})
    assert result["failed"]
    assert result["error"]["code"] in ("invalid_response", "unreachable")
    assert result["error"]["outcome"] == "not_committed"
    assert server.connections == (1 if answer is TRUNCATED["half the JSON"] else 3)
    assert not re.search(r"object at 0x|Traceback", result["text"])


@pytest.mark.parametrize("name", READABLE)
def test_F19_a_read_that_was_cut_short_is_made_again(scenario, server):
    server.fail("GET", scenario.read, at="mid_response", times=2)
    assert changed(scenario.run())
    assert writes(server).count(scenario.path) == 1


def test_F01_a_server_that_stops_for_good_is_given_up(tmp_path, fast_sleep):
    with Emulator() as gone:
        options = modules.connection(gone)
        with open(gone.ca_path, encoding="utf-8") as file:
            (tmp_path / "ca.pem").write_text(file.read())
    result = modules.run("astera_server_info", {**options, "ca_path": str(tmp_path / "ca.pem"), "retries": 2})
    failed(result, "unreachable", "not_committed")
    assert len(fast_sleep) == 2
