# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One exchange with servers that misbehave: what is said of it, how long it takes, and what never leaves this side."""

from __future__ import annotations

import contextlib
import datetime
import gzip
import ipaddress
import os
import socket
import ssl
import time
import tracemalloc
import warnings

import pytest
import requests
import trustme
from ansible_collections.astera.data_stack.plugins.module_utils._client import tls as _tls
from ansible_collections.astera.data_stack.plugins.module_utils._client import transport as _transport
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import Connection
from ansible_collections.astera.data_stack.plugins.module_utils._client.transport import Request, Transport
from ansible_collections.astera.data_stack.plugins.module_utils._client.upload import Upload
from ansible_collections.astera.data_stack.plugins.module_utils._errors import RequestError
from ansible_collections.astera.data_stack.tests.raw_server import (
    RawServer,
    answering,
    drip,
    http,
    read_request,
    resetting,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

GET = Request("GET", "/api/Deployments")
POST = Request("POST", "/api/Deployment", headers={"Content-Type": "application/json"}, body=b"{}")


@pytest.fixture(autouse=True)
def _no_exceptions_from_proxies(monkeypatch):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


def exchange(url, request=GET, **options):
    transport = Transport(Connection(url, **{"timeout": 2, **options}))
    try:
        return transport.send(request)
    finally:
        transport.close()


def failure(url, request=GET, **options):
    with pytest.raises(RequestError) as caught:
        exchange(url, request, **options)
    return caught.value


def test_transport_returns_responses_of_any_status():
    for status in (200, 204, 400, 401, 500, 503):
        with RawServer(answering(http(status, b"" if status == 204 else b"hello"))) as server:
            assert exchange(server.url).status == status


def test_transport_reports_a_refused_connection_as_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = failure(f"http://127.0.0.1:{port}", POST)
    assert (error.delivery, error.code) == (RequestError.NOT_SENT, "unreachable")
    assert f"127.0.0.1:{port} cannot be reached (Connection refused)" in error.message


def test_transport_reports_an_unknown_host_as_not_sent():
    error = failure("http://astera.invalid:9261", POST, use_proxy=False)
    assert (error.delivery, error.code) == (RequestError.NOT_SENT, "unreachable")


def reset_after_request(client):
    read_request(client)
    resetting(client)


@pytest.mark.parametrize(
    "handler",
    [
        lambda client: None,
        reset_after_request,
        answering(b""),
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"),
        answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"),
        answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"),
        answering(b"\x00\x01\x02 garbage\r\n\r\n"),
    ],
    ids=[
        "closed at once",
        "reset",
        "closed after reading",
        "cut short",
        "chunk cut",
        "chunk garbled",
        "garbage",
    ],
)
def test_transport_reports_later_failures_as_ambiguous(handler):
    with RawServer(handler) as server:
        error = failure(server.url, POST)
    assert (error.delivery, error.code) == (RequestError.AMBIGUOUS, "unreachable")
    assert "0x" not in error.message


def silent(client):
    read_request(client)
    time.sleep(10)


def dripping(head):
    """Return a handler that sends a head, and then a byte at a time for ever so long."""

    def handler(client):
        read_request(client)
        client.sendall(b"HTTP/1.1 200 OK\r\n" + head)
        for piece in drip(b"a" * 1000, 0.05):
            client.sendall(piece)

    return handler


IN_BODY = dripping(b"Content-Length: 1000\r\n\r\n")


@pytest.mark.parametrize(
    "handler",
    [silent, dripping(b"X-Long: "), IN_BODY, dripping(b"Connection: close\r\n\r\n")],
    ids=["silent", "in the head", "in the body", "without a length"],
)
def test_transport_timeout_covers_the_whole_response(handler):
    with RawServer(handler) as server:
        start = time.monotonic()
        error = failure(server.url, POST, timeout=1)
        elapsed = time.monotonic() - start
    assert (error.delivery, error.code) == (RequestError.AMBIGUOUS, "timeout")
    assert elapsed < 4


def test_transport_timeout_covers_the_whole_response_to_an_upload(tmp_path):
    (tmp_path / "small.car").write_bytes(b"x" * 100)
    upload = Upload.from_file("Car", "archive", str(tmp_path / "small.car"))
    body = upload.multipart("ArchiveFile", "small.car")
    request = Request("POST", "/api/UploadFile", headers={"Content-Type": body.content_type}, body=body)
    with RawServer(IN_BODY) as server:
        start = time.monotonic()
        error = failure(server.url, request, timeout=1)
        elapsed = time.monotonic() - start
    upload.close()
    assert (error.delivery, error.code) == (RequestError.AMBIGUOUS, "timeout")
    assert elapsed < 4


def test_transport_cuts_off_an_endless_response():
    def endless(client):
        read_request(client)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        # As good as endless, and not the end of a machine on which nothing cuts it off.
        for _piece in range(200):
            client.sendall(b"a" * 2**20)

    with RawServer(endless) as server:
        assert "larger than 64 MiB" in failure(server.url, timeout=60).message


def test_transport_does_not_follow_redirects():
    with RawServer(answering(http(200))) as other:
        for status in (301, 302, 303, 307, 308):
            with RawServer(answering(http(status, b"", f"Location: {other.url}/api/Deployments"))) as server:
                assert exchange(server.url, POST).status == status
        assert other.connections == 0


def test_transport_ignores_netrc_and_other_bundles(tmp_path, monkeypatch, ca, server_context):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password canary\n")
    monkeypatch.setenv("NETRC", str(netrc))
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(other))
    heard = []

    def handler(client):
        heard.append(read_request(client))
        client.sendall(http(200, b"[]"))

    with RawServer(handler, server_context) as server:
        request = Request("GET", "/api/Deployments", headers={"Authorization": "Bearer token"})
        assert exchange(server.url, request, ca_path=ca).status == 200
    assert b"Authorization: Bearer token" in heard[0]
    assert b"Basic" not in heard[0]


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def ca(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def context_of(authority, *names, **options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **options).configure_cert(context)
    return context


@pytest.fixture
def server_context(authority):
    return context_of(authority, "127.0.0.1")


def self_signed(tmp_path):
    """A certificate that signs itself and is no CA, as stock servers have."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "astera")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "self.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = tmp_path / "key.pem"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    return str(pem), context


def test_transport_can_trust_a_servers_own_certificate(tmp_path):
    pem, context = self_signed(tmp_path)
    with RawServer(answering(http(200)), context) as server:
        assert exchange(server.url, ca_path=pem).status == 200
        assert failure(server.url).code == "tls"
        assert exchange(server.url, validate_certs=False).status == 200


def untrusted(authority):
    return context_of(trustme.CA(), "127.0.0.1")


def of_another_host(authority):
    return context_of(authority, "other.example")


def expired(authority):
    return context_of(
        authority, "127.0.0.1", not_after=datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    )


@pytest.mark.parametrize(
    ("make", "cause", "remedy"),
    [
        (untrusted, "is not trusted", "Set ca_path"),
        (of_another_host, "is for another name", "Set url to a name"),
        (expired, "is not valid now", "Renew the certificate"),
    ],
)
def test_transport_names_cause_and_remedy_of_a_certificate_C(make, cause, remedy, authority, ca):
    heard = []

    def handler(client):
        heard.append(read_request(client))

    with RawServer(handler, make(authority)) as server:
        error = failure(server.url, POST, ca_path=ca)
    assert (error.delivery, error.code) == (RequestError.NOT_SENT, "tls")
    assert cause in error.message
    assert remedy in error.message
    assert ("ca_path" in error.message) == (make is untrusted)
    assert heard in ([], [b""])


def test_transport_names_an_http_port_under_https_C():
    def handler(client):
        client.recv(65536)
        client.sendall(http(400, b"Bad Request"))

    with RawServer(handler) as server:
        error = failure(server.url.replace("http:", "https:"))
    assert (error.delivery, error.code) == (RequestError.NOT_SENT, "tls")
    assert "does not speak TLS" in error.message
    assert "allow_http to true" in error.message
    assert "ca_path" not in error.message


def closing(client):
    client.recv(65536)


def test_transport_names_a_handshake_that_is_cut_off_C():
    with RawServer(closing) as server:
        error = failure(server.url.replace("http:", "https:"))
    assert (error.delivery, error.code) == (RequestError.NOT_SENT, "unreachable")
    assert "during the TLS handshake" in error.message
    assert "TLS 1.2" in error.message


def test_transport_names_an_old_version_of_tls_C(authority, ca):
    context = context_of(authority, "127.0.0.1")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with RawServer(answering(http(200)), context) as server:
        error = failure(server.url, ca_path=ca)
    assert (error.delivery, error.code) == (RequestError.NOT_SENT, "tls")
    assert "a version of TLS that this machine refuses" in error.message
    assert "Enable TLS 1.2" in error.message
    assert "ca_path" not in error.message


class Rejecting(RawServer):
    """A server that wants a client certificate, and lets its alert arrive before it closes."""

    def _answer(self, client):
        client.settimeout(5)
        with contextlib.suppress(OSError):
            tls = self._context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
            try:
                tls.do_handshake()
            except ssl.SSLError:
                with socket.socket(fileno=tls.detach()) as raw:
                    raw.shutdown(socket.SHUT_WR)
                    while raw.recv(65536):
                        pass
                return
            with tls:
                self._handler(tls)


@pytest.fixture
def client_certificate(authority, tmp_path):
    certificate = authority.issue_cert("client.example")
    certificate.private_key_pem.write_to_path(str(tmp_path / "client.key"))
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "client.pem"))
    return {"client_cert": str(tmp_path / "client.pem"), "client_key": str(tmp_path / "client.key")}


def wanting_certificates(authority, of, version):
    context = context_of(authority, "127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    of.configure_trust(context)
    context.minimum_version = context.maximum_version = version
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_transport_names_a_missing_client_certificate_C(version, authority, ca, client_certificate):
    with Rejecting(answering(http(200)), wanting_certificates(authority, authority, version)) as server:
        error = failure(server.url, POST, ca_path=ca)
        assert (error.delivery, error.code) == (RequestError.NOT_SENT, "tls")
        assert "requires a client certificate" in error.message
        assert "Set client_cert" in error.message
        assert "ca_path" not in error.message
        assert exchange(server.url, POST, ca_path=ca, **client_certificate).status == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_transport_names_a_client_certificate_that_is_rejected_C(version, authority, ca, client_certificate):
    with Rejecting(answering(http(200)), wanting_certificates(authority, trustme.CA(), version)) as server:
        error = failure(server.url, POST, ca_path=ca, **client_certificate)
    assert (error.delivery, error.code) == (RequestError.NOT_SENT, "tls")
    assert "rejected the client certificate" in error.message


def test_transport_trusts_the_store_of_the_system_B7(monkeypatch, tmp_path, ca, server_context):
    with RawServer(answering(http(200)), server_context) as server:
        assert failure(server.url).code == "tls"
        # The way in which OpenSSL is told of another store.
        monkeypatch.setenv("SSL_CERT_FILE", ca)
        assert exchange(server.url).status == 200
        trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
        error = failure(server.url, ca_path=str(tmp_path / "other.pem"))
        assert error.code == "tls", "with ca_path nothing else is trusted"


def test_transport_trusts_the_bundle_of_requests_B7(monkeypatch, ca, server_context):
    monkeypatch.setattr(requests.utils, "DEFAULT_CA_BUNDLE_PATH", ca)
    _tls._make_tls_context.cache_clear()
    with RawServer(answering(http(200)), server_context) as server:
        assert exchange(server.url).status == 200
    _tls._make_tls_context.cache_clear()


def test_transport_reads_a_certificate_again_that_was_renewed(tmp_path, authority, server_context):
    bundle = tmp_path / "renewed.pem"
    trustme.CA().cert_pem.write_to_path(str(bundle))
    with RawServer(answering(http(200)), server_context) as server:
        assert failure(server.url, ca_path=str(bundle)).code == "tls"
        authority.cert_pem.write_to_path(str(bundle))
        os.utime(bundle, (1, 1))
        assert exchange(server.url, ca_path=str(bundle)).status == 200


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_transport_asks_for_no_compression_E12(encoding):
    heard = []

    def handler(client):
        heard.append(read_request(client))
        client.sendall(http(200, b"[1, 2]", f"Content-Encoding: {encoding}"))

    with RawServer(handler) as server:
        assert exchange(server.url).body == b"[1, 2]"
    assert b"Accept-Encoding: identity\r\n" in heard[0]


def failure_and_peak(url, **options):
    """Return the error, and how much memory was in use at most."""
    tracemalloc.start()
    try:
        return failure(url, **options), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["gzip", "X-GZip"])
def test_transport_reads_what_a_proxy_compresses_unasked_E12(encoding):
    with RawServer(answering(http(200, gzip.compress(b"[1, 2]"), f"Content-Encoding: {encoding}"))) as server:
        assert exchange(server.url).body == b"[1, 2]"


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "deflate", "gzip, identity"])
def test_transport_refuses_another_compression_E12(encoding):
    with RawServer(answering(http(200, b"[1, 2]", f"Content-Encoding: {encoding}"))) as server:
        error = failure(server.url)
    assert (error.delivery, error.code) == (RequestError.AMBIGUOUS, "unreachable")
    assert "compressed, although no compression was asked for" in error.message


def test_transport_limits_the_unpacked_size_E12(monkeypatch):
    monkeypatch.setattr(_transport, "MAX_RESPONSE_SIZE", 2**20)
    content = gzip.compress(bytes(2**26))
    with RawServer(answering(http(200, content, "Content-Encoding: gzip"))) as server:
        error, peak = failure_and_peak(server.url)
    assert "larger than 1 MiB" in error.message
    assert peak < 2**23


@pytest.mark.parametrize("content", [gzip.compress(b"[1, 2, 3]" * 100)[:-12], b"nope"], ids=["cut short", "not gzip"])
def test_transport_refuses_damaged_compressed_responses_E12(content):
    with RawServer(answering(http(200, content, "Content-Encoding: gzip"))) as server:
        error = failure(server.url)
    assert (error.delivery, error.code) == (RequestError.AMBIGUOUS, "unreachable")


def test_transport_limits_what_stands_around_a_chunk_E12():
    sent = []

    def endless_extension(client):
        read_request(client)
        client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;")
        for _piece in range(64):
            client.sendall(b"a" * 2**20)
            sent.append(1)

    with RawServer(endless_extension) as server:
        error, peak = failure_and_peak(server.url, timeout=60)
    assert (error.delivery, error.code) == (RequestError.AMBIGUOUS, "unreachable")
    assert peak < 2**23
    assert len(sent) < 64


def test_transport_keeps_a_connection_for_the_next_request():
    answers = http(200, b"[]"), b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n"

    def handler(client):
        for each in answers * 2:
            read_request(client)
            client.sendall(each)

    with RawServer(handler) as server:
        transport = Transport(Connection(server.url, timeout=2))
        for _each in range(4):
            assert transport.send(GET).body == b"[]"
        transport.close()
        assert server.connections == 1


def refusing_early(status):
    """Answer before the body is read, and close: as a server does that refuses a large upload."""

    def handler(client):
        data = b""
        while b"\r\n\r\n" not in data:
            data += client.recv(4096)
        client.sendall(http(status, b'"too large"', "Connection: close"))
        time.sleep(0.2)

    return handler


@pytest.mark.parametrize("status", [401, 413])
@pytest.mark.parametrize("secure", [False, True])
def test_transport_reads_an_early_response_to_an_upload(status, secure, tmp_path, ca, server_context):
    path = tmp_path / "large.car"
    path.write_bytes(b"x" * 32 * 2**20)
    upload = Upload.from_file("Car", "archive", str(path))
    with RawServer(refusing_early(status), server_context if secure else None) as server:
        for _repeat in range(3):
            body = upload.multipart("ArchiveFile", "large.car")
            request = Request("POST", "/api/UploadFile", headers={"Content-Type": body.content_type}, body=body)
            assert exchange(server.url, request, ca_path=ca, timeout=10).status == status
    upload.close()


@pytest.mark.parametrize(
    "error", [ConnectionResetError(104, "reset"), ssl.SSLEOFError(8, "eof"), ssl.SSLError("closed")]
)
def test_send_reads_an_early_response_after_any_broken_connection(monkeypatch, error):
    """Which of these a server causes that closes early is a matter of moments; urllib3 reads on after a broken pipe only."""

    class Breaking:
        sock = object()

        def send(self, data):
            raise error

    class Watched(_transport._TrackedConnection, Breaking):
        pass

    monkeypatch.setattr(_transport._attempt, "connected", True, raising=False)
    with pytest.raises(BrokenPipeError):
        Watched().send(b"data")


def test_transport_limits_each_wait_of_an_upload_only(tmp_path):
    path = tmp_path / "large.car"
    path.write_bytes(b"x" * 8 * 2**20)
    upload = Upload.from_file("Car", "archive", str(path))

    def slow(client):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        data = b""
        while b"--\r\n" not in data[-8:]:
            time.sleep(0.02)
            data = (data + client.recv(2**17))[-64:]
        client.sendall(http(200, b'"C:\\\\x"'))

    with RawServer(slow) as server:
        body = upload.multipart("ArchiveFile", "large.car")
        request = Request("POST", "/api/UploadFile", headers={"Content-Type": body.content_type}, body=body)
        start = time.monotonic()
        assert exchange(server.url, request, timeout=1).status == 200
        assert time.monotonic() - start > 1
    upload.close()


def test_transport_uses_proxies_unless_turned_off(monkeypatch):
    heard = []

    def handler(client):
        heard.append(read_request(client))
        client.sendall(http(200, b"[]"))

    with RawServer(handler) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert exchange("http://astera.invalid:9261").status == 200
        assert heard[0].startswith(b"GET http://astera.invalid:9261/api/Deployments")
        assert failure("http://astera.invalid:9261", use_proxy=False).delivery == RequestError.NOT_SENT
        with RawServer(answering(http(204))) as direct:
            assert exchange(direct.url).status == 204, "never through a proxy to this machine itself"


@pytest.mark.parametrize("url", ["http://localhost.invalid:9261", "http://127.example.invalid:9261"])
def test_transport_uses_no_proxy_for_this_machine_only(monkeypatch, url):
    with RawServer(answering(http(204))) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert exchange(url).status == 204


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_transport_to_this_machine_asks_no_proxy(monkeypatch, name):
    with RawServer(answering(http(502))) as proxy, RawServer(answering(http(204))) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert exchange(server.url.replace("127.0.0.1", name)).status == 204


def test_transport_reports_a_refused_tunnel_as_not_sent(monkeypatch):
    with RawServer(answering(http(407, b"", "Proxy-Authenticate: Basic"))) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        error = failure("https://astera.invalid:9261", POST)
    assert (error.delivery, error.code) == (RequestError.NOT_SENT, "unreachable")
    assert "proxy" in error.message
