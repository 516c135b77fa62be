# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server makes of times, names, keys and values: F34 to F38 and F40 to F47 of the fault table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._engine import compare
from ansible_collections.astera.data_stack.tests import modules, write_scenarios
from ansible_collections.astera.data_stack.tests.emulator import Dialect, store
from ansible_collections.astera.data_stack.tests.modules import changed, failed, writes
from ansible_collections.astera.data_stack.tests.raw_server import RawServer, http, read_request
from ansible_collections.astera.data_stack.tests.write_scenarios import DAILY, READABLE
from hypothesis import given
from hypothesis import strategies as st

pytestmark = write_scenarios.EACH_FAULT_ONCE

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
START = DAILY["start_time"]


def dialects(**settings):
    named = [(f"{name}={value}", Dialect(**{name: value})) for name, values in settings.items() for value in values]
    return pytest.mark.parametrize(
        "server", [dialect for _name, dialect in named], indirect=True, ids=[name for name, _dialect in named]
    )


# Time


@pytest.mark.parametrize("days", [-1, 1])
@pytest.mark.parametrize("name", ["old deployment", "new schedule", "document"])
def test_F34_a_servers_clock_that_is_a_day_off(scenario, monkeypatch, days):
    shifted = SimpleNamespace(time_ns=lambda now=store.time.time_ns: now() + days * 86400 * 10**9)
    monkeypatch.setattr(store, "time", shifted)
    scenario.runs_once()


def test_F34_no_stamp_is_ever_made_here():
    """The time of this side is asked for a pause without a Date of the server's, for how old a token is by our own clock, and for
    when a window or a report was made, and which runs of a schedule come next."""
    asking = sorted(
        f"{path.stem}: {line.strip()}"
        for path in PLUGINS.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "datetime.now" in line or "time.time()" in line or "utcnow" in line
    )
    assert {line.split(":")[0] for line in asking} <= {"tokens", "waiting", "pause", "audit_report", "export_files"}


SAME = [
    *("2026-12-01T00:00:00-03:30", "2026-12-01T03:30:00,000Z", "2026-12-01T03:30:00.0Z", "2026-12-01T09:00:00+05:30"),
    *("2026-12-01T03:30:00Z", "2026-12-01T03:30:00+00:00", "2026-12-01T04:30:00+01:00", "2026-11-30T20:30:00-07:00"),
    *("2026-12-01T03:30:00.000Z", "2026-12-01T03:30:00.0000000Z", "2026-12-01 03:30:00Z", "2026-12-01T03:30Z"),
    *("2026-12-01T09:15:00+05:45", "2026-12-01T17:30:00+14:00", "2026-11-30T15:30:00-12:00", "2026-12-01t03:30:00z"),
    *("2026-12-01T04:30:00.0000000+01:00", "2026-12-01T04:30:00.000+0100", "2026-12-01T03:30:00-00:00"),
]
OTHER = [
    *("2026-12-01T04:30:00Z", "2026-12-01T03:30:01Z", "2026-12-01T03:30:00+01:00", "2026-12-02T04:30:00+01:00"),
    *("2025-12-01T03:30:00Z", "2026-12-01T04:30:00+02:00"),
    *("2026-12-01T04:30:00", "", "soon", None, "2026-12-01", "04:30", "2026-12-01T15:30:00+01:00"),
]


@pytest.mark.parametrize(("have", "same"), [(have, have in SAME) for have in [*SAME, *OTHER]], ids=str)
@pytest.mark.parametrize("name", ["new schedule"])
def test_F35_the_same_instant_is_no_change(server, scenario, tmp_path, have, same):
    """As the summer ends, another offset is another instant; spelt otherwise, it is the same."""
    daily = {"startTime": have, "typeName": "Astera.Core.DailyScheduleEveryDay"}
    kind = {"typeName": "Astera.Core.DailySchedule", "dailyScheduleBase": daily}
    server.seed("schedule", name="Daily", isFile=True, filePathResolved={"path": "C:\\a.Df"}, schedule=kind)
    result = scenario.run(is_active=None)
    assert changed(result) is not same


@given(st.datetimes(), st.integers(0, 9_999_999), st.sampled_from([0, 3, 7]))
def test_F36_digits_that_a_server_leaves_out_are_no_change(moment, ticks, digits):
    text = f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0")
    kept = f".{ticks:07d}"[: digits + 1] if digits else ""
    assert compare.timestamps_equal(f"{text}{kept}Z", f"{text}{kept.ljust(8, '0') if kept else ''}Z")


