# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom a task talks to, and who else hears of it: certificates, redirects, .netrc, proxies. S12 to S15 of the threats, H7."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading

import pytest
import trustme
from ansible_collections.astera.data_stack.tests import modules, write_scenarios
from ansible_collections.astera.data_stack.tests.modules import changed, failed, writes
from ansible_collections.astera.data_stack.tests.raw_server import RawServer, answering, http, read_request
from ansible_collections.astera.data_stack.tests.write_scenarios import REACHED, SCENARIOS, PreparedScenario

pytestmark = write_scenarios.EACH_FAULT_ONCE

NAMES = ["server_config", "license", "cluster", "new deployment", "new schedule", "document"]
LOGIN = {"username": "automation", "password": "canary-password"}
PAST = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def served(tmp_path):
    """A server with a certificate of this kind → its address and the bundle that knows its authority."""

    def serve(kind):
        authority, other = trustme.CA(), trustme.CA()
        names = {"wrong host": ["elsewhere.example.com"]}.get(kind, ["127.0.0.1"])
        more = {"not_before": PAST, "not_after": PAST + datetime.timedelta(days=9)} if kind == "expired" else {}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        (other if kind == "another authority" else authority).issue_cert(*names, **more).configure_cert(context)
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        heard = []

        def handler(client):
            heard.append(read_request(client))
            client.sendall(http(200, b"{}"))

        return RawServer(handler, context), str(tmp_path / "ca.pem"), heard

    return serve


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        ("wrong host", "Set url to a name"),
        ("expired", "Renew the certificate"),
        ("another authority", "Set ca_path"),
        ("signed by itself", "Set ca_path"),
    ],
)
def test_S12_a_certificate_that_is_not_good_is_a_failure_at_once(fast_sleep, served, kind, remedy):
    server, ca_path, heard = served(kind)
    trust = {} if kind == "signed by itself" else {"ca_path": ca_path}
    with server:
        result = modules.run("astera_server_info", {"url": server.url, **LOGIN, **trust})
        assert remedy in failed(result, "tls", "not_committed")
        assert (heard, fast_sleep, server.connections) == ([], [], 1)
        warned = modules.run(
            "astera_server_info", {"url": server.url, "token": "canary-token", "validate_certs": False}
        )
    assert not warned["failed"], warned["msg"]
    assert [warning for warning in warned["warnings"] if "validate_certs is false" in warning]


def test_S12_a_good_certificate_is_good(served):
    server, ca_path, heard = served("good")
    with server:
        result = modules.run("astera_server_info", {"url": server.url, "token": "canary-token", "ca_path": ca_path})
    assert not result["failed"], result["msg"]
    assert result["warnings"] == []
    assert len(heard) == 1


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_S12_the_environment_does_not_decide_whom_to_trust(monkeypatch, served, variable):
    server, ca_path, heard = served("good")
    with server:
        monkeypatch.setenv(variable, ca_path)
        failed(modules.run("astera_server_info", {"url": server.url, **LOGIN}), "tls", "not_committed")
        monkeypatch.setenv(variable, "/nowhere/ca.pem")
        result = modules.run("astera_server_info", {"url": server.url, "token": "canary-token", "ca_path": ca_path})
    assert not result["failed"], result["msg"]
    assert len(heard) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("place", ["login", "read", "write"])
@pytest.mark.parametrize("where", ["the same host", "another host", "without TLS"])
@pytest.mark.parametrize("name", ["old deployment"])
def test_S13_redirects_are_not_followed(server, scenario, status, place, where):
    """Neither the token nor the password gets to the second host, and a write does not become a read."""
    path = {"login": "/api/account/login", "read": scenario.read, "write": scenario.path}[place]
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with RawServer(answering(http(200, b"{}")), None if where == "without TLS" else context) as second:
        target = {"the same host": f"{server.url}/elsewhere", "another host": f"https://localhost:{second.port}/x"}
        location = target.get(where, f"http://127.0.0.1:{second.port}/x")
        server.fail("*", path, how="status", status=status, headers={"Location": location}, times=100)
        result = scenario.run()
        assert second.connections == 0
    assert "redirect" in failed(result, "invalid_response", "not_committed")
    assert [entry for entry in server.requests if "elsewhere" in entry.path] == []
    assert [entry.path for entry in server.requests].count(path) == 1


def test_S13_an_upload_and_a_license_that_are_redirected_go_nowhere(server, tmp_path):
    for name, path in (("new deployment", "/api/UploadFile"), ("license", "/api/License/Key")):
        with RawServer(answering(http(200, b'"x"'))) as second:
            server.fail("POST", path, how="status", status=307, headers={"Location": second.url}, times=100)
            result = PreparedScenario(name, server, tmp_path).run()
            assert result["failed"]
            assert second.connections == 0
        assert writes(server) == [path]


