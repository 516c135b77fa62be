# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send one HTTP request: TLS, timeouts, proxies, size limits, and what a failure says about the server.

``timeout`` limits each of these steps on its own: connecting to each address of the host, the handshake of a proxy, that of
TLS, each block of a request that is sent, and the response as a whole. A request to a host with one address and no proxy
therefore takes at most three times ``timeout``, and the time that its body needs.

Knows nothing of tokens, Astera's objects or Ansible. Redirects are never followed (a redirected POST would become a
GET, and the token would go to another host), ``.netrc`` is never read. Private to this collection.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import re
import socket
import ssl
import threading
import time
import traceback
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from .._errors import AsteraError, RequestError, usage
from .._secrets import reveal
from . import tls as _tls

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection

    LIBRARY_ERROR = None
except ImportError:
    LIBRARY_ERROR = traceback.format_exc()
    HTTPAdapter = HTTPConnection = HTTPSConnection = object  # type: ignore[assignment,misc]

if TYPE_CHECKING:
    from .connection import Connection
    from .upload import Multipart

# Of a response, also after decompression.
MAX_RESPONSE_SIZE = 64 * 1024 * 1024
# Of a socket without a timeout, which requests makes none of.
MAX_RESPONSE_SECONDS = 3600.0
_LOOPBACK = re.compile(r"localhost|127(\.\d+){3}|::1")
_UPLOAD_BLOCK = 256 * 1024
_READ_BLOCK = 64 * 1024


@dataclass(frozen=True)
class Request:
    """One request. body: bytes, or a form that streams. A streamed body has a time limit for each wait, not in all."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | Multipart | None = field(default=None, repr=False)

    def rewind(self) -> None:
        """Go back to the start of a streamed body, which an earlier attempt might have read."""
        if self.body is not None and not isinstance(self.body, bytes):
            self.body.rewind()


def json_request(method: str, path: str, content: Any) -> Request:
    """Return a request with a JSON body. This is the only place where secrets become plain text."""
    body = json.dumps(reveal(content)).encode()
    return Request(method, path, headers={"Content-Type": "application/json"}, body=body)


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "").split(";")[0].strip().lower()

    @property
    def retry_after(self) -> float | None:
        """Return the seconds in either form of ``Retry-After``; None where it is missing or makes no sense."""
        try:
            return urllib3.util.Retry().parse_retry_after(self.headers.get("Retry-After", ""))
        except (urllib3.exceptions.HTTPError, ValueError, OverflowError):
            return None


# Of each thread. connected: false while its request waits for a new connection, so that the server has seen nothing of it.
_attempt = threading.local()


class _TimedReader(io.RawIOBase):
    """Read from a socket until a deadline, in however many pieces the bytes arrive."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._seconds = sock.gettimeout() or MAX_RESPONSE_SECONDS
        self._end = time.monotonic() + self._seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        # The next request on this connection has a deadline of its own.
        with contextlib.suppress(OSError):
            self._sock.settimeout(self._seconds)
        self._raw.close()
        super().close()


class _TimedResponse(HTTPResponse):
    """A response that must arrive within the timeout of its socket as a whole. Each piece of it has the time that is left."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_TimedReader(sock))


class _TrackedConnection:
    """A connection that notes whether it could be made, and that reads an early response to an upload."""

    response_class: Any = _TimedResponse

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # How much of a body is read at once. An argument for it is not in all supported versions of urllib3.
        self.blocksize = _UPLOAD_BLOCK

    def connect(self) -> None:
        """Connect, with the handshakes of TLS and of a proxy. What fails in here was not sent."""
        _attempt.connected = False
        super().connect()  # type: ignore[misc]
        _attempt.connected = True

    def send(self, data: Any) -> None:
        try:
            super().send(data)  # type: ignore[misc]
        except (ConnectionError, ssl.SSLError) as error:
            if not _attempt.connected:
                raise
            # A server that rejects an upload responds before it has read it all, and closes the connection. urllib3 goes
            # on to read that response after a broken pipe only.
            raise BrokenPipeError(str(error)) from error


class _PlainConnection(_TrackedConnection, HTTPConnection):
    pass


class _TlsConnection(_TrackedConnection, HTTPSConnection):
    pass


class _Adapter(HTTPAdapter):
    """The adapter of requests, with tracked connections and the TLS context of this collection."""

    def __init__(self, context: ssl.SSLContext | None, connections: int) -> None:
        self._context = context
        super().__init__(pool_connections=2, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pool_classes()

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)
        manager.pool_classes_by_scheme = _pool_classes()
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Do nothing: the context has the trusted certificates, and requests would add its own bundle."""


