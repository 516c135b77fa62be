# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Convert stored objects to responses in a dialect, and requests to objects. All functions are pure."""

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
MOVING_MEMBERS = ("nextRunDtTm", "runCount", "activity", "lastCheck")
_FIRST_READ = 17_900_000_000_000_000
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)?$")
# The spelling of the vendor's article, because requests can have keys in any case.
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


class ErrorResponse(Exception):
    """A response with a status other than 200."""

    def __init__(self, status: int, message: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


def read_json(body: bytes) -> Any:
    try:
        return canonical_keys(json.loads(body, parse_constant=_reject_constant))
    except (ValueError, RecursionError) as error:
        raise ErrorResponse(400, "The request body is not valid JSON.") from error


def _reject_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def canonical_keys(value: Any) -> Any:
    if isinstance(value, list):
        return [canonical_keys(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {_KNOWN.get(key.lower(), key[:1].lower() + key[1:]): canonical_keys(item) for key, item in value.items()}


def to_dialect(value: Any, dialect: Dialect, inside: bool = False) -> Any:
    """Return the content of a response with the keys, numbers and empty values of the dialect."""
    if isinstance(value, list):
        return [to_dialect(item, dialect, inside) for item in value]
    if isinstance(value, dict):
        pascal = dialect.key_case == "pascal" or (dialect.key_case == "mixed" and not inside)
        return {
            (key[:1].upper() + key[1:] if pascal else key): to_dialect(item, dialect, True)
            for key, item in value.items()
            if not _is_omitted(item, dialect)
        }
    if isinstance(value, bool) and dialect.booleans_as_numbers:
        value = int(value)
    if dialect.numbers_as_strings and isinstance(value, bool):
        return "true" if value else "false"
    if dialect.numbers_as_strings and isinstance(value, int):
        return str(value)
    return None if value == "" and dialect.empty_as == "null" else value


def _is_omitted(item: Any, dialect: Dialect) -> bool:
    return item == "" and dialect.empty_as == "absent"


def without_empty_objects(item: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """Return an object without the inner objects in which nothing is set."""
    if dialect.unset_objects == "shown":
        return item
    nothing = {key for key, value in item.items() if isinstance(value, dict) and not any(value.values())}
    if dialect.unset_objects == "null":
        return {key: None if key in nothing else value for key, value in item.items()}
    return {key: value for key, value in item.items() if key not in nothing}


def with_moving_members(item: Any, reads: int, dialect: Dialect) -> Any:
    """Return an object with the members that the server changes at each read, also in its inner objects."""
    if not dialect.moving_members or not isinstance(item, dict):
        return item
    now = format_timestamp(_FIRST_READ + reads * _TICKS, dialect)
    inner = _with_last_check(item, now)
    return {**inner, "nextRunDtTm": now, "runCount": reads, "activity": {"lastHeartbeat": now, "kept": "as it is"}}


def _with_last_check(value: Any, now: str) -> Any:
    if isinstance(value, list):
        return [{**_with_last_check(item, now), "lastCheck": now} if isinstance(item, dict) else item for item in value]
    if not isinstance(value, dict):
        return value
    inner = {key: _with_last_check(item, now) for key, item in value.items()}
    return {key: {**item, "lastCheck": now} if isinstance(item, dict) else item for key, item in inner.items()}


def without_moving_members(value: Any, dialect: Dialect) -> Any:
    """Return what the server stores of a request."""
    if isinstance(value, list):
        return [without_moving_members(item, dialect) for item in value]
    if not isinstance(value, dict) or not dialect.moving_members:
        return value
    return {key: without_moving_members(item, dialect) for key, item in value.items() if key not in MOVING_MEMBERS}


def format_list(
    items: list[dict[str, Any]], dialect: Dialect, wrapper: str, number: int
) -> tuple[Any, int, dict[str, str]]:
    """Return the content, the status and the headers of a list. number: of the request for a list."""
    if dialect.list_order == "reversed":
        items = items[::-1]
    elif dialect.list_order == "turning" and items:
        items = items[number % len(items) :] + items[: number % len(items)]
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
    return _wrap_list(items, dialect, wrapper, more), status, headers


def _wrap_list(items: list[dict[str, Any]], dialect: Dialect, wrapper: str, more: dict[str, Any]) -> Any:
    shape = dialect.list_shape
    if shape == "bare" and not more:
        return items
    if shape == "references":
        items = [{"$id": str(number), **item} for number, item in enumerate(items, 2)]
        return {"$id": "1", "$values": items, **more}
    if shape == "with_errors":
        return {"errors": [], wrapper: items, "warnings": [], **more}
    if shape == "with_total":
        more = {"totalCount": len(items), "pageIndex": 0, **more}
    return {{"wrapped": wrapper, "value": "value"}.get(shape, "items"): items, **more}


def encode_response(content: bytes, headers: dict[str, str], dialect: Dialect) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers of a response as they are sent. headers: with lower-case names."""
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


def error_body(message: str, status: int, dialect: Dialect) -> tuple[bytes, str]:
    """Return the body and the content type of an error. No source shows them: these are the likely forms of ASP.NET Core."""
    if dialect.error_body == "empty" or not message:
        return b"", ""
    if dialect.error_body == "text":
        return message.encode(), "text/plain; charset=utf-8"
    if dialect.error_body == "html":
        page = f"<!DOCTYPE html><html><head><title>Error {status}</title></head><body><h1>{message}</h1></body></html>"
        return page.encode(), "text/html"
    if dialect.error_body == "validation":
        problem = {"title": "One or more validation errors occurred.", "status": status, "errors": {"model": [message]}}
        return json.dumps(problem).encode(), "application/problem+json; charset=utf-8"
    if dialect.error_body == "problem":
        problem = {"type": "about:blank", "title": "One or more errors occurred.", "status": status, "detail": message}
        return json.dumps(problem).encode(), "application/problem+json; charset=utf-8"
    forms = {"message": {"message": message}, "identity": [{"code": "DefaultError", "description": message}]}
    content = forms.get(dialect.error_body, message)
    return json.dumps(content).encode(), "application/json; charset=utf-8"


def format_timestamp(ticks: int, dialect: Dialect) -> str:
    offset = _offset(dialect.timestamp_offset)
    local = _EPOCH + timedelta(seconds=ticks // _TICKS) + offset
    fraction = f".{ticks % _TICKS:07d}"[: 1 + dialect.timestamp_digits] if dialect.timestamp_digits else ""
    return f"{local:%Y-%m-%dT%H:%M:%S}{fraction}{dialect.timestamp_offset}"


def stored_start_time(text: Any, dialect: Dialect) -> str:
    """Return the start of a schedule as this server stores it."""
    found = _TIMESTAMP.match(text) if isinstance(text, str) else None
    if not found:
        raise ErrorResponse(400, "startTime is not a date and time.")
    day, clock, fraction, zone = found.groups()
    clock = clock if len(clock) == 8 else f"{clock}:00"
    kept = "Z" if dialect.start_time == "utc" else dialect.timestamp_offset or "+00:00"
    try:
        instant = datetime.fromisoformat(f"{day}T{clock}") - _offset(zone or "Z") + _offset(kept)
    except (ValueError, OverflowError) as error:
        raise ErrorResponse(400, "startTime is not a date and time.") from error
    if dialect.start_time == "as_sent":
        return text
    if dialect.start_time == "seconds":
        return f"{day}T{clock}{zone or ''}"
    if dialect.start_time == "naive":
        return f"{day}T{clock}"
    return f"{instant:%Y-%m-%dT%H:%M:%S}{'.' + fraction if fraction else ''}{kept}"


def parse_ticks(text: Any, dialect: Dialect) -> int | None:
    """Return a timestamp in units of 100 ns, None if it is not one."""
    found = _TIMESTAMP.match(text) if isinstance(text, str) else None
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


def stored_pause_time(text: Any, dialect: Dialect) -> Any:
    """Return the start or end of a pause as this server stores it. Other strings are stored unchanged."""
    found = re.search(r"(\d\d):(\d\d)(?::(\d\d))?", text) if isinstance(text, str) else None
    if not found or dialect.pause_times == "as_sent":
        return text
    span = f"{found[1]}:{found[2]}:{found[3] or '00'}"
    return span if dialect.pause_times == "span" else f"0001-01-01T{span}"


def normalize_name(name: str, dialect: Dialect) -> str:
    forms = {"composed": "NFC", "decomposed": "NFD"}
    if dialect.name_normalization in forms:
        return unicodedata.normalize(forms[dialect.name_normalization], name)
    return name.upper() if dialect.name_normalization == "upper" else name


def normalize_text(text: str, dialect: Dialect) -> str:
    if dialect.text_normalization == "trimmed":
        return text.strip()
    return re.sub(r"\r?\n", "\r\n", text) if dialect.text_normalization == "crlf" else text


def _offset(text: str) -> timedelta:
    if text in ("Z", ""):
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[-2:])
    return timedelta(hours=hours, minutes=minutes) * (-1 if text[0] == "-" else 1)


def copy_json(value: Any) -> Any:
    return json.loads(json.dumps(value))
