# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks of the guides, run as they are."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import yaml
from ansible_collections.astera.data_stack.tests.emulator import Emulator

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")


def playbooks(guide):
    """The blocks of YAML that are lists of plays, and no rulebooks."""
    text = (ROOT / f"docs/docsite/rst/{guide}.rst").read_text(encoding="utf-8")
    for block in text.split(".. code-block:: yaml\n")[1:]:
        lines = []
        for line in block.splitlines()[1:]:
            if line and not line.startswith("    "):
                break
            lines.append(line)
        content = textwrap.dedent("\n".join(lines))
        items = yaml.safe_load(content)
        if isinstance(items, list) and not any("rules" in item for item in items):
            yield content


@pytest.mark.parametrize(("guide", "writes"), [("guide_jobs", 2), ("guide_clusters", 2)])
def test_the_playbooks_of_a_guide_run(tmp_path, guide, writes):
    (content,) = playbooks(guide)
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
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv"),
            "LC_ALL": "C.UTF-8",
        }
        command = [PLAYBOOK, "-i", "inventory.yml", "play.yml"]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(server.commits) == writes
