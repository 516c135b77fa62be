# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make reliability``: runs the tests with their sweeps and the mutants, and writes what they found to docs/reliability.md.

``--without-sweep`` runs the daily tests only, and the page says what was not run. RELIABILITY_SEED repeats a run. Every
figure is one that a test recorded, of those that failed, too: what is counted may be what one failed of.
"""

from __future__ import annotations

import json
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
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
    """Out of pytest's JUnit XML, in which a test that fails again while it tidies up is there twice."""
    found: dict[str, Case] = {}
    for item in ElementTree.parse(path).iter("testcase"):
        bad = item.find("failure") is not None or item.find("error") is not None
        state = "failed" if bad else "skipped" if item.find("skipped") is not None else "passed"
        told = [(each.get("name", ""), each.get("value", "")) for each in item.iter("property")]
        case = Case(f"{item.get('classname')}.{item.get('name')}", state, told)
        if case.name not in found or bad:
            found[case.name] = case
    return list(found.values())


def figures(cases: Iterable[Case]) -> Counter[str]:
    """The sums of what was counted, by the names under which the tests recorded it."""
    sums: Counter[str] = Counter()
    for case in cases:
        for name, value in case.properties:
            if re.fullmatch(r"\d+", value):
                sums[name] += int(value)
    return sums


def dialects(cases: Iterable[Case]) -> tuple[int, int]:
    """How many of the emulated servers passed in every test that met them, and how many there were."""
    held: dict[str, bool] = {}
    for case in cases:
        for name, value in case.properties:
            if name == "dialect" and case.state != "skipped":
                held[value] = held.get(value, True) and case.state == "passed"
    return sum(held.values()), len(held)


def reasons() -> dict[str, str]:
    """Row → why it has no test of its own, where the tables of the tests say so."""
    found = {}
    for path in (ROOT / "tests" / name for name in REASONS):
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for row, told in re.findall(r"^\| ([FBSC]\d+) \|[^|]*\| (.*) \|$", text, re.MULTILINE):
            if ".py`" not in told:
                found[row] = told
    return found


def rows(cases: list[Case]) -> list[dict[str, Any]]:
    """For each table: how many rows passed, which failed, which have no test, and why."""
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
    """The tests that only a sweep runs, and how many cases each has."""
    command = [sys.executable, "-m", "pytest", "-n", "0", "--collect-only", "-m", "sweep"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return sorted(Counter(re.findall(r"^tests/(\S+?::\w+)", told, re.MULTILINE)).items())


def run_tests(report: Path, sweep: bool) -> tuple[int, float]:
    marked = "sweep or not sweep" if sweep else "not sweep"
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "pytest", "-m", marked, f"--junitxml={report}"], cwd=ROOT, check=False)
    return done.returncode, time.monotonic() - start


def run_mutants(report: Path) -> tuple[int, float]:
    start = time.monotonic()
    done = subprocess.run([sys.executable, "tests/mutants/run.py", "--json", str(report)], cwd=ROOT, check=False)
    return done.returncode, time.monotonic() - start


def page(tests: Path, mutants: Path, *, good: bool, sweep: bool, seconds: dict[str, float]) -> str:
    cases = read_cases(tests) if tests.exists() else []
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
        good=good,
        states=Counter(case.state for case in cases),
        failures=sorted(case.name for case in cases if case.state == "failed"),
        figures=figures(cases),
        dialects=dialects(cases),
        tables=rows(cases),
        mutants=found,
        survivors=[one for one in found if one["noticed"] == "SURVIVED"],
        sweeps=[] if sweep else sweeps(),
        sweep=sweep,
        seconds=seconds,
        seed=os.environ["RELIABILITY_SEED"],
        date=datetime.now(timezone.utc).date().isoformat(),
        core=version("ansible-core"),
        requests=version("requests"),
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
    )


def main() -> int:
    sweep = "--without-sweep" not in sys.argv[1:]
    seed = os.environ.setdefault("RELIABILITY_SEED", str(random.SystemRandom().randrange(10**8)))
    print(f"RELIABILITY_SEED={seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="astera-reliability-") as folder:
        tests, mutants = Path(folder) / "tests.xml", Path(folder) / "mutants.json"
        failed, of_tests = run_tests(tests, sweep)
        survived, of_mutants = run_mutants(mutants)
        seconds = {"tests": of_tests, "mutants": of_mutants}
        good = not failed and not survived
        PAGE.write_text(page(tests, mutants, good=good, sweep=sweep, seconds=seconds), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} says what was found (RELIABILITY_SEED={seed})")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