@pytest.mark.parametrize("name", NAMES)
def test_S14_a_netrc_entry_changes_nothing(server, scenario, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login other password canary-netrc\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    result = scenario.run()
    assert changed(result)
    assert scenario.state == scenario.reached
    sent = {entry.headers.get("authorization", "Bearer").split()[0] for entry in server.requests}
    assert sent == {"Bearer"}


class Tunnel(RawServer):
    """A proxy that takes CONNECT for any host and leads to one port; what it could read is kept."""

    def __init__(self, port):
        self.heard = []
        self._target = port
        super().__init__(self._lead)

    def _lead(self, client):
        self.heard.append(read_request(client))
        with socket.create_connection(("127.0.0.1", self._target)) as server:
            client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
            back.start()
            self._pump(client, server)
            back.join(5)

    @staticmethod
    def _pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


@pytest.fixture
def far(tmp_path):
    """The options for a server that only the proxy can find."""
    from ansible_collections.astera.data_stack.tests.emulator import Emulator

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "far.pem"))
    with Emulator() as server:
        context = server._server.config.ssl
        authority.issue_cert("astera.invalid").configure_cert(context)
        options = {"username": server.username, "password": server.password, "ca_path": str(tmp_path / "far.pem")}
        yield server, {"url": "https://astera.invalid:9261", **options}


def test_S14_S15_a_proxy_leads_there_and_reads_nothing(far, fast_sleep, monkeypatch):
    server, options = far
    with Tunnel(server.port) as proxy:
        address = f"http://user:canary-proxy@127.0.0.1:{proxy.port}"
        monkeypatch.setenv("https_proxy", address)
        scenario = SCENARIOS["cluster"]
        result = modules.run("astera_cluster", {**options, **scenario.options})
        assert changed(result)
        assert scenario.seen(server.state) == REACHED["cluster"]
        assert "canary-proxy" not in result["text"]
        assert {head.split()[0] for head in proxy.heard} == {b"CONNECT"}
        assert b"Bearer" not in b"".join(proxy.heard)
        heard = proxy.connections
        off = modules.run("astera_cluster", {**options, **scenario.options, "use_proxy": False, "retries": 0})
        failed(off, "unreachable", "not_committed")
        monkeypatch.setenv("no_proxy", "astera.invalid")
        failed(modules.run("astera_cluster", {**options, "name": "A", "retries": 0}), "unreachable", "not_committed")
        assert proxy.connections == heard


@pytest.mark.parametrize(
    "address",
    [
        *("http://user:canary-proxy@127.0.0.1:1", "http://user:canary-proxy@nowhere.invalid:3128"),
        *("http://user:canary-proxy@127.0.0.1:port", "http://user:canary/proxy@127.0.0.1:1", "user:canary-proxy@x:1"),
        *("http://user:canary-proxy@", "http://user:canary-proxy@:3128", "http://user:canary-proxy@h:1/\n"),
        *("socks5://user:canary-proxy@127.0.0.1:1", "http://user:canary-proxy@[::1", "ftp://user:canary-proxy@x:1"),
    ],
)
def test_S14_the_credentials_of_a_proxy_are_never_printed(fast_sleep, monkeypatch, address):
    monkeypatch.setenv("https_proxy", address)
    monkeypatch.setenv("http_proxy", address)
    for url in ("https://astera.invalid:9261", "http://astera.invalid:9261"):
        result = modules.run("astera_server_info", {"url": url, **LOGIN, "allow_http": True, "retries": 0})
        failed(result, "unreachable", "not_committed")
        assert "canary" not in result["text"].replace(LOGIN["password"], "")


@pytest.mark.parametrize("address", ["http://user:canary-proxy@", "http://user:canary-proxy@:3128", "http://"])
def test_S14_a_proxy_without_a_host_is_refused_before_the_first_call(fast_sleep, monkeypatch, address):
    monkeypatch.setenv("https_proxy", address)
    result = modules.run("astera_cluster", {"url": "https://astera.invalid:9261", **LOGIN, "name": "A"})
    said = failed(result, "unreachable", "not_committed")
    assert said.endswith("cannot be used. Correct its address, or set use_proxy to false.")
    assert fast_sleep == []
    assert "canary-proxy" not in result["text"]


def test_S14_a_proxy_that_wants_a_password_says_so_without_ours(fast_sleep, monkeypatch):
    with RawServer(answering(http(407, b"canary-proxy?", "Proxy-Authenticate: Basic"))) as proxy:
        monkeypatch.setenv("https_proxy", f"http://user:canary-proxy@127.0.0.1:{proxy.port}")
        result = modules.run("astera_server_info", {"url": "https://astera.invalid:9261", **LOGIN, "retries": 0})
    assert "proxy" in failed(result, "unreachable", "not_committed")
    assert "canary-proxy" not in result["text"]
