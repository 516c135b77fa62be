# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The application: the published calls as routes, behind a gate that journals, harms and authenticates."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import jwt
from fastapi import APIRouter, FastAPI, Request, Response
from starlette.datastructures import UploadFile

from .rules import Rules
from .script import (
    AFTER_COMMIT,
    AFTER_READ,
    BEFORE_READ,
    CALL,
    CLOSE,
    DELAY,
    LOGIN,
    MID_RESPONSE,
    STATUS,
    Entry,
    Fault,
    Faults,
    Journal,
)
from .wire import Refusal, error_body, listed, read_json, shown

_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_LONG_SECONDS = 30 * 24 * 3600
_SEGMENTS = {
    part.lower(): part
    for part in "api account login Server Config License Key Activate Cluster UploadFile UploadCarFile Deployments Deployment "
    "Schedules Schedule CommandLineProcessor Job Status ServerInfo".split(" ")
}
_KNOWN = re.compile(r"/api/(account/login|Server/Config|License/(Key|Activate)|Cluster|Upload(Car)?File|Deployments?|Schedules?(/\d+)?|CommandLineProcessor|Job/\d+/Status|ServerInfo)$")  # fmt: skip
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Service:
    """What the routes share: the rules, who may log in, and what is to be done after an answer."""

    def __init__(self, rules: Rules, accounts: dict[str, str]) -> None:
        self.rules = rules
        self.dialect = rules.dialect
        self.accounts = accounts
        self.faults = Faults()
        self.journal = Journal()
        self.latency = 0.0
        self.restart: Callable[[], None] = lambda: None
        self._turns = 0

    def turn(self) -> int:
        self._turns += 1
        return self._turns

    def token(self, user: str, remember: bool) -> str:
        now = int(time.time())
        claims = {
            f"{_CLAIMS}nameidentifier": "1",
            f"{_CLAIMS}emailaddress": f"{user}@example.com",
            f"{_CLAIMS}name": user,
            "sub": user,
            "jti": f"{time.time_ns():x}",
            "iat": now,
            "rol": "api_access",
            "id": "1",
            "nbf": now,
            "exp": now + (_LONG_SECONDS if remember else self.dialect.token_seconds),
        }
        with self.rules.store.transaction() as work:
            return jwt.encode(claims, work.secret(), algorithm="HS256")

    def user_of(self, headers: dict[str, str]) -> str:
        scheme, _blank, token = headers.get("authorization", "").partition(" ")
        with self.rules.store.transaction() as work:
            secret = work.secret()
        try:
            if scheme == "Bearer":
                return str(jwt.decode(token, secret, algorithms=["HS256"])["sub"])
        except jwt.InvalidTokenError:
            pass
        raise Refusal(401, headers={"WWW-Authenticate": "Bearer"})


def application(service: Service) -> FastAPI:
    app = FastAPI(title="Astera Integration Server, emulated", version="10", docs_url=None, redoc_url=None)
    app.include_router(_routes(service))
    return app


def _answer(service: Service, content: Any) -> Response:
    text = json.dumps(shown(content, service.dialect), ensure_ascii=False)
    return Response(text, media_type="application/json; charset=utf-8")


def _stored(service: Service, item: dict[str, Any]) -> Response:
    """What a POST of a deployment or schedule answers; the article only shows that it is 200."""
    form = service.dialect.post_answer
    if form == "empty":
        return Response()
    return _answer(service, {"object": item, "id": item["id"], "boolean": True}[form])


