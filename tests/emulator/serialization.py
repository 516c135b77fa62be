# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From stored objects to what goes over the wire in a dialect, and back. Pure."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

from .dialect import PAGE, Dialect

MASK = "********"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS = 10_000_000
# The members that a server with moving_members changes by itself.
MOVING = ("nextRunDtTm", "runCount", "activity", "lastCheck")
_FIRST_READ = 17_900_000_000_000_000
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


def shown(value: Any, dialect: Dialect, inside: bool = False) -> Any:
    """An answer's content: the dialect's case, and its ways with numbers and with what is empty."""
    if isinstance(value, list):
        return [shown(item, dialect, inside) for item in value]
    if isinstance(value, dict):
        pascal = dialect.key_case == "pascal" or (dialect.key_case == "mixed" and not inside)
        return {
            (key[:1].upper() + key[1:] if pascal else key): shown(item, dialect, True)
            for key, item in value.items()
            if not _left_out(item, dialect)
        }
    if isinstance(value, bool) and dialect.booleans_as_numbers:
        value = int(value)
    if dialect.numbers_as_strings and isinstance(value, bool):
        return "true" if value else "false"
    if dialect.numbers_as_strings and isinstance(value, int):
        return str(value)
    return None if value == "" and dialect.empty_as == "null" else value


def _left_out(item: Any, dialect: Dialect) -> bool:
    return item == "" and dialect.empty_as == "absent"


