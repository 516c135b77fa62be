# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The application: the published calls as routes, and who may call them."""

from __future__ import annotations

import fnmatch
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import jwt
from fastapi import APIRouter, FastAPI, Path, Request, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from . import openapi
from .faults import LOGIN, Entry, Faults, Journal
from .handlers import Handlers
from .schemas import LARGEST
from .serialization import Refusal, answered, listed, read_json
from .store import File

_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_LONG_SECONDS = 30 * 24 * 3600
Id = Annotated[int, Path(ge=0, le=LARGEST)]


@dataclass(frozen=True)
class Account:
    """lacks: the paths that its role does not have, as patterns with ``*``."""

    password: str
    lacks: tuple[str, ...] = ()


class Service:
    """What the routes share: the rules, who may log in, and what is to be done after an answer."""

    def __init__(self, handlers: Handlers, accounts: dict[str, Account]) -> None:
        self.handlers = handlers
        self.dialect = handlers.dialect
        self.accounts = accounts
        # Accounts whose email address is confirmed, and how many logins in a row were refused for each.
        self.confirmed: set[str] = set()
        self.refused_logins: Counter[Any] = Counter()
        self.faults = Faults()
        self.journal = Journal()
        self.latency = 0.0
        self.log: Callable[[Entry], None] = lambda entry: None
        self.restart: Callable[[], None] = lambda: None
        self.drop_tokens: Callable[[], None] = lambda: None
        self._turns = 0

    def turn(self) -> int:
        self._turns += 1
        return self._turns

    def knows(self, user: Any, password: Any) -> bool:
        account = self.accounts.get(user) if isinstance(user, str) else None
        return account is not None and account.password == password

    def login_refusal(self, user: Any, password: Any) -> str | None:
        """Return why a login is refused, None if it is not."""
        if self.dialect.login_requires == "repository" and not self.handlers.has_repository():
            return "The server is not configured."
        if self.dialect.lockout and self.refused_logins[user] >= self.dialect.lockout:
            return "The account is locked."
        if not self.knows(user, password):
            self.refused_logins[user] += 1
            return "The user name or password is incorrect."
        if self.dialect.login_requires == "confirmed_email" and user not in self.confirmed:
            return "The email address is not confirmed."
        self.refused_logins[user] = 0
        return None

    def permit(self, user: str, path: str) -> None:
        account = self.accounts.get(user)
        if account and any(fnmatch.fnmatchcase(path.lower(), lacking.lower()) for lacking in account.lacks):
            raise self.denied(403)

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
        with self.handlers.store.transaction() as work:
            return jwt.encode(claims, work.secret(), algorithm="HS256")

    def user_of(self, headers: dict[str, str]) -> str:
        scheme, _blank, token = headers.get("authorization", "").partition(" ")
        with self.handlers.store.transaction() as work:
            secret = work.secret()
        try:
            if scheme == "Bearer":
                return str(jwt.decode(token, secret, algorithms=["HS256"])["sub"])
        except jwt.InvalidTokenError:
            if self.dialect.expired_status != 401:
                raise Refusal(self.dialect.expired_status, "The token could not be read.") from None
        raise self.denied(401)

    def denied(self, status: int) -> Refusal:
        words = "" if self.dialect.denial_body == "empty" else "Access was denied."
        return Refusal(status, words, {"WWW-Authenticate": "Bearer"} if status == 401 else {})


def application(service: Service) -> FastAPI:
    app = FastAPI(title="Astera Integration Server, emulated", version="10", docs_url=None, redoc_url=None)
    app.include_router(_routes(service))
    openapi.describe(app, service.dialect.run_path)
    return app


