# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for the API of AWX, as far as the modules that the role awx_setup uses need it.

What AWX would refuse is refused: unknown names of fields, references to what is not there, credential types and surveys that are not
well formed, and also (D):

* a change of the fields of a credential type that credentials use;
* a second execution environment of one name, in whichever organization;
* inputs of a credential that are no strings, or none of the choices;
* a playbook that the last synchronization of the project did not bring;
* a launch without an answer to a required question, whatever its default;
* a vault credential for the source of an inventory;
* a second credential of a type at a job template, unless it is a vault's;
* answers of a workflow's node that its template does not ask for;
* a credential type, created by an account that is not a system administrator.

And it has AWX's oddities: an approval has no links of its own, a secret comes back as ``$encrypted$``, and a name alone finds the objects of
every organization.
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
    "teams": ("team", {"name": None, "description": "", "organization": None}),
    "notification_templates": ("notification_template", {"name": None, "organization": None}),
    "schedules": (
        "schedule",
        {"name": None, "unified_job_template": None, "rrule": None, "extra_data": {}, "enabled": True},
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
            "credential": None,
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
            "survey_enabled": False,
        },
    ),
    "workflow_job_template_nodes": (
        "workflow_job_template_node",
        {
            "identifier": None,
            "workflow_job_template": None,
            "unified_job_template": None,
            "type": None,
            "extra_data": {},
        },
    ),
    "workflow_approval_templates": ("workflow_approval_template", {"name": None, "description": "", "timeout": 0}),
}
SINGULAR = {thing: endpoint for endpoint, (thing, _fields) in KINDS.items()}
REFERENCES = {**SINGULAR, "source_project": "projects"}
NODE = "workflow_job_template_nodes"
LINKS = {
    ("job_templates", "credentials"): "credentials",
    **{(NODE, f"{way}_nodes"): NODE for way in ("success", "failure", "always")},
    **{
        (kind, f"notification_templates_{when}"): "notification_templates"
        for kind in ("job_templates", "workflow_job_templates")
        for when in ("started", "success", "error", "approvals")
    },
    ("roles", "teams"): "teams",
}
TEMPLATES = ("job_templates", "projects", "workflow_job_templates")
# What goes with an object that is removed: endpoint → the others, and the field that names it.
PARTS = {
    "workflow_job_templates": [(NODE, "workflow_job_template"), ("schedules", "unified_job_template")],
    "job_templates": [("schedules", "unified_job_template")],
    "inventories": [("inventory_sources", "inventory")],
}
ROLES = ("execute_role", "approval_role")


