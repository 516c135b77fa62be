# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the fake controller of tests/awx refuses, as a real one does."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.tests.awx import controller
from fastapi import HTTPException

FIELDS = {
    "fields": [
        {"id": "password", "label": "Password", "secret": True},
        {"id": "validate_certs", "label": "Validate", "choices": ["true", "false"]},
    ]
}
PROJECT = {"name": "P", "scm_type": "git"}


@pytest.fixture
def store():
    return controller.Store({"audit.yml"})


def credential_type(store, **changes):
    return store.create("credential_types", {"name": "API", "kind": "cloud", "inputs": FIELDS, **changes})


def credential(store, **inputs):
    kind = next(item for item in store.objects["credential_types"].values() if item["name"] == "API")
    return store.create("credentials", {"name": "A", "credential_type": kind["id"], "inputs": inputs})


def test_fields_of_a_credential_type_are_locked_while_it_is_used_D5(store):
    kind = credential_type(store)
    store.change("credential_types", kind, {"inputs": {"fields": FIELDS["fields"][:1]}})
    credential(store, password="x")
    store.change("credential_types", kind, {"inputs": kind["inputs"], "injectors": {"env": {"A": "{{ password }}"}}})
    with pytest.raises(HTTPException) as caught:
        store.change("credential_types", kind, {"inputs": FIELDS})
    assert caught.value.status_code == 403
    with pytest.raises(HTTPException):
        store.remove("credential_types", kind["id"])


def test_name_of_an_execution_environment_is_unique_D6(store):
    first, second = (store.create("organizations", {"name": name})["id"] for name in "AB")
    store.create("execution_environments", {"name": "E", "organization": first, "image": "i"})
    with pytest.raises(controller.Refused):
        store.create("execution_environments", {"name": "E", "organization": second, "image": "i"})
    # Credentials can have one name, and are then found together.
    credential_type(store)
    for organization in (first, second):
        credential(store)["organization"] = organization
    assert len(store.find("credentials", {"name": "A"})) == 2
    assert len(store.find("credentials", {"name": "A", "organization": str(first)})) == 1


@pytest.mark.parametrize(
    "inputs", [{"validate_certs": False}, {"password": 60}, {"validate_certs": "False"}, {"no": "x"}]
)
def test_inputs_of_a_credential_are_strings_and_choices_D8(store, inputs):
    credential_type(store)
    with pytest.raises(controller.Refused):
        credential(store, **inputs)


def test_placeholder_of_a_secret_keeps_it_D9(store):
    credential_type(store)
    made = credential(store, password="secret", validate_certs="true")
    shown = store.shown("credentials", made)["inputs"]
    store.change("credentials", made, {"inputs": {**shown, "validate_certs": "false"}})
    assert made["inputs"] == {"password": "secret", "validate_certs": "false"}


def test_playbook_is_known_after_a_synchronization_only_D7(store):
    store.repository = None
    project = store.create("projects", PROJECT)
    template = {"name": "T", "project": project["id"], "playbook": "audit.yml"}
    with pytest.raises(controller.Refused):
        store.create("job_templates", template)
    store.repository = {"audit.yml"}
    with pytest.raises(controller.Refused):
        store.create("job_templates", template)
    store.synchronize(project["id"])
    assert store.create("job_templates", template)


def test_launch_needs_every_required_answer_D10(store):
    question = {"question_name": "Q", "variable": "v", "type": "text", "default": "x", "required": True}
    store.surveys[1] = {"name": "", "description": "", "spec": [question]}
    with pytest.raises(controller.Refused):
        store.check_launch(1, {})
    store.check_launch(1, {"v": "y"})
    question["required"] = False
    store.check_launch(1, {})


def test_source_of_an_inventory_takes_no_vault_credential_D1(store):
    vault = store.named("credential_types", "Vault")["id"]
    secret = store.create("credentials", {"name": "V", "credential_type": vault, "inputs": {}})["id"]
    with pytest.raises(controller.Refused):
        store.create("inventory_sources", {"name": "S", "credential": secret})


def test_template_has_one_credential_of_a_type(store):
    credential_type(store)
    one, other = (
        credential(store)["id"],
        store.add("credentials", **store.objects["credentials"][store.last])["id"],
    )
    store.links["job_templates", 1, "credentials"] = [one]
    with pytest.raises(controller.Refused):
        store.check_attached(1, other)


def test_node_has_answers_that_its_template_asks_for(store):
    with pytest.raises(controller.Refused):
        store.create(controller.NODE, {"identifier": "plan", "extra_data": {"v": "x"}})


def test_credential_type_needs_a_system_administrator(store):
    store.superuser = False
    with pytest.raises(HTTPException) as caught:
        credential_type(store)
    assert caught.value.status_code == 403


def test_environment_takes_a_registry_credential_only(store):
    organization = store.create("organizations", {"name": "O"})["id"]
    fields = {"name": "E", "organization": organization, "image": "i"}
    for kind, accepted in (("Vault", False), ("Container Registry", True)):
        number = store.named("credential_types", kind)["id"]
        secret = store.create("credentials", {"name": kind, "credential_type": number, "inputs": {}})["id"]
        if accepted:
            assert store.create("execution_environments", {**fields, "credential": secret})["credential"] == secret
        else:
            with pytest.raises(controller.Refused):
                store.create("execution_environments", {**fields, "credential": secret})


@pytest.mark.parametrize(
    ("rule", "accepted"),
    [
        ("DTSTART:20261201T020000Z RRULE:FREQ=DAILY;INTERVAL=1", True),
        ("DTSTART;TZID=Europe/Vienna:20261201T020000 RRULE:FREQ=DAILY;INTERVAL=1", True),
        ("DTSTART:20261201T020000 RRULE:FREQ=DAILY;INTERVAL=1", False),
        ("DTSTART:20261201T020000Z RRULE:FREQ=DAILY", False),
        ("RRULE:FREQ=DAILY;INTERVAL=1", False),
        ("DTSTART:20261201T020000Z", False),
    ],
)
def test_schedule_needs_a_start_with_a_time_zone_and_an_interval(store, rule, accepted):
    project = store.create("projects", PROJECT)["id"]
    fields = {"name": "S", "unified_job_template": project, "rrule": rule}
    if accepted:
        assert store.create("schedules", fields)
    else:
        with pytest.raises(controller.Refused):
            store.create("schedules", fields)


def test_source_of_an_inventory_needs_its_project(store):
    with pytest.raises(controller.Refused):
        store.create("inventory_sources", {"name": "S", "source": "scm"})


@pytest.mark.parametrize(
    "injectors",
    [{"env": {"PATH": "x"}}, {"env": {"ANSIBLE_X": "x"}}, {"file": {"template": "a", "template.b": "b"}}],
)
def test_injectors_of_a_credential_type_are_validated(store, injectors):
    with pytest.raises(controller.Refused):
        credential_type(store, injectors=injectors)


def test_field_of_a_custom_credential_type_is_not_asked_at_runtime(store):
    with pytest.raises(controller.Refused):
        credential_type(store, inputs={"fields": [{"id": "p", "label": "P", "ask_at_runtime": True}]})