def _routes(service: Service) -> APIRouter:
    rules, dialect = service.rules, service.dialect
    routes = APIRouter()

    @routes.post(LOGIN)
    async def login(request: Request) -> Response:
        sent = read_json(await request.body())
        if not isinstance(sent, dict) or sent.get("rememberMe") not in (None, 0, 1, True, False):
            raise Refusal(400, "The login request is not valid.")
        user, password = sent.get("user"), sent.get("password")
        if not isinstance(user, str) or service.accounts.get(user) != password:
            raise Refusal(dialect.login_failure_status, "The user name or password is incorrect.")
        answer = {
            dialect.token_name: service.token(user, bool(sent.get("rememberMe"))),
            "id": 1,
            "userName": user,
            "email": f"{user}@example.com",
        }
        return Response(json.dumps(answer), media_type="application/json")

    @routes.get("/api/Server/Config")
    async def read_config() -> Response:
        return _answer(service, rules.server_config())

    @routes.post("/api/Server/Config")
    async def save_config(request: Request) -> Response:
        if rules.save_server_config(read_json(await request.body())) and dialect.restart_seconds:
            service.restart()
        return Response()

    @routes.post("/api/License/Key")
    async def license_key(request: Request) -> Response:
        rules.register_license(read_json(await request.body()))
        return Response()

    @routes.post("/api/License/Activate")
    async def activate(request: Request) -> Response:
        rules.activate_license(await request.body(), request.headers.get("content-length"))
        return Response()

    @routes.get("/api/Cluster")
    async def read_cluster() -> Response:
        return _answer(service, rules.cluster())

    @routes.post("/api/Cluster")
    async def save_cluster(request: Request) -> Response:
        rules.save_cluster(read_json(await request.body()))
        return Response()

    @routes.post("/api/UploadFile")
    async def upload(request: Request) -> Response:
        query = {key.lower(): value for key, value in request.query_params.items()}
        if not query.get("filetypes") or not query.get("targetfilename"):
            raise Refusal(400, "FileTypes and TargetFileName are required.")
        name, content = await _file_of(request, "ArchiveFile")
        return _kept(service, request, "ArchiveFile", name, (query["targetfilename"], query["filetypes"], content))

    @routes.post("/api/UploadCarFile")
    async def upload_car(request: Request) -> Response:
        name, content = await _file_of(request, "Archive")
        if not name.lower().endswith(".car"):
            raise Refusal(400, "A .car file is expected.")
        return _kept(service, request, "Archive", name, (name[:-4], "Car", content))

    @routes.get("/api/Deployments")
    async def deployments() -> Response:
        return _answer_list(service, rules.deployments(), "deployments")

    @routes.post("/api/Deployment")
    async def save_deployment(request: Request) -> Response:
        return _stored(service, rules.save_deployment(read_json(await request.body())))

    @routes.get("/api/Schedules")
    async def schedules() -> Response:
        return _answer_list(service, rules.schedules(), "schedules")

    @routes.get("/api/Schedule/{number}")
    async def schedule(number: int) -> Response:
        return _answer(service, rules.schedule(number))

    @routes.post("/api/Schedule")
    async def save_schedule(request: Request) -> Response:
        return _stored(service, rules.save_schedule(read_json(await request.body())))

    @routes.get("/api/ServerInfo")
    async def server_info() -> Response:
        return _answer(service, {"product": "Astera Data Stack (emulated)", "version": "10.0.0.0", "status": "Running"})

    @routes.post("/api/CommandLineProcessor")
    async def run_job(request: Request) -> Response:
        return _answer(service, rules.run_job(read_json(await request.body())))

    @routes.get("/api/Job/{number}/Status")
    async def job_status(number: int) -> Response:
        return Response(json.dumps(rules.job_status(number)), media_type="application/json")

    return routes


def _answer_list(service: Service, items: list[dict[str, Any]], wrapper: str) -> Response:
    content = listed(items, service.dialect, wrapper, service.turn())
    return Response(json.dumps(content, ensure_ascii=False), media_type="application/json; charset=utf-8")


