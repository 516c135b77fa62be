# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a schedule runs: what is said, and when nothing is."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._kinds import recurrence
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(timezone.utc))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def daily(start, **keys):
    inner = {"startTime": start, "typeName": recurrence.EVERY_DAY}
    return {"isActive": True, "schedule": {"dailyScheduleBase": inner, "typeName": recurrence.DAILY}, **keys}


def test_next_runs_are_given_in_three_time_zones():
    told = recurrence.next_runs(daily("2026-11-20T04:30:00+01:00"), NOW, ZoneInfo("America/New_York"))
    assert told["next_runs"][0] == {
        "server": "2026-11-25T04:30:00+01:00",
        "local": "2026-11-24T22:30:00-05:00",
        "utc": "2026-11-25T03:30:00+00:00",
    }
    assert [run["server"][:10] for run in told["next_runs"]] == ["2026-11-25", "2026-11-26", "2026-11-27"]
    assert "assumed" in told["next_runs_note"]


def test_next_runs_keep_the_offset_of_the_server():
    told = recurrence.next_runs(
        daily("2026-10-24T04:30:00+02:00"), NOW.replace(month=10, day=24), ZoneInfo("Europe/Berlin")
    )
    assert [run["local"] for run in told["next_runs"]] == [
        "2026-10-25T03:30:00+01:00",
        "2026-10-26T03:30:00+01:00",
        "2026-10-27T03:30:00+01:00",
    ]


def test_next_runs_begin_with_the_start():
    told = recurrence.next_runs(daily("2026-12-01T04:30:00.1234567-07:00"), NOW, timezone.utc)
    assert told["next_runs"][0]["server"] == "2026-12-01T04:30:00.123456-07:00"


def test_recurrence_reads_keys_and_values_in_any_case():
    pascal = {
        "IsActive": "true",
        "Schedule": {
            "DailyScheduleBase": {"StartTime": "2026-11-20T03:30:00Z", "TypeName": recurrence.EVERY_DAY},
            "TypeName": recurrence.DAILY,
        },
    }
    assert recurrence.next_runs(pascal, NOW)["next_runs"][0]["utc"] == "2026-11-25T03:30:00+00:00"


@pytest.mark.parametrize(
    ("schedule", "runs", "words"),
    [
        (daily("2026-11-20T04:30:00+01:00", isActive=False), [], "not active"),
        (daily("2026-11-20T04:30:00+01:00", isActive=None), [], "not active"),
        (daily("2026-11-20T04:30:00"), None, "startTime"),
        (daily("0001-01-01T00:00:00+01:00"), None, "startTime"),
        (daily("9999-12-31T23:59:59Z"), None, "startTime"),
        (daily(None), None, "startTime"),
        ({"isActive": True, "schedule": {"typeName": "Astera.Core.WeeklySchedule"}}, None, "WeeklySchedule"),
        (
            {
                "isActive": True,
                "schedule": {"typeName": recurrence.DAILY, "dailyScheduleBase": {"typeName": "Some.Other"}},
            },
            None,
            "Some.Other",
        ),
        ({"isActive": True, "schedule": {"typeName": recurrence.DAILY, "dailyScheduleBase": "x"}}, None, "published"),
        ({"isActive": True, "schedule": None}, None, "unknown"),
        ({"isActive": True, "schedule": "daily"}, None, "unknown"),
        ({"isActive": True}, None, "unknown"),
    ],
)
def test_next_runs_note_names_what_is_unknown(schedule, runs, words):
    told = recurrence.next_runs(schedule, NOW)
    assert told["next_runs"] == runs
    assert words in told["next_runs_note"]


@given(start=MOMENTS, zone=OFFSETS, now=MOMENTS, days=st.floats(0, 30))
def test_next_runs_are_a_day_apart(start, zone, now, days):
    found = recurrence.parse_recurrence(daily(start.astimezone(zone).isoformat()))
    coming = found.after(now, 40)
    assert len(coming) == 40
    assert coming[0] == start or coming[0] - now <= timedelta(days=1)
    assert all(run > now and run >= start for run in coming)
    assert {later - run for run, later in zip(coming, coming[1:])} == {timedelta(days=1)}
    assert {run.utcoffset() for run in coming} == {zone.utcoffset(None)}

    end = now + timedelta(days=days)
    on_the_dot = [now] if now >= start and (now - start) % timedelta(days=1) == timedelta(0) else []
    assert found.between(now, end) == [run for run in [*on_the_dot, *coming] if run < end]
