# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The application: the published endpoints as routes, the accounts and their tokens."""

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
from .schemas import MAX_INT32
from .serialization import ErrorResponse, format_list, read_json, to_dialect
from .store import File

_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_LONG_SECONDS = 30 * 24 * 3600
Id = Annotated[int, Path(ge=0, le=MAX_INT32)]


@dataclass(frozen=True)
class Account:
    """An account of the server. lacks: the paths that its role does not have, as patterns with ``*``."""

    password: str
    lacks: tuple[str, ...] = ()


class Service:
    """What the routes share: the handlers, the accounts, and what to do after a response."""

    def __init__(self, handlers: Handlers, accounts: dict[str, Account]) -> None:
        self.handlers = handlers
        self.dialect = handlers.dialect
        self.accounts = accounts
        # Accounts whose email address is confirmed, and how many logins in a row failed for each.
        self.confirmed: set[str] = set()
        self.login_failures: Counter[Any] = Counter()
        self.faults = Faults()
        self.journal = Journal()
        self.latency = 0.0
        self.log: Callable[[Entry], None] = lambda entry: None
        self.restart: Callable[[], None] = lambda: None
        self.drop_tokens: Callable[[], None] = lambda: None
        self._lists = 0

    def count_list(self) -> int:
        self._lists += 1
        return self._lists

    def is_valid_login(self, user: Any, password: Any) -> bool:
        account = self.accounts.get(user) if isinstance(user, str) else None
        return account is not None and account.password == password

    def login_error(self, user: Any, password: Any) -> str | None:
        """Return why a login is rejected, None if it is not."""
        if self.dialect.login_requires == "repository" and not self.handlers.has_repository():
            return "The server is not configured."
        if self.dialect.lockout and self.login_failures[user] >= self.dialect.lockout:
            return "The account is locked."
        if not self.is_valid_login(user, password):
            self.login_failures[user] += 1
            return "The user name or password is incorrect."
        if self.dialect.login_requires == "confirmed_email" and user not in self.confirmed:
            return "The email address is not confirmed."
        self.login_failures[user] = 0
        return None

    def check_permission(self, user: str, path: str) -> None:
        account = self.accounts.get(user)
        if account and any(fnmatch.fnmatchcase(path.lower(), lacking.lower()) for lacking in account.lacks):
            raise self.denial(403)

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

    def authenticate(self, headers: dict[str, str]) -> str:
        scheme, _blank, token = headers.get("authorization", "").partition(" ")
        with self.handlers.store.transaction() as work:
            secret = work.secret()
        try:
            if scheme == "Bearer":
                return str(jwt.decode(token, secret, algorithms=["HS256"])["sub"])
        except jwt.InvalidTokenError:
            if self.dialect.expired_status != 401:
                raise ErrorResponse(self.dialect.expired_status, "The token could not be read.") from None
        raise self.denial(401)

    def denial(self, status: int) -> ErrorResponse:
        words = "" if self.dialect.denial_body == "empty" else "Access was denied."
        return ErrorResponse(status, words, {"WWW-Authenticate": "Bearer"} if status == 401 else {})


def make_app(service: Service) -> FastAPI:
    app = FastAPI(title="Astera Integration Server, emulated", version="10", docs_url=None, redoc_url=None)
    app.include_router(_routes(service))
    openapi.describe(app, service.dialect.run_path)
    return app


