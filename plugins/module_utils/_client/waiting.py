# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every wait: the clock, what is worth a retry and when, polling until a deadline. Private to this collection."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone, tzinfo
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from .._errors import RequestError

if TYPE_CHECKING:
    from .connection import Connection

_Result = TypeVar("_Result")

MAX_RETRY_DELAY = 60.0
PROGRESS_INTERVAL = 5.0
# From an overloaded or starting server, or a proxy in front of it.
RETRYABLE_STATUSES = (408, 429, 502, 503, 504)


class Clock:
    """The time, so that tests need not wait."""

    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)

    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    def zone(self) -> tzinfo | None:
        """Return the time zone in ``TZ``, which a task's ``environment`` might set. None: the time zone of the process."""
        try:
            return ZoneInfo(os.environ["TZ"].lstrip(":"))
        except (KeyError, ValueError, OSError):
            return None


class Deadline:
    """The moment at which a wait ends."""

    def __init__(self, clock: Clock, seconds: float, since: float | None = None) -> None:
        self._clock = clock
        self._end = (clock.monotonic() if since is None else since) + seconds

    @property
    def left(self) -> float:
        return self._end - self._clock.monotonic()

    def limit(self, connection: Connection) -> Connection:
        """Return the connection for one request: neither its retries nor its timeout outlast the deadline."""
        return replace(connection, retries=0, timeout=min(connection.timeout, max(1, int(self.left))))

    def sleep(self, seconds: float) -> bool:
        """Sleep before the next request, until the deadline at most. Return false at once if the deadline has passed."""
        left = self.left
        if left <= 0:
            return False
        self._clock.sleep(min(seconds, left))
        return True


def poll(is_met: Callable[[], bool], seconds: float, interval: float) -> bool:
    """Return whether a condition is met within some seconds."""
    deadline = Deadline(Clock(), seconds)
    while not is_met():
        if not deadline.sleep(interval):
            return False
    return True


class ProgressThrottle:
    """Report how far something is, not more often than every few seconds."""

    def __init__(
        self, tell: Callable[[str], None], seconds: float = PROGRESS_INTERVAL, now: Callable[[], float] = time.monotonic
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


def retry(
    clock: Clock,
    retries: int,
    send: Callable[[], _Result],
    can_repeat: Callable[[RequestError], bool] = lambda _error: True,
) -> _Result:
    """Return what ``send`` returns. Repeat it after a transient error, if ``can_repeat`` agrees, and raise the last error."""
    attempt = 0
    while True:
        try:
            return send()
        except RequestError as error:
            if attempt >= retries or not is_transient(error) or not can_repeat(error):
                raise
            clock.sleep(_retry_delay(error, attempt))
        attempt += 1


def is_transient(error: RequestError) -> bool:
    """Return whether another attempt might not meet the error: it is the network's, or an overloaded or starting server's."""
    return error.code in ("unreachable", "timeout") or (error.status or 0) >= 500


def conflict_delay(conflicts: int) -> float:
    """Return random seconds, so that concurrent writers of one object do not collide repeatedly."""
    return random.uniform(0, 0.1 * 2**conflicts)


def _retry_delay(error: RequestError, attempt: int) -> float:
    """Return the seconds before a retry: half a second, doubled each time, with jitter, or more if the server asks for more."""
    delay = min(MAX_RETRY_DELAY, 0.5 * 2**attempt) * random.uniform(0.5, 1.0)
    return max(delay, min(error.retry_after or 0.0, MAX_RETRY_DELAY))
