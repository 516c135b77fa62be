# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fake of the API of AWX with the endpoints that the modules of the role awx_setup use.

It rejects what AWX rejects: unknown fields, references to objects that do not exist, malformed credential types and surveys, and
also (D):

* a change of the fields of a credential type that credentials use;
* a second execution environment of one name, in whichever organization;
* inputs of a credential that are no strings, or none of the choices;
* a playbook that the last synchronization of the project did not bring;
* a launch without an answer to a required question, whatever its default;
* a vault credential for the source of an inventory;
* a second credential of a type at a job template, unless it is a vault's;
* a credential for an execution environment that is not of a container registry;
* a schedule without a start that has a time zone, or without an interval;
* an inventory source from a project without the project;
* answers of a workflow's node that its template does not ask for;
* a credential type, created by an account that is not a system administrator.

It also behaves like AWX in these respects: an approval has no links of its own, a secret is returned as ``$encrypted$``, and a name alone
finds the objects of every organization.
"""

from __future__ import annotations

import asyncio
import base64
import threading
from typing import Any

import uvicorn
from ansible_collections.astera.data_stack.tests.awx.objects import KINDS, LINKS, NODE
from ansible_collections.astera.data_stack.tests.awx.store import Store
from ansible_collections.astera.data_stack.tests.awx.validation import Refused, check_survey
from fastapi import Depends, FastAPI, HTTPException, Request

USERNAME, PASSWORD = "admin", "canary-controller-password"


def application(store: Store, journal: list[tuple[str, str]], tokens: dict[int, str]) -> FastAPI:
    app = FastAPI()

    def has_token(request: Request) -> bool:
        return request.headers.get("Authorization", "").removeprefix("Bearer ") in tokens.values()

    def has_password(request: Request) -> bool:
        expected = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
        return request.headers.get("Authorization") == f"Basic {expected}"

    def known(request: Request) -> None:
        journal.append((request.method, request.url.path))
        if not has_token(request):
            raise HTTPException(401, "Authentication credentials were not provided.")

    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> Any:
        from fastapi.responses import JSONResponse

        return JSONResponse(error.words, 400)

    @app.post("/api/v2/tokens/", status_code=201)
    async def login(request: Request) -> dict[str, Any]:
        if not has_token(request) and not has_password(request):
            raise HTTPException(401)
        store.last += 1
        number, token = store.last, f"canary-token-{store.last}"
        tokens[number] = token
        return {"id": number, "token": token, "type": "o_auth2_access_token", "url": f"/api/v2/tokens/{number}/"}

    @app.delete("/api/v2/tokens/{number}/", status_code=204)
    async def logout(number: int) -> None:
        tokens.pop(number, None)

    guarded = [Depends(known)]

    @app.get("/api/v2/me/", dependencies=guarded)
    async def me() -> dict[str, Any]:
        return {"count": 1, "next": None, "results": [{"id": 1, "is_superuser": store.superuser}]}

    @app.get("/api/v2/project_updates/{number}/", dependencies=guarded)
    async def update(number: int) -> dict[str, Any]:
        status, known = store.synchronized[number]
        done = {"event_processing_finished": True, "finished": "now", "scm_revision": str(hash(frozenset(known)))}
        return {"id": number, "status": status, "failed": status == "failed", **done}

    @app.get("/api/v2/projects/{number}/playbooks/", dependencies=guarded)
    async def playbooks(number: int) -> list[str]:
        return sorted(store.synchronized[number][1])

    @app.post("/api/v2/projects/{number}/update/", status_code=202, dependencies=guarded)
    async def synchronize(number: int) -> dict[str, Any]:
        store.synchronize(store.one("projects", number)["id"])
        return {"id": number, "url": f"/api/v2/project_updates/{number}/", "status": "pending"}

    @app.get("/api/v2/{endpoint}/", dependencies=guarded)
    async def listed(endpoint: str, request: Request) -> dict[str, Any]:
        found = store.find(endpoint, dict(request.query_params))
        return {"count": len(found), "next": None, "previous": None, "results": found}

    @app.post("/api/v2/{endpoint}/", status_code=201, dependencies=guarded)
    async def create(endpoint: str, request: Request) -> dict[str, Any]:
        if endpoint not in KINDS or endpoint == "workflow_approval_templates":
            raise HTTPException(404, "Not found.")
        return store.shown(endpoint, store.create(endpoint, await request.json()))

    @app.get("/api/v2/{endpoint}/{number}/", dependencies=guarded)
    async def read(endpoint: str, number: int) -> dict[str, Any]:
        return store.shown(endpoint, store.one(endpoint, number))

    @app.patch("/api/v2/{endpoint}/{number}/", dependencies=guarded)
    async def change(endpoint: str, number: int, request: Request) -> dict[str, Any]:
        store.change(endpoint, store.one(endpoint, number), await request.json())
        return store.shown(endpoint, store.one(endpoint, number))

    @app.delete("/api/v2/{endpoint}/{number}/", status_code=204, dependencies=guarded)
    async def remove(endpoint: str, number: int) -> None:
        store.remove(endpoint, number)

    @app.get("/api/v2/{endpoint}/{number}/survey_spec/", dependencies=guarded)
    async def survey(endpoint: str, number: int) -> dict[str, Any]:
        return store.surveys.get(store.one(endpoint, number)["id"], {})

    @app.post("/api/v2/{endpoint}/{number}/survey_spec/", dependencies=guarded)
    async def set_survey(endpoint: str, number: int, request: Request) -> dict[str, Any]:
        content = await request.json()
        check_survey(content)
        store.surveys[store.one(endpoint, number)["id"]] = content
        return {}

    @app.post(
        "/api/v2/workflow_job_template_nodes/{number}/create_approval_template/", status_code=201, dependencies=guarded
    )
    async def approval(number: int, request: Request) -> dict[str, Any]:
        node = store.one(NODE, number)
        made = store.create("workflow_approval_templates", await request.json())
        node["unified_job_template"] = made["id"]
        return store.shown("workflow_approval_templates", made)

    @app.get("/api/v2/{endpoint}/{number}/{link}/", dependencies=guarded)
    async def linked(endpoint: str, number: int, link: str) -> dict[str, Any]:
        if (endpoint, link) not in LINKS:
            raise HTTPException(404, "Not found.")
        target = LINKS[endpoint, link]
        found = [
            store.shown(target, store.one(target, other)) for other in store.links.get((endpoint, number, link), [])
        ]
        return {"count": len(found), "next": None, "previous": None, "results": found}

    @app.post("/api/v2/{endpoint}/{number}/{link}/", status_code=204, dependencies=guarded)
    async def connect(endpoint: str, number: int, link: str, request: Request) -> None:
        if (endpoint, link) not in LINKS:
            raise HTTPException(404, "Not found.")
        wanted = await request.json()
        there = store.links.setdefault((endpoint, number, link), [])
        store.one(LINKS[endpoint, link], wanted["id"])
        if wanted.get("disassociate"):
            there.remove(wanted["id"])
            return
        if link == "credentials":
            store.check_attached(number, wanted["id"])
        there.append(wanted["id"])

    return app


class Controller:
    """``with Controller(playbooks) as controller:`` → ``controller.url``, ``.store``, ``.writes``."""

    def __init__(self, playbooks: set[str]) -> None:
        self.store = Store(playbooks)
        self.journal: list[tuple[str, str]] = []
        # The tokens that were not given back.
        self.tokens: dict[int, str] = {}
        app = application(self.store, self.journal, self.tokens)
        self._server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
        )
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve()), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [entry for entry in self.journal if entry[0] != "GET"]

    def __enter__(self) -> Controller:
        self._thread.start()
        waiting = threading.Event()
        while not self._server.started:
            waiting.wait(0.01)
        return self

    def __exit__(self, *error: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
