# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tests ``make test`` runs, and which wait for ``make test-all``.

``full``: a test, or a case of one, that only ``make test-all`` runs.
``each_value``: the default run takes as many cases as it needs to meet each value of each parameter once. The combinations
that it leaves out become ``full``. With ``each_value(name=FEW)`` it takes only these values of the parameter ``name``, as
far as the test has any of them.
``shows("module astera_job", ...)``: what of the README a test demonstrates. test_selection.py checks that nothing is left out.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

FULL = pytest.mark.full
LONG = ("full", "sweep")
# All tests that were collected, before any was left out.
COLLECTED: pytest.StashKey[list[Any]] = pytest.StashKey()


def mark_combinations(items: list[Any]) -> None:
    """Mark as ``full`` what each test with ``each_value`` does not need for each value of its parameters."""
    picked = [
        item
        for item in items
        if item.get_closest_marker("each_value") and hasattr(item, "callspec") and not is_long(item)
    ]
    for _name, group in itertools.groupby(sorted(picked, key=_function), key=_function):
        cases = list(group)
        few = _with_few_values(cases)
        needed = cover([_values(item) for item in few])
        kept = {few[number].nodeid for number in needed}
        for item in cases:
            if item.nodeid not in kept:
                item.add_marker(FULL)


def _with_few_values(cases: list[Any]) -> list[Any]:
    """Return the cases whose parameters have the values that the mark names."""
    for name, few in cases[0].get_closest_marker("each_value").kwargs.items():
        chosen = [item for item in cases if item.callspec.params.get(name) in few]
        cases = chosen or cases
    return cases


def _values(item: Any) -> set[tuple[Any, ...]]:
    """Return the values of the parameters: those of parameters that are given together count as one."""
    given = item.callspec.params
    together = [mark.args[0] for mark in item.iter_markers("parametrize")]
    names = [tuple(re.findall(r"\w+", each) if isinstance(each, str) else each) for each in together]
    names += [(name,) for name in given if not any(name in group for group in names)]
    # By identity: a value need not be hashable, and each case gets the same objects.
    return {(group, *(id(given[name]) for name in group)) for group in names}


def cover(cases: list[set[Any]]) -> set[int]:
    """Return the numbers of some cases that have together all that is in any of them: greedy, in the order of the cases."""
    left = set().union(*cases)
    needed: set[int] = set()
    while left:
        best = max(range(len(cases)), key=lambda number: len(cases[number] & left))
        needed.add(best)
        left -= cases[best]
    return needed


def is_long(item: Any) -> bool:
    """Return whether the default run leaves the test out."""
    return any(item.get_closest_marker(name) for name in LONG)


def is_skipped(item: Any) -> bool:
    """Return whether the test needs what the default environment has not."""
    return any(mark.args and mark.args[0] for mark in item.iter_markers("skipif"))


def promises(item: Any) -> set[str]:
    """Return what the test shows, by all of its marks."""
    return {name for mark in item.iter_markers("shows") for name in mark.args}


def _function(item: Any) -> str:
    return item.nodeid.partition("[")[0]
