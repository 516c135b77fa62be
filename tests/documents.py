# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole server as a user would declare it, with canaries for secrets. Shared by the invariants and the plays."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.astera.data_stack.tests import canaries

CANARIES = {
    "repository password": "canary/Rep0 \"pass\\word'ü",
    "license key": "CANARY-KEY-1234-abcd",
    "configuration": "canary=Cfg&Pass!",
}


def document(folder: Path) -> dict[str, Any]:
    """The variables of the role ``bootstrap``, but for the connection. Files and the receipt are put into the folder."""
    with zipfile.ZipFile(folder / "sales.car", "w") as archive:
        archive.writestr(zipfile.ZipInfo("Flows/LoadSales.Df"), "<Flow/>")
    (folder / "sales.cfg").write_text("database=Production\n", encoding="utf-8")
    return {
        "astera_server_config": {
            "server_profile": "ServerProfile2",
            "repository": {
                "data_provider": "PostgreSQL",
                "server": "sql.example.com",
                "port": 5432,
                "database": "Repository",
                "user": "astera",
                "password": CANARIES["repository password"],
                "connection_timeout": 20,
            },
            "config_parameters": {"purge_window_start_hour": 1, "purge_window_end_hour": 5},
        },
        "astera_license": {
            "user": "Jane Doe",
            "organization": "Example Ltd",
            "key": CANARIES["license key"],
            "receipt_path": str(folder / "receipts" / "server.json"),
        },
        "astera_cluster": {
            "name": "PRODUCTION",
            "send_error_info_to_astera": True,
            "purge_job_info_after": 30,
            "purge_event_info_after": 14,
            "staging_directory": "C:\\Astera\\Staging",
            "deployment_directory": "C:\\Astera\\Deployment",
            "pause_all_servers": False,
            "client_and_servers_share_the_same_file_system": False,
            "settings": {"mailSetup": {"port": 587}},
        },
        "astera_deployments": [
            {
                "name": "Sales",
                "archive": str(folder / "sales.car"),
                "config": str(folder / "sales.cfg"),
                "comment": "Nightly load",
                "encrypt_files": False,
            },
            {
                "name": "Bestände (Süd)",
                "archive": str(folder / "sales.car"),
                "config_content": f"password={CANARIES['configuration']}\n",
            },
        ],
        "astera_schedules": [
            {
                "name": "Sales daily",
                "deployment": "Sales",
                "start_item": "C:\\Flows\\LoadSales.Df",
                "daily": {"start_time": "2026-12-01T04:30:00+01:00"},
                "is_active": True,
                "skip_if_running": True,
            },
            {
                "name": "Sales paused",
                "deployment": "Sales",
                "daily": {"start_time": "2026-12-01T22:00:00.5Z"},
                "is_active": False,
            },
            {
                "name": "Clean up",
                "file_path": "C:\\Flows\\CleanUp.Wf",
                "schedule": {"typeName": "Astera.Core.WeeklySchedule", "days": ["Monday"], "deep": {"every": 2}},
            },
        ],
    }


def tasks(variables: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The module and the options of each task that the role makes of these variables."""
    found = [(name, variables[name]) for name in ("astera_server_config", "astera_license", "astera_cluster")]
    found += [("astera_deployment", item) for item in variables["astera_deployments"]]
    return found + [("astera_schedule", item) for item in variables["astera_schedules"]]


def role_tasks(role: str, file: str = "main.yml") -> list[dict[str, Any]]:
    """The tasks of a role, those of included files in the place of the inclusion, of whose keywords they have none but its vars."""
    folder = Path(__file__).resolve().parents[1] / "roles" / role / "tasks"

    def whole(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found = []
        for task in tasks:
            included = task.get("ansible.builtin.include_tasks")
            inner = {name: whole(task[name]) for name in ("block", "rescue", "always") if name in task}
            found.append(
                {"vars": task.get("vars", {}), "block": role_tasks(role, included)} if included else {**task, **inner}
            )
        return found

    return whole(yaml.safe_load((folder / file).read_text(encoding="utf-8")))


def leaks(text: str, secrets: dict[str, str]) -> list[str]:
    """Which of the secrets stand in a text, plainly or in one of the usual disguises."""
    return sorted({found.split(":")[0] for found in canaries.leaks(text, secrets)})
