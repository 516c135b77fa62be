# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for the API of AWX, as far as the modules that the role awx_setup uses need it.

What AWX would refuse is refused: unknown names of fields, references to what is not there, playbooks that the project does not
have, credential types and surveys that are not well formed. And it has AWX's oddities: an approval has no links of its own, a
secret comes back as ``$encrypted$``.
"""

from __future__ import annotations

import asyncio
import base64
import re
import threading
from typing import Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

ENCRYPTED = "$encrypted$"
USERNAME, PASSWORD = "admin", "canary-controller-password"
VARIABLE = re.compile(r"^[a-zA-Z_][a-zA-Z0-9_]*$")
ANSWERS = {"text": str, "textarea": str, "password": str, "multiplechoice": str, "integer": int, "float": float}

# Endpoint → what the API calls one of them, and its fields with what they are if nobody said. A field named like an endpoint's
# thing holds the id of one.
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "organizations": ("organization", {"name": None, "description": ""}),
    "credential_types": (
        "credential_type",
        {"name": None, "description": "", "kind": None, "managed": False, "inputs": {}, "injectors": {}},
    ),
    "credentials": (
        "credential",
        {"name": None, "description": "", "organization": None, "credential_type": None, "inputs": {}},
    ),
    "execution_environments": (
        "execution_environment",
        {"name": None, "description": "", "organization": None, "image": None, "pull": "", "credential": None},
    ),
    "projects": (
        "project",
        {
            "name": None,
            "description": "",
            "organization": None,
            "scm_type": "",
            "scm_url": "",
            "scm_branch": "",
            "scm_update_on_launch": False,
            "credential": None,
        },
    ),
    "inventories": (
        "inventory",
        {"name": None, "description": "", "organization": None, "kind": "", "host_filter": None, "variables": ""},
    ),
    "inventory_sources": (
        "inventory_source",
        {
            "name": None,
            "inventory": None,
            "source": "",
            "source_project": None,
            "source_path": "",
            "overwrite": False,
            "overwrite_vars": False,
            "update_on_launch": False,
        },
    ),
    "job_templates": (
        "job_template",
        {
            "name": None,
            "description": "",
            "organization": None,
            "job_type": "run",
            "project": None,
            "playbook": "",
            "inventory": None,
            "execution_environment": None,
            "diff_mode": False,
            "ask_credential_on_launch": False,
            "ask_limit_on_launch": False,
            "ask_tags_on_launch": False,
            "ask_job_type_on_launch": False,
            "survey_enabled": False,
        },
    ),
    "workflow_job_templates": (
        "workflow_job_template",
        {
            "name": None,
            "description": "",
            "organization": None,
            "inventory": None,
            "ask_limit_on_launch": False,
        },
    ),
    "workflow_job_template_nodes": (
        "workflow_job_template_node",
        {"identifier": None, "workflow_job_template": None, "unified_job_template": None, "type": None},
    ),
    "workflow_approval_templates": ("workflow_approval_template", {"name": None, "description": "", "timeout": 0}),
}
SINGULAR = {thing: endpoint for endpoint, (thing, _fields) in KINDS.items()}
REFERENCES = {**SINGULAR, "source_project": "projects"}
LINKS = {
    ("job_templates", "credentials"): "credentials",
    ("workflow_job_template_nodes", "success_nodes"): "workflow_job_template_nodes",
}


class Store:
    """playbooks: the files that a checkout of any project has."""

    def __init__(self, playbooks: set[str]) -> None:
        self.playbooks = playbooks
        self.objects: dict[str, dict[int, dict[str, Any]]] = {endpoint: {} for endpoint in KINDS}
        self.links: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[int, dict[str, Any]] = {}
        self.last = 0

    def one(self, endpoint: str, number: int) -> dict[str, Any]:
        if endpoint not in KINDS or number not in self.objects[endpoint]:
            raise HTTPException(404, "Not found.")
        return self.objects[endpoint][number]

    def named(self, endpoint: str, name: str) -> dict[str, Any]:
        (found,) = (
            item for item in self.objects[endpoint].values() if name in (item.get("name"), item.get("identifier"))
        )
        return found

    def shown(self, endpoint: str, item: dict[str, Any]) -> dict[str, Any]:
        url = f"/api/v2/{endpoint}/{item['id']}/"
        related: dict[str, Any] = {}
        if endpoint == "job_templates":
            related["survey_spec"] = f"{url}survey_spec/"
        if endpoint == "workflow_job_template_nodes" and item["unified_job_template"] is not None:
            where = next(kind for kind, items in self.objects.items() if item["unified_job_template"] in items)
            related["unified_job_template"] = f"/api/v2/{where}/{item['unified_job_template']}/"
        shown = {**item, "type": KINDS[endpoint][0], "url": url, "related": related, "summary_fields": {}}
        if endpoint == "credentials":
            fields = self.objects["credential_types"][item["credential_type"]]["inputs"]["fields"]
            secret = {field["id"] for field in fields if field.get("secret")}
            shown["inputs"] = {name: ENCRYPTED if name in secret else text for name, text in item["inputs"].items()}
        if endpoint == "projects":
            shown["scm_revision"] = "0123456789abcdef"
            if item.pop("updating", False):
                shown["summary_fields"]["current_update"] = {"id": item["id"], "status": "pending"}
        return shown

    def create(self, endpoint: str, given: dict[str, Any]) -> dict[str, Any]:
        defaults = KINDS[endpoint][1]
        item = self._checked(endpoint, given, dict(defaults))
        self.last += 1
        item["id"] = self.last
        if endpoint == "projects":
            item["updating"] = True
        self.objects[endpoint][self.last] = item
        return item

    def change(self, endpoint: str, item: dict[str, Any], given: dict[str, Any]) -> None:
        item.update(self._checked(endpoint, given, dict(item)))

    def _checked(self, endpoint: str, given: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
        unknown = set(given) - set(KINDS[endpoint][1])
        if unknown:
            raise Refused({name: ["AWX has no such field here."] for name in sorted(unknown)})
        item.update(given)
        for field, value in item.items():
            if field in REFERENCES and value is not None and value not in self.objects[REFERENCES[field]]:
                raise Refused({field: [f'Invalid pk "{value}" - object does not exist.']})
        name = item.get("name")
        twins = [other for other in self.objects[endpoint].values() if other.get("id") != item.get("id")]
        if name and any(
            (other["name"], other.get("organization")) == (name, item.get("organization")) for other in twins
        ):
            raise Refused({"__all__": [f"{endpoint} with this name and organization already exists."]})
        if endpoint == "credential_types":
            check_credential_type(item)
        if endpoint == "credentials":
            fields = self.objects["credential_types"][item["credential_type"]]["inputs"]["fields"]
            strange = set(item["inputs"]) - {field["id"] for field in fields}
            if strange:
                raise Refused({"inputs": [f"{sorted(strange)} are no fields of the credential type."]})
        if endpoint == "job_templates" and item["playbook"] not in self.playbooks:
            raise Refused({"playbook": ["Playbook not found for project."]})
        return item


class Refused(Exception):
    """Status 400 with AWX's words."""

    def __init__(self, words: dict[str, Any]) -> None:
        super().__init__(str(words))
        self.words = words


