# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A window in which all servers of a cluster are paused: ``/api/Cluster``. Private to this collection.

The previous settings are restored as they were. The format of the ends of a pause is not published, so they are removed for the
window (null is what the article shows where there is none) and written back as the server returned them.
"""

from __future__ import annotations

import getpass
import json
import os
import platform
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from .. import _values
from .._engine.converge import NOT_READ, Outcome, converge
from .._engine.fields import DesiredField, Options
from .._engine.kind import Kind
from .._engine.lists import TaskContext
from .._engine.plan import EMPTY_PLAN, Plan
from .._errors import NOT_COMMITTED, AsteraError, usage
from .._files import StateFile, resolve_path
from .cluster import FIELDS

_FIELDS = [item for item in FIELDS if item.option.startswith("pause_")]
_ALL, *_ENDS = _FIELDS


def _exactly(desired: Any, current: Any) -> bool:
    return json.dumps(desired, sort_keys=True) == json.dumps(current, sort_keys=True)


def _is_unset(_desired: Any, current: Any) -> bool:
    return _values.is_empty(current)


_PAUSED = [DesiredField(_ALL, True), *(DesiredField(replace(item, comparator=_is_unset), None) for item in _ENDS)]


# Whose the state file is: there is none; this window's; an outer window's of this run; one that an earlier run of the same owner
# left behind; or another owner's.
ABSENT, OWN, OUTER, STALE, FOREIGN = "absent", "own", "outer", "stale", "foreign"


class PauseState(StateFile):
    """The previous settings, and whose window it is. It is written before the first change and removed after the last one.

    A run that is killed in between leaves it for the next run of the same owner. A window that one task opens and closes is kept
    by the lock of its file for as long as that task is alive. Whether the run of any other window is still in progress cannot be
    determined: process ids mean nothing on another host or in another container.
    """

    option = "state_path"

    @property
    def before(self) -> dict[str, Any]:
        """Return the keys and values of the API as they were, to the last byte."""
        return dict(self.content.get("before") or {})

    def to_result(self) -> dict[str, str]:
        return {key: str(self.content.get(key)) for key in ("owner", "since", "window")}

    @property
    def is_kept(self) -> bool:
        """Whether the window was opened by a task that keeps the lock of the file until it closes the window."""
        return bool(self.content.get("kept"))

    def relation(self, run: str | None, window: str, owner: str) -> str:
        """run: None for a module, which does not know the run that it is part of."""
        if not self.exists:
            return ABSENT
        theirs = self.content.get("run")
        if owner != self.content.get("owner") or (run and run in self.content.get("previous_runs", [])):
            return FOREIGN
        if run and theirs and run != theirs:
            return STALE
        return OWN if window == self.content.get("window") else OUTER

    def is_of_cluster(self, identity: dict[str, Any]) -> bool:
        """Compare the cluster_id, or else the address of the server, or what is unique to a repository."""
        theirs = self.content.get("cluster") or {}
        if identity["cluster_id"] and theirs.get("cluster_id"):
            return bool(identity["cluster_id"] == theirs["cluster_id"])
        shown = identity["created"] is not None and identity["created"] == theirs.get("created")
        return shown or bool(identity["server"] == theirs.get("server"))


class Pause(Kind):
    """keeps: whether one task opens and closes the window. opened: whether this object has opened it."""

    kind = "cluster"
    label_template = "the window {window}"
    options = Options(
        others={
            "state": {"type": "str", "choices": ["paused", "restored"], "required": True},
            "state_path": {"type": "path", "required": True},
            "window": {"type": "str", "default": "maintenance"},
            "owner": {"type": "str"},
            "cluster_id": {"type": "str"},
            "force": {"type": "bool", "default": False},
        }
    )
    shared = ("state",)

    def __init__(self, params: dict[str, Any], *, keeps: bool = False) -> None:
        super().__init__(params)
        self.keeps = keeps
        self.opened = False
        for option in ("window", "owner", "cluster_id"):
            if params[option] is not None and not params[option].strip():
                raise usage(f"{option} is empty. Omit it, or give a name that other people know.")
        if not params["state_path"].strip():
            raise usage("state_path is empty. Give the path of a file in a directory that only this account can write.")
        self.window = params["window"]
        self.owner = params["owner"] or default_owner()
        self.result: dict[str, Any] = {}
        self._desired = _PAUSED

    def bind(self, context: TaskContext) -> None:
        super().bind(context)
        server = context.api.session.server_url
        cluster_id = self.params["cluster_id"]
        self.state = PauseState(resolve_path(self.params["state_path"], cluster_id or server))
        self.state.check_writable()
        self._cluster = {"cluster_id": cluster_id, "server": server, "created": None}
        self.relation = self.state.relation(context.run_id, self.window, self.owner)

    def refresh(self) -> None:
        """Read the state file again."""
        self.state.reload()
        self.relation = self.state.relation(self.context.run_id, self.window, self.owner)

    @property
    def can_close(self) -> bool:
        """Whether the window in the state file can be closed by this task without a request of the user."""
        return self.opened or not (self.relation == FOREIGN or self.state.in_use or self._is_of_other_tasks)

    @property
    def _is_of_other_tasks(self) -> bool:
        """Whether another run has opened the window by a task of its own, and closes it by another one."""
        return self.keeps and self.relation == STALE and not self.state.is_kept

    def find(self, *, fresh: bool) -> dict[str, Any] | None:
        return self.context.api.cluster()

    def desired_fields(self, current: dict[str, Any] | None) -> list[DesiredField]:
        return self._desired

    def write(self, plan: Plan) -> dict[str, Any] | None:
        return self.context.writer.save_cluster(plan.payload)

    def apply(self, current: Any = NOT_READ) -> Outcome:
        return self.begin() if self.params["state"] == "paused" else self.end()

    def begin(self) -> Outcome:
        """Save the previous settings, then pause."""
        current = self._current()
        if self.relation == OWN and not (self.context.run_id and self.state.content.get("run")):
            # A module cannot distinguish a window of its own run from one that a killed run left.
            self.relation = STALE
        if self.relation == ABSENT and not self.plan(current).needed:
            self.context.warn(
                "the servers are paused already, and not by a window of this module. They stay paused at its end."
            )
        if self.relation == STALE:
            self._report_stale_window()
        is_new = self.relation in (ABSENT, FOREIGN)
        if self.context.api.can_write:
            self._open(current, is_new)
        self.result["window_opened"] = self.relation != OUTER
        try:
            return converge(self, can_write=self.context.api.can_write, current=current)
        except AsteraError as error:
            if error.outcome == NOT_COMMITTED and is_new and self.context.api.can_write:
                self.state.remove()
                self.opened = False
                del self.result["window_opened"]
            raise

    def _open(self, current: dict[str, Any] | None, is_new: bool) -> None:
        if is_new or self.relation == STALE:
            run, content = self.context.run_id, self.state.content
            previous_runs = [*content.get("previous_runs", []), content.get("run")]
            self.state.save(
                {
                    "owner": self.owner,
                    "window": self.window,
                    "since": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "run": run,
                    "kept": self.keeps,
                    "previous_runs": [other for other in previous_runs if other and other != run],
                    "cluster": self._cluster,
                    "before": _pick_pause_settings(current) if is_new else self.state.before,
                }
            )
        if self.keeps and self.relation != OUTER:
            self.state.keep()
            self.opened = True
            self.relation = OWN

    def end(self) -> Outcome:
        """Restore the previous settings, unless an outer window needs the pause."""
        if self.relation in (ABSENT, OUTER):
            return Outcome(False, EMPTY_PLAN, None)
        current = self._current()
        if self.relation == FOREIGN:
            raise self.state.conflict("holds no settings of this cluster that could be restored")
        if self.relation == STALE:
            self._report_stale_window()
        paused = not self.plan(current).needed
        before = self.state.before
        if not paused and not self.plan(before).needed:
            # This window has changed nothing, so there is nothing to restore. The pause was another client's, which has ended it.
            self.context.warn("another client has ended the pause that was there before this window. It stays ended.")
            if self.context.api.can_write:
                self.state.remove()
            return Outcome(False, EMPTY_PLAN, current)
        self._desired = [
            DesiredField(replace(item, comparator=_exactly), before[item.key]) for item in _FIELDS if item.key in before
        ]
        if not paused and self.plan(current).needed:
            seen = json.dumps(_pick_pause_settings(current))
            self.context.warn(
                f"another client changed the pause meanwhile: {seen}. The previous settings are restored."
            )
        if not self.context.api.can_write:
            return converge(self, can_write=False, current=current)
        self.state.keep()
        try:
            outcome = converge(self, can_write=True, current=current)
            self.state.remove()
        finally:
            self.state.release()
        return outcome

    def _current(self) -> dict[str, Any] | None:
        """Return the settings. Raise for a state file of another owner, unless force takes it over.

        It is then STALE if it is of this cluster, so that its settings can be restored, and FOREIGN if it can only be replaced.
        """
        force = self.params["force"]
        if self.relation != ABSENT and self.state.in_use:
            raise self.state.in_use_conflict(f": {self._description()}")
        if self._is_of_other_tasks and not force:
            raise self.state.conflict(f"belongs to a window of another run: {self._description()}")
        if self.relation == FOREIGN and not force:
            raise self.state.conflict(f"belongs to another run: {self._description()}")
        current = self.find(fresh=False)
        created = _values.get(current or {}, "createdDtTm")
        self._cluster["created"] = [_values.get(current or {}, "id"), created] if created else None
        if self.relation == ABSENT:
            return current
        if not self.state.is_of_cluster(self._cluster):
            if not force:
                theirs = self.state.content.get("cluster") or {}
                raise self.state.conflict(
                    f"belongs to another cluster ({theirs.get('cluster_id') or theirs.get('server')}). If it is the same one, give "
                    "all of its servers one cluster_id"
                )
            self.relation = FOREIGN
        elif self.relation == FOREIGN:
            self.relation = STALE
        return current

    def _report_stale_window(self) -> None:
        self.result["stale_window"] = self.state.to_result()
        self.context.warn(
            f"{self._description()}, and that window was not closed. It is taken over, and the settings from before it are restored "
            "at the end."
        )

    def _description(self) -> str:
        if not self.state.content:
            return "its content is not that of a state file"
        theirs = self.state.to_result()
        return f"the servers were paused by {theirs['owner']} at {theirs['since']} (window {theirs['window']})"

    def extra_results(self) -> dict[str, Any]:
        return self.result


def default_owner() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # In a container a user might have no name.
        user = str(os.getuid())
    return f"{user}@{platform.node()}"


def _pick_pause_settings(current: dict[str, Any] | None) -> dict[str, Any]:
    found = ((item.key, _values.find_key(current or {}, item.key)) for item in _FIELDS)
    return {key: (current or {})[name] for key, name in found if name is not None}
