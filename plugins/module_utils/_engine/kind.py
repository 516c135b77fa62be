# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all kinds of objects have in common: finding one, planning it, looking at it again. Private to this collection.

A kind of object is a ``Resource`` in ``resources/``: its options, and a ``Target`` that knows its calls.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.plugins.module_utils._engine.converge import Outcome, Unread, converge
from ansible_collections.astera.data_stack.plugins.module_utils._engine.fields import DesiredField, Options
from ansible_collections.astera.data_stack.plugins.module_utils._engine.plan import Plan, plan
from ansible_collections.astera.data_stack.plugins.module_utils._errors import (
    AsteraError,
    escape_control_characters,
    usage,
)
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import drop_secrets

if TYPE_CHECKING:
    from ansible_collections.astera.data_stack.plugins.module_utils._client.client import Client, ReadOnlyClient

MAX_NAME_LENGTH = 1000
ON_CONFLICT = {"type": "str", "choices": ["overwrite", "fail"], "default": "overwrite"}
# What the server keeps itself; nobody may set it by way of settings.
SERVER_KEYS = ("id", "createdDtTm", "updateDtTm")


class NameIndex:
    """A list from the server, looked up by name or id."""

    def __init__(self, kind: str, items: Iterable[dict[str, Any]]) -> None:
        self.kind = kind
        self.items: dict[Any, dict[str, Any]] = {}
        self._exact: dict[str, list[Any]] = {}
        self._alike: dict[str, set[str]] = {}
        for item in items:
            self.put(item)

    def put(self, item: dict[str, Any]) -> None:
        """Take over an object as it is now, new or changed."""
        key: Any = _values.to_int(_values.get(item, "id"))
        if key in self.items:
            self._exact[_name(self.items[key])].remove(key)
        elif key is None:
            key = object()
        self.items[key] = item
        self._exact.setdefault(_name(item), []).append(key)
        self._alike.setdefault(_values.lookalike_key(_name(item)), set()).add(_name(item))

    def one(self, name: str, renaming: str | None = None) -> dict[str, Any] | None:
        """The one object of this name, or None. Two of them, or a look-alike, are an error that names them.

        Whether the server tells "ETL" from "etl" is not published: to create the one beside the other would be a guess.
        renaming: the other name of a renaming, which may look alike.
        """
        wanted = _values.name_key(name)
        found = [self.items[key] for key in self._exact.get(wanted, [])]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(str(_values.get(item, "id")) for item in found)
            way_out = "; choose one with the option id" if self.kind == "schedule" else "; delete or rename one of them"
            raise AsteraError(
                "ambiguous_name", f"there are {len(found)} {self.kind}s named {name!r} (ids {ids}){way_out}"
            )
        spared = _values.name_key(renaming or "")
        others = self._alike.get(_values.lookalike_key(wanted), set())
        alike = sorted(other for other in others if other != spared and self._exact.get(other))
        if alike:
            raise AsteraError(
                "ambiguous_name",
                f"there is no {self.kind} named {name!r}, but one named {alike[0]!r}; write its name exactly so, or rename it",
            )
        return None

    def by_id(self, wanted: int) -> dict[str, Any] | None:
        return self.items.get(_values.to_int(wanted))


def _name(item: dict[str, Any]) -> str:
    return _values.name_key(_values.get(item, "name", ""))


class ListCache:
    """Lists that were read before, for those who look again within a moment: the items of a loop, the objects of a document.

    seconds: how old a list may be. What is older, or was written meanwhile by others, is read again when it matters: a
    write that was planned from an old list is refused by the server, for it carries the old time stamp.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.lists: dict[str, tuple[float, NameIndex]] = {}


class CachedLists:
    """The server's lists, each read once unless a fresh one is asked for."""

    def __init__(self, api: ReadOnlyClient, shelf: ListCache | None = None) -> None:
        self._read = {"deployment": api.deployments, "schedule": api.schedules}
        self._clock = api.session.clock
        self._shelf = shelf or ListCache(float("inf"))
        # True: what was written is not looked at one by one, but together when all is done.
        self.deferred = False
        self._unexpected_response: dict[str, AsteraError] = {}
        self._lock = threading.Lock()

    def of(self, kind: str, *, fresh: bool = False) -> NameIndex:
        with self._lock:
            if fresh or not self.has(kind):
                if not fresh and kind in self._unexpected_response:
                    raise self._unexpected_response[kind]
                self._shelf.lists[kind] = (self._clock.monotonic(), self._names(kind))
            return self._shelf.lists[kind][1]

    def _names(self, kind: str) -> NameIndex:
        """A list that cannot be read is not asked for once more for each object that wants it."""
        self._unexpected_response.pop(kind, None)
        try:
            return NameIndex(kind, self._read[kind]())
        except AsteraError as error:
            self._unexpected_response[kind] = error
            raise

    def has(self, kind: str) -> bool:
        """Whether there is a list that may still be used."""
        kept = self._shelf.lists.get(kind)
        return kept is not None and self._clock.monotonic() - kept[0] <= self._shelf.seconds

    def put(self, kind: str, item: dict[str, Any]) -> None:
        """Keep the list right after a write of our own."""
        with self._lock:
            if kind in self._shelf.lists:
                self._shelf.lists[kind][1].put(item)

    def forget(self) -> None:
        with self._lock:
            self._shelf.lists.clear()
            self._unexpected_response.clear()


