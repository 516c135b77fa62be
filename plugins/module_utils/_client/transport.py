# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP exchange: TLS, timeouts, proxies, size limits, and what a failure says about the server.

Knows nothing of tokens, Astera's objects or Ansible. Redirects are never followed (a redirected POST would become a
GET, and the token would go to another host), ``.netrc`` is never read. Private to this collection.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
import socket
import ssl
import threading
import traceback
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode, urlsplit

from ansible_collections.astera.data_stack.plugins.module_utils._client import tls as _tls
from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError, RequestError, usage
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import reveal

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
    from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import Connection

# Of an answer, as it is after decompression.
MAX_RESPONSE_SIZE = 64 * 1024 * 1024
_LOOPBACK = re.compile(r"localhost|127(\.\d+){3}|::1")
_UPLOAD_BLOCK = 256 * 1024
_READ_BLOCK = 64 * 1024
# The only compression that is asked for, and the only one that is read. Its names in Content-Encoding, and none at all.
_GZIP, _PLAIN = ("gzip", "x-gzip"), ("", "identity")


class Body(Protocol):
    """A request body that is read in blocks, and from its start again when the call is repeated."""

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most so many."""

    def __len__(self) -> int:
        """How many there are in all."""

    def rewind(self) -> None:
        """Back to the first of them."""


@dataclass(frozen=True)
class Request:
    """One call. body: bytes, or a ``Body`` that streams. A streamed body has a time limit for each wait, not in all."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | Body | None = field(default=None, repr=False)

    @property
    def streams(self) -> bool:
        return self.body is not None and not isinstance(self.body, bytes)

    def rewind(self) -> None:
        """To the start of a streamed body, which an attempt before may have read."""
        if self.body is not None and not isinstance(self.body, bytes):
            self.body.rewind()


def json_request(method: str, path: str, content: Any) -> Request:
    """A call with a JSON body; the only place where secrets become plain text."""
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


class _Attempt:
    """What one exchange has done so far. The connection classes below write it, the time keeper reads it."""

    def __init__(self, seconds: float) -> None:
        self.connection: Any = None
        self.sock: Any = None
        self.sent = False
        self.expired = False
        self._keeper = threading.Timer(seconds, self._expire)
        self._keeper.daemon = True

    def keep_time(self) -> None:
        """From now on, once."""
        if self._keeper.ident is None:
            self._keeper.start()

    def end(self) -> None:
        self._keeper.cancel()

    def _expire(self) -> None:
        """End the exchange: whoever waits for the server now sees a closed connection.

        The raw socket is shut, not the TLS object, which may be in use in the thread that waits.
        """
        self.expired = True
        # A connection lets go of its socket before the end of an answer that has no length.
        sock = self.sock or getattr(self.connection, "sock", None)
        if sock is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


_current = threading.local()


class _TrackedConnection:
    """A connection that says when the first byte of a request went out, and that survives an early answer."""

    connecting = False
    sock: socket.socket | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # How much of a body is read at once. An argument for it is not in all supported versions of urllib3.
        self.blocksize = _UPLOAD_BLOCK

    def connect(self) -> None:
        attempt = getattr(_current, "attempt", None)
        if attempt:
            attempt.connection = self
        self.connecting = True
        try:
            super().connect()  # type: ignore[misc]
        finally:
            self.connecting = False

    def send(self, data: Any) -> None:
        attempt = getattr(_current, "attempt", None)
        if attempt is None or self.connecting:
            super().send(data)  # type: ignore[misc]
            return
        if self.sock is None:
            self.connect()
        if attempt.expired:
            raise socket.timeout("no connection in time")
        attempt.sock = self.sock
        attempt.sent = True
        try:
            super().send(data)  # type: ignore[misc]
        except (ConnectionError, ssl.SSLError) as error:
            # A server that refuses an upload answers before it has read it all, and closes. urllib3 goes on to read
            # that answer after a broken pipe only.
            raise BrokenPipeError(str(error)) from error

    def getresponse(self, *args: Any, **kwargs: Any) -> Any:
        # A file may take its time; the answer to it may not.
        attempt = getattr(_current, "attempt", None)
        if attempt:
            attempt.keep_time()
        return super().getresponse(*args, **kwargs)  # type: ignore[misc]


