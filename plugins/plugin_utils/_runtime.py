# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tasks of one run share when they run in Ansible's own processes. Private to this collection.

A token, in a file of the run's private folder, which Ansible makes with mode 0700 and removes at the end; and within one
worker, whose tasks are the items of one loop, the open connections and the lists that were read a moment ago.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils import _files
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import Connection
from ansible_collections.astera.data_stack.plugins.module_utils._client.session import (
    LOGIN_PATH,
    Session,
    TokenProvider,
    refused_before,
)
from ansible_collections.astera.data_stack.plugins.module_utils._engine.kind import ListCache
from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError
from ansible_collections.astera.data_stack.plugins.module_utils._redactor import Redactor
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import Secret
from ansible_collections.astera.data_stack.plugins.module_utils._task import TaskRuntime
from ansible_collections.astera.data_stack.plugins.module_utils._values import load_json
from ansible_collections.astera.data_stack.plugins.plugin_utils._shared_secrets import SHARED_SECRETS

# How old a list may be that the next item of a loop plans from.
LIST_CACHE_TTL = 5.0
# A token that is about to expire is not worth a try.
_SPARE_SECONDS = 30.0
# The name is in a private directory, beside the token itself, and it is derived for each task.
_ITERATIONS = 4096


class SharedTokenStore(TokenProvider):
    """One login a run and account, however many workers there are."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def fetch(self, connection: Connection, refused: Secret | None, login: Callable[[], Secret]) -> Secret:
        path = os.path.join(self._folder, f"astera-{_account(connection)}")
        account = os.path.join(self._folder, f"astera-{_account(connection, trust=False)}")
        # The others wait for the one that logs in. Without locks, each may log in for itself.
        with _files.locked(f"{account}.lock"):
            known = _read(path)
            if known is not None and (refused is None or known.reveal() != refused.reveal()):
                return known
            token = _log_in_once(f"{account}.refused", login)
            _write(path, token)
            return token


def _log_in_once(path: str, login: Callable[[], Secret]) -> Secret:
    """Return a new token, unless the server has refused this login before in this run: to repeat it might lock the account.

    path: of the file that tells the other tasks of a refusal, whichever process they run in.
    """
    known = _read_refusal(path)
    if known is not None:
        raise known
    try:
        return login()
    except AsteraError as error:
        if error.code == "authentication":
            _save(path, {"message": error.message, "status": error.status, "detail": error.detail})
        raise


def _read_refusal(path: str) -> AsteraError | None:
    found = _load(path)
    if found is None:
        return None
    request_info = {"method": "POST", "path": LOGIN_PATH, "status": found["status"], "detail": found["detail"]}
    return refused_before(AsteraError("authentication", found["message"], **request_info))


def _account(connection: Connection, trust: bool = True) -> str:
    """Return a name for a file that says nothing of what it is made of.

    trust: a token is only for those who trust the same server. A refused login is refused whomever the client trusts.
    """
    password = connection.password.reveal() if connection.password else ""
    identity = [connection.url, connection.username, password]
    if trust:
        identity += [connection.validate_certs, connection.ca_path, connection.client_cert, connection.client_key]
    salt = hashlib.sha256(connection.url.encode()).digest()
    return hashlib.pbkdf2_hmac("sha256", json.dumps(identity).encode(), salt, _ITERATIONS, dklen=16).hex()


def _read(path: str) -> Secret | None:
    found = _load(path)
    return Secret(found["token"]) if found is not None and time.time() < found["until"] else None


def _write(path: str, token: Secret) -> None:
    _save(path, {"token": token.reveal(), "until": time.time() + _lifetime(token) - _SPARE_SECONDS})


def _load(path: str) -> dict[str, Any] | None:
    try:
        return json.loads(_files.read_private(path))
    except (OSError, ValueError):
        return None


def _save(path: str, content: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        _files.write_atomically(path, json.dumps(content).encode())


def _lifetime(token: Secret) -> float:
    """Seconds that the token is good for, by its own words and without regard to whose clock is right."""
    try:
        claims = token.reveal().split(".")[1]
        content = load_json(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        seconds = float(content["exp"]) - float(content["iat"])
    except (IndexError, ValueError, KeyError, TypeError, OverflowError):
        return float("inf")
    # A token whose claims make no sense is used until the server rejects it.
    return seconds if seconds > 0 else float("inf")


class _WorkerCache:
    """What is kept for the next item: sessions and lists, by where they lead."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.sessions: dict[str, Session] = {}
        self.shelves: dict[str, ListCache] = {}


_worker = _WorkerCache()


class InProcessRuntime(TaskRuntime):
    """The surroundings of a task in a run. ``loop``: it is an item of a loop, and the next one will want the same."""

    def __init__(self, folder: str, loop: bool, tell: Callable[[str], None]) -> None:
        global _worker
        if _worker.process != os.getpid():
            _worker = _WorkerCache()
        self._tokens = SharedTokenStore(folder)
        self._loop = loop
        self._tell = tell
        # Ansible creates this directory for each run, with a name of its own.
        self.run = os.path.basename(folder)
        self._key = ""

    def session(self, connection: Connection, redactor: Redactor) -> Session:
        if not self._loop:
            return Session(connection, redactor, tokens=self._tokens)
        self._key = _whole(connection)
        self.shelf = _worker.shelves.setdefault(self._key, ListCache(LIST_CACHE_TTL))
        session = _worker.sessions.pop(self._key, None) or Session(connection, redactor, tokens=self._tokens)
        session.redact = redactor
        return session

    def share_secrets(self, url: str, secrets: set[str], quoted: set[str]) -> tuple[set[str], set[str]]:
        return SHARED_SECRETS.merge(url, secrets, quoted)

    def leave(self, session: Session) -> None:
        SHARED_SECRETS.merge(session.connection.url, set(session.learned_secrets), set())
        if self._loop and self._key == _whole(session.connection):
            _worker.sessions[self._key] = session
        else:
            session.close()

    def tell(self, line: str) -> None:
        self._tell(line)


def _whole(connection: Connection) -> str:
    """All that two tasks must have in common to share a connection."""
    hidden = [value.reveal() if value else None for value in (connection.password, connection.token)]
    content = repr((replace(connection, password=None, token=None), hidden))
    return hashlib.sha256(content.encode()).hexdigest()


@contextlib.contextmanager
def environment(changes: dict[str, str]) -> Iterator[None]:
    """The task's ``environment`` for as long as it runs here."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
