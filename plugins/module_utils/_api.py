# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The published calls, one method each, and tolerant reading of what they answer.

Paths, verbs, query names, form keys and body shapes are those of the vendor's article "Astera Server APIs"; the verb of
``/api/Cluster``, which it leaves out, is assumed to be GET for reading and POST for writing, as for its siblings. The
article shows no answer in full, so lists may come bare or wrapped, keys in any case, and a path as a JSON text, an
object or plain text. Knows nothing of plans or check mode. Private to this collection.
"""

from __future__ import annotations

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
_TOTALS = ("total", "totalCount", "totalRecords", "totalItems")
_NEXT = ("next", "nextLink", "nextPage", "@odata.nextLink", "continuationToken")


class Api:
    """The calls that read."""

    can_write = False

    def __init__(self, session: Session) -> None:
        self.session = session

    def server_info(self) -> Any:
        """Whatever ``GET /api/ServerInfo`` holds: the vendor shows it only in a picture."""
        return self._get("/api/ServerInfo")

    def server_config(self) -> JsonObject:
        return self._object("/api/Server/Config")

    def cluster(self) -> JsonObject:
        return self._object("/api/Cluster")

    def deployments(self) -> list[JsonObject]:
        return self._objects("/api/Deployments")

    def schedules(self) -> list[JsonObject]:
        return self._objects("/api/Schedules")

    def schedule(self, schedule_id: int) -> JsonObject | None:
        """One schedule, or None where the server has none of that id (404, null: which one is not published)."""
        try:
            answer = self._get(f"/api/Schedule/{int(schedule_id)}")
        except AsteraError as error:
            if error.code == "not_found":
                return None
            raise
        return answer if isinstance(answer, dict) else None

    def _content(self, answer: Response, path: str, method: str = "POST") -> Any:
        """The JSON of an answer, its secrets guarded. What is nested beyond all measure is no JSON of this API."""
        secrets: list[str] = []
        try:
            content = guard(parse_json(answer, path, method), secrets)
        except RecursionError as error:
            raise not_json(answer, path, method) from error
        self.session.learn(*secrets)
        return content

    def _get(self, path: str) -> Any:
        answer = self.session.read(path)
        if answer.status == 204:
            return None
        return self._content(answer, path, "GET")

    def _object(self, path: str) -> JsonObject:
        content = self._get(path)
        if isinstance(content, list) and len(content) == 1:
            content = content[0]
        if not isinstance(content, dict):
            raise _unreadable(path, "an object")
        return content

    def _objects(self, path: str) -> list[JsonObject]:
        """A whole list, or an error: a part of one would make the rest look absent."""
        answer = self.session.read(path)
        content = None if answer.status == 204 else self._content(answer, path, "GET")
        items = content
        if isinstance(content, dict):
            lists = [value for value in content.values() if isinstance(value, list)]
            items = lists[0] if len(lists) == 1 else content
        if items is None:
            items = []
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise _unreadable(path, "a list of objects")
        if _is_partial(content, items, answer):
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
        file itself is presumably what counts.
        """
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
        return _stored_path(answer, path)

    def _post(self, path: str, content: JsonObject) -> JsonObject | None:
        answer = self.session.write(self._permit, json_request("POST", path, content))
        return _stored_object(self._accepted(answer, path), content)

    def _accepted(self, answer: Response, path: str) -> Any:
        """What a successful write answered. A page of HTML is no answer of this API: whose it is, nobody knows."""
        text = answer.body.strip()
        if not text or (text[:1] not in b'{["' and "html" not in answer.content_type and text[:1] != b"<"):
            return None
        try:
            return self._content(answer, path)
        except ExchangeError as error:
            error.outcome = UNKNOWN
            raise


def _stored_object(content: Any, sent: JsonObject) -> JsonObject | None:
    """The answer of a write if it is the object as the server now keeps it: with an id and a time stamp of its own."""
    if not isinstance(content, dict) or not _values.get(content, "id"):
        return None
    stamp = _values.get(content, "updateDtTm")
    fresh = isinstance(stamp, str) and stamp != _values.get(sent, "updateDtTm")
    return content if fresh and _values.same_text(_values.get(sent, "name"), _values.get(content, "name")) else None


def _stored_path(answer: Response, path: str) -> str:
    """The server's path of an uploaded file: a JSON text, an object with one such text, or plain text."""
    try:
        content = parse_json(answer, path)
    except ExchangeError:
        html = "html" in answer.content_type or answer.body.lstrip().startswith(b"<")
        content = None if html else answer.body.decode("utf-8-sig", "replace").strip()
    if isinstance(content, dict):
        texts = [value for value in content.values() if isinstance(value, str) and ("\\" in value or "/" in value)]
        content = texts[0] if len(texts) == 1 else None
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


def _is_partial(content: Any, items: list[JsonObject], answer: Response) -> bool:
    wrapper = content if isinstance(content, dict) else {}
    total = next((value for value in (_values.get(wrapper, key) for key in _TOTALS) if isinstance(value, int)), None)
    counted = answer.headers.get("X-Total-Count", "")
    if total is None and counted.isdigit():
        total = int(counted)
    more = (
        any(not _values.blank(reveal(_values.get(wrapper, key))) for key in _NEXT)
        or _values.get(wrapper, "hasMore") is True
    )
    return (
        answer.status == 206
        or more
        or (total is not None and total > len(items))
        or 'rel="next"' in answer.headers.get("Link", "")
    )


def _unreadable(path: str, expected: str) -> AsteraError:
    return AsteraError(
        "invalid_response",
        f"GET {path} did not answer with {expected}; check that url is that of an Astera Integration Server",
        method="GET",
        path=path,
        status=200,
        outcome=NOT_COMMITTED,
    )
