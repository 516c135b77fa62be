# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of rows says where each is tested, and does not go stale."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROWS = {
    *(f"F{number:02}" for number in range(1, 51)),
    *(f"B{number:02}" for number in range(1, 18)),
    *(f"C{number}" for number in range(1, 13)),
}
FOLDERS = ("faults", "concurrency", "integration", "unit/plugins/modules")


def by_their_names():
    """Row → the files with a test that bears its name."""
    found = {}
    for folder in FOLDERS:
        for path in (HERE.parent / folder).glob("test_*.py"):
            for names in re.findall(r"^def test_((?:[FBC]\d+_)+)", path.read_text(encoding="utf-8"), re.MULTILINE):
                for row in names.strip("_").split("_"):
                    found.setdefault(row, set()).add(path.relative_to(HERE.parent).as_posix())
    return found


def test_every_row_is_tested_where_the_table_says():
    lines = re.findall(
        r"^\| ([FBC]\d+) \|[^|]*\| (.*) \|$", (HERE / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    told = {row: set(re.findall(r"`([^`]+\.py)`", where)) for row, where in lines}
    reasons = {row for row, where in lines if not told[row] and len(where) > 20}
    assert len(lines) == len(told)
    assert set(told) == ROWS
    assert {row: files for row, files in told.items() if row not in reasons} == by_their_names()
