# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The example of playbooks/examples/promotion: one project, three servers, one way to the last and one back."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path

import pytest
import yaml
from ansible_collections.astera.data_stack.tests import isolated_home
from ansible_collections.astera.data_stack.tests.emulator import Emulator

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ("development", "test", "production")
SECRETS = {f"vault_sales_password_{name}": f"canary-{name}-cfg" for name in ENVIRONMENTS}


class Landscape:
    """The example as a user would copy it, with servers of one's own in its inventories."""

    def __init__(self, folder, servers):
        self.servers = servers
        self.folder = folder / "promotion"
        shutil.copytree(ROOT / "playbooks/examples/promotion", self.folder)
        for name, server in servers.items():
            path = self.folder / f"inventories/{name}.yml"
            inventory = yaml.safe_load(path.read_text())
            (host,) = inventory[name]["hosts"]
            inventory[name]["hosts"][host] = {
                "astera_url": server.url,
                "astera_username": server.username,
                "astera_password": server.password,
                "astera_ca_path": str(server.ca_path),
            }
            path.write_text(yaml.safe_dump(inventory))
        (self.folder / "group_vars/all/vault.yml").write_text(yaml.safe_dump(SECRETS))
        self.printed = ""

    def release(self, version, content):
        (self.folder / f"sales-{version}.car").write_bytes(b"PK\x03\x04" + content)
        return f"sales-{version}.car"

    def play(self, playbook, *options, expect=0):
        for server in self.servers.values():
            server.clear_requests()
        words = ("-i", "inventories", playbook, *options)
        printed = "".join(isolated_home.run(self.folder, "ansible-playbook", *words, expect=expect))
        self.printed += printed
        return " ".join(printed.split())

    def promote(self, release, to, *options, **keywords):
        return self.play(
            "promote.yml", "-e", f"release={release}", "-e", f"target_environment={to}", *options, **keywords
        )

    def runs(self, name):
        """The bytes of the archive and of the configuration that a server runs."""
        state = self.servers[name].state
        (deployment,) = state["deployments"]
        keys = ("clusterArchiveFilePath", "clusterConfigFilePath")
        return [state["files"][deployment[key]]["content"] for key in keys]

    def writes(self, name):
        return [entry.path for entry in self.servers[name].writes]


@pytest.fixture
def landscape(tmp_path):
    with contextlib.ExitStack() as stack:
        yield Landscape(tmp_path, {name: stack.enter_context(Emulator()) for name in ENVIRONMENTS})


@pytest.mark.full
def test_promotion_deploys_to_production_and_rolls_back(landscape):
    old, new = landscape.release("1.3", b"old"), landscape.release("1.4", b"new")

    printed = landscape.promote(old, "test", expect=2)
    assert "does not run this build of sales-1.3.car. Promote it to development first" in printed
    assert landscape.writes("test") == []

    for release in (old, new):
        for name in ("development", "test"):
            landscape.promote(release, name)
        printed = landscape.promote(release, "production", expect=2)
        assert (
            "The promotion is not approved, and nothing was changed. Without a terminal, approve it with -e approved=true"
            in printed
        )
        assert landscape.writes("production") == []
        landscape.promote(release, "production", "-e", "approved=true")
    for name in ENVIRONMENTS:
        archive, configuration = landscape.runs(name)
        assert archive == b"PK\x03\x04new"
        assert configuration.decode().split() == [
            f"Database=Sales{name.capitalize()}",
            f"DatabasePassword=canary-{name}-cfg",
        ]

    # The same bytes under the same name are the same release; others are not.
    landscape.release("1.4", b"rebuilt")
    printed = landscape.promote(new, "production", "-e", "approved=true", expect=2)
    assert "Promote it to test first" in printed
    landscape.release("1.4", b"new")
    landscape.promote(new, "production", "--check", "--diff")
    assert landscape.writes("production") == []
    assert "changed=0" in landscape.promote(new, "production")
    assert landscape.writes("production") == []

    landscape.play("back.yml", "-e", "target_environment=production", "--check")
    assert landscape.writes("production") == []
    landscape.play("back.yml", "-e", "target_environment=production")
    assert landscape.writes("production") == ["/api/Deployment"]
    assert landscape.runs("production")[0] == b"PK\x03\x04old"
    assert landscape.runs("test")[0] == b"PK\x03\x04new"
    assert "has no previous release" in landscape.play("back.yml", "-e", "target_environment=production", expect=2)

    histories = "".join(path.read_text() for path in landscape.folder.glob("history/*.json"))
    assert not [secret for secret in SECRETS.values() if secret in landscape.printed + histories]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in landscape.folder.glob("history/*.json"))


@pytest.mark.shows("guide promotion")
def test_promotion_rolls_back_to_a_manual_deployment(landscape):
    server = landscape.servers["development"]
    server.seed("deployment", name="Sales", clusterArchiveFilePath="C:\\By hand.Car", comment="by hand")
    landscape.promote(landscape.release("1.3", b"old"), "development")
    history = json.loads((landscape.folder / "history/astera-dev.example.com.json").read_text())
    assert [state["release"] for state in history] == ["by hand", "sales-1.3.car"]
    landscape.play("back.yml", "-e", "target_environment=development")
    assert server.state["deployments"][0]["clusterArchiveFilePath"] == "C:\\By hand.Car"
    # Something else is deployed now: its origin is unknown.
    server.edit("deployment", "Sales", clusterArchiveFilePath="C:\\Another.Car")
    landscape.play("back.yml", "-e", "target_environment=development", expect=2)
