# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The published endpoints, one method each.

Paths, verbs, query names, form keys and body shapes are those of the vendor's article "Astera Server APIs"; the verb of
``/api/Cluster``, which it leaves out, is assumed to be GET for reading and POST for writing, as for its siblings. What the
responses mean is in ``responses``. Private to this collection.
"""

from __future__ import annotations

import codecs
import secrets
from typing import Any

from .. import _values
from .._errors import UNKNOWN, AsteraError, RequestError
from .._secrets import Secret, wrap_secrets
from . import responses
from .responses import JsonObject, invalid_response, not_json, parse_json
from .session import Session, WritePermission
from .transport import Request, Response, json_request
from .upload import Upload

RUN_PATH = "/api/CommandLineProcessor"


class ReadOnlyClient:
    """The requests that read."""

    can_write = False

    def __init__(self, session: Session) -> None:
        self.session = session

    def server_info(self) -> Any:
        """Return whatever ``GET /api/ServerInfo`` returns: the vendor shows it only in a picture."""
        return self._read("/api/ServerInfo")[1]

    def server_config(self) -> JsonObject:
        return self._object("/api/Server/Config", responses.CONFIG_KEYS)

    def cluster(self) -> JsonObject:
        """Return the cluster's settings. The verb that reads them is assumed, so that a server might not know it."""
        try:
            return self._object("/api/Cluster", responses.CLUSTER_KEYS)
        except RequestError as error:
            if error.status in responses.NOT_THERE:
                raise error.with_message(
                    f"this server cannot return the cluster's settings (HTTP {error.status}). Read and change them in the Astera client."
                ) from error
            raise

    def deployments(self) -> list[JsonObject]:
        return self._objects("/api/Deployments")

    def schedules(self) -> list[JsonObject]:
        return self._objects("/api/Schedules")

    def schedule(self, schedule_id: int) -> JsonObject | None:
        """Return one schedule, or None where the server does not return it: only the list can show that it does not exist.

        How the server responds to an unknown id (404, 400, null) is not published. A role that can read the list might not
        have the permission for this request.
        """
        try:
            _response, content = self._read(f"/api/Schedule/{int(schedule_id)}")
        except RequestError as error:
            if error.delivery == RequestError.REJECTED and error.status != 401:
                return None
            raise
        found = responses.find_object(content, responses.SCHEDULE_KEYS)
        return found if _values.to_int(_values.get(found or {}, "id")) == int(schedule_id) else None

    def job_status(self, job_id: str) -> str:
        """Return the status of a job, one word.

        The vendor's pages name the request and "a few" of the words, none of them for a failure. The vendor's sample code
        reads the response as a JSON string. The response for an unknown id is not published: Invalid, Unknown or 404.
        """
        path = f"/api/Job/{job_id}/Status"
        response = self.session.read(path)
        content = responses.parse_json_or_text(response, path, "GET")
        word = responses.parse_job_status(content)
        if word:
            return word
        raise _unexpected_response(response, content, path, "a status")

    def _content(self, response: Response, path: str, method: str = "POST") -> Any:
        """Return the JSON of a response with its secrets wrapped. Raise for JSON that is nested too deeply for this API."""
        named: list[str] = []
        try:
            content = wrap_secrets(parse_json(response, path, method), named)
        except RecursionError as error:
            raise not_json(response, path, method) from error
        self.session.add_secrets(*named)
        return content

    def _read(self, path: str) -> tuple[Response, Any]:
        response = self.session.read(path)
        return response, None if response.status == 204 else self._content(response, path, "GET")

    def _object(self, path: str, keys: tuple[str, ...]) -> JsonObject:
        response, content = self._read(path)
        found = responses.find_object(content, keys)
        if found is None:
            raise _unexpected_response(response, content, path, "the object that it is for")
        return found

    def _objects(self, path: str) -> list[JsonObject]:
        """Return a whole list, sorted, because servers can return it in any order.

        Raise for a part of a list, because the rest would look absent.
        """
        response, content = self._read(path)
        wrapper, items = responses.find_list(content)
        if items is None:
            raise _unexpected_response(response, content, path, "a list of objects")
        if responses.is_paginated(wrapper, items, response):
            words = (
                "returned one page of a longer list. The collection does not know how to request the others. Report this with "
                "the output of astera_compatibility_info."
            )
            raise invalid_response(response, "GET", path, words)
        return sorted(items, key=_sort_key)


