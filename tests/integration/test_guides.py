# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks of the guides, and the first server of the README, run as they are."""

from __future__ import annotations

import re
import shutil

import pytest
import yaml
from ansible_collections.astera.data_stack.tests import doc_snippets, isolated_home
from ansible_collections.astera.data_stack.tests.emulator import Emulator

VAULT = {f"vault_astera_{name}": f"canary-{name}" for name in ("password", "repository_password", "license_key")}


def content_of(page):
    """The YAML of a page: → playbooks as text, and the rest as what it says."""
    found = [block for block in doc_snippets.blocks() if block.where.partition("#")[0] == page]
    return [block.text for block in found if block.kind == "plays"], [
        block for block in found if block.kind == "variables"
    ]


def ansible_playbook(folder, *arguments):
    return isolated_home.run(folder, "ansible-playbook", "-i", "inventory.yml", *arguments)[0]


@pytest.mark.shows("guide jobs", "guide clusters")
@pytest.mark.parametrize(("guide", "writes"), [("guide_jobs", 2), ("guide_clusters", 2)])
def test_guide_playbooks_run(tmp_path, guide, writes):
    (content,), _variables = content_of(f"docs/docsite/rst/{guide}.rst")
    (tmp_path / "play.yml").write_text(content, encoding="utf-8")
    with Emulator() as server:
        host = {
            "ansible_connection": "local",
            "astera_url": server.url,
            "astera_username": server.username,
            "astera_password": server.password,
            "astera_ca_path": server.ca_path,
        }
        (tmp_path / "inventory.yml").write_text(yaml.safe_dump({"astera": {"hosts": {"one": host}}}))
        ansible_playbook(tmp_path, "play.yml")
        assert len(server.commits) == writes


def test_readme_first_example_runs(tmp_path):
    """With the connection in the environment, as the commands below it say: an upload, a deployment and a schedule."""
    plays, _variables = content_of("README.md")
    (tmp_path / "deploy.yml").write_text(plays[0], encoding="utf-8")
    (tmp_path / "files").mkdir()
    (tmp_path / "files/sales.car").write_bytes(b"PK\x03\x04")
    with Emulator() as server:
        environ = {"ASTERA_URL": server.url, "ASTERA_USERNAME": server.username, "ASTERA_PASSWORD": server.password}
        environ["ASTERA_CA_PATH"] = server.ca_path
        for arguments, writes in ((["--check", "--diff"], 0), ([], 3), ([], 3)):
            isolated_home.run(tmp_path, "ansible-playbook", "deploy.yml", *arguments, **environ)
            assert len(server.commits) == writes


@pytest.mark.shows("playbook bootstrap", "guide getting_started")
@pytest.mark.parametrize(
    "page", [pytest.param("README.md", marks=pytest.mark.full), "docs/docsite/rst/guide_getting_started.rst"]
)
def test_guide_sets_up_a_first_server(tmp_path, page):
    """From the page's own inventory and variables: the look, the run, and the run that changes nothing."""
    _plays, variables = content_of(page)
    (inventory,) = (block for block in variables if "astera" in block.content())
    (declared,) = (block for block in variables if "astera_server_config" in block.content())
    folder = tmp_path / "group_vars/astera"
    folder.mkdir(parents=True)
    (folder / "main.yml").write_text(declared.text, encoding="utf-8")
    (tmp_path / "files").mkdir()
    for name in re.findall(r": (files/[\w.-]+)", declared.text):
        (tmp_path / name).write_bytes(b"PK\x03\x04")
    with Emulator() as server:
        secrets = {**VAULT, "vault_astera_password": server.password}
        (folder / "vault.yml").write_text(yaml.safe_dump(secrets), encoding="utf-8")
        shutil.copy(server.ca_path, tmp_path / "files/astera.pem")
        address = inventory.text.replace("https://astera01.example.com:9261", server.url)
        (tmp_path / "inventory.yml").write_text(address, encoding="utf-8")
        ansible_playbook(tmp_path, "astera.data_stack.bootstrap", "--check", "--diff")
        assert server.commits == []
        assert " changed=0 " not in ansible_playbook(tmp_path, "astera.data_stack.bootstrap")
        assert " changed=0 " in ansible_playbook(tmp_path, "astera.data_stack.bootstrap")
