# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page on public reports names tests that exist, each with the code of its row."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS.parent / "docs/docsite/rst/public_reports.rst").read_text(encoding="utf-8")
DEFINED = {
    name
    for path in TESTS.rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.M)
}
ROWS = re.split(r"^   \* - ", PAGE, flags=re.M)[1:]
HEADERS = 2


def test_public_reports_names_a_test_that_exists_in_each_row():
    named = [re.findall(r"``(test_\w+)``", row) for row in ROWS]
    assert len(named) - HEADERS > 30
    assert [row for row, tests in zip(ROWS, named, strict=True) if not tests] == [
        row for row in ROWS if re.search(r"^     - Test$", row, re.M)
    ]
    assert sorted({test for tests in named for test in tests} - DEFINED) == []


def test_public_reports_gives_each_test_the_code_of_its_row():
    codes = [(re.findall(r"\b([A-FS]\d+):", row), re.findall(r"``(test_\w+)``", row)) for row in ROWS]
    wrong = [(code, test) for found, tests in codes for code in found for test in tests if code not in test.split("_")]
    assert wrong == []
