# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Login, the token's life, and what is safe to repeat. Knows nothing of Astera's objects. Private to this collection."""

from __future__ import annotations

import codecs
import html
import json
import os
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.plugins.module_utils._client.transport import Request, Response, Transport
from ansible_collections.astera.data_stack.plugins.module_utils._errors import (
    NOT_COMMITTED,
    UNKNOWN,
    AsteraError,
    RequestError,
)
from ansible_collections.astera.data_stack.plugins.module_utils._redactor import Redactor
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import Secret, mask, reveal, wrap_secrets

if TYPE_CHECKING:
    from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import Connection

LOGIN_PATH = "/api/account/login"
_TOKEN_NAMES = ("access_token", "accessToken", "token")
MAX_RETRY_DELAY = 60.0
MAX_DETAIL_LENGTH = 500
# Of an answer's JSON. What it becomes in memory depends on how many values it has, not on how long it is.
MAX_JSON_VALUES = 2_000_000
_MAX_SHOWN_KEYS = 10
_MAX_SHOWN_TYPE = 100
# "It did not work", said with a status of success.
_FAILED = re.compile(
    rb'"(?:(?:is)?succe(?:ss|eded|ssful)"\s*:\s*"?(?:false|0)|(?:is|has)errors?"\s*:\s*"?(?:true|1))\b|\A\s*\[\s*\{\s*"(?:code|description)"\s*:',
    re.IGNORECASE,
)
# A login may answer with nothing but the token.
_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*")
# Of an answer that is no success only so much is read for the server's words.
_LONGEST_REFUSAL = 64 * 1024
_CODES = {401: "authentication", 403: "permission", 404: "not_found"}
_RETRYABLE_STATUSES = (408, 429, 502, 503, 504)
# Where an error's JSON has its message, the most telling first.
_MESSAGE_KEYS = ("title", "message", "detail", "error", "description", "error_description", "errors")
# What the login is answered where there is none. Any other rejection is a refused login.
_NO_LOGIN_THERE = (404, 405)
_NOT_REPEATED = " The login was refused earlier in this run, and is not repeated."
_NOT_CONFIGURED = ". If the server is new, it might have no repository yet, and allow no login before: configure it in the Astera client."
_LOGIN_REMEDIES = {
    404: ". Set url to the server's own address, without a path.",
    405: ". Set url to the server's own address, without a path.",
    500: _NOT_CONFIGURED,
    503: _NOT_CONFIGURED,
}


class WritePermission:
    """Leave to change the server. Only a real run makes one; without it a session cannot send a write."""


class Clock:
    """The time, so that tests need not wait."""

    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)

    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    def zone(self) -> tzinfo | None:
        """The caller's time zone: that of ``TZ``, which a task's ``environment`` may set. None: that of the process."""
        try:
            return ZoneInfo(os.environ["TZ"].lstrip(":"))
        except (KeyError, ValueError, OSError):
            return None

    def pauses(self, retries: int) -> Iterator[float]:
        """Seconds to wait before each further attempt: half a second, doubled each time, with jitter."""
        for attempt in range(retries):
            yield min(MAX_RETRY_DELAY, 0.5 * 2**attempt) * random.uniform(0.5, 1.0)


