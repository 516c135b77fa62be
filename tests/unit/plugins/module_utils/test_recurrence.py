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


def test_the_next_three_runs_in_all_three_zones():
    told = recurrence.next_runs(daily("2026-11-20T04:30:00+01:00"), NOW, ZoneInfo("America/New_York"))
    assert told["next_runs"][0] == {
        "server": "2026-11-25T04:30:00+01:00",
        "local": "2026-11-24T22:30:00-05:00",
        "utc": "2026-11-25T03:30:00+00:00",
    }
    assert [run["server"][:10] for run in told["next_runs"]] == ["2026-11-25", "2026-11-26", "2026-11-27"]
    assert "assumed" in told["next_runs_note"]


def test_the_callers_clock_changes_and_the_servers_offset_does_not():
    told = recurrence.next_runs(
        daily("2026-10-24T04:30:00+02:00"), NOW.replace(month=10, day=24), ZoneInfo("Europe/Berlin")
    )
    assert [run["local"] for run in told["next_runs"]] == [
        "2026-10-25T03:30:00+01:00",
        "2026-10-26T03:30:00+01:00",
        "2026-10-27T03:30:00+01:00",
    ]


def test_before_its_start_a_schedule_does_not_run():
    told = recurrence.next_runs(daily("2026-12-01T04:30:00.1234567-07:00"), NOW, timezone.utc)
    assert told["next_runs"][0]["server"] == "2026-12-01T04:30:00.123456-07:00"


def test_keys_and_values_as_any_server_spells_them():
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
def test_what_cannot_be_said_is_not(schedule, runs, words):
    told = recurrence.next_runs(schedule, NOW)
    assert told["next_runs"] == runs
    assert words in told["next_runs_note"]


@given(start=MOMENTS, zone=OFFSETS, now=MOMENTS, days=st.floats(0, 30))
def test_runs_are_a_day_apart_and_none_is_left_out(start, zone, now, days):
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
