# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of an outcome, on a server of one object in memory: what is lost, refused or overtaken, and what is said then."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._engine.converge import MAX_CONFLICTS, converge
from ansible_collections.astera.data_stack.plugins.module_utils._engine.fields import Field, desired_fields
from ansible_collections.astera.data_stack.plugins.module_utils._engine.plan import plan
from ansible_collections.astera.data_stack.plugins.module_utils._errors import (
    COMMITTED,
    NOT_COMMITTED,
    UNKNOWN,
    AsteraError,
    RequestError,
)

FIELDS = (Field("name", "name"), Field("comment", "comment"), Field("days", "days", "int"))


def lost(status=None):
    return RequestError(RequestError.AMBIGUOUS, "timeout", "no answer", status=status, outcome=UNKNOWN)


def refused(status=400):
    return RequestError(RequestError.REJECTED, "rejected", "no", status=status)


class FakeClock:
    def __init__(self, server):
        self.server = server
        self.slept = 0.0

    def sleep(self, seconds):
        self.slept += seconds
        self.server.late, late = None, self.server.late
        if late:
            late()


class FakeServer:
    """One object with a version that changes with each accepted write. script: what each write meets, in turn."""

    def __init__(self, stored=None, script=()):
        self.stored = stored and {"id": 1, "updateDtTm": "v1", **stored}
        self.script = list(script)
        self.commits = 0
        self.late = None

    def commit(self, payload):
        self.commits += 1
        self.stored = {**copy.deepcopy(payload), "id": 1, "updateDtTm": f"v{self.commits + 1}"}

    def edit(self, **fields):
        self.stored = {**(self.stored or {"id": 1}), **fields, "updateDtTm": f"other {fields}"}

    def write(self, payload):
        step = self.script.pop(0) if self.script else None
        if step:
            step(self, payload)
        if self.stored and payload.get("updateDtTm") != self.stored["updateDtTm"]:
            raise refused()
        self.commit(payload)


class FakeTarget:
    create_is_idempotent = True
    overwrite_on_conflict = True
    retries = 4
    label = "the thing"

    def __init__(self, server, **desired):
        self.server = server
        self.clock = FakeClock(server)
        self.desired = desired
        self.reads = 0
        self.blind_after = None

    def find(self, *, fresh):
        self.reads += 1
        if self.blind_after is not None and self.reads > self.blind_after:
            raise AsteraError("unreachable", "gone")
        return copy.deepcopy(self.server.stored)

    def plan(self, current):
        return plan(desired_fields(FIELDS, self.desired), current, {"id": 0, "comment": ""})

    def write(self, plan):
        self.server.write(plan.payload)

    def read_back(self, plan, stored):
        return self.find(fresh=True)


def before_commit(error):
    def step(server, payload):
        raise error

    return step


def after_commit(error):
    def step(server, payload):
        server.commit(payload)
        raise error

    return step


def overtaken(**fields):
    def step(server, payload):
        server.edit(**fields)

    return step


def committing_late(error):
    def step(server, payload):
        server.late = lambda: server.commit(payload)
        raise error

    return step


EXISTING = {"name": "a", "comment": "old", "days": 7, "unknown": {"deep": 1}}


def test_converge_writes_nothing_without_changes():
    server = FakeServer(EXISTING)
    outcome = converge(FakeTarget(server, comment="old"), can_write=True)
    assert (outcome.changed, outcome.conflicts, server.commits) == (False, [], 0)


@pytest.mark.parametrize("stored", [None, EXISTING])
def test_converge_predicts_a_run_in_check_mode(stored):
    server = FakeServer(stored)
    predicted = converge(FakeTarget(server, name="a", comment="new"), can_write=False)
    assert server.commits == 0
    done = converge(FakeTarget(server, name="a", comment="new"), can_write=True)
    assert (predicted.changed, predicted.plan) == (done.changed, done.plan)
    assert server.commits == 1
    kept = {key: value for key, value in predicted.object.items() if key not in ("id", "updateDtTm")}
    assert kept.items() <= done.object.items()


@pytest.mark.parametrize("stored", [None, EXISTING])
@pytest.mark.parametrize("error", [lost(), lost(502), lost(500)])
def test_converge_finds_a_write_with_lost_response(stored, error):
    server = FakeServer(stored, [after_commit(error)])
    outcome = converge(FakeTarget(server, name="a", comment="new"), can_write=True)
    assert (outcome.changed, outcome.conflicts, server.commits) == (True, [], 1)


@pytest.mark.parametrize("stored", [None, EXISTING])
@pytest.mark.parametrize("error", [lost(), lost(503)])
def test_converge_repeats_a_write_that_never_arrived(stored, error):
    server = FakeServer(stored, [before_commit(error)])
    target = FakeTarget(server, name="a", comment="new")
    assert converge(target, can_write=True).changed
    assert server.commits == 1
    assert target.clock.slept > 0


