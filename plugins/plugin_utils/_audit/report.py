# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the report of an audit from the results of its tasks: one model, from which all four formats are rendered.

Pure: no I/O, no clock, no Ansible. Private to this collection.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from ...module_utils import _values
from ...module_utils._engine import compare
from ...module_utils._kinds import document, recurrence
from ...module_utils._secrets import MASK
from .pauses import Pause, find_pause, format_utc

FORMAT = "astera.data_stack.audit"
VERSION = 1
IN_SYNC, DRIFTED, FAILED, NOT_CHECKED = STATES = ("in_sync", "drifted", "failed", "not_checked")
# The worst first: a server is as bad as the worst of its parts.
_WORST = (FAILED, DRIFTED, IN_SYNC, NOT_CHECKED)
# Part of the document → the kind of its objects in the plan, in the order in which a server is set up.
PARTS = {part: kind.kind for part, kind in document.PARTS.items()}
WEEK = timedelta(days=7)
NOT_DECLARED = "nothing is declared"
NO_RECEIPT = "the API does not return the license, and no receipt records which license the server accepted"
INCOMPLETE = (
    "the result of this server's task is incomplete: keys are hidden or missing. Check whether a secret of the server, or one of yours, is "
    "a word such as plan or changed, and change that secret."
)
_ENTRY_KEYS = {"kind", "name", "action", "changed", "fields", "outcome", "error"}
_ERROR = ("code", "msg", "method", "path", "status", "detail", "outcome")
MAX_MESSAGE_LENGTH = 1000
# What no XML may hold and no terminal should get: control characters but for tab and line feed, and halves of characters.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class HostResult:
    """The result of one host's task, and what its variables declare.

    result: of ``astera_server`` in check mode with a snapshot; None if the task never ran.
    declared: the parts that the host's variables contain, as far as that is known without evaluating them.
    url: the address, if the result does not contain it.
    """

    name: str
    result: dict[str, Any] | None
    declared: frozenset[str] = frozenset()
    url: str | None = None


@dataclass(frozen=True)
class ReportMetadata:
    """The head of a report. facts: what else identifies it, such as versions."""

    at: datetime
    author: str
    title: str
    facts: dict[str, str] = field(default_factory=dict)


def report(found: Iterable[HostResult], metadata: ReportMetadata) -> dict[str, Any]:
    """Return the whole report, as in ``audit.json``, with the servers sorted by name."""
    at = metadata.at.astimezone(timezone.utc).replace(microsecond=0)
    start = at.replace(hour=0, minute=0, second=0)
    week = (start, start + WEEK)
    hosts = sorted(found, key=lambda one: (one.name.casefold(), one.name))
    servers = [_server(_require_complete(one), week) for one in hosts]
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": printable(metadata.title),
        "generated": {"at": format_utc(at), "author": printable(metadata.author), **metadata.facts},
        "week": {"from": format_utc(week[0]), "to": format_utc(week[1])},
        "counts": _counts(servers),
        "servers": servers,
    }


def checked(report: dict[str, Any]) -> int:
    """Return how many servers were compared: only these can be called in sync or drifted."""
    return int(report["counts"]["servers"][IN_SYNC] + report["counts"]["servers"][DRIFTED])


