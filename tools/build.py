# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The archive that is published: what is in it, what Galaxy says of it, and a play with it and nothing else."""

from __future__ import annotations

import fnmatch
import json
import shutil
import sys
import tarfile
from pathlib import Path

from tools.paths import (
    NAME,
    NAMESPACE,
    ROOT,
    WORK,
    Core,
    Failed,
    Missing,
    copy,
    core_environment,
    last_line,
    run,
    tracked,
    variables,
)

BIN = Path(sys.executable).parent
# Everything that a user of the collection has a use for, and all of it; what is for its makers stays at home.
PUBLISHED = """
.ansible-lint CHANGELOG.rst CODE_OF_CONDUCT.md CONTRIBUTING.md LICENSE LICENSES/* README.md RELEASING.md REUSE.toml SECURITY.md
changelogs/changelog.yaml changelogs/config.yaml docs/* execution-environment.yml extensions/* meta/* playbooks/* plugins/* roles/*
""".split()
# Added by the building.
MADE = {"MANIFEST.json", "FILES.json"}
IMPORTER_SETTINGS = """[galaxy-importer]
RUN_ANSIBLE_TEST = False
CHECK_REQUIRED_TAGS = True
CHECK_CHANGELOG = False
CHECK_RUNTIME = True
"""
# What Ansible itself asks for.
BARE = ("meta/", "plugins/", "roles/", "playbooks/")


def build(folder: Path = WORK / "dist") -> Path:
    """Return the archive, built from a clean copy, because the work tree can contain other files."""
    tree = copy(WORK / "build")
    shutil.rmtree(folder, ignore_errors=True)
    run([BIN / "ansible-galaxy", "collection", "build", "--output-path", folder], where=tree)
    (built,) = folder.glob("*.tar.gz")
    return built


def listed() -> str:
    """Check that the archive contains exactly the published files."""
    built = build()
    with tarfile.open(built) as archive:
        packed = {member.name for member in archive if member.isfile()} - MADE
    expected = {name for name in tracked() if any(fnmatch.fnmatch(name, pattern) for pattern in PUBLISHED)}
    wrong = [f"missing: {name}" for name in sorted(expected - packed)]
    wrong += [f"not expected (see build_ignore in galaxy.yml): {name}" for name in sorted(packed - expected)]
    if wrong:
        raise Failed("\n".join(wrong))
    return f"{built.name}: {len(packed)} files, {built.stat().st_size // 1024} KiB"


def imported(tools: Path) -> str:
    """Run the importer of Galaxy with its strict settings."""
    settings = WORK / "importer.cfg"
    built = build(WORK / "importer")
    settings.write_text(IMPORTER_SETTINGS, encoding="utf-8")
    environ = variables(GALAXY_IMPORTER_CONFIG=settings, PATH=f"{tools}:{variables()['PATH']}")
    printed = run([tools / "python", "-m", "galaxy_importer.main", built.name], where=built.parent, environ=environ)
    found = [line for line in printed.splitlines() if line.startswith(("ERROR", "WARNING"))]
    if found:
        raise Failed(printed)
    return last_line(printed)


def played(core: Core) -> str:
    """Configure a server twice with the installed archive, and with the directories that Ansible itself reads."""
    version, bin_folder = core_environment(core)
    results = []
    copy(WORK / f"bare-{core.line}", [name for name in tracked() if name.startswith(BARE)])
    for what, tree in (("installed", installed(core, bin_folder)), ("bare", WORK / f"bare-{core.line}")):
        report = WORK / f"{what}-{core.line}.json"
        options = ["--ansible", bin_folder, "--collections", tree, "--report", report]
        run([BIN / "python", "-m", "tools.smoke_test", *options], environ=variables(PYTHONPATH=ROOT))
        counts = json.loads(report.read_text(encoding="utf-8"))
        results.append(f"{what}: changed={counts['first']}, then {counts['second']}")
    return f"Python {version}; {'; '.join(results)}"


def installed(core: Core, bin_folder: Path) -> Path:
    tree = WORK / f"installed-{core.line}"
    shutil.rmtree(tree, ignore_errors=True)
    built = build(WORK / f"dist-{core.line}")
    run([bin_folder / "ansible-galaxy", "collection", "install", built, "-p", tree, "--force", "--offline"])
    environ = variables(ANSIBLE_COLLECTIONS_PATH=tree)
    run([bin_folder / "ansible-galaxy", "collection", "verify", "--offline", f"{NAMESPACE}.{NAME}"], environ=environ)
    return tree


if __name__ == "__main__":
    try:
        print(build(ROOT / "dist").relative_to(ROOT))
    except (Failed, Missing) as problem:
        sys.exit(f"No archive: {problem}")