@dialects(timestamp_digits=(0, 3, 7), timestamp_offset=("", "Z", "+00:00"))
@pytest.mark.parametrize("name", ["old deployment", "old schedule"])
def test_F36_a_stamp_goes_back_as_it_came(server, scenario):
    (stored,) = server.state["deployments"] + server.state["schedules"]
    assert changed(scenario.run())
    (sent,) = [entry.json for entry in server.writes]
    assert sent["updateDtTm"] == stored["updateDtTm"]


# Lists

COUNT = """
import json, re, sys, time
sys.path.insert(0, sys.argv[1])
from ansible_collections.astera.data_stack.tests import modules
for options in json.loads(sys.argv[2]):
    start = time.monotonic()
    result = modules.run("astera_deployment", options)
    # Of this program alone: what getrusage says begins with what the process that started it had.
    peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024
    kept = {key: result.get(key) for key in ("failed", "changed", "msg", "error")}
    print(json.dumps({**kept, "seconds": time.monotonic() - start, "MiB": peak}))
"""


def test_F37_fifty_thousand_deployments(record_property):
    items = [
        {
            "id": number,
            "name": f"D{number}",
            "comment": "x" * 200,
            "clusterArchiveFilePath": f"C:\\Deployment\\{number}.Car",
        }
        for number in range(50_000)
    ]
    content = json.dumps(items).encode()

    def handler(client):
        read_request(client)
        client.sendall(http(200, content, "Content-Type: application/json"))

    with RawServer(handler) as server:
        base = {"url": server.url, "allow_http": True, "token": "canary-token"}
        wanted = [
            {**base, "name": "D49999", "comment": "x" * 200},
            {**base, "name": "D50000"},
        ]
        command = [sys.executable, "-c", COUNT, str(PLUGINS.parent / ".venv"), json.dumps(wanted)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ)).stdout
        found, absent = [json.loads(line) for line in printed.splitlines()]
        assert server.connections == 2
    assert not changed(found)
    assert "does not exist" in failed(absent, "usage", "not_committed")
    record_property("seconds for a list of 50,000", round(found["seconds"], 1))
    record_property("MiB for a list of 50,000", found["MiB"])
    assert found["MiB"] < 512
    assert found["seconds"] < 30


# The other ways to page are in the tests of the session.
PAGES = {
    "in the body": ({"items": [{"id": 1, "name": "A"}], "paging": {"pageCount": 2}}, {}),
    "in a header": ([{"id": 1, "name": "A"}], {"X-Pagination": '{"HasNext": true}'}),
}


