# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules that read say: all of it, in stable order, and a failure where it cannot be read."""

from __future__ import annotations

import json

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.tests import dialects
from ansible_collections.astera.data_stack.tests.emulator import Dialect
from ansible_collections.astera.data_stack.tests.emulator.serialization import without_moving_members
from ansible_collections.astera.data_stack.tests.invariants import MOVING
from ansible_collections.astera.data_stack.tests.modules import changed, failed

DAILY = {
    "dailyScheduleBase": {"startTime": "2026-10-01T04:30:00+01:00", "typeName": "Astera.Core.DailyScheduleEveryDay"},
    "typeName": "Astera.Core.DailySchedule",
}
WEEKLY = {"typeName": "Astera.Core.Weekly", "days": ["Monday"], "Odd_Key": {"apiKey": "canary-inside", "n": 1}}
KINDS = {
    "server_info": "server",
    "server_config_info": "server_config",
    "cluster_info": "cluster",
    "deployment_info": "deployments",
    "schedule_info": "schedules",
}
PATHS = {
    "server_info": "/api/ServerInfo",
    "server_config_info": "/api/Server/Config",
    "cluster_info": "/api/Cluster",
    "deployment_info": "/api/Deployments",
    "schedule_info": "/api/Schedules",
}
READABLE = {
    name: dialect
    for name, dialect in Dialect.sweep()
    if name not in dialects.stopping_names() and dialect.unconfigured == "permissive"
}
PRESETS = [name for name in READABLE if "=" not in name]
sweep = pytest.mark.parametrize("server", dialects.as_parameters(READABLE, PRESETS), indirect=True)


def fill(server):
    server.edit("server_config", serverDbInfo={"password": "canary-stored", "user": "sa", "dataProvider": "SqlServer"})
    server.edit("cluster", mailSetup={"password": "canary-mail"})
    for name in ("sales", "Sales", "Bestände (Süd)"):
        server.seed("deployment", name=name, clusterArchiveFilePath="C:\\a.Car")
    common = {"isActive": True, "isFile": True, "filePathResolved": {"path": "C:\\a.Df"}}
    server.seed("schedule", name="Weekly", schedule=WEEKLY, **common)
    server.seed("schedule", name="Twin", schedule=DAILY, **common)
    server.seed("schedule", name="Twin", schedule=DAILY, **{**common, "isActive": False})


def names(result):
    (kind,) = {"deployments", "schedules"} & set(result)
    return [_values.get(item, "name") for item in result[kind]]


@sweep
def test_info_reads_every_dialect(server, run):
    fill(server)
    readable = [module for module in KINDS if module != "cluster_info" or server.dialect.cluster_get == 200]
    texts = []
    for module in readable:
        told = run(module)
        raw = run(module, raw=True)
        checked = run(module, check=True)
        texts += [told["text"], raw["text"]]
        assert [changed(result) for result in (told, raw, checked)] == [False] * 3
        assert plain(told, KINDS[module]) == plain(checked, KINDS[module])
        assert plain({KINDS[module]: _values.snake_keys(raw[KINDS[module]])}, KINDS[module]) == plain(
            told, KINDS[module]
        )
        assert "diff" not in told
    assert server.writes == []
    assert "canary" not in "".join(texts)
    assert names(run("deployment_info")) == ["Bestände (Süd)", "Sales", "sales"]
    assert names(run("schedule_info")) == ["Twin", "Twin", "Weekly"]

    twins = run("schedule_info", name="Twin")["schedules"]
    assert [bool(item["next_runs"]) for item in twins] == [True, False]
    assert len(twins[0]["next_runs"]) == 3
    assert "assumed" in twins[0]["next_runs_note"]
    assert twins[1]["next_runs"] == []
    (weekly,) = run("schedule_info", name="Weekly")["schedules"]
    assert weekly["next_runs"] is None


def plain(result, kind):
    """Without what the server changes by itself, and without the times of next runs, which might be later with each read."""
    moving = ("next_runs", *MOVING)
    return json.loads(
        json.dumps(result[kind]),
        object_hook=lambda item: {k: v for k, v in item.items() if not k.startswith(moving)},
    )


@sweep
def test_schedule_info_raw_is_valid_for_the_option_schedule(server, run):
    fill(server)
    (made,) = run("schedule_info", name="Weekly", raw=True)["schedules"]
    kind = _values.get(made, "schedule")
    assert _values.get(_values.get(kind, "Odd_Key"), "n") in (1, "1")
    # What the server changes by itself cannot be declared, and the documentation says to leave it out.
    kind = without_moving_members(kind, server.dialect)
    assert changed(run("schedule", name="Copy", file_path="C:\\b.Df", schedule=kind))
    assert not changed(run("schedule", name="Copy", file_path="C:\\b.Df", schedule=kind))


def test_info_selects_by_name_and_id(server, run):
    fill(server)
    assert names(run("deployment_info", name="SALES")) == ["Sales", "sales"]
    assert names(run("deployment_info", name="nothing")) == []
    assert names(run("schedule_info", name="nothing")) == []
    numbers = {item["id"]: item["name"] for item in server.state["schedules"]}
    for number, name in numbers.items():
        assert names(run("schedule_info", id=number)) == [name]
        assert names(run("schedule_info", id=number, name="another")) == []
    assert names(run("schedule_info", id=99)) == []


@pytest.mark.parametrize("module", KINDS)
def test_info_fails_if_a_read_fails(server, run, fast_sleep, module):
    server.fail("GET", PATHS[module], how="status", status=500, times=99)
    result = run(module, retries=1)
    failed(result, "rejected", "not_committed")
    assert KINDS[module] not in result


@pytest.mark.parametrize(
    "server", [Dialect(cluster_get=404), Dialect(cluster_get=405)], indirect=True, ids=["404", "405"]
)
def test_cluster_info_reports_a_cluster_that_cannot_be_read(server, run):
    result = run("cluster_info")
    assert result["failed"]
    assert f"cannot return the cluster's settings (HTTP {server.dialect.cluster_get})" in result["msg"]
    assert result["error"]["outcome"] == "not_committed"


def test_schedule_info_shows_next_runs_in_local_time(server, run, monkeypatch):
    fill(server)
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    found = run("schedule_info", name="Twin")["schedules"][0]["next_runs"][0]
    assert found["server"].endswith("T04:30:00+01:00")
    assert found["local"].endswith("T09:15:00+05:45")
    assert found["utc"].endswith("T03:30:00+00:00")


def test_schedule_info_shows_the_same_next_runs_in_check_mode(server, run):
    options = {"name": "Daily", "file_path": "C:\\a.Df", "daily": {"start_time": "2099-12-01T04:30:00+05:30"}}
    for active, expected in ((True, "2099-12-01T04:30:00+05:30"), (False, None)):
        for check in (True, False, False):
            told = run("schedule", check=check, is_active=active, **options)["schedule"]
            assert [item["server"] for item in told["next_runs"]][:1] == ([expected] if expected else [])
    plan = run("server", schedules=[{**options, "is_active": True}], check=True)["plan"]
    assert [entry["next_runs"][0]["utc"] for entry in plan] == ["2099-11-30T23:00:00+00:00"]
