# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The invariants that hold on every plausible server, for every module and for a whole document, through their real ``main()``."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.tests import documents, modules
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator, serialization

DEPLOYED = ["Another's", "Sales", "Bestände (Süd)"]
READS = {"/api/account/login", "/api/Server/Config", "/api/Cluster", "/api/Deployments", "/api/Schedules"}
KINDS = ("server_config", "license", "cluster", "deployment", "schedule")
# The same members as results call them.
MOVING = tuple(map(_values.snake_case, serialization.MOVING_MEMBERS))
Result = dict[str, Any]


def hold_for_modules(dialect: Dialect, folder: Path) -> None:
    """Check the invariants, and that no secret is shown, over the tasks that the role would run."""
    variables = documents.document(folder)
    with Emulator(dialect) as server:
        secrets = {**documents.CANARIES, "login password": server.password}
        before = server.state
        bystander = server.seed("deployment", name="Another's", comment="untouched")

        predicted, first = _predict_and_run(server, variables)
        assert flags(first) == flags(predicted) == [True] * len(first)
        assert [result.get("diff") for result in first] == [result.get("diff") for result in predicted]
        for result, promise in zip(first, predicted, strict=True):
            assert_kept(promise, result)

        server.clear_requests()
        second = run_all(server, variables)
        assert flags(second) == [
            name == "astera_cluster" and blind(dialect) for name, _item in documents.tasks(variables)
        ]
        assert [entry.path for entry in server.writes] == (["/api/Cluster"] if blind(dialect) else [])
        assert all("diff" in result for result in second if result["changed"])
        assert not any("diff" in result for result in second if not result["changed"])

        after = server.state
        assert next(item for item in after["deployments"] if item["id"] == bystander["id"]) == bystander
        if not blind(dialect):
            assert unmanaged(after) == unmanaged(before)
        assert_reached(after, variables)
        texts = "".join(result["text"] for result in [*predicted, *first, *second])
        assert documents.leaks(texts + receipts(folder), secrets) == []


def hold_for_a_document(dialect: Dialect, folder: Path) -> None:
    """The same over the whole server as one task."""
    variables = documents.document(folder)
    parts = {name.removeprefix("astera_"): value for name, value in variables.items()}
    with Emulator(dialect) as server:
        secrets = {**documents.CANARIES, "login password": server.password}
        options = {**modules.connection(server), **parts}

        predicted = modules.run("astera_server", options, check=True)
        assert flags([predicted]) == [True]
        assert server.writes == []
        seen = sorted(entry.path for entry in server.requests)
        whole = dialect.unconfigured == "permissive"
        assert seen == sorted(READS) if whole else set(seen) <= READS
        assert any("cannot be predicted" in warning for warning in predicted["warnings"]) == (not whole)

        first = modules.run("astera_server", options)
        assert flags([first]) == [True]
        if whole:
            assert first["diff"] == predicted["diff"]
            assert [tried(entry) for entry in first["plan"]] == [tried(entry) for entry in predicted["plan"]]
        assert {entry["outcome"] for entry in first["plan"]} == {"committed"}
        assert_reached(server.state, variables)

        server.clear_requests()
        second = modules.run("astera_server", options)
        assert flags([second]) == [blind(dialect)]
        assert [entry.path for entry in server.writes] == (["/api/Cluster"] if blind(dialect) else [])
        assert sorted(entry.path for entry in server.requests if not entry.writes) == sorted(READS)
        assert documents.leaks(first["text"] + predicted["text"] + second["text"], secrets) == []


def run_all(server: Any, variables: dict[str, Any], check: bool = False) -> list[Result]:
    return [run_one(server, name, options, check) for name, options in documents.tasks(variables)]


def run_one(server: Any, name: str, options: dict[str, Any], check: bool = False) -> Result:
    return modules.run(name, {**modules.connection(server), **options}, check=check)


