# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal of requests and responses, and the faults that tests inject."""

from __future__ import annotations

import fnmatch
import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote

BEFORE_READ, AFTER_READ, AFTER_COMMIT, MID_RESPONSE = "before_read", "after_read", "after_commit", "mid_response"
RESET, CLOSE, DELAY, STATUS, CALL = "reset", "close", "delay", "status", "call"
_POINTS = (BEFORE_READ, AFTER_READ, AFTER_COMMIT, MID_RESPONSE)
_ACTIONS = (RESET, CLOSE, DELAY, STATUS, CALL)
LOGIN = "/api/account/login"


@dataclass
class Entry:
    """A request as it was received.

    connection: a number for each TCP connection. files: of an upload, form key → name, sha256, size.
    status: of the response, None without one. committed: whether the request changed the state of the server.
    """

    number: int
    connection: int
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    status: int | None = None
    committed: bool = False
    user: str | None = None

    @property
    def json(self) -> Any:
        """Return the parsed body, None if it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def writes(self) -> bool:
        return self.method != "GET" and self.path.lower() != LOGIN

    def as_dict(self) -> dict[str, Any]:
        """Return the entry for other processes, without tokens and without the password of a login."""
        public = {key: value for key, value in vars(self).items() if key not in ("body", "headers")}
        body = "" if self.path.lower() == LOGIN else self.body.decode("utf-8", "replace")
        return {**public, "writes": self.writes, "body": body, "content_type": self.headers.get("content-type")}

    def log_line(self) -> str:
        """Return a line for a log, without secrets."""
        size = sum(file["size"] for file in self.files.values()) if self.files else len(self.body)
        status = self.status or "no response"
        path = quote(self.path)
        return f"{self.number} #{self.connection} {self.user or '-'} {self.method} {path} {size} bytes: {status}"


class Journal:
    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def open(self, connection: int, scope: dict[str, Any]) -> Entry:
        entry = Entry(
            number=next(self._numbers),
            connection=connection,
            method=scope["method"],
            path=scope["path"],
            query=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
            headers={key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]},
        )
        with self._lock:
            self._entries.append(entry)
        return entry

    def entries(self) -> list[Entry]:
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


@dataclass
class Fault:
    """A fault to inject into a request. Raise ``ValueError`` for one that is impossible.

    at: BEFORE_READ, AFTER_READ, AFTER_COMMIT or MID_RESPONSE. how: RESET, CLOSE, DELAY, STATUS or CALL.

    In mid-response a connection can only be cut or delayed. path: can contain ``*``. after: how many matching requests succeed
    first. times: how many fail then.
    """

    method: str
    path: str
    at: str = AFTER_READ
    how: str = RESET
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0
    times: int = 1
    after: int = 0
    action: Callable[[], Any] | None = None

    def __post_init__(self) -> None:
        # A fault that never happens would make its test pass.
        if self.at not in _POINTS or self.how not in _ACTIONS:
            raise ValueError(f"at is one of {_POINTS}, and how one of {_ACTIONS}; not {self.at!r} and {self.how!r}")
        if self.at == MID_RESPONSE and self.how in (STATUS, CALL):
            raise ValueError(f"{self.how!r} cannot happen in the middle of a response")
        if self.times < 1 or self.after < 0:
            raise ValueError("times is at least 1, and after at least 0")

    def matches(self, method: str, path: str) -> bool:
        return self.method in ("*", method) and fnmatch.fnmatchcase(path.lower(), self.path.lower())


class Faults:
    def __init__(self) -> None:
        self._pending: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._pending.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._pending.clear()

    def take(self, method: str, path: str) -> list[Fault]:
        """Return the faults of this request, and count them as used."""
        due = []
        with self._lock:
            for fault in list(self._pending):
                if not fault.matches(method, path):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                due.append(fault)
                if fault.times <= 0:
                    self._pending.remove(fault)
        return due
