# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shape of a JSON value has its key names, types and formats, and nothing of its content."""

from __future__ import annotations

import json
import time

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility import shapes
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility.shapes import (
    Members,
    describe,
    moving_members,
)
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import MASK, wrap_secrets
from hypothesis import given
from hypothesis import strategies as st

PUBLISHED = Members(("id", "name", "schedule.typeName"))
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=12), inner, max_size=5),
    max_leaves=25,
)


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (None, "null"),
        (True, "boolean"),
        (7, "integer"),
        (2**53, "integer beyond 2^53"),
        (1.5, "number"),
        ("", "empty string"),
        ("Sales", "string"),
        ("7", "number as string"),
        ("False", "boolean as string"),
        (MASK, "masked secret"),
        ("2022-09-06T04:53:46.2573662-07:00", "timestamp, 7 digits, offset"),
        ("2022-09-06T04:53:46Z", "timestamp, 0 digits, Z"),
        ("2022-09-06 04:53", "timestamp, 0 digits, no offset"),
        ("04:30:00", "time of day or duration"),
        ("C:\\Flows\\a.Df", "path with \\"),
        ("C:/Flows/a.Df", "path with /"),
        ("\\\\files/x", "path with / and \\"),
        ([], []),
        ([1, 2], ["integer"]),
        ([1, "a", None], ["integer or null or string"]),
        ([{"id": 1}, {"id": 2, "name": "A"}], [{"id": "integer", "name?": "string"}]),
        ([{"items": None}, {"items": {"id": 1}}], [{"items?": {"id": "integer"}}]),
    ],
    ids=repr,
)
def test_shape_of_a_value(value, shape):
    assert describe(value) == shape


@pytest.mark.parametrize(
    "password", ["secret", "7", "2022-09-06T04:53:46Z", "C:\\a", 12345, "true"], ids=["text", *"1234", "flag"]
)
def test_shape_of_a_secret_says_nothing_of_its_format(password):
    assert describe(wrap_secrets({"password": password}))["password"] in ("secret string", "secret number")


@pytest.mark.parametrize(
    "data",
    [
        {"parameters": {"user": 1}},
        {"users": {"name": {"id": 1}}},
        {"item": {"Sales": 1, "id": 2}},
        {"item": {"john.doe@example.com": 1}},
        {"item": {"SERVER01": 1}},
        {"item": {"id" * 40: 1}},
    ],
    ids=json.dumps,
)
def test_shape_hides_keys_that_could_be_data(data):
    (key,) = data
    assert set(describe(data)[key]) == {shapes.HIDDEN_KEY}
    assert set(describe(data, PUBLISHED)[key]) == {shapes.HIDDEN_KEY}


def test_shape_shows_members_of_published_objects_only():
    value = {"id": 1, "zoneAffinity": 2, "a b": 3, "schedule": {"typeName": "x", "weekDays": []}, "name": {"Sales": 1}}
    assert describe(value, PUBLISHED) == {
        "id": "integer",
        "zoneAffinity": "integer",
        "<key>": "integer",
        "schedule": {"typeName": "string", "weekDays": []},
        "name": {"<key>": "integer"},
    }
    assert set(describe(value)) == {"<key>"}


def test_shape_takes_a_large_object_for_a_dictionary():
    value = {f"name{number}": number for number in range(shapes.MAX_MEMBERS + 1)}
    assert describe(value, PUBLISHED) == {"<key>": "integer"}


def test_moving_members_are_named_by_their_paths():
    one = [{"id": 1, "name": "A", "nextRun": 1}, {"id": 2, "nextRun": 1, "parameters": {"Sales": 1}}]
    other = [{"id": 2, "nextRun": 1, "parameters": {"Sales": 2}}, {"id": 1, "name": "A", "nextRun": 2}]
    assert moving_members(one, other, PUBLISHED) == {"[].nextRun", "[].parameters.<key>"}
    assert moving_members(one, one[:1], PUBLISHED) == {"[]"}
    assert moving_members({"id": 1}, {"id": "1"}) == {"id"}


@given(JSON)
def test_shape_is_made_of_words_and_plain_names(value):
    text = json.dumps(describe(value))
    words = set(text.replace("\\\\", "\\").translate({ord(mark): " " for mark in '{}[]",:?'}).split())
    known = {"<key>", "or", "null", "boolean", "integer", "number", "string", "empty", "as", "deeper", "object", "list"}
    known |= {"beyond", "2^53", "timestamp", "digits", "offset", "no", "Z", "path", "with", "and", "/", "\\", "masked"}
    known |= {"secret", "time", "of", "day", "duration", *map(str, range(10))}
    assert {word for word in words - known if not shapes.is_plain_name(word)} == set()


@given(JSON, JSON)
def test_moving_members_are_none_of_the_same_and_some_of_another(one, other):
    assert moving_members(one, one) == set()
    if json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True) and not isinstance(one, (list, dict)):
        assert moving_members(one, other) == {""}


@pytest.mark.parametrize(
    "value",
    [
        [{"id": number, "name": "A" * 50} for number in range(50_000)],
        {f"name{number}": [number] for number in range(100_000)},
        {"name" * 500_000: 1, "a" * 1_000_000: {"A" * 1_000_000: 1}},
        {"comment": "1" * 10_000_000, "path": "C:\\" * 3_000_000},
    ],
    ids=["many", "wide", "long_keys", "long_values"],
)
def test_shape_of_a_large_value_is_small_and_quick(value):
    start = time.process_time()
    shape = describe(value, PUBLISHED)
    moving_members(value, value, PUBLISHED)
    assert time.process_time() - start < 20
    assert len(json.dumps(shape)) < 20_000


def test_shape_of_a_deep_value_ends():
    value = inner = {}
    for _level in range(400):
        inner["item"] = inner = {}
    assert json.dumps(describe(value)).count("item") == shapes.MAX_DEPTH + 1
    assert moving_members(value, value) == set()