def _predict_and_run(server: Any, variables: dict[str, Any]) -> tuple[list[Result], list[Result]]:
    """All is predicted before anything is done, unless a server without a repository shows nothing to predict from."""
    turns = [documents.tasks(variables)]
    if server.dialect.unconfigured == "refused":
        unseen = run_all(server, variables, check=True)[3 if blind(server.dialect) else 2 :]
        for result in unseen:
            modules.failed(result, "rejected", "not_committed")
        turns = [[task] for task in turns[0]]
    predicted, done = [], []
    for tasks in turns:
        server.clear_requests()
        predicted += [run_one(server, *task, check=True) for task in tasks]
        assert server.writes == []
        assert {entry.path for entry in server.requests} <= READS
        done += [run_one(server, *task) for task in tasks]
    return predicted, done


def succeeded(results: list[Result]) -> list[Result]:
    failures = [result["msg"] for result in results if result["failed"]]
    assert not failures, failures
    return results


def flags(results: list[Result]) -> list[bool]:
    return [result["changed"] for result in succeeded(results)]


def blind(dialect: Dialect) -> bool:
    """Whether the cluster's settings can only be written, so that no task can know that nothing changes."""
    return dialect.cluster_get != 200


def unmanaged(state: dict[str, Any]) -> str:
    """What no task names, and the server did not have to change."""
    cluster, config = state["cluster"], state["server_config"]
    return shown(
        [
            {key: cluster.get(key) for key in ("pathMappings", "zoneAffinity", "futureText", "pauseServersFrom")},
            {**cluster["mailSetup"], "port": None},
            {key: config["configParameters"][key] for key in ("purgeChunkSize", "purgeCommandTimeoutSeconds")},
            config.get("zoneAffinity"),
            config["serverDbInfo"]["commandTimeOut"] or 90,
        ]
    )


def assert_kept(promise: Result, result: Result) -> None:
    """What check mode predicted of the object is what is there now, but for what only the server can say."""
    for kind in KINDS:
        if kind in result:
            _assert_part(promise[kind], result[kind], kind)


def _assert_part(planned_deployments: Any, found: Any, path: str) -> None:
    if isinstance(planned_deployments, dict):
        for key, value in planned_deployments.items():
            if key == "next_runs" and value:
                assert [run["utc"][:19] for run in (found or {})[key]] == [run["utc"][:19] for run in value], path
                continue
            decided_later = value is None or key.endswith("dt_tm") or key in ("file_path_resolved", "schedule", *MOVING)
            if not decided_later:
                _assert_part(value, (found or {}).get(key), f"{path}.{key}")
    elif isinstance(planned_deployments, list) and isinstance(found, list) and len(planned_deployments) == len(found):
        for one, other in zip(planned_deployments, found, strict=True):
            _assert_part(one, other, path)
    elif shown(planned_deployments) not in ("", "0"):
        assert shown(found) == shown(planned_deployments), path


def shown(value: Any) -> str:
    """A value whatever the type in which the server writes it, and whatever the form of its letters."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False).replace('"', "").lower()
    return unicodedata.normalize("NFC", text.replace("true", "1").replace("false", "0"))


def assert_reached(state: dict[str, Any], variables: dict[str, Any]) -> None:
    assert state["server_config"]["serverProfile"] == "ServerProfile2"
    assert state["server_config"]["serverDbInfo"]["password"] == documents.CANARIES["repository password"]
    assert state["license"]["active"] is True
    assert state["cluster"]["mailSetup"]["port"] in (587, "587")
    deployments = {unicodedata.normalize("NFC", item["name"]): item for item in state["deployments"]}
    assert sorted(set(deployments) | {DEPLOYED[0]}) == sorted(DEPLOYED)
    assert len(deployments) == len(state["deployments"])
    stored = {_base(path) for path in state["files"]}
    for name in DEPLOYED[1:]:
        for key in ("clusterArchiveFilePath", "clusterConfigFilePath"):
            assert _base(deployments[name][key]) in stored
    active = {item["name"]: item["isActive"] for item in state["schedules"]}
    assert active == {"Sales daily": True, "Sales paused": False, "Clean up": True}
    assert {item["deploymentId"] for item in state["schedules"]} == {deployments["Sales"]["id"], 0}


def _base(path: str) -> str:
    return path.strip('"').replace("/", "\\").rsplit("\\", 1)[-1]


def receipts(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in folder.glob("receipts/*"))


def tried(entry: Result) -> Result:
    return {key: value for key, value in entry.items() if key not in ("outcome", "error")}