class ProgressThrottle:
    """Passes lines on how far something is to whoever watches, not more often than every few seconds."""

    def __init__(
        self, tell: Callable[[str], None], seconds: float = 5.0, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._tell = tell
        self._seconds = seconds
        self._now = now
        self._last = now()

    def report(self, line: str) -> None:
        now = self._now()
        if now - self._last >= self._seconds:
            self._last = now
            self._tell(line)


class TokenProvider:
    """Where a session's token comes from: a login of its own. Others may share one between the tasks of a run."""

    def fetch(self, connection: Connection, refused: Secret | None, login: Callable[[], Secret]) -> Secret:
        """A token that is not ``refused``, the one that the server no longer takes."""
        return login()


class Session:
    """Authenticated exchanges with one server, from any number of threads."""

    def __init__(
        self,
        connection: Connection,
        redactor: Redactor,
        clock: Clock | None = None,
        transport: Callable[[Connection], Transport] = Transport,
        tokens: TokenProvider | None = None,
    ) -> None:
        self.connection = connection
        self.clock = clock or Clock()
        self._learned: frozenset[str] = frozenset()
        self._lock = threading.Lock()
        self._learning = threading.Lock()
        self.redact = redactor
        self._make_transport = transport
        self._transport = transport(connection)
        self._tokens = tokens or TokenProvider()
        self._token = connection.token
        self._refused: Secret | None = None
        self._login_error: AsteraError | None = None

    @property
    def host(self) -> str:
        return self.connection.url.split("//", 1)[1]

    @property
    def server_url(self) -> str:
        """The address of the server that is spoken of."""
        return self.connection.url

    @property
    def redact(self) -> Redactor:
        """For the task that has the session now. It knows what the tasks before it have learned from the server, too."""
        return self._redact

    @redact.setter
    def redact(self, redactor: Redactor) -> None:
        with self._learning:
            self._redact = redactor.with_secrets(self._learned)

    @property
    def learned_secrets(self) -> frozenset[str]:
        return self._learned

    def add_secrets(self, *secrets: str) -> None:
        """Secrets that the server has told, and may tell again where nobody looks for them. Safe in any thread."""
        with self._learning:
            new = self._learned.union(secrets)
            if new != self._learned:
                self._redact, self._learned = self._redact.with_secrets(secrets), new

    def close(self) -> None:
        self._transport.close()

    def reconfigure(self, connection: Connection) -> None:
        """Go on with other limits, or at another address of the same server, over new connections."""
        self.close()
        self.connection = connection
        self._transport = self._make_transport(connection)

    def reconnect(self, connection: Connection) -> None:
        """Go on at another address, over new connections and with a fresh login."""
        self.reconfigure(connection)
        self.forget_token()

    def forget_token(self) -> None:
        """Log in again before the next call. A token that was given, rather than fetched, stays."""
        if self.connection.token is None:
            self._refused, self._token = self._token or self._refused, None

    def read(self, path: str) -> Response:
        """GET, repeated while that can help."""
        return self._send_with_retries(Request("GET", path), repeat_ambiguous=True)

    def write(self, permit: WritePermission, request: Request, *, repeatable: bool = False) -> Response:
        """A call that changes the server. Repeated only if it was certainly not carried out, or is ``repeatable``.

        Raises an ``RequestError`` whose outcome says whether the change was made.
        """
        if not isinstance(permit, WritePermission):
            raise TypeError("a write needs a permit, which check mode has not")
        try:
            return self._send_with_retries(request, repeat_ambiguous=repeatable)
        except RequestError as error:
            error.outcome = UNKNOWN if error.delivery == RequestError.AMBIGUOUS else NOT_COMMITTED
            raise

    def _log_in(self) -> Secret:
        """Return a new token. A refused login is never repeated, because accounts get locked."""
        connection = self.connection
        credentials = {"User": connection.username, "Password": connection.password, "RememberMe": 0}
        request = json_request("POST", LOGIN_PATH, credentials)
        for pause in [*self.clock.pauses(connection.retries), None]:
            try:
                return self._parse_token(self._send(request))
            except RequestError as error:
                if error.delivery == RequestError.REJECTED and error.status not in _NO_LOGIN_THERE:
                    raise self._refused_login(error) from error
                if pause is None or not _is_transient(error):
                    # What the login met says nothing about the request that needed it: that one was never sent.
                    raise error.with_message(error.message + _LOGIN_REMEDIES.get(error.status or 0, "")) from error
                self.clock.sleep(_pause_after(error, pause))
        raise AssertionError("unreachable")

    def _refused_login(self, error: RequestError) -> AsteraError:
        words = f": {error.detail[:200]}" if error.detail else ""
        return error.with_message(
            f"{self.host} refused the login of {self.connection.username} (HTTP {error.status}{words}). Check username and password. "
            "If they are correct, the server might have no repository yet, or the account might be locked or its e-mail address "
            "not confirmed: configure the server in the Astera client, unlock the account, or confirm the address.",
            code="authentication",
        )

    def _send_with_retries(self, request: Request, *, repeat_ambiguous: bool) -> Response:
        renewed = False
        for pause in [*self.clock.pauses(self.connection.retries), None]:
            try:
                return self._authenticated(request)
            except RequestError as error:
                unsafe = error.delivery == RequestError.AMBIGUOUS and not repeat_ambiguous
                if pause is None or unsafe or not _is_transient(error):
                    raise
                if error.status == 500 and not renewed:
                    # Some servers say so to a token that ran out, and go on to until somebody logs in.
                    renewed = True
                    self.forget_token()
                self.clock.sleep(_pause_after(error, pause))
        raise AssertionError("unreachable")

    def _authenticated(self, request: Request) -> Response:
        """With one fresh login where the token turns out to be no longer good."""
        token = self._ensure_token(None)
        try:
            return self._send(request, token)
        except RequestError as error:
            if error.status != 401:
                raise
            if self.connection.token is not None:
                raise error.with_message(f"{self.host} rejected the token (HTTP 401). Set a fresh token.") from error
        try:
            return self._send(request, self._ensure_token(token))
        except RequestError as error:
            if error.status != 401:
                raise
            raise error.with_message(
                f"{self.host} rejected the token that it had just issued (HTTP 401). Check the permissions of the account "
                "and the clock of the server.",
            ) from error

    def _ensure_token(self, refused: Secret | None) -> Secret:
        """Return a token after at most one login, even if several threads find at once that the old one is no longer good."""
        with self._lock:
            if refused is not None and self._token is refused:
                self._refused, self._token = refused, None
            if self._login_error is not None:
                raise refused_before(self._login_error)
            if self._token is None:
                try:
                    self._token = self._tokens.fetch(self.connection, self._refused, self._log_in)
                except AsteraError as error:
                    if error.code == "authentication":
                        self._login_error = error
                    raise
            return self._token

    def _send(self, request: Request, token: Secret | None = None) -> Response:
        if token is not None:
            # It may come from elsewhere than a login of this task.
            self.add_secrets(token.reveal())
            request = replace(request, headers={**request.headers, "Authorization": f"Bearer {token.reveal()}"})
        request.rewind()
        answer = self._transport.send(request)
        if 200 <= answer.status < 300 and not _is_error_body(answer):
            return answer
        raise self.refusal(request, answer)

    def refusal(self, request: Request, answer: Response) -> RequestError:
        """What an answer means that is no success."""
        status = answer.status
        detail = self.detail(answer)
        request_info = {"method": request.method, "path": request.path, "status": status, "detail": detail}
        said = f"{request.method} {request.path} (HTTP {status}{': ' + detail[:200] if detail else ''})"
        if 300 <= status < 400:
            delivery, code = RequestError.AMBIGUOUS, "invalid_response"
            message = f"{self.host} redirected {said}. Redirects are not followed: set url to the server's own address."
        elif status in _RETRYABLE_STATUSES or status >= 500:
            delivery = RequestError.THROTTLED if status == 429 else RequestError.AMBIGUOUS
            code = "unreachable" if status in _RETRYABLE_STATUSES else "rejected"
            message = f"{self.host} failed to process {said}"
        else:
            delivery, code = RequestError.REJECTED, _CODES.get(status, "rejected")
            message = f"{self.host} rejected {said}"
            if status == 403:
                message += ". Give the account's role permission for this REST URL."
        return RequestError(delivery, code, message, retry_after=_retry_after(answer), **request_info)

    def detail(self, answer: Response) -> str:
        """The server's words: out of ProblemDetails, a message object, a JSON text, plain text or HTML; redacted."""
        text = _decoded(answer.body[:_LONGEST_REFUSAL])
        try:
            text = _words(mask(wrap_secrets(_values.load_json(text))))
        except (ValueError, RecursionError):
            if "html" in answer.content_type or text.lstrip().startswith("<"):
                text = _text_of_html(self.redact.redact_server_text(text))
        text = " ".join(self.redact.redact_server_text(text).split())
        return self.redact.redact_truncated(text)[:MAX_DETAIL_LENGTH]

    def _parse_token(self, answer: Response) -> Secret:
        plain = answer.body.decode("utf-8-sig", "replace").strip().strip('"')
        content = {_TOKEN_NAMES[0]: plain} if _TOKEN.fullmatch(plain) else parse_json(answer, LOGIN_PATH)
        names = sorted(content) if isinstance(content, dict) else []
        holders = [content, *content.values()] if isinstance(content, dict) else []
        found = (_values.get(holder, name) for holder in holders if isinstance(holder, dict) for name in _TOKEN_NAMES)
        for token in found:
            if isinstance(token, str) and token and all("!" <= character <= "~" for character in token):
                self.add_secrets(token)
                return Secret(token)
        raise AsteraError(
            "invalid_response",
            f"{self.host} did not return a token for the login (keys: {', '.join(map(str, names[:_MAX_SHOWN_KEYS])) or 'none'}). "
            "Check that url is that of an Astera Integration Server.",
            method="POST",
            path=LOGIN_PATH,
            status=answer.status,
        )


def refused_before(error: AsteraError) -> AsteraError:
    """Return the error for a login that is not sent, because the server refused it before."""
    return error.with_message(error.message.removesuffix(_NOT_REPEATED) + _NOT_REPEATED)


def json_request(method: str, path: str, content: Any) -> Request:
    """A call with a JSON body; the only place where secrets become plain text."""
    body = json.dumps(reveal(content)).encode()
    return Request(method, path, headers={"Content-Type": "application/json"}, body=body)


def parse_json(answer: Response, path: str, method: str = "POST") -> Any:
    """Return the JSON of a successful answer. Raise an ``RequestError`` of delivery AMBIGUOUS if it is none."""
    try:
        return _load_json(answer.body)
    except _TooManyValuesError as error:
        raise RequestError(
            RequestError.AMBIGUOUS,
            "invalid_response",
            f"the answer to {method} {path} has more than {MAX_JSON_VALUES:,} values, which is more than this collection reads. "
            "Check that url is that of an Astera Integration Server.",
            method=method,
            path=path,
            status=answer.status,
        ) from error
    except ValueError as error:
        raise not_json(answer, path, method) from error


class _TooManyValuesError(ValueError):
    """The values of a JSON text would take too much memory."""


def _load_json(body: bytes) -> Any:
    # An upper limit that costs nothing: each value but the first comes after one of these.
    if sum(map(body.count, (b",", b"[", b"{"))) > MAX_JSON_VALUES:
        raise _TooManyValuesError
    return _values.load_json(body.decode("utf-8-sig"))


def not_json(answer: Response, path: str, method: str) -> RequestError:
    kind = answer.content_type[:_MAX_SHOWN_TYPE] or "no content type"
    return RequestError(
        RequestError.AMBIGUOUS,
        "invalid_response",
        f"the answer to {method} {path} is not JSON ({kind}, {len(answer.body)} bytes). Check that url is that of an "
        "Astera Integration Server and not of a proxy or a login page.",
        method=method,
        path=path,
        status=answer.status,
    )


def _is_error_body(answer: Response) -> bool:
    """Some servers say so in the content of a 200. What they say of it deeper inside is about something else."""
    if not _FAILED.search(answer.body[:2000] + answer.body[-2000:]):
        return False
    try:
        content = _load_json(answer.body)
    except ValueError:
        return False
    if isinstance(content, list):
        return bool(content) and all(_is_identity_error(item) for item in content)
    if not isinstance(content, dict):
        return False
    good = [_values.get(content, key) for key in ("success", "isSuccess", "succeeded", "isSucceeded", "successful")]
    bad = [_values.get(content, key) for key in ("isError", "hasError", "hasErrors", "isErrors")]
    return False in map(_values.parse_boolean, good) or True in map(_values.parse_boolean, bad)


def _words(content: Any) -> str:
    """Return the message in an error's JSON: of ProblemDetails, ASP.NET Identity, or an object with a message of any name."""
    if (
        isinstance(content, list)
        and content
        and all(isinstance(item, str) or _is_identity_error(item) for item in content)
    ):
        return "; ".join(_words(item) for item in content)
    if _is_identity_error(content):
        return f"{_values.get(content, 'description')} ({_values.get(content, 'code')})"
    if isinstance(content, dict):
        parts = [_values.get(content, key) for key in _MESSAGE_KEYS]
        found = [_words(part) for part in parts if not _values.is_empty(part)]
        return ": ".join(found) if found else json.dumps(content)
    return content if isinstance(content, str) else json.dumps(content)


def _is_identity_error(item: Any) -> bool:
    """Whether it is one of the errors that ASP.NET Identity lists: ``{"code": "…", "description": "…"}``."""
    return (
        isinstance(item, dict)
        and len(item) == 2
        and all(isinstance(_values.get(item, key), str) for key in ("code", "description"))
    )


def _decoded(body: bytes) -> str:
    """Return text that might be in UTF-8, UTF-16 or Windows-1252: in another encoding no secret would be recognized."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16", "replace")
    if body[1:2] == b"\0":
        return body.decode("utf-16-le", "replace")
    try:
        # A character at the end might be truncated.
        return codecs.getincrementaldecoder("utf-8-sig")().decode(body).replace("\0", "")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace").replace("\0", "")


def _text_of_html(text: str) -> str:
    """Drop tags, and what stands between those of scripts and styles. In linear time, unclosed tags included."""
    kept, inside = [], ""
    for part in re.split(r"(<[^<>]*>)", text):
        tag = re.match(r"<(/?)(script|style)\b", part, re.IGNORECASE)
        if tag and tag[1]:
            inside = "" if tag[2].lower() == inside else inside
        elif tag:
            inside = inside or tag[2].lower()
        elif not inside and not part.startswith("<"):
            kept.append(part)
    return html.unescape(" ".join(kept))


def _is_transient(error: RequestError) -> bool:
    """Faults that another attempt may not meet: the network's and an overloaded or starting server's."""
    return error.code in ("unreachable", "timeout") or (error.status or 0) >= 500


def _pause_after(error: RequestError, pause: float) -> float:
    """Return the seconds to wait. A server that names none, or a moment that has passed, does not get more requests for it."""
    return max(pause, min(error.retry_after or 0.0, MAX_RETRY_DELAY))


def _retry_after(answer: Response) -> float | None:
    """Seconds, from either form of the header; None where it is missing or makes no sense.

    A date is held against the server's own clock, which may be another than ours.
    """
    value = answer.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    until = _moment(value)
    if until is None:
        return None
    now = _moment(answer.headers.get("Date", "")) or datetime.now(timezone.utc)
    return max(0.0, (until - now).total_seconds())


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
