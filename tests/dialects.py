# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The servers on which the invariants are checked: a few with every value, each value alone, every two together, and any at random."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Collection, Iterator
from typing import Any

import pytest
from ansible_collections.astera.data_stack.tests.emulator import Dialect
from ansible_collections.astera.data_stack.tests.selection import FULL

# Values under which the collection cannot do all of its work, and says so: see test_dialects_that_stop.py.
STOPPING: dict[str, tuple[Any, ...]] = {
    "empty_list": ("not_found",),
    "login_requires": ("repository", "confirmed_email"),
    "paging": ("total", "next_link", "has_more", "link_header", "count_header", "partial_content"),
    "license_wrapper": ("refused",),
    "name_normalization": ("upper",),
    "start_time": ("naive",),
}
Values = dict[str, tuple[Any, ...]]
Pair = tuple[str, Any, str, Any]


def seed() -> int:
    """Of everything random here. A failure is repeated with RELIABILITY_SEED."""
    return int(os.environ.get("RELIABILITY_SEED", "20261124"))


def stopping_names() -> set[str]:
    """As ``Dialect.sweep`` calls them."""
    return {f"{name}={value}" for name, values in STOPPING.items() for value in values}


def workable() -> Values:
    """Each setting with the values under which everything works."""
    return {
        name: tuple(value for value in allowed if value not in STOPPING.get(name, ()))
        for name, allowed in Dialect.values().items()
    }


def as_parameters(named: dict[str, Dialect], default: Collection[str] = ("default", "pascal")) -> list[Any]:
    """Return the dialects as values of a parameter, of which the default run takes a few."""
    return [pytest.param(each, id=name, marks=() if name in default else FULL) for name, each in named.items()]


def few(values: Values, number: int) -> Iterator[dict[str, Any]]:
    """Yield as few rows as hold each value of each setting: as many as the setting with the most values has.

    number: of the order in which each setting takes its values, again from the first one when they are used up.
    """
    chance = random.Random(number)
    rows = max(map(len, values.values()))
    columns = {}
    for name, allowed in sorted(values.items()):
        columns[name] = list(itertools.islice(itertools.cycle(chance.sample(allowed, len(allowed))), rows))
        chance.shuffle(columns[name])
    for row in range(rows):
        yield {name: column[row] for name, column in columns.items()}


def pairwise(values: Values, number: int) -> Iterator[dict[str, Any]]:
    """Rows in which each value of each setting meets each value of every other at least once.

    Greedy: a row begins with a pair that has not been yet, and takes for each further setting the value that makes the
    most new pairs. number: of the order in which settings and equally good values are taken.
    """
    chance = random.Random(number)
    names = sorted(name for name in values if len(values[name]) > 1)
    couples = itertools.combinations(names, 2)
    # Not a set, whose order differs from process to process.
    left = dict.fromkeys(
        (one, value, other, with_value)
        for one, other in couples
        for value in values[one]
        for with_value in values[other]
    )
    while left:
        one, value, other, with_value = chance.choice(list(left))
        row = {one: value, other: with_value}
        for name in chance.sample(names, len(names)):
            if name not in row:
                made = {new: sum(_pair(name, new, *known) in left for known in row.items()) for new in values[name]}
                row[name] = max(chance.sample(values[name], len(values[name])), key=made.__getitem__)
        for pair in pairs(row):
            left.pop(pair, None)
        yield row


def _pair(name: str, value: Any, other: str, with_value: Any) -> Pair:
    return (name, value, other, with_value) if name < other else (other, with_value, name, value)


def pairs(row: dict[str, Any]) -> Iterator[Pair]:
    for one, other in itertools.combinations(sorted(row), 2):
        yield one, row[one], other, row[other]


def at_random(values: Values, number: int) -> Dialect:
    chance = random.Random(number)
    return Dialect(**{name: chance.choice(allowed) for name, allowed in sorted(values.items())})
