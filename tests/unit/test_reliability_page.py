# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page on reliability says what failed, and counts what was found there, too."""

from __future__ import annotations

import json

import pytest
from ansible_collections.astera.data_stack.tests.reliability import run as reliability

TESTS = """<testsuites><testsuite>
<testcase classname="tests.faults.x" name="test_F01_F02_gone[a]"/>
<testcase classname="tests.faults.x" name="test_F02_gone"><failure message="no"/></testcase>
<testcase classname="tests.faults.x" name="test_F03_gone"><skipped message="no"/></testcase>
<testcase classname="tests.properties.x" name="test_one"><properties><property name="dialect" value="good"/></properties></testcase>
<testcase classname="tests.properties.x" name="test_two"><properties><property name="dialect" value="bad"/></properties></testcase>
<testcase classname="tests.properties.x" name="test_two"><properties><property name="dialect" value="bad"/></properties><error/></testcase>
<testcase classname="tests.c.x" name="test_C4_a"><properties><property name="writes" value="70"/></properties></testcase>
<testcase classname="tests.c.x" name="test_C4_b"><properties><property name="writes" value="7"/></properties></testcase>
<testcase classname="tests.c.x" name="test_C4_c"><properties><property name="writes" value="5"/></properties><failure/></testcase>
<testcase classname="tests.secrets.x" name="test_S01_a"><properties><property name="leaks" value="0"/>\
<property name="canaries x forms x places" value="45"/></properties></testcase>
<testcase classname="tests.secrets.x" name="test_S01_b"><properties><property name="leaks" value="2"/>\
<property name="canaries x forms x places" value="45"/></properties><failure message="no"/></testcase>
</testsuite></testsuites>"""
MUTANTS = [
    {"rule": "A is so.", "place": "A.read", "noticed": "test_a.py::test_a"},
    {"rule": "B is so.", "place": "B.read", "noticed": "SURVIVED"},
]


@pytest.fixture
def found(tmp_path):
    (tmp_path / "tests.xml").write_text(TESTS)
    (tmp_path / "mutants.json").write_text(json.dumps(MUTANTS))
    return tmp_path


def written(folder, *repeated):
    """repeated: the commits at which the tests that failed were run again."""
    kept = {"seconds": 60.0, "commit": "abc1234"}
    stages = {stage: {"good": stage == "sweep", **kept, "repeated": list(repeated)} for stage in reliability.STAGES}
    return reliability.page(folder, stages, "42")


def test_rows_distinguish_passed_and_failed_tests(found):
    cases = reliability.read_cases(found / "tests.xml")
    assert reliability.dialects(cases) == (1, 2)
    faults = reliability.rows(cases)[0]
    assert (faults["passed"], faults["failed"]) == (1, ["F02"])
    assert "F03" in dict(faults["untested"])


def test_page_names_failed_tests(found):
    page = written(found)
    assert "Something failed" in page
    assert "`tests.faults.x.test_F02_gone`" in page
    assert "1 of 2" in page
    assert "| B is so. | **none** |" in page
    assert "RELIABILITY_SEED=42" in page


def test_page_says_which_tests_were_run_again(found):
    (found / "tests-2.xml").write_text(TESTS.replace("<failure", "<properties").replace("</failure", "</properties"))
    page = written(found, "bcd2345", "cde3456")
    assert "test_F02_gone`" not in page
    assert (
        "of commit abc1234; what failed was run again, of commit bcd2345; what failed was run again, of commit cde3456"
        in page
    )


def test_page_shows_no_zero_for_missing_figures(found):
    assert "not measured of 82 writes" in written(found)


def test_figures_count_failed_tests(found):
    assert "leaks of canaries | 2 of 90 " in written(found)


def test_page_reports_an_interrupted_run(tmp_path):
    page = written(tmp_path)
    assert "the tests did not run to their end, the mutants did not run to their end" in page


def test_page_counts_a_test_of_two_stages_once(found):
    swept = '<testsuites><testcase classname="tests.properties.x" name="test_{}">{}</testcase></testsuites>'
    dialect = '<properties><property name="dialect" value="good"/></properties>'
    (found / "sweep.xml").write_text(swept.format("one", dialect + "<failure/>"))
    assert "every invariant held | 1 of 2 |" in written(found)
    (found / "sweep.xml").write_text(swept.format("rare", dialect + "<failure/>"))
    assert "every invariant held | 0 of 2 |" in written(found)


@pytest.fixture
def stages(tmp_path, monkeypatch):
    """Two stages that write what they find, and one that fails."""
    script = "import sys, os; open(sys.argv[1], 'a').write(os.environ['RELIABILITY_SEED'] + ' '); sys.exit({})"
    monkeypatch.delenv("RELIABILITY_SEED", raising=False)
    monkeypatch.setattr(reliability, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(reliability, "result_of", lambda stage, repetition=0: tmp_path / f"{stage}{repetition or ''}")
    monkeypatch.setattr(reliability, "collection", lambda: "one")
    made = {"tests": ("-c", script.format(1)), "sweep": ("-c", script.format(0)), "mutants": ("-c", script.format(0))}
    monkeypatch.setattr(reliability, "STAGES", made)
    return tmp_path


def test_run_continues_where_it_stopped(stages, monkeypatch):
    first = reliability.Run()
    for stage in ("tests", "sweep"):
        first.do(stage)
    (stages / "sweep").write_text("not run again")
    second = reliability.Run()
    for stage in reliability.STAGES:
        second.do(stage)
    assert second.seed == first.seed
    assert (stages / "sweep").read_text() == "not run again"
    for name in ("tests", "tests1", "mutants"):
        assert (stages / name).read_text() == f"{first.seed} "
    assert second.stages["tests"]["repeated"] == [reliability.commit()]
    assert {stage: told["good"] for stage, told in second.stages.items()} == {
        "tests": False,
        "sweep": True,
        "mutants": True,
    }
    monkeypatch.setattr(reliability, "collection", lambda: "another")
    assert reliability.Run().stages == {}
    monkeypatch.setattr(reliability, "collection", lambda: "one")
    monkeypatch.setenv("RELIABILITY_SEED", "7")
    assert reliability.Run().stages == {}
