# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Determine when a cluster pauses, as far as that is known. Pure. Private to this collection.

The format of the window's ends is not published. Times of day and instants are understood; that times of day are those of the
server's own offset is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from ...module_utils import _values
from ...module_utils._engine import compare
from ...module_utils._kinds import recurrence

_DAY = timedelta(days=1)
NONE, ALWAYS, DAILY, ONCE, UNKNOWN = "none", "always", "daily", "once", "unknown"


@dataclass(frozen=True)
class Pause:
    """kind: NONE, ALWAYS, DAILY, ONCE, or UNKNOWN if the format of its ends is unknown. windows: those of the week."""

    kind: str
    windows: tuple[tuple[datetime, datetime], ...] = ()
    note: str | None = None

    def covers(self, moment: datetime) -> bool:
        return any(start <= moment < end for start, end in self.windows)

    def as_dict(self) -> dict[str, Any]:
        windows = [{"from": format_utc(start), "to": format_utc(end)} for start, end in self.windows]
        return {"kind": self.kind, "windows": windows, "note": self.note}


def find_pause(snapshot: dict[str, Any], week: tuple[datetime, datetime]) -> Pause:
    """Return the pause of a cluster in a week. snapshot: as ``astera_server`` returns it."""
    cluster = snapshot.get("cluster")
    if not isinstance(cluster, dict):
        return Pause(UNKNOWN, note="the cluster's settings could not be read")
    ends = [_values.get(cluster, key) for key in ("pauseServersFrom", "pauseServersTo")]
    if not compare.flags_equal(True, _values.get(cluster, "pauseAllServers")):
        set_but_off = not all(map(_values.is_empty, ends))
        return Pause(NONE, note="a pause is set and has no effect without pause_all_servers" if set_but_off else None)
    if all(map(_values.is_empty, ends)):
        return Pause(ALWAYS, (week,), "all servers pause, without an end")
    moments = [recurrence.parse_datetime(end) for end in ends]
    if moments[0] and moments[1]:
        return Pause(ONCE, _cut([(moments[0], moments[1])], week))
    since, until = (_values.parse_time_of_day(end) for end in ends)
    if since is None or until is None:
        window = f"from {str(ends[0])!r} to {str(ends[1])!r}"
        return Pause(UNKNOWN, note=f"the cluster is paused {window}, which is not a known format")
    offset, source = _offset(snapshot)
    length = (until - since) % _DAY or _DAY
    midnight = week[0].astimezone(offset).replace(hour=0, minute=0, second=0) - _DAY
    windows = [(midnight + day * _DAY + since, midnight + day * _DAY + since + length) for day in range(10)]
    return Pause(DAILY, _cut(windows, week), f"assumed to be times of day at {source}")


def _offset(snapshot: dict[str, Any]) -> tuple[timezone, str]:
    """Return the offset of the server's own timestamps, and where it comes from."""
    objects = [snapshot.get("cluster"), snapshot.get("server_config")]
    objects += [*(snapshot.get("schedules") or []), *(snapshot.get("deployments") or [])]
    for item in objects:
        stamp = recurrence.parse_datetime(_values.get(item, "updateDtTm")) if isinstance(item, dict) else None
        if stamp:
            offset = timezone(stamp.utcoffset() or timedelta(0))
            return offset, f"{stamp.strftime('%z')}, the offset of the server's timestamps"
    return timezone.utc, "UTC, because the server's own offset is not known"


def _cut(
    windows: list[tuple[datetime, datetime]], week: tuple[datetime, datetime]
) -> tuple[tuple[datetime, datetime], ...]:
    cut = [(max(start, week[0]), min(end, week[1])) for start, end in windows]
    return tuple((start, end) for start, end in cut if start < end)


def format_utc(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
