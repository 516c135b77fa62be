# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide "Adopt a server that exists", from start to end, through the real ``ansible-playbook``."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
GUIDE = ROOT / "docs/docsite/rst/guide_adopt.rst"
RECAP = re.compile(r"^(.+?)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=\d+\s+failed=(\d+)", re.M)
DAILY = {
    "dailyScheduleBase": {"startTime": "2026-10-01T04:30:00+01:00", "typeName": "Astera.Core.DailyScheduleEveryDay"},
    "typeName": "Astera.Core.DailySchedule",
}


class Project:
    """A folder as the guide has it, with an inventory of servers, one of which is down."""

    def __init__(self, folder, servers):
        self.folder = folder
        hosts = {
            f"astera0{number}": {
                "astera_url": server.url,
                "astera_password": server.password,
                "astera_ca_path": server.ca_path,
            }
            for number, server in enumerate(servers, 1)
        }
        hosts["astera09"] = {"astera_url": "https://127.0.0.1:1", "astera_password": "x" * 8, "astera_retries": 0}
        variables = {"astera_username": "automation", "ansible_connection": "winrm"}
        inventory = {"astera": {"hosts": hosts, "vars": variables}}
        (folder / "inventory.yml").write_text(yaml.safe_dump(inventory))
        self.printed = ""

    def play(self, name, *options, expect=0):
        """→ changed= of each host; those that failed are not in it."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PWD": str(self.folder),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv"),
            "ANSIBLE_NOCOLOR": "true",
            "LC_ALL": "C.UTF-8",
        }
        command = [PLAYBOOK, "-i", "inventory.yml", f"astera.data_stack.{name}", *options]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=200
        )
        self.printed += done.stdout + done.stderr
        assert done.returncode == expect, done.stdout + done.stderr
        return {host: int(count) for host, count, bad in RECAP.findall(done.stdout) if bad == "0"}


def fill(server):
    server.edit("server_config", serverDbInfo={"password": "canary-db", "user": "sa", "dataProvider": "SqlServer"})
    server.edit("cluster", mailSetup={"password": "canary-mail", "subject": "{{ 1 + 1 }} {% raw %}"})
    first = server.seed("deployment", name="Sales", clusterArchiveFilePath="C:\\a.Car", comment="{{ secret }}\n0123\n")
    of_file = {"isFile": True, "filePathResolved": {"path": "C:\\a.Df"}, "isActive": True}
    server.seed("schedule", name="Weekly", schedule={"typeName": "Astera.Core.Weekly", "at": "1:30"}, **of_file)
    server.seed("schedule", name="Daily", schedule=DAILY, deploymentId=first["id"], isActive=True)


@pytest.mark.parametrize("dialect", [Dialect(), Dialect.preset("pascal")], ids=["default", "pascal"])
def test_a_server_that_exists_is_adopted(tmp_path, dialect):
    with Emulator(dialect) as one, Emulator(dialect) as two:
        project = Project(tmp_path, [one, two])
        fill(one)
        fill(two)
        before = [server.state for server in (one, two)]
        folder = tmp_path / "astera-export"

        project.play("export", "--check", "--diff", expect=2)
        assert not folder.exists()
        changes = project.play("export", "--diff", expect=2)
        # Two files each, and the folder for whoever comes first.
        assert (sorted(changes), set(changes.values()) <= {2, 3}) == (["astera01", "astera02"], True)
        files = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
        assert files == dict.fromkeys(["astera01.yml", "astera01.json", "astera02.yml", "astera02.json"], 0o600)
        assert folder.stat().st_mode & 0o777 == 0o700
        first = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert project.play("export", "--diff", expect=2) == {"astera01": 0, "astera02": 0}
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
        assert [server.state for server in (one, two)] == before
        assert server_writes(one, two) == []

        (tmp_path / "host_vars").mkdir()
        secrets = {
            "vault_astera_repository_password": "canary-db",
            "vault_astera_cluster_mail_setup_password": "canary-mail",
        }
        (folder / "astera01.yml").rename(tmp_path / "host_vars/astera01.yml")
        (tmp_path / "vault.yml").write_text(yaml.safe_dump(secrets))
        given = ("-e", "@vault.yml", "--limit", "astera01", "--diff")
        assert project.play("bootstrap", *given, "--check") == {"astera01": 0}
        assert project.play("bootstrap", *given) == {"astera01": 0}
        assert server_writes(one, two) == []

        one.clear_requests()
        snapshot = json.dumps({"astera_url": f"snapshot:{folder}/astera01.json"})
        assert project.play("bootstrap", *given, "--check", "-e", snapshot) == {"astera01": 0}
        text = (tmp_path / "host_vars/astera01.yml").read_text()
        (tmp_path / "host_vars/astera01.yml").write_text(
            text.replace("purge_job_info_after: 7", "purge_job_info_after: 8")
        )
        assert project.play("bootstrap", *given, "--check", "-e", snapshot) == {"astera01": 1}
        project.play("bootstrap", *given, "-e", snapshot, expect=2)
        assert one.requests == []
        assert project.play("bootstrap", *given) == {"astera01": 1}
        assert one.state["cluster"]["purgeJobInfoAfter"] == 8
        assert one.state["cluster"]["mailSetup"]["subject"] == "{{ 1 + 1 }} {% raw %}"
    written = b"".join(first.values()).decode() + project.printed
    assert "canary" not in written
    assert "127.0.0.1:1" in project.printed


def server_writes(*servers):
    return [entry.path for server in servers for entry in server.writes]


def test_a_list_that_cannot_be_read_is_not_exported_as_empty(tmp_path):
    with Emulator() as server:
        server.fail("GET", "/api/Schedules", how="status", status=403, times=99)
        project = Project(tmp_path, [server])
        project.play("export", "--limit", "astera01", expect=2)
    assert "schedules could not be read" in " ".join(project.printed.split())
    assert list((tmp_path / "astera-export").iterdir()) == []


def test_the_guide_names_what_there_is():
    text = GUIDE.read_text(encoding="utf-8")
    for name in ("astera.data_stack.export", "astera.data_stack.bootstrap", "snapshot:", "host_vars", "--check --diff"):
        assert name in text
