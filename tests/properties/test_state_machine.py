# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""C7: whatever happens to a server between two runs and during them, the next quiet run brings it to its state."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.tests import dialects, modules
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

DAILY = {"start_time": "2026-12-01T04:30:00+01:00"}
TASKS = {
    "cluster": ("cluster", {"purge_job_info_after": 30}),
    "deployment": ("deployment", {"name": "Sales", "archive_server_path": "C:\\a.Car", "comment": "ours"}),
    "schedule": ("schedule", {"name": "Daily", "file_path": "C:\\a.Df", "daily": DAILY, "is_active": True}),
}
PATHS = {"cluster": "/api/Cluster", "deployment": "/api/Deployment", "schedule": "/api/Schedule"}
LISTS = {"deployment": "deployments", "schedule": "schedules"}
OURS = {"cluster": ("purgeJobInfoAfter", 30), "deployment": ("comment", "ours"), "schedule": ("isActive", True)}
THEIRS = {"cluster": "purgeEventInfoAfter", "deployment": "oddity", "schedule": "oddity"}
NAMES = {"cluster": None, "deployment": "Sales", "schedule": "Daily"}
KINDS = st.sampled_from(sorted(TASKS))


class Machine(RuleBasedStateMachine):
    """their: what others have set last in a field that no task names."""

    dialect = Dialect()

    def __init__(self):
        super().__init__()
        self.server = Emulator(self.dialect).__enter__()
        self.server.seed("deployment", name="Another's", comment="untouched")
        self.their = {}

    def teardown(self):
        self.server.__exit__()

    def run_task(self, kind, check=False):
        module, options = TASKS[kind]
        self.server.clear_requests()
        result = modules.run(f"astera_{module}", {**modules.connection(self.server), **options}, check=check)
        commits = [entry for entry in self.server.commits if entry.path == PATHS[kind]]
        if check:
            assert self.server.writes == []
        elif not result["failed"]:
            assert result["changed"] == bool(commits), (result, commits)
        elif result["error"]["outcome"] != "unknown":
            assert (result["error"]["outcome"] == "committed") == bool(commits), result["msg"]
        assert bool(result.get("diff")) == bool(result["changed"] and not result["failed"])
        return result

    def present(self, kind):
        return kind == "cluster" or any(item["name"] == NAMES[kind] for item in self.server.state[LISTS[kind]])

    def same(self, stored, number):
        """A server that shows numbers as texts is sent back what it has shown."""
        return stored == number or (self.dialect.numbers_as_strings and stored == str(number))

    def settled(self, kind):
        """Converge, and once more: nothing is left to do."""
        if self.run_task(kind)["failed"]:
            self.server.clear_faults()
            assert not self.run_task(kind)["failed"]
        assert modules.changed(self.run_task(kind)) is False

    @rule(kind=KINDS)
    def converge(self, kind):
        self.settled(kind)

    @rule(kind=KINDS)
    def look(self, kind):
        before = self.server.state
        predicted = self.run_task(kind, check=True)
        assert self.server.state == before
        if not predicted["failed"]:
            assert modules.changed(self.run_task(kind)) == predicted["changed"]

    @rule(kind=KINDS, number=st.integers(1, 99), ours=st.booleans())
    def foreign_edit(self, kind, number, ours):
        if self.present(kind):
            self.edit(kind, number, ours)

    def edit(self, kind, number, ours):
        self.their[kind] = number
        field, value = OURS[kind]
        theirs = {field: type(value)() if ours else value} if ours else {}
        self.server.edit(kind, NAMES[kind], **{THEIRS[kind]: number, **theirs})

    @rule(kind=st.sampled_from(sorted(LISTS)))
    def foreign_delete(self, kind):
        self.their.pop(kind, None)
        self.server.remove(kind, NAMES[kind])

    @rule()
    def expiry(self):
        self.server.expire_tokens()

    @rule()
    def restart(self):
        self.server.restart()

    @rule(kind=KINDS, place=st.sampled_from(["before_read", "after_read", "after_commit", "mid_response"]))
    def lost_answer(self, kind, place):
        self.server.fail("POST", PATHS[kind], at=place)
        self.settled(kind)
        self.server.clear_faults()

    @rule(kind=KINDS, number=st.integers(1, 99), ours=st.booleans())
    def overtaken(self, kind, number, ours):
        """Another client writes between the read and the write of the task."""
        if self.present(kind):
            self.server.before("POST", PATHS[kind], lambda: self.edit(kind, number, ours))
            self.run_task(kind)
            self.server.clear_faults()
            self.settled(kind)

    @invariant()
    def nothing_is_doubled_and_nothing_of_others_is_lost(self):
        state = self.server.state
        for kind, part in LISTS.items():
            names = [item["name"] for item in state[part]]
            assert len(names) == len(set(names)), names
            for item in state[part]:
                if item["name"] == NAMES[kind] and kind in self.their:
                    assert self.same(item[THEIRS[kind]], self.their[kind])
        if "cluster" in self.their and self.dialect.singleton_stamps:
            assert self.same(state["cluster"][THEIRS["cluster"]], self.their["cluster"])
        (another,) = [item for item in state["deployments"] if item["name"] == "Another's"]
        assert another["comment"] == "untouched"


def drive(dialect, examples, steps, number):
    machine = type("Machine", (Machine,), {"dialect": dialect})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    limits = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=checks, database=None
    )
    run_state_machine_as_test(seed(number)(machine), settings=limits)


@pytest.fixture(autouse=True)
def _soon(fast_sleep):
    """Waits are short in these tests."""


# A server that ends soon after it was restarted leaves the connections of that moment to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
STAMPED = Dialect(singleton_stamps=True)


@pytest.mark.parametrize(
    "dialect",
    [
        STAMPED,
        pytest.param(Dialect(post_response="empty", key_case="pascal", singleton_stamps=True), marks=pytest.mark.full),
    ],
)
def test_C7_any_order_of_events(dialect, record_property):
    record_property("seed", dialects.seed())
    drive(dialect, 12, 10, dialects.seed())


@pytest.mark.sweep
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("number", range(6))
def test_C7_any_order_of_events_on_any_server(number, record_property):
    start = dialects.seed() + number
    dialect = dialects.at_random(
        {
            **dialects.workable(),
            "singleton_stamps": (True,),
            "restart_seconds": (0.0,),
            "unconfigured": ("permissive",),
            "cluster_get": (200,),
            "timestamp_digits": (7,),
        },
        start,
    )
    record_property("dialect", str(dialect))
    record_property("seed", start)
    drive(dialect, 60, 25, start)
