# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From stored objects to what goes over the wire in a dialect, and back. Pure."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from .dialect import Dialect

MASK = "********"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS = 10_000_000
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)?$")
# The spelling of the vendor's article, for requests come in any case.
_KNOWN = {
    name.lower(): name
    for name in """
    id name createdDtTm updateDtTm configParameters instrumentationOn purgeChunkSize purgeCommandTimeoutSeconds
    purgeWindowStartHour purgeWindowEndHour serverDbInfo port protocol serviceName authenticationType connectionTimeOut
    commandTimeOut dataProvider server database isRepository schema user password serverProfile organization key
    sendErrorInfoToAstera purgeJobInfoAfter purgeEventInfoAfter stagingDirectory path deploymentDirectory pauseAllServers
    pauseServersFrom pauseServersTo clientAndServersShareTheSameFileSystem userArchiveFilePath clusterArchiveFilePath
    userConfigFilePath clusterConfigFilePath encryptFiles comment isActive archiveStartItem schedule dailyScheduleBase
    startTime typeName traceLevel skipIfRunning jobOptions usePushdownOptimization filePathResolved deploymentId isFile
    licenseKeyRegistrationModel rememberMe filePath parameters actionName parameterName value mailSetup pathMappings
    """.split()
}


class Refusal(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, words: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.headers = headers or {}


def read_json(body: bytes) -> Any:
    try:
        return canonical(json.loads(body, parse_constant=_no_number))
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "The request body is not valid JSON.") from error


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def canonical(value: Any) -> Any:
    if isinstance(value, list):
        return [canonical(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {_KNOWN.get(key.lower(), key[:1].lower() + key[1:]): canonical(item) for key, item in value.items()}


def shown(value: Any, dialect: Dialect) -> Any:
    """An answer's content: the dialect's case, and its ways with numbers and empty texts."""
    if isinstance(value, list):
        return [shown(item, dialect) for item in value]
    if isinstance(value, dict):
        return {
            (key[:1].upper() + key[1:] if dialect.key_case == "pascal" else key): shown(item, dialect)
            for key, item in value.items()
            if item != "" or dialect.empty_as != "absent"
        }
    if value == "" and dialect.empty_as == "null":
        return None
    if dialect.numbers_as_strings and isinstance(value, bool):
        return "true" if value else "false"
    if dialect.numbers_as_strings and isinstance(value, int):
        return str(value)
    return value


def listed(items: list[dict[str, Any]], dialect: Dialect, wrapper: str, turn: int) -> Any:
    if dialect.list_order == "reversed":
        items = items[::-1]
    elif dialect.list_order == "turning" and items:
        items = items[turn % len(items) :] + items[: turn % len(items)]
    return shown({wrapper: items} if dialect.list_shape == "wrapped" else items, dialect)


def error_body(words: str, status: int, dialect: Dialect) -> tuple[bytes, str]:
    """→ body, content type. No source shows an error's body: the likely forms of ASP.NET Core."""
    if dialect.error_body == "empty" or not words:
        return b"", ""
    if dialect.error_body == "text":
        return words.encode(), "text/plain; charset=utf-8"
    if dialect.error_body == "html":
        page = f"<!DOCTYPE html><html><head><title>Error {status}</title></head><body><h1>{words}</h1></body></html>"
        return page.encode(), "text/html"
    if dialect.error_body == "problem":
        problem = {"type": "about:blank", "title": "One or more errors occurred.", "status": status, "detail": words}
        return json.dumps(problem).encode(), "application/problem+json; charset=utf-8"
    content = {"message": words} if dialect.error_body == "message" else words
    return json.dumps(content).encode(), "application/json; charset=utf-8"


def timestamp(ticks: int, dialect: Dialect) -> str:
    offset = _offset(dialect.timestamp_offset)
    local = _EPOCH + timedelta(seconds=ticks // _TICKS) + offset
    fraction = f".{ticks % _TICKS:07d}"[: 1 + dialect.timestamp_digits] if dialect.timestamp_digits else ""
    return f"{local:%Y-%m-%dT%H:%M:%S}{fraction}{dialect.timestamp_offset}"


def start_time(text: Any, dialect: Dialect) -> str:
    """A schedule's start as this server keeps it."""
    found = _INSTANT.match(text) if isinstance(text, str) else None
    if not found:
        raise Refusal(400, "startTime is not a date and time.")
    day, clock, fraction, zone = found.groups()
    clock = clock if len(clock) == 8 else f"{clock}:00"
    kept = "Z" if dialect.start_time == "utc" else dialect.timestamp_offset
    try:
        instant = datetime.fromisoformat(f"{day}T{clock}") - _offset(zone or "Z") + _offset(kept)
    except (ValueError, OverflowError) as error:
        raise Refusal(400, "startTime is not a date and time.") from error
    if dialect.start_time == "as_sent":
        return text
    if dialect.start_time == "seconds":
        return f"{day}T{clock}{zone or ''}"
    return f"{instant:%Y-%m-%dT%H:%M:%S}{'.' + fraction if fraction else ''}{kept}"


def _offset(text: str) -> timedelta:
    if text in ("Z", ""):
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[-2:])
    return timedelta(hours=hours, minutes=minutes) * (-1 if text[0] == "-" else 1)


def copy_of(value: Any) -> Any:
    return json.loads(json.dumps(value))
