# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a list to an export, and from the exports to a fleet: the inventory through Ansible's own commands."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
import yaml
from ansible_collections.astera.data_stack.tests import documents, isolated_home
from ansible_collections.astera.data_stack.tests.emulator import Emulator

RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=\d+\s+failed=(\d+)", re.M)
STORED = "canary-stored-password"
HOSTILE = "{{ lookup('ansible.builtin.pipe', 'touch evaluated') }}"
CONFIGURATION = {"plugin": "astera.data_stack.astera", "exports": ["astera-export"]}


class Desk:
    """A folder of a user, with a file of variables for the group and an inventory."""

    def __init__(self, folder, servers):
        self.folder = folder
        self.servers = servers
        self.printed = ""
        (folder / "group_vars").mkdir()
        (folder / "astera-export").mkdir()
        group = {
            "astera_username": "{{ accounts[inventory_hostname].username }}",
            "astera_password": "{{ accounts[inventory_hostname].password }}",
            "astera_ca_path": "{{ accounts[inventory_hostname].ca_path }}",
            "accounts": {
                f"astera0{number}": {
                    "username": server.username,
                    "password": server.password,
                    "ca_path": str(server.ca_path),
                }
                for number, server in enumerate(servers, 1)
            },
            "astera_retries": 0,
        }
        (folder / "vault.yml").write_text(
            yaml.safe_dump({"vault_astera_repository_password": STORED}), encoding="utf-8"
        )
        (folder / "group_vars/astera.yml").write_text(yaml.safe_dump(group), encoding="utf-8")

    def configure(self, **options):
        text = yaml.safe_dump({**CONFIGURATION, **options}, sort_keys=False)
        (self.folder / "all.astera.yml").write_text(text, encoding="utf-8")

    def ask(self, command, *options, expect=0):
        stdout, stderr = isolated_home.run(self.folder, command, "-i", "all.astera.yml", *options, expect=expect)
        self.printed += stdout + stderr
        return stdout

    def play(self, name, *options, **keywords):
        """→ host → how many tasks changed something."""
        output = self.ask("ansible-playbook", f"astera.data_stack.{name}", "-e", "@vault.yml", *options, **keywords)
        return {host: int(changed) for host, changed, _failed in RECAP.findall(output)}

    def listed(self):
        return json.loads(self.ask("ansible-inventory", "--list"))


@pytest.fixture
def desk(tmp_path):
    """Two servers of one cluster, set up by people who had strange ideas for names."""
    database = f"sqlite:///{tmp_path / 'repository.db'}"
    servers = [Emulator(database=database, folder=str(tmp_path / f"server{number}")) for number in (1, 2)]
    with servers[0], servers[1]:
        for server, spelling in zip(servers, ("SQL.example.com", "tcp:sql.example.com,1433"), strict=True):
            info = {"dataProvider": "SqlServer", "server": spelling, "database": "Repo"}
            server.edit("server_config", serverProfile="Night {{ 1 }}", serverDbInfo={**info, "user": "sa"})
        first = servers[0].seed("deployment", name=HOSTILE, clusterArchiveFilePath="C:\\x.Car", comment=HOSTILE)
        schedule = {"typeName": "Astera.Core.Weekly", "days": [HOSTILE]}
        servers[0].seed("schedule", name="Weekly", deploymentId=first["id"], isActive=True, schedule=schedule)
        yield Desk(tmp_path, servers)


@pytest.mark.full
def test_inventory_of_exports_leaves_a_fleet_in_sync(desk):
    # First there are addresses.
    listed = {f"astera0{number}": {"url": server.url} for number, server in enumerate(desk.servers, 1)}
    desk.configure(servers=listed)
    assert set(desk.play("export")) == {"astera01", "astera02"}

    # Then the exports know all that there is to know.
    desk.configure(compose={"astera_cluster_id": "astera_inventory.repository"})
    found = desk.listed()
    variables = found["_meta"]["hostvars"]
    assert found["astera_repository_sql_example_com_repo"]["hosts"] == ["astera01", "astera02"]
    assert found["astera_version_10_0_0_0"]["hosts"] == ["astera01", "astera02"]
    assert found["astera_profile_Night____1___"]["hosts"] == ["astera01", "astera02"]
    assert [variables[host]["astera_url"] for host in listed] == [server.url for server in desk.servers]
    # Ansible before 2.19 marks what it has composed as unsafe.
    assert all("sqlserver://sql.example.com/repo" in str(variables[host]["astera_cluster_id"]) for host in listed)

    # And nothing is to be done: what a server has is what its host declares.
    for options in (["--check", "--diff"], []):
        assert desk.play("bootstrap", *options) == {"astera01": 0, "astera02": 0}
    assert [server.writes for server in desk.servers] == [[], []]
    asked = [[entry.path for entry in server.requests].count("/api/Deployments") for server in desk.servers]
    assert asked[0] > asked[1], "what is shared is the business of one server"
    assert not (desk.folder / "evaluated").exists()
    assert documents.leaks(desk.printed, {"stored": STORED}) == []


@pytest.mark.full
def test_inventory_plans_unreachable_servers_from_snapshots(desk):
    desk.configure(servers={f"astera0{n}": {"url": server.url} for n, server in enumerate(desk.servers, 1)})
    desk.play("export")
    for server in desk.servers:
        server.clear_requests()
        server.fail("*", "/*", how="reset", times=1000)
    desk.configure(compose={"astera_url": "'snapshot:' ~ astera_inventory.snapshot"})
    assert desk.ask("ansible-inventory", "--graph", "astera").count("|--astera01") == 4
    assert desk.play("bootstrap", "--check") == {"astera01": 0, "astera02": 0}
    assert [server.requests for server in desk.servers] == [[], []]


def test_inventory_error_is_shown_by_ansible(desk):
    desk.configure()
    (desk.folder / "astera-export/astera01.yml").write_text("astera_license: {key: canary-in-clear}\n")
    desk.ask("ansible-inventory", "--list")
    # Ansible before 2.19 breaks its warnings into lines, at hyphens, too.
    printed = "".join(desk.printed.split())
    words = "astera-export/astera01.yml has a secret in clear text, astera_license.key. Move it to a variable in a vaulted file"
    assert words.replace(" ", "") in printed
    assert "canary-in-clear" not in printed


@pytest.mark.full
def test_inventory_keeps_values_vaulted(desk):
    (desk.folder / "word").write_text("word\n")
    unlock = ["--vault-password-file", "word"]
    command = [isolated_home.BIN / "ansible-vault", "encrypt_string", *unlock, "canary-in-vault"]
    text = subprocess.run(command, cwd=desk.folder, capture_output=True, text=True, check=True).stdout.strip()
    block = text.replace("\n", "\n    ")
    variables = f"astera_server_config:\n  repository:\n    password: {block}\n"
    (desk.folder / "astera-export/astera01.yml").write_text(variables)
    desk.configure()
    listed = f"servers:\n- name: astera02\n  vars:\n    astera_password: {block}\n"
    with (desk.folder / "all.astera.yml").open("a") as file:
        file.write(listed)
    assert desk.ask("ansible-inventory", "--list", *unlock).count("__ansible_vault") == 2
    # Some releases of Ansible hide what was vaulted: its length is enough.
    value = "{{ (astera_server_config.repository.password if inventory_hostname == 'astera01' else astera_password) | length }}"
    told = desk.ask("ansible", "astera", *unlock, "-m", "ansible.builtin.debug", "-a", f"msg=long-{value}")
    assert told.count(f"long-{len('canary-in-vault')}") == 2
    assert "canary-in-vault" not in desk.printed
