# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole server in one task: the same objects as those of the single modules, planned together. Private to this collection.

One login, one read of each kind, one plan over the whole document, then only the writes that it needs, some at a time. What
the objects are and how each is written is not said here again: a document is a list of the other resources' targets.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.plugins.module_utils._engine import compare
from ansible_collections.astera.data_stack.plugins.module_utils._engine.converge import Outcome, Unread, not_applied
from ansible_collections.astera.data_stack.plugins.module_utils._engine.fields import Options
from ansible_collections.astera.data_stack.plugins.module_utils._engine.kind import Resource, Target, TaskContext
from ansible_collections.astera.data_stack.plugins.module_utils._engine.plan import diff
from ansible_collections.astera.data_stack.plugins.module_utils._errors import (
    COMMITTED,
    NOT_COMMITTED,
    UNKNOWN,
    AsteraError,
    usage,
)
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.cluster import CLUSTER
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.deployment import DEPLOYMENT
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.guarded_pause import OPTIONS, PauseGuard
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.license import LICENSE
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.plan_entry import NOTHING, PlanEntry
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.schedule import SCHEDULE
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.server_config import SERVER_CONFIG
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.server_info import (
    SERVER_INFO,
    check_wait_timeout,
)
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.volatile import find_volatile
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import mask

# Option → what it holds, in the order in which a server is set up.
PARTS: dict[str, Resource] = {
    "server_config": SERVER_CONFIG,
    "license": LICENSE,
    "cluster": CLUSTER,
    "deployments": DEPLOYMENT,
    "schedules": SCHEDULE,
}
_LISTS = ("deployments", "schedules")
# What the servers of a cluster have of their own; the rest is kept in the repository that they share.
_OWN = ("server_config", "license")
_SHARED = ("cluster", *_LISTS)
# Options of deployments that name files on this side.
_FILES = {"archive", "config"}
_MOST_WRITERS = 16
_MAX_PAUSE = 60
_MAX_LABELS = 20
# What the server can be asked for: no call that reads a license is published.
_READABLE = ("server_config", "cluster", *_LISTS)
# Where one of these stops a read, no other read would do better; and logins that are refused get accounts locked.
_CONNECTION_ERRORS = ("unreachable", "tls", "authentication", "timeout")


def _part(resource: Resource, many: bool) -> dict[str, Any]:
    spec = {"type": "list", "elements": "dict"} if many else {"type": "dict"}
    return {**spec, "options": resource.options.argument_spec(), **resource.options.rules()}


