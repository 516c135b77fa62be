# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of playbooks/examples/operations, as a user would copy them, over two servers on one repository."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.astera.data_stack.tests import isolated_home
from ansible_collections.astera.data_stack.tests.emulator import Emulator

ROOT = Path(__file__).resolve().parents[2]
KEY = "made up"
HOSTS = ("astera01.example.com", "astera02.example.com")
SECRETS = {
    "vault_astera_repository_password": "canary-repository",
    "vault_astera_license_key": "canary-license-key",
    "vault_source_password": "canary-source",
}
DATABASE = {"dataProvider": "SqlServer", "server": "sql.example.com", "port": 1433, "database": "AsteraRepository"}
WEEKLY = {"typeName": "Astera.Core.Weekly"}
CONFIG, LICENSE = "/api/Server/Config", ["/api/License/Key", "/api/License/Activate"]
DEPLOY = ["/api/Cluster", "/api/Cluster", "/api/Deployment", "/api/UploadFile"]
ARCHIVE = b"PK\x03\x04 content"
FLOW = "C:\\Flows\\CloseDay.Wf"


class Operations:
    def __init__(self, folder, servers):
        self.servers = servers
        self.folder = folder / "operations"
        shutil.copytree(ROOT / "playbooks/examples/operations", self.folder)
        (self.folder / "files").mkdir()
        (self.folder / "files/sales.car").write_bytes(ARCHIVE)
        hosts = {
            name: {"astera_url": server.url, "astera_ca_path": server.ca_path}
            for name, server in zip(HOSTS, servers, strict=True)
        }
        (self.folder / "inventory.yml").write_text(yaml.safe_dump({"astera": {"hosts": hosts}}))
        (self.folder / "key").write_text(KEY)
        self.secrets()

    def secrets(self, **changed):
        """The secrets, each value encrypted by itself. Nothing of it may be printed or kept from now on."""
        self.vault = {"vault_astera_password": self.servers[0].password, **SECRETS, **changed}
        text = ""
        for name, secret in self.vault.items():
            encrypted = VaultLib().encrypt(secret, VaultSecret(KEY.encode())).decode()
            text += f"{name}: !vault |\n{textwrap.indent(encrypted, '  ')}\n"
        (self.folder / "group_vars/astera/vault.yml").write_text(text)

    def play(self, playbook, *options, expect=0):
        for server in self.servers:
            server.clear_requests()
        words = ("-i", "inventory.yml", "--vault-password-file", "key", "-v", "--diff", playbook, *options)
        printed = "".join(isolated_home.run(self.folder, "ansible-playbook", *words, expect=expect))
        kept = "".join(path.read_text() for path in self.folder.glob("state/*"))
        assert not [name for name, secret in self.vault.items() if secret in printed + kept], printed
        return " ".join(printed.split())

    def commits(self, number):
        return [entry.path for entry in self.servers[number].commits]

    @property
    def writes(self):
        return [entry.path for server in self.servers for entry in server.writes]

    @property
    def state(self):
        return self.servers[0].state


@pytest.fixture
def operations(tmp_path):
    url = f"sqlite:///{tmp_path / 'repository.db'}"
    first, second = (
        Emulator(database=url, folder=str(tmp_path / f"server{number}"), password="canary-account") for number in (1, 2)
    )
    with first, second:
        yield Operations(tmp_path, [first, second])


@pytest.mark.full
def test_example_deploys_archives_in_a_maintenance_window(operations):
    night = "deploy_at_night.yml"
    operations.play(night, "--check")
    assert operations.writes == []
    seen = []
    for server in operations.servers:
        server.fail("POST", "/api/Deployment", how="status", status=400)
        server.before(
            "POST", "/api/Deployment", lambda: seen.append(operations.state["cluster"]["pauseAllServers"]), after=1
        )
    operations.play(night, expect=2)
    assert operations.state["cluster"]["pauseAllServers"] is False
    operations.play(night)
    assert seen == [True]
    assert sorted(operations.writes) == DEPLOY
    (deployment,) = operations.state["deployments"]
    assert operations.state["files"][deployment["clusterArchiveFilePath"]]["content"] == ARCHIVE
    operations.play(night)
    assert operations.writes == []
    # No build, no pause.
    (operations.folder / "files/sales.car").unlink()
    operations.play(night, expect=2)
    assert operations.writes == []


@pytest.mark.shows("guide operations")
def test_example_runs_a_job_and_reports_its_end(operations):
    run = ("run_flow.yml", "-e", "@flows/close_day.yml")
    operations.play(*run, "--check")
    assert operations.writes == []
    assert "CloseDay.Wf: Completed" in operations.play(*run)
    (job,) = operations.state["jobs"]
    assert job["filePath"] == FLOW

    operations.servers[0].set_job_result(FLOW, "Broken")
    printed = operations.play(*run, expect=2)
    assert "CloseDay.Wf: failed" in printed
    assert "Broken" in printed
    # A lost response is told, too, and nothing is started a second time.
    operations.servers[0].fail("POST", "/api/CommandLineProcessor", at="after_commit", how="reset")
    assert "Job Monitor" in operations.play(*run, expect=2)
    assert operations.writes == ["/api/CommandLineProcessor"]


