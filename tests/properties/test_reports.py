# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The invariants on servers that answer as reports say: the contributed ones, or that of ``make test-server REPORT=FILE``."""

from __future__ import annotations

import json
import os
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.astera.data_stack.tests import dialects, invariants, modules
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator
from ansible_collections.astera.data_stack.tests.emulator.reports import dialect_from_report, load_report

FOLDER = Path(__file__).resolve().parents[1] / "reports"
GIVEN = os.environ.get("COMPATIBILITY_REPORT")
REPORTS = [Path(GIVEN)] if GIVEN else sorted(FOLDER.glob("*.json"))
EMULATED = Path("emulated")


@pytest.fixture(params=REPORTS or [EMULATED], ids=lambda path: path.stem)
def path(request, tmp_path):
    """Return the file of a report: without contributed ones, that of an emulated server."""
    if request.param != EMULATED:
        return request.param
    with Emulator(Dialect.preset("pascal")) as server:
        server.seed("deployment", name="Sales")
        result = modules.run("astera_compatibility_info", {**modules.connection(server), "pause_between_reads": 0})
    made = tmp_path / "emulated.json"
    made.write_text(json.dumps(result["report"]), encoding="utf-8")
    return made


def workable(dialect):
    """→ the dialect without what stops some of the work, and a sentence on each such setting."""
    stops = {
        name: getattr(dialect, name) for name, values in dialects.STOPPING.items() if getattr(dialect, name) in values
    }
    defaults = {name: getattr(Dialect(), name) for name in stops}
    return replace(dialect, **defaults), [
        f"{name}={value} stops some of the work, as test_dialects_that_stop.py shows; tried with {defaults[name]} instead"
        for name, value in stops.items()
    ]


@pytest.mark.full
@pytest.mark.parametrize(
    "way", [invariants.hold_for_modules, invariants.hold_for_a_document], ids=["modules", "document"]
)
@pytest.mark.filterwarnings("default::UserWarning")
def test_invariants_hold_on_the_server_of_a_report(fast_sleep, tmp_path, path, way):
    dialect, stops = workable(dialect_from_report(load_report(path)))
    print(f"--dialect {dialect}")
    for words in stops:
        warnings.warn(words, stacklevel=1)
    way(dialect, tmp_path)


def test_reports_are_listed_with_their_origin():
    table = (FOLDER / "README.md").read_text(encoding="utf-8")
    listed = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
    assert listed == {path.name for path in FOLDER.glob("*.json")}


def test_reports_differ_from_the_default_server(path):
    """A report that says nothing, or that is not understood, would be tried as the default."""
    assert dialect_from_report(load_report(path)) != Dialect()


def test_report_names_a_setting_that_stops_work():
    dialect, stops = workable(Dialect(start_time="naive", key_case="pascal"))
    assert dialect == Dialect(key_case="pascal")
    assert [words.split(" ")[0] for words in stops] == ["start_time=naive"]


@pytest.mark.parametrize(
    "content", ["[]", "{}", "no JSON", '{"format": "astera.data_stack.compatibility", "version": 2}']
)
def test_load_report_refuses_what_is_none(tmp_path, content):
    path = tmp_path / "report.json"
    path.write_text(content)
    with pytest.raises(ValueError, match="report"):
        load_report(path)
