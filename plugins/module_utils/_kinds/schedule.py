# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schedules: ``GET /api/Schedules``, ``GET /api/Schedule/{id}``, ``POST /api/Schedule``. Private to this collection."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from .. import _values
from .._client.waiting import Clock
from .._engine import compare
from .._engine.converge import NOT_READ
from .._engine.fields import DesiredField, Field, Options, desired_fields, desired_settings
from .._engine.kind import ON_CONFLICT, SERVER_KEYS, Named, format_item, validate_name
from .._engine.plan import Plan, get_value
from .._errors import COMMITTED, AsteraError, usage
from .._secrets import wrap_secrets
from .recurrence import DAILY, EVERY_DAY, next_runs


def _same_id(desired: Any, current: Any) -> bool:
    return desired is not None and not _values.is_empty(current) and compare.numbers_equal(desired, current)


NAME = Field("name", "name", required=True)
IS_FILE = Field("is_file", "isFile", "bool")
DEPLOYMENT_ID = Field("deployment_id", "deploymentId", "int", comparator=_same_id)
FILE_PATH = Field("file_path", "filePathResolved.path", comparator=compare.paths_equal)
FIELDS = (
    DEPLOYMENT_ID,
    FILE_PATH,
    Field("start_item", "archiveStartItem", comparator=compare.paths_equal),
    Field("is_active", "isActive", "bool"),
    Field("trace_level", "traceLevel"),
    Field("skip_if_running", "skipIfRunning", "bool"),
    Field("use_pushdown_optimization", "jobOptions.usePushdownOptimization", "bool"),
)
# Those that settings cannot contain, because there are options for them.
KEYS = (*FIELDS, NAME, IS_FILE, Field("schedule", "schedule"))
# What the option daily sets.
DAILY_KEYS = tuple(
    Field("daily", key)
    for key in ("schedule.typeName", "schedule.dailyScheduleBase.typeName", "schedule.dailyScheduleBase.startTime")
)
_SUBJECTS = ("deployment", "deployment_id", "file_path")
_TIMES = ("daily", "schedule")


