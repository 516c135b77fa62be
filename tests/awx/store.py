# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of the fake controller, and the rules that depend on more than one of its objects."""

from __future__ import annotations

from typing import Any

from ansible_collections.astera.data_stack.tests.awx.objects import (
    KINDS,
    NODE,
    PARTS,
    REFERENCES,
    ROLES,
    TEMPLATES,
)
from ansible_collections.astera.data_stack.tests.awx.validation import Refused, check_credential_type, check_rrule
from fastapi import HTTPException

ENCRYPTED = "$encrypted$"


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
        self.add("credential_types", name="Container Registry", kind="registry", managed=True, inputs={"fields": []})

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

    def _check_execution_environment(self, item: dict[str, Any]) -> None:
        credential = self.objects["credentials"].get(item["credential"])
        if credential and self.objects["credential_types"][credential["credential_type"]]["kind"] != "registry":
            raise Refused({"credential": ["Only Container Registry credentials can be associated"]})

    def _check_schedule(self, item: dict[str, Any]) -> None:
        check_rrule(item["rrule"])

    def _check_inventory_source(self, item: dict[str, Any]) -> None:
        if item["source"] == "scm" and item["source_project"] is None:
            raise Refused({"source_project": ["Project required for scm type sources."]})
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