class ServerDocument(Target):
    def __init__(self, label: str, params: dict[str, Any]) -> None:
        super().__init__(label, params)
        if not 1 <= params["parallel_writes"] <= _MOST_WRITERS:
            raise usage(f"parallel_writes is {params['parallel_writes']}, and must be from 1 to {_MOST_WRITERS}")
        pause = params["pause_between_reads"]
        if pause is not None and (not params["snapshot"] or not 0 <= pause <= _MAX_PAUSE):
            raise usage(
                f"pause_between_reads is {pause}; give seconds from 0 to {_MAX_PAUSE}, together with snapshot: true"
            )
        check_wait_timeout(params["wait_timeout"])
        if params["unmanaged_schedules"] == "deactivate" and params["schedules"] is None:
            raise usage(
                "unmanaged_schedules is deactivate, and no schedules are declared; declare those that must stay active, or []"
            )
        self.entries: list[PlanEntry] = []
        self.unmanaged: dict[str, list[str]] = {}
        self.snapshot: dict[str, Any] = {}
        self._stop = threading.Event()
        self._postponed = False
        self._pause = PauseGuard(params["pause"], params["cluster_id"])
        chosen = PARTS if params["parts"] is None else params["parts"]
        try:
            for part, resource in PARTS.items():
                given: Any = params[part] or []
                items = [item for item in (given if part in _LISTS else [given]) if item]
                if part in chosen:
                    self._take(resource, [self._with_receipt(item) if part == "license" else item for item in items])
                else:
                    self._check(resource, items)
        except Exception:
            self.close()
            raise

    def _take(self, resource: Resource, items: list[dict[str, Any]]) -> None:
        names: set[str] = set()
        for item in items:
            try:
                entry = PlanEntry(resource, resource.target(item))
            except AsteraError as error:
                label = resource.label(item)
                raise error.with_message(
                    error.message if label in error.message else f"{label}: {error.message}"
                ) from error
            self.entries.append(entry)
            if item.get("id") is None and "name" in item and resource.kind != "cluster":
                twice = {_values.name_key(name) for name in (item["name"], item["new_name"]) if name} & names
                if twice:
                    raise usage(f"{entry.target.label} is declared twice; declare each {resource.kind} once")
                names |= {_values.name_key(name) for name in (item["name"], item["new_name"]) if name}

    def _check(self, resource: Resource, items: list[dict[str, Any]]) -> None:
        """Refuse what is wrong with the options. Files are read by the task that sends them."""
        kept = list(self.entries)
        self._take(resource, [{**item, **dict.fromkeys(_FILES & item.keys())} for item in items])
        for entry in self.entries[len(kept) :]:
            entry.target.close()
        self.entries = kept

    def _with_receipt(self, item: dict[str, Any]) -> dict[str, Any]:
        directory = self.params["license_receipt_dir"]
        return {**item, "receipt_path": f"{directory}/"} if directory and not item["receipt_path"] else item

    def join(self, context: TaskContext) -> None:
        """Bind all objects at once, so that a file that cannot be used is refused before the first request."""
        super().join(context)
        self._pause.bind(context)
        for entry in self.entries:
            entry.target.join(context)
        if self.params["ignore_license_without_receipt"]:
            self.entries = [entry for entry in self.entries if entry.kind != "license" or entry.target.has_receipt]  # type: ignore[attr-defined]

    def of(self, *kinds: str) -> list[PlanEntry]:
        return [entry for entry in self.entries if entry.kind in kinds]

    # Looking

    def look(self, entries: list[PlanEntry]) -> None:
        """Plan these objects. Deployments of the document are as good as there for its schedules."""
        self.context.planned_deployments = {
            _values.name_key(entry.target.final_name)  # type: ignore[attr-defined]
            for entry in self.of("deployment")
        }
        out: AsteraError | None = None
        for entry in entries:
            if self._stop.is_set():
                return
            entry.error = None
            try:
                if out:
                    raise out.with_message(out.message)
                entry.look(self.context)
            except AsteraError as error:
                out = error if _out_of_reach(error) else None
                self._note(entry, error)

    def postpone(self) -> bool:
        """Whether what cannot be read now may be readable once the server has its repository and its license."""
        failed = [entry for entry in self.entries if entry.error]
        first = any(entry.plan.needed for entry in self.of("server_config", "license"))
        self._postponed = first and all(entry.error.code != "usage" for entry in failed if entry.error)
        if self._postponed:
            self._stop.clear()
        return self._postponed

    def mark_unpredictable(self, failure: AsteraError) -> None:
        """In check mode nobody can say more of what is to be seen only when the server is set up."""
        unseen = [entry for entry in self.entries if entry.error or entry.current is Unread]
        first = next((entry.error for entry in unseen if entry.error), failure)
        for entry in unseen:
            entry.error = entry.error or failure
        self.context.warn(
            f"{len(unseen)} of {len(self.entries)} objects cannot be predicted before the server has its repository and its "
            f"license: {first.message}"
        )

    def find_unmanaged(self) -> None:
        """What the server has and nobody declared."""
        for part in _LISTS:
            if self.params[f"unmanaged_{part}"] == "ignore" or self.params[part] is None:
                continue
            kind = PARTS[part].kind
            if any(entry.error and entry.error.path for entry in self.of(kind)):
                continue
            known = {_values.name_key(entry.name) for entry in self.of(kind)}
            known |= {_values.name_key(entry.target.final_name) for entry in self.of(kind)}  # type: ignore[attr-defined]
            others = self.context.catalogue.of(kind).items.values()
            found = [item for item in others if _values.name_key(_values.get(item, "name", "")) not in known]
            self.unmanaged[part] = sorted(str(_values.get(item, "name")) for item in found)
            if self.params[f"unmanaged_{part}"] == "deactivate":
                active = (item for item in found if compare.flags_equal(True, _values.get(item, "isActive")))
                self.entries += [self._switched_off(item) for item in active]

    def take_snapshot(self) -> None:
        """What the server has, as far as it lets it be read. Raises if it lets nothing be read at all."""
        found, errors = self._read_parts(fresh=False)
        if not found and not self.failure():
            raise next(iter(errors.values()))
        pause = self.params["pause_between_reads"]
        if found and pause is not None:
            self.context.api.session.clock.sleep(pause)
            again, more = self._read_parts(fresh=True)
            errors = {**more, **errors}
            found = {part: value for part, value in found.items() if part not in more}
            found["volatile"] = find_volatile(found, again)
        unread = {part: {"msg": error.message, **error.as_dict()} for part, error in errors.items()}
        self.snapshot = {**found, "unread": unread}

    def _read_parts(self, *, fresh: bool) -> tuple[dict[str, Any], dict[str, AsteraError]]:
        """Return the parts, and the errors of those that cannot be read."""
        found: dict[str, Any] = {}
        errors: dict[str, AsteraError] = {}
        out = next((entry.error for entry in self.entries if entry.error and _out_of_reach(entry.error)), None)
        for part in _READABLE:
            try:
                if out:
                    raise out
                found[part] = mask(self._seen(part, fresh))
            except AsteraError as error:
                errors[part] = error
                out = error if _out_of_reach(error) else out
        return found, errors

    def _seen(self, part: str, fresh: bool) -> Any:
        """As it was when the plan was made, read now only if nothing was planned of it, or a fresh one is asked for."""
        kind = PARTS[part].kind
        if part in _LISTS:
            return sorted(self.context.catalogue.of(kind, fresh=fresh).items.values(), key=_by_name)
        seen = [entry.current for entry in self.of(kind) if isinstance(entry.current, dict) and not fresh]
        return seen[0] if seen else getattr(self.context.api, part)()

    def _switched_off(self, item: dict[str, Any]) -> PlanEntry:
        name = _values.name_key(_values.get(item, "name"))
        spec = SCHEDULE.options.argument_spec()
        params = {option: value.get("default") for option, value in spec.items()}
        known = {"name": name, "id": _values.to_int(_values.get(item, "id")), "is_active": False}
        entry = PlanEntry(SCHEDULE, SCHEDULE.target({**params, **known}), deactivates=True)
        entry.look(self.context)
        return entry

    # Writing

    def apply(self) -> None:
        """Kind after kind, for each may need the one before."""
        self._write_all(self.of("server_config"), 1)
        if any(entry.outcome for entry in self.of("server_config")):
            # The server may be on another repository now.
            self._postponed = True
        self._write_all(self.of("license"), 1)
        if self._postponed:
            self.context.catalogue.forget()
            self.look(self.of("cluster", "deployment", "schedule"))
        self._write_all(self.of("cluster"), 1)
        with self._pause.around(self._deploys()):
            self._write_all(self.of("deployment"), self.params["parallel_writes"])
            self.context.planned_deployments = set()
            self._write_all(self.of("schedule"), self.params["parallel_writes"])

    def _deploys(self) -> bool:
        return not self._stop.is_set() and any(entry.plan.needed and not entry.error for entry in self.of("deployment"))

    def predict_pause(self) -> None:
        self._pause.predict(self._deploys())

    def _write_all(self, entries: list[PlanEntry], writers: int) -> None:
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
                    # The process is told to end: what has not begun is not begun any more.
                    self._stop.set()
                    raise
        self._confirm([entry for entry in due if entry.outcome])

    def _write_one(self, entry: PlanEntry) -> None:
        if self._stop.is_set():
            return
        try:
            entry.write(self.context)
        except AsteraError as error:
            self._note(entry, error)

    def _note(self, entry: PlanEntry, error: AsteraError) -> None:
        label = entry.target.label
        entry.error = error if label in error.message else error.with_message(f"{label}: {error.message}")
        if not self.params["continue_on_error"]:
            self._stop.set()

    def _confirm(self, entries: list[PlanEntry]) -> None:
        """Look once at all that was written and not seen since, and for names that another run has made, too."""
        unseen = [entry for entry in entries if self._needs_verification(entry)]
        if not unseen:
            return
        try:
            self.context.catalogue.of(unseen[0].kind, fresh=True)
        except AsteraError as error:
            message = f"{unseen[0].target.label} was written, but could not be read back: {error.message}"
            self._note(unseen[0], error.with_message(message, outcome=COMMITTED))
            return
        for entry in unseen:
            try:
                found = entry.target.find(fresh=False)
                left = entry.target.plan(found).visible
                if left:
                    raise not_applied(entry.target.label, left)
            except AsteraError as error:
                self._note(entry, error.with_message(error.message, outcome=COMMITTED))

    def _needs_verification(self, entry: PlanEntry) -> bool:
        if entry.kind not in ("deployment", "schedule") or entry.outcome is None:
            return False
        return not entry.outcome.observed or (entry.kind == "schedule" and entry.current is None)

    # Telling

    def extras(self) -> dict[str, Any]:
        changed = [entry for entry in self.entries if entry.plan.needed]
        told: dict[str, Any] = {
            "plan": [entry.report() for entry in self.entries],
            "diff": [
                *self._pause.diffs(),
                *(diff(entry.plan, entry.target.label) for entry in changed if entry.report()["changed"]),
            ],
            "uploads": [upload for entry in self.of("deployment") for upload in entry.target.extras()["uploads"]],
            "url": self.context.api.session.connection.url,
        }
        told.update(self._pause.extras())
        if self.unmanaged:
            told["unmanaged"] = self.unmanaged
        if self.snapshot:
            told["snapshot"] = self.snapshot
        conflicts = [
            {"kind": entry.kind, "name": entry.name, **conflict}
            for entry in self.entries
            for conflict in (entry.outcome.conflicts if entry.outcome else [])
        ]
        if conflicts:
            told["conflicts"] = conflicts
        return told

    def failure(self) -> AsteraError | None:
        errors = [entry.error for entry in self.entries if entry.error]
        if not errors:
            return self._pause.error
        first = errors[0]
        failed = [entry.target.label for entry in self.entries if entry.error]
        # Of a failed object a file might be stored, or all of it. Its own message says what is known.
        written = [entry.target.label for entry in self.entries if entry.committed and not entry.error]
        left = [entry.target.label for entry in self.entries if entry.untried]
        outcomes = {error.outcome for error in errors}
        paused = f"; and the pause was not undone: {self._pause.error.message}" if self._pause.error else ""
        whole = first.message
        if len(self.entries) > 1:
            whole = (
                f"{_listed(failed)} of {len(self.entries)} objects failed, {_listed(written)} were written, {_listed(left)} were "
                f"not tried; the first: {first.message}; plan says more, and another run goes on from here"
            )
        return first.with_message(
            whole + paused,
            outcome=next(word for word in (UNKNOWN, COMMITTED, NOT_COMMITTED) if word in outcomes),
        )

    @property
    def changes(self) -> bool:
        return self._pause.changed or any(entry.plan.needed for entry in self.entries)

    @property
    def wrote(self) -> bool:  # type: ignore[override]
        return self._pause.changed or any(entry.committed for entry in self.entries)

    def close(self) -> None:
        for entry in self.entries:
            entry.target.close()