def _json_response(
    service: Service, content: Any, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    text = json.dumps(to_dialect(content, service.dialect), ensure_ascii=False)
    return Response(text, status, headers, media_type="application/json; charset=utf-8")


def _settings_response(service: Service) -> Response:
    """Return the response to a POST of the configuration, the cluster or the license. The article shows only its status."""
    form = service.dialect.write_response
    if form in ("empty", "no_content"):
        return Response(status_code=200 if form == "empty" else 204)
    if form == "text":
        return Response("Saved successfully.", media_type="text/plain; charset=utf-8")
    return _json_response(
        service, {"json_text": "Saved.", "boolean": True, "object": {"message": "Saved.", "code": 0}}[form]
    )


def _object_response(service: Service, sent: dict[str, Any], item: dict[str, Any]) -> Response:
    """Return the response to a POST of a deployment or schedule. The article shows only its status."""
    form = service.dialect.post_response
    status = 200 if sent.get("id") else service.dialect.created_status
    if form == "empty":
        return Response(status_code=status)
    if form == "text":
        return Response("Saved successfully.", status, media_type="text/plain; charset=utf-8")
    contents = {
        "object": service.handlers.to_response(item),
        "id": item["id"],
        "boolean": True,
        "echo": {**sent, "id": item["id"]},
    }
    return _json_response(service, contents[form], status)


def _routes(service: Service) -> APIRouter:
    handlers, dialect = service.handlers, service.dialect
    routes = APIRouter()

    @routes.post(LOGIN)
    async def login(request: Request) -> Response:
        sent = read_json(await request.body())
        if not isinstance(sent, dict) or sent.get("rememberMe") not in (None, 0, 1, True, False):
            raise ErrorResponse(400, "The login request is not valid.")
        user = sent.get("user")
        words = service.login_error(user, sent.get("password"))
        if words:
            raise ErrorResponse(dialect.login_failure_status, words)
        token = service.token(user, bool(sent.get("rememberMe")))
        content = {dialect.token_name: token, "id": 1, "userName": user, "email": f"{user}@example.com"}
        return Response(json.dumps(content), media_type="application/json")

    @routes.get("/api/Server/Config")
    async def read_config() -> Response:
        return _json_response(service, handlers.server_config())

    @routes.post("/api/Server/Config")
    async def save_config(request: Request) -> Response:
        if handlers.save_server_config(read_json(await request.body())):
            if dialect.restart_seconds:
                service.restart()
            elif dialect.config_drops_tokens:
                service.drop_tokens()
        return _settings_response(service)

    @routes.post("/api/License/Key")
    async def license_key(request: Request) -> Response:
        handlers.register_license(read_json(await request.body()))
        return _settings_response(service)

    @routes.post("/api/License/Activate")
    async def activate(request: Request) -> Response:
        headers = request.headers
        handlers.activate_license(await request.body(), headers.get("content-length"), headers.get("content-type"))
        return _settings_response(service)

    @routes.get("/api/Cluster")
    async def read_cluster() -> Response:
        return _json_response(service, handlers.cluster())

    @routes.post("/api/Cluster")
    async def save_cluster(request: Request) -> Response:
        handlers.save_cluster(read_json(await request.body()))
        return _settings_response(service)

    @routes.post("/api/UploadFile")
    async def upload(request: Request) -> Response:
        file = await _read_form_file(request, "ArchiveFile")
        query = {key.lower(): value for key, value in request.query_params.items()}
        if not query.get("filetypes") or not query.get("targetfilename"):
            raise ErrorResponse(400, "FileTypes and TargetFileName are required.")
        return _store_upload(service, query["targetfilename"], query["filetypes"], file)

    @routes.post("/api/UploadCarFile")
    async def upload_car(request: Request) -> Response:
        file = await _read_form_file(request, "Archive")
        if not file.name.lower().endswith(".car"):
            raise ErrorResponse(400, "A .car file is expected.")
        return _store_upload(service, file.name[:-4], "Car", file)

    @routes.get("/api/Deployments")
    async def deployments() -> Response:
        return _list_response(service, handlers.deployments(), "deployments")

    @routes.post("/api/Deployment")
    async def save_deployment(request: Request) -> Response:
        sent = read_json(await request.body())
        return _object_response(service, sent, handlers.save_deployment(sent))

    @routes.get("/api/Schedules")
    async def schedules() -> Response:
        return _list_response(service, handlers.schedules(), "schedules")

    @routes.get("/api/Schedule/{number}")
    async def schedule(number: Id) -> Response:
        found = handlers.schedule(number)
        return (
            Response(status_code=204)
            if found is None and dialect.unknown_id_status == 204
            else _json_response(service, found)
        )

    @routes.post("/api/Schedule")
    async def save_schedule(request: Request) -> Response:
        sent = read_json(await request.body())
        return _object_response(service, sent, handlers.save_schedule(sent))

    @routes.get("/api/ServerInfo")
    async def server_info() -> Response:
        return _json_response(service, handlers.server_info())

    @routes.post(dialect.run_path)
    async def run_job(request: Request) -> Response:
        return _json_response(service, handlers.run_job(read_json(await request.body())))

    @routes.get("/api/Job/{number}/Status")
    async def job_status(number: Id) -> Response:
        word = handlers.job_status(number)
        if dialect.job_status == "plain_text":
            return Response(word, media_type="text/plain")
        return _json_response(service, {"jobId": number, "status": word} if dialect.job_status == "object" else word)

    return routes


def _list_response(service: Service, items: list[dict[str, Any]], wrapper: str) -> Response:
    content, status, headers = format_list(items, service.dialect, wrapper, service.count_list())
    if status in (204, 404):
        return Response(status_code=status)
    return _json_response(service, content, status, headers)


async def _read_form_file(request: Request, form_key: str) -> File:
    """Return the file of a form under exactly the published key. The journal records all files of the form."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise ErrorResponse(400, "multipart/form-data is expected.")
    try:
        form = await request.form()
    except HTTPException as error:
        raise ErrorResponse(400, "The form cannot be read.") from error
    sent = {key: part for key, part in form.multi_items() if isinstance(part, UploadFile)}
    files = {key: File.read(part.filename or "", part.file) for key, part in sent.items()}
    await form.close()
    entry: Entry = request.scope["emulator.entry"]
    entry.files = {key: {"name": file.name, "sha256": file.sha256, "size": file.size} for key, file in files.items()}
    if form_key not in files:
        raise ErrorResponse(400, f"The form has no file {form_key}.")
    return files[form_key]


def _store_upload(service: Service, name: str, kind: str, file: File) -> Response:
    path = service.handlers.upload(name, kind, file)
    form = service.dialect.upload_response
    if form in ("plain_text", "quoted"):
        return Response(f'"{path}"' if form == "quoted" else path, media_type="text/plain")
    contents = {
        "object": {"filePath": path},
        "with_name": {"fileName": file.name, "clusterPath": path, "size": file.size},
        "file_name": path.replace("/", "\\").rsplit("\\", 1)[-1],
    }
    return _json_response(service, contents.get(form, path))
