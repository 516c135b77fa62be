# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A user with a folder of their own: what they run knows no settings of this machine, and no other collections."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ansible_collections.astera.data_stack.tests import fork_server

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PWD": str(folder),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv"),
        "ANSIBLE_NOCOLOR": "true",
        "LC_ALL": "C.UTF-8",
        **more,
    }


def run(folder: Path, command: str, *words: str | Path, expect: int = 0, **more: str) -> tuple[str, str]:
    """One of Ansible's commands in the folder → its stdout and stderr. expect: how it ends. more: of its environment."""
    done = fork_server.run([BIN / command, *words], folder, environment(folder, **more))
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout, done.stderr
