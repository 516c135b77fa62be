# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``make test`` leaves to ``make test-all`` is only more of the same: the default run shows everything once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.astera.data_stack.tests import canaries, selection
from ansible_collections.astera.data_stack.tests.emulator import Dialect

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"[A-Z]\d{1,2}")
PROMISES = {
    *(f"module {path.stem}" for path in (ROOT / "plugins/modules").glob("*.py")),
    *(f"role {path.name}" for path in (ROOT / "roles").iterdir() if path.is_dir()),
    *(f"playbook {path.stem}" for path in (ROOT / "playbooks").glob("*.yml")),
    *(f"guide {path.stem.removeprefix('guide_')}" for path in (ROOT / "docs/docsite/rst").glob("guide_*.rst")),
    *(f"README: {promise.strip('.')}" for promise in re.findall(r"^- \*\*(.+?)\*\*", README, re.MULTILINE)),
}


@pytest.fixture(scope="module")
def collected(request):
    """All tests, before any was left out."""
    if {Path(argument).resolve() for argument in request.config.args} != {ROOT / "tests"}:
        pytest.skip('only some of the tests are collected; use make test TESTS="tests -k test_selection"')
    return request.config.stash[selection.COLLECTED]


@pytest.fixture(scope="module")
def default(collected):
    """Those that the default run runs on every machine."""
    return [item for item in collected if not selection.is_long(item) and not selection.is_skipped(item)]


def rows(items):
    return {part for item in items for part in item.originalname.split("_") if ROW.fullmatch(part)}


# File → where the default run has what is tried there at length.
LONG = {
    "unit/emulator/test_openapi.py": "unit/emulator/test_contract.py",
    "integration/test_acceptance.py": "unit/plugins/modules/test_compatibility.py",
    "integration/test_module_examples.py": "unit/test_yaml_blocks.py",
    "properties/test_role.py": "integration/test_plays.py",
    "properties/test_interruptions.py": "faults/test_interrupted.py",
}


def files(items):
    return {item.path.relative_to(ROOT / "tests").as_posix() for item in items}


def test_default_run_has_tests_of_every_file(collected, default):
    needed = files(item for item in collected if not selection.is_skipped(item))
    assert needed - files(default) == set(LONG)
    assert set(LONG.values()) <= files(default)


@pytest.mark.shows("README: Every rule has a test that fails without it")
def test_default_run_meets_every_row_of_every_table(collected, default):
    needed = rows(item for item in collected if not selection.is_skipped(item))
    assert needed - rows(default) == set()


def test_default_run_shows_every_promise(default):
    """Of a promise that is missing here: mark a test that demonstrates it with ``pytest.mark.shows``."""
    shown = {promise for item in default for promise in selection.promises(item)}
    assert PROMISES - shown == set()
    assert shown - PROMISES == set()


def test_default_run_meets_every_value_of_every_emulator_setting(default):
    met = [
        value
        for item in default
        if "tests/properties/" in item.path.as_posix() and hasattr(item, "callspec")
        for value in item.callspec.params.values()
        if isinstance(value, Dialect)
    ]
    for name, values in Dialect.values().items():
        assert {getattr(dialect, name) for dialect in met} >= set(values), name


def test_default_run_meets_every_spelling_of_a_secret(default):
    met = {
        item.callspec.params.get("how")
        for item in default
        if "tests/secrets/" in item.path.as_posix() and hasattr(item, "callspec")
    }
    assert set(canaries.spellings("x")) - met == set()


def test_cover_meets_each_value_with_few_cases():
    cases = [{("one", one), ("two", two)} for one in range(5) for two in range(3)]
    chosen = selection.cover(cases)
    assert set().union(*(cases[number] for number in chosen)) == set().union(*cases)
    assert len(chosen) == 5
