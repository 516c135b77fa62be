# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens: the login's request and response, and the token that the tasks of a run share. Private to this collection."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable
from typing import Any

from .. import _files, _values
from .._errors import AsteraError, RequestError
from .._secrets import Secret
from .connection import Connection
from .rejections import MAX_SHOWN_DETAIL
from .responses import NOT_THERE, key_names, parse_json
from .transport import Request, Response, json_request

LOGIN_PATH = "/api/account/login"
TOKEN_KEYS = ("access_token", "accessToken", "token")
_NOT_REPEATED = " The login was refused earlier in this run, and is not repeated."
_NOT_CONFIGURED = ". If the server is new, it might have no repository yet, and allow no login before: configure it in the Astera client."
_LOGIN_REMEDIES = {
    **dict.fromkeys(NOT_THERE, ". Set url to the server's own address, without a path."),
    **dict.fromkeys((500, 503), _NOT_CONFIGURED),
}
# A token that is about to expire is not worth a try.
_MIN_LIFETIME = 30.0
# The name is in a private directory, beside the token itself, and it is derived for each task.
_ITERATIONS = 4096


def login_request(connection: Connection) -> Request:
    credentials = {"User": connection.username, "Password": connection.password, "RememberMe": 0}
    return json_request("POST", LOGIN_PATH, credentials)


def parse_token(response: Response, host: str) -> Secret:
    content = parse_json(response, LOGIN_PATH)
    for key in TOKEN_KEYS:
        token = _values.get(content, key) if isinstance(content, dict) else None
        if isinstance(token, str) and token and all("!" <= character <= "~" for character in token):
            return Secret(token)
    raise AsteraError(
        "invalid_response",
        f"{host} did not return a token for the login ({key_names(content)}). "
        "Check that url is that of an Astera Integration Server.",
        method="POST",
        path=LOGIN_PATH,
        status=response.status,
    )


def login_error(error: RequestError, connection: Connection, host: str) -> AsteraError:
    """Return the error for a login that failed, with a remedy.

    It is no ``RequestError``, because it says nothing about the request that needed the login: that one was never sent.
    """
    if error.delivery != RequestError.REJECTED or error.status in NOT_THERE:
        return error.with_message(error.message + _LOGIN_REMEDIES.get(error.status or 0, ""))
    words = f": {error.detail[:MAX_SHOWN_DETAIL]}" if error.detail else ""
    return error.with_message(
        f"{host} refused the login of {connection.username} (HTTP {error.status}{words}). Check username and password. "
        "If they are correct, the server might have no repository yet, or the account might be locked or its email address "
        "not confirmed: configure the server in the Astera client, unlock the account, or confirm the address.",
        code="authentication",
    )


def refused_before(error: AsteraError) -> AsteraError:
    """Return the error for a login that is not sent, because the server refused it before."""
    return error.with_message(error.message.removesuffix(_NOT_REPEATED) + _NOT_REPEATED)


class TokenProvider:
    """Where a session gets its token: from a login of its own."""

    def fetch(self, connection: Connection, refused: Secret | None, login: Callable[[], Secret]) -> Secret:
        """Return a token that is not ``refused``, the one that the server no longer accepts."""
        return login()


class SharedTokenStore(TokenProvider):
    """One login for each account of a run, in files that its workers share in a private directory."""

    def __init__(self, directory: str) -> None:
        self._directory = directory

    def fetch(self, connection: Connection, refused: Secret | None, login: Callable[[], Secret]) -> Secret:
        path = os.path.join(self._directory, f"astera-{_account_id(connection)}")
        account = os.path.join(self._directory, f"astera-{_account_id(connection, trust=False)}")
        # The other tasks wait for the one that logs in. Without locks, each might log in for itself.
        with _files.locked(f"{account}.lock"):
            known = _files.read_json(path)
            is_refused = refused is not None and known.get("token") == refused.reveal()
            if known and time.time() < known["until"] and not is_refused:
                return Secret(known["token"])
            token = _log_in_once(f"{account}.refused", login)
            # A token whose claims make no sense is used until the server rejects it.
            lifetime = parse_lifetime(token.reveal()) or float("inf")
            _save(path, {"token": token.reveal(), "until": time.time() + lifetime - _MIN_LIFETIME})
            return token


def _log_in_once(path: str, login: Callable[[], Secret]) -> Secret:
    """Return a new token, unless the server has refused this login before in this run: to repeat it might lock the account.

    path: the file that reports a refused login to the other tasks, whichever process they run in.
    """
    refusal = _files.read_json(path)
    if refusal:
        raise refused_before(AsteraError("authentication", method="POST", path=LOGIN_PATH, **refusal))
    try:
        return login()
    except AsteraError as error:
        if error.code == "authentication":
            _save(path, {"message": error.message, "status": error.status, "detail": error.detail})
        raise


def _account_id(connection: Connection, trust: bool = True) -> str:
    """Return a file name from which no password can be recovered.

    trust: a token is only for tasks that trust the same certificates. A refused login is refused whichever those are.
    """
    password = connection.password.reveal() if connection.password else ""
    identity = [connection.url, connection.username, password]
    if trust:
        identity += [connection.validate_certs, connection.ca_path, connection.client_cert, connection.client_key]
    salt = hashlib.sha256(connection.url.encode()).digest()
    return hashlib.pbkdf2_hmac("sha256", json.dumps(identity).encode(), salt, _ITERATIONS, dklen=16).hex()


def _save(path: str, content: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        _files.write_json(path, content)


def parse_lifetime(token: str) -> float | None:
    """Return the seconds that a token is valid by its own claims, whichever clock is right. None if they make no sense."""
    try:
        claims = token.split(".")[1]
        content = _values.load_json(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        seconds = float(content["exp"]) - float(content["iat"])
    except (IndexError, ValueError, KeyError, TypeError, OverflowError):
        return None
    return seconds if seconds > 0 else None
