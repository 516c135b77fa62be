# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this project runs, builds on and tells people to install is a version, and nothing that moves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.astera.data_stack.tests import doc_snippets
from ansible_collections.astera.data_stack.tools import release

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / "roles/awx_setup/files/project/execution-environment.yml"
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_actions_are_pinned_by_digest_E19(path):
    uses = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert uses
    assert [one for one in uses if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []


def test_execution_environment_is_built_from_versions_E19():
    content = yaml.safe_load(ENVIRONMENT.read_text(encoding="utf-8"))
    assert re.search(r":\d[\w.-]*$|@sha256:[0-9a-f]{64}$", content["images"]["base_image"]["name"])
    wanted = content["dependencies"]
    assert all("<" in wanted[name]["package_pip"] for name in ("ansible_core", "ansible_runner"))
    assert [one for one in wanted["galaxy"]["collections"] if not re.fullmatch(release.VERSION, one["version"])] == []


def test_pages_install_a_release_and_no_branch_E19():
    commands = [
        (page.name, found)
        for page in doc_snippets.pages()
        for found in re.findall(r"git\+https://\S+?\.git(\S*)", page.read_text(encoding="utf-8"))
    ]
    assert commands
    assert [one for one in commands if not re.fullmatch(f",{release.VERSION}", one[1])] == []
    listed = [
        one
        for block in doc_snippets.blocks()
        if block.kind == "variables"
        for one in block.content().get("collections") or ()
        if isinstance(one, dict) and one.get("type") == "git"
    ]
    assert listed
    assert [one for one in listed if not re.fullmatch(release.VERSION, str(one.get("version")))] == []


@pytest.mark.parametrize("version", ["12.34.56", "12.34.56-rc.7"])
def test_release_sets_the_version_wherever_it_is_installed_E19(version, tmp_path, monkeypatch):
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in release.VERSIONS}
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.setattr(release, "run", lambda *_command: "")
    release.write(version)
    current = yaml.safe_load(texts["galaxy.yml"])["version"]
    for name, text in texts.items():
        written = (tmp_path / name).read_text(encoding="utf-8")
        assert written.count(version) == len(re.findall(release.VERSIONS[name], text)) > 0
        assert written.replace(version, current) == text


@pytest.mark.parametrize(
    ("last", "sections", "allowed"),
    [
        ("1.2.3", {"bugfixes"}, "2.0.0 1.3.0 1.2.4 2.0.0-rc.1 1.3.0-rc.1 1.2.4-rc.1"),
        ("1.2.3", {"bugfixes", "minor_changes"}, "2.0.0 1.3.0 2.0.0-rc.1 1.3.0-rc.1"),
        ("1.2.3", {"breaking_changes"}, "2.0.0 2.0.0-rc.1"),
        ("2.0.0-rc.1", {"breaking_changes"}, "2.0.0 2.0.0-rc.2"),
    ],
)
def test_release_next_versions_follow_from_the_fragments(last, sections, allowed):
    assert release.next_versions(last, sections) == allowed.split()


def test_release_check_version_refuses_any_other():
    release.check_version("1.0.0-rc.1", None, set())
    for version, last in (("1.0", None), ("1.0.0-beta.1", None), ("1.0.0-rc.3", "1.0.0-rc.1")):
        with pytest.raises(release.Failed):
            release.check_version(version, last, set())