class Store:
    """repository: the playbooks that a synchronization brings, or None where the repository cannot be reached."""

    def __init__(self, playbooks: set[str]) -> None:
        self.repository: set[str] | None = playbooks
        self.objects: dict[str, dict[int, dict[str, Any]]] = {endpoint: {} for endpoint in KINDS}
        self.links: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[int, dict[str, Any]] = {}
        self.synchronized: dict[int, tuple[str, set[str]]] = {}
        self.superuser = True
        self.last = 0
        vault = {"fields": [{"id": "vault_password", "label": "Password", "type": "string", "secret": True}]}
        self.add("credential_types", name="Vault", kind="vault", managed=True, inputs=vault)

    def add(self, endpoint: str, **fields: Any) -> dict[str, Any]:
        """Put something there without a request."""
        self.last += 1
        self.objects[endpoint][self.last] = {**KINDS[endpoint][1], **fields, "id": self.last}
        return self.objects[endpoint][self.last]

    def one(self, endpoint: str, number: int) -> dict[str, Any]:
        if endpoint not in KINDS or number not in self.objects[endpoint]:
            raise HTTPException(404, "Not found.")
        return self.objects[endpoint][number]

    def named(self, endpoint: str, name: str) -> dict[str, Any]:
        (found,) = (
            item for item in self.objects[endpoint].values() if name in (item.get("name"), item.get("identifier"))
        )
        return found

    def template(self, number: int) -> str:
        """Return the endpoint of a template of any kind, for their ids are of one sequence."""
        return next(kind for kind, items in self.objects.items() if number in items)

    def find(self, endpoint: str, query: dict[str, str]) -> list[dict[str, Any]]:
        kinds = TEMPLATES if endpoint == "unified_job_templates" else (endpoint,)
        if not set(kinds) <= set(KINDS):
            raise HTTPException(404, "Not found.")
        found = [self.shown(kind, item) for kind in kinds for item in self.objects[kind].values()]
        either = {key.removeprefix("or__"): value for key, value in query.items() if key.startswith("or__")}
        rest = {key: value for key, value in query.items() if not key.startswith("or__") and key != "page_size"}
        return [
            item
            for item in found
            if all(matches(item, key, value) for key, value in rest.items())
            and (not either or any(matches(item, key, value) for key, value in either.items()))
        ]

    def shown(self, endpoint: str, item: dict[str, Any]) -> dict[str, Any]:
        url = f"/api/v2/{endpoint}/{item['id']}/"
        related: dict[str, Any] = {"survey_spec": f"{url}survey_spec/", "update": f"{url}update/"}
        if endpoint == NODE and item["unified_job_template"] is not None:
            where = self.template(item["unified_job_template"])
            related["unified_job_template"] = f"/api/v2/{where}/{item['unified_job_template']}/"
        roles = {name: {"id": item["id"] * len(ROLES) + number} for number, name in enumerate(ROLES)}
        summary: dict[str, Any] = {"object_roles": roles}
        shown = {**item, "type": KINDS[endpoint][0], "url": url, "related": related, "summary_fields": summary}
        if endpoint == "credentials":
            kind = self.objects["credential_types"][item["credential_type"]]
            secret = {field["id"] for field in kind["inputs"]["fields"] if field.get("secret")}
            shown["inputs"] = {name: ENCRYPTED if name in secret else text for name, text in item["inputs"].items()}
            shown["kind"] = kind["kind"]
        if endpoint == "projects":
            shown["status"], known = self.synchronized[item["id"]]
            shown["scm_revision"] = str(hash(frozenset(known)))
            if item.pop("updating", False):
                summary["current_update"] = {"id": item["id"], "status": "pending"}
        return shown

    def create(self, endpoint: str, given: dict[str, Any]) -> dict[str, Any]:
        if endpoint == "credential_types" and not self.superuser:
            raise HTTPException(403, "You do not have permission to perform this action.")
        item = self._checked(endpoint, given, dict(KINDS[endpoint][1]))
        self.last += 1
        item["id"] = self.last
        self.objects[endpoint][self.last] = item
        if endpoint == "projects":
            item["updating"] = True
            self.synchronize(item["id"])
        return item

    def change(self, endpoint: str, item: dict[str, Any], given: dict[str, Any]) -> None:
        if (
            endpoint == "credential_types"
            and given.get("inputs", item["inputs"]) != item["inputs"]
            and self._used(item)
        ):
            raise HTTPException(403, "Modifications to inputs are not allowed for credential types that are in use")
        if endpoint == "credentials":
            # The placeholder stands for what is stored.
            inputs = given.get("inputs", {})
            kept = {name: item["inputs"][name] for name, text in inputs.items() if text == ENCRYPTED}
            given = {**given, "inputs": {**inputs, **kept}} if inputs else given
        item.update(self._checked(endpoint, given, dict(item)))

    def remove(self, endpoint: str, number: int) -> None:
        item = self.one(endpoint, number)
        if endpoint == "credential_types" and self._used(item):
            raise HTTPException(403, "Credential types that are in use cannot be deleted")
        for other, field in PARTS.get(endpoint, []):
            for part in [part for part in self.objects[other].values() if part[field] == number]:
                self.remove(other, part["id"])
        del self.objects[endpoint][number]

    def synchronize(self, number: int) -> str:
        known = self.synchronized.get(number, ("", set()))[1]
        status = "failed" if self.repository is None else "successful"
        self.synchronized[number] = (status, known if self.repository is None else set(self.repository))
        return status

    def _used(self, kind: dict[str, Any]) -> bool:
        return any(item["credential_type"] == kind["id"] for item in self.objects["credentials"].values())

    def asked(self, template: int) -> set[str]:
        return {question["variable"] for question in self.surveys.get(template, {"spec": []})["spec"]}

    def _checked(self, endpoint: str, given: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
        unknown = set(given) - set(KINDS[endpoint][1])
        if unknown:
            raise Refused({name: ["AWX has no such field here."] for name in sorted(unknown)})
        item.update(given)
        for field, value in item.items():
            if field in REFERENCES and value is not None and value not in self.objects[REFERENCES[field]]:
                raise Refused({field: [f'Invalid pk "{value}" - object does not exist.']})
        self._check_name(endpoint, item)
        check = getattr(self, f"_check_{KINDS[endpoint][0]}", None)
        if check:
            check(item)
        return item

    def _check_name(self, endpoint: str, item: dict[str, Any]) -> None:
        # On the whole controller, in the organization, or in what it belongs to.
        scopes = {
            "execution_environments": (),
            "credentials": ("organization", "credential_type"),
            "inventory_sources": ("inventory",),
            "schedules": ("unified_job_template",),
        }
        fields = ("name", *scopes.get(endpoint, ("organization",)))
        twins = [other for other in self.objects[endpoint].values() if other["id"] != item.get("id")]
        if item.get("name") and any(all(other.get(key) == item.get(key) for key in fields) for other in twins):
            raise Refused({"__all__": [f"{endpoint} with these {fields} already exists."]})

    def _check_credential_type(self, item: dict[str, Any]) -> None:
        check_credential_type(item)

    def _check_credential(self, item: dict[str, Any]) -> None:
        fields = {
            field["id"]: field
            for field in self.objects["credential_types"][item["credential_type"]]["inputs"]["fields"]
        }
        for name, value in item["inputs"].items():
            if name not in fields:
                raise Refused({"inputs": [f"{name} is no field of the credential type."]})
            if not isinstance(value, str):
                raise Refused({"inputs": {name: [f"{value!r} is not of type 'string'"]}})
            if value not in fields[name].get("choices", [value]):
                raise Refused({"inputs": {name: [f"{value} is not one of the choices"]}})

    def _check_job_template(self, item: dict[str, Any]) -> None:
        if item["playbook"] not in self.synchronized[item["project"]][1]:
            raise Refused({"playbook": ["Playbook not found for project."]})

    def _check_inventory_source(self, item: dict[str, Any]) -> None:
        credential = self.objects["credentials"].get(item["credential"])
        if credential and self.objects["credential_types"][credential["credential_type"]]["kind"] == "vault":
            raise Refused({"credential": ["Credentials of type insights and vault are disallowed for scm sources."]})

    def _check_workflow_job_template_node(self, item: dict[str, Any]) -> None:
        strange = set(item["extra_data"]) - self.asked(item["unified_job_template"])
        if strange:
            raise Refused({"extra_data": [f"{sorted(strange)} are not allowed on launch."]})

    def check_launch(self, template: int, answers: dict[str, Any]) -> None:
        questions = self.surveys.get(template, {"spec": []})["spec"]
        missing = [
            question["variable"]
            for question in questions
            if question["required"] and question["variable"] not in answers
        ]
        if missing:
            raise Refused({"variables_needed_to_start": [f"'{name}' value missing" for name in missing]})

    def check_attached(self, template: int, credential: int) -> None:
        """A template has one credential of a type, or some of vaults."""
        kind = self.objects["credentials"][credential]["credential_type"]
        there = [
            self.objects["credentials"][other]
            for other in self.links.get(("job_templates", template, "credentials"), [])
        ]
        one = self.objects["credential_types"][kind]["kind"] != "vault"
        if one and any(other["credential_type"] == kind for other in there):
            raise Refused({"error": "Cannot assign multiple credentials of one type."})


def matches(item: dict[str, Any], key: str, value: str) -> bool:
    name, _separator, how = key.partition("__")
    if how == "startswith":
        return str(item.get(name)).startswith(value)
    if how == "in":
        return str(item.get(name)) in value.split(",")
    return str(item.get(name)) == value


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
        # The tokens that nobody has given back.
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