def printable(value: Any) -> Any:
    """Return a value with a visible mark in place of each character that cannot be shown."""
    if isinstance(value, dict):
        return {printable(key): printable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [printable(item) for item in value]
    return _UNPRINTABLE.sub("\ufffd", value.replace("\r\n", "\n")) if isinstance(value, str) else value


def _id(name: str) -> str:
    """Return a name as part of an id, without slash and tilde, which have a meaning there."""
    return quote(name, safe="", errors="surrogatepass").replace("~", "%7E")


def _worst(states: Iterable[str]) -> str:
    return min(states, key=_WORST.index, default=NOT_CHECKED)


def _counts(servers: list[dict[str, Any]]) -> dict[str, Any]:
    """Return every figure of the report."""
    parts = [part for server in servers for part in server["parts"]]
    objects = [item for part in parts for item in part["objects"]]
    schedules = [schedule for server in servers for schedule in server["schedules"]]

    return {
        "servers": _by_state(servers),
        "parts": _by_state(parts),
        "objects": _by_state(objects),
        "fields": sum(len(item["fields"]) for item in objects),
        "unmanaged": sum(len(part["unmanaged"]) for part in parts),
        "schedules": {
            "total": len(schedules),
            "active": sum(schedule["active"] for schedule in schedules),
            "unknown": sum(not schedule["known"] for schedule in schedules),
            "paused": sum(bool(schedule["paused"]) for schedule in schedules),
        },
    }


def _by_state(items: list[dict[str, Any]]) -> dict[str, int]:
    seen = Counter(item["state"] for item in items)
    return {"total": len(items), **{state: seen[state] for state in STATES}}


# One server


def _require_complete(one: HostResult) -> HostResult:
    """Return the host, with a failure in place of an incomplete result, because what is missing is never 'in sync'."""
    if one.result is None or one.result.get("unreachable") is True or _is_complete(one.result):
        return one
    error = {"code": "not_audited", "outcome": "not_committed"}
    return replace(one, result={"failed": True, "msg": INCOMPLETE, "error": error})


def _is_complete(result: dict[str, Any]) -> bool:
    shown = (result, result.get("snapshot"), result.get("unmanaged"))
    if any(MASK in str(key) for part in shown for key in part or ()):
        return False
    plan = result.get("plan")
    if plan is None:
        return result.get("skipped") is True or result.get("failed") is True
    return isinstance(plan, list) and isinstance(result.get("snapshot"), dict) and all(map(_is_complete_entry, plan))


def _is_complete_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not set(entry) >= _ENTRY_KEYS or entry["kind"] not in PARTS.values():
        return False
    fields = entry["fields"]
    named = isinstance(fields, list) and all(set(one) == {"path", "before", "after"} for one in fields)
    return named and isinstance(entry["changed"], bool) and (entry["error"] is None or "msg" in entry["error"])


def _server(one: HostResult, week: tuple[datetime, datetime]) -> dict[str, Any]:
    result = one.result or {}
    server_id = _id(one.name)
    error = _error_of(one)
    parts = [_part(server_id, part, one, error) for part in PARTS]
    state = FAILED if error else _worst(part["state"] for part in parts)
    snapshot = result.get("snapshot") or {}
    pause = find_pause(snapshot, week)
    return {
        "id": server_id,
        "name": printable(one.name),
        "url": printable(result.get("url") or one.url),
        "state": state,
        "note": "astera_url is not set, and no part is declared" if result.get("skipped") else None,
        "error": error,
        "counts": _by_state(parts),
        "parts": parts,
        "pause": pause.as_dict(),
        "schedules": _schedules(server_id, snapshot.get("schedules") or [], pause, week),
        "snapshot": result.get("snapshot"),
    }


def _error_of(one: HostResult) -> dict[str, Any] | None:
    """Return why a server was not audited, or the first of its objects not compared."""
    result = one.result
    if result is None:
        return _error({"code": "not_audited", "msg": "the play ended before this server was audited"})
    if result.get("unreachable"):
        msg = result.get("msg") or "the host that calls the API was not reached"
        return _error({"code": "unreachable", "msg": msg})
    if not result.get("failed"):
        return None
    first = next((entry["error"] for entry in result.get("plan") or [] if entry["error"]), None)
    task = {"code": "usage", **(result.get("error") or {}), "msg": result.get("msg") or "the task failed"}
    return _error(first or task)


def _error(known: dict[str, Any]) -> dict[str, Any]:
    error = {key: printable(known.get(key)) for key in _ERROR}
    return {**error, "msg": str(error["msg"])[:MAX_MESSAGE_LENGTH].strip()}


def _part(server_id: str, part: str, one: HostResult, error: dict[str, Any] | None) -> dict[str, Any]:
    result = one.result or {}
    part_id = f"{server_id}/{part}"
    entries = [entry for entry in result.get("plan") or [] if entry["kind"] == PARTS[part]]
    # If nothing was read, each object would only repeat that. And a license, which is compared only with its receipt, would be in
    # sync on a server that does not respond.
    unread = error is not None and _nothing_was_read(result)
    objects = [] if unread else _objects(part_id, entries)
    unmanaged = sorted(map(str, (result.get("unmanaged") or {}).get(part) or []))
    planned = bool(entries) or part in (result.get("unmanaged") or {})
    note = None
    if planned and unread:
        state = FAILED
    elif planned:
        state = _worst([item["state"] for item in objects] or [IN_SYNC])
    elif part in one.declared and error and "plan" not in result:
        state = FAILED
    else:
        state, note = NOT_CHECKED, NO_RECEIPT if part == "license" and part in one.declared else NOT_DECLARED
    return {
        "id": part_id,
        "part": part,
        "state": state,
        "note": note,
        "counts": _by_state(objects),
        "objects": objects,
        "unmanaged": printable(unmanaged),
    }


def _nothing_was_read(result: dict[str, Any]) -> bool:
    snapshot = result.get("snapshot")
    return snapshot is not None and set(snapshot) == {"unread"}


def _objects(part_id: str, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the objects. Ids are made of names, so that two audits have the same; a second object of a name is numbered."""
    seen: Counter[str] = Counter()
    objects = []
    for entry in entries:
        name = str(entry["name"])
        seen[name] += 1
        error = entry.get("error")
        objects.append(
            {
                "id": f"{part_id}/{_id(name)}" + (f"~{seen[name]}" if seen[name] > 1 else ""),
                "kind": entry["kind"],
                "name": printable(name),
                "state": FAILED if error else DRIFTED if entry["changed"] else IN_SYNC,
                "action": entry["action"],
                "fields": printable(entry["fields"]) if not error else [],
                "error": _error(error) if error else None,
            }
        )
    return objects


# The week


def _schedules(
    server_id: str, schedules: list[dict[str, Any]], pause: Pause, week: tuple[datetime, datetime]
) -> list[dict[str, Any]]:
    found = []
    for schedule in schedules:
        times = recurrence.parse_recurrence(schedule)
        runs = times.between(*week)
        when = _values.get(schedule, "schedule")
        kind = _values.get(when, "typeName") if isinstance(when, dict) else None
        schedule_id = _values.get(schedule, "id")
        name = str(_values.get(schedule, "name", ""))
        found.append(
            {
                "id": f"{server_id}/schedule/{_id(str(schedule_id))}",
                "name": printable(name),
                "kind": printable(str(kind or "unknown").rsplit(".", 1)[-1]),
                "active": compare.flags_equal(True, _values.get(schedule, "isActive")),
                "known": times.known,
                "note": printable(times.note),
                "at": times.first.strftime("%H:%M %z") if times.first else None,
                "runs": [format_utc(run) for run in runs],
                "paused": [format_utc(run) for run in runs if pause.covers(run)],
            }
        )
    return found