async def _file_of(request: Request, form_key: str) -> tuple[str, bytes]:
    """The one file of a form, under exactly the published key."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Refusal(400, "multipart/form-data is expected.")
    async with request.form() as form:
        file = form.get(form_key)
        if not isinstance(file, UploadFile):
            raise Refusal(400, f"The form has no file {form_key}.")
        return file.filename or "", await file.read()


def _kept(service: Service, request: Request, key: str, name: str, file: tuple[str, str, bytes]) -> Response:
    path, told = service.rules.upload(*file)
    request.scope["emulator.entry"].files[key] = {"name": name, **told}
    form = service.dialect.upload_answer
    if form == "plain_text":
        return Response(path, media_type="text/plain")
    return _answer(service, {"filePath": path} if form == "object" else path)


class Gate:
    """Around the application: each request is written down, harmed as scripted, and let in only with a token."""

    def __init__(self, app: FastAPI, control: FastAPI, service: Service) -> None:
        self._app = app
        self._control = control
        self._service = service

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].startswith("/_emulator/"):
            await self._control(scope, receive, send)
        else:
            await _Exchange(self._app, self._service, scope, receive, send).run()


class _Exchange:
    def __init__(self, app: FastAPI, service: Service, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self.app = app
        self.service = service
        self.receive = receive
        self.send = send
        # ASP.NET Core matches paths in any case.
        path = "/".join(_SEGMENTS.get(part.lower(), part) for part in scope["path"].split("/"))
        self.entry: Entry = service.journal.open(scope.get("emulator.connection", 0), scope)
        self.scope = {**scope, "path": path, "raw_path": path.encode(), "emulator.entry": self.entry}
        self.faults = service.faults.take(scope["method"], path)

    async def run(self) -> None:
        if await self._harmed(BEFORE_READ):
            return
        messages, body = await self._read()
        if not self.entry.headers.get("content-type", "").startswith("multipart/"):
            self.entry.body = body
        if self.service.latency:
            await asyncio.sleep(self.service.latency)
        if await self._harmed(AFTER_READ):
            return
        answer = await self._answer(messages)
        if answer is None:
            return
        start, content = answer
        self.entry.committed = self.entry.writes and start["status"] == 200
        if await self._harmed(AFTER_COMMIT):
            return
        self.entry.status = start["status"]
        for fault in self._at(MID_RESPONSE):
            await self.send(start)
            await self.send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
            await asyncio.sleep(0.05)
            await self._harm(fault)
            return
        await self.send(start)
        await self.send({"type": "http.response.body", "body": content})

    async def _read(self) -> tuple[list[dict[str, Any]], bytes]:
        messages = []
        while True:
            message = await self.receive()
            messages.append(message)
            if message["type"] != "http.request" or not message.get("more_body"):
                return messages, b"".join(part.get("body", b"") for part in messages)

    async def _answer(self, messages: list[dict[str, Any]]) -> tuple[dict[str, Any], bytes] | None:
        """The application's answer, collected; None if the client has gone."""
        if messages[-1]["type"] == "http.disconnect":
            return None
        pending = iter(messages)
        sent: list[dict[str, Any]] = []

        async def replay() -> dict[str, Any]:
            return next(pending, {"type": "http.disconnect"})

        async def collect(message: dict[str, Any]) -> None:
            sent.append(message)

        try:
            if self.scope["path"] != LOGIN and self.scope["path"].startswith("/api"):
                self.entry.user = self.service.user_of(self.entry.headers)
            await self.app(self.scope, replay, collect)
        except Refusal as refusal:
            return self._refused(refusal)
        start = sent[0]
        if start["status"] in (404, 405, 422):
            known = _KNOWN.match(self.scope["path"])
            return self._refused(Refusal(405 if known and start["status"] == 405 else 404))
        return start, b"".join(message.get("body", b"") for message in sent[1:])

    def _refused(self, refusal: Refusal) -> tuple[dict[str, Any], bytes]:
        content, kind = error_body(refusal.words, refusal.status, self.service.dialect)
        return _start(refusal.status, {**refusal.headers, **({"Content-Type": kind} if kind else {})}, content), content

    def _at(self, place: str) -> list[Fault]:
        return [fault for fault in self.faults if fault.at == place]

    async def _harmed(self, place: str) -> bool:
        """→ whether that was the end of the exchange."""
        for fault in self._at(place):
            if fault.how == CALL and fault.action:
                fault.action()
            elif fault.how == DELAY:
                await asyncio.sleep(fault.seconds)
            elif fault.how == STATUS:
                self.entry.status = fault.status
                await self.send(_start(fault.status, fault.headers, fault.body))
                await self.send({"type": "http.response.body", "body": fault.body})
                return True
            else:
                await self._harm(fault)
                return True
        return False

    async def _harm(self, fault: Fault) -> None:
        if fault.seconds:
            await asyncio.sleep(fault.seconds)
        self.scope["emulator.sever"](graceful=fault.how == CLOSE)
        while (await self.receive())["type"] != "http.disconnect":
            pass


def _start(status: int, headers: dict[str, str], content: bytes) -> dict[str, Any]:
    listed_headers = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
    listed_headers.append((b"content-length", str(len(content)).encode()))
    return {"type": "http.response.start", "status": status, "headers": listed_headers}
