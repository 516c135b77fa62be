# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Convert the objects of a server to the variables of the role ``bootstrap`` that declare them.

The tables of fields are those with which the modules write. Pure: no I/O, no clock, no Ansible. Private to this collection.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ...module_utils import _values
from ...module_utils._engine.fields import Field
from ...module_utils._engine.kind import SERVER_KEYS, validate_name
from ...module_utils._engine.plan import get_value, set_value
from ...module_utils._errors import AsteraError
from ...module_utils._kinds import cluster, deployment, recurrence, schedule, server_config
from ...module_utils._secrets import MASK, is_secret_key
from .yaml_text import TemplateString

PARTS = ("server_config", "cluster", "deployments", "schedules")
_OMITTED = object()


@dataclass
class ExportedObject:
    """One object as a task would declare it. options: None if it cannot be declared. notes: comments for the reader."""

    options: dict[str, Any] | None
    notes: list[str] = field(default_factory=list)


@dataclass
class ExportState:
    """What the export of one server collects. volatile: part → members that the server changes by itself."""

    declares_settings: bool = False
    volatile: dict[str, list[str]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    # Part → members of the API's objects that no option sets.
    unset: dict[str, set[str]] = field(default_factory=dict)

    def placeholder(self, *path: str) -> TemplateString:
        """Return a variable for a secret that the server does not return."""
        words = "_".join(_values.snake_case(word) for word in path)
        base = "vault_astera_" + re.sub(r"[^a-z0-9]+", "_", words).strip("_")
        name = next(name for name in (base, *(f"{base}_{n}" for n in range(2, 10**6))) if name not in self.secrets)
        self.secrets[name] = " > ".join(path)
        return TemplateString("{{ " + name + " }}")


class ObjectExporter:
    """Convert one object to options and settings, with notes on what cannot be declared."""

    def __init__(self, export: ExportState, part: str, obj: dict[str, Any], label: tuple[str, ...]) -> None:
        self.export = export
        self.part = part
        self.obj = obj
        self.label = label
        self.notes: list[str] = []

    def options(self, fields: Iterable[Field], template: dict[str, Any]) -> dict[str, Any]:
        """Return the values that a task can declare. An empty one is omitted, unless a new object would have another."""
        found: dict[str, Any] = {}
        for item in fields:
            value = self._declarable(item, get_value(self.obj, item.key))
            if value is None or (value == "" and _values.is_empty(get_value(template, item.key))):
                continue
            set_value(found, item.option, value)
        return found

    def _declarable(self, item: Field, value: Any) -> Any:
        """Return a value in the type of the option, None if it cannot be declared."""
        if item.secret:
            return None
        if item.type == "bool":
            return _values.parse_boolean(value)
        if item.type == "int":
            number = _values.to_int(value)
            if number is not None and item.value_range and not item.value_range[0] <= number <= item.value_range[1]:
                self.notes.append(
                    f"{item.option} is omitted: the option does not accept the value of the server, {number}"
                )
                return None
            return number
        if isinstance(value, (dict, list)):
            return None
        text = "" if value is None else self.text(str(value), item.option)
        if text and item.choices and text not in item.choices:
            self.notes.append(f"{item.option} is omitted: the option does not accept the value of the server, {text!r}")
            return None
        return text

    def text(self, value: str, what: str) -> str | None:
        """Return a string, None if a secret in it is hidden, or if no file can hold it."""
        if MASK not in value and _storable(value):
            return value
        reason = "the value might contain a secret" if MASK in value else "the value is not text"
        self.notes.append(f"{what} is omitted: {reason}")
        return None

    def export_value(self, value: Any, *path: str) -> Any:
        """Return a free-form value with sorted keys and placeholders for secrets; ``_OMITTED`` where nothing is known."""
        if isinstance(value, dict):
            members = {key: self.export_value(value[key], *path, key) for key in sorted(value) if _storable(key)}
            return {key: item for key, item in members.items() if item is not _OMITTED}
        if isinstance(value, list):
            items = [self.export_value(item, *path, str(number)) for number, item in enumerate(value, 1)]
            return _OMITTED if any(item is _OMITTED for item in items) else items
        if not isinstance(value, str):
            return value
        if value == MASK and any(is_secret_key(key) for key in path):
            return self.export.placeholder(*self.label, *path)
        return _OMITTED if self.text(value, ".".join(path)) is None else value

    def settings(self, keys: Iterable[Field]) -> dict[str, Any]:
        """Return ``settings`` with the members that have no option. If they are not declared, a comment names them."""
        taken = {key.casefold() for key in SERVER_KEYS} | {item.key.split(".")[0].casefold() for item in keys}
        rest = {key: value for key, value in self.obj.items() if key.casefold() not in taken}
        if not self.export.declares_settings:
            self.export.unset.setdefault(self.part, set()).update(rest)
            return {}
        settings = self.export_value({key: value for key, value in rest.items() if value is not None})
        return {"settings": settings} if settings else {}

    def note_unset(self, keys: Iterable[Field], inside: Iterable[str]) -> None:
        """Record the members of inner objects that no option sets and that settings cannot contain."""
        known = {item.key.casefold() for item in keys}
        for key in inside:
            name = (_values.find_key(self.obj, key) if key else None) or ""
            value: Any = self.obj if not key else self.obj.get(name)
            if isinstance(value, dict):
                names = (f"{name}.{inner}" if name else inner for inner in value)
                unset = {path for path in names if not _is_known(path.casefold(), known)}
                self.export.unset.setdefault(self.part, set()).update(unset)


def _is_known(name: str, known: set[str]) -> bool:
    return name in known or any(key.startswith(name + ".") for key in known)


def _storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# The parts


def export_objects(snapshot: dict[str, Any], export: ExportState) -> dict[str, list[ExportedObject]]:
    """Return the objects of each part."""
    deployments = snapshot.get("deployments") or []
    names = {kind: Counter(_name(item) for item in snapshot.get(kind) or []) for kind in ("deployments", "schedules")}
    by_id = {_values.to_int(_values.get(item, "id")): _name(item) for item in deployments}
    subjects = {number: name for number, name in by_id.items() if names["deployments"][name] == 1}
    return {
        "server_config": [_server_config(snapshot["server_config"], export)] if snapshot.get("server_config") else [],
        "cluster": [_cluster(snapshot["cluster"], export)] if snapshot.get("cluster") else [],
        "deployments": [_deployment(item, export, names["deployments"]) for item in deployments],
        "schedules": [
            _schedule(item, export, names["schedules"], subjects) for item in snapshot.get("schedules") or []
        ],
    }


def _server_config(obj: dict[str, Any], export: ExportState) -> ExportedObject:
    exporter = ObjectExporter(export, "server_config", obj, ("server_config",))
    options = exporter.options(server_config.FIELDS, {})
    if get_value(obj, "serverDbInfo.password") == MASK or not _values.is_empty(get_value(obj, "serverDbInfo.user")):
        options.setdefault("repository", {})["password"] = export.placeholder("repository", "password")
    kept = (*server_config.FIELDS, Field("", "serverDbInfo.isRepository"), *(Field("", key) for key in SERVER_KEYS))
    exporter.note_unset(kept, ("", "serverDbInfo", "configParameters"))
    return ExportedObject(options, exporter.notes)


def _cluster(obj: dict[str, Any], export: ExportState) -> ExportedObject:
    exporter = ObjectExporter(export, "cluster", obj, ("cluster",))
    options = exporter.options(cluster.FIELDS, {})
    exporter.note_unset(cluster.FIELDS, ("stagingDirectory", "deploymentDirectory"))
    return ExportedObject({**options, **exporter.settings(cluster.FIELDS)}, exporter.notes)


def _deployment(obj: dict[str, Any], export: ExportState, names: Counter[str]) -> ExportedObject:
    name = _name(obj)
    problem = _unusable(name) or ("several deployments have this name" if names[name] > 1 else "")
    if problem:
        return ExportedObject(None, [f"deployment {name!r} (id {_values.get(obj, 'id')}) is omitted: {problem}"])
    exporter = ObjectExporter(export, "deployments", obj, ("deployment", name))
    options = {"name": name, **exporter.options(deployment.FIELDS, dict(deployment.Deployment.template))}
    if not options.get("archive_server_path"):
        exporter.notes.append(
            "the server returns no archive for this deployment, so it cannot be created on another server"
        )
    return ExportedObject({**options, **exporter.settings(deployment.KEYS)}, exporter.notes)


def _schedule(
    obj: dict[str, Any], export: ExportState, names: Counter[str], subjects: dict[int | None, str]
) -> ExportedObject:
    name = _name(obj)
    problem = _unusable(name)
    if problem:
        return ExportedObject(None, [f"schedule {name!r} (id {_values.get(obj, 'id')}) is omitted: {problem}"])
    exporter = ObjectExporter(export, "schedules", obj, ("schedule", name))
    options: dict[str, Any] = {"name": name}
    if names[name] > 1:
        options["id"] = _values.to_int(_values.get(obj, "id"))
        exporter.notes.append(
            "several schedules have this name; id selects one of them, and is valid on this server only"
        )
    options.update(_subject(exporter, obj, subjects))
    start, *others = (item for item in schedule.FIELDS if item not in (schedule.DEPLOYMENT_ID, schedule.FILE_PATH))
    options.update(exporter.options([start], dict(schedule.Schedule.template)))
    options.update(_when(exporter, _values.get(obj, "schedule")))
    options.update(exporter.options(others, dict(schedule.Schedule.template)))
    exporter.note_unset(schedule.FIELDS, ("jobOptions", "filePathResolved"))
    return ExportedObject({**options, **exporter.settings(schedule.KEYS)}, exporter.notes)


def _subject(exporter: ObjectExporter, obj: dict[str, Any], subjects: dict[int | None, str]) -> dict[str, Any]:
    """Return the option for what runs: a file, or a deployment by its name."""
    if _values.parse_boolean(_values.get(obj, "isFile")):
        path = get_value(obj, "filePathResolved.path")
        text = exporter.text(str(path), "file_path") if isinstance(path, str) and path else None
        return {"file_path": text} if text else {}
    number = _values.to_int(_values.get(obj, "deploymentId"))
    if number in subjects and not _unusable(subjects[number]):
        return {"deployment": subjects[number]}
    if not number:
        return {}
    exporter.notes.append(
        "the name of its deployment is missing or not unique; deployment_id is valid on this server only"
    )
    return {"deployment_id": number}


def _when(exporter: ObjectExporter, when: Any) -> dict[str, Any]:
    """Return ``daily`` if it expresses the whole schedule, otherwise ``schedule`` as the server returned it."""
    name = get_value(when, "typeName") if isinstance(when, dict) else None
    if not isinstance(name, str) or not name:
        exporter.notes.append(
            "the server does not return when this schedule runs, so it cannot be created on another server"
        )
        return {}
    start = get_value(when, "dailyScheduleBase.startTime")
    plain = {"dailyschedulebase": {"starttime": start, "typename": recurrence.EVERY_DAY}, "typename": recurrence.DAILY}
    if _folded(when) == plain and _values.parse_timestamp(start) is not None:
        return {"daily": {"start_time": start}}
    return {"schedule": exporter.export_value(when, "schedule")}


def _folded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.casefold(): _folded(item) for key, item in value.items() if item is not None}
    return value


def _name(obj: dict[str, Any]) -> str:
    return str(_values.get(obj, "name") or "")


def _unusable(name: str) -> str:
    if MASK in name or not _storable(name):
        return "its name seems to hold a secret" if MASK in name else "its name is not text"
    try:
        validate_name("its name", name)
    except AsteraError as error:
        return error.message
    return ""
