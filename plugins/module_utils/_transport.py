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
import os
import re
import socket
import ssl
import threading
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode, urlsplit

from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError, ExchangeError, usage

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
    from ansible_collections.astera.data_stack.plugins.module_utils._connection import Connection

LARGEST_ANSWER = 64 * 1024 * 1024
_LOOPBACK = re.compile(r"localhost|127(\.\d+){3}|::1")
_UPLOAD_BLOCK = 256 * 1024
# Python has a name for it from 3.10 on.
_PARTIAL_CHAIN = getattr(ssl, "VERIFY_X509_PARTIAL_CHAIN", 0x80000)


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


class _Watched:
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


class _PlainConnection(_Watched, HTTPConnection):
    pass


class _TlsConnection(_Watched, HTTPSConnection):
    pass


@functools.lru_cache(maxsize=32)
def tls_context(validate: bool, ca_path: str | None) -> ssl.SSLContext:
    """One context per way to trust, made once: loading the default bundle takes longer than a request."""
    bundle = ca_path or requests.utils.DEFAULT_CA_BUNDLE_PATH
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not validate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        # The task warns once, in its result; a line to stderr for each request says no more.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        return context
    if os.path.isdir(bundle):
        context.load_verify_locations(capath=bundle)
    else:
        context.load_verify_locations(cafile=bundle)
    # A stock server's certificate signs itself: trusting exactly that one is the point of ca_path.
    context.verify_flags |= _PARTIAL_CHAIN
    # urllib3 1.26 cannot leave the name of an address to OpenSSL, and compares names itself where nobody else does.
    context.check_hostname = not urllib3.__version__.startswith("1.")  # type: ignore[attr-defined]
    return context


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
            raise usage("the Python library requests is missing on the machine that calls the API")
        self.base = connection.url
        self._timeout = connection.timeout
        self._validate = connection.validate_certs
        secure = self.base.startswith("https:")
        host = urlsplit(self.base).hostname or ""
        self._session = requests.Session()
        # The environment would replace our certificates (REQUESTS_CA_BUNDLE) and our token (.netrc); of all that it
        # says only the proxies are wanted.
        self._session.trust_env = False
        if connection.use_proxy and not _LOOPBACK.fullmatch(host):
            self._session.proxies = requests.utils.get_environ_proxies(self.base)
            self._check_proxy()
        context = tls_context(connection.validate_certs, connection.ca_path) if secure else None
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
                f"the environment names a proxy on the way to {urlsplit(self.base).netloc} that cannot be used; correct its "
                "address or set use_proxy to false",
            )

    def close(self) -> None:
        self._session.close()

    def exchange(self, request: Request) -> Response:
        """One answer of any status, complete; or an ``ExchangeError`` of phase NOT_SENT or AMBIGUOUS."""
        attempt = _current.attempt = _Attempt(self._timeout)
        if not request.streams:
            attempt.keep_time()
        try:
            answer = self._receive(request)
            if attempt.expired:
                raise requests.Timeout()
            return answer
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise self._failure(request, attempt, error) from error
        finally:
            attempt.end()
            _current.attempt = None

    def _receive(self, request: Request) -> Response:
        query = f"?{urlencode(request.query)}" if request.query else ""
        answer = self._session.request(
            request.method,
            f"{self.base}{request.path}{query}",
            headers=dict(request.headers),
            data=request.body,
            timeout=(self._timeout, self._timeout),
            allow_redirects=False,
            stream=True,
            verify=self._validate,
        )
        try:
            body = b"".join(self._pieces(answer))
            promised = answer.headers.get("Content-Length", "")
            # urllib3 before version 2 takes a body that was cut short for a whole one.
            if promised.isdigit() and request.method != "HEAD" and answer.raw.tell() < int(promised):
                raise requests.ConnectionError("the answer was cut short")
        except BaseException:
            answer.raw.close()
            raise
        return Response(answer.status_code, answer.headers, body)

    def _pieces(self, answer: Any) -> Iterator[bytes]:
        size = 0
        for piece in answer.iter_content(65536):
            size += len(piece)
            if size > LARGEST_ANSWER:
                raise requests.ConnectionError(f"the answer is larger than {LARGEST_ANSWER // 2**20} MiB")
            yield piece

    def _failure(self, request: Request, attempt: _Attempt, error: Exception) -> ExchangeError:
        phase = ExchangeError.AMBIGUOUS if attempt.sent else ExchangeError.NOT_SENT
        code, what = self._diagnosis(attempt, error)
        return ExchangeError(phase, code, what, method=request.method, path=request.path)

    def _diagnosis(self, attempt: _Attempt, error: Exception) -> tuple[str, str]:
        where = urlsplit(self.base).netloc
        cause = _cause(error)
        broken = isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError))
        if isinstance(error, requests.exceptions.SSLError) and not attempt.sent and not broken:
            return "tls", (
                f"the TLS certificate of {where} was not accepted ({_reason(cause)}); "
                "give the server's certificate or its CA as ca_path"
            )
        if isinstance(error, requests.exceptions.ProxyError):
            return (
                "unreachable",
                f"the proxy on the way to {where} refused or failed ({_reason(cause)}); check it or set use_proxy to false",
            )
        if not attempt.sent:
            return (
                "unreachable",
                f"{where} cannot be reached ({_reason(cause)}); check url, network and that the Astera service runs",
            )
        if attempt.expired or isinstance(error, requests.Timeout):
            return (
                "timeout",
                f"{where} did not answer in full within {self._timeout} seconds; a larger timeout allows it more",
            )
        return "unreachable", f"the connection to {where} broke before a whole answer came ({_reason(cause)})"


def _cause(error: BaseException) -> BaseException:
    """The innermost error that says something: requests wraps urllib3's, which wraps the system's."""
    inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
    if isinstance(inner, BaseException) and inner is not error:
        return _cause(inner)
    if len(error.args) > 1 and isinstance(error.args[1], BaseException):
        return _cause(error.args[1])
    return error.__cause__ if isinstance(error.__cause__, OSError) else error


def _reason(error: BaseException) -> str:
    """One short phrase, without addresses of Python objects."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    # urllib3 1.26 has the system's error only in its text.
    text = re.sub(r"\[Errno -?\d+\] ", "", str(error)) or type(error).__name__
    return text.rsplit(": ", 1)[-1] if " object at 0x" in text or text.startswith("<") else text
