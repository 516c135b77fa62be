# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The published calls, one method each, and tolerant reading of what they answer.

Paths, verbs, query names, form keys and body shapes are those of the vendor's article "Astera Server APIs"; the verb of
``/api/Cluster``, which it leaves out, is assumed to be GET for reading and POST for writing, as for its siblings. The
article shows no answer in full, so objects and lists may come bare or wrapped, keys in any case, and a path as a JSON text,
inside an object or as plain text. What is none of that is a failure, and never an empty list or an object without values. Knows nothing of plans or check mode. Private to this collection.
"""

from __future__ import annotations

import codecs
import re
import secrets
from collections.abc import Iterator
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.plugins.module_utils._errors import (
    NOT_COMMITTED,
    UNKNOWN,
    AsteraError,
    ExchangeError,
)
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import Secret, guard, reveal
from ansible_collections.astera.data_stack.plugins.module_utils._session import (
    Permit,
    Session,
    json_request,
    not_json,
    parse_json,
)
from ansible_collections.astera.data_stack.plugins.module_utils._transport import Request, Response
from ansible_collections.astera.data_stack.plugins.module_utils._upload import Upload

JsonObject = dict  # of str to any JSON value; texts under a secret's key are Secrets
_TOTALS = ("total", "totalCount", "totalRecords", "totalItems", "@odata.count")
_PAGES = ("totalPages", "pageCount", "lastPage")
_NEXT = ("next", "nextLink", "nextPage", "@odata.nextLink", "continuationToken")
# What an object of each kind has for certain; without any of these, it is something else.
_OF_CONFIG = ("serverDbInfo", "serverProfile", "configParameters")
_OF_CLUSTER = (
    *("sendErrorInfoToAstera", "purgeJobInfoAfter", "purgeEventInfoAfter", "stagingDirectory", "deploymentDirectory"),
    *("pauseAllServers", "pauseServersFrom", "clientAndServersShareTheSameFileSystem"),
)
_OF_SCHEDULE = ("schedule", "isFile", "traceLevel", "deploymentId")
# Where the list is that an object holds beside others.
_LISTS = ("items", "value", "values", "$values", "data", "result", "results", "records", "content")
_REPORTS = ("errors", "warnings", "messages")
_DEEPEST = 3


class Api:
    """The calls that read."""

    can_write = False

    def __init__(self, session: Session) -> None:
        self.session = session

    def server_info(self) -> Any:
        """Whatever ``GET /api/ServerInfo`` holds: the vendor shows it only in a picture."""
        return self._get("/api/ServerInfo")

    def server_config(self) -> JsonObject:
        return self._object("/api/Server/Config", _OF_CONFIG)

    def cluster(self) -> JsonObject:
        return self._object("/api/Cluster", _OF_CLUSTER)

    def deployments(self) -> list[JsonObject]:
        return self._objects("/api/Deployments", "deployments")

    def schedules(self) -> list[JsonObject]:
        return self._objects("/api/Schedules", "schedules")

    def schedule(self, schedule_id: int) -> JsonObject | None:
        """One schedule, or None where the server does not show it this way: only the list can say that it is not there.

        How an id that there is none of is answered (404, 400, null), is not published; nor does a role that may read the
        list have this call, too.
        """
        try:
            answer = self._get(f"/api/Schedule/{int(schedule_id)}")
        except ExchangeError as error:
            if error.phase == ExchangeError.REJECTED and error.status != 401:
                return None
            raise
        found = _object_in(answer, _OF_SCHEDULE)
        return found if _values.same_number(schedule_id, _values.get(found or {}, "id")) else None

    def _get(self, path: str) -> Any:
        answer = self.session.read(path)
        if answer.status == 204:
            return None
        return _content(answer, path, "GET")

    def _object(self, path: str, keys: tuple[str, ...]) -> JsonObject:
        found = _object_in(self._get(path), keys)
        if found is None:
            raise _unreadable(path, "the object that it is for")
        return found

    def _objects(self, path: str, name: str) -> list[JsonObject]:
        """A whole list, or an error: a part of one would make the rest look absent."""
        answer = self.session.read(path)
        content = None if answer.status == 204 else _content(answer, path, "GET")
        wrappers, items = _list_in(content, name)
        if not isinstance(items, list) or not all(_is_listed(item) for item in items):
            raise _unreadable(path, "a list of objects")
        if _is_partial(wrappers, items, answer):
            raise AsteraError(
                "invalid_response",
                f"GET {path} answered one page of a longer list; how to ask for the others is not published, so nothing "
                "can be said about what is missing",
                method="GET",
                path=path,
                status=answer.status,
            )
        return items


class WriteApi(Api):
    """The calls that write, too. Made with a permit, which only a real run has."""

    can_write = True

    def __init__(self, session: Session, permit: Permit) -> None:
        super().__init__(session)
        self._permit = permit

    def save_server_config(self, content: JsonObject) -> JsonObject | None:
        return self._post("/api/Server/Config", content)

    def save_cluster(self, content: JsonObject) -> JsonObject | None:
        return self._post("/api/Cluster", content)

    def save_deployment(self, content: JsonObject) -> JsonObject | None:
        """Create (``id`` 0) or update. The stored object where the server answers with it, else None."""
        return self._post("/api/Deployment", content)

    def save_schedule(self, content: JsonObject) -> JsonObject | None:
        return self._post("/api/Schedule", content)

    def register_license(self, user: str, organization: str, key: Secret) -> None:
        model = {"user": user, "organization": organization, "key": key}
        self._post("/api/License/Key", {"LicenseKeyRegistrationModel": model})

    def activate_license(self) -> None:
        """With "an empty text in the body", without which the call fails, as the article says."""
        path = "/api/License/Activate"
        headers = {"Content-Type": "text/plain", "Content-Length": "0"}
        self._accepted(self.session.write(self._permit, Request("POST", path, headers=headers, body=b"")), path)

    def upload(self, upload: Upload, target: str) -> str:
        """Store a file in the cluster's deployment directory → its path there.

        The target name holds the content's hash, so that sending it again is harmless. A server without
        ``/api/UploadFile`` gets an archive through ``/api/UploadCarFile``, which has no target name: there the name of the
        file itself is presumably what counts. Whether a file of the same name is overwritten or refused is not published
        either: to a refusal that may mean this, the file is sent once more, under a name that nobody has.
        """
        try:
            return self._upload_as(upload, target)
        except ExchangeError as error:
            if error.status not in (400, 409):
                raise
        return self._upload_as(upload, f"{target}-{secrets.token_hex(2)}")

    def _upload_as(self, upload: Upload, target: str) -> str:
        query = {"FileTypes": upload.kind, "TargetFileName": target}
        try:
            return self._send_file("/api/UploadFile", query, "ArchiveFile", upload, target)
        except AsteraError as error:
            if upload.kind != "Car" or error.status not in (404, 405):
                raise
        return self._send_file("/api/UploadCarFile", {}, "Archive", upload, target)

    def _send_file(self, path: str, query: dict[str, str], form_key: str, upload: Upload, target: str) -> str:
        body = upload.multipart(form_key, f"{target}.{upload.kind.lower()}")
        request = Request("POST", path, query=query, headers={"Content-Type": body.content_type}, body=body)
        answer = self.session.write(self._permit, request, repeatable=True)
        upload.check_unchanged()
        return _stored_path(answer, path, target)

    def _post(self, path: str, content: JsonObject) -> JsonObject | None:
        answer = self.session.write(self._permit, json_request("POST", path, content))
        return _stored_object(self._accepted(answer, path), content)

    def _accepted(self, answer: Response, path: str) -> Any:
        """What a successful write answered. A page of HTML is no answer of this API: whose it is, nobody knows."""
        text = answer.body.strip()
        if text.removeprefix(codecs.BOM_UTF8).strip(b'"').lower() == b"false":
            raise self.session.refusal(Request("POST", path), answer)
        if not text or (text[:1] not in b'{["' and "html" not in answer.content_type and text[:1] != b"<"):
            return None
        try:
            return _content(answer, path)
        except ExchangeError as error:
            error.outcome = UNKNOWN
            raise


def _content(answer: Response, path: str, method: str = "POST") -> Any:
    """The JSON of an answer, its secrets guarded. What is nested beyond all measure is no JSON of this API."""
    try:
        return guard(parse_json(answer, path, method))
    except RecursionError as error:
        raise not_json(answer, path, method) from error


def _stored_object(content: Any, sent: JsonObject) -> JsonObject | None:
    """The answer of a write if it is the object as the server now keeps it: with an id and a time stamp of its own."""
    if not isinstance(content, dict) or not _values.get(content, "id"):
        return None
    stamp = _values.get(content, "updateDtTm")
    fresh = isinstance(stamp, str) and stamp != _values.get(sent, "updateDtTm")
    return content if fresh and _values.same_text(_values.get(sent, "name"), _values.get(content, "name")) else None


def _object_in(content: Any, keys: tuple[str, ...], depth: int = _DEEPEST) -> JsonObject | None:
    """The object that has any of these keys, out of what it is wrapped in; None if there is none, or more than one."""
    if isinstance(content, dict) and any(_values.find_key(content, key) for key in keys):
        return content
    inner: list[Any] = []
    if depth and isinstance(content, dict):
        inner = list(content.values())
    elif depth and isinstance(content, list) and len(content) == 1:
        inner = content
    found = [item for item in (_object_in(each, keys, depth - 1) for each in inner) if item is not None]
    return found[0] if len(found) == 1 else None


def _list_in(content: Any, name: str) -> tuple[list[JsonObject], Any]:
    """→ the objects around a list, the outermost first, and the list; something else where it cannot be told which it is.

    name: how the list would be called by what is in it. Null is a list with nothing in it, at any depth.
    """
    wrappers: list[JsonObject] = []
    for _level in range(_DEEPEST):
        if not isinstance(content, dict):
            break
        wrappers.append(content)
        content = _unwrapped(content, name)
    return wrappers, [] if content is None else content


def _unwrapped(wrapper: JsonObject, name: str) -> Any:
    """What an object around a list holds; the object itself where that cannot be told."""
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


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, (dict, list)):
        for item in content.values() if isinstance(content, dict) else content:
            yield from _texts(item)


def _stored_path(answer: Response, path: str, target: str) -> str:
    """The server's path of an uploaded file: a JSON text, one such text inside something, or plain text.

    Of several texts it is the one that has the name of the file, or else the only one that looks like a path.
    """
    try:
        content = parse_json(answer, path)
    except ExchangeError:
        html = "html" in answer.content_type or answer.body.lstrip().startswith(b"<")
        content = None if html else answer.body.decode("utf-8-sig", "replace").strip()
    if isinstance(content, (dict, list)):
        texts = set(_texts(content))
        named = {text for text in texts if _values.same_stem(target, text)}
        paths = {text for text in named or texts if "\\" in text or "/" in text} or named
        content = paths.pop() if len(paths) == 1 else None
    if isinstance(content, str) and content.strip() and content.isprintable():
        return content
    raise AsteraError(
        "invalid_response",
        f"POST {path} did not say where it stored the file; check the free space and the deployment directory of the server",
        method="POST",
        path=path,
        status=answer.status,
        outcome=UNKNOWN,
    )


def _is_partial(wrappers: list[JsonObject], items: list[JsonObject], answer: Response) -> bool:
    if answer.status == 206 or re.search(r'rel="?next\b', answer.headers.get("Link", ""), re.IGNORECASE):
        return True
    totals = [answer.headers.get("X-Total-Count", "")]
    pages = []
    for wrapper in [*wrappers, *(value for each in wrappers for value in each.values() if isinstance(value, dict))]:
        if any(not _values.blank(reveal(_values.get(wrapper, key))) for key in _NEXT):
            return True
        if _values.same_flag(True, _values.get(wrapper, "hasMore")):
            return True
        totals += [str(_values.get(wrapper, key, "")) for key in _TOTALS]
        pages += [str(_values.get(wrapper, key, "")) for key in _PAGES]
    counts = [(totals, len(items)), (pages, 1)]
    return any(text.isdigit() and int(text) > most for texts, most in counts for text in texts)


def _unreadable(path: str, expected: str) -> AsteraError:
    return AsteraError(
        "invalid_response",
        f"GET {path} did not answer with {expected}; check that url is that of an Astera Integration Server",
        method="GET",
        path=path,
        status=200,
        outcome=NOT_COMMITTED,
    )
