# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read, plan, write only the difference, verify: how every object reaches its desired state.

Handles lost responses, concurrent changes by other clients, and writes that the server accepts but does not apply. Private to this
collection.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .. import _values
from .._client.waiting import MAX_RETRY_DELAY, Clock, conflict_delay
from .._errors import COMMITTED, NOT_COMMITTED, UNKNOWN, AsteraError, RequestError
from .._secrets import MASK
from . import compare
from .plan import Change, Plan

MAX_CONFLICTS = 5
# Seconds that a request whose response was lost has to arrive before the write is considered lost, too.
LATE_COMMIT_GRACE = 2.0
# Rejections that a change by another client can explain; any other is about this request.
_CONTENDED = (400, 404, 409, 410, 412, 422, 428)
# Responses after which the server might still be working, because a proxy can have sent them.
_MAY_COMMIT_LATER = (None, 408, 502, 503, 504)


class NotRead(enum.Enum):
    """The type of ``NOT_READ``, in place of an object: it was not read yet. None means that it was read and does not exist."""

    NOT_READ = "not read"


NOT_READ = NotRead.NOT_READ


class Convergent(Protocol):
    """An object that a task manages.

    create_is_idempotent: the server rejects a second object of the same key, so that a create can be repeated.
    overwrite_on_conflict: write the declared value over that of another client; otherwise such a conflict is a failure.
    sent: the first plan that was written, if any. wrote: whether a write was accepted.
    """

    label: str
    clock: Clock
    retries: int
    create_is_idempotent: bool
    overwrite_on_conflict: bool
    sent: Plan | None
    wrote: bool

    def find(self, *, fresh: bool) -> dict[str, Any] | None:
        """Return the object as the server has it, or None. Raise if that cannot be determined."""

    def plan(self, current: dict[str, Any] | None) -> Plan:
        """Return the plan for an object in this state, or for one that does not exist."""

    def write(self, plan: Plan) -> dict[str, Any] | None:
        """Send the payload. Return the stored object if the response contains it."""

    def read_back(self, plan: Plan, stored: dict[str, Any] | None) -> dict[str, Any] | NotRead | None:
        """Return the object after an accepted write, None if it does not exist, ``NOT_READ`` if it is not to be read."""


@dataclass
class Outcome:
    """changed: the server accepted a write (or would have). plan: the first plan, from which the diff comes.

    observed: the object is as the server has it, not only as it was sent.
    """

    changed: bool
    plan: Plan
    object: dict[str, Any] | None
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    observed: bool = True


def converge(target: Convergent, *, can_write: bool, current: dict[str, Any] | NotRead | None = NOT_READ) -> Outcome:
    """Bring an object to its desired state. If the task cannot write, return the predicted outcome."""
    if current is NOT_READ:
        current = target.find(fresh=False)
    plan = target.plan(current)
    if not plan.needed:
        return Outcome(False, plan, current)
    if not can_write:
        return Outcome(True, plan, plan.payload)
    return _ConvergeLoop(target, current, plan).run()


def not_applied(label: str, unapplied: Sequence[Change]) -> AsteraError:
    """Return the error for values that are not the written ones when they are read back."""
    fields = ", ".join(sorted({f"field {name}" for change in unapplied for name in _members(change)}))
    return AsteraError(
        "rejected",
        f"{label} was written, but not applied: {fields}. Another client might have written it since, or the server does not take it "
        "or changes it by itself. Compare with an object that the Astera client stores, or leave it out.",
        detail="; ".join(f"{change.field}: {change.before!r}" for change in unapplied),
        outcome=COMMITTED,
    )


def _members(change: Change) -> list[str]:
    """Return the names of the members that differ, so that the one to leave out of a free-form value is named."""

    def differing(name: str, before: Any, after: Any) -> list[str]:
        if not isinstance(before, dict) or not isinstance(after, dict):
            return [name]
        pairs = ((key, _values.get(before, key), item) for key, item in after.items() if item != MASK)
        parts = [(key, old, new) for key, old, new in pairs if not compare.matches(new, old)]
        return [found for key, old, new in parts for found in differing(f"{name}.{key}", old, new)] or [name]

    return differing(change.field, change.before, change.after)


