# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make reliability``: run the tests, the sweeps and the mutants, and write the results to docs/reliability.md.

``--without-sweep`` omits the sweeps, and the page says what was not run. RELIABILITY_SEED repeats a run. Each figure was recorded
by a test, also by a test that failed: the figure might be the reason.

The result of a stage is kept in .checks until the collection itself changes. So an interrupted run continues, and after a test was
fixed, only the tests that failed run again. The page says so.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jinja2

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "reliability.md"
KEPT = ROOT / ".checks" / "reliability"
COLLECTION = ("extensions", "meta", "playbooks", "plugins", "roles")
_PYTEST = ("-m", "pytest", "-m")
# Stage → the arguments of Python, without the last one, which is the file for the results.
STAGES = {
    "tests": (*_PYTEST, "not sweep", "--junitxml"),
    "sweep": (*_PYTEST, "sweep", "--junitxml"),
    "mutants": ("tests/mutants/run.py", "--json"),
}
ROWS = {"F": (50, 2, "faults"), "B": (17, 2, "bad input"), "S": (27, 2, "secrets"), "C": (12, 1, "concurrency")}
REASONS = ("faults/README.md", "secrets/README.md")
_ROWS_OF_TEST = re.compile(r"test_((?:[FBSC]\d+_)+)")


@dataclass
class Case:
    """One test that was run. state: passed, failed or skipped."""

    name: str
    state: str
    properties: list[tuple[str, str]]


def read_cases(path: Path) -> list[Case]:
    """Read pytest's JUnit XML, which lists a test twice if its teardown fails, too."""
    found: dict[str, Case] = {}
    for item in ElementTree.parse(path).iter("testcase"):
        bad = item.find("failure") is not None or item.find("error") is not None
        state = "failed" if bad else "skipped" if item.find("skipped") is not None else "passed"
        recorded = [(each.get("name", ""), each.get("value", "")) for each in item.iter("property")]
        case = Case(f"{item.get('classname')}.{item.get('name')}", state, recorded)
        if case.name not in found or bad:
            found[case.name] = case
    return list(found.values())


def figures(cases: Iterable[Case]) -> Counter[str]:
    """Return the sum of each figure, by the name under which the tests recorded it."""
    sums: Counter[str] = Counter()
    for case in cases:
        for name, value in case.properties:
            if re.fullmatch(r"\d+", value):
                sums[name] += int(value)
    return sums


def dialects(cases: Iterable[Case]) -> tuple[int, int]:
    """Return how many emulated servers passed every test that used them, and how many there were."""
    held: dict[str, bool] = {}
    for case in cases:
        for name, value in case.properties:
            if name == "dialect" and case.state != "skipped":
                held[value] = held.get(value, True) and case.state == "passed"
    return sum(held.values()), len(held)


def reasons() -> dict[str, str]:
    """Return row → why it has no test of its own, from the tables in the README files of the tests."""
    found = {}
    for path in (ROOT / "tests" / name for name in REASONS):
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for row, reason in re.findall(r"^\| ([FBSC]\d+) \|[^|]*\| (.*) \|$", text, re.MULTILINE):
            if ".py`" not in reason:
                found[row] = reason
    return found


def rows(cases: list[Case]) -> list[dict[str, Any]]:
    """Return for each table how many rows passed, which failed, which have no test, and why."""
    states: dict[str, set[str]] = {}
    for case in cases:
        match = _ROWS_OF_TEST.search(case.name)
        for row in match[1].strip("_").split("_") if match else ():
            states.setdefault(row, set()).add(case.state)
    why = reasons()
    tables = []
    for letter, (count, digits, title) in ROWS.items():
        names = [f"{letter}{number:0{digits}}" for number in range(1, count + 1)]
        tested = [name for name in names if states.get(name, set()) - {"skipped"}]
        failed = [name for name in tested if "failed" in states[name]]
        untested = [(name, why.get(name, "no test bears its name")) for name in names if name not in tested]
        table = {"title": title, "first": names[0], "last": names[-1], "count": count, "failed": failed}
        tables.append({**table, "passed": len(tested) - len(failed), "untested": untested})
    return tables


