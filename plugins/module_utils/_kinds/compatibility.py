# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report on how a server answers the open questions, by reads only and without values. Private to this collection."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

from .. import _values
from .._client.responses import parse_json
from .._client.session import Session
from .._client.tokens import LOGIN_PATH
from .._client.transport import Request, Response, Transport
from .._compatibility import shapes
from .._compatibility.observations import NO_CONTENT, Observation, Observations
from .._compatibility.openapi import WELL_KNOWN_PATHS, OpenApiDocument
from .._compatibility.published import CALLS, ENDPOINTS
from .._compatibility.questions import answer_all
from .._compatibility.report_page import render_page
from .._engine.converge import Outcome
from .._engine.fields import Options, check_range
from .._engine.kind import Operation
from .._engine.plan import EMPTY_PLAN
from .._errors import AsteraError, RequestError, usage
from .._secrets import wrap_secrets
from .._version import COLLECTION_VERSION

FORMAT = "astera.data_stack.compatibility"
VERSION = 1
_READS = ("/api/ServerInfo", "/api/Server/Config", "/api/Cluster", "/api/Deployments", "/api/Schedules")
# No server gives this one out: the largest id of 32 bits.
_UNUSED_ID = 2**31 - 1
_MAX_PAUSE = 3600
_PATH = re.compile(r"(/[\w.~@:+-]+)+")