def check_credential_type(item: dict[str, Any]) -> None:
    """As AWX does: the fields one by one, then each injector is rendered as if all fields were filled in."""
    if item["kind"] not in ("cloud", "net"):
        raise Refused({"kind": ["Must be 'cloud' or 'net'."]})
    ids = []
    for field in item["inputs"].get("fields", []):
        allowed = {
            "id",
            "type",
            "label",
            "help_text",
            "secret",
            "multiline",
            "choices",
            "default",
            "format",
            "ask_at_runtime",
        }
        kind = {"string": str, "boolean": bool}[field.get("type", "string")]
        wrong = [
            bool(set(field) - allowed) or not {"id", "label"} <= set(field),
            not VARIABLE.match(field["id"]) or field["id"] == "tower" or field["id"] in ids,
            "default" in field and not isinstance(field["default"], kind),
            kind is bool and bool({"choices", "multiline", "format", "secret"} & set(field)),
            any(not isinstance(choice, str) for choice in field.get("choices", [])),
        ]
        if any(wrong):
            raise Refused({"inputs": [f"{field} is not a field"]})
        ids.append(field["id"])
    files = item["injectors"].get("file", {})
    if any(not re.match(r"^template(\.[a-zA-Z_][a-zA-Z0-9_]*)?$", name) for name in files):
        raise Refused({"injectors": [f"{sorted(files)} are no files"]})
    names = {name.split(".")[1]: "EXAMPLE" for name in files if "." in name}
    namespace = {**dict.fromkeys(ids, "EXAMPLE"), "tower": {"filename": names}}
    variables = item["injectors"].get("env", {})
    if set(item["injectors"]) - {"file", "env", "extra_vars"} or any(name.startswith("ANSIBLE_") for name in variables):
        raise Refused({"injectors": ["Environment variable is not allowed."]})
    for text in [*files.values(), *variables.values(), *item["injectors"].get("extra_vars", {}).values()]:
        try:
            ImmutableSandboxedEnvironment(undefined=StrictUndefined).from_string(text).render(namespace)
        except TemplateError as error:
            raise Refused({"injectors": [f"{text} uses an undefined field ({error})"]}) from error


