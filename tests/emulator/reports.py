# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Convert a compatibility report of a real server to the dialect that responds like it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .dialect import Dialect

FORMAT, VERSION = "astera.data_stack.compatibility", 1
Report = dict[str, Any]
# Content types of JSON, as the dialects call them.
_CONTENT_TYPES = {"application/json": "json", "text/plain": "text", "none": "none"}
_OFFSETS = {"Z": "Z", "offset": "-07:00", "no offset": ""}


def load_report(path: str | Path) -> Report:
    """Return a report. Raise ``ValueError`` for any other file."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} is not a readable JSON file: {error}") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(f"{path} is not a report of astera_compatibility_info")
    if found.get("version") != VERSION:
        raise ValueError(f"{path} is a report of version {found.get('version')}, and only version {VERSION} is known")
    return found


def dialect_from_report(report: Report) -> Dialect:
    """Return the dialect of a server that responds as in the report. Settings that the report leaves open have their defaults."""
    values = {name: value for name, find in _SETTINGS.items() if (value := find(report)) is not None}
    return Dialect(**values)


def _evidence(question: str, name: str) -> Callable[[Report], Any]:
    """Return a function that reads a setting from the evidence of a question, None for a value that the setting cannot have."""

    def find(report: Report) -> Any:
        found = _evidence_of(report, question).get(name)
        allowed = Dialect.values()[name]
        return found if found in allowed and isinstance(found, type(allowed[0])) else None

    return find


def _evidence_of(report: Report, question: str) -> dict[str, Any]:
    return (report["questions"].get(question) or {}).get("evidence") or {}


def _endpoint(report: Report, path: str) -> dict[str, Any]:
    return next((read for read in report["endpoints"] if read["path"] == path), {})


def _fold(shape: Any) -> Any:
    """Return a shape with its keys in lower case and without the marks of members that some items lack."""
    if isinstance(shape, dict):
        return {key.rstrip("?").lower(): _fold(item) for key, item in shape.items()}
    return [_fold(item) for item in shape] if isinstance(shape, list) else shape


def _content(report: Report, path: str) -> Any:
    return _fold(_endpoint(report, path).get("shape"))


def _content_type(report: Report) -> str | None:
    return _CONTENT_TYPES.get(_endpoint(report, "/api/Server/Config").get("content_type", ""))


def _list_shape(report: Report) -> str | None:
    shape = _content(report, "/api/Deployments")
    if isinstance(shape, list):
        return "bare"
    if not isinstance(shape, dict):
        return None
    keys = set(shape)
    marks = {
        "$values": "references",
        "value": "value",
        "errors": "with_errors",
        "totalcount": "with_total",
    }
    return next((name for mark, name in marks.items() if mark in keys), "wrapped" if "deployments" in keys else None)


def _items(report: Report) -> Iterator[Any]:
    """Yield the shapes of the objects in both lists."""
    for path in ("/api/Deployments", "/api/Schedules"):
        yield from _lists(_content(report, path))


def _lists(shape: Any) -> Iterator[Any]:
    if isinstance(shape, list):
        yield from (item for item in shape if isinstance(item, dict))
    elif isinstance(shape, dict):
        for item in shape.values():
            yield from _lists(item)


def _timestamp_part(part: int) -> Callable[[Report], Any]:
    """Return a function that reads the digits (1) or the offset (2) of timestamps."""

    def find(report: Report) -> Any:
        stamps = _evidence_of(report, "timestamps").get("stamps") or []
        if len(stamps) != 1:
            return None
        found = stamps[0].split(", ")[part]
        if part == 2:
            return _OFFSETS.get(found)
        digits = int(found.split()[0])
        return digits if digits in Dialect.values()["timestamp_digits"] else None

    return find


def _start_time(report: Report) -> str | None:
    starts = _evidence_of(report, "timestamps").get("start_times") or []
    return "naive" if starts and all("no offset" in start for start in starts) else None


def _empty_as(report: Report) -> str | None:
    forms = _evidence_of(report, "empty").get("forms") or []
    words = {"empty string": "empty", "null": "null", "absent": "absent"}
    return words[forms[0]] if len(forms) == 1 else None


def _path_style(report: Report) -> str | None:
    forms = _evidence_of(report, "paths").get("forms") or []
    return {"path with \\": "backslash", "path with /": "slash"}.get(forms[0]) if len(forms) == 1 else None


def _job_status(report: Report) -> str | None:
    shape = _content(report, "/api/Job/{id}/Status")
    if _endpoint(report, "/api/Job/{id}/Status").get("status") != 200:
        return None
    return "object" if isinstance(shape, dict) else {"plain text": "plain_text", "string": "json_string"}.get(shape)


def _denial_body(report: Report) -> str | None:
    body = _evidence_of(report, "U19").get("body")
    return None if body is None else "empty" if body == "empty" else "words"


def _error_body(report: Report) -> str | None:
    found = _evidence_of(report, "U18")
    body, kind = _fold(found.get("body")), found.get("content_type")
    if isinstance(body, dict):
        return (
            "validation"
            if "errors" in body
            else "problem"
            if "title" in body
            else "message"
            if "message" in body
            else None
        )
    if isinstance(body, list) and body and isinstance(body[0], dict) and set(body[0]) == {"code", "description"}:
        return "identity"
    words = {"HTML": "html", "plain text": "text"}
    return words.get(body, "json_string" if body == "string" and kind == "application/json" else None)


def _unknown_keys(report: Report) -> bool | None:
    found = _evidence_of(report, "U24")
    names = [name for path in ("/api/Deployments", "/api/Schedules") for name in found.get(path, ())]
    # "$id" belongs to the form of a list.
    return True if any(not name.startswith("$") for name in names) else None


def _moving_members(report: Report) -> bool | None:
    return True if report.get("volatile") else None


_SETTINGS: dict[str, Callable[[Report], Any]] = {
    "token_name": _evidence("U1", "token_name"),
    "token_seconds": lambda report: _evidence_of(report, "U2").get("token_seconds"),
    "deployment_activation": _evidence("U4", "deployment_activation"),
    "cluster_get": _evidence("U5", "cluster_get"),
    "config_password": _evidence("U6", "config_password"),
    "unknown_id_status": _evidence("U17", "unknown_id_status"),
    "path_case": _evidence("U27", "path_case"),
    "key_case": _evidence("key_case", "key_case"),
    "numbers_as_strings": _evidence("numbers", "numbers_as_strings"),
    "booleans_as_numbers": _evidence("numbers", "booleans_as_numbers"),
    "unknown_job": _evidence("unknown_job", "unknown_job"),
    "content_type": _content_type,
    "list_shape": _list_shape,
    "timestamp_digits": _timestamp_part(1),
    "timestamp_offset": _timestamp_part(2),
    "start_time": _start_time,
    "empty_as": _empty_as,
    "path_style": _path_style,
    "job_status": _job_status,
    "denial_body": _denial_body,
    "error_body": _error_body,
    "unknown_keys": _unknown_keys,
    "moving_members": _moving_members,
}
