# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Authenticated requests: a fresh login where a token expired, and a retry where that is safe. Private to this collection."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from .._errors import NOT_COMMITTED, UNKNOWN, AsteraError, RequestError
from .._redactor import Redactor
from .._secrets import Secret
from .rejections import error_from_response, is_error_body
from .tokens import TokenProvider, login_error, login_request, parse_token, refused_before
from .transport import Request, Response, Transport
from .waiting import Clock, retry

if TYPE_CHECKING:
    from .connection import Connection


class WritePermission:
    """Permission to change the server. Only a real run makes one. Without it, a session cannot send a write."""


class Session:
    """Authenticated requests to one server, from any number of threads."""

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
        """The address of the server that responds, which a snapshot took the place of."""
        return self.connection.url

    @property
    def redact(self) -> Redactor:
        """The redactor of the task that has the session now, with the secrets that the server returned to earlier tasks."""
        return self._redact

    @redact.setter
    def redact(self, redactor: Redactor) -> None:
        with self._learning:
            self._redact = redactor.with_secrets(self._learned)

    @property
    def learned_secrets(self) -> frozenset[str]:
        return self._learned

    def add_secrets(self, *secrets: str) -> None:
        """Redact secrets that the server returned, because it might return them again in any text. Safe in any thread."""
        with self._learning:
            new = self._learned.union(secrets)
            if new != self._learned:
                self._redact, self._learned = self._redact.with_secrets(secrets), new

    def close(self) -> None:
        self._transport.close()

    def reconfigure(self, connection: Connection) -> None:
        """Use other limits, or another address of the same server. Connections stay open if only the retries change."""
        same = replace(connection, retries=self.connection.retries) == self.connection
        self.connection = connection
        if not same:
            self._renew_transport()

    def reconnect(self, connection: Connection) -> None:
        """Use another address, over new connections and with a fresh login."""
        self.connection = connection
        self._renew_transport()
        self.forget_token()

    def _renew_transport(self) -> None:
        self.close()
        self._transport = self._make_transport(self.connection)

    def forget_token(self) -> None:
        """Log in again before the next request. A token that was given, rather than fetched, stays."""
        if self.connection.token is None:
            self._refused, self._token = self._token or self._refused, None

    def read(self, path: str) -> Response:
        """Send a GET request. Repeat it while that can help."""
        return self._send_with_retries(Request("GET", path), repeat_ambiguous=True)

    def write(self, permit: WritePermission, request: Request, *, repeatable: bool = False) -> Response:
        """Send a request that changes the server. Repeat it only if it was certainly not carried out, or is ``repeatable``.

        Raise a ``RequestError`` whose outcome says whether the change was made.
        """
        if not isinstance(permit, WritePermission):
            raise TypeError("a write requires a permission, which check mode does not have")
        try:
            return self._send_with_retries(request, repeat_ambiguous=repeatable)
        except RequestError as error:
            error.outcome = UNKNOWN if error.delivery == RequestError.AMBIGUOUS else NOT_COMMITTED
            raise

    def _send_with_retries(self, request: Request, *, repeat_ambiguous: bool) -> Response:
        renewed = False

        def can_repeat(error: RequestError) -> bool:
            nonlocal renewed
            if error.delivery == RequestError.AMBIGUOUS and not repeat_ambiguous:
                return False
            if error.status == 500 and not renewed:
                # Some servers return 500 for an expired token, until a client logs in.
                renewed = True
                self.forget_token()
            return True

        return retry(self.clock, self.connection.retries, lambda: self._authenticated(request), can_repeat)

    def _authenticated(self, request: Request) -> Response:
        """Send a request, and once more with a fresh token if the server rejects the token."""
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
        """Return a token after at most one login, even if several threads find at once that the old one expired."""
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

    def _log_in(self) -> Secret:
        """Return a new token. A refused login is never repeated, because accounts get locked."""
        request = login_request(self.connection)
        try:
            return retry(self.clock, self.connection.retries, lambda: parse_token(self._send(request), self.host))
        except RequestError as error:
            raise login_error(error, self.connection, self.host) from error

    def _send(self, request: Request, token: Secret | None = None) -> Response:
        if token is not None:
            # It might be from elsewhere than a login of this task.
            self.add_secrets(token.reveal())
            request = replace(request, headers={**request.headers, "Authorization": f"Bearer {token.reveal()}"})
        request.rewind()
        response = self._transport.send(request)
        if 200 <= response.status < 300 and not is_error_body(response):
            return response
        raise self.error_from_response(request, response)

    def error_from_response(self, request: Request, response: Response) -> RequestError:
        return error_from_response(request, response, self.host, self.redact)
