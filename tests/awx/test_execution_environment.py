# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible-builder makes of the collection, and of the definition that a project gets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
BUILDER = Path(sys.executable).with_name("ansible-builder")
DEFINITION = ROOT / "roles/awx_setup/files/project/execution-environment.yml"


def builder(*words):
    done = subprocess.run([BUILDER, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_execution_environment_has_the_requirements():
    found = yaml.safe_load(builder("introspect", str(ROOT / ".venv")))
    wanted = (ROOT / "meta/ee-requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line.split("  #")[0].replace(" ", "") for line in found["python"]] == [
        line.replace(" ", "") for line in wanted
    ]
    assert not [line for line in wanted if "ansible" in line or "==" in line or "<" in line]


def test_execution_environment_has_a_release_of_the_collection_E19(tmp_path):
    builder("create", "--file", str(DEFINITION), "--context", str(tmp_path), "--output-filename", "Containerfile")
    asked = yaml.safe_load((tmp_path / "_build/requirements.yml").read_text(encoding="utf-8"))
    (collection,) = asked["collections"]
    ours = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    address, release = ours["repository"], ours["version"]
    assert collection == {"name": f"{address}.git", "type": "git", "version": release}
    recipe = (tmp_path / "Containerfile").read_text(encoding="utf-8").splitlines()
    assert 'ARG ANSIBLE_INSTALL_REFS="ansible-core>=2.16,<2.23 ansible-runner>=2.4,<3"' in recipe
    # The collection is cloned, for which the image that is begun with has no git.
    assert recipe.index("RUN $PKGMGR install -y git-core") < next(
        number for number, line in enumerate(recipe) if "ansible-galaxy collection install" in line
    )