def _answer(service: Service, content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    text = json.dumps(answered(content, service.dialect), ensure_ascii=False)
    return Response(text, status, headers, media_type="application/json; charset=utf-8")


def _saved(service: Service) -> Response:
    """What a POST of the configuration, the cluster or the license answers; the article only shows that it is 200."""
    form = service.dialect.write_answer
    if form in ("empty", "no_content"):
        return Response(status_code=200 if form == "empty" else 204)
    if form == "text":
        return Response("Saved successfully.", media_type="text/plain; charset=utf-8")
    return _answer(service, {"json_text": "Saved.", "boolean": True, "object": {"message": "Saved.", "code": 0}}[form])


def _stored(service: Service, sent: dict[str, Any], item: dict[str, Any]) -> Response:
    """What a POST of a deployment or schedule answers; the article only shows that it is 200."""
    form = service.dialect.post_answer
    status = 200 if sent.get("id") else service.dialect.created_status
    if form == "empty":
        return Response(status_code=status)
    if form == "text":
        return Response("Saved successfully.", status, media_type="text/plain; charset=utf-8")
    answers = {
        "object": service.handlers.as_shown(item),
        "id": item["id"],
        "boolean": True,
        "echo": {**sent, "id": item["id"]},
    }
    return _answer(service, answers[form], status)


def _routes(service: Service) -> APIRouter:
    handlers, dialect = service.handlers, service.dialect
    routes = APIRouter()

    @routes.post(LOGIN)
    async def login(request: Request) -> Response:
        sent = read_json(await request.body())
        if not isinstance(sent, dict) or sent.get("rememberMe") not in (None, 0, 1, True, False):
            raise Refusal(400, "The login request is not valid.")
        user = sent.get("user")
        words = service.login_refusal(user, sent.get("password"))
        if words:
            raise Refusal(dialect.login_failure_status, words)
        token = service.token(user, bool(sent.get("rememberMe")))
        if dialect.token_place == "plain":
            return Response(token, media_type="text/plain")
        if dialect.token_place == "text":
            return Response(json.dumps(token), media_type="application/json")
        answer: Any = {dialect.token_name: token, "id": 1, "userName": user, "email": f"{user}@example.com"}
        if dialect.envelope != "none":
            answer = {"success": True, "message": None, "data": answer}
        return Response(json.dumps(answer), media_type="application/json")

    @routes.get("/api/Server/Config")
    async def read_config() -> Response:
        return _answer(service, handlers.server_config())

    @routes.post("/api/Server/Config")
    async def save_config(request: Request) -> Response:
        if handlers.save_server_config(read_json(await request.body())):
            if dialect.restart_seconds:
                service.restart()
            elif dialect.config_drops_tokens:
                service.drop_tokens()
        return _saved(service)

    @routes.post("/api/License/Key")
    async def license_key(request: Request) -> Response:
        handlers.register_license(read_json(await request.body()))
        return _saved(service)

    @routes.post("/api/License/Activate")
    async def activate(request: Request) -> Response:
        headers = request.headers
        handlers.activate_license(await request.body(), headers.get("content-length"), headers.get("content-type"))
        return _saved(service)

    @routes.get("/api/Cluster")
    async def read_cluster() -> Response:
        return _answer(service, handlers.cluster())

    @routes.post("/api/Cluster")
    async def save_cluster(request: Request) -> Response:
        handlers.save_cluster(read_json(await request.body()))
        return _saved(service)

    @routes.post("/api/UploadFile")
    async def upload(request: Request) -> Response:
        file = await _file_of(request, "ArchiveFile")
        query = {key.lower(): value for key, value in request.query_params.items()}
        if not query.get("filetypes") or not query.get("targetfilename"):
            raise Refusal(400, "FileTypes and TargetFileName are required.")
        return _kept(service, query["targetfilename"], query["filetypes"], file)

    @routes.post("/api/UploadCarFile")
    async def upload_car(request: Request) -> Response:
        file = await _file_of(request, "Archive")
        if not file.name.lower().endswith(".car"):
            raise Refusal(400, "A .car file is expected.")
        return _kept(service, file.name[:-4], "Car", file)

    @routes.get("/api/Deployments")
    async def deployments() -> Response:
        return _answer_list(service, handlers.deployments(), "deployments")

    @routes.post("/api/Deployment")
    async def save_deployment(request: Request) -> Response:
        sent = read_json(await request.body())
        return _stored(service, sent, handlers.save_deployment(sent))

    @routes.get("/api/Schedules")
    async def schedules() -> Response:
        return _answer_list(service, handlers.schedules(), "schedules")

    @routes.get("/api/Schedule/{number}")
    async def schedule(number: Id) -> Response:
        found = handlers.schedule(number)
        return (
            Response(status_code=204) if found is None and dialect.unknown_id_status == 204 else _answer(service, found)
        )

    @routes.post("/api/Schedule")
    async def save_schedule(request: Request) -> Response:
        sent = read_json(await request.body())
        return _stored(service, sent, handlers.save_schedule(sent))

    @routes.get("/api/ServerInfo")
    async def server_info() -> Response:
        return _answer(service, handlers.server_info())

    @routes.post(dialect.run_path)
    async def run_job(request: Request) -> Response:
        return _answer(service, handlers.run_job(read_json(await request.body())))

    @routes.get("/api/Job/{number}/Status")
    async def job_status(number: Id) -> Response:
        word = handlers.job_status(number)
        if dialect.job_status == "plain_text":
            return Response(word, media_type="text/plain")
        return _answer(service, {"jobId": number, "status": word} if dialect.job_status == "object" else word)

    return routes


def _answer_list(service: Service, items: list[dict[str, Any]], wrapper: str) -> Response:
    content, status, headers = listed(items, service.dialect, wrapper, service.turn())
    if status in (204, 404):
        return Response(status_code=status)
    return _answer(service, content, status, headers)


async def _file_of(request: Request, form_key: str) -> File:
    """The one file of a form, under exactly the published key. All that came is written down."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Refusal(400, "multipart/form-data is expected.")
    try:
        form = await request.form()
    except HTTPException as error:
        raise Refusal(400, "The form cannot be read.") from error
    sent = {key: part for key, part in form.multi_items() if isinstance(part, UploadFile)}
    files = {key: File.read(part.filename or "", part.file) for key, part in sent.items()}
    await form.close()
    entry: Entry = request.scope["emulator.entry"]
    entry.files = {key: {"name": file.name, "sha256": file.sha256, "size": file.size} for key, file in files.items()}
    if form_key not in files:
        raise Refusal(400, f"The form has no file {form_key}.")
    return files[form_key]


def _kept(service: Service, name: str, kind: str, file: File) -> Response:
    path = service.handlers.upload(name, kind, file)
    form = service.dialect.upload_answer
    if form in ("plain_text", "quoted"):
        return Response(f'"{path}"' if form == "quoted" else path, media_type="text/plain")
    answers = {
        "object": {"filePath": path},
        "with_name": {"fileName": file.name, "clusterPath": path, "link": "/files/1", "size": file.size},
        "array": [path],
        "file_name": path.replace("/", "\\").rsplit("\\", 1)[-1],
    }
    return _answer(service, answers.get(form, path))
