# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The invariants on every plausible server: a few that have every answer to every open question, each answer alone, every two
of them together, any at random."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.astera.data_stack.tests import dialects, invariants
from ansible_collections.astera.data_stack.tests.emulator import Dialect

SEED = dialects.seed()
WORKABLE = dialects.workable()
# A fixed seed: the default run is the same each time.
FEW = {
    "default": Dialect(),
    **{f"few {number}": Dialect(**row) for number, row in enumerate(dialects.few(WORKABLE, 1))},
}
ALONE = {name: dialect for name, dialect in Dialect.sweep() if name not in dialects.stopping_names()}
TOGETHER = {f"row {number}": Dialect(**row) for number, row in enumerate(dialects.pairwise(WORKABLE, SEED))}
AT_RANDOM = {f"random {number}": dialects.at_random(WORKABLE, SEED + number) for number in range(60)}
# So many rows of the pairs are tried by make test-all; what they leave out waits for the sweep.
SLIM = 8


def cases(named, swept=lambda way, name: False):
    """Each dialect for the modules and for a document. swept: whether a case is a part of the long sweep."""
    return [
        pytest.param(way, dialect, id=f"{way}-{name}", marks=pytest.mark.sweep if swept(way, name) else ())
        for name, dialect in named.items()
        for way in ("modules", "document")
    ]


@pytest.fixture
def hold(request, tmp_path, record_property):
    """Check the invariants, with short waits unless the server restarts."""

    def call(way, dialect):
        record_property("dialect", str(dialect))
        record_property("seed", SEED)
        # Shown on a failure: it gives the same server again.
        print(f"RELIABILITY_SEED={SEED} --dialect {dialect}")
        if not dialect.restart_seconds:
            request.getfixturevalue("fast_sleep")
        {"modules": invariants.hold_for_modules, "document": invariants.hold_for_a_document}[way](dialect, tmp_path)

    return call


@pytest.mark.shows("README: Check mode predicts the run")
@pytest.mark.parametrize(("way", "dialect"), cases(FEW))
def test_invariants_hold_with_every_value(hold, way, dialect):
    hold(way, dialect)


@pytest.mark.full
@pytest.mark.parametrize(("way", "dialect"), cases(ALONE, lambda way, name: way == "document" and "=" in name))
def test_invariants_hold_with_each_value_alone(hold, way, dialect):
    hold(way, dialect)


@pytest.mark.full
@pytest.mark.parametrize(("way", "dialect"), cases(TOGETHER, lambda way, name: int(name.split()[1]) >= SLIM))
def test_invariants_hold_with_every_two_values(hold, way, dialect):
    hold(way, dialect)


@pytest.mark.parametrize(("way", "dialect"), cases(AT_RANDOM, lambda way, name: True))
def test_invariants_hold_with_random_values(hold, way, dialect):
    hold(way, dialect)


def test_few_has_every_value():
    # As many rows as the setting with the most values has, and the default.
    assert len(FEW) == 1 + max(len(values) for values in WORKABLE.values())
    for name, values in WORKABLE.items():
        assert {getattr(dialect, name) for dialect in FEW.values()} == set(values)


def test_pairwise_has_every_two_values():
    met = {pair for row in dialects.pairwise(WORKABLE, SEED) for pair in dialects.pairs(row)}
    for one, other in itertools.combinations(sorted(name for name, values in WORKABLE.items() if len(values) > 1), 2):
        for value, with_value in itertools.product(WORKABLE[one], WORKABLE[other]):
            assert (one, value, other, with_value) in met


def test_dialect_parses_its_own_string():
    for dialect in AT_RANDOM.values():
        assert Dialect.parse(str(dialect)) == dialect


def test_dialect_values_work_or_are_known_to_stop():
    known = {name: {*WORKABLE[name], *dialects.STOPPING.get(name, ())} for name in WORKABLE}
    assert known == {name: set(values) for name, values in Dialect.values().items()}
