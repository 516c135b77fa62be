# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make checks``: what certification, Galaxy and the oldest and newest Ansible ask of the collection, each with a name.

``make checks`` runs all, ``make checks CHECKS="sanity-2.21 importer"`` some. A check that this machine has not the means for
is reported as not run, with what it lacks; it is never left out in silence.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tools import awx, build, eda, site
from tools.paths import (
    CORES,
    LIBRARIES,
    ROOT,
    TARGETS,
    WORK,
    Core,
    Failed,
    Missing,
    copy,
    core_environment,
    environment,
    last_line,
    path_with,
    python,
    python_for,
    requirements,
    run,
    variables,
)

# The names under which the releases above keep the script that fetches pip.
PIP_SCRIPTS = [f"get_pip_{version}.py" for version in ("20_3_4", "21_3_1", "23_1_2", "24_2", "25_2")]
UNITS = "tests/unit/plugins/module_utils/"
# Of requirements/dev.txt: Ansible, which a check chooses itself, and what only checks code.
NOT_FOR_TESTS = tuple("ansible-core ansible-lint ansible-builder antsibull mypy ruff types- yamllint".split())


def sanity(core: Core) -> str:
    """Run ``ansible-test sanity``. Lines to ignore are not allowed."""
    version, bin_folder = core_environment(core)
    allow_offline()
    tree = copy(WORK / f"sanity-{core.line}")
    ignored = sorted(tree.glob("tests/sanity/ignore*.txt"))
    if ignored:
        raise Failed(f"{ignored[0].name} exists: fix what it hides")
    skipped = [word for test in core.without for word in ("--skip-test", test)]
    only = [] if core.targets else ["--python", version]
    printed = ansible_test(bin_folder, tree, "sanity", "--color", "no", *only, *skipped)
    if 'Running sanity test "validate-modules"' not in printed:
        raise Failed(f"ansible-test found nothing to test:\n{printed}")
    lacks = "".join(f", without {test}: {why}" for test, why in core.without.items())
    return f"Python {tried(core, version)}{lacks}"


def units(core: Core) -> str:
    """Run ``ansible-test units`` for what runs on targets and needs no emulated server."""
    version, bin_folder = core_environment(core)
    allow_offline()
    tree = copy(WORK / f"units-{core.line}")
    results = []
    for one in tried(core, version).split(", "):
        printed = ansible_test(bin_folder, tree, "units", "--color", "no", "--venv", "--python", one, UNITS)
        counts = [line.strip("= ") for line in printed.splitlines() if " passed" in line]
        results.append(f"Python {one}: {', '.join(counts)}")
    return "; ".join(results)


def tried(core: Core, version: str) -> str:
    """Return the Python versions of a check."""
    return ", ".join(one for one in TARGETS if python(one)) if core.targets else version


def ansible_test(bin_folder: Path, tree: Path, *words: str) -> str:
    environ = variables(PATH=path_with(bin_folder), VIRTUAL_ENV=bin_folder.parent)
    try:
        return run([bin_folder / "ansible-test", *words], where=tree, environ=environ)
    except Failed as problem:
        # Most of what it prints is pip's.
        shown = ("$", "ERROR", "FATAL", "E  ", "FAILED")
        raise Failed("\n".join(line for line in str(problem).splitlines() if line.startswith(shown))) from problem


def allow_offline() -> None:
    """Provide the script for pip where ansible-test cannot download its own."""
    if os.environ.get("OFFLINE") != "1":
        return
    cache = Path.home() / ".ansible/test/cache"
    cache.mkdir(parents=True, exist_ok=True)
    for name in PIP_SCRIPTS:
        if not (cache / name).exists():
            shutil.copy(ROOT / "tools/get_pip.py", cache / name)


def tools() -> Path:
    """Return the environment of the tools that daily work does not need."""
    return environment("tools", Path(sys.executable), *requirements("requirements/checks.txt"))


def importer() -> str:
    """Import the archive as Galaxy and Automation Hub do."""
    return build.imported(tools())


def reuse() -> str:
    """Check that each file states its license."""
    return last_line(run([tools() / "reuse", "lint"]))


def docs() -> str:
    """Build the documentation site, with warnings as errors."""
    return f"{site.build(tools()).relative_to(ROOT)}/index.html"


def target() -> str:
    """Compare each module on the oldest Python of a target with the same task in Ansible's own process."""
    oldest = python(TARGETS[0])
    if oldest is None:
        raise Missing(f"there is no Python {TARGETS[0]} here")
    libraries = environment(f"target-{TARGETS[0]}", oldest, *LIBRARIES)
    selected = ("-k", "oldest", "tests/integration/test_in_process_parity.py")
    return pytest(Path(sys.executable), *selected, TARGET_PYTHON=libraries / "python")


def secrets(core: Core) -> str:
    """Run the tests of secrets, because Ansible versions differ in what they hide."""
    version, interpreter = python_for(core)
    wanted = [line for line in requirements("requirements/dev.txt") if not line.startswith(NOT_FOR_TESTS)]
    installed = environment(f"tests-{core.line}", interpreter, core.requirement, *wanted)
    files = [f"{UNITS}test_{name}.py" for name in ("redactor", "secrets")]
    return f"Python {version}: {pytest(installed / 'python', 'tests/secrets', *files)}"


def pytest(interpreter: Path, *words: str, **more: str | Path) -> str:
    """Run the tests of some files, including those of make test-all. more: environment variables."""
    environ = variables(PATH=path_with(interpreter.parent), ANSIBLE_COLLECTIONS_PATH=ROOT / ".venv", **more)
    return last_line(run([interpreter, "-m", "pytest", "-m", "not sweep", *words], environ=environ))


def recording() -> str:
    """Check that the picture of the demo is up to date."""
    return last_line(run([sys.executable, "-m", "tools.recording", "--compare"]))


CHECKS: dict[str, Callable[[], str]] = {
    "reuse": reuse,
    "docs": docs,
    "recording": recording,
    "archive": build.listed,
    "importer": importer,
    "awx": awx.checked,
    "eda": eda.checked,
    "target": target,
    "secrets-2.22": lambda: secrets(CORES["2.22"]),
    **{f"installed-{line}": (lambda core=core: build.played(core)) for line, core in CORES.items()},
    **{f"sanity-{line}": (lambda core=core: sanity(core)) for line, core in CORES.items()},
    **{f"units-{line}": (lambda core=core: units(core)) for line, core in CORES.items()},
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make checks CHECKS=...", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(CHECKS)}; all if none is given")
    names = parser.parse_args().names or list(CHECKS)
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        parser.error(f"there is no check {unknown[0]!r}; there are {', '.join(CHECKS)}")
    counts = {"passed": 0, "failed": 0, "not run": 0}
    for name in names:
        begun = time.monotonic()
        try:
            outcome, detail = "passed", CHECKS[name]()
        except Missing as lack:
            outcome, detail = "not run", str(lack)
        except Failed as problem:
            outcome, detail = "failed", ""
            print(problem, flush=True)
        counts[outcome] += 1
        print(f"{name:15} {outcome:8}{time.monotonic() - begun:5.0f} s  {detail}", flush=True)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    sys.exit(counts["failed"] > 0)


if __name__ == "__main__":
    main()