def bare(item: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """An object without those inside it in which nothing is set."""
    if dialect.bare_objects == "shown":
        return item
    nothing = {key for key, value in item.items() if isinstance(value, dict) and not any(value.values())}
    if dialect.bare_objects == "null":
        return {key: None if key in nothing else value for key, value in item.items()}
    return {key: value for key, value in item.items() if key not in nothing}


def moving(item: Any, reads: int, dialect: Dialect) -> Any:
    """An object as it is at this read: with what the server changes by itself, in the objects inside it, too."""
    if not dialect.moving_members or not isinstance(item, dict):
        return item
    now = timestamp(_FIRST_READ + reads * _TICKS, dialect)
    inner = _moving_inside(item, now)
    return {**inner, "nextRunDtTm": now, "runCount": reads, "activity": {"lastHeartbeat": now, "kept": "as it is"}}


def _moving_inside(value: Any, now: str) -> Any:
    if isinstance(value, list):
        return [{**_moving_inside(item, now), "lastCheck": now} if isinstance(item, dict) else item for item in value]
    if not isinstance(value, dict):
        return value
    inner = {key: _moving_inside(item, now) for key, item in value.items()}
    return {key: {**item, "lastCheck": now} if isinstance(item, dict) else item for key, item in inner.items()}


def without_moving(value: Any, dialect: Dialect) -> Any:
    """What is stored of an object that was sent."""
    if isinstance(value, list):
        return [without_moving(item, dialect) for item in value]
    if not isinstance(value, dict) or not dialect.moving_members:
        return value
    return {key: without_moving(item, dialect) for key, item in value.items() if key not in MOVING}


def answered(content: Any, dialect: Dialect) -> Any:
    """The content of a whole answer."""
    found = shown(content, dialect)
    if dialect.envelope == "none":
        return found
    return shown({"success": True, "message": None, "data": None}, dialect) | {_key("data", dialect): found}


def _key(key: str, dialect: Dialect) -> str:
    return next(iter(shown({key: 1}, dialect)))


def listed(items: list[dict[str, Any]], dialect: Dialect, wrapper: str, turn: int) -> tuple[Any, int, dict[str, str]]:
    """→ content, status, headers."""
    if dialect.list_order == "reversed":
        items = items[::-1]
    elif dialect.list_order == "turning" and items:
        items = items[turn % len(items) :] + items[: turn % len(items)]
    if not items and dialect.empty_list != "array":
        return None, {"null": 200, "no_content": 204, "not_found": 404}[dialect.empty_list], {}
    total, status, headers, more = len(items), 200, {}, {}
    if dialect.paging != "none" and total > PAGE:
        items = items[:PAGE]
        more = {
            "total": {"totalCount": total, "pageSize": PAGE},
            "next_link": {"nextLink": f"/api/{wrapper}?skip={PAGE}"},
            "has_more": {"hasMore": True},
        }.get(dialect.paging, {})
        status = 206 if dialect.paging == "partial_content" else 200
        if dialect.paging == "link_header":
            headers = {"Link": f'</api/{wrapper}?page=2>; rel="next"'}
        if dialect.paging == "count_header":
            headers = {"X-Total-Count": str(total)}
    return _wrapped(items, dialect, wrapper, more), status, headers


def _wrapped(items: list[dict[str, Any]], dialect: Dialect, wrapper: str, more: dict[str, Any]) -> Any:
    shape = dialect.list_shape
    if shape == "bare" and not more:
        return items
    if shape == "references":
        items = [{"$id": str(number), **item} for number, item in enumerate(items, 2)]
        return {"$id": "1", "$values": items, **more}
    if shape == "nested":
        return {"result": {"items": items, **more}, "targetUrl": None}
    if shape == "with_errors":
        return {"errors": [], wrapper: items, "warnings": [], **more}
    if shape == "with_total":
        more = {"totalCount": len(items), "pageIndex": 0, **more}
    return {{"wrapped": wrapper, "value": "value"}.get(shape, "items"): items, **more}


def dressed(content: bytes, headers: dict[str, str], dialect: Dialect) -> tuple[bytes, dict[str, str]]:
    """The bytes of an answer as they travel. headers: with lower-case names."""
    is_json = "json" in headers.get("content-type", "")
    if is_json and dialect.content_type != "json":
        del headers["content-type"]
        if dialect.content_type == "text":
            headers["content-type"] = "text/plain; charset=utf-8"
    if is_json and content and dialect.transfer == "bom":
        content = b"\xef\xbb\xbf" + content
    if dialect.transfer == "closing":
        headers["connection"] = "close"
    headers.pop("content-length", None)
    if dialect.transfer != "chunked" or not content:
        headers["content-length"] = str(len(content))
    return content, headers


def error_body(words: str, status: int, dialect: Dialect) -> tuple[bytes, str]:
    """→ body, content type. No source shows an error's body: the likely forms of ASP.NET Core."""
    if dialect.error_body == "empty" or not words:
        return b"", ""
    if dialect.error_body == "text":
        return words.encode(), "text/plain; charset=utf-8"
    if dialect.error_body == "html":
        page = f"<!DOCTYPE html><html><head><title>Error {status}</title></head><body><h1>{words}</h1></body></html>"
        return page.encode(), "text/html"
    if dialect.error_body == "validation":
        problem = {"title": "One or more validation errors occurred.", "status": status, "errors": {"model": [words]}}
        return json.dumps(problem).encode(), "application/problem+json; charset=utf-8"
    if dialect.error_body == "problem":
        problem = {"type": "about:blank", "title": "One or more errors occurred.", "status": status, "detail": words}
        return json.dumps(problem).encode(), "application/problem+json; charset=utf-8"
    forms = {"message": {"message": words}, "identity": [{"code": "DefaultError", "description": words}]}
    content = forms.get(dialect.error_body, words)
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
    kept = "Z" if dialect.start_time == "utc" else dialect.timestamp_offset or "+00:00"
    try:
        instant = datetime.fromisoformat(f"{day}T{clock}") - _offset(zone or "Z") + _offset(kept)
    except (ValueError, OverflowError) as error:
        raise Refusal(400, "startTime is not a date and time.") from error
    if dialect.start_time == "as_sent":
        return text
    if dialect.start_time == "seconds":
        return f"{day}T{clock}{zone or ''}"
    if dialect.start_time == "naive":
        return f"{day}T{clock}"
    return f"{instant:%Y-%m-%dT%H:%M:%S}{'.' + fraction if fraction else ''}{kept}"


def ticks_of(text: Any, dialect: Dialect) -> int | None:
    """A timestamp as units of 100 ns, None if it is none."""
    found = _INSTANT.match(text) if isinstance(text, str) else None
    if not found:
        return None
    day, clock, fraction, zone = found.groups()
    try:
        instant = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC) - _offset(
            zone or dialect.timestamp_offset
        )
    except (ValueError, OverflowError):
        return None
    return int((instant - _EPOCH).total_seconds()) * _TICKS + int((fraction or "")[:7].ljust(7, "0"))


def pause_time(text: Any, dialect: Dialect) -> Any:
    """The end of a pause as this server keeps it; what it does not understand it keeps as it is."""
    found = re.search(r"(\d\d):(\d\d)(?::(\d\d))?", text) if isinstance(text, str) else None
    if not found or dialect.pause_times == "as_sent":
        return text
    span = f"{found[1]}:{found[2]}:{found[3] or '00'}"
    return span if dialect.pause_times == "span" else f"0001-01-01T{span}"


def kept_name(name: str, dialect: Dialect) -> str:
    forms = {"composed": "NFC", "decomposed": "NFD"}
    if dialect.names_kept in forms:
        return unicodedata.normalize(forms[dialect.names_kept], name)
    return name.upper() if dialect.names_kept == "upper" else name


def kept_text(text: str, dialect: Dialect) -> str:
    if dialect.texts_kept == "trimmed":
        return text.strip()
    return re.sub(r"\r?\n", "\r\n", text) if dialect.texts_kept == "crlf" else text


def _offset(text: str) -> timedelta:
    if text in ("Z", ""):
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[-2:])
    return timedelta(hours=hours, minutes=minutes) * (-1 if text[0] == "-" else 1)


def copy_of(value: Any) -> Any:
    return json.loads(json.dumps(value))