def sweeps() -> list[tuple[str, int]]:
    """Return the tests that only a sweep runs, and how many cases each has."""
    command = [sys.executable, "-m", "pytest", "-n", "0", "--collect-only", "-m", "sweep"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return sorted(Counter(re.findall(r"^tests/(\S+?::\w+)", output, re.MULTILINE)).items())


def result_of(stage: str, folder: Path = KEPT, repetition: int = 0) -> Path:
    """repetition: of the tests that failed; 0 is the run of all."""
    name = f"{stage}-{repetition}" if repetition else stage
    return folder / f"{name}.{'json' if stage == 'mutants' else 'xml'}"


def collection() -> str:
    """Return a digest of the files of the collection."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *COLLECTION],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    digest = hashlib.sha256()
    for name in sorted(filter(None, set(names))):
        digest.update(f"{name}\0".encode() + (ROOT / name).read_bytes())
    return digest.hexdigest()


def commit() -> str:
    output = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return output.stdout.strip()


class Run:
    """The results of the stages for this state of the collection, with one seed."""

    def __init__(self) -> None:
        self._file = KEPT / "run.json"
        kept = json.loads(self._file.read_text(encoding="utf-8")) if self._file.exists() else {}
        seed = os.environ.get("RELIABILITY_SEED")
        self.collection = collection()
        same = kept.get("collection") == self.collection and seed in (None, kept["seed"])
        # Stage → whether it passed (``good``), its seconds and commit, and the commits at which failed tests were ``repeated``.
        self.stages: dict[str, dict[str, Any]] = kept["stages"] if same else {}
        self.seed = seed or (kept["seed"] if same else str(random.SystemRandom().randrange(10**8)))

    def do(self, stage: str) -> None:
        """Run the stage, or only the tests of it that failed, unless it has passed."""
        before = self.stages.get(stage, {})
        if before.get("good"):
            print(f"{stage}: passed before", flush=True)
            return
        KEPT.mkdir(parents=True, exist_ok=True)
        again = bool(before) and stage != "mutants" and result_of(stage).exists()
        result = result_of(stage, repetition=len(before["repeated"]) + 1) if again else result_of(stage)
        result.unlink(missing_ok=True)
        start = time.monotonic()
        command = [sys.executable, *STAGES[stage], str(result), *(["--last-failed"] if again else [])]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, "RELIABILITY_SEED": self.seed}, check=False)
        good = done.returncode == 0
        if again:
            self.stages[stage] = {**before, "good": good, "repeated": [*before["repeated"], commit()]}
        else:
            seconds = time.monotonic() - start
            self.stages[stage] = {"good": good, "seconds": seconds, "commit": commit(), "repeated": []}
        kept = {"collection": self.collection, "seed": self.seed, "stages": self.stages}
        self._file.write_text(json.dumps(kept), encoding="utf-8")


def page(folder: Path, stages: dict[str, dict[str, Any]], seed: str) -> str:
    """Return the page. folder: of the results. stages: as in ``Run``."""
    latest = {}
    # For a test that both stages ran, the result of the stage "tests" counts.
    for stage in (stage for stage in ("sweep", "tests") if stage in stages):
        for repetition in range(len(stages[stage]["repeated"]) + 1):
            result = result_of(stage, folder, repetition)
            latest.update({case.name: case for case in read_cases(result)} if result.exists() else {})
    cases = list(latest.values())
    mutants = result_of("mutants", folder)
    found = json.loads(mutants.read_text(encoding="utf-8")) if mutants.exists() else []
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.md.j2").render(
        good=all(stage["good"] for stage in stages.values()),
        states=Counter(case.state for case in cases),
        failures=sorted(case.name for case in cases if case.state == "failed"),
        figures=figures(cases),
        dialects=dialects(cases),
        tables=rows(cases),
        mutants=found,
        survivors=[one for one in found if one["noticed"] == "SURVIVED"],
        sweeps=[] if "sweep" in stages else sweeps(),
        stages=stages,
        seed=seed,
        date=datetime.now(timezone.utc).date().isoformat(),
        core=version("ansible-core"),
        requests=version("requests"),
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
    )


def main() -> int:
    wanted = [stage for stage in STAGES if stage != "sweep" or "--without-sweep" not in sys.argv[1:]]
    run = Run()
    print(f"RELIABILITY_SEED={run.seed}", flush=True)
    for stage in wanted:
        run.do(stage)
    stages = {stage: run.stages[stage] for stage in wanted}
    PAGE.write_text(page(KEPT, stages, run.seed).rstrip("\n") + "\n", encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} says what was found (RELIABILITY_SEED={run.seed})")
    return 0 if all(stage["good"] for stage in stages.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
