# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parse what a response says, in whichever form it comes. Pure.

The vendor's article shows no response in full, so objects and lists might be bare or wrapped, keys in any case, and a path, an
id or a status a JSON string, inside an object or plain text. What is ambiguous is None: never an empty list, never an object
without values. Private to this collection.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .. import _values
from .._errors import NOT_COMMITTED, AsteraError, RequestError
from .._secrets import reveal
from .transport import Response
from .upload import is_stored_as

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
# Lists that an object may hold beside the one that is meant, and the names of that one.
_REPORTS = ("errors", "warnings", "messages")
_LISTS = ("items", "value", "values", "$values", "data", "result", "results", "records", "content")
# How paginated lists show that there is more: beside the list, one level below, or in a header.
_TOTALS = ("total", "totalCount", "totalItems", "totalRecords", "count", "@odata.count", "X-Total-Count")
_PAGES = ("totalPages", "pageCount", "X-Total-Pages")
_NEXT = ("next", "nextLink", "@odata.nextLink", "continuationToken", "hasMore", "hasNext", "hasNextPage", "X-Next-Page")
# The memory that JSON needs depends on how many values it has, not on how long it is.
MAX_JSON_VALUES = 2_000_000
_MAX_SHOWN_TYPE = 100
_MAX_DEPTH = 3
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


def find_object(content: Any, keys: tuple[str, ...], depth: int = _MAX_DEPTH) -> JsonObject | None:
    """Return the object that has any of these keys, unwrapped; None if there is none, or more than one."""
    if isinstance(content, dict) and any(_values.find_key(content, key) for key in keys):
        return content
    inner: list[Any] = []
    if depth and isinstance(content, dict):
        inner = list(content.values())
    elif depth and isinstance(content, list) and len(content) == 1:
        inner = content
    found = [item for item in (find_object(each, keys, depth - 1) for each in inner) if item is not None]
    return found[0] if len(found) == 1 else None


def find_list(content: Any, name: str) -> tuple[list[JsonObject], list[JsonObject] | None]:
    """Return the objects around a list, the outermost first, and the list; None where it is ambiguous.

    name: what the list would be called by what is in it. Null is an empty list, at any depth.
    """
    wrappers: list[JsonObject] = []
    for _level in range(_MAX_DEPTH):
        if not isinstance(content, dict):
            break
        wrappers.append(content)
        content = _unwrapped(content, name)
    if content is None:
        return wrappers, []
    understood = isinstance(content, list) and all(_is_listed(item) for item in content)
    return wrappers, content if understood else None


def _unwrapped(wrapper: JsonObject, name: str) -> Any:
    """Return what an object around a list holds; the object itself where that is ambiguous."""
    arrays = [key for key, value in wrapper.items() if isinstance(value, list) and key.casefold() not in _REPORTS]
    for key in (name, *_LISTS):
        found = _values.find_key(wrapper, key)
        if found in arrays and not wrapper[found] and len(arrays) > 1:
            return wrapper
        if found is not None and isinstance(wrapper[found], (list, dict, type(None))):
            return wrapper[found]
    inner = [value for value in wrapper.values() if isinstance(value, (list, dict))]
    full = [value for value in inner if isinstance(value, list) and value and all(map(_is_listed, value))]
    for candidates in (full, inner):
        if len(candidates) == 1:
            return candidates[0]
    return wrapper


def _is_listed(item: Any) -> bool:
    return isinstance(item, dict) and bool(_values.find_key(item, "id") or _values.find_key(item, "name"))


def is_paginated(wrappers: list[JsonObject], items: list[JsonObject], response: Response) -> bool:
    """Return whether there is more than was returned, by any of the usual members and headers."""
    headers = response.headers
    holders = [*wrappers, headers, _json_or_none(headers.get("X-Pagination", ""))]
    holders += [value for each in holders if isinstance(each, dict) for value in each.values()]

    def values(keys: tuple[str, ...]) -> list[Any]:
        return [reveal(_values.get(dict(each), key)) for each in holders if isinstance(each, Mapping) for key in keys]

    return (
        response.status == 206
        or any(not _values.is_empty(value) and _values.parse_boolean(value) is not False for value in values(_NEXT))
        or any(_figure(value) > len(items) for value in values(_TOTALS))
        or any(_figure(value) > 1 for value in values(_PAGES))
        or _figure(headers.get("Content-Range", "").rpartition("/")[2]) > len(items)
        or re.search(r'rel="?next\b', headers.get("Link", ""), re.IGNORECASE) is not None
    )


def _figure(value: Any) -> int:
    text = "" if isinstance(value, bool) else str(value)
    return int(text) if text.isdecimal() and len(text) < 20 else 0


def _json_or_none(text: str) -> Any:
    try:
        return _values.load_json(text)
    except ValueError:
        return None


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
        inner = find_object(content, ("jobId",)) or content
        content = _values.get(inner, "jobId", _values.get(inner, "id"))
    if isinstance(content, int) and not isinstance(content, bool):
        return str(content) if content > 0 else None
    return content if isinstance(content, str) and is_valid_job_id(content) else None


def is_valid_job_id(text: str) -> bool:
    """Return whether a string can be an id, because it becomes a part of a path."""
    return bool(re.fullmatch(r"(?!0+$)[A-Za-z0-9-]{1,64}", text))


def parse_job_status(content: Any) -> str | None:
    """Return a status: a word by itself, under ``status``, or the only string of an object. A number stands for a word."""
    if isinstance(content, dict):
        texts = [value for value in content.values() if isinstance(value, str)]
        content = _values.get(content, "status", texts[0] if len(texts) == 1 else None)
    if isinstance(content, int) and not isinstance(content, bool):
        content = str(content)
    return content if isinstance(content, str) and _WORD.fullmatch(content) else None


def parse_upload_path(content: Any, target: str) -> str | None:
    """Return the server's path of an uploaded file: a string, or one inside an object or list.

    Of several strings it is the one that has the name of the file, or else the only one that looks like a path.
    """
    if isinstance(content, (dict, list)):
        texts = set(find_strings(content))
        named = {text for text in texts if is_stored_as(target, text)}
        paths = {text for text in named or texts if "\\" in text or "/" in text} or named
        content = paths.pop() if len(paths) == 1 else None
    return content if isinstance(content, str) and content.strip() and content.isprintable() else None


def find_strings(content: Any) -> Iterator[str]:
    """Yield each string inside a value."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, (dict, list)):
        for item in content.values() if isinstance(content, dict) else content:
            yield from find_strings(item)
