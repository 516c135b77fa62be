# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the one pass over a result masks, and what it leaves."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._redactor import Redactor
from ansible_collections.astera.data_stack.plugins.module_utils._scrub import scrub, scrub_object
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import MASK, Secret

RESULT = {
    "changed": True,
    "failed": False,
    "msg": "deployment 'Sales': refused",
    "error": {
        "code": "rejected",
        "method": "POST",
        "path": "/api/Cluster",
        "status": 4001,
        "outcome": "unknown",
        "detail": "",
    },
    "plan": [
        {
            "kind": "cluster",
            "name": "cluster",
            "action": "update",
            "changed": True,
            "fields": [{"path": "comment", "before": "old", "after": "new"}],
            "outcome": "committed",
            "error": None,
        }
    ],
    "diff": [
        {"before_header": "Sales", "after_header": "Sales", "before": {"comment": "old"}, "after": {"comment": "new"}}
    ],
    "conflicts": [{"field": "comment", "kind": "cluster"}],
    "uploads": [{"kind": "Car", "sha256": "0", "size": 9, "server_path": "C:\\a.Car"}],
    "snapshot": {
        "cluster": {"name": "Main"},
        "unread": {"schedules": {"code": "permission", "path": "/api", "msg": "no"}},
    },
    "warnings": [],
}


def words(value, key=""):
    """The keys of a result, and its own words."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from words(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from words(item, key)
    elif key in ("action", "code", "field", "kind", "method", "outcome", "path"):
        yield value
    elif value in (True, False, None):
        yield str(value)
        yield str(value).lower()


@pytest.mark.parametrize("secret", sorted(set(words(RESULT))))
def test_scrub_leaves_a_results_own_words_E1(secret):
    """Whatever word of the result is a password: what decides on anything stays as it is."""
    scrubbed = scrub({**RESULT, "value": secret}, Redactor([secret]))
    assert scrubbed == {**RESULT, "value": MASK}


@pytest.mark.parametrize("key", ["url", "name", "server_path", "comment", "before", "host", "id"])
def test_scrub_leaves_a_value_with_a_secret_inside_A5(key):
    value = {key: "https://runsc:33379/runsc"}
    assert scrub(value, Redactor(["runsc"])) == value
    assert scrub_object([value], Redactor(["runsc"])) == [value]


@pytest.mark.parametrize("key", ["msg", "warnings", "detail", "exception"])
def test_scrub_masks_a_secret_inside_prose_A5(key):
    assert scrub({key: ["https://runsc:33379 failed"]}, Redactor(["runsc"])) == {key: [f"https://{MASK}:33379 failed"]}


@pytest.mark.parametrize("key", ["url", "name", "server_path", "comment", "before", "msg", "detail", "code"])
def test_scrub_masks_a_value_that_is_a_secret(key):
    assert scrub_object({key: "runsc"}, Redactor(["runsc"])) == {key: MASK}
    assert scrub({key: Secret("runsc")}, Redactor()) == {key: MASK}


def test_scrub_masks_a_number_that_is_a_secret_E2():
    redactor = Redactor(["4815162342"])
    assert scrub_object({"a": [4815162342, 1], "b": {"c": 4815162342.0}}, redactor) == {
        "a": [MASK, 1],
        "b": {"c": MASK},
    }


@pytest.mark.parametrize("key", ["id", "deployment_id", "deploymentId"])
def test_scrub_leaves_an_id_A5(key):
    assert scrub_object({key: 4815}, Redactor(["4815"])) == {key: 4815}
    assert scrub_object({"paid": 4815}, Redactor(["4815"])) == {"paid": MASK}


@pytest.mark.parametrize("text", ["Reset password: daily", "Basic Import2", "bearer bonds"])
def test_scrub_leaves_a_name_that_looks_like_a_secret_A5(text):
    assert scrub({"name": text, "file_path": text}, Redactor()) == {"name": text, "file_path": text}
    assert scrub({"msg": text}, Redactor()) != {"msg": text}


@pytest.mark.parametrize("key", ["connectionName", "proxyUrl", "comment", "path"])
@pytest.mark.parametrize(
    "text",
    [
        "Server=x;Password=oldsecret;User=sa",
        "https://sa:oldsecret@host/",
        '{"password": "oldsecret"}',
        "eyJoldsecret.b.c",
    ],
)
def test_scrub_masks_what_no_name_holds(key, text):
    assert "oldsecret" not in scrub_object({key: text}, Redactor())[key]


def test_scrub_masks_a_key_that_is_a_secret_and_no_identifier():
    redactor = Redactor(["my secret", "name"])
    assert scrub_object({"my secret": 1, "name": 2}, redactor) == {MASK: 1, "name": 2}


def test_scrub_masks_values_of_a_configuration_in_a_servers_text_E6():
    redactor = Redactor(quoted=["Tr0ub4dor"])
    assert scrub({"detail": "Tr0ub4dor is bad"}, redactor) == {"detail": f"{MASK} is bad"}
    assert scrub({"name": "Tr0ub4dor", "msg": "Tr0ub4dor"}, redactor) == {"name": "Tr0ub4dor", "msg": "Tr0ub4dor"}