@functools.lru_cache(maxsize=1)
def _pool_classes() -> dict[str, type]:
    plain = type("_PlainPool", (urllib3.HTTPConnectionPool,), {"ConnectionCls": _PlainConnection})
    tls = type("_TlsPool", (urllib3.HTTPSConnectionPool,), {"ConnectionCls": _TlsConnection})
    return {"http": plain, "https": tls}


class Transport:
    """Requests to one server over persistent connections."""

    def __init__(self, connection: Connection, connections: int = 16) -> None:
        if LIBRARY_ERROR:
            raise usage("the Python library requests is missing. Install it on the machine where the task runs.")
        self.base = connection.url
        self._timeout = connection.timeout
        self._validate = connection.validate_certs
        self._client_cert = connection.client_cert
        self._netloc = urlsplit(self.base).netloc
        secure = self.base.startswith("https:")
        host = urlsplit(self.base).hostname or ""
        self._session = requests.Session()
        # Because the environment would replace the certificates (REQUESTS_CA_BUNDLE) and the token (.netrc). Of its
        # settings, only the proxies are used.
        self._session.trust_env = False
        if connection.use_proxy and not _LOOPBACK.fullmatch(host):
            self._session.proxies = requests.utils.get_environ_proxies(self.base)
            self._check_proxy()
        context = _tls.tls_context(connection) if secure else None
        adapter = _Adapter(context, connections)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def _check_proxy(self) -> None:
        """Refuse an invalid address in a message of its own: those of the libraries quote it, and it might hold a password."""
        proxy = requests.utils.select_proxy(self.base, self._session.proxies)
        if not proxy:
            return
        try:
            whole: str = requests.utils.prepend_scheme_if_needed(proxy, "http")  # type: ignore[no-untyped-call]
            parsed = urllib3.util.parse_url(whole)
            host = parsed.host if parsed.scheme in ("http", "https") else None
        except (TypeError, ValueError):
            # A TypeError where there are credentials and no host: requests joins them.
            host = None
        if not host:
            raise AsteraError(
                "unreachable",
                f"the environment names a proxy on the way to {self._netloc} that cannot be used. Correct its "
                "address, or set use_proxy to false.",
            )

    def close(self) -> None:
        self._session.close()

    def send(self, request: Request) -> Response:
        """Return the complete response, of any status. Raise a ``RequestError`` that was NOT_SENT or is AMBIGUOUS."""
        # As it is for a connection that an earlier request has made.
        _attempt.connected = True
        try:
            return self._receive(request)
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            HTTPException,
            OSError,
            ValueError,
            zlib.error,
        ) as error:
            raise self._failure(request, error) from error

    def _receive(self, request: Request) -> Response:
        query = f"?{urlencode(request.query)}" if request.query else ""
        response = self._session.request(
            request.method,
            f"{self.base}{request.path}{query}",
            headers={"Accept-Encoding": "identity", **request.headers},
            data=request.body,
            timeout=(self._timeout, self._timeout),
            allow_redirects=False,
            stream=True,
            verify=self._validate,
        )
        try:
            body = b"".join(self._pieces(response))
        except BaseException:
            response.raw.close()
            raise
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        return Response(response.status_code, response.headers, _unpack(body, encoding))

    def _pieces(self, response: Any) -> Iterator[bytes]:
        """Yield the body without its chunks, and never more of it than is allowed.

        Read by ``read``, for which Python's own library takes the chunks apart and limits their lines. ``stream`` of urllib3
        does not limit them.
        """
        size = 0
        while piece := response.raw.read(_READ_BLOCK, decode_content=False):
            size += len(piece)
            if size > MAX_RESPONSE_SIZE:
                raise requests.ConnectionError(f"the response is larger than {MAX_RESPONSE_SIZE // 2**20} MiB")
            yield piece
        promised = response.headers.get("Content-Length", "")
        # urllib3 before version 2 takes a body that was cut short for a whole one.
        if promised.isdigit() and size < int(promised):
            raise requests.ConnectionError("the response was cut short")

    def _failure(self, request: Request, error: Exception) -> RequestError:
        cause = _cause(error)
        request_info: dict[str, Any] = {"method": request.method, "path": request.path}
        # A server that rejects the client's certificate may say so after the first byte, and has not read it then.
        of_tls = isinstance(error, requests.exceptions.SSLError) or isinstance(cause, ssl.SSLError)
        if of_tls and (not _attempt.connected or _tls.rejects_client(cause)):
            message = _tls.failure_message(cause, self._netloc, self._client_cert is not None)
            if message:
                return RequestError(RequestError.NOT_SENT, "tls", message, **request_info)
        delivery = RequestError.AMBIGUOUS if _attempt.connected else RequestError.NOT_SENT
        code, what = self._classify_error(error, cause)
        return RequestError(delivery, code, what, **request_info)

    def _classify_error(self, error: Exception, cause: BaseException) -> tuple[str, str]:
        if isinstance(error, requests.exceptions.ProxyError):
            return "unreachable", (
                f"the proxy on the way to {self._netloc} rejected the request or failed ({_tls.error_reason(cause)}). Check the proxy, or set "
                "use_proxy to false."
            )
        if not _attempt.connected and self.base.startswith("https:") and isinstance(cause, _tls.CLOSED):
            return "unreachable", (
                f"{self._netloc} closed the connection during the TLS handshake ({_tls.error_reason(cause)}). Check the port, and that the "
                "server offers TLS 1.2 or later."
            )
        if not _attempt.connected:
            return "unreachable", (
                f"{self._netloc} cannot be reached ({_tls.error_reason(cause)}). Check url, the network, and that the Astera service is running."
            )
        if isinstance(error, (requests.Timeout, urllib3.exceptions.TimeoutError)) or isinstance(cause, socket.timeout):
            return "timeout", (
                f"{self._netloc} did not send a complete response within {self._timeout} seconds. Increase timeout if the server "
                "is slow."
            )
        return "unreachable", (
            f"the connection to {self._netloc} failed before the response was complete ({_tls.error_reason(cause)}). Check the server"
            f"{'' if self.base.startswith('https:') else ', and that it does not expect https://'}."
        )


def _unpack(body: bytes, encoding: str) -> bytes:
    """Return the body without the compression that a proxy might add unasked, and never more of it than is allowed."""
    if not body or encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise requests.ConnectionError("the response is compressed, although no compression was asked for")
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    content = unpacker.decompress(body, MAX_RESPONSE_SIZE + 1)
    if len(content) > MAX_RESPONSE_SIZE:
        raise requests.ConnectionError(f"the response is larger than {MAX_RESPONSE_SIZE // 2**20} MiB")
    if not unpacker.eof:
        raise requests.ConnectionError("the response was cut short")
    return content


def _cause(error: BaseException) -> BaseException:
    """Return the innermost error with a cause: requests wraps the error of urllib3, which wraps that of the system."""
    inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
    if isinstance(inner, BaseException) and inner is not error:
        return _cause(inner)
    if len(error.args) > 1 and isinstance(error.args[1], BaseException):
        return _cause(error.args[1])
    return error.__cause__ if isinstance(error.__cause__, OSError) else error
