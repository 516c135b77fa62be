# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where things are, which Pythons there are, and an environment for each purpose. Standard library only."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What the checks make: environments, copies of the collection, archives. Git and the archive ignore it.
WORK = ROOT / ".checks"
NAMESPACE, NAME = "astera", "data_stack"


class Missing(Exception):
    """This machine lacks what the check needs. The message names it."""


class Failed(Exception):
    """The check found a problem. The message is its output."""


@dataclass(frozen=True)
class Core:
    """One release line of ansible-core.

    pythons: those of its controllers, the one to take first.
    targets: whether modules are tried on every Python of a target that is here, too. Once is enough, and it takes long.
    without: sanity tests that cannot be had, and why.
    """

    line: str
    requirement: str
    pythons: tuple[str, ...]
    targets: bool = False
    without: dict[str, str] = field(default_factory=dict)


CORES = {
    core.line: core
    for core in (
        Core("2.16", "ansible-core~=2.16.19", ("3.12", "3.11", "3.10")),
        Core("2.18", "ansible-core~=2.18.0", ("3.12", "3.11", "3.13")),
        Core("2.20", "ansible-core~=2.20.0", ("3.13", "3.12", "3.14")),
        Core("2.21", "ansible-core~=2.21.0", ("3.12", "3.13", "3.14"), targets=True),
        Core(
            "2.22",
            # With a pre-release in it, pip takes one as long as there is nothing else.
            "ansible-core>=2.22.0rc1,<2.23",
            ("3.13", "3.14", "3.15"),
            without={"pylint": "the release candidate pins one of pylint's libraries to a file of a code host"},
        ),
    )
}
TARGETS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")


def requirements(name: str) -> list[str]:
    """Return the packages that a file of requirements lists."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


# What the collection itself needs to run.
LIBRARIES = requirements("meta/ee-requirements.txt")


@functools.cache
def python(version: str) -> Path | None:
    """Return an interpreter of this version that starts, or None. The wrapper of a version manager might not start."""
    managed = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = [shutil.which(f"python{version}"), *sorted(managed.glob(f"{version}.*/bin/python{version}"), reverse=True)]
    question = "import ensurepip, ssl, sys, venv; print(sys.executable, *sys.version_info[:2])"
    for candidate in filter(None, found):
        output = subprocess.run([candidate, "-c", question], capture_output=True, text=True, check=False)
        where, *numbers = output.stdout.split() or [""]
        if output.returncode == 0 and ".".join(numbers) == version:
            return Path(where)
    return None


def python_for(core: Core) -> tuple[str, Path]:
    for version in core.pythons:
        if (found := python(version)) is not None:
            return version, found
    raise Missing(f"ansible-core {core.line} needs Python {' or '.join(core.pythons)}, and none of them is here")


def environment(name: str, interpreter: Path, *requirements: str) -> Path:
    """Return the ``bin`` of an environment with these packages. Create it if it does not exist."""
    folder = WORK / "environments" / name
    wanted = "\n".join([str(interpreter), *requirements])
    mark = folder / ".ready"
    if not mark.exists() or mark.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        run([interpreter, "-m", "venv", "--without-pip", folder])
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", folder / "bin/python"]
        try:
            run([*pip, "install", "-qq", *requirements])
        except Failed as problem:
            raise Missing(f"{' '.join(requirements)} could not be installed: {last_line(str(problem))}") from problem
        mark.write_text(wanted, encoding="utf-8")
    return folder / "bin"


def core_environment(core: Core) -> tuple[str, Path]:
    """Return the version of its Python, and the ``bin`` of an environment with this ansible-core."""
    version, interpreter = python_for(core)
    return version, environment(f"core-{core.line}", interpreter, core.requirement, *LIBRARIES)


def variables(**more: str | Path) -> dict[str, str]:
    """Return the environment variables of this process without those of Ansible, and with some more."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "ASTERA_", "MAKE"))}
    return {**kept, "LC_ALL": "C.UTF-8", **{key: str(value) for key, value in more.items()}}


def path_with(*folders: Path) -> str:
    """Return PATH with the interpreters in front of the wrappers of a version manager."""
    real = [one.parent for version in TARGETS if (one := python(version)) is not None]
    return os.pathsep.join([*map(str, [*folders, *real]), os.environ["PATH"]])


def run(command: list[str | Path], *, where: Path = ROOT, environ: dict[str, str] | None = None) -> str:
    """Return the output of a command. Raise ``Failed`` with it if the command fails."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=where,
            env=environ or variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError as problem:
        raise Missing(f"{command[0]} is not on this machine") from problem
    if done.returncode:
        raise Failed(f"$ {' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


def last_line(text: str) -> str:
    return ([line for line in text.splitlines() if line.strip()] or [""])[-1].strip()


def tracked() -> list[str]:
    """Return the files of the working tree that Git tracks or would add."""
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]).split("\0")
    return sorted(name for name in set(listed) if name and (ROOT / name).is_file())


def copy(tree: Path, names: list[str] | None = None) -> Path:
    """Copy the files of the working tree to where Ansible's tools expect a collection. They do not follow links.

    It is a repository of its own, or ansible-test would ask the one around it, which ignores the copy: nothing to test.
    """
    there = tree / "ansible_collections" / NAMESPACE / NAME
    shutil.rmtree(there, ignore_errors=True)
    for name in tracked() if names is None else names:
        (there / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, there / name)
    run(["git", "init", "--quiet", there])
    return there
