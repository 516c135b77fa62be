# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan against what a server answered before is the plan against that server, without anybody being called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.astera.data_stack.tests import dialects, documents, modules
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator

pytestmark = pytest.mark.each_value

# Those that differ in what is read.
_READ = ("key_case", "list_shape", "config_password", "unknown_keys", "deployment_activation", "cluster_", "numbers_as")
_READ += ("empty_as", "start_time", "list_order", "path_style", "singleton_stamps")
DIALECTS = {name: dialect for name, dialect in Dialect.sweep() if "=" not in name or name.startswith(_READ)}
INFO = {
    "server_info": "/api/ServerInfo",
    "server_config_info": "/api/Server/Config",
    "cluster_info": "/api/Cluster",
    "deployment_info": "/api/Deployments",
    "schedule_info": "/api/Schedules",
}


def take(server, path):
    """The snapshot of a server, as an export writes it."""
    whole = modules.run("astera_server", {**modules.connection(server), "snapshot": True}, check=True)
    info = modules.run("astera_server_info", {**modules.connection(server), "raw": True})
    head = {"format": "astera.data_stack.snapshot", "version": 1, "taken_at": "2026-11-24T12:00:00Z"}
    content = {**head, "url": whole["url"], "server": info["server"], **whole["snapshot"]}
    path.write_text(json.dumps(content), encoding="utf-8")
    return f"snapshot:{path}"


def audited(snapshot, path):
    """The same snapshot as one of those in an audit's report."""
    content = json.loads(Path(snapshot.split(":", 1)[1]).read_text(encoding="utf-8"))
    servers = [
        {"name": "down", "id": "down", "url": None, "snapshot": None},
        {"name": "win 01", "id": "win%2001", "url": content["url"], "snapshot": content},
    ]
    path.write_text(json.dumps({"format": "astera.data_stack.audit", "version": 1, "servers": servers}))
    return f"snapshot:{path}#win 01"


def drift(server):
    """A server that was set up and has been changed since, with objects of its own."""
    server.seed("deployment", name="Another's", clusterArchiveFilePath="C:\\a.Car")
    server.seed(
        "schedule", name="Clean up", isFile=True, schedule={"typeName": "Astera.Core.Old", "password": "canary-s"}
    )
    server.edit("server_config", serverDbInfo={"password": "canary-db", "commandTimeOut": 77})
    server.edit("cluster", purgeJobInfoAfter=3, mailSetup={"port": 26, "password": "canary-mail"})


def told(result):
    """What a task says, but for where it looked. A password that is only masked in a snapshot is warned of."""
    kept = {key: value for key, value in result.items() if key not in ("text", "url", "warnings", "invocation")}
    return json.loads(json.dumps(kept), object_hook=lambda item: {k: v for k, v in item.items() if k != "next_runs"})


@pytest.mark.parametrize("dialect", dialects.as_parameters(DIALECTS))
def test_snapshot_gives_the_same_plan_as_its_server(dialect, tmp_path):
    variables = documents.document(tmp_path)
    variables["astera_cluster"]["settings"]["mailSetup"]["password"] = "canary-mail"
    tasks = [*documents.tasks(variables), ("astera_server", {name[7:]: part for name, part in variables.items()})]
    tasks += [(f"astera_{name}", {"raw": raw}) for name in INFO for raw in (False, True)]
    with Emulator(dialect) as server:
        drift(server)
        for name, options in documents.tasks(variables)[1:3]:
            assert not modules.run(name, {**modules.connection(server), **options})["failed"]
        server.edit("cluster", stagingDirectory={"path": "D:\\"})
        place = take(server, tmp_path / "snapshot.json")
        live = [modules.run(name, {**modules.connection(server), **options}, check=True) for name, options in tasks]
    places = (place, audited(place, tmp_path / "audit.json"))
    results = [[modules.run(name, {"url": url, **options}, check=True) for name, options in tasks] for url in places]
    for (name, _options), before, *after in zip(tasks, live, *results, strict=True):
        assert [told(result) for result in after] == [told(before)] * 2, name
        # A repository's password is never in a snapshot: that it may get lost is said more often than need be.
        assert all(set(before["warnings"]) <= set(result["warnings"]) for result in after), name
        assert all("password" in text for result in after for text in set(result["warnings"]) - set(before["warnings"]))
    assert any(result["changed"] for result in live)
    texts = (
        "".join(result["text"] for result in [*live, *results[0], *results[1]])
        + (tmp_path / "snapshot.json").read_text()
    )
    assert "canary-" not in texts


@pytest.mark.parametrize("dialect", [Dialect(), Dialect(cluster_get=405)], ids=["default", "cluster_get=405"])
def test_snapshot_lacks_what_could_not_be_read(dialect, tmp_path):
    with Emulator(dialect) as server:
        server.fail("GET", "/api/Schedules", how="status", status=403, times=99)
        place = take(server, tmp_path / "snapshot.json")
        live = modules.run("astera_schedule_info", modules.connection(server))
        cluster = modules.run("astera_cluster_info", modules.connection(server))
    again = modules.run("astera_schedule_info", {"url": place})
    assert (again["failed"], again["msg"], again["error"]) == (True, live["msg"], live["error"])
    assert told(modules.run("astera_cluster_info", {"url": place})) == told(cluster)