class TaskContext:
    """What the objects of one task share.

    shelf: lists that outlive the task. tell: takes a line on how far a long upload or wait is. run: a name for the run that
    the task is part of, where that is known.
    """

    def __init__(
        self,
        api: ReadOnlyClient,
        shelf: ListCache | None = None,
        tell: Callable[[str], None] | None = None,
        run: str | None = None,
    ) -> None:
        self.api = api
        self.run = run
        self.catalogue = CachedLists(api, shelf)
        self.tell = tell or (lambda _line: None)
        self.warnings: list[str] = []
        # Of ansible-core, for reports; only the task knows it.
        self.ansible_version = ""
        # Deployments that this very task is going to make.
        self.planned_deployments: set[str] = set()

    @property
    def writer(self) -> Client:
        if not self.api.can_write:
            raise TypeError("only a real run writes")
        return cast("Client", self.api)

    def warn(self, message: str) -> None:
        # It may quote a server.
        message = escape_control_characters(message)
        if message not in self.warnings:
            self.warnings.append(message)


def item_shown(found: Any, _context: TaskContext) -> Any:
    """An object as results say it: keys in snake case, secrets left out."""
    return _values.snake_keys(drop_secrets(found))


class Target:
    """One object of one task. Subclasses name the calls and the wanted fields."""

    create_is_idempotent = True
    overwrite_on_conflict = True
    write_secrets = False
    wrote = False
    # What was sent first, once anything was.
    sent: Plan | None = None
    template: dict[str, Any] = {}

    def __init__(self, label: str, params: dict[str, Any]) -> None:
        self.label = label
        self.params = params

    def join(self, context: TaskContext) -> None:
        self.context = context
        self.clock = context.api.session.clock
        self.retries = context.api.session.connection.retries

    def find(self, *, fresh: bool) -> dict[str, Any] | None:
        raise NotImplementedError

    def wants(self, current: dict[str, Any] | None) -> list[DesiredField]:
        raise NotImplementedError

    def write(self, plan: Plan) -> dict[str, Any] | None:
        raise NotImplementedError

    def plan(self, current: dict[str, Any] | None) -> Plan:
        return plan(self.wants(current), current, self.template, write_secrets=self.write_secrets)

    def observe(self, plan: Plan, stored: dict[str, Any] | None) -> Any:
        return stored or self.find(fresh=True)

    def shown(self, found: Any) -> Any:
        """The object as the result says it."""
        return item_shown(found, self.context)

    def extras(self) -> dict[str, Any]:
        """What the result says beside the object."""
        return {}

    def close(self) -> None:
        pass


class Named(Target):
    """An object that is found by its name: a deployment or a schedule."""

    kind = ""

    def __init__(self, label: str, params: dict[str, Any]) -> None:
        super().__init__(label, params)
        self.name: str = params["name"]
        self.new_name: str | None = params["new_name"]
        self.overwrite_on_conflict = params["on_conflict"] == "overwrite"

    def find(self, *, fresh: bool) -> dict[str, Any] | None:
        names = self.context.catalogue.of(self.kind, fresh=fresh)
        old = names.one(self.name, self.new_name)
        if self.new_name is None or self.new_name == self.name:
            return old
        new = names.one(self.new_name, self.name)
        if old and new:
            raise AsteraError(
                "conflict",
                f"{self.label} cannot be renamed to {self.new_name!r}, for there is one of that name already; delete or "
                "rename one of them",
            )
        return old or new

    def observe(self, plan: Plan, stored: dict[str, Any] | None) -> Any:
        found = self.look(plan, stored)
        if isinstance(found, dict):
            self.context.catalogue.put(self.kind, found)
        return found

    def look(self, plan: Plan, stored: dict[str, Any] | None) -> Any:
        """The object after an accepted write, from the write's answer or from the server."""
        if self.context.catalogue.deferred:
            return stored or Unread
        return stored or self.find(fresh=True)

    @property
    def final_name(self) -> str:
        return self.new_name or self.name


_Target = TypeVar("_Target", bound=Target)


class Resource(Generic[_Target]):
    """One kind of object: its name in results, its options, and what makes a target of a task's parameters."""

    kind = ""
    options = Options()
    # Whether a task can change nothing, even in a real run.
    reads_only = False
    # The options for what all servers of a cluster share, which one of them writes, and for what each server has of its own.
    shared: tuple[str, ...] = ()
    own: tuple[str, ...] = ()

    def label(self, params: dict[str, Any]) -> str:
        raise NotImplementedError

    def target(self, params: dict[str, Any]) -> _Target:
        """Checks what can be checked without the server, and raises on bad input."""
        raise NotImplementedError

    def planned(self, target: _Target, context: TaskContext) -> tuple[Any, Plan]:
        """What is there now, and what would be done about it."""
        target.join(context)
        current = target.find(fresh=False)
        return current, target.plan(current)

    def carry_out(self, target: _Target, context: TaskContext, current: Any = Unread) -> Outcome:
        """current: what ``planned`` found, if it was asked before."""
        target.join(context)
        return converge(target, can_write=context.api.can_write, current=current)

    def unchanged(self) -> dict[str, Any]:
        """The result of a task whose work another server of the cluster has done."""
        return {"changed": False}

    def drop_empty(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments of a task without those that declare nothing."""
        return arguments

    def files(self, params: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, str]]:
        """The options that name a file of this side: the dict that they are in, their name, the kind of file."""
        return iter(())


def validate_name(option: str, name: str | None) -> None:
    """Names are compared as they are, so one that a server would trim or cut could never be found again."""
    if name is None:
        return
    if not name.strip():
        raise usage(f"{option} is empty; give the name of the object")
    if name != name.strip() or len(name) > MAX_NAME_LENGTH or any(ord(character) < 32 for character in name):
        raise usage(
            f"{option} {name[:40]!r} has blanks around it, control characters, or more than {MAX_NAME_LENGTH} characters; "
            "give it without them"
        )
