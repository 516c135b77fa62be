# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of playbooks/examples/upgrade, as a user would copy them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from ansible_collections.astera.data_stack.tests import isolated_home
from ansible_collections.astera.data_stack.tests.emulator import Emulator

ROOT = Path(__file__).resolve().parents[2]
HOST = "astera01.example.com"
SECRETS = {"vault_astera_license_key": "canary-license-key"}
WEEKLY = {"typeName": "Astera.Core.WeeklySchedule", "timeOfDay": "04:30:00", "days": ["Monday", "Thursday"]}
LICENSE = ["/api/License/Key", "/api/License/Activate"]


class Upgrade:
    def __init__(self, folder, server):
        self.server = server
        self.folder = folder / "upgrade"
        shutil.copytree(ROOT / "playbooks/examples/upgrade", self.folder)
        (self.folder / "files").mkdir()
        host = {"astera_url": server.url, "astera_ca_path": server.ca_path}
        (self.folder / "inventory.yml").write_text(yaml.safe_dump({"astera": {"hosts": {HOST: host}}}))
        self.vault = {"vault_astera_password": server.password, **SECRETS}
        (self.folder / "group_vars/astera/vault.yml").write_text(yaml.safe_dump(self.vault))

    def build(self, name):
        (self.folder / f"files/{name}.car").write_bytes(b"PK\x03\x04 rebuilt " + name.encode())

    def play(self, playbook, *options, expect=0):
        self.server.clear_requests()
        words = ("-i", "inventory.yml", "-v", "--diff", playbook, *options)
        printed = "".join(isolated_home.run(self.folder, "ansible-playbook", *words, expect=expect))
        kept = "".join(path.read_text() for path in self.folder.glob("state/**/*") if path.is_file())
        assert not [name for name, secret in self.vault.items() if secret in printed + kept], printed
        return " ".join(printed.split())

    @property
    def writes(self):
        return [entry.path for entry in self.server.writes]

    @property
    def running(self):
        return sorted(item["name"] for item in self.server.state["schedules"] if item["isActive"])

    @property
    def archives(self):
        return {item["name"]: item["clusterArchiveFilePath"] for item in self.server.state["deployments"]}


@pytest.fixture
def upgrade(tmp_path):
    with Emulator(folder=str(tmp_path / "server"), password="canary-account") as server:
        for number, name in enumerate(("Sales", "Stock"), 1):
            server.seed("deployment", name=name, clusterArchiveFilePath=f"C:\\D\\old{number}.car")
        for name, active in (("A", True), ("B", False), ("C", True)):
            server.seed("schedule", name=name, deploymentId=1, isActive=active, schedule=WEEKLY)
        yield Upgrade(tmp_path, server)


@pytest.mark.shows("guide upgrade")
def test_upgrade_deploys_rebuilt_archives_and_resumes_schedules_N1_N2(upgrade):
    old = upgrade.archives
    printed = upgrade.play("before.yml")
    assert "Sales.car instead of" in printed
    assert upgrade.running == []

    upgrade.build("Sales")
    printed = upgrade.play("after.yml", expect=2)
    assert "no archive for Stock. Build the archives with the client of the new version. Nothing was changed" in printed
    assert upgrade.writes == []
    upgrade.build("Stock")
    upgrade.play("after.yml")
    assert upgrade.running == ["A", "C"]
    assert all(upgrade.archives[name] != path for name, path in old.items())
    assert [path for path in upgrade.writes if "License" in path] == LICENSE

    upgrade.play("back.yml")
    assert upgrade.archives == old
    assert upgrade.running == ["A", "C"]


@pytest.mark.full
def test_upgrade_can_be_repeated_at_each_step(upgrade):
    upgrade.play("after.yml", expect=2)
    assert upgrade.writes == []
    upgrade.play("before.yml", "--check")
    assert upgrade.writes == []
    assert upgrade.running == ["A", "C"]
    upgrade.play("before.yml")
    # A second run remembers what ran before the first.
    assert "changed=0" in upgrade.play("before.yml")

    for name in ("Sales", "Stock"):
        upgrade.build(name)
    upgrade.server.fail("POST", "/api/Deployment", how="status", status=400, after=1)
    upgrade.play("after.yml", expect=2)
    assert upgrade.running == []
    upgrade.play("after.yml")
    assert upgrade.running == ["A", "C"]
    assert [path for path in upgrade.writes if "License" in path] == []
    assert "changed=0" in upgrade.play("after.yml")


@pytest.mark.full
def test_upgrade_stops_where_a_schedule_is_not_the_same(upgrade):
    upgrade.play("before.yml")
    for name in ("Sales", "Stock"):
        upgrade.build(name)
    upgrade.server.edit("schedule", "C", schedule={**WEEKLY, "days": []})
    printed = upgrade.play("after.yml", expect=2)
    assert "Schedules were changed or removed since before.yml: C." in printed
    assert upgrade.writes == []
