# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several processes at one server: what each says it did is what the server's history says, and nothing is lost or doubled.

C7, any order of faults and writers, is the state machine of the properties.
"""

from __future__ import annotations

from collections import Counter

import pytest
from ansible_collections.astera.data_stack.tests.emulator import Dialect
from ansible_collections.astera.data_stack.tests.modules import changed, failed

DEPLOYMENT, SCHEDULE = "/api/Deployment", "/api/Schedule"
DAILY = {"start_time": "2026-12-01T04:30:00+01:00"}
WRITERS = range(8)
# A few in each run of the tests, hundreds in the sweep.
ROUNDS = [10, pytest.param(300, marks=[pytest.mark.sweep, pytest.mark.timeout(1800)])]
FEW_ROUNDS = [5, pytest.param(60, marks=[pytest.mark.sweep, pytest.mark.timeout(1800)])]
# Stamps of whole seconds: those who write within the same one cannot be told apart.
COARSE = Dialect(timestamp_digits=0)


def dialects(*settings):
    return pytest.mark.parametrize("server", settings, indirect=True, ids=str)


def commits(server, path):
    return [entry.path for entry in server.commits].count(path)


def lose_answers(server, path, share=10, turns=10_000):
    """Of every ten answers to a write one never comes."""
    for turn in range(share // 2, turns, share):
        server.fail("POST", path, at="after_commit", after=turn)


class Tally:
    """What came of many rounds of one field a writer."""

    def __init__(self, server, together):
        self.server = server
        self.together = together
        self.counts = Counter()

    def round(self, turn):
        wanted = {f"field{writer}": f"round {turn}" for writer in WRITERS}
        options = [{"name": "Sales", "settings": {key: value}} for key, value in wanted.items()]
        results = self.together("deployment", *options)
        (stored,) = self.server.state["deployments"]
        for (key, value), result in zip(wanted.items(), results, strict=True):
            there = stored.get(key) == value
            self.counts[self._verdict(result, there)] += 1
        claimed = sum(result["changed"] for result in results)
        outcome_uncertain = sum(result["failed"] and result["error"]["outcome"] == "unknown" for result in results)
        accepted = commits(self.server, DEPLOYMENT)
        self.counts["accepted"] += accepted
        assert claimed <= accepted <= claimed + outcome_uncertain

    def nothing_is_lost(self, rounds):
        lost = ("lost updates", "noticed losses", "untruthful")
        assert [name for name in lost if self.counts[name]] == []
        assert self.counts["writes"] >= 0.9 * rounds * len(WRITERS)

    @staticmethod
    def _verdict(result, there):
        if not result["failed"]:
            return "writes" if there else "lost updates"
        if result["error"]["outcome"] == "committed":
            # Written, and not there any more when it looked.
            return "untruthful" if there else "noticed losses"
        # Overtaken each of the times that it tried, which it says.
        failed(result, "conflict", "not_committed")
        return "untruthful" if there else "conflicts"


@pytest.fixture
def tally(server, together):
    server.seed("deployment", name="Sales")
    return Tally(server, together)


@pytest.mark.parametrize("rounds", ROUNDS)
def test_C4_many_writers_of_one_object_lose_nothing(tally, rounds, record_property):
    for turn in range(rounds):
        tally.round(turn)
    for name in ("writes", "lost updates", "conflicts"):
        record_property(name, tally.counts[name])
    tally.nothing_is_lost(rounds)


@pytest.mark.parametrize("rounds", ROUNDS)
def test_C8_writers_with_lost_responses_lose_nothing(server, tally, rounds, record_property):
    lose_answers(server, DEPLOYMENT)
    for turn in range(rounds):
        tally.round(turn)
    for name in ("writes", "lost updates", "conflicts"):
        record_property(f"{name} with answers lost", tally.counts[name])
    tally.nothing_is_lost(rounds)


@dialects(COARSE)
@pytest.mark.parametrize("rounds", ROUNDS)
def test_C9_what_a_coarse_clock_costs_is_counted(server, tally, rounds, record_property):
    """The documented limit: two versions with one timestamp cannot be distinguished. The last write remains."""
    for turn in range(rounds):
        tally.round(turn)
    record_property("writes with a coarse clock", tally.counts["writes"] + tally.counts["lost updates"])
    record_property("losses with a coarse clock", tally.counts["lost updates"])
    record_property("losses with a coarse clock that were noticed", tally.counts["noticed losses"])
    assert tally.counts["writes"] > 0


# Creators


@pytest.mark.parametrize("rounds", FEW_ROUNDS)
def test_C5_many_creators_of_one_deployment(server, together, rounds, record_property):
    for turn in range(rounds):
        options = {"name": f"D{turn}", "archive_server_path": "C:\\a.Car", "comment": "all the same"}
        results = together("deployment", *[options] * len(WRITERS))
        assert sorted(changed(result) for result in results) == [False] * 7 + [True]
        assert commits(server, DEPLOYMENT) == 1
    assert [item["name"] for item in server.state["deployments"]] == [f"D{turn}" for turn in range(rounds)]
    record_property("creations", rounds * len(WRITERS))


@pytest.mark.parametrize("rounds", FEW_ROUNDS)
def test_C8_creators_of_one_deployment_with_lost_responses_create_one(server, together, rounds, record_property):
    for turn in range(rounds):
        # The first two answers: among them that of the one who created it.
        server.fail("POST", DEPLOYMENT, at="after_commit", times=2)
        options = {"name": f"D{turn}", "archive_server_path": "C:\\a.Car", "comment": "all the same"}
        results = together("deployment", *[options] * len(WRITERS))
        # One whose answer was lost cannot know that the object which it finds is another's.
        assert 1 <= sum(changed(result) for result in results) <= 2
        assert commits(server, DEPLOYMENT) == 1
        server.clear_faults()
    stored = [item["name"] for item in server.state["deployments"]]
    record_property("ambiguous creates", 2 * rounds)
    record_property("duplicates", len(stored) - len(set(stored)))
    assert stored == [f"D{turn}" for turn in range(rounds)]


@dialects(Dialect(), Dialect(post_response="empty"), Dialect(unique_schedule_names=True))
@pytest.mark.each_value
@pytest.mark.parametrize("lost", [0, 2], ids=["", "answers lost"])
@pytest.mark.parametrize("rounds", FEW_ROUNDS)
def test_C6_two_schedules_of_one_name_are_never_silent(server, together, rounds, lost, record_property):
    doubles = told = 0
    for turn in range(rounds):
        if lost:
            server.fail("POST", SCHEDULE, at="after_commit", times=lost)
        options = {"name": f"S{turn}", "file_path": "C:\\a.Df", "daily": DAILY}
        results = together("schedule", *[options] * len(WRITERS))
        ids = [str(item["id"]) for item in server.state["schedules"] if item["name"] == f"S{turn}"]
        assert commits(server, SCHEDULE) == len(ids) >= 1
        failures = [result for result in results if result["failed"]]
        # The second creator sees both: only the first one can take its own for the only one.
        assert len(failures) >= len(ids) - 1
        for result in failures:
            assert result["error"]["outcome"] in ("committed", "unknown", "not_committed")
            assert (result["error"]["code"] == "ambiguous_name") or lost, result["msg"]
            assert [number for number in ids if number in result["msg"]], result["msg"]
        doubles += len(ids) - 1
        told += len(failures)
        server.clear_faults()
    record_property("schedules made twice", doubles)
    record_property("runs that named them", told)
    assert doubles == 0 or not server.dialect.unique_schedule_names


# Two at a time


def test_C2_two_fields_of_one_object(server, together):
    server.seed("deployment", name="Sales")
    server.fail("GET", "/api/Deployments", at="after_commit", how="delay", seconds=0.5, times=2)
    results = together("deployment", {"name": "Sales", "comment": "new"}, {"name": "Sales", "encrypt_files": True})
    assert [changed(result) for result in results] == [True, True]
    (stored,) = server.state["deployments"]
    assert (stored["comment"], stored["encryptFiles"]) == ("new", True)
    assert commits(server, DEPLOYMENT) == 2


@pytest.mark.parametrize("on_conflict", ["overwrite", "fail"])
def test_C3_two_values_of_one_field(server, together, on_conflict):
    server.seed("deployment", name="Sales", comment="old")
    server.fail("GET", "/api/Deployments", at="after_commit", how="delay", seconds=0.5, times=2)
    options = [{"name": "Sales", "comment": value, "on_conflict": on_conflict} for value in ("A", "B")]
    first, second = together("deployment", *options)
    stored = server.state["deployments"][0]["comment"]
    later, earlier = (first, second) if ("conflicts" in first or first["failed"]) else (second, first)
    assert changed(earlier)
    assert "conflicts" not in earlier
    if on_conflict == "fail":
        assert "comment" in failed(later, "conflict", "not_committed")
        assert stored == earlier["deployment"]["comment"]
        assert commits(server, DEPLOYMENT) == 1
    else:
        assert changed(later)
        theirs = earlier["deployment"]["comment"]
        assert later["conflicts"] == [{"field": "comment", "before": "old", "theirs": theirs}]
        assert stored == later["deployment"]["comment"]
        assert commits(server, DEPLOYMENT) == 2


def test_C10_two_archives_of_one_name_are_not_mixed(server, together, tmp_path):
    options = []
    for folder, content in (("a", b"PK one" * 50_000), ("b", b"PK two" * 60_000)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "sales.car").write_bytes(content)
        options.append({"name": "Sales", "archive": str(tmp_path / folder / "sales.car")})
    results = together("deployment", *options)
    assert [changed(result) for result in results] == [True, True]
    sizes = {path: file["size"] for path, file in server.state["files"].items()}
    assert sorted(sizes.values()) == [300_000, 360_000]
    (stored,) = server.state["deployments"]
    assert stored["clusterArchiveFilePath"] in sizes


@dialects(
    Dialect(restart_seconds=0.5),
    pytest.param(Dialect(restart_seconds=0.5, singleton_stamps=True), marks=pytest.mark.full),
)
def test_C11_a_configuration_is_changed_while_another_run_waits_for_its_own(server, together):
    base = {"repository": {"data_provider": "SqlServer"}, "wait_timeout": 30}
    assert changed(*together("server_config", base))
    results = together(
        "server_config",
        {**base, "server_profile": "ServerProfile2"},
        {**base, "config_parameters": {"purge_chunk_size": 77}},
    )
    stored = server.state["server_config"]
    kept = [stored["serverProfile"] == "ServerProfile2", stored["configParameters"]["purgeChunkSize"] == 77]
    for result, there in zip(results, kept, strict=True):
        # Without timestamps the later one can revert the earlier one's change, and its task reports that.
        assert there or result["failed"], result
        if result["failed"]:
            assert result["error"]["outcome"] in ("committed", "unknown"), result["msg"]
    assert any(kept)
