# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit of a made-up fleet would find: the same each time, of any size."""

from __future__ import annotations

from datetime import datetime, timezone

from ansible_collections.astera.data_stack.plugins.plugin_utils._audit.report import PARTS, HostResult, ReportMetadata

AT = datetime(2026, 11, 24, 9, 30, tzinfo=timezone.utc)
CIRCUMSTANCES = ReportMetadata(AT, "jane", "Audit of Astera Integration Servers", {"collection": "0.2.0"})
_AREAS = "Sales Stock Orders Billing Customers Returns Suppliers Payroll Prices Freight".split()
_JOBS = ["Load", "Extract", "Reconcile", "Publish", "Archive"]
_PLACES = "vienna graz linz berlin hamburg munich zurich basel milan turin".split()
UNREACHABLE = {
    "code": "unreachable",
    "method": "POST",
    "path": "/api/account/login",
    "status": None,
    "detail": "",
    "outcome": "not_committed",
}


def fleet(size: int, objects: int = 50) -> list[HostResult]:
    """Of thirteen servers one does not answer, one is new to the inventory, and three have drifted."""
    return [_server(number, objects) for number in range(size)]


def _server(number: int, objects: int) -> HostResult:
    name = f"{_PLACES[number % 10]}{number // 10 + 1:02}.example.com"
    url = f"https://{name}:9261"
    if number % 13 == 5:
        msg = f"Could not connect to {name}:9261 (connection refused); check url, and that the service runs"
        return HostResult(name, {"failed": True, "msg": msg, "error": UNREACHABLE}, frozenset(PARTS), url)
    if number % 13 == 9:
        return HostResult(name, {"failed": False, "url": url, "plan": [], "snapshot": snapshot(0)}, frozenset(), url)
    return HostResult(
        name, {**plan(objects, number % 13 if number % 13 in (2, 7, 11) else 0), "url": url}, frozenset(PARTS), url
    )


def plan(objects: int, drift: int) -> dict:
    """drift: which of three kinds; 0: none."""
    entries = [entry("server_config"), entry("license"), entry("cluster")]
    half = objects // 2
    entries += [entry("deployment", f"{_AREAS[one % 10]} {one // 10 + 1}") for one in range(half)]
    entries += [entry("schedule", f"{_JOBS[one % 5]} {_AREAS[one // 5 % 10].lower()}") for one in range(objects - half)]
    if drift == 2:
        entries[2] = entry("cluster", fields=[("purge_job_info_after", 365, 30)])
    if drift == 7 and half > 1:
        entries[4] = entry(
            "deployment", entries[4]["name"], [("archive", "orders-0a1b2c3d4e5f.Car", "orders-77e1a90b4c2d.Car")]
        )
        entries[-1] = entry(
            "schedule", entries[-1]["name"], [("is_active", False, True), ("skip_if_running", False, True)]
        )
    if drift == 11 and half:
        when = ("2026-11-01T04:30:00-07:00", "2026-11-01T03:15:00-07:00")
        entries[-2] = entry("schedule", entries[-2]["name"], [("daily", *({"start_time": one} for one in when))])
    changed = any(one["changed"] for one in entries)
    unmanaged = {"deployments": [], "schedules": ["Old nightly load", "Test (do not use)"] if drift == 7 else []}
    return {"changed": changed, "plan": entries, "unmanaged": unmanaged, "snapshot": snapshot(objects - half)}


def entry(kind: str, name: str | None = None, fields: list = (), **others) -> dict:
    shown = [{"path": path, "before": before, "after": after} for path, before, after in fields]
    known = {"action": "update" if shown else "none", "changed": bool(shown), "outcome": None, "error": None}
    return {"kind": kind, "name": name or kind, "fields": shown, **known, **others}


def snapshot(schedules: int) -> dict:
    pauses = {"pauseAllServers": True, "pauseServersFrom": "01:00", "pauseServersTo": "03:30"} if schedules else {}
    cluster = {"id": 1, "name": "PRODUCTION", "updateDtTm": "2026-11-20T08:00:00.1234567-07:00", **pauses}
    return {
        "server_config": {"port": 9261},
        "cluster": cluster,
        "deployments": [],
        "schedules": [_schedule(number) for number in range(schedules)],
        "unread": {},
    }


def _schedule(number: int) -> dict:
    hour, minute = (number * 5 + number // 7) % 24, number * 15 % 60
    when = {
        "typeName": "Astera.Core.DailySchedule",
        "dailyScheduleBase": {
            "typeName": "Astera.Core.DailyScheduleEveryDay",
            "startTime": f"2026-11-01T{hour:02}:{minute:02}:00-07:00",
        },
    }
    if number % 11 == 6:
        when = {"typeName": "Astera.Core.WeeklySchedule"}
    name = f"{_JOBS[number % 5]} {_AREAS[number // 5 % 10].lower()}"
    return {"id": number + 1, "name": name, "isActive": number % 9 != 4, "schedule": when}