@pytest.mark.full
def test_example_copies_a_schedule_of_an_unknown_type(operations):
    first = operations.servers[0]
    first.seed("deployment", name="Sales")
    weekly = {
        "typeName": "Astera.Core.WeeklySchedule",
        "timeOfDay": "04:30:00",
        "days": ["Monday"],
        "inner": {"every": 2},
    }
    copy = ("copy_schedule.yml", "-e", "@flows/schedule_copies.yml")
    assert "0 schedules have the name Weekly template. Nothing was changed" in operations.play(*copy, expect=2)
    first.seed("schedule", name="Weekly template", isActive=False, schedule=weekly)
    operations.play(*copy, "--check")
    assert operations.writes == []
    operations.play(*copy)
    stored = {item["name"]: item["schedule"] for item in operations.state["schedules"]}
    assert stored == {
        "Weekly template": weekly,
        "Sales every week": {**weekly, "timeOfDay": "05:30:00"},
        "Stock every week": weekly,
    }
    assert "changed=0" in operations.play(*copy)


@pytest.mark.full
def test_example_resumes_only_the_schedules_that_were_active(operations):
    """Two of the deployment run, one does not, and one is of another deployment. Either way fails in the middle once."""
    first = operations.servers[0]
    sales, other = (first.seed("deployment", name=name)["id"] for name in ("Sales", "Other"))
    for name, deployment, active in (("A", sales, True), ("B", sales, True), ("C", sales, False), ("D", other, True)):
        first.seed("schedule", name=name, deploymentId=deployment, isActive=active, schedule=WEEKLY)
    off, on = (("schedules_off.yml", "-e", "deployment=Sales"), ("schedules_on.yml", "-e", "deployment=Sales"))
    states = operations.folder / "state"

    def running():
        return [item["name"] for item in operations.state["schedules"] if item["isActive"]]

    def fails_in_the_middle(playbook):
        first.fail("POST", "/api/Schedule", how="status", status=400, after=1)
        operations.play(*playbook, expect=2)

    operations.play(*off, "--check")
    assert operations.writes == []
    assert not states.exists()
    printed = operations.play("schedules_off.yml", "-e", "deployment=Slaes", expect=2)
    assert "0 deployments have the name Slaes. No schedule was paused" in printed

    fails_in_the_middle(off)
    assert running() == ["B", "D"]
    operations.play(*off)
    assert running() == ["D"]
    (kept,) = states.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "changed=0" in operations.play(*off)

    operations.play(*on, "--check")
    assert operations.writes == []
    assert kept.exists()
    first.handlers.edit("schedule", "A", {"name": "A, renamed"})
    fails_in_the_middle(on)
    assert running() == ["A, renamed", "D"]
    operations.play(*on)
    assert running() == ["A, renamed", "B", "D"]
    assert not kept.exists()
    assert "changed=0" in operations.play(*on)


@pytest.mark.full
def test_example_rotates_the_repository_password(operations):
    rotate = "rotate_repository_password.yml"

    def passwords():
        return [server.state["server_config"]["serverDbInfo"].get("password") for server in operations.servers]

    for server in operations.servers:
        server.edit("server_config", serverDbInfo={**DATABASE, "password": "canary-repository"})
    operations.secrets(vault_astera_repository_password="canary-rotated")
    operations.play(rotate, "--check")
    assert operations.writes == []
    operations.servers[0].fail("POST", CONFIG, how="status", status=400)
    assert "The password on this server is the old one" in operations.play(rotate, expect=2)
    assert passwords() == ["canary-repository"] * 2
    operations.servers[0].fail("GET", "/api/Deployments", how="status", status=400)
    assert "The password on this server is the new one" in operations.play(rotate, expect=2)
    assert passwords() == ["canary-rotated", "canary-repository"]
    operations.play(rotate)
    assert passwords() == ["canary-rotated"] * 2


@pytest.mark.full
def test_example_replaces_a_license_once(operations):
    replace = "replace_license.yml"
    operations.play(replace, "--check")
    assert operations.writes == []
    operations.play(replace)
    assert operations.writes == LICENSE * 2

    operations.secrets(vault_astera_license_key="canary-next-key")
    operations.servers[0].fail("POST", LICENSE[1], how="status", status=400)
    operations.play(replace, expect=2)
    assert [operations.commits(number) for number in (0, 1)] == [LICENSE[:1], []]
    operations.play(replace)
    assert [operations.commits(number) for number in (0, 1)] == [LICENSE[1:], LICENSE]
    assert [server.state["license"]["key"] for server in operations.servers] == ["canary-next-key"] * 2

    assert "expires on 2027-12-31" in operations.play(replace, "-e", "license_days=99999", expect=2)
    assert operations.writes == []


@pytest.mark.full
def test_example_adds_a_server_and_keeps_shared_objects(operations):
    first, second = operations.servers
    join = ("second_server.yml", "-e", f"new_host={HOSTS[1]}")
    deployment = first.seed("deployment", name="Sales")["id"]
    first.seed("schedule", name="Daily", deploymentId=deployment, schedule=WEEKLY)
    shared = {key: operations.state[key] for key in ("cluster", "deployments", "schedules")}

    assert "has another repository" in operations.play(*join, expect=2)
    assert operations.writes == []
    first.edit("server_config", serverDbInfo=DATABASE)
    operations.play(*join, "--check")
    assert operations.writes == []
    second.fail("POST", LICENSE[0], how="status", status=400)
    operations.play(*join, expect=2)
    assert [operations.commits(number) for number in (0, 1)] == [[], [CONFIG]]
    operations.play(*join)
    assert [operations.commits(number) for number in (0, 1)] == [[], LICENSE]
    operations.play(*join)
    assert operations.writes == []
    assert {key: operations.state[key] for key in shared} == shared