@pytest.mark.parametrize("stored", [None, EXISTING])
def test_converge_waits_for_a_late_commit(stored):
    server = FakeServer(stored, [committing_late(lost())])
    assert converge(FakeTarget(server, name="a", comment="new"), can_write=True).changed
    assert server.commits == 1


def test_converge_does_not_repeat_a_create_that_could_be_doubled():
    server = FakeServer(None, [before_commit(lost())])
    target = FakeTarget(server, name="a", comment="new")
    target.create_is_idempotent = False
    with pytest.raises(AsteraError) as caught:
        converge(target, can_write=True)
    assert (caught.value.code, caught.value.outcome, server.commits) == ("outcome_unknown", UNKNOWN, 0)


def test_converge_trusts_a_server_that_reports_its_failure():
    server = FakeServer(None, [before_commit(lost(500))])
    target = FakeTarget(server, name="a", comment="new")
    target.create_is_idempotent = False
    with pytest.raises(AsteraError) as caught:
        converge(target, can_write=True)
    assert caught.value.outcome == NOT_COMMITTED


def test_converge_reports_an_unknown_outcome_if_the_read_fails_too():
    server = FakeServer(EXISTING, [after_commit(lost())])
    target = FakeTarget(server, comment="new")
    target.blind_after = 1
    with pytest.raises(AsteraError) as caught:
        converge(target, can_write=True)
    assert (caught.value.code, caught.value.outcome) == ("outcome_unknown", UNKNOWN)


def test_converge_reports_a_write_that_is_not_read_back_as_committed():
    server = FakeServer(EXISTING)
    target = FakeTarget(server, comment="new")
    target.blind_after = 1
    with pytest.raises(AsteraError) as caught:
        converge(target, can_write=True)
    assert (caught.value.outcome, server.commits) == (COMMITTED, 1)


def test_converge_gives_up_a_server_that_never_responds():
    server = FakeServer(EXISTING, [before_commit(lost())] * 50)
    with pytest.raises(AsteraError) as caught:
        converge(FakeTarget(server, comment="new"), can_write=True)
    assert (caught.value.outcome, server.commits) == (UNKNOWN, 0)
    assert len(server.script) == 50 - 5


def test_converge_keeps_another_field_of_another_client():
    server = FakeServer(EXISTING, [overtaken(days=30)])
    outcome = converge(FakeTarget(server, comment="new"), can_write=True)
    assert outcome.changed
    assert outcome.conflicts == []
    assert (server.stored["days"], server.stored["comment"], server.stored["unknown"]) == (30, "new", {"deep": 1})


def test_converge_overwrites_and_names_a_conflicting_value():
    server = FakeServer(EXISTING, [overtaken(comment="theirs")])
    outcome = converge(FakeTarget(server, comment="new"), can_write=True)
    assert outcome.conflicts == [{"field": "comment", "before": "old", "theirs": "theirs"}]
    assert server.stored["comment"] == "new"


def test_converge_overwrites_and_names_a_change_right_after_its_write():
    server = FakeServer(EXISTING)
    commit = server.commit

    def overtaken_at_once(payload):
        commit(payload)
        if server.commits == 1:
            server.edit(comment="theirs")

    server.commit = overtaken_at_once
    outcome = converge(FakeTarget(server, comment="new"), can_write=True)
    assert outcome.conflicts == [{"field": "comment", "before": "old", "theirs": "theirs"}]
    assert (server.commits, server.stored["comment"]) == (2, "new")


def test_converge_notices_another_client_under_the_same_timestamp():
    """Stamps are no finer than the server's clock."""

    def meet(server, payload):
        server.stored = {**server.stored, "comment": "theirs"}
        raise refused()

    server = FakeServer(EXISTING, [meet])
    outcome = converge(FakeTarget(server, comment="new"), can_write=True)
    assert outcome.conflicts == [{"field": "comment", "before": "old", "theirs": "theirs"}]
    assert server.stored["comment"] == "new"


def test_converge_reports_an_object_that_is_gone_after_its_creation():
    server = FakeServer()
    server.commit = lambda payload: None
    with pytest.raises(AsteraError) as caught:
        converge(FakeTarget(server, name="a"), can_write=True)
    assert (caught.value.code, caught.value.outcome) == ("not_found", COMMITTED)


def test_converge_fails_on_a_conflict_if_asked_to():
    server = FakeServer(EXISTING, [overtaken(comment="theirs")])
    target = FakeTarget(server, comment="new")
    target.overwrite_on_conflict = False
    with pytest.raises(AsteraError) as caught:
        converge(target, can_write=True)
    assert (caught.value.code, caught.value.outcome, server.commits) == ("conflict", NOT_COMMITTED, 0)