class Schedule(Named):
    kind = "schedule"
    label_template = "schedule {name!r}"
    options = Options(
        (NAME, *FIELDS),
        others={
            "new_name": {"type": "str"},
            "id": {"type": "int"},
            "deployment": {"type": "str"},
            "daily": {"type": "dict", "options": {"start_time": {"type": "str", "required": True}}},
            "schedule": {"type": "dict"},
            "settings": {"type": "dict"},
            "on_conflict": ON_CONFLICT,
        },
        mutually_exclusive=(_SUBJECTS, _TIMES),
    )
    # A second schedule of the same name might be accepted, so a create whose response was lost is never repeated.
    create_is_idempotent = False
    # The body of the article's sample, with id 0 for a new object as it says of deployments.
    template = MappingProxyType(
        {
            "id": 0,
            "name": "",
            "isActive": True,
            "isFile": False,
            "traceLevel": "Job",
            "skipIfRunning": False,
            "jobOptions": {"usePushdownOptimization": False},
        }
    )

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        validate_name("deployment", params["deployment"])
        self._desired = desired_fields(FIELDS, params) + desired_settings(params["settings"], KEYS, SERVER_KEYS)
        if params["file_path"] is not None or params["deployment_id"] is not None:
            self._desired.append(DesiredField(IS_FILE, params["file_path"] is not None))
        self._desired += self._time_fields()

    def _time_fields(self) -> list[DesiredField]:
        if self.params["schedule"] is not None:
            kind = _values.get(self.params["schedule"], "typeName")
            if not isinstance(kind, str) or not kind:
                raise usage(
                    f"schedule of {self.label} has no typeName. Give the object as the API spells it, such as "
                    "astera_schedule_info returns with raw: true."
                )
            field = Field("schedule", "schedule", "dict", comparator=compare.schedules_equal)
            return [DesiredField(field, wrap_secrets(self.params["schedule"]))]
        if self.params["daily"] is None:
            return []
        start = self.params["daily"]["start_time"].strip()
        if _values.parse_timestamp(start) is None:
            raise usage(
                f"daily.start_time {start!r} of {self.label} is not an ISO 8601 time with an offset. Write it like "
                "2026-12-01T04:30:00+01:00."
            )
        start = _values.format_timestamp(start)
        value = {"dailyScheduleBase": {"startTime": start, "typeName": EVERY_DAY}, "typeName": DAILY}
        return [DesiredField(Field("daily", "schedule", "dict"), value, {"start_time": start}, _format_daily)]

    def find(self, *, fresh: bool) -> dict[str, Any] | None:
        if self.params["id"] is None:
            found = super().find(fresh=fresh)
        else:
            found = self._by_id(self.params["id"], fresh)
        if found is None:
            for options in (_SUBJECTS, _TIMES):
                if all(self.params[option] is None for option in options):
                    raise usage(f"{self.label} does not exist. To create it, set one of {', '.join(options)}.")
        return found

    def _by_id(self, schedule_id: int, fresh: bool) -> dict[str, Any]:
        found = self.context.lists.get_index(self.kind, fresh=fresh).by_id(schedule_id)
        if found is None:
            raise AsteraError("not_found", f"there is no schedule with id {schedule_id}. Omit id to find it by name.")
        name = _values.name_key(_values.get(found, "name", ""))
        if name not in (_values.name_key(self.name), _values.name_key(self.final_name)):
            raise usage(f"the schedule with id {schedule_id} is named {name!r}, not {self.name!r}. Correct id or name.")
        return found

    def desired_fields(self, current: dict[str, Any] | None) -> list[DesiredField]:
        return [DesiredField(NAME, self.final_name), *self._deployment_fields(), *self._desired]

    def _deployment_fields(self) -> list[DesiredField]:
        """Resolve the name of the deployment to its id. In check mode an earlier task might create it."""
        name = self.params["deployment"]
        if name is None:
            return []
        deployments = self.context.lists.get_index("deployment")
        found = deployments.find_unique(name)
        planned_deployments = _values.name_key(name) in self.context.planned_deployments
        if found is None and not planned_deployments and self.context.api.can_write:
            raise AsteraError(
                "not_found",
                f"{self.label} names the deployment {name!r}, which does not exist. Correct the name, or create it first with astera_deployment.",
            )
        if found is None and not planned_deployments:
            self.context.warn(
                f"{self.label} names the deployment {name!r}, which does not exist yet. In check mode, its id is null."
            )

        def format_id(deployment_id: Any) -> Any:
            known = None if _values.is_empty(deployment_id) else deployments.by_id(deployment_id)
            return _values.get(known, "name") if known else deployment_id

        wanted_id = _values.get(found, "id") if found else None
        return [
            DesiredField(Field("deployment", "deploymentId", "int", comparator=_same_id), wanted_id, name, format_id),
            DesiredField(IS_FILE, False),
        ]

    def plan(self, current: dict[str, Any] | None) -> Plan:
        """Return the plan. A new schedule of a deployment has the path of the archive, too, as in the article's sample."""
        plan = super().plan(current)
        self._warn_of_unresolved_path(plan, current)
        if current is not None or self.params["file_path"] is not None:
            return plan
        found = self.context.lists.get_index("deployment").by_id(get_value(plan.payload, "deploymentId") or 0)
        return plan.with_value("filePathResolved.path", get_value(found, "clusterArchiveFilePath") or "")

    def _warn_of_unresolved_path(self, plan: Plan, current: dict[str, Any] | None) -> None:
        """Warn if the server has a second path. The client shows both, and which one a server runs is not published."""
        given = self.params["settings"] or {}
        if not any(change.field == FILE_PATH.option for change in plan.changes) or _values.find_key(given, "filePath"):
            return
        known = [current] if current else self.context.lists.get_index(self.kind).items.values()
        if any(not _values.is_empty(_values.get(item, "filePath")) for item in known):
            self.context.warn(
                f"{self.label}: this server shows filePath beside filePathResolved.path, and file_path sets only the latter. Set "
                "filePath in settings, too, and check in the Astera client which file the schedule runs."
            )

    def to_result(self, found: Any) -> Any:
        return format_schedule(found, self.clock)

    def write(self, plan: Plan) -> dict[str, Any] | None:
        return self.context.writer.save_schedule(plan.payload)

    def fetch_stored(self, plan: Plan, stored: dict[str, Any] | None) -> Any:
        """Read an update by id, and the list after a create, because another run might have created the same one."""
        schedule_id = _values.to_int(_values.get(plan.payload, "id"))
        if self.context.lists.deferred or (stored and schedule_id):
            return stored or NOT_READ
        if schedule_id:
            return self.context.api.schedule(schedule_id) or self.find(fresh=True)
        try:
            return self.find(fresh=True)
        except AsteraError as error:
            if error.code != "ambiguous_name":
                raise
            raise error.with_message(
                f"was created by another run at the same time: {error.cause}, and delete the other one in the Astera client.",
                outcome=COMMITTED,
            ) from error


def format_schedule(found: dict[str, Any], clock: Clock) -> Any:
    """Return a schedule as results show it, with its next runs, so that a wrong time zone is noticed early."""
    return {**format_item(found), **list_next_runs(found, clock)}


def list_next_runs(found: dict[str, Any], clock: Clock) -> dict[str, Any]:
    return next_runs(found, clock.now(), clock.zone())


def _format_daily(schedule: Any) -> Any:
    """Return a daily schedule in the form of the option, any other unchanged."""
    if get_value(schedule, "typeName") == DAILY and get_value(schedule, "dailyScheduleBase.typeName") == EVERY_DAY:
        return {"start_time": get_value(schedule, "dailyScheduleBase.startTime")}
    return schedule