class Client(ReadOnlyClient):
    """The requests that write, too. It requires a permission that only a real run has."""

    can_write = True

    def __init__(self, session: Session, permit: WritePermission) -> None:
        super().__init__(session)
        self._permit = permit

    def save_server_config(self, content: JsonObject) -> JsonObject | None:
        return self._post("/api/Server/Config", content)

    def save_cluster(self, content: JsonObject) -> JsonObject | None:
        return self._post("/api/Cluster", content)

    def save_deployment(self, content: JsonObject) -> JsonObject | None:
        """Create (``id`` 0) or update a deployment. Return the stored object where the server returns it."""
        return self._post("/api/Deployment", content)

    def save_schedule(self, content: JsonObject) -> JsonObject | None:
        return self._post("/api/Schedule", content)

    def register_license(self, user: str, organization: str, key: Secret) -> None:
        model = {"user": user, "organization": organization, "key": key}
        self._post("/api/License/Key", {"LicenseKeyRegistrationModel": model})

    def activate_license(self) -> None:
        """Activate with "an empty text in the body", without which the request fails, as the article says."""
        path = "/api/License/Activate"
        headers = {"Content-Type": "text/plain", "Content-Length": "0"}
        self._check_write_response(
            self.session.write(self._permit, Request("POST", path, headers=headers, body=b"")), path
        )

    def run_job(self, content: JsonObject, path: str) -> str:
        """Start a job. Return its id.

        The path is from the vendor's sample code for version 8. The vendor's pages describe the request and its ``jobId``
        without a path.
        """
        response = self.session.write(self._permit, json_request("POST", path, content))
        job_id = responses.job_id(responses.parse_json_or_text(response, path))
        if job_id:
            return job_id
        words = (
            f"(HTTP {response.status}) was accepted without an id of the job. Check in the Job Monitor of the Astera client "
            "whether it runs."
        )
        raise invalid_response(response, "POST", path, words, UNKNOWN)

    def upload(self, upload: Upload, target: str) -> str:
        """Store a file in the deployment directory of the cluster. Return its path there.

        The target name holds the hash of the content, so that a repeated request is harmless. A server without
        ``/api/UploadFile`` gets an archive through ``/api/UploadCarFile``, which has no target name: there the name of the
        file itself presumably counts. Whether a file of the same name is overwritten or rejected is not published either.
        After a rejection that might mean this, the file is sent once more under a name that is not in use.
        """
        try:
            return self._upload_as(upload, target)
        except RequestError as error:
            if error.status not in (400, 409):
                raise
        return self._upload_as(upload, f"{target}-{secrets.token_hex(2)}")

    def _upload_as(self, upload: Upload, target: str) -> str:
        query = {"FileTypes": upload.kind, "TargetFileName": target}
        try:
            return self._send_file("/api/UploadFile", query, "ArchiveFile", upload, target)
        except AsteraError as error:
            if upload.kind != "Car" or error.status not in responses.NOT_THERE:
                raise
        return self._send_file("/api/UploadCarFile", {}, "Archive", upload, target)

    def _send_file(self, path: str, query: dict[str, str], form_key: str, upload: Upload, target: str) -> str:
        body = upload.multipart(form_key, f"{target}.{upload.kind.lower()}")
        request = Request("POST", path, query=query, headers={"Content-Type": body.content_type}, body=body)
        response = self.session.write(self._permit, request, repeatable=True)
        stored = responses.parse_upload_path(responses.parse_json_or_text(response, path))
        if stored is None:
            words = "did not return the path of the stored file. Check the free space and the deployment directory of the server."
            raise invalid_response(response, "POST", path, words, UNKNOWN)
        upload.accepted = True
        upload.check_unchanged()
        return stored

    def _post(self, path: str, content: JsonObject) -> JsonObject | None:
        response = self.session.write(self._permit, json_request("POST", path, content))
        return responses.stored_object(self._check_write_response(response, path), content)

    def _check_write_response(self, response: Response, path: str) -> Any:
        """Return the content of a successful write. Raise for a page of HTML, which is no response of this API."""
        text = response.body.strip()
        if text.removeprefix(codecs.BOM_UTF8).strip(b'"').lower() == b"false":
            raise self.session.error_from_response(Request("POST", path), response)
        if not text or (text[:1] not in b'{["' and "html" not in response.content_type and text[:1] != b"<"):
            return None
        try:
            return self._content(response, path)
        except RequestError as error:
            error.outcome = UNKNOWN
            raise


def _sort_key(item: JsonObject) -> tuple[str, str, str]:
    name = _values.get(item, "name", "")
    return _values.lookalike_key(name), _values.name_key(name), str(_values.get(item, "id", "")).zfill(20)


def _unexpected_response(response: Response, content: Any, path: str, expected: str) -> AsteraError:
    words = f"did not return {expected} ({responses.key_names(content)}). Check that url is that of an Astera Integration Server."
    return invalid_response(response, "GET", path, words)
