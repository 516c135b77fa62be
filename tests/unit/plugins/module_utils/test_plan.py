# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import json

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._engine.fields import (
    DesiredField,
    Field,
    Options,
    desired_fields,
    desired_settings,
)
from ansible_collections.astera.data_stack.plugins.module_utils._engine.plan import get_value, plan
from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import Secret, wrap_secrets
from hypothesis import given
from hypothesis import strategies as st

FIELDS = (
    Field("name", "name"),
    Field("days", "purgeJobInfoAfter", "int"),
    Field("active", "isActive", "bool"),
    Field("folder", "stagingDirectory.path"),
    Field("repository.server", "serverDbInfo.server"),
    Field("repository.password", "serverDbInfo.password", secret=True),
)
PARAMS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(max_size=5),
        "days": st.integers(0, 99),
        "active": st.booleans(),
        "folder": st.text(max_size=5),
        "repository": st.fixed_dictionaries(
            {}, optional={"server": st.text(max_size=5), "password": st.text(min_size=5)}
        ),
    },
)
OBJECTS = st.fixed_dictionaries(
    {
        "id": st.integers(1, 9),
        "updateDtTm": st.just("2022-09-06T04:53:46.2573662-07:00"),
        "unknown": st.just({"deep": [1, None]}),
    },
    optional={
        "name": st.text(max_size=5),
        "PurgeJobInfoAfter": st.integers(0, 99) | st.integers(0, 99).map(str),
        "IsActive": st.booleans() | st.sampled_from(["true", "False"]),
        "stagingDirectory": st.none() | st.text(max_size=5) | st.fixed_dictionaries({"path": st.text(max_size=5)}),
        "serverDbInfo": st.none() | st.fixed_dictionaries({"Server": st.text(max_size=5), "schema": st.just("dbo")}),
    },
)


@given(PARAMS, OBJECTS)
def test_plan_is_empty_the_second_time(params, current):
    first = plan(desired_fields(FIELDS, params), current, {})
    assert not plan(desired_fields(FIELDS, params), first.payload, {}).changes


@given(PARAMS, OBJECTS)
def test_plan_has_a_diff_of_its_changes(params, current):
    made = plan(desired_fields(FIELDS, params), current, {})
    assert bool(made.changes) == (made.before != made.after)
    if not made.changes:
        assert made.payload == current


@given(PARAMS, OBJECTS)
def test_plan_keeps_members_that_are_not_declared(params, current):
    before = copy.deepcopy(current)
    payload = plan(desired_fields(FIELDS, params), current, {}).payload
    assert current == before
    for key in ("id", "updateDtTm", "unknown"):
        assert json.dumps(payload[key]) == json.dumps(before[key])
    if "days" not in params:
        assert payload.get("PurgeJobInfoAfter") == before.get("PurgeJobInfoAfter")
    if isinstance(before.get("serverDbInfo"), dict):
        assert payload["serverDbInfo"]["schema"] == "dbo"


@given(PARAMS)
def test_plan_of_a_new_object_has_template_and_declared_values(params):
    template = {"id": 0, "comment": "", "purgeJobInfoAfter": 7}
    made = plan(desired_fields(FIELDS, params), None, template)
    assert made.before == {}
    assert made.payload["id"] == 0
    assert made.payload["purgeJobInfoAfter"] == params.get("days", 7)
    assert template == {"id": 0, "comment": "", "purgeJobInfoAfter": 7}


def test_plan_includes_a_secret_only_with_other_changes():
    current = {"serverDbInfo": {"server": "a"}}
    alone = {"repository": {"password": "canary"}}
    assert not plan(desired_fields(FIELDS, alone), current, {}).needed
    forced = plan(desired_fields(FIELDS, alone), current, {}, write_secrets=True)
    assert forced.after == {"repository": {"password": "********"}}
    assert forced.visible == ()
    both = plan(desired_fields(FIELDS, {"repository": {"server": "b", "password": "canary"}}), current, {})
    assert both.payload["serverDbInfo"]["password"].reveal() == "canary"
    assert "canary" not in f"{both}"


def test_plan_includes_a_free_form_secret_only_with_other_changes():
    settings = desired_settings({"mailSetup": {"host": "m", "smtpPassword": "canary"}}, FIELDS, ())
    assert not plan(settings, {"mailSetup": {"host": "m", "smtpPassword": "****"}}, {}).needed
    other = [*settings, *desired_fields(FIELDS, {"days": 3})]
    withheld = plan(other, {"mailSetup": {"host": "m"}}, {})
    assert withheld.before["settings"] == {"mailSetup": {"host": "m"}}
    assert withheld.after["settings"] == {"mailSetup": {"host": "m", "smtpPassword": "********"}}
    made = plan(other, {"mailSetup": {"host": "m", "smtpPassword": "****"}}, {})
    assert made.payload["mailSetup"]["smtpPassword"].reveal() == "canary"
    assert [change.field for change in made.changes] == ["days"]


@pytest.mark.parametrize(("value", "old"), [("new", "old"), ({"key": "new", "n": 1}, {"key": "old", "n": 1})])
def test_plan_shows_a_secret_that_differs(value, old):
    """Masked, both sides are the same, and Ansible would show no difference of a task that changes."""
    found = plan(desired_settings({"apiKey": value}, (), ()), wrap_secrets({"apiKey": old}), {})
    assert found.needed
    assert found.before != found.after
    assert "new" not in repr((found.changes, found.before, found.after))
    assert "old" not in repr((found.changes, found.before, found.after))


def test_plan_keeps_spelling_and_types_of_the_server():
    made = plan(
        desired_fields(FIELDS, {"days": 14, "folder": "D"}), {"PurgeJobInfoAfter": "7", "StagingDirectory": "C"}, {}
    )
    assert made.payload == {"PurgeJobInfoAfter": "14", "StagingDirectory": "D"}


def test_plan_finds_values_in_any_case():
    assert get_value({"ServerDBInfo": {"PORT": 1}}, "serverDbInfo.port") == 1
    assert get_value({"stagingDirectory": "C:"}, "stagingDirectory.path") == "C:"
    assert get_value(None, "a.b") is None


def test_plan_shows_names_instead_of_ids():
    field = Field("deployment", "deploymentId", "int")
    made = plan([DesiredField(field, 7, "new", {3: "old"}.get)], {"deploymentId": 3}, {})
    assert (made.before, made.after) == ({"deployment": "old"}, {"deployment": "new"})


@pytest.mark.parametrize("key", ["name", "NAME", "id", "UpdateDtTm", "serverDbInfo"])
def test_settings_reject_members_that_have_an_option(key):
    with pytest.raises(AsteraError, match="settings cannot contain"):
        desired_settings({key: 1}, FIELDS, ("id", "updateDtTm"))


def test_field_rejects_numbers_out_of_range():
    field = Field("hour", "hour", "int", value_range=(0, 23))
    assert desired_fields((field,), {"hour": 23})
    with pytest.raises(AsteraError, match="from 0 to 23"):
        desired_fields((field,), {"hour": 24})


def test_argument_spec_comes_from_the_table():
    spec = Options(FIELDS, others={"settings": {"type": "dict"}}).argument_spec()
    assert spec["repository"]["options"]["password"] == {"type": "str", "no_log": True}
    assert spec["days"] == {"type": "int"}
    assert "settings" in spec


def test_desired_fields_wrap_secrets():
    assert all(isinstance(want.value, Secret) for want in desired_fields(FIELDS, {"repository": {"password": "x"}}))
