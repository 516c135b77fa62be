# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tasks of one run share when they run in Ansible's own processes. Private to this collection.

A token, in a file of the run's private directory, which Ansible creates with mode 0700 and removes at the end; secrets, in
shared memory; and within one worker, whose tasks are the items of one loop, the open connections and the lists that were read
a moment ago.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import multiprocessing
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ..module_utils._client.connection import Connection
from ..module_utils._client.session import Session
from ..module_utils._client.tokens import SharedTokenStore
from ..module_utils._engine.lists import ListCache
from ..module_utils._redactor import Redactor
from ..module_utils._task import TaskRuntime

# How old a list may be that the next item of a loop plans from.
LIST_CACHE_TTL = 5.0
# Reserved, and used only as far as it is needed.
_SHARED_MEMORY_SIZE = 4 * 1024 * 1024
_LENGTH_BYTES = 8
# Seconds, for a worker that was killed while it held the lock.
_LOCK_TIMEOUT = 2.0


class SharedSecrets:
    """Secrets that the tasks of one run know of one server, so that none shows what another was given.

    They are in memory that Ansible's process shares with its workers, and never on disk. Ansible imports action plugins before
    it starts a worker; where it does not, each worker knows its own tasks only.
    """

    def __init__(self) -> None:
        self._lock: Any = None
        with contextlib.suppress(OSError, ValueError):
            self._memory = mmap.mmap(-1, _SHARED_MEMORY_SIZE)
            self._lock = multiprocessing.get_context("fork").Lock()

    def merge(self, url: str, secrets: set[str], quoted: set[str]) -> tuple[set[str], set[str]]:
        """Add what one task knows. Return what all tasks of the run know of the server."""
        if self._lock is None or not self._lock.acquire(timeout=_LOCK_TIMEOUT):
            return secrets, quoted
        try:
            store = self._load()
            server = _host(url)
            known = [set(found) for found in store.get(server, ([], []))]
            merged = secrets | known[0], quoted | known[1]
            if merged != tuple(known):
                self._save({**store, server: [sorted(found) for found in merged]})
            return merged
        finally:
            self._lock.release()

    def _load(self) -> dict[str, list[list[str]]]:
        length = int.from_bytes(self._memory[:_LENGTH_BYTES], "big")
        return json.loads(self._memory[_LENGTH_BYTES : _LENGTH_BYTES + length]) if length else {}

    def _save(self, store: dict[str, list[list[str]]]) -> None:
        """Replace the store. What does not fit any more is known to its own task only."""
        content = json.dumps(store).encode()
        if _LENGTH_BYTES + len(content) <= _SHARED_MEMORY_SIZE:
            # The length comes last, so that a worker that is killed leaves an empty store.
            self._memory[:_LENGTH_BYTES] = bytes(_LENGTH_BYTES)
            self._memory[_LENGTH_BYTES : _LENGTH_BYTES + len(content)] = content
            self._memory[:_LENGTH_BYTES] = len(content).to_bytes(_LENGTH_BYTES, "big")


def _host(url: str) -> str:
    """Return the host of an address. Servers on one host share, because an address can leave the usual port out."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


SHARED_SECRETS = SharedSecrets()


class _WorkerCache:
    """The sessions and lists that the next item of a loop uses, by connection."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.sessions: dict[str, Session] = {}
        self.list_caches: dict[str, ListCache] = {}


_worker = _WorkerCache()


class InProcessRuntime(TaskRuntime):
    """The runtime of a task in Ansible's own process. loop: the task is an item of a loop, and the next one uses the same."""

    def __init__(self, folder: str, loop: bool, report_progress: Callable[[str], None]) -> None:
        global _worker
        if _worker.process != os.getpid():
            _worker = _WorkerCache()
        self._tokens = SharedTokenStore(folder)
        self._loop = loop
        self._report_progress = report_progress
        # Ansible creates this directory for each run, with a name of its own.
        self.run_id = os.path.basename(folder)
        self._key = ""

    def session(self, connection: Connection, redactor: Redactor) -> Session:
        if not self._loop:
            return Session(connection, redactor, tokens=self._tokens)
        self._key = _connection_key(connection)
        self.list_cache = _worker.list_caches.setdefault(self._key, ListCache(LIST_CACHE_TTL))
        session = _worker.sessions.pop(self._key, None) or Session(connection, redactor, tokens=self._tokens)
        session.redact = redactor
        return session

    def share_secrets(self, url: str, secrets: set[str], quoted: set[str]) -> tuple[set[str], set[str]]:
        return SHARED_SECRETS.merge(url, secrets, quoted)

    def release(self, session: Session) -> None:
        SHARED_SECRETS.merge(session.connection.url, set(session.learned_secrets), set())
        if self._loop and self._key == _connection_key(session.connection):
            _worker.sessions[self._key] = session
        else:
            session.close()

    def report_progress(self, line: str) -> None:
        self._report_progress(line)


def _connection_key(connection: Connection) -> str:
    """Return a hash of all that two tasks must have in common to share a connection."""
    hidden = [value.reveal() if value else None for value in (connection.password, connection.token)]
    content = repr((replace(connection, password=None, token=None), hidden))
    return hashlib.sha256(content.encode()).hexdigest()


@contextlib.contextmanager
def task_environment(changes: dict[str, str]) -> Iterator[None]:
    """Set the ``environment`` of a task while it runs in this process."""
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
