# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A window in which all servers of a cluster are paused: ``/api/Cluster``. Private to this collection.

What was there before is put back as it was. The form of the pause's ends is not published, so that they are taken away for
the window (null is what the article shows where there is none) and written back as the server gave them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.plugins.module_utils._converge import Outcome, converge
from ansible_collections.astera.data_stack.plugins.module_utils._errors import NOT_COMMITTED, AsteraError, usage
from ansible_collections.astera.data_stack.plugins.module_utils._fields import Field, Options, Want
from ansible_collections.astera.data_stack.plugins.module_utils._mark import (
    LEFT,
    NOBODYS,
    OTHERS,
    OUTER,
    Mark,
    default_owner,
)
from ansible_collections.astera.data_stack.plugins.module_utils._plan import Plan
from ansible_collections.astera.data_stack.plugins.module_utils._resource import Context, Resource, Target
from ansible_collections.astera.data_stack.plugins.module_utils.resources.cluster import FIELDS

_NAMES = ("pause_all_servers", "pause_servers_from", "pause_servers_to")
_FIELDS = [item for item in FIELDS if item.option in _NAMES]
_NOTHING = Plan((), {}, {}, {})


def _exactly(want: Any, have: Any) -> bool:
    return json.dumps(want, sort_keys=True) == json.dumps(have, sort_keys=True)


def _pausing(item: Field) -> Want:
    if item.option == _NAMES[0]:
        return Want(item, True)
    return Want(replace(item, same=lambda _want, have: _values.blank(have)), None)


PAUSED = [_pausing(item) for item in _FIELDS]


class PauseTarget(Target):
    def __init__(self, label: str, params: dict[str, Any]) -> None:
        super().__init__(label, params)
        for option in ("window", "owner"):
            if params[option] is not None and not params[option].strip():
                raise usage(f"{option} is empty; leave it out, or give a name that others will know")
        self.mark = Mark(params["state_path"])
        self.mark.check_writable()
        self.owner = params["owner"] or default_owner()
        self.told: dict[str, Any] = {}
        self._wants = PAUSED

    def join(self, context: Context) -> None:
        super().join(context)
        self.whose = self.mark.whose(context.run, self.params["window"], self.owner)
        if self.whose == OTHERS and self.params["force"]:
            self.whose = LEFT

    def find(self, *, fresh: bool) -> dict[str, Any] | None:
        try:
            return self.context.api.cluster()
        except AsteraError as error:
            if error.status not in (404, 405):
                raise
            raise error.retold(
                f"this server does not let the cluster's settings be read (HTTP {error.status}), so what was there could not be "
                "put back; pause it in the Astera client"
            ) from error

    def wants(self, current: dict[str, Any] | None) -> list[Want]:
        return self._wants

    def write(self, plan: Plan) -> dict[str, Any] | None:
        return self.context.writer.save_cluster(plan.payload)

    def begin(self) -> Outcome:
        """Write down what is there, then pause."""
        if self.whose == OTHERS:
            raise AsteraError(
                "conflict",
                f"{self.label} cannot begin: {self._theirs()}, and that run goes on ({self.mark.path}); wait for its end, or take its window over with force",
            )
        self.told["window_opened"] = self.whose != OUTER
        current = self.find(fresh=False)
        if self.whose == NOBODYS and not self.plan(current).needed:
            self.context.warn(
                "the servers are paused already, and not by a window that was begun from here: they stay paused at its end"
            )
        marked = self.whose in (NOBODYS, LEFT)
        if self.whose == LEFT:
            self._tell_of_left()
        if marked and self.context.api.can_write:
            before = self.mark.before if self.whose == LEFT else _as_it_is(current)
            self.mark.set(before, self.context.run, self.params["window"], self.owner)
        try:
            return converge(self, can_write=self.context.api.can_write, current=current)
        except AsteraError as error:
            if error.outcome == NOT_COMMITTED and self.whose == NOBODYS:
                self.mark.remove()
            raise

    def end(self) -> Outcome:
        """Put back what was there, if there is a window of ours, or one that nobody else will end."""
        if self.whose == OTHERS:
            self.context.warn(f"{self.label} is not ended: {self._theirs()}, and that run goes on")
        if self.whose in (NOBODYS, OUTER, OTHERS):
            return Outcome(False, _NOTHING, None)
        if self.whose == LEFT:
            self._tell_of_left()
        current = self.find(fresh=False)
        paused = not self.plan(current).needed
        before = self.mark.before
        self._wants = [Want(replace(item, same=_exactly), before[item.key]) for item in _FIELDS if item.key in before]
        if not paused and self.plan(current).needed:
            seen = json.dumps(_as_it_is(current))
            self.context.warn(
                f"somebody else changed the pause meanwhile: {seen}; what was there before it is put back"
            )
        outcome = converge(self, can_write=self.context.api.can_write, current=current)
        if self.context.api.can_write:
            self.mark.remove()
        return outcome

    def _tell_of_left(self) -> None:
        self.told["stale_window"] = self.mark.told()
        over = "which is over" if self.mark.certain else "of which nobody can say from here whether it is over"
        self.context.warn(
            f"{self._theirs()}, and never ended by that run, {over}; what was there before it is put back at the end"
        )

    def _theirs(self) -> str:
        theirs = self.mark.told()
        return f"the servers were paused by {theirs['owner']} at {theirs['since']} (window {theirs['window']})"

    def extras(self) -> dict[str, Any]:
        return self.told


def _as_it_is(current: dict[str, Any] | None) -> dict[str, Any]:
    found = ((item.key, _values.find_key(current or {}, item.key)) for item in _FIELDS)
    return {key: (current or {})[name] for key, name in found if name is not None}


class Pause(Resource):
    kind = "cluster"
    options = Options(
        others={
            "state": {"type": "str", "choices": ["paused", "restored"], "required": True},
            "state_path": {"type": "path", "required": True},
            "window": {"type": "str", "default": "maintenance"},
            "owner": {"type": "str"},
            "force": {"type": "bool", "default": False},
        }
    )

    def label(self, params: dict[str, Any]) -> str:
        return f"the window {params['window']}"

    def target(self, params: dict[str, Any]) -> Target:
        return PauseTarget(self.label(params), params)

    def carry_out(self, target: PauseTarget, context: Context, current: Any = None) -> Outcome:
        target.join(context)
        return target.begin() if target.params["state"] == "paused" else target.end()


PAUSE = Pause()
