# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of rows says where each is tested, and does not go stale."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROWS = {f"S{number:02}" for number in range(1, 28)}


def by_their_names():
    """Row → the files with a test that bears its name."""
    found = {}
    for path in HERE.parent.rglob("test_*.py"):
        for names in re.findall(r"^def test_((?:S\d+_)+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            for row in names.strip("_").split("_"):
                found.setdefault(row, set()).add(path.relative_to(HERE.parent).as_posix())
    return found


def exists(test):
    """Of a test under another name, given as ``file::name``."""
    path, _colons, name = test.partition("::")
    return f"\ndef {name}(" in (HERE.parent / path).read_text(encoding="utf-8")


def test_every_row_is_tested_where_the_table_says():
    lines = re.findall(r"^\| (S\d+) \|[^|]*\| (.*) \|$", (HERE / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    told = {row: set(re.findall(r"`([^`]+\.py)`", where)) for row, where in lines}
    others = {row: re.findall(r"`([^`]+\.py::\w+)`", where) for row, where in lines}
    assert len(lines) == len(told)
    assert set(told) == ROWS
    assert {row: files for row, files in told.items() if files} == by_their_names()
    assert [test for tests in others.values() for test in tests if not exists(test)] == []
    assert [row for row, where in lines if not told[row] and not others[row] and len(where) <= 20] == []
