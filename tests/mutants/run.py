# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make mutants``: removes each rule of mutants.diff in turn from a copy of the collection, and shows the test that notices.

A mutant that survives is a failure. So is a test that fails while nothing is removed: it would notice anything. Before the
first one, each mutant is checked against the code.

``--default`` runs only the tests of the default run, and so shows which mutants ``make test`` kills.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from code_location import mutate, stale
from mutants import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 2
# Of pytest: tests were run, and some failed.
FAILED = 1
NO_TESTS = 5
SURVIVED = "SURVIVED"
# What pytest's -m selects: see tests/selection.py.
ALL, DEFAULT = "not sweep", "not sweep and not full"


class Copy:
    """The collection in a folder of its own, from which its tests import it."""

    def __init__(self, folder: Path, selection: str) -> None:
        """selection: of pytest's ``-m``."""
        self.root, self.selection = folder, selection
        names = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split("\0")
        for name in names:
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        place = folder / ".venv" / "ansible_collections" / "astera" / "data_stack"
        place.parent.mkdir(parents=True)
        place.symlink_to(folder)

    def test(self, arguments: list[str]) -> tuple[int, str]:
        # A compiled file is told from its source by time and size, which a mutant may share with what it was made of.
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        environment["ANSIBLE_COLLECTIONS_PATH"] = str(self.root / ".venv")
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--timeout=120", "--tb=no", "-rfE"]
        command += ["-m", self.selection]
        done = subprocess.run(
            [*command, *arguments],
            cwd=self.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=1800,
            check=False,
        )
        return done.returncode, done.stdout

    def without(self, mutant: Mutant) -> str:
        """The test that noticed, or SURVIVED; tests that could not even be run have noticed nothing."""
        path, changed = mutate(mutant, self.root)
        source = path.read_text(encoding="utf-8")
        path.write_text(changed, encoding="utf-8")
        try:
            code, said = self.test(["-x", "-n", "0", *chosen(mutant)])
        finally:
            path.write_text(source, encoding="utf-8")
        found = re.search(r"^(?:FAILED|ERROR) \S*?(\w+\.py::[^\n]*?)(?: - |$)", said, re.MULTILINE)
        if code == FAILED and found:
            return found[1]
        if code not in (0, NO_TESTS):
            print(f"{mutant.rule} ({mutant.place}): the tests could not be run\n{said[-2000:]}", file=sys.stderr)
        return SURVIVED


def chosen(mutant: Mutant) -> list[str]:
    files = [f"tests/{name}" for name in mutant.tests]
    return [*files, "-k", mutant.words] if mutant.words else files


def check_whole(copy: Copy, mutants: list[Mutant]) -> None:
    """All of these tests hold while every rule is there."""
    picked = [chosen(mutant) for mutant in mutants]
    whole = {name for words in picked if "-k" not in words for name in words}
    some = {name for words in picked if "-k" in words for name in words[:-2]} - whole
    choices = sorted({f"({words[-1]})" for words in picked if "-k" in words})
    for arguments in (sorted(whole), [*sorted(some), "-k", " or ".join(choices)] if some else []):
        code, said = copy.test(["-n", str(AT_ONCE), *arguments]) if arguments else (0, "")
        if code not in (0, NO_TESTS):
            raise SystemExit(f"tests fail while no rule is removed:\n{said[-3000:]}")


def run(mutants: list[Mutant], selection: str) -> list[dict[str, str]]:
    """Return rule, place and the test that noticed, for each. selection: of the tests, as ``pytest -m`` takes it."""
    with tempfile.TemporaryDirectory(prefix="astera-mutants-") as folder:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(AT_ONCE):
            (Path(folder) / str(number)).mkdir()
            copies.put(Copy(Path(folder) / str(number), selection))
        first = copies.get()
        check_whole(first, mutants)
        copies.put(first)

        def each(mutant: Mutant) -> dict[str, str]:
            copy = copies.get()
            try:
                noticed = copy.without(mutant)
            finally:
                copies.put(copy)
            print(f"{mutant.rule[:88]:88}  {noticed}", flush=True)
            return {"rule": mutant.rule, "place": mutant.place, "noticed": noticed}

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(each, mutants))


def main() -> int:
    parser = argparse.ArgumentParser(description="Removes each rule in turn, and shows the test that notices.")
    parser.add_argument("--only", default="", help="rules or places in which this text is")
    parser.add_argument("--default", action="store_true", help="with the tests of the default run only")
    parser.add_argument("--json", type=Path, help="where to write what was found")
    told = parser.parse_args()
    if problems := stale(MUTANTS, ROOT):
        raise SystemExit("\n".join(["tests/mutants/mutants.diff does not fit the code:", *problems]))
    mutants = [mutant for mutant in MUTANTS if told.only in f"{mutant.rule} {mutant.place}"]
    start = time.monotonic()
    found = run(mutants, DEFAULT if told.default else ALL)
    if told.json:
        told.json.write_text(json.dumps(found), encoding="utf-8")
    survivors = [one for one in found if one["noticed"] == SURVIVED]
    killed = len(found) - len(survivors)
    print(f"\n{killed} of {len(found)} mutants are killed{' by the default run' if told.default else ''}")
    for one in survivors:
        print(f"  {SURVIVED}: {one['rule']} ({one['place']})")
    print(f"{time.monotonic() - start:.0f} seconds")
    return 1 if survivors or not found else 0


if __name__ == "__main__":
    sys.exit(main())
