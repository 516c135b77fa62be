# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make release VERSION=1.2.3``: check, set the version, write the changelog, and leave archive and notes in ``dist/``.

A release candidate is ``VERSION=1.2.3-rc.1``. Nothing is committed, tagged or published: RELEASING.md says how to go on. If a check
fails after files were changed, they are restored.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml
from packaging.version import Version

from tools import build, checks
from tools.paths import CORES, NAME, NAMESPACE, ROOT, Failed, Missing, run

BIN = Path(sys.executable).parent
DIST = ROOT / "dist"
# https://semver.org; of pre-releases, this collection has release candidates only.
VERSION = r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-rc\.[1-9]\d*)?"
_BREAKING, _NEW = ("breaking_changes", "removed_features"), ("major_changes", "minor_changes", "deprecated_features")


def content(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def next_versions(last: str, sections: set[str]) -> list[str]:
    """Return the versions that can follow ``last`` by SemVer. sections: those of the fragments, which decide the step."""
    before = Version(last)
    major, minor, patch = before.release
    if before.pre:
        return [before.base_version, f"{before.base_version}-rc.{before.pre[1] + 1}"]
    finals = [f"{major + 1}.0.0"]
    if not sections & set(_BREAKING):
        finals.append(f"{major}.{minor + 1}.0")
        if not sections & set(_NEW):
            finals.append(f"{major}.{minor}.{patch + 1}")
    return [*finals, *(f"{final}-rc.1" for final in finals)]


def check_version(version: str, last: str | None, sections: set[str]) -> None:
    if not re.fullmatch(VERSION, version):
        raise Failed(
            f"{version!r} is not a version; give one, such as make release VERSION=1.2.3 or VERSION=1.2.3-rc.1"
        )
    if last is not None and version not in (allowed := next_versions(last, sections)):
        changes = ", ".join(sorted(sections))
        raise Failed(f"{version} cannot follow {last} with fragments of {changes}; give one of {', '.join(allowed)}")


def check_documentation(version: str, released: list[str]) -> None:
    """Check that each version_added is a released version or this one."""
    files = [path for part in ("plugins", "roles") for path in sorted((ROOT / part).rglob("*.*")) if path.is_file()]
    for path in files:
        if path.suffix not in (".py", ".yml"):
            continue
        for added in re.findall(r"^ *version_added: [\"']?([\d.]+)", path.read_text(encoding="utf-8"), re.M):
            if added not in [*released, Version(version).base_version]:
                raise Failed(
                    f"{path.relative_to(ROOT)} says version_added: {added}, which is neither released nor {version}"
                )


def fragments() -> set[str]:
    """Return the sections that the fragments contain."""
    found = {section for path in (ROOT / "changelogs/fragments").glob("*.y*ml") for section in content(f"{path}") or {}}
    if "release_summary" not in found:
        raise Failed("no fragment in changelogs/fragments has a release_summary; say in one sentence what is new")
    return found


def prepare(version: str) -> None:
    if run(["git", "status", "--porcelain"]).strip():
        raise Failed("the working tree has changes; commit them first, so that the release is what is in Git")
    releases = content("changelogs/changelog.yaml")["releases"]
    last = max(releases, key=Version, default=None)
    if version in releases:
        raise Failed(f"{version} is released already")
    check_version(version, last, fragments())
    check_documentation(version, list(releases))
    run([BIN / "antsibull-changelog", "lint"])


# What people install names the release: file → the pattern of its version, in the second group.
VERSIONS = {
    "galaxy.yml": rf"(?m)^(version: )({VERSION})$",
    "plugins/module_utils/_version.py": rf"(COLLECTION_VERSION = \")({VERSION})",
    "README.md": rf"(type: git\n    version: )({VERSION})",
    "docs/docsite/rst/guide_getting_started.rst": rf"(data_stack\.git,)({VERSION})",
    "roles/awx_setup/files/project/execution-environment.yml": rf"(?m)^( +version: )({VERSION})$",
}


def write(version: str) -> None:
    for name, pattern in VERSIONS.items():
        path = ROOT / name
        path.write_text(re.sub(pattern, rf"\g<1>{version}", path.read_text(encoding="utf-8")), encoding="utf-8")
    run([BIN / "antsibull-changelog", "release", "--version", version])


def check() -> list[str]:
    """Run the checks that an archive must pass before it is published."""
    newest = [core for core in CORES.values() if not core.without][-1]
    return [build.listed(), checks.importer(), checks.docs(), build.played(newest)]


def leave(version: str) -> list[Path]:
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    built = Path(shutil.copy(build.build(), DIST))
    notes = DIST / f"release-notes-{version}.md"
    formats = ["--output-format", "md", "--only-latest"]
    run([BIN / "antsibull-changelog", "generate", *formats, "--output", notes])
    sums = DIST / "SHA256SUMS"
    sums.write_text(f"{hashlib.sha256(built.read_bytes()).hexdigest()}  {built.name}\n", encoding="utf-8")
    return [built, sums, notes]


def undo() -> None:
    """Restore the files from Git. The tree was clean at the beginning."""
    run(["git", "checkout", "--quiet", "--", *VERSIONS, "changelogs", "CHANGELOG.rst"])


def main() -> None:
    version = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        prepare(version)
        try:
            write(version)
            results = check()
            left = leave(version)
        except BaseException:
            undo()
            raise
    except (Failed, Missing) as problem:
        sys.exit(f"No release: {problem}")
    for line in results:
        print(f"ok: {line}")
    for path in left:
        print(path.relative_to(ROOT))
    print(f"{NAMESPACE}.{NAME} {version} is ready, and nothing is committed or tagged. RELEASING.md says how to go on.")


if __name__ == "__main__":
    main()