def check_survey(survey: dict[str, Any]) -> None:
    if not all(isinstance(survey.get(key), str) for key in ("name", "description")) or not survey.get("spec"):
        raise Refused({"error": "A survey needs a name, a description and questions."})
    seen = set()
    for question in survey["spec"]:
        missing = {"question_name", "variable", "type", "required"} - set(question)
        if missing or question["type"] not in ANSWERS or question["variable"] in seen:
            raise Refused({"error": f"{question.get('question_name')} is not a question."})
        seen.add(question["variable"])
        if question["type"] == "multiplechoice" and not question.get("choices"):
            raise Refused({"error": f"{question['question_name']} needs choices."})
        default = question.get("default", "")
        # To Python, true is a number, too.
        if default != "" and (not isinstance(default, ANSWERS[question["type"]]) or isinstance(default, bool)):
            raise Refused({"error": f"The default of {question['question_name']} is not of its type."})
        if question["type"] == "multiplechoice" and default != "" and default not in question["choices"]:
            raise Refused({"error": f"The default of {question['question_name']} is none of its choices."})


def application(store: Store, journal: list[tuple[str, str]]) -> FastAPI:
    app = FastAPI()
    tokens: set[str] = set()

    def known(request: Request) -> None:
        journal.append((request.method, request.url.path))
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in tokens:
            raise HTTPException(401, "Authentication credentials were not provided.")

    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> Any:
        from fastapi.responses import JSONResponse

        return JSONResponse(error.words, 400)

    @app.post("/api/v2/tokens/", status_code=201)
    async def login(request: Request) -> dict[str, Any]:
        expected = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            raise HTTPException(401)
        tokens.add(f"token{len(tokens)}")
        return {"id": len(tokens), "token": f"token{len(tokens) - 1}"}

    @app.delete("/api/v2/tokens/{number}/", status_code=204)
    async def logout(number: int) -> None:
        tokens.discard(f"token{number - 1}")

    guarded = [Depends(known)]

    @app.get("/api/v2/project_updates/{number}/", dependencies=guarded)
    async def update(number: int) -> dict[str, Any]:
        return {"id": number, "status": "successful"}

    @app.get("/api/v2/{endpoint}/", dependencies=guarded)
    async def listed(endpoint: str, request: Request) -> dict[str, Any]:
        whole = (
            ["job_templates", "projects", "workflow_job_templates"]
            if endpoint == "unified_job_templates"
            else [endpoint]
        )
        if not set(whole) <= set(KINDS):
            raise HTTPException(404, "Not found.")
        found = [
            store.shown(kind, item)
            for kind in whole
            for item in store.objects[kind].values()
            if all(str(item.get(key)) == value for key, value in request.query_params.items())
        ]
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

    @app.get("/api/v2/job_templates/{number}/survey_spec/", dependencies=guarded)
    async def survey(number: int) -> dict[str, Any]:
        return store.surveys.get(store.one("job_templates", number)["id"], {})

    @app.post("/api/v2/job_templates/{number}/survey_spec/", dependencies=guarded)
    async def set_survey(number: int, request: Request) -> dict[str, Any]:
        content = await request.json()
        check_survey(content)
        store.surveys[store.one("job_templates", number)["id"]] = content
        return {}

    @app.post(
        "/api/v2/workflow_job_template_nodes/{number}/create_approval_template/", status_code=201, dependencies=guarded
    )
    async def approval(number: int, request: Request) -> dict[str, Any]:
        node = store.one("workflow_job_template_nodes", number)
        made = store.create("workflow_approval_templates", await request.json())
        node["unified_job_template"] = made["id"]
        return store.shown("workflow_approval_templates", made)

    @app.get("/api/v2/{endpoint}/{number}/{link}/", dependencies=guarded)
    async def linked(endpoint: str, number: int, link: str) -> dict[str, Any]:
        store.one(endpoint, number)
        if (endpoint, link) not in LINKS:
            raise HTTPException(404, "Not found.")
        target = LINKS[endpoint, link]
        found = [
            store.shown(target, store.one(target, other)) for other in store.links.get((endpoint, number, link), [])
        ]
        return {"count": len(found), "next": None, "previous": None, "results": found}

    @app.post("/api/v2/{endpoint}/{number}/{link}/", status_code=204, dependencies=guarded)
    async def connect(endpoint: str, number: int, link: str, request: Request) -> None:
        store.one(endpoint, number)
        if (endpoint, link) not in LINKS:
            raise HTTPException(404, "Not found.")
        wanted = await request.json()
        there = store.links.setdefault((endpoint, number, link), [])
        store.one(LINKS[endpoint, link], wanted["id"])
        if wanted.get("disassociate"):
            there.remove(wanted["id"])
        else:
            there.append(wanted["id"])

    return app


class Controller:
    """``with Controller(playbooks) as controller:`` → ``controller.url``, ``.store``, ``.writes``."""

    def __init__(self, playbooks: set[str]) -> None:
        self.store = Store(playbooks)
        self.journal: list[tuple[str, str]] = []
        app = application(self.store, self.journal)
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
