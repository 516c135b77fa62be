# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that the tasks of one run know of one server, so that none shows what another was given. Private to this collection.

They are in memory that Ansible's process shares with its workers, and never on disk. Ansible imports action plugins before it
starts a worker; where it does not, each worker knows its own tasks only.
"""

from __future__ import annotations

import json
import mmap
import multiprocessing
from urllib.parse import urlsplit

# Reserved, and used only as far as it is needed.
_SIZE = 4 * 1024 * 1024
_HEADER = 8
# For a worker that was killed in the middle.
_PATIENCE = 2.0


class SharedSecrets:
    """A small store in shared memory: server → secrets, and values that only the server's text may hold."""

    def __init__(self) -> None:
        try:
            self._memory: mmap.mmap | None = mmap.mmap(-1, _SIZE)
            self._lock = multiprocessing.get_context("fork").Lock()
        except (OSError, ValueError):
            self._memory = None

    def merge(self, url: str, secrets: set[str], quoted: set[str]) -> tuple[set[str], set[str]]:
        """Add what one task knows → what all tasks of the run know of the server."""
        if self._memory is None or not self._lock.acquire(timeout=_PATIENCE):
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
        if self._memory is None:
            return {}
        length = int.from_bytes(self._memory[:_HEADER], "big")
        content: dict[str, list[list[str]]] = json.loads(self._memory[_HEADER : _HEADER + length]) if length else {}
        return content

    def _save(self, store: dict[str, list[list[str]]]) -> None:
        """What has no room any more is known to its own task only."""
        if self._memory is None:
            return
        content = json.dumps(store).encode()
        if _HEADER + len(content) <= _SIZE:
            # Until all is written there is nothing, should the worker be killed.
            self._memory[:_HEADER] = bytes(_HEADER)
            self._memory[_HEADER : _HEADER + len(content)] = content
            self._memory[:_HEADER] = len(content).to_bytes(_HEADER, "big")


def _host(url: str) -> str:
    """Servers on one host share, whatever their ports: an address may leave the usual one out."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


SHARED_SECRETS = SharedSecrets()
