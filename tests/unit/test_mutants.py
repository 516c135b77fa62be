# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a mutant changes the code. Whether the mutants fit the code is a check of ``make mutants``, and of make test-all."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.astera.data_stack.tests.mutants.code_location import Stale, mutate, stale
from ansible_collections.astera.data_stack.tests.mutants.mutants import MUTANTS, Mutant, parse_mutants

ROOT = Path(__file__).resolve().parents[2]
CODE = """\
LIMIT = 3


class One:
    def read(self):
        return here


class Two:
    def read(self):
        return there

    def both(self):
        return one, one
"""


@pytest.fixture
def changed(tmp_path):
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins/code.py").write_text(CODE)

    def call(place, old, new="new"):
        path, text = mutate(Mutant("It is so.", place, old, new, ["unit/test_mutants.py"]), tmp_path)
        assert path == tmp_path / "plugins/code.py"
        return text

    return call


@pytest.mark.parametrize(
    ("place", "old"),
    [
        ("LIMIT", "3"),
        ("One.read", "return here"),
        ("Two.read", "return there"),
        ("Two", "class Two"),
        ("code:Two", "class Two"),
    ],
)
def test_mutate_changes_the_named_place(changed, place, old):
    assert changed(place, old) == CODE.replace(old, "new")


@pytest.mark.parametrize(
    ("place", "old", "words"),
    [
        ("Three.read", "here", "Nothing below plugins or extensions is called 'Three.read'"),
        ("One.read", "there", "it is 0 times in code.py"),
        ("Two.both", "one", "it is 2 times in code.py"),
        ("module_utils/_code.py", "here", "Its place is a file, 'module_utils/_code.py'. Name the function"),
    ],
)
def test_mutate_refuses_a_place_that_is_not_one(changed, place, old, words):
    with pytest.raises(Stale, match=r"^It is so\.") as refused:
        changed(place, old)
    assert words in str(refused.value)


def test_parse_mutants_reads_sections_and_lines():
    text = "# How\n\n=== a.py b.py\n@@ One.read [F1 or F2] @@ First.\n-if x:\n-    y\n+z\n\n=== c.py\n@@ Two @@ Second.\n-@@ b\n"
    assert list(parse_mutants(text)) == [
        Mutant("First.", "One.read", "if x:\n    y", "z", ["a.py", "b.py"], "F1 or F2"),
        Mutant("Second.", "Two", "@@ b", "", ["c.py"]),
    ]


def test_parse_mutants_rejects_other_lines():
    with pytest.raises(ValueError, match=r"'@@ One @@ First\.' must be followed"):
        list(parse_mutants("=== a.py\n@@ One @@ First.\nif x:\n"))


@pytest.mark.full
def test_mutants_fit_the_code():
    assert stale(MUTANTS, ROOT) == []