class _ConvergeLoop:
    def __init__(self, target: Convergent, current: dict[str, Any] | None, plan: Plan) -> None:
        self.target = target
        self.first = self.plan = plan
        self.current = current
        self.conflicts: list[dict[str, Any]] = []
        self.conflict_count = 0
        self.lost_responses = 0
        self.outcome_uncertain = False
        self.accepted = 0
        self.observed = True

    def run(self) -> Outcome:
        self.target.sent = self.first
        try:
            return self._run()
        except AsteraError as error:
            error.outcome = self._combined_outcome(error.outcome)
            error.conflicts = self.conflicts
            raise

    def _combined_outcome(self, last: str) -> str:
        """Return the outcome of all writes together. last: that of the last one."""
        if last == UNKNOWN or (self.outcome_uncertain and not self.accepted):
            return UNKNOWN
        return COMMITTED if self.accepted else last

    def _run(self) -> Outcome:
        while self.plan.needed:
            try:
                stored = self.target.write(self.plan)
            except RequestError as error:
                if error.delivery == RequestError.REJECTED:
                    self._handle_rejection(error)
                elif error.delivery == RequestError.AMBIGUOUS:
                    self._handle_lost_response(error)
                else:
                    raise self._not_written(error) from error
                continue
            self.accepted += 1
            self.target.wrote = True
            if self._verify_write(stored):
                break
        return Outcome(
            bool(self.accepted or self.outcome_uncertain), self.first, self.current, self.conflicts, self.observed
        )

    def _handle_rejection(self, error: RequestError) -> None:
        """Plan again from the current object if another client has changed it, instead of adopting only its timestamp."""
        if self.conflict_count:
            # Many at one object must not meet again and again.
            self.target.clock.sleep(conflict_delay(self.conflict_count))
        explicable = error.status in _CONTENDED or (error.status or 0) < 300
        now = self._refetch(error, NOT_COMMITTED) if explicable else self.current
        if self._unchanged(now):
            raise self._not_written(error) from error
        self.conflict_count += 1
        if self.conflict_count > MAX_CONFLICTS:
            raise self._error(
                error,
                f"was changed by other clients before each of {MAX_CONFLICTS} writes. Run the task again when they have "
                "finished.",
                code="conflict",
            ) from error
        self._replan(now)

    def _handle_lost_response(self, error: RequestError) -> None:
        """Determine by a read whether the write was made."""
        self.lost_responses += 1
        now = self._refetch(error, UNKNOWN)
        if self._unchanged(now) and error.status in _MAY_COMMIT_LATER:
            self.target.clock.sleep(
                LATE_COMMIT_GRACE if error.retry_after is None else min(error.retry_after, MAX_RETRY_DELAY)
            )
            now = self._refetch(error, UNKNOWN)
        if not self._unchanged(now):
            self.outcome_uncertain = True
            self._replan(now)
            return
        self.outcome_uncertain = self.outcome_uncertain or error.status in _MAY_COMMIT_LATER
        # A redirect or a page would be the response to a repetition, too.
        repeatable = (self.target.create_is_idempotent or self.current is not None) and error.code != "invalid_response"
        if repeatable and self.lost_responses <= self.target.retries:
            return
        if not self.outcome_uncertain:
            raise self._error(error, f"was not written: {error.message}", outcome=NOT_COMMITTED) from error
        raise self._error(
            error,
            f"might have been written: {error.cause}. It does not exist after {self.lost_responses} attempt(s). Run the "
            "task again, which reads before it writes.",
            code="outcome_unknown",
            outcome=UNKNOWN,
        ) from error

    def _verify_write(self, stored: dict[str, Any] | None) -> bool:
        """Return whether the object is as planned. Another client might have changed it since, or the server dropped a field."""
        try:
            now = self.target.read_back(self.plan, stored)
        except AsteraError as error:
            raise self._error(
                error, f"was written, but could not be read back: {error.message}", outcome=COMMITTED
            ) from error
        if now is NOT_READ:
            self.current, self.observed = self.plan.payload, False
            return True
        if now is None:
            raise AsteraError(
                "not_found",
                f"{self.target.label} was written, but does not exist: another client removed it, or the server did not keep it. "
                "Check the log of the server and run the task again.",
                outcome=COMMITTED,
            )
        unapplied = self.target.plan(now).visible
        if unapplied and (self.accepted > 1 or not self._changed_by_other_client(unapplied) or self._moves(now)):
            raise not_applied(self.target.label, unapplied)
        if unapplied:
            self._replan(now)
            return False
        self.current = now
        return True

    def _changed_by_other_client(self, unapplied: Sequence[Change]) -> bool:
        """Return whether each unapplied value differs from the one before the write, too."""
        before = {change.field: change.before for change in self.plan.changes}
        return not any(compare.matches(before.get(change.field), change.before) for change in unapplied)

    def _replan(self, now: dict[str, Any] | None) -> None:
        plan = self.target.plan(now)
        for change in plan.visible:
            seen = _get_displayed(self.plan.before, change.field)
            if change.before != seen and now is not None:
                self.conflicts.append({"field": change.field, "before": seen, "theirs": change.before})
        if self.conflicts and not self.target.overwrite_on_conflict:
            fields = ", ".join(sorted({conflict["field"] for conflict in self.conflicts}))
            raise AsteraError(
                "conflict",
                f"{self.target.label} was changed by another client meanwhile ({fields}), and nothing was overwritten. Decide "
                "which value is correct and run the task again.",
            )
        self.current, self.plan = now, plan

    def _unchanged(self, now: dict[str, Any] | None) -> bool:
        """Return whether the object is still the one that the plan was made from."""
        if now is None or self.current is None:
            return now is None and self.current is None
        stamps = [_values.get(item, "updateDtTm") for item in (now, self.current)]
        if all(stamps) and stamps[0] != stamps[1]:
            return False
        # Timestamps have the precision of the server's clock.
        return self.target.plan(now).changes == self.plan.changes or self._moves(now)

    def _moves(self, now: dict[str, Any]) -> bool:
        """Return whether the server itself changes a declared value: it differs between two reads without a write."""
        stamp = _values.get(now, "updateDtTm")
        try:
            again = self.target.find(fresh=True) if stamp else None
        except AsteraError:
            return False
        same_version = again is not None and _values.get(again, "updateDtTm") == stamp
        return same_version and self.target.plan(again).changes != self.target.plan(now).changes

    def _refetch(self, error: RequestError, outcome: str) -> dict[str, Any] | None:
        try:
            return self.target.find(fresh=True)
        except AsteraError as second:
            if outcome == UNKNOWN:
                raise self._error(
                    error,
                    f"might have been written: {error.cause}. Reading it failed, too: {second.cause}.",
                    code="outcome_unknown",
                    outcome=UNKNOWN,
                ) from second
            raise self._error(
                error, f"was not written: {error.cause}. Reading it again failed: {second.cause}.", outcome=outcome
            ) from second

    def _not_written(self, error: AsteraError) -> AsteraError:
        """Return the error for an attempt that was not carried out, although one before it might have been."""
        if self.accepted:
            return self._error(error, f"was written, but not again after the change of another client: {error.message}")
        if self.outcome_uncertain:
            what = f"might have been written, because a response was lost: {error.message}"
            return self._error(error, what, code="outcome_unknown")
        return self._error(error, f"was not written: {error.message}")

    def _error(self, error: AsteraError, what: str, **changes: Any) -> AsteraError:
        return error.with_message(f"{self.target.label} {what}", **changes)


def _get_displayed(before: dict[str, Any], field_name: str) -> Any:
    value: Any = before
    for part in field_name.split(".", 1):
        value = value.get(part) if isinstance(value, dict) else None
    return value
