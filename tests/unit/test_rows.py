# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of faults and of threats name the tests of each row, and do not go stale."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
FAULTS = {
    *(f"F{number:02}" for number in range(1, 51)),
    *(f"B{number:02}" for number in range(1, 18)),
    *(f"C{number}" for number in range(1, 13)),
}
THREATS = {f"S{number:02}" for number in range(1, 28)}
FOLDERS = ("faults", "concurrency", "integration", "unit/plugins/modules")


def files_by_row(kinds, paths):
    """Return the files with a test that has the row in its name, for each row."""
    found = {}
    for path in paths:
        for names in re.findall(rf"^def test_((?:{kinds}\d+_)+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            for row in names.strip("_").split("_"):
                found.setdefault(row, set()).add(path.relative_to(TESTS).as_posix())
    return found


def exists(test):
    """Return whether there is a test that is given as ``file::name``."""
    path, _colons, name = test.partition("::")
    return f"\ndef {name}(" in (TESTS / path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("page", "kinds", "rows", "paths"),
    [
        ("faults", "[FBC]", FAULTS, [path for folder in FOLDERS for path in (TESTS / folder).glob("test_*.py")]),
        ("secrets", "S", THREATS, list(TESTS.rglob("test_*.py"))),
    ],
    ids=["faults", "secrets"],
)
def test_table_names_the_tests_of_each_row(page, kinds, rows, paths):
    text = (TESTS / page / "README.md").read_text(encoding="utf-8")
    lines = re.findall(rf"^\| ({kinds}\d+) \|[^|]*\| (.*) \|$", text, re.MULTILINE)
    files = {row: set(re.findall(r"`([^`]+\.py)`", where)) for row, where in lines}
    tests = {row: re.findall(r"`([^`]+\.py::\w+)`", where) for row, where in lines}
    assert len(lines) == len(files)
    assert set(files) == rows
    assert {row: named for row, named in files.items() if named} == files_by_row(kinds, paths)
    assert [test for named in tests.values() for test in named if not exists(test)] == []
    # A row without a test has a reason.
    assert [row for row, where in lines if not files[row] and not tests[row] and len(where) <= 20] == []
