# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is not named never changes, what is omitted stays, what is empty clears, and the same value is the same in any form."""

from __future__ import annotations

import json
import unicodedata

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._engine import compare
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.cluster import Cluster
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.deployment import Deployment
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.schedule import Schedule
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.server_config import ServerConfig
from ansible_collections.astera.data_stack.tests import modules
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator
from ansible_collections.astera.data_stack.tests.modules import changed, writes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.each_value

QUICK = settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(-1e6, 1e6, allow_nan=False)
    | st.text(max_size=8)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abcxyz_", min_size=1, max_size=6), inner, max_size=3)
    ),
    max_leaves=10,
)
# Unpublished keys. Their spelling is the server's, which shows names with a small letter first.
UNKNOWN = st.dictionaries(
    st.text("qwxyz", min_size=3, max_size=8).map(lambda key: f"odd{key}"), VALUES, min_size=1, max_size=5
)
KINDS = {
    "cluster": ({"purge_job_info_after": 30}, "purgeJobInfoAfter"),
    "server_config": ({"config_parameters": {"purge_chunk_size": 5}, "wait": False}, "configParameters"),
    "deployment": ({"name": "Sales", "comment": "ours"}, "comment"),
    "schedule": ({"name": "Daily", "is_active": True}, "isActive"),
}
READS = {"cluster": "/api/Cluster", "server_config": "/api/Server/Config"}


@pytest.fixture(scope="module")
def shared():
    with Emulator() as server:
        server.seed("deployment", name="Sales", comment="old")
        server.seed("schedule", name="Daily", isFile=True, schedule={"typeName": "Astera.Core.Weekly"})
        server.edit("server_config", serverDbInfo={"dataProvider": "SqlServer"})
        yield server


def stored(server, kind):
    state = server.state
    return state[kind] if kind in state else state[f"{kind}s"][0]


def run(server, kind, **options):
    return modules.run(f"astera_{kind}", {**modules.connection(server), **options})


@pytest.mark.shows("README: Only the fields that you set are managed")
@pytest.mark.parametrize("kind", KINDS)
def test_write_keeps_undeclared_members_to_the_byte(shared, kind):
    options, ours = KINDS[kind]
    name = options.get("name")

    @given(UNKNOWN)
    @QUICK
    def attempt(unknown):
        reset = (
            {"configParameters": {"purgeChunkSize": 9}}
            if kind == "server_config"
            else {ours: {"cluster": 7}.get(kind, "")}
        )
        shared.edit(kind, name, **{**unknown, **reset})
        before = stored(shared, kind)
        assert changed(run(shared, kind, **options))
        after = stored(shared, kind)
        left_out = (ours, "updateDtTm")
        for key, value in before.items():
            if key not in left_out and key != "serverDbInfo":
                assert json.dumps(after[key], sort_keys=False) == json.dumps(value, sort_keys=False), key
        if kind == "server_config":
            parameters = {**before[ours], "purgeChunkSize": 5}
            assert after[ours] == parameters
        assert not changed(run(shared, kind, **options))

    attempt()


# Omitted, and empty

# Every text that has an option of its own, but for the names of what there has to be and what only takes some words.
TABLES = {"cluster": Cluster, "server_config": ServerConfig, "deployment": Deployment, "schedule": Schedule}
BY_OPTION = [
    (kind, field.option, field.key)
    for kind, table in TABLES.items()
    for field in table.options.fields
    if field.type == "str" and field.option not in ("name", "server_profile") and not field.secret and not field.choices
]


def nested(path, value):
    outer, dot, inner = path.partition(".")
    return {outer: {inner: value}} if dot else {outer: value}


def at(item, path):
    for part in path.split("."):
        item = item[part]
    return item


@pytest.mark.parametrize("empty_as", ["empty", "null", "absent"])
@pytest.mark.parametrize(("kind", "option", "key"), BY_OPTION)
def test_option_omitted_keeps_and_empty_clears(kind, option, key, empty_as):
    others = {
        "cluster": {"purge_job_info_after": 30},
        "server_config": {"config_parameters": {"purge_chunk_size": 5}, "wait": False},
    }
    other = others.get(kind, {"name": "One", "settings": {"oddity": 1}})
    more = {name: value for name, value in other.items() if name in ("name", "wait")}
    with Emulator(Dialect(empty_as=empty_as)) as server:
        if kind in ("deployment", "schedule"):
            server.seed(kind, name="One", schedule={"typeName": "A"}, isFile=True)
        name = more.get("name")
        base = {"serverDbInfo": {"dataProvider": "SqlServer"}} if kind == "server_config" else {}
        filled = nested(key, "C:\\old")
        server.edit(
            kind,
            name,
            **{
                **base,
                **{
                    part: {**base.get(part, {}), **value} if isinstance(value, dict) else value
                    for part, value in filled.items()
                },
            },
        )
        assert changed(run(server, kind, **other))
        assert at(stored(server, kind), key) == "C:\\old"
        for value, expected in [("", True), ("", False), (None, False), ("C:\\new", True), ("C:\\new", False)]:
            assert changed(run(server, kind, **more, **nested(option, value))) is expected, value
            if value is not None:
                assert at(stored(server, kind), key) in ((value, None) if not value else (value,))


# What looks the same and is not

PATHS = {
    field.option
    for table in TABLES.values()
    for field in table.options.fields
    if field.comparator is compare.paths_equal
}
EDGES = {
    "a newline": ("old\n", "old"),
    "a blank": ("old ", "old"),
    "line ends": ("a\r\nb", "a\nb"),
    "letters": ("C:\\Maße", "C:\\Masse"),
    "a root": ("C:\\", "C:"),
}


