# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole server in one task: the objects of the single modules, planned together. Private to this collection.

One login, one read of each kind, one plan for the whole document, then only the writes that it needs, several at a time. Which
objects there are and how each is written is defined by their own kinds: a document is a list of them.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Any

from .. import _values
from .._engine import compare
from .._engine.converge import NOT_READ, Outcome, not_applied
from .._engine.fields import Options, check_range
from .._engine.kind import Operation
from .._engine.lists import TaskContext
from .._engine.plan import EMPTY_PLAN, diff
from .._errors import COMMITTED, AsteraError, usage
from .cluster import Cluster
from .deployment import Deployment
from .guarded_pause import OPTIONS, PauseGuard
from .info import wait_for_server
from .license import License
from .plan_entry import PlanEntry, combine_errors
from .schedule import Schedule
from .server_config import ServerConfig
from .snapshot_reader import is_connection_error, read_snapshot

# Option → the kind of what it holds, in the order in which a server is set up.
PARTS = MappingProxyType(
    {
        "server_config": ServerConfig,
        "license": License,
        "cluster": Cluster,
        "deployments": Deployment,
        "schedules": Schedule,
    }
)
_LISTS = ("deployments", "schedules")
# Options of deployments that name local files.
_FILES = {"archive", "config"}
_MAX_WRITERS = 16
_MAX_PAUSE = 60


def _part(kind: type[Operation], many: bool) -> dict[str, Any]:
    spec = {"type": "list", "elements": "dict"} if many else {"type": "dict"}
    return {**spec, "options": kind.options.argument_spec(), **kind.options.constraints()}