class _PlainConnection(_TrackedConnection, HTTPConnection):
    pass


class _TlsConnection(_TrackedConnection, HTTPSConnection):
    pass


class _Adapter(HTTPAdapter):
    """requests' adapter on watched connections and on our own TLS context."""

    def __init__(self, context: ssl.SSLContext | None, connections: int) -> None:
        self._context = context
        super().__init__(pool_connections=2, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pool_classes()

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        if urlsplit(proxy).scheme.lower() not in ("http", "https"):
            raise requests.exceptions.ProxyError("only HTTP proxies can be used")
        manager = super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)
        manager.pool_classes_by_scheme = _pool_classes()
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing: the context knows whom to trust, and requests would add its own bundle to it."""


@functools.lru_cache(maxsize=1)
def _pool_classes() -> dict[str, type]:
    plain = type("_PlainPool", (urllib3.HTTPConnectionPool,), {"ConnectionCls": _PlainConnection})
    tls = type("_TlsPool", (urllib3.HTTPSConnectionPool,), {"ConnectionCls": _TlsConnection})
    return {"http": plain, "https": tls}


class Transport:
    """Exchanges with one server over kept connections."""

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
        # The environment would replace our certificates (REQUESTS_CA_BUNDLE) and our token (.netrc); of all that it
        # says only the proxies are wanted.
        self._session.trust_env = False
        if connection.use_proxy and not _LOOPBACK.fullmatch(host):
            self._session.proxies = requests.utils.get_environ_proxies(self.base)
            self._check_proxy()
        context = _tls.tls_context(connection) if secure else None
        adapter = _Adapter(context, connections)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def _check_proxy(self) -> None:
        """Refuse an address that cannot be one, and not in the words of others: they quote it, and it may hold a password."""
        proxy = requests.utils.select_proxy(self.base, self._session.proxies)
        if not proxy:
            return
        try:
            whole: str = requests.utils.prepend_scheme_if_needed(proxy, "http")  # type: ignore[no-untyped-call]
            host = urllib3.util.parse_url(whole).host
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
        """One answer of any status, complete; or an ``RequestError`` of delivery NOT_SENT or AMBIGUOUS."""
        attempt = _current.attempt = _Attempt(self._timeout)
        if not request.streams:
            attempt.keep_time()
        try:
            answer = self._receive(request)
            if attempt.expired:
                raise requests.Timeout()
            return answer
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            HTTPException,
            OSError,
            ValueError,
            zlib.error,
        ) as error:
            raise self._failure(request, attempt, error) from error
        finally:
            attempt.end()
            _current.attempt = None

    def _receive(self, request: Request) -> Response:
        query = f"?{urlencode(request.query)}" if request.query else ""
        answer = self._session.request(
            request.method,
            f"{self.base}{request.path}{query}",
            headers={"Accept-Encoding": _GZIP[0], **request.headers},
            data=request.body,
            timeout=(self._timeout, self._timeout),
            allow_redirects=False,
            stream=True,
            verify=self._validate,
        )
        try:
            body = b"".join(self._decoded(answer, request.method))
        except BaseException:
            answer.raw.close()
            raise
        return Response(answer.status_code, answer.headers, body)

    def _decoded(self, answer: Any, method: str) -> Iterator[bytes]:
        """Yield the content, never more of it than is allowed: a small compressed answer may become a large one."""
        encoding = answer.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in (*_GZIP, *_PLAIN):
            raise requests.ConnectionError("the answer is compressed in a way that was not asked for")
        unpack = zlib.decompressobj(16 + zlib.MAX_WBITS) if encoding in _GZIP else None
        size = 0
        for piece in self._raw_pieces(answer, method):
            while piece:
                content = piece
                if unpack:
                    content, piece = _unpacked(unpack, piece)
                else:
                    piece = b""
                size += len(content)
                if size > MAX_RESPONSE_SIZE:
                    raise requests.ConnectionError(f"the answer is larger than {MAX_RESPONSE_SIZE // 2**20} MiB")
                yield content
        if unpack and size and not unpack.eof:
            raise requests.ConnectionError("the answer was cut short")

    def _raw_pieces(self, answer: Any, method: str) -> Iterator[bytes]:
        """Yield the body as it was sent, without its chunks.

        Read by ``read``, for which Python's own library takes the chunks apart and limits their lines. ``stream`` of urllib3
        does not limit them.
        """
        received = 0
        while True:
            piece = answer.raw.read(_READ_BLOCK, decode_content=False)
            if _current.attempt.expired:
                raise requests.Timeout()
            if not piece:
                break
            received += len(piece)
            yield piece
        promised = answer.headers.get("Content-Length", "")
        # urllib3 before version 2 takes a body that was cut short for a whole one.
        if promised.isdigit() and method != "HEAD" and received < int(promised):
            raise requests.ConnectionError("the answer was cut short")

    def _failure(self, request: Request, attempt: _Attempt, error: Exception) -> RequestError:
        cause = _cause(error)
        request_info: dict[str, Any] = {"method": request.method, "path": request.path}
        # A server that rejects the client's certificate may say so after the first byte, and has not read it then.
        of_tls = isinstance(error, requests.exceptions.SSLError) or isinstance(cause, ssl.SSLError)
        if of_tls and (not attempt.sent or _tls.rejects_client(cause)):
            message = _tls.failure_message(cause, self._netloc, self._client_cert is not None)
            if message:
                return RequestError(RequestError.NOT_SENT, "tls", message, **request_info)
        delivery = RequestError.AMBIGUOUS if attempt.sent else RequestError.NOT_SENT
        code, what = self._classify_error(attempt, error, cause)
        return RequestError(delivery, code, what, **request_info)

    def _classify_error(self, attempt: _Attempt, error: Exception, cause: BaseException) -> tuple[str, str]:
        if isinstance(error, requests.exceptions.ProxyError):
            return "unreachable", (
                f"the proxy on the way to {self._netloc} rejected the request or failed ({_tls.error_reason(cause)}). Check the proxy, or set "
                "use_proxy to false."
            )
        if not attempt.sent and self.base.startswith("https:") and isinstance(cause, _tls.CLOSED):
            return "unreachable", (
                f"{self._netloc} closed the connection during the TLS handshake ({_tls.error_reason(cause)}). Check the port, and that the "
                "server offers TLS 1.2 or later."
            )
        if not attempt.sent:
            return "unreachable", (
                f"{self._netloc} cannot be reached ({_tls.error_reason(cause)}). Check url, the network, and that the Astera service is running."
            )
        if attempt.expired or isinstance(error, requests.Timeout):
            return "timeout", (
                f"{self._netloc} did not send a complete response within {self._timeout} seconds. Increase timeout if the server "
                "is slow."
            )
        return "unreachable", (
            f"the connection to {self._netloc} failed before the response was complete ({_tls.error_reason(cause)}). Check the server"
            f"{'' if self.base.startswith('https:') else ', and that it does not expect https://'}."
        )


def _unpacked(unpack: Any, piece: bytes) -> tuple[bytes, bytes]:
    """Return some content and what is left of the piece. What follows the end of the compressed data is not read."""
    content = unpack.decompress(piece, _READ_BLOCK)
    return content, b"" if unpack.eof else unpack.unconsumed_tail


def _cause(error: BaseException) -> BaseException:
    """The innermost error that says something: requests wraps urllib3's, which wraps the system's."""
    inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
    if isinstance(inner, BaseException) and inner is not error:
        return _cause(inner)
    if len(error.args) > 1 and isinstance(error.args[1], BaseException):
        return _cause(error.args[1])
    return error.__cause__ if isinstance(error.__cause__, OSError) else error
