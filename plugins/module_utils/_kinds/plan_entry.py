# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One object of a document of many, from its plan to what became of it. Private to this collection."""

from __future__ import annotations

from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils._engine.converge import Outcome, Unread
from ansible_collections.astera.data_stack.plugins.module_utils._engine.kind import Named, Resource, Target, TaskContext
from ansible_collections.astera.data_stack.plugins.module_utils._engine.plan import Plan
from ansible_collections.astera.data_stack.plugins.module_utils._errors import COMMITTED, NOT_COMMITTED, AsteraError
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.schedule import runs_of
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import mask

NOTHING = Plan((), {}, {}, {})


class PlanEntry:
    """One object of the document, and what became of it."""

    def __init__(self, resource: Resource, target: Target, deactivates: bool = False) -> None:
        self.resource = resource
        self.target = target
        self.current: Any = Unread
        self.plan = NOTHING
        self.outcome: Outcome | None = None
        self.error: AsteraError | None = None
        self._deactivates = deactivates

    @property
    def kind(self) -> str:
        return self.resource.kind

    @property
    def name(self) -> str:
        return self.target.name if isinstance(self.target, Named) else self.kind

    @property
    def committed(self) -> bool:
        wrote = self.outcome is not None and self.outcome.changed
        return wrote or self.target.wrote or (self.error is not None and self.error.outcome == COMMITTED)

    @property
    def predicted(self) -> bool:
        return self.plan.needed and not self.error and not self.target.context.api.can_write

    @property
    def untried(self) -> bool:
        """Whether the task ended before this object was read, or before it was written."""
        return not self.outcome and not self.error and (self.plan.needed or self.current is Unread)

    def look(self, context: TaskContext) -> None:
        self.current, self.plan = self.resource.planned(self.target, context)

    def write(self, context: TaskContext) -> None:
        self.outcome = self.resource.carry_out(self.target, context, self.current)

    @property
    def action(self) -> str:
        fields = {change.field for change in self.plan.changes}
        if not fields:
            return "none"
        if self._deactivates:
            return "deactivate"
        if self.kind == "license":
            return "activate" if fields == {"activated"} else "register"
        if not isinstance(self.target, Named):
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
        told = {
            "kind": self.kind,
            "name": self.name,
            "action": self.action,
            "changed": self.committed or self.predicted,
            "fields": fields,
            "outcome": outcome,
            "error": {"msg": self.error.message, **self.error.as_dict()} if self.error else None,
        }
        # What nobody has looked at has no plan, and no clock.
        looked = self.kind == "schedule" and self.plan.payload
        return {**told, **runs_of(self.plan.payload, self.target.clock)} if looked else told