class Server(Operation):
    label_template = "the server"
    options = Options(
        others={
            **{part: _part(kind, part in _LISTS) for part, kind in PARTS.items()},
            "parallel_writes": {"type": "int", "default": 4},
            "continue_on_error": {"type": "bool", "default": False},
            "unmanaged_deployments": {"type": "str", "choices": ["ignore", "report"], "default": "ignore"},
            "unmanaged_schedules": {"type": "str", "choices": ["ignore", "report", "deactivate"], "default": "ignore"},
            "snapshot": {"type": "bool", "default": False},
            "pause_between_reads": {"type": "int"},
            "parts": {"type": "list", "elements": "str", "choices": list(PARTS)},
            "wait_timeout": {"type": "int"},
            "cluster_id": {"type": "str"},
            "license_receipt_dir": {"type": "path"},
            "ignore_license_without_receipt": {"type": "bool", "default": False},
            "pause": {"type": "dict", "options": OPTIONS},
        },
        files={f"deployments.{option}": kind for option, kind in Deployment.options.files.items()},
    )
    # What the servers of a cluster have of their own; the rest is kept in the repository that they share.
    own = ("server_config", "license")
    shared = ("cluster", *_LISTS)
    omit_if_empty = tuple(PARTS)
    list_results = ("plan", "diff", "uploads")

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._check_options()
        self.entries: list[PlanEntry] = []
        self.unmanaged: dict[str, list[str]] = {}
        self.server_info: Any = None
        self.snapshot: dict[str, Any] = {}
        self._stop = threading.Event()
        self._postponed = False
        self._pause = PauseGuard(params["pause"], params["cluster_id"])
        try:
            self._add_entries()
        except Exception:
            self.close()
            raise

    def _check_options(self) -> None:
        params = self.params
        check_range("parallel_writes", params["parallel_writes"], 1, _MAX_WRITERS)
        if params["wait_timeout"] is not None:
            check_range("wait_timeout", params["wait_timeout"], 0)
        pause = params["pause_between_reads"]
        if pause is not None and (not params["snapshot"] or not 0 <= pause <= _MAX_PAUSE):
            raise usage(
                f"pause_between_reads is {pause}. Give seconds from 0 to {_MAX_PAUSE}, together with snapshot: true."
            )
        if params["unmanaged_schedules"] == "deactivate" and params["schedules"] is None:
            raise usage(
                "unmanaged_schedules is deactivate, and no schedules are declared. Declare those that must stay active, or []."
            )

    def _add_entries(self) -> None:
        chosen = PARTS if self.params["parts"] is None else self.params["parts"]
        for part, kind in PARTS.items():
            given: Any = self.params[part] or []
            items = [item for item in (given if part in _LISTS else [given]) if item]
            if part in chosen:
                self._add(kind, [self._with_receipt(item) if part == "license" else item for item in items])
            else:
                self._validate(kind, items)

    def _add(self, kind: type[Any], items: list[dict[str, Any]]) -> None:
        names: set[str] = set()
        for item in items:
            label = kind.describe(item)
            try:
                entry = PlanEntry(kind(item))
            except AsteraError as error:
                raise _with_label(error, label) from error
            self.entries.append(entry)
            if item.get("id") is None and "new_name" in item:
                own = {_values.name_key(name) for name in (item["name"], item["new_name"]) if name}
                if own & names:
                    raise usage(f"{label} is declared twice. Declare each {kind.kind} once.")
                names |= own

    def _validate(self, kind: type[Any], items: list[dict[str, Any]]) -> None:
        """Raise if the options are invalid. Files are read by the task that sends them."""
        entries, self.entries = self.entries, []
        try:
            self._add(kind, [{**item, **dict.fromkeys(_FILES & item.keys())} for item in items])
        finally:
            self.close()
            self.entries = entries

    def _with_receipt(self, item: dict[str, Any]) -> dict[str, Any]:
        directory = self.params["license_receipt_dir"]
        return {**item, "receipt_path": f"{directory}/"} if directory and not item["receipt_path"] else item

    def bind(self, context: TaskContext) -> None:
        """Bind all objects at once, so that an unusable file is rejected before the first request."""
        super().bind(context)
        self._pause.bind(context)
        for entry in self.entries:
            entry.item.bind(context)
        if self.params["ignore_license_without_receipt"]:
            self.entries = [
                entry for entry in self.entries if not isinstance(entry.item, License) or entry.item.has_receipt
            ]

    def apply(self) -> Outcome:
        can_write, context, params = self.context.api.can_write, self.context, self.params
        if params["wait_timeout"] is not None:
            self.server_info = wait_for_server(context, params["wait_timeout"])
        context.lists.deferred = True
        self._plan_all(self.entries)
        failure = self.failure()
        if params["snapshot"]:
            self.snapshot = read_snapshot(context, self.entries, params["pause_between_reads"], failure)
        if failure is None or params["continue_on_error"]:
            self._find_unmanaged()
        if can_write and (failure is None or params["continue_on_error"] or self._postpone()):
            try:
                self._write_all()
            finally:
                self.wrote = self._pause.changed or any(entry.committed for entry in self.entries)
            failure = self.failure()
        elif failure and not can_write and self._postpone():
            self._mark_unpredictable(failure)
            failure = None
        elif not can_write and failure is None:
            self._pause.predict(self._deploys())
        if failure:
            raise failure
        changed = self._pause.changed or any(entry.plan.needed for entry in self.entries)
        return Outcome(changed, EMPTY_PLAN, None)

    def _select(self, *kinds: str) -> list[PlanEntry]:
        return [entry for entry in self.entries if entry.kind in kinds]

    # Plan

    def _plan_all(self, entries: list[PlanEntry]) -> None:
        """Plan these objects. Schedules can refer to the deployments of the document, whether they exist yet or not."""
        self.context.planned_deployments = {_values.name_key(entry.final_name) for entry in self._select("deployment")}
        connection_error: AsteraError | None = None
        for entry in entries:
            if self._stop.is_set():
                return
            entry.error = None
            try:
                if connection_error:
                    raise connection_error.with_message(connection_error.message)
                entry.make_plan()
            except AsteraError as error:
                connection_error = error if is_connection_error(error) else None
                self._record_error(entry, error)

    def _postpone(self) -> bool:
        """Return whether what cannot be read now might be readable once the server has its repository and its license."""
        failed = [entry for entry in self.entries if entry.error]
        first = any(entry.plan.needed for entry in self._select("server_config", "license"))
        self._postponed = first and all(entry.error.code != "usage" for entry in failed if entry.error)
        if self._postponed:
            self._stop.clear()
        return self._postponed

    def _mark_unpredictable(self, failure: AsteraError) -> None:
        """Accept in check mode that what can be read only once the server is set up has no plan."""
        unseen = [entry for entry in self.entries if entry.error or entry.current is NOT_READ]
        first = next((entry.error for entry in unseen if entry.error), failure)
        for entry in unseen:
            entry.error = entry.error or failure
        self.context.warn(
            f"{len(unseen)} of {len(self.entries)} objects cannot be predicted before the server has its repository and its "
            f"license: {first.message}"
        )

    def _find_unmanaged(self) -> None:
        """Find what the server has and the document does not declare."""
        for part in _LISTS:
            if self.params[f"unmanaged_{part}"] == "ignore" or self.params[part] is None:
                continue
            kind = PARTS[part].kind
            if any(entry.error and entry.error.path for entry in self._select(kind)):
                continue
            entries = self._select(kind)
            known = {_values.name_key(name) for entry in entries for name in (entry.name, entry.final_name)}
            stored = self.context.lists.get_index(kind).items.values()
            found = [item for item in stored if _values.name_key(_values.get(item, "name", "")) not in known]
            self.unmanaged[part] = sorted(str(_values.get(item, "name")) for item in found)
            if self.params[f"unmanaged_{part}"] == "deactivate":
                active = (item for item in found if compare.flags_equal(True, _values.get(item, "isActive")))
                self.entries += [self._deactivation(item) for item in active]

    def _deactivation(self, item: dict[str, Any]) -> PlanEntry:
        name = _values.name_key(_values.get(item, "name"))
        params = {option: spec.get("default") for option, spec in Schedule.options.argument_spec().items()}
        known = {"name": name, "id": _values.to_int(_values.get(item, "id")), "is_active": False}
        entry = PlanEntry(Schedule({**params, **known}), deactivates=True)
        entry.item.bind(self.context)
        entry.make_plan()
        return entry

    # Write

    def _write_all(self) -> None:
        """Write kind after kind, because each can depend on the one before."""
        self._write_entries(self._select("server_config"), 1)
        if any(entry.outcome for entry in self._select("server_config")):
            # The server might use another repository now.
            self._postponed = True
        self._write_entries(self._select("license"), 1)
        if self._postponed:
            self.context.lists.clear()
            self._plan_all(self._select("cluster", "deployment", "schedule"))
        self._write_entries(self._select("cluster"), 1)
        with self._pause.paused(self._deploys()):
            self._write_entries(self._select("deployment"), self.params["parallel_writes"])
            self.context.planned_deployments = set()
            self._write_entries(self._select("schedule"), self.params["parallel_writes"])

    def _deploys(self) -> bool:
        return not self._stop.is_set() and any(
            entry.plan.needed and not entry.error for entry in self._select("deployment")
        )

    def _write_entries(self, entries: list[PlanEntry], writers: int) -> None:
        due = [entry for entry in entries if entry.plan.needed and not entry.error]
        if not due or self._stop.is_set():
            return
        if writers == 1 or len(due) == 1:
            for entry in due:
                self._write_one(entry)
        else:
            with ThreadPoolExecutor(min(writers, len(due))) as pool:
                try:
                    list(pool.map(self._write_one, due))
                except BaseException:
                    # The process received a signal to end, so no further write begins.
                    self._stop.set()
                    raise
        self._verify([entry for entry in due if entry.outcome])

    def _write_one(self, entry: PlanEntry) -> None:
        if self._stop.is_set():
            return
        try:
            entry.apply()
        except AsteraError as error:
            self._record_error(entry, error)

    def _record_error(self, entry: PlanEntry, error: AsteraError) -> None:
        entry.error = _with_label(error, entry.item.label)
        if not self.params["continue_on_error"]:
            self._stop.set()

    def _verify(self, entries: list[PlanEntry]) -> None:
        """Read once what was written and not read since, and detect names that another run has created, too."""
        unseen = [entry for entry in entries if self._needs_verification(entry)]
        if not unseen:
            return
        try:
            self.context.lists.get_index(unseen[0].kind, fresh=True)
        except AsteraError as error:
            message = f"{unseen[0].item.label} was written, but could not be read back: {error.message}"
            self._record_error(unseen[0], error.with_message(message, outcome=COMMITTED))
            return
        for entry in unseen:
            try:
                _found, left = entry.item.make_plan()
                if left.visible:
                    raise not_applied(entry.item.label, left.visible)
            except AsteraError as error:
                self._record_error(entry, error.with_message(error.message, outcome=COMMITTED))

    def _needs_verification(self, entry: PlanEntry) -> bool:
        if entry.kind not in ("deployment", "schedule") or entry.outcome is None:
            return False
        return not entry.outcome.observed or (entry.kind == "schedule" and entry.current is None)

    # Result

    def extra_results(self) -> dict[str, Any]:
        changed = [entry for entry in self.entries if entry.plan.needed]
        result: dict[str, Any] = {
            "plan": [entry.report() for entry in self.entries],
            "diff": [
                *self._pause.diffs(),
                *(diff(entry.plan, entry.item.label) for entry in changed if entry.report()["changed"]),
            ],
            "uploads": [
                upload for entry in self._select("deployment") for upload in entry.item.extra_results()["uploads"]
            ],
            "url": self.context.api.session.connection.url,
        }
        result.update(self._pause.extra_results())
        if self.unmanaged:
            result["unmanaged"] = self.unmanaged
        if self.server_info is not None:
            result["server"] = self.server_info
        if self.snapshot:
            result["snapshot"] = self.snapshot
        conflicts = [
            {"kind": entry.kind, "name": entry.name, **conflict}
            for entry in self.entries
            for source in (entry.outcome, entry.error)
            for conflict in (source.conflicts if source else [])
        ]
        if conflicts:
            result["conflicts"] = conflicts
        return result

    def failure(self) -> AsteraError | None:
        """Return one error for all objects that failed, and for a pause that could not be ended."""
        return combine_errors(self.entries, self._pause.error) or self._pause.error

    def close(self) -> None:
        for entry in self.entries:
            entry.item.close()


def _with_label(error: AsteraError, label: str) -> AsteraError:
    return error if label in error.message else error.with_message(f"{label}: {error.message}")
