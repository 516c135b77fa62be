# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all kinds of objects have in common: finding one, planning it, looking at it again. Private to this collection.

A kind of object is a ``Resource`` in ``resources/``: its options, and a ``Target`` that knows its calls.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.plugins.module_utils._api import Api, WriteApi
from ansible_collections.astera.data_stack.plugins.module_utils._converge import Outcome, converge
from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError, usage
from ansible_collections.astera.data_stack.plugins.module_utils._fields import Options, Want
from ansible_collections.astera.data_stack.plugins.module_utils._plan import Plan, plan

_LONGEST_NAME = 1000
ON_CONFLICT = {"type": "str", "choices": ["converge", "fail"], "default": "converge"}
# What the server keeps itself; nobody may set it by way of settings.
SERVER_KEYS = ("id", "createdDtTm", "updateDtTm")


class Names:
    """A list from the server, looked up by name or id."""

    def __init__(self, kind: str, items: Iterable[dict[str, Any]]) -> None:
        self.kind = kind
        self.items = list(items)
        self._exact: dict[str, list[dict[str, Any]]] = {}
        self._alike: dict[str, list[str]] = {}
        for item in self.items:
            name = _values.name_key(_values.get(item, "name", ""))
            self._exact.setdefault(name, []).append(item)
            self._alike.setdefault(name.strip().casefold(), []).append(name)

    def one(self, name: str, renaming: str | None = None) -> dict[str, Any] | None:
        """The one object of this name, or None. Two of them, or a look-alike, are an error that names them.

        Whether the server tells "ETL" from "etl" is not published: to create the one beside the other would be a guess.
        renaming: the other name of a renaming, which may look alike.
        """
        found = self._exact.get(_values.name_key(name), [])
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(str(_values.get(item, "id")) for item in found)
            way_out = "; choose one with the option id" if self.kind == "schedule" else "; delete or rename one of them"
            raise AsteraError(
                "ambiguous_name", f"there are {len(found)} {self.kind}s named {name!r} (ids {ids}){way_out}"
            )
        spared = _values.name_key(renaming or "")
        alike = [other for other in self._alike.get(_values.name_key(name).strip().casefold(), []) if other != spared]
        if alike:
            raise AsteraError(
                "ambiguous_name",
                f"there is no {self.kind} named {name!r}, but one named {alike[0]!r}; write its name exactly so, or rename it",
            )
        return None

    def by_id(self, wanted: int) -> dict[str, Any] | None:
        return next((item for item in self.items if _values.same_number(wanted, _values.get(item, "id"))), None)


class Catalogue:
    """The server's lists, each read once unless a fresh one is asked for."""

    def __init__(self, api: Api) -> None:
        self._read = {"deployment": api.deployments, "schedule": api.schedules}
        self._lists: dict[str, Names] = {}

    def of(self, kind: str, *, fresh: bool = False) -> Names:
        if fresh or kind not in self._lists:
            self._lists[kind] = Names(kind, self._read[kind]())
        return self._lists[kind]


class Context:
    """What the objects of one task share."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.catalogue = Catalogue(api)
        self.warnings: list[str] = []

    @property
    def writer(self) -> WriteApi:
        assert isinstance(self.api, WriteApi), "only a real run writes"
        return self.api

    def warn(self, message: str) -> None:
        if message not in self.warnings:
            self.warnings.append(message)


class Target:
    """One object of one task. Subclasses name the calls and the wanted fields."""

    creates_once = True
    overwrites = True
    write_secrets = False
    # True once a write was accepted that the object itself does not show: a file, a licence key.
    wrote_beside = False
    template: dict[str, Any] = {}

    def __init__(self, label: str, params: dict[str, Any]) -> None:
        self.label = label
        self.params = params

    def join(self, context: Context) -> None:
        self.context = context
        self.clock = context.api.session.clock
        self.retries = context.api.session.connection.retries

    def find(self, *, fresh: bool) -> dict[str, Any] | None:
        raise NotImplementedError

    def wants(self, current: dict[str, Any] | None) -> list[Want]:
        raise NotImplementedError

    def write(self, plan: Plan) -> dict[str, Any] | None:
        raise NotImplementedError

    def plan(self, current: dict[str, Any] | None) -> Plan:
        return plan(self.wants(current), current, self.template, write_secrets=self.write_secrets)

    def observe(self, plan: Plan, stored: dict[str, Any] | None) -> dict[str, Any] | None:
        return stored or self.find(fresh=True)

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
        self.overwrites = params["on_conflict"] == "converge"

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

    @property
    def final_name(self) -> str:
        return self.new_name or self.name


class Resource:
    """One kind of object: its name in results, its options, and what makes a target of a task's parameters."""

    kind = ""
    options = Options()

    def label(self, params: dict[str, Any]) -> str:
        raise NotImplementedError

    def target(self, params: dict[str, Any]) -> Target:
        """Checks what can be checked without the server, and raises on bad input."""
        raise NotImplementedError

    def carry_out(self, target: Target, context: Context) -> Outcome:
        target.join(context)
        return converge(target, can_write=context.api.can_write)


def checked_name(option: str, name: str | None) -> None:
    """Names are compared as they are, so one that a server would trim or cut could never be found again."""
    if name is None:
        return
    if not name.strip():
        raise usage(f"{option} is empty; give the name of the object")
    if name != name.strip() or len(name) > _LONGEST_NAME or any(ord(character) < 32 for character in name):
        raise usage(
            f"{option} {name[:40]!r} has blanks around it, control characters, or more than {_LONGEST_NAME} characters; "
            "give it without them"
        )
