# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make demo`` and what it starts with, on machines that have not all it needs, and where it is interrupted."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def started_by(folder):
    """The processes whose temporary files are in this folder: process id → its words."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={folder}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found[int(process.name)] = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            pass
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks at /proc")
@pytest.mark.parametrize("ends", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.full)])
def test_demo_leaves_nothing_after_an_interrupt(tmp_path, ends):
    environment = {**os.environ, "TMPDIR": str(tmp_path), "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    demo = subprocess.Popen(
        [sys.executable, ROOT / "demo/run.py"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 600
    while len(started_by(tmp_path)) < 2:
        assert demo.poll() is None
        assert time.monotonic() < deadline
    demo.send_signal(ends)
    printed, _nothing = demo.communicate(timeout=600)
    assert demo.returncode == 130, printed
    assert printed.splitlines()[-1].startswith("The demo was interrupted."), printed
    assert "Traceback" not in printed
    assert started_by(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_demo_ignores_the_settings_of_the_user(tmp_path):
    """Run it in an environment of its own: what is set for other servers and playbooks would make it fail."""
    script = (
        "import sys; sys.path.insert(0, 'demo'); from pathlib import Path; import run\n"
        "with run.Emulator() as server:\n"
        "    demo = run.Demo(server, Path(sys.argv[1]))\n"
        "    print(demo.play('--check', '--tags', 'server_config'))\n"
    )
    (tmp_path / ".ansible.cfg").write_text("[defaults]\nvault_password_file = /nowhere\n", encoding="utf-8")
    others = {
        "ANSIBLE_STDOUT_CALLBACK": "nowhere",
        "ASTERA_TOKEN": "of another server",
        "HOME": str(tmp_path),
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "LC_ALL": "C.UTF-8",
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "-c", script, tmp_path]
    done = subprocess.run(command, cwd=ROOT, env=others, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "1"


# tools/setup.sh


def stand_in(folder, version="(3, 11)", lacks=""):
    """A python3 that says what another Python would say."""
    python = folder / "python3"
    python.write_text(
        "#!/bin/sh\n"
        f'[ "$1" = --version ] && echo "Python {version[1:-1].replace(", ", ".")}" && exit\n'
        f'exec {sys.executable} -c "import sys; sys.version_info = {version}; {lacks}; exec(sys.argv[1])" "$2"\n',
        encoding="utf-8",
    )
    python.chmod(0o755)


def setup(folder, *given):
    """What the setup says, where the folder has all the Pythons that there are."""
    for tool in ("sh", "tail"):
        (folder / tool).symlink_to(
            next(path for path in (Path("/bin") / tool, Path("/usr/bin") / tool) if path.exists())
        )
    command = ["/bin/sh", ROOT / "tools/setup.sh", folder / "made", *given]
    environment = {"PATH": str(folder), "HOME": str(folder)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 1
    assert not (folder / "made").exists()
    (line,) = done.stderr.splitlines()
    assert "PYTHON=/path/to/python3" in line
    return line


def test_demo_requires_a_python(tmp_path):
    assert setup(tmp_path).startswith("There is no Python from 3.11 to 3.14 here")


def test_demo_names_a_python_that_is_too_old(tmp_path):
    stand_in(tmp_path, version="(3, 9)")
    assert "(Python 3.9)" in setup(tmp_path)


def test_demo_names_a_python_that_does_not_start(tmp_path):
    assert setup(tmp_path, "/nowhere/python3").startswith("/nowhere/python3 is no Python")


def test_demo_names_the_package_that_has_ensurepip(tmp_path):
    stand_in(tmp_path, lacks="sys.modules['ensurepip'] = None")
    line = setup(tmp_path)
    assert "ensurepip" in line
    assert "'apt install python3.11-venv'" in line


@pytest.mark.full
def test_demo_finds_python_without_its_environment(tmp_path):
    """Its directory is the first of PATH where make, or a person, has activated it."""
    made = tmp_path / "made/bin"
    made.mkdir(parents=True)
    (made / "python3").symlink_to(Path(sys.executable).resolve())
    command = ["/bin/sh", ROOT / "tools/setup.sh", made.parent]
    for tool in ("rm", "tail"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    environment = {"PATH": f"{made}:{tmp_path}", "HOME": str(tmp_path), "PIP_NO_INDEX": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False)
    # The environment is there, and its packages are not, for want of an index.
    assert "could not be installed" in done.stderr
    assert (made / "pip").exists()
