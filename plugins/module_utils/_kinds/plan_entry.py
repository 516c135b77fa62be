# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One object of a document of many, from its plan to what became of it. Private to this collection."""

from __future__ import annotations

from typing import Any

from .._engine.converge import NOT_READ, Outcome
from .._engine.kind import Kind, Named
from .._engine.plan import EMPTY_PLAN
from .._errors import COMMITTED, NOT_COMMITTED, UNKNOWN, AsteraError
from .._secrets import mask
from .license import License
from .schedule import list_next_runs

_MAX_LABELS = 20


class PlanEntry:
    """One object of the document, and what became of it."""

    def __init__(self, item: Kind | License, deactivates: bool = False) -> None:
        self.item = item
        self.current: Any = NOT_READ
        self.plan = EMPTY_PLAN
        self.outcome: Outcome | None = None
        self.error: AsteraError | None = None
        self._deactivates = deactivates

    @property
    def kind(self) -> str:
        return self.item.kind

    @property
    def name(self) -> str:
        return self.item.name if isinstance(self.item, Named) else self.kind

    @property
    def final_name(self) -> str:
        return self.item.final_name if isinstance(self.item, Named) else self.kind

    @property
    def committed(self) -> bool:
        wrote = self.outcome is not None and self.outcome.changed
        return wrote or self.item.wrote or (self.error is not None and self.error.outcome == COMMITTED)

    @property
    def predicted(self) -> bool:
        return self.plan.needed and not self.error and not self.item.context.api.can_write

    @property
    def untried(self) -> bool:
        """Whether the task ended before this object was read, or before it was written."""
        return not self.outcome and not self.error and (self.plan.needed or self.current is NOT_READ)

    def make_plan(self) -> None:
        self.current, self.plan = self.item.make_plan()

    def apply(self) -> None:
        self.outcome = self.item.apply(self.current)

    @property
    def action(self) -> str:
        fields = {change.field for change in self.plan.changes}
        if not fields:
            return "none"
        if self._deactivates:
            return "deactivate"
        if self.kind == "license":
            return "activate" if fields == {"activated"} else "register"
        if not isinstance(self.item, Named):
            return "update"
        if self.current is None:
            return "create"
        return "rename" if "name" in fields else "update"

    def report(self) -> dict[str, Any]:
        """outcome: of what was written; null where nothing was to be written, or only predicted."""
        outcome = None
        if self.error:
            outcome = self.error.outcome
        elif self.outcome:
            outcome = COMMITTED if self.outcome.changed else NOT_COMMITTED
        fields = [
            {"path": change.field, "before": mask(change.before), "after": mask(change.after)}
            for change in self.plan.changes
        ]
        result: dict[str, Any] = {
            "kind": self.kind,
            "name": self.name,
            "action": self.action,
            "changed": self.committed or self.predicted,
            "fields": fields,
            "outcome": outcome,
            "error": {"msg": self.error.message, **self.error.as_dict()} if self.error else None,
        }
        # An object that was not read has no plan, and no clock.
        is_planned = self.kind == "schedule" and self.plan.payload
        return {**result, **list_next_runs(self.plan.payload, self.item.clock)} if is_planned else result


def combine_errors(entries: list[PlanEntry], pause_error: AsteraError | None) -> AsteraError | None:
    """Return one error for all objects that failed, None if there is none."""
    errors = [entry.error for entry in entries if entry.error]
    if not errors:
        return None
    first = errors[0]
    message = first.message
    if len(entries) > 1:
        failed = [entry.item.label for entry in entries if entry.error]
        # Of a failed object a file might be stored, or all of it. Its own message says what is known.
        written = [entry.item.label for entry in entries if entry.committed and not entry.error]
        left = [entry.item.label for entry in entries if entry.untried]
        message = (
            f"{_listed(failed)} of {len(entries)} objects failed, {_listed(written)} were written, {_listed(left)} were "
            f"not tried. The first error: {first.cause}. See plan for each object, and run the task again to continue."
        )
    if pause_error:
        message = f"{message.removesuffix('.')}. The pause was not ended: {pause_error.cause}."
    outcomes = {error.outcome for error in errors}
    return first.with_message(
        message, outcome=next(word for word in (UNKNOWN, COMMITTED, NOT_COMMITTED) if word in outcomes)
    )


def _listed(labels: list[str]) -> str:
    """Return how many there are, and their names as far as a sentence can hold them."""
    if not labels:
        return "0"
    more = ", …" if len(labels) > _MAX_LABELS else ""
    return f"{len(labels)} ({', '.join(labels[:_MAX_LABELS])}{more})"
