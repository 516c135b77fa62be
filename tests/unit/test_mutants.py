# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of mutants does not go stale."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.astera.data_stack.tests.mutants.catalogue import MUTANTS

ROOT = Path(__file__).resolve().parents[2]


def test_what_a_mutant_removes_is_there_exactly_once():
    sources = {mutant.file: (ROOT / "plugins" / mutant.file).read_text(encoding="utf-8") for mutant in MUTANTS}
    assert [mutant for mutant in MUTANTS if sources[mutant.file].count(mutant.old) != 1] == []


def test_a_mutant_is_another_program_and_has_tests_that_are_there():
    for mutant in MUTANTS:
        assert mutant.old != mutant.new
        source = (ROOT / "plugins" / mutant.file).read_text(encoding="utf-8")
        compile(source.replace(mutant.old, mutant.new), mutant.file, "exec")
        files = [word for word in mutant.tests.split() if word.endswith(".py")]
        assert files
        assert all((ROOT / "tests" / name).is_file() for name in files), mutant


def test_each_rule_is_said_once():
    rules = [mutant.rule for mutant in MUTANTS]
    assert sorted(rules) == sorted(set(rules))
