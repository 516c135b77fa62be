# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tasks of one run share when they run in Ansible's own processes. Private to this collection.

A token, in a file of the run's private folder, which Ansible makes with mode 0700 and removes at the end; and within one
worker, whose tasks are the items of one loop, the open connections and the lists that were read a moment ago.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace

from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import Connection
from ansible_collections.astera.data_stack.plugins.module_utils._client.session import Session
from ansible_collections.astera.data_stack.plugins.module_utils._client.tokens import SharedTokenStore
from ansible_collections.astera.data_stack.plugins.module_utils._engine.lists import ListCache
from ansible_collections.astera.data_stack.plugins.module_utils._redactor import Redactor
from ansible_collections.astera.data_stack.plugins.module_utils._task import TaskRuntime
from ansible_collections.astera.data_stack.plugins.plugin_utils._shared_secrets import SHARED_SECRETS

# How old a list may be that the next item of a loop plans from.
LIST_CACHE_TTL = 5.0
# A token that is about to expire is not worth a try.
_SPARE_SECONDS = 30.0
# The name is in a private directory, beside the token itself, and it is derived for each task.
_ITERATIONS = 4096


class _WorkerCache:
    """What is kept for the next item: sessions and lists, by where they lead."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.sessions: dict[str, Session] = {}
        self.list_caches: dict[str, ListCache] = {}


_worker = _WorkerCache()


class InProcessRuntime(TaskRuntime):
    """The surroundings of a task in a run. ``loop``: it is an item of a loop, and the next one will want the same."""

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
        self._key = _whole(connection)
        self.list_cache = _worker.list_caches.setdefault(self._key, ListCache(LIST_CACHE_TTL))
        session = _worker.sessions.pop(self._key, None) or Session(connection, redactor, tokens=self._tokens)
        session.redact = redactor
        return session

    def share_secrets(self, url: str, secrets: set[str], quoted: set[str]) -> tuple[set[str], set[str]]:
        return SHARED_SECRETS.merge(url, secrets, quoted)

    def release(self, session: Session) -> None:
        SHARED_SECRETS.merge(session.connection.url, set(session.learned_secrets), set())
        if self._loop and self._key == _whole(session.connection):
            _worker.sessions[self._key] = session
        else:
            session.close()

    def report_progress(self, line: str) -> None:
        self._report_progress(line)


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
