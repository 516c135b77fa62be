# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parse what a response says. Pure.

The vendor's article shows no response in full, so keys might be in any case, lists bare or in an object, and a path, an id or a
status a JSON string, in an object or plain text. Anything else is None: never an empty list, never an object without values.
Private to this collection.
"""

from __future__ import annotations

import re
from typing import Any

from .. import _values
from .._errors import NOT_COMMITTED, AsteraError, RequestError
from .._secrets import reveal
from .transport import Response

JsonObject = dict  # of str to any JSON value; texts under a secret's key are Secrets
# What an object of each kind has for certain; without any of these, it is something else.
CONFIG_KEYS = ("serverDbInfo", "serverProfile", "configParameters")
CLUSTER_KEYS = (
    *("sendErrorInfoToAstera", "purgeJobInfoAfter", "purgeEventInfoAfter", "stagingDirectory", "deploymentDirectory"),
    *("pauseAllServers", "pauseServersFrom", "clientAndServersShareTheSameFileSystem"),
)
SCHEDULE_KEYS = ("schedule", "isFile", "traceLevel", "deploymentId")
# The statuses of a server without an endpoint.
NOT_THERE = (404, 405)
# Lists that an object may hold beside the one that is meant.
_REPORTS = ("errors", "warnings", "messages")
# How paginated lists show that there is more: beside the list, one level below, or in a header.
_TOTALS = ("total", "totalCount", "totalItems", "totalRecords", "count", "@odata.count", "X-Total-Count")
_PAGES = ("totalPages", "pageCount", "X-Total-Pages")
_NEXT = ("next", "nextLink", "@odata.nextLink", "continuationToken", "hasMore", "hasNext", "hasNextPage", "X-Next-Page")
# The memory that JSON needs depends on how many values it has, not on how long it is.
MAX_JSON_VALUES = 2_000_000
_MAX_SHOWN_TYPE = 100
_MAX_SHOWN_KEYS = 10
_WORD = re.compile(r"\w[\w .,/()-]{0,99}")


def parse_json(response: Response, path: str, method: str = "POST") -> Any:
    """Return the JSON of a successful response. Raise an AMBIGUOUS ``RequestError`` if it is not JSON."""
    try:
        return load_body(response.body)
    except _TooManyValuesError as error:
        words = f"has more than {MAX_JSON_VALUES:,} values, which is more than this collection reads"
        raise _unusable_body(response, path, method, words, "") from error
    except ValueError as error:
        raise not_json(response, path, method) from error


class _TooManyValuesError(ValueError):
    """The values of a JSON text would take too much memory."""


def load_body(body: bytes) -> Any:
    # An upper limit that costs nothing: each value but the first comes after one of these.
    if sum(map(body.count, (b",", b"[", b"{"))) > MAX_JSON_VALUES:
        raise _TooManyValuesError
    return _values.load_json(body.decode("utf-8-sig"))


def invalid_response(
    response: Response, method: str, path: str, words: str, outcome: str = NOT_COMMITTED
) -> AsteraError:
    """Return the error for a successful response of an unexpected form. words: what continues "POST /api/Cluster"."""
    return AsteraError(
        "invalid_response",
        f"{method} {path} {words}",
        method=method,
        path=path,
        status=response.status,
        outcome=outcome,
    )


def not_json(response: Response, path: str, method: str) -> RequestError:
    kind = response.content_type[:_MAX_SHOWN_TYPE] or "no content type"
    words = f"is not JSON ({kind}, {len(response.body)} bytes)"
    return _unusable_body(response, path, method, words, " and not of a proxy or a login page")


def _unusable_body(response: Response, path: str, method: str, words: str, not_of: str) -> RequestError:
    message = (
        f"the response to {method} {path} {words}. Check that url is that of an Astera Integration Server{not_of}."
    )
    request_info: dict[str, Any] = {"method": method, "path": path, "status": response.status}
    return RequestError(RequestError.AMBIGUOUS, "invalid_response", message, **request_info)


def key_names(content: Any) -> str:
    """Return what a response of an unknown form has, for a report of it."""
    names = sorted(map(str, content)) if isinstance(content, dict) else []
    return f"keys: {', '.join(names[:_MAX_SHOWN_KEYS]) or 'none'}"


def find_object(content: Any, keys: tuple[str, ...]) -> JsonObject | None:
    """Return the content if it is an object that has any of these keys."""
    known = isinstance(content, dict) and any(_values.find_key(content, key) for key in keys)
    return content if known else None


def find_list(content: Any) -> tuple[JsonObject, list[JsonObject] | None]:
    """Return the object around a list, empty for a bare list, and the list; None where it is ambiguous. Null is an empty list."""
    wrapper: JsonObject = content if isinstance(content, dict) else {}
    arrays = [value for key, value in wrapper.items() if isinstance(value, list) and key.casefold() not in _REPORTS]
    found = arrays[0] if len(arrays) == 1 else [] if content is None else content
    return wrapper, found if isinstance(found, list) and all(_is_listed(item) for item in found) else None


def _is_listed(item: Any) -> bool:
    return isinstance(item, dict) and bool(_values.find_key(item, "id") or _values.find_key(item, "name"))


def is_paginated(wrapper: JsonObject, items: list[JsonObject], response: Response) -> bool:
    """Return whether there is more than was returned, by any of the usual members and headers."""
    headers = response.headers
    holders = [dict(headers), wrapper, *(value for value in wrapper.values() if isinstance(value, dict))]

    def values(keys: tuple[str, ...]) -> list[Any]:
        return [reveal(_values.get(holder, key)) for holder in holders for key in keys]

    return (
        response.status == 206
        or any(not _values.is_empty(value) and _values.parse_boolean(value) is not False for value in values(_NEXT))
        or any(_figure(value) > len(items) for value in values(_TOTALS))
        or any(_figure(value) > 1 for value in values(_PAGES))
        or re.search(r'rel="?next\b', headers.get("Link", ""), re.IGNORECASE) is not None
        or re.search(r'"hasNext"\s*:\s*true', headers.get("X-Pagination", ""), re.IGNORECASE) is not None
    )


def _figure(value: Any) -> int:
    text = "" if isinstance(value, bool) else str(value)
    return int(text) if text.isdecimal() and len(text) < 20 else 0


def stored_object(content: Any, sent: JsonObject) -> JsonObject | None:
    """Return the content of a response to a write if it is the stored object, with an id and a timestamp of the server."""
    if not isinstance(content, dict) or not _values.get(content, "id"):
        return None
    stamp = _values.get(content, "updateDtTm")
    fresh = isinstance(stamp, str) and stamp != _values.get(sent, "updateDtTm")
    same_name = _values.name_key(_values.get(sent, "name")) == _values.name_key(_values.get(content, "name"))
    return content if fresh and same_name else None


def parse_json_or_text(response: Response, path: str, method: str = "POST") -> Any:
    """Return the JSON of a response; its text if it is not JSON; None for a page of HTML."""
    try:
        return parse_json(response, path, method)
    except RequestError:
        html = "html" in response.content_type or response.body.lstrip().startswith(b"<")
        return None if html else response.body.decode("utf-8-sig", "replace").strip()


def job_id(content: Any) -> str | None:
    """Return the id of a job: a positive number or a string, by itself or under ``jobId``."""
    if isinstance(content, dict):
        content = _values.get(content, "jobId", _values.get(content, "id"))
    if isinstance(content, int) and not isinstance(content, bool):
        return str(content) if content > 0 else None
    return content if isinstance(content, str) and is_valid_job_id(content) else None


def is_valid_job_id(text: str) -> bool:
    """Return whether a string can be an id, because it becomes a part of a path."""
    return bool(re.fullmatch(r"(?!0+$)[A-Za-z0-9-]{1,64}", text))


def parse_job_status(content: Any) -> str | None:
    """Return a status: a word by itself or under ``status``. A number stands for a word."""
    if isinstance(content, dict):
        content = _values.get(content, "status")
    if isinstance(content, int) and not isinstance(content, bool):
        content = str(content)
    return content if isinstance(content, str) and _WORD.fullmatch(content) else None


def parse_upload_path(content: Any) -> str | None:
    """Return the server's path of an uploaded file: a string, or the only one of an object that looks like a path."""
    if isinstance(content, dict):
        paths = [text for text in content.values() if isinstance(text, str) and ("\\" in text or "/" in text)]
        content = paths[0] if len(paths) == 1 else None
    return content if isinstance(content, str) and content.strip() and content.isprintable() else None
