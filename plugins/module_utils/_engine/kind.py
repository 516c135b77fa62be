# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all kinds of objects have in common. Private to this collection."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from .. import _values
from .._errors import AsteraError, usage
from .._secrets import drop_secrets
from .converge import NOT_READ, Outcome, converge
from .fields import DesiredField, Options
from .lists import TaskContext
from .plan import Plan, plan

MAX_NAME_LENGTH = 1000
ON_CONFLICT = MappingProxyType({"type": "str", "choices": ("overwrite", "fail"), "default": "overwrite"})
# Keys that the server maintains; settings cannot contain them.
SERVER_KEYS = ("id", "createdDtTm", "updateDtTm")


class Operation:
    """What a module does: its options, and in an instance the work of one task.

    A subclass whose constructor returns has validated all that can be validated without the server.

    kind: the key of the object in results. label_template: names the object in messages. reads_only: a task changes nothing, even in
    a real run. shared: the options for what all servers of a cluster share; own: those for what each server has.
    list_results: the keys of results that are lists, empty if another server of the cluster did the work. omit_if_empty: the options
    that declare nothing if they are an empty dictionary.
    """

    kind = ""
    label_template = ""
    options = Options()
    reads_only = False
    shared: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    list_results: tuple[str, ...] = ()
    omit_if_empty: tuple[str, ...] = ()
    context: TaskContext

    def __init__(self, params: dict[str, Any]) -> None:
        self.params = params
        self.label = self.describe(params)
        # Whether the server has accepted a write.
        self.wrote = False
        # The first plan that was sent.
        self.sent: Plan | None = None

    @classmethod
    def describe(cls, params: dict[str, Any]) -> str:
        """Return how messages name the object of these parameters, valid or not."""
        return cls.label_template.format_map(params)

    def bind(self, context: TaskContext) -> None:
        """Accept what the objects of the task share."""
        self.context = context
        self.clock = context.api.session.clock
        self.retries = context.api.session.connection.retries

    def apply(self) -> Outcome:
        """Do the work, or in check mode predict its outcome."""
        raise NotImplementedError

    def to_result(self, found: Any) -> Any:
        """Return the object as the result shows it."""
        return format_item(found)

    def extra_results(self) -> dict[str, Any]:
        """Return what the result has in addition to the object."""
        return {}

    def close(self) -> None:
        """Release what the task holds, whatever its outcome."""


class Kind(Operation):
    """A kind of object that converges to a desired state. template: the payload that a new object begins with."""

    create_is_idempotent = True
    template: Mapping[str, Any] = MappingProxyType({})

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.overwrite_on_conflict = params.get("on_conflict") != "fail"
        self.write_secrets = False

    def find(self, *, fresh: bool) -> dict[str, Any] | None:
        raise NotImplementedError

    def desired_fields(self, current: dict[str, Any] | None) -> list[DesiredField]:
        raise NotImplementedError

    def write(self, plan: Plan) -> dict[str, Any] | None:
        raise NotImplementedError

    def plan(self, current: dict[str, Any] | None) -> Plan:
        return plan(self.desired_fields(current), current, dict(self.template), write_secrets=self.write_secrets)

    def read_back(self, plan: Plan, stored: dict[str, Any] | None) -> Any:
        return stored or self.find(fresh=True)

    def make_plan(self) -> tuple[Any, Plan]:
        """Return the object as it is, and the plan for it."""
        current = self.find(fresh=False)
        return current, self.plan(current)

    def apply(self, current: Any = NOT_READ) -> Outcome:
        """current: what ``make_plan`` returned, if it was called before."""
        return converge(self, can_write=self.context.api.can_write, current=current)


class Named(Kind):
    """A kind whose objects are found by name: deployments and schedules."""

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        validate_name("name", params["name"])
        validate_name("new_name", params["new_name"])
        self.name: str = params["name"]
        self.new_name: str | None = params["new_name"]

    def find(self, *, fresh: bool) -> dict[str, Any] | None:
        names = self.context.lists.get_index(self.kind, fresh=fresh)
        old = names.find_unique(self.name, self.new_name)
        if self.new_name is None or self.new_name == self.name:
            return old
        new = names.find_unique(self.new_name, self.name)
        if old and new:
            raise AsteraError(
                "conflict",
                f"{self.label} cannot be renamed to {self.new_name!r}, because there is one of that name. Delete or "
                "rename one of them.",
            )
        return old or new

    def read_back(self, plan: Plan, stored: dict[str, Any] | None) -> Any:
        found = self.fetch_stored(plan, stored)
        if isinstance(found, dict):
            self.context.lists.update(self.kind, found)
        return found

    def fetch_stored(self, plan: Plan, stored: dict[str, Any] | None) -> Any:
        """Return the object after an accepted write, from the response to the write or from the server."""
        if self.context.lists.deferred:
            return stored or NOT_READ
        return stored or self.find(fresh=True)

    @property
    def final_name(self) -> str:
        return self.new_name or self.name


def format_item(found: Any) -> Any:
    """Return an object as results show it: keys in snake case, without secrets."""
    return _values.snake_keys(drop_secrets(found))


def validate_name(option: str, name: str | None) -> None:
    """Raise for a name that a server might trim or truncate, because it could never be found again."""
    if name is None:
        return
    if not name.strip():
        raise usage(f"{option} is empty. Give the name of the object.")
    if name != name.strip() or len(name) > MAX_NAME_LENGTH or any(ord(character) < 32 for character in name):
        raise usage(
            f"{option} {name[:40]!r} has whitespace around it, control characters, or more than {MAX_NAME_LENGTH} characters. "
            "Remove them."
        )
