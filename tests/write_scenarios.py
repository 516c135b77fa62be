# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One write of each kind for the tests of faults: its options, what is there before, and what must be there after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from . import modules

CODES = {
    *("unreachable", "tls", "authentication", "permission", "conflict", "not_found", "ambiguous_name", "rejected"),
    *("invalid_response", "outcome_unknown", "timeout", "usage"),
}
DAILY = {"start_time": "2026-12-01T04:30:00+01:00"}
LICENSE = {"user": "Jane", "organization": "Example Ltd", "key": "canary-license-key"}


@dataclass(frozen=True)
class WriteScenario:
    """path: of its write. seen: what of the state it is about, the same for a state that was reached once or twice.

    doubles: a server may take the same creation twice. blind: nothing can be read back.
    """

    module: str
    options: dict[str, Any]
    path: str
    read: str | None
    seen: Callable[[dict[str, Any]], Any]
    before: tuple[str, dict[str, Any]] | None = None
    doubles: bool = False

    @property
    def blind(self) -> bool:
        return self.read is None

    def prepare(self, server: Any, folder: Path) -> dict[str, Any]:
        """→ the options, with its files made."""
        (folder / "sales.car").write_bytes(b"PK\x03\x04 content")
        if self.before:
            kind, keys = self.before
            server.seed(kind, **keys)
        options = dict(self.options)
        if "archive" in options:
            options["archive"] = str(folder / options["archive"])
        return options


class PreparedScenario:
    """A scenario on a server. Every failure is checked against what the server has stored."""

    def __init__(self, name: str, server: Any, folder: Path) -> None:
        scenario = SCENARIOS[name]
        self.server, self.options = server, scenario.prepare(server, folder)
        self.module, self.path, self.read, self.before = scenario.module, scenario.path, scenario.read, scenario.before
        self.doubles, self.blind, self.reached = scenario.doubles, scenario.blind, REACHED[name]
        self._seen = scenario.seen

    @property
    def state(self) -> Any:
        return self._seen(self.server.state)

    def run(self, **options: Any) -> dict[str, Any]:
        """Run the task, with further options → its result."""
        self.server.clear_requests()
        given = {**modules.connection(self.server), **self.options, **options}
        result = modules.run(f"astera_{self.module}", given)
        assert self.server.password not in result["text"]
        if result["failed"]:
            error = result["error"]
            assert error["code"] in CODES
            assert error["outcome"] in ("not_committed", "committed", "unknown")
            assert len(error["detail"] or "") <= 500
            assert "Traceback" not in result["text"]
            self._check_outcome(result)
        return result

    def runs_once(self) -> None:
        """The first run changes something, and the second one does not."""
        assert modules.changed(self.run())
        assert not modules.changed(self.run())

    def _check_outcome(self, result: dict[str, Any]) -> None:
        committed = [entry for entry in self.server.commits if entry.path == self.path]
        outcome = result["error"]["outcome"]
        if outcome == "not_committed":
            assert committed == [], result["msg"]
        if outcome == "committed":
            assert committed, result["msg"]
        # Other writes count, too, such as that of a file.
        assert not result["changed"] or self.server.commits, result["msg"]
        assert result["changed"] or outcome == "unknown" or not self.server.commits, result["msg"]


def _names(kind: str, *keys: str) -> Callable[[dict[str, Any]], Any]:
    return lambda state: [[item[key] for key in ("name", *keys)] for item in state[kind]]


_OLD_DEPLOYMENT = {"name": "Sales", "comment": "old"}
_OLD_SCHEDULE = {
    "name": "Daily",
    "isFile": True,
    "filePath": "C:\\a.Df",
    "schedule": {"typeName": "Astera.Core.Weekly"},
}
SCENARIOS = {
    "server_config": WriteScenario(
        "server_config",
        {
            "server_profile": "ServerProfile2",
            "repository": {"data_provider": "SqlServer", "database": "New"},
            "wait_timeout": 8,
        },
        "/api/Server/Config",
        "/api/Server/Config",
        lambda state: [state["server_config"]["serverProfile"], state["server_config"]["serverDbInfo"]["database"]],
    ),
    "license": WriteScenario(
        "license", LICENSE, "/api/License/Key", None, lambda state: (state.get("license") or {}).get("active", False)
    ),
    "cluster": WriteScenario(
        "cluster",
        {"purge_job_info_after": 30},
        "/api/Cluster",
        "/api/Cluster",
        lambda state: state["cluster"]["purgeJobInfoAfter"],
    ),
    "new deployment": WriteScenario(
        "deployment",
        {"name": "Sales", "archive": "sales.car", "comment": "new"},
        "/api/Deployment",
        "/api/Deployments",
        _names("deployments", "comment"),
    ),
    "old deployment": WriteScenario(
        "deployment",
        {"name": "Sales", "comment": "new"},
        "/api/Deployment",
        "/api/Deployments",
        _names("deployments", "comment"),
        before=("deployment", _OLD_DEPLOYMENT),
    ),
    "new schedule": WriteScenario(
        "schedule",
        {"name": "Daily", "file_path": "C:\\a.Df", "daily": DAILY, "is_active": True},
        "/api/Schedule",
        "/api/Schedules",
        _names("schedules", "isActive"),
        doubles=True,
    ),
    "old schedule": WriteScenario(
        "schedule",
        {"name": "Daily", "is_active": True},
        "/api/Schedule",
        "/api/Schedules",
        _names("schedules", "isActive"),
        before=("schedule", _OLD_SCHEDULE),
    ),
    "document": WriteScenario(
        "server",
        {"deployments": [{"name": "Sales", "archive_server_path": "C:\\a.Car", "comment": "new"}]},
        "/api/Deployment",
        "/api/Deployments",
        _names("deployments", "comment"),
    ),
}
REACHED: dict[str, Any] = {
    "server_config": ["ServerProfile2", "New"],
    "license": True,
    "cluster": 30,
    "new deployment": [["Sales", "new"]],
    "old deployment": [["Sales", "new"]],
    "new schedule": [["Daily", True]],
    "old schedule": [["Daily", True]],
    "document": [["Sales", "new"]],
}
READABLE = [name for name, scenario in SCENARIOS.items() if not scenario.blind]
UPDATES = ["server_config", "cluster", "old deployment", "old schedule"]
CREATIONS = ["new deployment", "new schedule", "document"]
# What creates, what cannot be read back, and what changes the one object that is always there.
FEW = ("new deployment", "license", "cluster")
# Tests of faults: make test meets each fault with these, and make test-all with every scenario.
EACH_FAULT_ONCE = pytest.mark.each_value(name=FEW)