def changes_once(kind, key, have, named, option, want):
    with Emulator(Dialect()) as server:
        if kind in ("deployment", "schedule"):
            server.seed(kind, name="One", schedule={"typeName": "A"}, isFile=True)
        base = {"serverDbInfo": {"dataProvider": "SqlServer"}} if kind == "server_config" else {}
        outer, dot, inner = key.partition(".")
        filled = {outer: {**base.get(outer, {}), inner: have}} if dot else {key: have}
        server.edit(kind, named.get("name"), **{**base, **filled})
        first = changed(run(server, kind, **named, **nested(option, want)))
        assert not changed(run(server, kind, **named, **nested(option, want)))
        return first, at(stored(server, kind), key)


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize(("kind", "option", "key"), BY_OPTION)
def test_text_that_differs_is_corrected_A6_A7(kind, option, key, edge):
    """A comment is the only text whose whitespace and line ends a server may change by itself."""
    have, want = EDGES[edge]
    named = {"cluster": {}, "server_config": {"wait": False}}.get(kind, {"name": "One"})
    is_same = option == "comment" and edge in ("a newline", "a blank", "line ends")
    for before, after in ((have, want), (want, have)):
        assert changes_once(kind, key, before, named, option, after) == ((False, before) if is_same else (True, after))


def test_text_cases_include_both_sorts_A6_A7():
    options = {option for _kind, option, _key in BY_OPTION}
    assert options >= PATHS >= {"staging_directory", "archive_server_path", "file_path", "start_item"}
    assert options >= {"comment", "repository.user", "trace_level"}


@pytest.mark.parametrize(("kind", "key"), [("cluster", "relays"), ("deployment", "relays"), ("schedule", "relays")])
@pytest.mark.parametrize("have", [["primary", "standby"], ["Monday", "Friday"], [2, 1]], ids=str)
def test_list_is_replaced_in_its_order_A8(kind, key, have):
    named = {} if kind == "cluster" else {"name": "One"}
    want = have[::-1]
    assert changes_once(kind, key, have, named, "settings", {key: want}) == (True, want)


@pytest.mark.parametrize(
    ("days", "is_set"), [(["Monday", "Friday"], True), ([1, 15], True), (["primary", "standby"], False)], ids=str
)
def test_days_of_a_schedule_are_a_set_A8(days, is_set):
    have, want = ({"typeName": "Astera.Core.Weekly", "days": items} for items in (days, days[::-1]))
    result = changes_once("schedule", "schedule", have, {"name": "One"}, "schedule", want)
    assert result == ((False, have) if is_set else (True, want))


@pytest.mark.parametrize("insensitive", [False, True])
@pytest.mark.parametrize("kind", ["deployment", "schedule"])
def test_names_that_windows_distinguishes_are_two_objects_A7(kind, insensitive):
    rest = {
        "deployment": {"archive_server_path": "C:\\a.Car"},
        "schedule": {"file_path": "C:\\a.Df", "daily": {"start_time": MOMENT}},
    }
    with Emulator(Dialect(names_case_insensitive=insensitive)) as server:
        for name in ("Maße", "Masse"):
            assert changed(run(server, kind, name=name, **rest[kind]))
        for name in ("Maße", "Masse"):
            assert not changed(run(server, kind, name=name, **rest[kind]))
            (found,) = run(server, f"{kind}_info", name=name)[f"{kind}s"]
            assert found["name"] == name


# One value in many forms

MOMENT = "2026-10-25T01:30:00+02:00"


@pytest.mark.parametrize("form", ["as_sent", "utc", "server_offset", "seconds"])
def test_F35_a_schedule_in_every_spelling_of_its_start(form):
    with Emulator(Dialect(start_time=form)) as server:
        server.seed("schedule", name="Daily", isFile=True, schedule={"typeName": "Astera.Core.Weekly"})
        assert changed(run(server, "schedule", name="Daily", daily={"start_time": MOMENT}))
        for text in ("2026-10-24T23:30:00Z", "2026-10-24T16:30:00.0000000-07:00", "2026-10-25 01:30+02:00"):
            assert not changed(run(server, "schedule", name="Daily", daily={"start_time": text})), text
        # The hour that the change from summer time repeats.
        assert changed(run(server, "schedule", name="Daily", daily={"start_time": "2026-10-25T01:30:00+01:00"}))


NOTHING = [None, "", [], {}, "missing"]


@pytest.mark.parametrize("have", NOTHING, ids=repr)
@pytest.mark.parametrize("want", NOTHING, ids=repr)
@pytest.mark.parametrize("kind", ["cluster", "deployment"])
def test_F41_null_missing_and_empty_are_one(shared, kind, want, have):
    """In free-form settings, where all five can be said."""
    name = KINDS[kind][0].get("name")
    shared.edit(kind, name, oddEmpty={} if have == "missing" else {"inner": have})
    settings_ = {"oddEmpty": {} if want == "missing" else {"inner": want}}
    shared.clear_requests()
    named = {"name": name} if name else {}
    assert not changed(run(shared, kind, **named, settings=settings_))
    assert writes(shared) == []


@QUICK
@given(
    st.text(st.characters(codec="utf-8", categories=["L", "M", "N", "S", "Zs"]), min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool)
)
def test_F45_a_name_is_found_in_each_of_its_forms(name):
    with Emulator(tls=False) as server:
        server.seed("deployment", name=unicodedata.normalize("NFD", name), comment="old")
        form = unicodedata.normalize("NFC", name)
        result = modules.run(
            "astera_deployment",
            {**modules.connection(server), "ca_path": None, "allow_http": True, "name": form, "comment": "new"},
        )
        assert changed(result)
        assert [item["comment"] for item in server.state["deployments"]] == ["new"]