@pytest.mark.parametrize(("content", "headers"), PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("name", ["new deployment", "document"])
def test_F38_one_page_of_a_list_is_not_the_list(server, scenario, content, headers):
    server.fail(
        "GET", scenario.read, how="status", status=200, body=json.dumps(content).encode(), headers=headers, times=100
    )
    result = scenario.run()
    assert "one page" in failed(result, "invalid_response", "not_committed")
    assert (result["error"]["method"], result["error"]["path"], result["error"]["status"]) == (
        "GET",
        scenario.read,
        200,
    )
    assert writes(server) == []


# Keys and values


@dialects(key_case=("camel", "pascal"))
@pytest.mark.parametrize("name", READABLE)
def test_F40_keys_in_any_case(server, scenario, tmp_path):
    scenario.runs_once()
    if scenario.module in ("cluster", "server_config"):
        sent = next(entry.json for entry in server.writes) if writes(server) else {}
        assert len({key.lower() for key in sent}) == len(sent)


NOTHING = {"null": None, "missing": ..., "empty": "", "list": [], "object": {}}


@pytest.mark.parametrize("have", NOTHING.values(), ids=NOTHING)
@pytest.mark.parametrize("want", [None, ...], ids=["null", "omitted"])
def test_F41_what_is_omitted_is_kept(server, run, have, want):
    seen(server, have)
    options = {} if want is ... else {"comment": want}
    assert not changed(run("deployment", name="Sales", **options))
    assert server.writes == []


def seen(server, have):
    """A server that shows a deployment's values in this form of nothing."""
    (item,) = [server.seed("deployment", name="Sales")]
    for key in ("comment", "notes", "more", "text"):
        item.pop(key, None)
        if have is not ...:
            item[key] = have
    server.fail("GET", "/api/Deployments", how="status", status=200, body=json.dumps([item]).encode(), times=10)


@dialects(numbers_as_strings=(True,))
@pytest.mark.parametrize("name", READABLE)
def test_F42_numbers_and_truth_values_as_texts(scenario):
    scenario.runs_once()


@dialects(
    start_time=("utc", "server_offset", "seconds"),
    list_order=("reversed", "turning"),
    path_style=("slash",),
    empty_as=("null", "absent"),
    unknown_keys=(True,),
)
@pytest.mark.parametrize("name", ["new deployment", "new schedule", "cluster"])
def test_F43_a_server_that_has_its_own_way_is_not_fought_with(scenario):
    scenario.runs_once()


DROPS = {
    "comment": ("deployment", {"name": "Sales", "archive_server_path": "C:\\a.Car", "comment": "new"}),
    "traceLevel": ("schedule", {"name": "S", "file_path": "C:\\a.Df", "daily": DAILY, "trace_level": "All"}),
    "purgeJobInfoAfter": ("cluster", {"purge_job_info_after": 30}),
}


@pytest.mark.parametrize("post_response", ["object", "empty"])
@pytest.mark.parametrize(
    ("server", "kind", "options"),
    [(Dialect(drop_field=field), kind, options) for field, (kind, options) in DROPS.items()],
    indirect=["server"],
    ids=DROPS,
)
def test_F44_a_field_that_is_dropped_is_named(server, run, kind, options, post_response):
    object.__setattr__(server.dialect, "post_response", post_response)
    result = run(kind, **options)
    message = failed(result, "rejected", "committed")
    assert "not applied" in message
    assert result["changed"] is True
    assert [word for word in ("comment", "trace_level", "purge_job_info_after") if word in message]


# Names

NAMES = [
    "Bestände (Süd)",
    "مبيعات يومية",
    "日次 売上",
    "🚚 Lieferung",
    "Ångström",
    "a" * 200,
    "100 % 'quoted' \"x\" <b>",
    "-",
    "a/b?c=d&e#f",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["deployment", "schedule"])
def test_F45_names_of_all_the_world(server, run, kind, name):
    rest = {"archive_server_path": "C:\\a.Car"} if kind == "deployment" else {"file_path": "C:\\a.Df", "daily": DAILY}
    assert changed(run(kind, name=name, **rest))
    assert not changed(run(kind, name=unicodedata.normalize("NFD", name), **rest))
    assert not changed(run(kind, name=unicodedata.normalize("NFC", name), **rest))
    assert len(server.state[f"{kind}s"]) == 1


@dialects(names_case_insensitive=(False, True))
@pytest.mark.parametrize(
    ("have", "want"),
    [
        *(("Sales", "sales"), ("Sales", "SALES"), ("Sales ", "Sales"), (" Sales", "Sales")),
        *(("straße", "STRAßE"), ("Éclair", "éclair")),
    ],
)
def test_F46_a_look_alike_is_named_and_not_made(server, run, have, want):
    server.seed("deployment", name=have)
    result = run("deployment", name=want, archive_server_path="C:\\a.Car")
    assert repr(have) in failed(result, "ambiguous_name", "not_committed")
    assert server.writes == []


def test_F46_the_exact_name_comes_first(server, run):
    server.seed("deployment", name="SALES")
    server.seed("deployment", name="Sales", comment="old")
    assert changed(run("deployment", name="Sales", comment="new"))
    assert [item["comment"] for item in server.state["deployments"]] == ["", "new"]


def test_F47_unknown_kind_of_schedule_is_kept(server, run):
    kind = {"typeName": "Astera.Core.LunarSchedule", "phase": {"of": "moon", "days": [3, 1]}, "n": None}
    server.seed("schedule", name="Moon", isFile=True, filePathResolved={"path": "C:\\a.Df"}, schedule=kind)
    assert changed(run("schedule", name="Moon", skip_if_running=True))
    (stored,) = server.state["schedules"]
    assert (stored["schedule"], stored["skipIfRunning"]) == (kind, True)
    assert not changed(run("schedule", name="Moon", schedule=kind))


def test_F37_a_list_is_read_once(server, run):
    for number in range(200):
        server.seed("deployment", name=f"D{number}")
    assert not changed(modules.run("astera_deployment", {**modules.connection(server), "name": "D199"}))
    assert [entry.path for entry in server.requests].count("/api/Deployments") == 1
