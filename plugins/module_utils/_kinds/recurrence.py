# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a schedule runs, as far as it is published. Pure: no I/O, no clock, no Ansible. Private to this collection.

Of all kinds of schedules only one is published: every day at the time of ``startTime``, which has a fixed offset. That it first
runs at ``startTime`` itself, and then every 24 hours, is assumed: whether a server follows daylight saving time, and the time
of which zone it would keep, is not published.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any

from .. import _values
from .._engine import compare
from .._engine.plan import get_value

DAILY = "Astera.Core.DailySchedule"
EVERY_DAY = "Astera.Core.DailyScheduleEveryDay"
ASSUMPTION_NOTE = (
    "assumed to run every 24 hours from start_time on: whether the server follows daylight saving time is not published"
)
INACTIVE = "the schedule is not active"
_DAY = timedelta(days=1)
# Datetimes beyond these cannot be converted to every time zone.
_FIRST = datetime(2, 1, 1, tzinfo=timezone.utc)
_LAST = datetime(9998, 12, 31, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Recurrence:
    """When a schedule runs.

    first: the first run, in the offset in which the server keeps it; None if it is unknown, or there is none.
    known: whether the runs are known. An inactive schedule has none, and those of an unpublished kind are unknown.
    note: what is assumed, or why there are no runs.
    """

    first: datetime | None
    known: bool
    note: str

    def after(self, moment: datetime, count: int) -> list[datetime]:
        """Return the next runs after a moment."""
        if self.first is None:
            return []
        number = max(0, (moment - self.first) // _DAY + 1)
        return _days(self.first, number, number + count)

    def between(self, start: datetime, end: datetime) -> list[datetime]:
        """Return all runs from start to end, without end: those of a week, for example."""
        if self.first is None or end <= start:
            return []
        return _days(self.first, max(0, -((self.first - start) // _DAY)), -((self.first - end) // _DAY))


def _days(first: datetime, number: int, end: int) -> list[datetime]:
    last = (_LAST - first) // _DAY
    return [first + day * _DAY for day in range(number, min(end, last + 1))]


def parse_recurrence(schedule: dict[str, Any]) -> Recurrence:
    """Return when a schedule runs. schedule: the object of the API, its keys in any case."""
    if not compare.flags_equal(True, _values.get(schedule, "isActive")):
        return Recurrence(None, True, INACTIVE)
    when = _values.get(schedule, "schedule")
    kind = get_value(when, "typeName") if isinstance(when, dict) else None
    if kind != DAILY or get_value(when, "dailyScheduleBase.typeName") != EVERY_DAY:
        inner = get_value(when, "dailyScheduleBase.typeName") if kind == DAILY else None
        return Recurrence(
            None, False, f"when a schedule of the kind {inner or kind or 'unknown'} runs is not published"
        )
    first = parse_datetime(get_value(when, "dailyScheduleBase.startTime"))
    if first is None:
        return Recurrence(None, False, "its startTime is no usable time with an offset")
    return Recurrence(first, True, ASSUMPTION_NOTE)


def parse_datetime(text: Any) -> datetime | None:
    """Return an ISO 8601 time in its own offset, to the microsecond, and None for anything else."""
    parsed = _values.parse_timestamp(text)
    if parsed is None:
        return None
    since = timedelta(microseconds=parsed.ticks // 10)
    if not _FIRST - _values.EPOCH <= since <= _LAST - _values.EPOCH:
        return None
    return (_values.EPOCH + since).astimezone(timezone(parsed.offset))


def next_runs(schedule: dict[str, Any], after: datetime, zone: tzinfo | None = None, count: int = 3) -> dict[str, Any]:
    """Return ``next_runs`` (null if unknown) and ``next_runs_note``, as results have them.

    zone: the caller's; None: that of the process.
    """
    found = parse_recurrence(schedule)
    runs = [
        {
            "server": run.isoformat(),
            "local": run.astimezone(zone).isoformat(),
            "utc": run.astimezone(timezone.utc).isoformat(),
        }
        for run in found.after(after, count)
    ]
    return {"next_runs": runs if found.known else None, "next_runs_note": found.note}