def test_converge_does_nothing_if_another_client_made_the_change():
    server = FakeServer(EXISTING, [overtaken(comment="new")])
    outcome = converge(FakeTarget(server, comment="new"), can_write=True)
    assert (outcome.changed, server.commits) == (False, 0)


def test_converge_adopts_an_object_that_another_run_created():
    server = FakeServer(None, [overtaken(name="a", comment="new")])
    outcome = converge(FakeTarget(server, name="a", comment="new"), can_write=True)
    assert (outcome.changed, server.commits) == (False, 0)


def test_converge_creates_an_object_that_was_deleted_meanwhile():
    def delete(server, payload):
        server.stored = None
        raise refused(404)

    server = FakeServer(EXISTING, [delete])
    assert converge(FakeTarget(server, name="a", comment="new"), can_write=True).changed
    assert server.stored["name"] == "a"


@pytest.mark.parametrize("status", [400, 403, 413])
def test_converge_reports_an_unexplained_rejection_at_once(status):
    server = FakeServer(EXISTING, [before_commit(refused(status))])
    target = FakeTarget(server, comment="new")
    with pytest.raises(AsteraError) as caught:
        converge(target, can_write=True)
    assert (caught.value.code, caught.value.outcome, server.commits) == ("rejected", NOT_COMMITTED, 0)
    assert "the thing was not written" in caught.value.message


def test_converge_limits_the_number_of_conflicts():
    server = FakeServer(EXISTING, [overtaken(days=days) for days in range(100, 150)])
    with pytest.raises(AsteraError) as caught:
        converge(FakeTarget(server, comment="new"), can_write=True)
    assert caught.value.code == "conflict"
    assert len(server.script) == 50 - MAX_CONFLICTS - 1


@pytest.mark.parametrize("stored", [None, EXISTING])
def test_converge_names_a_field_that_the_server_drops(stored):
    server = FakeServer(stored)
    commit = server.commit
    server.commit = lambda payload: commit({**payload, "days": (stored or {}).get("days", 1)})
    with pytest.raises(AsteraError, match="not applied: field days") as caught:
        converge(FakeTarget(server, name="a", comment="new", days=30), can_write=True)
    assert caught.value.outcome == COMMITTED


def test_converge_gives_up_a_field_that_the_server_changes():
    server = FakeServer(EXISTING)
    commit = server.commit
    server.commit = lambda payload: commit({**payload, "comment": f"{payload['comment']} {server.commits}"})
    with pytest.raises(AsteraError, match="not applied: field comment"):
        converge(FakeTarget(server, comment="new"), can_write=True)
    assert server.commits <= 2


class MovingTarget(FakeTarget):
    """The server changes ``when.next`` at every read, under the same timestamp."""

    def find(self, *, fresh):
        found = super().find(fresh=fresh)
        if found:
            found["when"] = {**found["when"], "next": self.reads}
        return found

    def plan(self, current):
        return plan(desired_fields((Field("when", "when", "dict"),), self.desired), current, {"id": 0})


DECLARED = {"when": {"days": ["Monday"], "next": 77, "hidden": {"at": 5}}}
KEPT = {"when": {"days": ["Friday"], "next": 0, "hidden": {"at": 5}}}


@pytest.mark.parametrize("overwrite_on_conflict", [True, False])
def test_converge_takes_no_moving_member_for_another_client_A13(overwrite_on_conflict):
    server = FakeServer(stored=KEPT)
    target = MovingTarget(server, **DECLARED)
    target.overwrite_on_conflict = overwrite_on_conflict
    with pytest.raises(AsteraError, match=r"not applied: field when\.next\. .* leave it out") as caught:
        converge(target, can_write=True)
    assert (caught.value.code, caught.value.outcome, server.commits) == ("rejected", COMMITTED, 1)


def test_converge_reports_a_rejection_despite_a_moving_member_A13():
    server = FakeServer(stored=KEPT, script=[before_commit(refused())] * 9)
    with pytest.raises(AsteraError, match="the thing was not written: no") as caught:
        converge(MovingTarget(server, **DECLARED), can_write=True)
    assert (caught.value.code, len(server.script)) == ("rejected", 8)


def test_converge_repeats_a_lost_write_despite_a_moving_member_A13():
    server = FakeServer(stored=KEPT, script=[before_commit(lost())])
    with pytest.raises(AsteraError, match="not applied"):
        converge(MovingTarget(server, **DECLARED), can_write=True)
    assert server.commits == 1


def test_converge_leaves_moving_members_alone_that_are_not_declared_A13():
    server = FakeServer(stored=KEPT)
    target = MovingTarget(server, when={"days": ["Monday"]})
    assert converge(target, can_write=True).conflicts == []
    assert server.stored["when"]["next"] == 1, "the member is not written back as it was read"
    assert not converge(target, can_write=True).changed
