# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws that hold on every plausible server, for every module, through its real ``main()``."""

from __future__ import annotations

import json

import pytest
from ansible_collections.astera.data_stack.tests import documents, modules
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator

DIALECTS = dict(Dialect.sweep())
DEPLOYED = ["Another's", "Sales", "Bestände (Süd)"]
READS = {"/api/account/login", "/api/Server/Config", "/api/Cluster", "/api/Deployments", "/api/Schedules"}


def run_all(server, variables, check=False):
    return [
        modules.run(name, {**modules.connection(server), **options}, check=check)
        for name, options in documents.tasks(variables)
    ]


def succeeded(results):
    assert [result["msg"] for result in results if result["failed"]] == []
    return results


def flags(results):
    return [result["changed"] for result in succeeded(results)]


def blind(dialect):
    """Whether the cluster's settings can only be written, so that nobody can say that nothing changes."""
    return dialect.cluster_get != 200


def expected_second(dialect, variables):
    return [name == "astera_cluster" and blind(dialect) for name, _options in documents.tasks(variables)]


def unmanaged(state):
    """What no task names, and the server did not have to change."""
    cluster = {key: value for key, value in state["cluster"].items() if key not in ("updateDtTm",)}
    config = state["server_config"]
    return shown(
        [
            {key: cluster.get(key) for key in ("pathMappings", "zoneAffinity", "futureText", "pauseServersFrom")},
            {**cluster["mailSetup"], "port": None},
            {key: config["configParameters"][key] for key in ("purgeChunkSize", "purgeCommandTimeoutSeconds")},
            config.get("zoneAffinity"),
            config["serverDbInfo"]["commandTimeOut"],
        ]
    )


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_laws(dialect, tmp_path):
    variables = documents.document(tmp_path)
    with Emulator(dialect) as server:
        secrets = {**documents.CANARIES, "login password": server.password}
        before = server.state
        bystander = server.seed("deployment", name="Another's", comment="untouched")

        predicted = run_all(server, variables, check=True)
        assert [entry.path for entry in server.writes] == []
        assert {entry.path for entry in server.requests} <= READS

        first = run_all(server, variables)
        assert flags(first) == flags(predicted) == [True] * len(first)
        assert [result.get("diff") for result in first] == [result.get("diff") for result in predicted]
        for result, promise in zip(first, predicted, strict=True):
            assert_kept(promise, result)

        server.clear_requests()
        second = run_all(server, variables)
        assert flags(second) == expected_second(dialect, variables)
        assert [entry.path for entry in server.writes] == (["/api/Cluster"] if blind(dialect) else [])
        assert all("diff" in result for result in second if result["changed"])
        assert not any("diff" in result for result in second if not result["changed"])

        after = server.state
        assert next(item for item in after["deployments"] if item["id"] == bystander["id"]) == bystander
        if not blind(dialect):
            assert unmanaged(after) == unmanaged(before)
        assert_reached(after, variables)
        texts = "".join(result["text"] for result in [*predicted, *first, *second])
        assert documents.leaks(texts + receipts(tmp_path), secrets) == []


def assert_kept(promise, result):
    """What check mode predicted of the object is what is there now, but for what only the server can say."""
    for kind in ("server_config", "license", "cluster", "deployment", "schedule"):
        if kind not in result:
            continue
        for key, value in promise[kind].items():
            decided_later = value is None or key.endswith("dt_tm") or key in ("file_path_resolved", "schedule")
            if key == "next_runs" and value:
                assert [run["utc"][:19] for run in result[kind][key]] == [run["utc"][:19] for run in value]
                continue
            if not decided_later and str(value) not in ("", "False", "0"):
                assert shown(result[kind].get(key)) == shown(value), (kind, key)


def shown(value):
    """A value whatever the type in which the server writes numbers."""
    return json.dumps(value, sort_keys=True).replace('"', "").lower()


def assert_reached(state, variables):
    assert state["server_config"]["serverProfile"] == "ServerProfile2"
    assert state["server_config"]["serverDbInfo"]["password"] == documents.CANARIES["repository password"]
    assert state["license"]["active"] is True
    assert state["cluster"]["mailSetup"]["port"] in (587, "587")
    state["deployments"].sort(key=lambda item: [*DEPLOYED].index(item["name"]))
    assert [item["name"] for item in state["deployments"]] == DEPLOYED
    for deployment in state["deployments"][1:]:
        for key in ("clusterArchiveFilePath", "clusterConfigFilePath"):
            assert deployment[key] in state["files"]
    active = {item["name"]: item["isActive"] for item in state["schedules"]}
    assert active == {"Sales daily": True, "Sales paused": False, "Clean up": True}
    assert {item["deploymentId"] for item in state["schedules"]} == {state["deployments"][1]["id"], 0}


def receipts(folder):
    return "".join(path.read_text(encoding="utf-8") for path in folder.glob("receipts/*"))


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_laws_of_a_whole_document(dialect, tmp_path):
    variables = documents.document(tmp_path)
    parts = {name.removeprefix("astera_"): value for name, value in variables.items()}
    with Emulator(dialect) as server:
        secrets = {**documents.CANARIES, "login password": server.password}
        options = {**modules.connection(server), **parts}

        predicted = modules.run("astera_server", options, check=True)
        assert flags([predicted]) == [True]
        assert server.writes == []
        assert sorted(entry.path for entry in server.requests) == sorted(READS)

        first = modules.run("astera_server", options)
        assert flags([first]) == [True]
        assert first["diff"] == predicted["diff"]
        assert [tried(entry) for entry in first["plan"]] == [tried(entry) for entry in predicted["plan"]]
        assert {entry["outcome"] for entry in first["plan"]} == {"committed"}
        assert_reached_alone(server.state, variables)

        server.clear_requests()
        second = modules.run("astera_server", options)
        assert flags([second]) == [blind(dialect)]
        assert [entry.path for entry in server.writes] == (["/api/Cluster"] if blind(dialect) else [])
        assert sorted(entry.path for entry in server.requests if not entry.writes) == sorted(READS)
        assert documents.leaks(first["text"] + predicted["text"] + second["text"], secrets) == []


def tried(entry):
    return {key: value for key, value in entry.items() if key not in ("outcome", "error")}


def assert_reached_alone(state, variables):
    assert_reached({**state, "deployments": [{"name": "Another's"}, *state["deployments"]]}, variables)
