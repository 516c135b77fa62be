# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Around the application: record each request, inject its faults, and require a token."""

from __future__ import annotations

import asyncio
import functools
import tempfile
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI

from .app import Service
from .faults import AFTER_COMMIT, AFTER_READ, BEFORE_READ, CALL, CLOSE, DELAY, LOGIN, MID_RESPONSE, STATUS, Entry, Fault
from .serialization import ErrorResponse, encode_response, error_body

SEGMENTS = {
    part.lower(): part
    for part in """
    api account login Server Config License Key Activate Cluster UploadFile UploadCarFile Deployments Deployment Schedules
    Schedule CommandLineProcessor Job Run Status ServerInfo
    """.split()
}
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Body = tempfile.SpooledTemporaryFile[bytes]


class Middleware:
    """Around the application: record each request, inject its faults, and require a token."""

    def __init__(self, app: FastAPI, make_control: Callable[[], FastAPI], service: Service) -> None:
        self._app = app
        # Created when it is first needed: most emulators are not controlled from another process.
        self._control = functools.cache(make_control)
        self._service = service

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].startswith("/_emulator/"):
            await self._control()(scope, receive, send)
        else:
            await _Exchange(self._app, self._service, scope, receive, send).run()


class _Exchange:
    """A request with its faults and its response."""

    def __init__(self, app: FastAPI, service: Service, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self.app = app
        self.service = service
        self.receive = receive
        self.send = send
        path = scope["path"]
        if service.dialect.path_case == "any":
            path = "/".join(SEGMENTS.get(part.lower(), part) for part in path.split("/"))
        self.entry: Entry = service.journal.open(scope.get("emulator.connection", 0), scope)
        self.scope = {**scope, "path": path, "raw_path": path.encode(), "emulator.entry": self.entry}
        self.faults = service.faults.take(scope["method"], path)

    async def run(self) -> None:
        with tempfile.SpooledTemporaryFile(2**20) as body:
            try:
                await self._run(body)
            finally:
                self.service.log(self.entry)

    async def _run(self, body: Body) -> None:
        if await self._inject_faults(BEFORE_READ) or not await self._read(body):
            return
        if not self.entry.headers.get("content-type", "").startswith("multipart/"):
            self.entry.body = body.read()
        if self.service.latency:
            await asyncio.sleep(self.service.latency)
        if await self._inject_faults(AFTER_READ):
            return
        start, content = await self._call_app(body)
        self.entry.committed = self.entry.writes and 200 <= start["status"] < 300
        if await self._inject_faults(AFTER_COMMIT):
            return
        start, content = self._encode_response(start, content)
        self.entry.status = start["status"]
        await self.send(start)
        for fault in self._faults_at(MID_RESPONSE):
            half = len(content) // 2
            await self.send({"type": "http.response.body", "body": content[:half], "more_body": True})
            content = content[half:]
            if fault.how != DELAY:
                # Give the first half time to leave before the connection is cut.
                await asyncio.sleep(0.05)
                await self._cut_connection(fault)
                return
            await asyncio.sleep(fault.seconds)
        await self.send({"type": "http.response.body", "body": content})

    async def _read(self, body: Body) -> bool:
        """Return whether the whole body arrived: False if the client disconnected first."""
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return False
            body.write(message.get("body", b""))
            more = message.get("more_body", False)
        body.seek(0)
        return True

    async def _call_app(self, body: Body) -> tuple[dict[str, Any], bytes]:
        """Return the whole response of the application."""
        body.seek(0)
        sent: list[dict[str, Any]] = []

        async def replay() -> dict[str, Any]:
            piece = body.read(2**18)
            return {"type": "http.request", "body": piece, "more_body": bool(piece)}

        async def collect(message: dict[str, Any]) -> None:
            sent.append(message)

        try:
            if self.scope["path"] != LOGIN and self.scope["path"].startswith("/api"):
                self.entry.user = self.service.authenticate(self.entry.headers)
                self.service.check_permission(self.entry.user, self.scope["path"])
            await self.app(self.scope, replay, collect)
        except ErrorResponse as error:
            return self._error_response(error)
        except Exception:
            # An error of the emulator itself. Uvicorn does not log it, because its log level is critical.
            traceback.print_exc()
            return self._error_response(ErrorResponse(500))
        start = sent[0]
        if start["status"] == 405:
            return self._error_response(ErrorResponse(405, headers=_allow_header(start)))
        if start["status"] in (404, 422):
            return self._error_response(ErrorResponse(404))
        return start, b"".join(message.get("body", b"") for message in sent[1:])

    def _encode_response(self, start: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in start["headers"]}
        content, headers = encode_response(content, headers, self.service.dialect)
        pairs = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in headers.items()]
        return {**start, "headers": pairs}, content

    def _error_response(self, error: ErrorResponse) -> tuple[dict[str, Any], bytes]:
        content, kind = error_body(error.message, error.status, self.service.dialect)
        return _start_message(
            error.status, {**error.headers, **({"Content-Type": kind} if kind else {})}, content
        ), content

    def _faults_at(self, point: str) -> list[Fault]:
        return [fault for fault in self.faults if fault.at == point]

    async def _inject_faults(self, point: str) -> bool:
        """Inject the faults of this point. Return whether the exchange is over."""
        for fault in self._faults_at(point):
            if fault.how == CALL and fault.action:
                fault.action()
            elif fault.how == DELAY:
                await asyncio.sleep(fault.seconds)
            elif fault.how == STATUS:
                self.entry.status = fault.status
                await self.send(_start_message(fault.status, fault.headers, fault.body))
                await self.send({"type": "http.response.body", "body": fault.body})
                return True
            else:
                await self._cut_connection(fault)
                return True
        return False

    async def _cut_connection(self, fault: Fault) -> None:
        if fault.seconds:
            await asyncio.sleep(fault.seconds)
        self.scope["emulator.sever"](graceful=fault.how == CLOSE)
        while (await self.receive())["type"] != "http.disconnect":
            pass


def _start_message(status: int, headers: dict[str, str], content: bytes) -> dict[str, Any]:
    listed_headers = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
    listed_headers.append((b"content-length", str(len(content)).encode()))
    return {"type": "http.response.start", "status": status, "headers": listed_headers}


def _allow_header(start: dict[str, Any]) -> dict[str, str]:
    found = dict(start["headers"]).get(b"allow")
    return {"Allow": found.decode()} if found else {}