class _RecordingTransport(Transport):
    """A transport that keeps the last response of each path: a session raises an error for what is not a success."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self.responses: dict[str, Response] = {}

    def send(self, request: Request) -> Response:
        self.responses.pop(request.path, None)
        response = super().send(request)
        self.responses[request.path] = response
        return response


class _Reader:
    """Read with a login of its own, to observe the response to a login, too."""

    def __init__(self, session: Session) -> None:
        self._recorder = _RecordingTransport(session.connection)
        self._session = Session(
            session.connection, session.redact, session.clock, transport=lambda _connection: self._recorder
        )

    def close(self) -> None:
        self._session.close()

    def read(self, path: str) -> Observation:
        """Return what a path answers, whatever its status. Raises what stops the login or the connection."""
        try:
            self._session.read(path)
        except AsteraError:
            if path not in self._recorder.responses:
                # The login, or the connection: nothing was answered here.
                raise
        return _observed(self._recorder.responses[path], path)

    def read_if_answered(self, path: str) -> Observation | None:
        try:
            return self.read(path)
        except AsteraError:
            return None

    def read_without_token(self, path: str) -> Observation | None:
        try:
            response = self._recorder.send(Request("GET", path))
        except RequestError:
            return None
        return _observed(response, path)

    def observation(self, path: str) -> Observation | None:
        response = self._recorder.responses.get(path)
        return None if response is None else _observed(response, path)

    def document(self, path: str) -> tuple[OpenApiDocument, str] | None:
        """Return the OpenAPI document at a path and its SHA-256, or None."""
        self.read_if_answered(path)
        response = self._recorder.responses.get(path)
        if response is None or not 200 <= response.status < 300:
            return None
        try:
            found = OpenApiDocument(parse_json(response, path, "GET"))
        except (AsteraError, ValueError, RecursionError):
            return None
        return found, hashlib.sha256(response.body).hexdigest()


def _observed(response: Response, path: str) -> Observation:
    content: Any = NO_CONTENT
    text = "empty"
    if response.body.strip():
        try:
            content = wrap_secrets(parse_json(response, path, "GET"))
        except (AsteraError, RecursionError):
            text = "HTML" if response.body.lstrip()[:1] == b"<" else "plain text"
    headers = frozenset(str(name).lower() for name in response.headers)
    return Observation(response.status, response.content_type, content, text, headers)


class Compatibility(Operation):
    kind = "report"
    label_template = "the compatibility report"
    reads_only = True
    options = Options(
        others={"openapi_path": {"type": "str"}, "pause_between_reads": {"type": "int", "default": 2}},
    )

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._page = ""
        pause, path = params["pause_between_reads"], params["openapi_path"]
        check_range("pause_between_reads", pause, 0, _MAX_PAUSE)
        if path is not None and not _PATH.fullmatch(path):
            raise usage(
                f"openapi_path {path!r} is not a path on the server. Give one such as /swagger/v1/swagger.json."
            )

    def apply(self) -> Outcome:
        session = self.context.api.session
        if session.connection.is_snapshot:
            raise usage("url is a snapshot, and the report needs a server. Give the address of the server.")
        _check_login(session)
        reader = _Reader(session)
        try:
            report = {
                "format": FORMAT,
                "version": VERSION,
                "collection": COLLECTION_VERSION,
                "ansible": self.context.ansible_version,
                **_report(reader, self.params, session.clock.sleep),
            }
            self._page = render_page(report)
        finally:
            reader.close()
        return Outcome(False, EMPTY_PLAN, report)

    def to_result(self, found: Any) -> Any:
        """Return the report as it is, because its keys are names that a server uses."""
        return found

    def extra_results(self) -> dict[str, Any]:
        return {"markdown": self._page} if self._page else {}


def _check_login(session: Session) -> None:
    """Log in as any task does, so that a login which was refused earlier in the run is not repeated."""
    try:
        session.read("/api/ServerInfo")
    except AsteraError as error:
        if error.path == LOGIN_PATH or error.status is None:
            raise


def _report(reader: _Reader, params: dict[str, Any], sleep: Callable[[float], None]) -> dict[str, Any]:
    seen = Observations()
    for number in range(2):
        if number:
            sleep(params["pause_between_reads"])
        for path in _READS:
            seen.reads.setdefault(path, []).append(reader.read(path))
        schedule_id = _find_schedule_id(seen)
        if schedule_id is not None:
            found = reader.read(f"/api/Schedule/{schedule_id}")
            seen.reads.setdefault("/api/Schedule/{id}", []).append(found)
    seen.login = reader.observation(LOGIN_PATH)
    seen.unknown_id = reader.read_if_answered(f"/api/Schedule/{_UNUSED_ID}")
    seen.unknown_job = reader.read_if_answered(f"/api/Job/{_UNUSED_ID}/Status")
    seen.other_case = reader.read_if_answered("/api/serverinfo")
    seen.without_token = reader.read_without_token("/api/Server/Config")
    openapi = _openapi(reader, seen, params["openapi_path"])
    return {
        "endpoints": list_endpoints(seen),
        "questions": answer_all(seen),
        "volatile": find_moving_members(seen),
        "openapi": openapi,
    }


def _find_schedule_id(seen: Observations) -> int | str | None:
    """Return the id of a schedule that can be a part of a path."""
    for item in seen.objects("/api/Schedules"):
        found = str(_values.get(item, "id", ""))
        if found.isdecimal() and len(found) < 20:
            return found
    return None


def list_endpoints(seen: Observations) -> list[dict[str, Any]]:
    found = [
        ("POST", LOGIN_PATH, seen.login),
        *(("GET", path, seen.first(path)) for path in (*_READS, "/api/Schedule/{id}")),
        ("GET", "/api/Job/{id}/Status", seen.unknown_job),
    ]
    return [
        {
            "method": method,
            "path": path,
            "status": read.status,
            "content_type": read.kind,
            "shape": _shape(path, read),
        }
        for method, path, read in found
        if read is not None
    ]


def _shape(path: str, read: Observation) -> Any:
    """Return the shape of objects with their published members, and of what they are wrapped in with plain words only."""
    if read.content is NO_CONTENT or not read.accepted:
        return read.body_shape()
    return _wrapped_shape(read.content, *_find_content(path, read.content))


def _find_content(path: str, content: Any) -> tuple[Any, shapes.Members]:
    """Return what an endpoint is for, out of what it is wrapped in, with its members; all of it without members if it is unknown."""
    inner = ENDPOINTS[path].find_content(content) if path in ENDPOINTS else None
    return (content, shapes.NOT_PUBLISHED) if inner is None else (inner, ENDPOINTS[path].members)


def _wrapped_shape(content: Any, inner: Any, members: shapes.Members) -> Any:
    if content is inner or not isinstance(content, dict):
        return shapes.describe(content, members)
    return {
        (key if shapes.is_plain_name(key) else shapes.HIDDEN_KEY): (
            shapes.describe(item, members if item is inner else shapes.NOT_PUBLISHED)
        )
        for key, item in content.items()
    }


def find_moving_members(seen: Observations) -> dict[str, list[str]]:
    """Return for each endpoint the members that differ between the two reads."""
    found: dict[str, list[str]] = {}
    for path, reads in seen.reads.items():
        if len(reads) == 2 and all(read.accepted and read.content is not NO_CONTENT for read in reads):
            (one, members), (other, others) = (_find_content(path, read.content) for read in reads)
            shown = members if others.published else shapes.NOT_PUBLISHED
            found[path] = sorted(shapes.moving_members(one, other, shown))
    return {path: moving for path, moving in found.items() if moving}


def _openapi(reader: _Reader, seen: Observations, given: str | None) -> dict[str, Any]:
    for path in [given] if given else WELL_KNOWN_PATHS:
        found = reader.document(path)
        if found is None:
            continue
        seen.openapi, digest = found
        return {
            "found": True,
            "path": path if path in WELL_KNOWN_PATHS else "as given by openapi_path",
            "sha256": digest,
            "version": seen.openapi.version,
            "calls": {call.name: seen.openapi.compare(call) for call in CALLS},
            "other_calls": seen.openapi.other_calls(CALLS),
        }
    tried = "at openapi_path" if given else f"at {', '.join(WELL_KNOWN_PATHS)}"
    return {"found": False, "reason": f"no OpenAPI document {tried}"}
