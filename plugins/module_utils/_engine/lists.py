# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's lists, and what else the objects of one task share. Private to this collection."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from .. import _values
from .._errors import AsteraError, escape_control_characters

if TYPE_CHECKING:
    from .._client.client import Client, ReadOnlyClient


class NameIndex:
    """Find the objects of a list by name or id."""

    def __init__(self, kind: str, items: Iterable[dict[str, Any]]) -> None:
        self.kind = kind
        self.items: dict[Any, dict[str, Any]] = {}
        self._exact: dict[str, list[Any]] = {}
        self._similar: dict[str, set[str]] = {}
        for item in items:
            self.update(item)

    def update(self, item: dict[str, Any]) -> None:
        """Add an object, or replace the one with the same id."""
        key: Any = _values.to_int(_values.get(item, "id"))
        if key in self.items:
            self._exact[_name(self.items[key])].remove(key)
        elif key is None:
            key = object()
        self.items[key] = item
        self._exact.setdefault(_name(item), []).append(key)
        self._similar.setdefault(_values.lookalike_key(_name(item)), set()).add(_name(item))

    def find_unique(self, name: str, renaming: str | None = None) -> dict[str, Any] | None:
        """Return the only object of this name, or None. Raise if there are several, or only a similar name.

        Whether the server distinguishes "ETL" from "etl" is not published, so creating one beside the other would be a guess.
        renaming: the other name of a rename, which can be similar.
        """
        wanted = _values.name_key(name)
        found = [self.items[key] for key in self._exact.get(wanted, [])]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(str(_values.get(item, "id")) for item in found)
            remedy = (
                ". Select one with the option id." if self.kind == "schedule" else ". Delete or rename one of them."
            )
            raise AsteraError(
                "ambiguous_name", f"there are {len(found)} {self.kind}s named {name!r} (ids {ids}){remedy}"
            )
        ignored = _values.name_key(renaming or "")
        similar_names = self._similar.get(_values.lookalike_key(wanted), set())
        similar = sorted(other for other in similar_names if other != ignored and self._exact.get(other))
        if similar:
            raise AsteraError(
                "ambiguous_name",
                f"there is no {self.kind} named {name!r}, but one named {similar[0]!r}. Give its exact name, or rename it.",
            )
        return None

    def by_id(self, wanted: int) -> dict[str, Any] | None:
        return self.items.get(_values.to_int(wanted))


def _name(item: dict[str, Any]) -> str:
    return _values.name_key(_values.get(item, "name", ""))


class ListCache:
    """Lists that were read a moment ago, shared by the items of a loop or the objects of a document.

    seconds: the maximum age of a list. A write that was planned from an outdated list carries an old timestamp, so that the server
    rejects it and the list is read again.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.lists: dict[str, tuple[float, NameIndex]] = {}


class CachedLists:
    """The server's lists, each read once unless a fresh one is requested."""

    def __init__(self, api: ReadOnlyClient, cache: ListCache | None = None) -> None:
        self._read = {"deployment": api.deployments, "schedule": api.schedules}
        self._clock = api.session.clock
        self._cache = cache or ListCache(float("inf"))
        # Whether the objects that were written are verified together at the end instead of one by one.
        self.deferred = False
        self._read_errors: dict[str, AsteraError] = {}
        self._lock = threading.Lock()

    def get_index(self, kind: str, *, fresh: bool = False) -> NameIndex:
        with self._lock:
            if fresh or not self.has(kind):
                if not fresh and kind in self._read_errors:
                    raise self._read_errors[kind]
                self._cache.lists[kind] = (self._clock.monotonic(), self._read_index(kind))
            return self._cache.lists[kind][1]

    def _read_index(self, kind: str) -> NameIndex:
        """Read a list. An error is kept, so that the request is not repeated for each object that needs the list."""
        self._read_errors.pop(kind, None)
        try:
            return NameIndex(kind, self._read[kind]())
        except AsteraError as error:
            self._read_errors[kind] = error
            raise

    def has(self, kind: str) -> bool:
        """Return whether there is a list that is not too old."""
        kept = self._cache.lists.get(kind)
        return kept is not None and self._clock.monotonic() - kept[0] <= self._cache.seconds

    def update(self, kind: str, item: dict[str, Any]) -> None:
        """Apply a write of this task to the list."""
        with self._lock:
            if kind in self._cache.lists:
                self._cache.lists[kind][1].update(item)

    def clear(self) -> None:
        with self._lock:
            self._cache.lists.clear()
            self._read_errors.clear()


class StoredFiles:
    """The files that deployments of the server use or that this task sends, by kind and name, so that none is sent twice.

    Deployments often share a configuration. Two requests at once would write the same file.
    """

    def __init__(self) -> None:
        self.paths: dict[tuple[str, str], str] = {}
        self._senders: dict[tuple[str, str], object] = {}
        self._locks: dict[tuple[str, str], threading.Lock] = {}

    def is_sender(self, file: tuple[str, str], item: object) -> bool:
        """Return whether this object is the first that needs the file."""
        return self._senders.setdefault(file, item) is item

    def lock(self, file: tuple[str, str]) -> threading.Lock:
        return self._locks.setdefault(file, threading.Lock())


class TaskContext:
    """What the objects of one task share.

    cache: lists that outlive the task. report_progress: displays a line during a long upload or wait. run_id: identifies the run
    that the task is part of, if known.
    """

    def __init__(
        self,
        api: ReadOnlyClient,
        cache: ListCache | None = None,
        report_progress: Callable[[str], None] | None = None,
        run_id: str | None = None,
    ) -> None:
        self.api = api
        self.run_id = run_id
        self.lists = CachedLists(api, cache)
        self.files = StoredFiles()
        self.report_progress = report_progress or (lambda _line: None)
        self.warnings: list[str] = []
        # Of ansible-core, for reports; only the task knows it.
        self.ansible_version = ""
        # The names of the deployments that this task is about to create.
        self.planned_deployments: set[str] = set()

    @property
    def writer(self) -> Client:
        if not self.api.can_write:
            raise TypeError("only a real run writes")
        return cast("Client", self.api)

    def warn(self, message: str) -> None:
        # The message might quote the server.
        message = escape_control_characters(message)
        if message not in self.warnings:
            self.warnings.append(message)