def _out_of_reach(error: AsteraError) -> bool:
    return error.code in _CONNECTION_ERRORS


def _listed(labels: list[str]) -> str:
    """How many, and which, as far as a sentence can hold them."""
    if not labels:
        return "0"
    more = ", …" if len(labels) > _MAX_LABELS else ""
    return f"{len(labels)} ({', '.join(labels[:_MAX_LABELS])}{more})"


def _by_name(item: dict[str, Any]) -> tuple[str, str]:
    return _values.name_key(_values.get(item, "name", "")), str(_values.get(item, "id", "")).zfill(12)


class Server(Resource[ServerDocument]):
    options = Options(
        others={
            **{part: _part(resource, part in _LISTS) for part, resource in PARTS.items()},
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
        }
    )
    shared = _SHARED
    own = _OWN

    def label(self, params: dict[str, Any]) -> str:
        return "the server"

    def unchanged(self) -> dict[str, Any]:
        return {"changed": False, "plan": [], "diff": [], "uploads": []}

    def drop_empty(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {option: None if option in PARTS and value == {} else value for option, value in arguments.items()}

    def files(self, params: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, str]]:
        chosen = params.get("parts")
        deploys = chosen is None or "deployments" in chosen
        for item in (params.get("deployments") or []) if deploys else []:
            if isinstance(item, dict):
                yield from DEPLOYMENT.files(item)

    def target(self, params: dict[str, Any]) -> ServerDocument:
        return ServerDocument(self.label(params), params)

    def carry_out(self, target: ServerDocument, context: TaskContext, current: Any = Unread) -> Outcome:
        target.join(context)
        if target.params["wait_timeout"] is not None:
            SERVER_INFO.wait(target.params["wait_timeout"], context)
        context.catalogue.deferred = True
        target.look(target.entries)
        failure = target.failure()
        if target.params["snapshot"]:
            target.take_snapshot()
        if failure is None or target.params["continue_on_error"]:
            target.find_unmanaged()
        if context.api.can_write and (failure is None or target.params["continue_on_error"] or target.postpone()):
            target.apply()
            failure = target.failure()
        elif failure and not context.api.can_write and target.postpone():
            target.mark_unpredictable(failure)
            failure = None
        elif not context.api.can_write and failure is None:
            target.predict_pause()
        if failure:
            raise failure
        return Outcome(target.changes, NOTHING, None)


SERVER = Server()
