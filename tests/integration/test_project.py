# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One project, run by ansible-playbook and as a controller runs it."""

from __future__ import annotations

import re
import shutil
import textwrap
from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.astera.data_stack.tests import isolated_home
from ansible_collections.astera.data_stack.tests.awx import jobs

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {"vault_astera_repository_password": "canary-of-the-repository", "key": "canary-vault-password"}
DECLARED = {
    "astera_server_config": {
        "server_profile": "DEFAULT",
        "repository": {
            "data_provider": "SqlServer",
            "server": "sql.example.com",
            "port": 1433,
            "database": "AsteraRepository",
            "user": "astera",
            "password": "{{ vault_astera_repository_password }}",
        },
    },
    "astera_deployments": [{"name": "Sales", "archive": "files/sales.car", "config": "files/sales.cfg"}],
}


class Project:
    """What ``awx_project`` lays out, completed as the README of the project says."""

    def __init__(self, folder, server):
        self.folder = folder / "project"
        self.server = server
        shutil.copytree(ROOT / "roles/awx_setup/files/project", self.folder)
        self.vault = VaultLib([("default", VaultSecret(SECRETS["key"].encode()))])
        self.key = folder / "key"
        self.key.write_text(SECRETS["key"])
        inventory = self.folder / "inventory.yml"
        inventory.write_text(inventory.read_text().replace("https://astera01.example.com:9261", server.url))
        shutil.copy(server.ca_path, self.folder / "files/astera.pem")
        (self.folder / "files/sales.car").write_bytes(b"PK\x03\x04 content")
        # A file of which only the job has the password.
        (self.folder / "files/sales.cfg").write_bytes(self.encrypt("database=Production\n"))
        self.add("main.yml", yaml.safe_dump(DECLARED))
        self.encrypt_value("vault_astera_password", server.password)
        self.encrypt_value("vault_astera_repository_password", SECRETS["vault_astera_repository_password"])

    def encrypt(self, text):
        return self.vault.encrypt(text, VaultSecret(SECRETS["key"].encode()))

    def encrypt_value(self, name, text):
        encrypted = textwrap.indent(self.encrypt(text).decode(), "  ")
        self.add("vault.yml", f"{name}: !vault |\n{encrypted}\n")

    def add(self, name, text):
        with (self.folder / "group_vars/astera" / name).open("a", encoding="utf-8") as file:
            file.write(f"\n{text}")

    def play(self, playbook, *options):
        """Run ``ansible-playbook`` in the project, and return what it printed."""
        words = ("-i", "inventory.yml", "--vault-password-file", self.key, playbook, *options)
        return isolated_home.run(self.folder, "ansible-playbook", *words)[0]

    def job(self, folder, template, answers=None):
        return jobs.ProjectJob(folder, template, self.folder, self.key, answers)


@pytest.fixture
def project(tmp_path, server):
    return Project(tmp_path, server)


def keeps_no_secret(project, *texts):
    for secret in (*SECRETS.values(), project.server.password):
        assert not [text for text in texts if secret in text]


@pytest.mark.shows("playbook awx_project", "guide awx")
def test_project_runs_alike_by_hand_and_in_a_controller_D1_D2(project, tmp_path):
    """The command line sets the server up; to a controller's job, the same project has nothing left to do, and the reverse."""
    (tmp_path / "jobs").mkdir()
    printed = project.play("bootstrap.yml", "--diff")
    assert " changed=0 " not in printed
    done = project.job(tmp_path / "jobs", "bootstrap")
    assert (done.status, done.changed) == ("successful", 0), done.stdout
    # Another archive: the job uploads it, and then it is the command line that has nothing left to do.
    (project.folder / "files/sales.car").write_bytes(b"PK\x03\x04 other content")
    again = project.job(tmp_path / "jobs", "bootstrap")
    assert (again.status, again.changed) == ("successful", 1), again.stdout
    assert " changed=0 " in project.play("astera.data_stack.bootstrap", "--diff")
    keeps_no_secret(
        project, printed, *(text for job in (done, again) for text in (job.stdout, job.texts(), job.imported))
    )


@pytest.mark.shows("playbook awx_project")
def test_controller_rejects_an_encrypted_variables_file_D1(project):
    """What the guides taught before: a controller's sync of the inventory has no vault password."""
    vault = project.folder / "group_vars/astera/vault.yml"
    vault.write_bytes(project.encrypt(vault.read_text()))
    printed = jobs.sync_inventory(project.folder, expect=None)
    assert re.search("no vault secrets", printed)
