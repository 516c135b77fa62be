# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make awx-check``: the role awx_setup with the real modules of awx.awx, and what ansible-builder makes of the collection."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from tools.paths import ROOT, WORK, last_line, run

TREE = WORK / "awx"
INSIDE = "ansible_collections/awx/awx/"


def checked() -> str:
    collections()
    environ = {**os.environ, "AWX_COLLECTIONS": str(TREE)}
    return last_line(run([sys.executable, "-m", "pytest", "-m", "not sweep", "tests/awx"], environ=environ))


def collections() -> None:
    """Unpack awx.awx from the package ansible."""
    done = TREE / ".ready"
    wanted = (ROOT / "requirements/awx.txt").read_text(encoding="utf-8")
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return
    shutil.rmtree(TREE, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        # It is unpacked and not installed, so that it does not matter which Python the whole of it needs.
        run([*pip, "--ignore-requires-python", "--dest", folder, "--requirement", ROOT / "requirements/awx.txt"])
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(TREE, [name for name in archive.namelist() if name.startswith(INSIDE)])
    done.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    print(checked())
