# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server does with each request: the published rules of the vendor, and otherwise those of the dialect."""

from __future__ import annotations

import itertools
import time
from typing import Any

from .dialect import Dialect
from .schemas import (
    CLUSTER,
    DB_INFO,
    DEPLOYMENT,
    PARAMETERS,
    SCHEDULE,
    deep_merge,
    require_object,
    to_int32,
    with_defaults,
)
from .serialization import (
    MASK,
    ErrorResponse,
    copy_json,
    format_timestamp,
    normalize_name,
    normalize_text,
    parse_ticks,
    stored_pause_time,
    stored_start_time,
    with_moving_members,
    without_empty_objects,
    without_moving_members,
)
from .store import File, Store, Transaction

PROFILES = ("DEFAULT", "ServerProfile2")
DAILY = ("Astera.Core.DailySchedule", "Astera.Core.DailyScheduleEveryDay")
_JOB_STATES = ("NotStarted", "Queued", "Running")
_DEFAULTS = {"deployment": DEPLOYMENT, "schedule": SCHEDULE}
_UNKNOWN = {
    "zoneAffinity": {"mode": "auto", "weights": [3, 1, None]},
    "futureFlag": True,
    "futureText": "kept as it is",
}


class Handlers:
    """The behavior of one server on a store, which it can share with other servers. All methods raise ``ErrorResponse``."""

    def __init__(self, store: Store, dialect: Dialect, port: int) -> None:
        self.store = store
        self.dialect = dialect
        self.job_results: dict[str, str] = {}
        self._reads = itertools.count(1)
        with store.transaction() as work:
            if work.single("cluster") is None:
                self._create_cluster(work)
            config = work.single("server_config") or self._default_config(work, port)
            work.put_single("server_config", {**config, "port": port})

    def _create_cluster(self, work: Transaction) -> None:
        fresh = {
            "id": 1,
            **copy_json(CLUSTER),
            "name": "DEFAULT",
            "purgeJobInfoAfter": 7,
            "purgeEventInfoAfter": 7,
            "mailSetup": {"smtpServer": "mail.example.com", "port": 25, "recipients": ["ops@example.com"]},
            "pathMappings": [{"from": "X:\\", "to": "\\\\files\\x"}],
        }
        work.put_single(
            "cluster", self._new_object(work, self._with_unknown_members(fresh), self.dialect.singleton_stamps)
        )

    def _default_config(self, work: Transaction, port: int) -> dict[str, Any]:
        defaults = {"purgeChunkSize": 10000, "purgeCommandTimeoutSeconds": 600, "purgeWindowEndHour": 24}
        fresh = {
            "configParameters": {**PARAMETERS, **defaults},
            "serverDbInfo": {**DB_INFO, "connectionTimeOut": 15, "commandTimeOut": 90, "isRepository": True},
            "port": port,
            "serverProfile": "DEFAULT",
        }
        return self._new_object(work, self._with_unknown_members(fresh), self.dialect.singleton_stamps)

    def _with_unknown_members(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return an object that no client created, which can have unknown members in its inner objects, too."""
        return _add_unknown_members(item) if self.dialect.unknown_keys else item

    def _new_object(self, work: Transaction, item: dict[str, Any], stamped: bool) -> dict[str, Any]:
        """Return a new object with the members that the dialect adds. Inner objects stay as they are, because the client sent them."""
        stamp = format_timestamp(work.tick(), self.dialect)
        if self.dialect.unknown_keys:
            item = {**item, **copy_json(_UNKNOWN)}
        return {**item, **({"createdDtTm": stamp, "updateDtTm": stamp} if stamped else {})}

    # The server's configuration and the cluster's settings

    def server_config(self) -> dict[str, Any]:
        with self.store.transaction() as work:
            config = work.single("server_config")
        info = dict(config["serverDbInfo"])
        if self.dialect.config_password == "omit":
            info.pop("password", None)
        elif self.dialect.config_password == "mask" and info.get("password"):
            info["password"] = MASK
        elif self.dialect.config_password in ("empty", "null"):
            info["password"] = "" if self.dialect.config_password == "empty" else None
        set_up = any(info[key] for key in ("server", "database", "user", "dataProvider"))
        if not set_up and self.dialect.unset_objects != "shown":
            info = {}
        return self._at_next_read(without_empty_objects({**config, "serverDbInfo": info}, self.dialect))

    def server_info(self) -> dict[str, Any]:
        return self._at_next_read(
            {"product": "Astera Data Stack (emulated)", "version": "10.0.0.0", "status": "Running"}
        )

    def _at_next_read(self, item: dict[str, Any]) -> dict[str, Any]:
        return with_moving_members(item, next(self._reads), self.dialect)

    def save_server_config(self, sent: Any) -> bool:
        """Save the configuration. Return whether anything changed."""
        sent = without_moving_members(sent, self.dialect)
        with self.store.transaction() as work:
            old = work.single("server_config")
            new = with_defaults({"configParameters": {}, "serverDbInfo": {}, "port": 0, "serverProfile": ""}, sent)
            new["configParameters"] = with_defaults(PARAMETERS, sent.get("configParameters") or {})
            info = new["serverDbInfo"] = with_defaults(DB_INFO, require_object(sent, "serverDbInfo"))
            if info["isRepository"] is not True:
                raise ErrorResponse(400, "isRepository must be true.")
            if info["dataProvider"] not in ("SqlServer", "PostgreSQL"):
                raise ErrorResponse(400, "The data provider is not supported.")
            if new["serverProfile"] not in PROFILES:
                raise ErrorResponse(400, f"There is no server profile {new['serverProfile']!r}.")
            if not 1 <= to_int32(new["port"]) <= 65535:
                raise ErrorResponse(400, "The port is not valid.")
            if "password" not in require_object(sent, "serverDbInfo"):
                if self.dialect.password_less_config == "refused":
                    raise ErrorResponse(400, "The password is missing.")
                if self.dialect.password_less_config == "keeps":
                    info["password"] = old["serverDbInfo"].get("password", "")
            new = self._store_single(work, "server_config", old, new)
            return new != old

    def cluster(self) -> Any:
        if self.dialect.cluster_get != 200:
            raise ErrorResponse(self.dialect.cluster_get)
        self._check_configured()
        with self.store.transaction() as work:
            return self._at_next_read(without_empty_objects(work.single("cluster"), self.dialect))

    def save_cluster(self, sent: Any) -> None:
        with self.store.transaction() as work:
            old = work.single("cluster")
            self._check_configured(work)
            new = with_defaults(CLUSTER, without_moving_members(sent, self.dialect))
            for key in ("pauseServersFrom", "pauseServersTo"):
                new[key] = stored_pause_time(new[key], self.dialect)
            if to_int32(new.get("id")) != 1:
                raise ErrorResponse(400, "The id of the cluster settings is 1.")
            if not new["name"]:
                raise ErrorResponse(400, "The name is missing.")
            self._store_single(work, "cluster", old, new)

    def _store_single(self, work: Transaction, kind: str, old: Any, new: dict[str, Any]) -> dict[str, Any]:
        if self.dialect.singleton_stamps:
            # A client cannot send the timestamp of what it cannot read.
            if kind != "cluster" or self.dialect.cluster_get == 200:
                self._check_stamp(old, new)
            new = {**new, "createdDtTm": old["createdDtTm"], "updateDtTm": format_timestamp(work.tick(), self.dialect)}
        new.pop(self.dialect.drop_field, None)
        work.put_single(kind, new)
        return new

    def has_repository(self) -> bool:
        with self.store.transaction() as work:
            return bool(work.single("server_config")["serverDbInfo"]["dataProvider"])

    def _check_configured(self, work: Transaction | None = None) -> None:
        """Raise ``ErrorResponse`` without a repository or a license, if the dialect requires them."""
        if self.dialect.unconfigured == "permissive":
            return
        if work is None:
            with self.store.transaction() as work:
                self._check_configured(work)
            return
        repository = work.single("server_config")["serverDbInfo"]["dataProvider"]
        if not repository or not (work.single("license") or {}).get("active"):
            raise ErrorResponse(400, "The server has no repository, or no license.")

    # The license

    def register_license(self, sent: Any) -> None:
        wrapper, model = "licenseKeyRegistrationModel", sent
        wrapped = isinstance(sent, dict) and wrapper in sent
        if self.dialect.license_wrapper == "required" or (wrapped and self.dialect.license_wrapper == "optional"):
            model = require_object(sent, wrapper)
        if not isinstance(model, dict):
            raise ErrorResponse(400, "An object is expected.")
        if not all(isinstance(model.get(key), str) and model[key] for key in ("user", "organization", "key")):
            raise ErrorResponse(400, "User, organization and key are required.")
        with self.store.transaction() as work:
            work.put_single(
                "license", {**{key: model[key] for key in ("user", "organization", "key")}, "active": False}
            )

    def activate_license(self, body: bytes, length: str | None, kind: str | None) -> None:
        if length is None and self.dialect.activate_body != "nothing":
            raise ErrorResponse(411)
        if self.dialect.activate_body == "text_plain" and not (kind or "").startswith("text/plain"):
            raise ErrorResponse(415)
        if body:
            raise ErrorResponse(400, "An empty text is expected.")
        with self.store.transaction() as work:
            known = work.single("license")
            if not known:
                raise ErrorResponse(400, "There is no license key to activate.")
            work.put_single("license", {**known, "active": True})

    # Files

    def upload(self, name: str, kind: str, file: File) -> str:
        """Store a file. Return its path on the server."""
        if kind.lower() not in ("car", "cfg"):
            raise ErrorResponse(400, "FileTypes must be Car or Cfg.")
        if not file.size:
            raise ErrorResponse(400, "The file is empty.")
        if not name or any(character in name for character in '/\\:*?"<>|') or name.startswith("."):
            raise ErrorResponse(400, "TargetFileName is not a file name.")
        with self.store.transaction() as work:
            folder = (work.single("cluster").get("deploymentDirectory") or {}).get("path") or "C:\\Astera\\Deployment"
            separator = "\\" if self.dialect.path_style == "backslash" else "/"
            base = folder.rstrip(separator)
            path = f"{base}{separator}{self._stored_name(name, kind)}"
            if work.has_file(path) and self.dialect.upload_exists == "refused":
                raise ErrorResponse(self.dialect.duplicate_status, "There is a file of this name already.")
            copy = 1
            while work.has_file(path) and self.dialect.upload_exists == "numbered":
                path = f"{base}{separator}{self._stored_name(f'{name} ({copy})', kind)}"
                copy += 1
            path = path if separator == "\\" else path.replace("\\", "/")
            work.put_file(path, file)
            return path

    def _stored_name(self, name: str, kind: str) -> str:
        form = self.dialect.stored_name
        if form == "no_extension":
            return name
        full = f"{name}.{kind.capitalize()}"
        return full.lower() if form == "lower" else f"20260101_{full}" if form == "prefixed" else full

    # Deployments and schedules

    def deployments(self) -> list[dict[str, Any]]:
        with self.store.transaction() as work:
            self._check_configured(work)
            return [self.to_response(item) for item in work.objects("deployment")]

    def to_response(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return a deployment or schedule as the dialect shows it."""
        return self._at_next_read(self._rename_activation(item))

    def _rename_activation(self, item: dict[str, Any]) -> dict[str, Any]:
        name = {"shown": "isActive", "hidden": None, "renamed": "activated"}[self.dialect.deployment_activation]
        if "clusterArchiveFilePath" not in item or name == "isActive":
            return without_empty_objects(item, self.dialect)
        kept = {key: value for key, value in item.items() if key != "isActive"}
        return kept if name is None else {**kept, name: item.get("isActive")}

    def schedules(self) -> list[dict[str, Any]]:
        with self.store.transaction() as work:
            self._check_configured(work)
            return [self.to_response(item) for item in work.objects("schedule")]

    def schedule(self, number: int) -> dict[str, Any] | None:
        with self.store.transaction() as work:
            self._check_configured(work)
            found = work.object("schedule", number)
        if found is None and self.dialect.unknown_id_status >= 400:
            raise ErrorResponse(self.dialect.unknown_id_status)
        return found and self.to_response(found)

    def save_deployment(self, sent: Any) -> dict[str, Any]:
        with self.store.transaction() as work:
            self._check_configured(work)
            new = with_defaults(DEPLOYMENT, without_moving_members(sent, self.dialect))
            new["comment"] = normalize_text(new["comment"], self.dialect)
            if self.dialect.deployment_activation == "renamed" and isinstance(new.get("activated"), bool):
                new["isActive"] = new.pop("activated")
            # The name of the field is assumed. A client that does not send it must still get an active deployment.
            if not {"isActive", "activated"} & set(sent) and not to_int32(sent.get("id")):
                new["isActive"] = True
            return self._save(work, "deployment", new, unique=True)

    def save_schedule(self, sent: Any) -> dict[str, Any]:
        with self.store.transaction() as work:
            self._check_configured(work)
            new = with_defaults(SCHEDULE, without_moving_members(sent, self.dialect))
            kind = require_object(new, "schedule").get("typeName")
            if not isinstance(kind, str) or not kind:
                raise ErrorResponse(400, "The schedule has no typeName.")
            if kind == DAILY[0]:
                base = require_object(new["schedule"], "dailyScheduleBase")
                if base.get("typeName") == DAILY[1]:
                    base["startTime"] = stored_start_time(base.get("startTime"), self.dialect)
                elif not base.get("typeName"):
                    raise ErrorResponse(400, "The daily schedule has no typeName.")
            if not new["isFile"] and work.object("deployment", to_int32(new["deploymentId"])) is None:
                raise ErrorResponse(400, "There is no such deployment.")
            return self._save(work, "schedule", new, unique=self.dialect.unique_schedule_names)

    def _save(self, work: Transaction, kind: str, new: dict[str, Any], *, unique: bool) -> dict[str, Any]:
        if not isinstance(new["name"], str) or not new["name"].strip():
            raise ErrorResponse(400, "The name is missing.")
        new["name"] = normalize_name(new["name"], self.dialect)
        number = to_int32(new.get("id"))
        old = work.object(kind, number) if number else None
        if number and old is None and self.dialect.unknown_update != "creates":
            raise ErrorResponse(int(self.dialect.unknown_update), f"There is no {kind} with id {number}.")
        same = self._fold(new["name"])
        others = (item for item in work.objects(kind) if item["id"] != number)
        if unique and any(self._fold(item["name"]) == same for item in others):
            raise ErrorResponse(self.dialect.duplicate_status, f"A {kind} with this name already exists.")
        new.pop(self.dialect.drop_field, None)
        if old is None:
            stored = self._new_object(work, {**new, "id": work.next_id(kind)}, True)
        else:
            self._check_stamp(old, new)
            kept = {"id": old["id"], "createdDtTm": old["createdDtTm"]}
            stored = {**new, **kept, "updateDtTm": format_timestamp(work.tick(), self.dialect)}
        work.put_object(kind, stored)
        return stored

    def _fold(self, name: str) -> str:
        # .NET ignores case one character at a time, so that "ß" is never "SS".
        return "".join(map(_upper_case, name)) if self.dialect.names_case_insensitive else name

    def _check_stamp(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        sent = new.get("updateDtTm")
        if sent is None and self.dialect.missing_stamp == "accepted":
            return
        if sent == old["updateDtTm"]:
            return
        times = [parse_ticks(text, self.dialect) for text in (sent, old["updateDtTm"])]
        older = None in times or times[0] < times[1]
        if older or self.dialect.stamp_rule == "exact":
            raise ErrorResponse(
                self.dialect.stale_status, "The object was changed by another user. UpdateDtTm is not valid."
            )

    # Jobs

    def run_job(self, sent: Any) -> dict[str, Any]:
        path = sent.get("filePath") if isinstance(sent, dict) else None
        if not isinstance(path, str) or not path:
            raise ErrorResponse(400, "filePath is missing.")
        with self.store.transaction() as work:
            number = work.next_id("job")
            job = {"id": number, "filePath": path, "parameters": sent.get("parameters") or [], "polls": 0}
            work.put_object("job", {**job, "started": time.time()})
        return {"jobId": number, "filePath": path}

    def job_status(self, number: int) -> str:
        """Return the next status at each request; at the end ``Completed``, or what ``set_job_result`` set for the file."""
        with self.store.transaction() as work:
            job = work.object("job", number)
            if job is None and self.dialect.unknown_job == "404":
                raise ErrorResponse(404)
            if job is None:
                return self.dialect.unknown_job
            work.put_object("job", {**job, "polls": job["polls"] + 1})
        polls = job["polls"]
        return _JOB_STATES[polls] if polls < len(_JOB_STATES) else self.job_results.get(job["filePath"], "Completed")

    # Changes by other clients

    def edit(self, kind: str, name: str | None, keys: dict[str, Any]) -> None:
        """Change an object as another client does, with a new timestamp."""
        with self.store.transaction() as work:
            if kind in ("cluster", "server_config"):
                old = work.single(kind)
                stamp = {"updateDtTm": format_timestamp(work.tick(), self.dialect)} if "updateDtTm" in old else {}
                work.put_single(kind, {**deep_merge(old, keys), **stamp})
                return
            found = [item for item in work.objects(kind) if item["name"] == name]
            if len(found) != 1:
                raise LookupError(f"{len(found)} objects of the kind {kind} are called {name!r}")
            old = found[0]
            work.put_object(kind, {**deep_merge(old, keys), "updateDtTm": format_timestamp(work.tick(), self.dialect)})

    def seed(self, kind: str, keys: dict[str, Any]) -> dict[str, Any]:
        """Create an object that existed before the first request."""
        with self.store.transaction() as work:
            fresh = {**copy_json(_DEFAULTS[kind]), **copy_json(keys), "id": work.next_id(kind)}
            item = self._new_object(work, self._with_unknown_members(fresh), True)
            work.put_object(kind, item)
            return item

    def remove(self, kind: str, name: str) -> None:
        with self.store.transaction() as work:
            for item in work.objects(kind):
                if item["name"] == name:
                    work.remove_object(kind, item["id"])


def _add_unknown_members(value: Any) -> Any:
    """Return the value with one more member in each inner object."""
    if isinstance(value, list):
        return [_add_unknown_members(item) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {key: _add_unknown_members(item) for key, item in value.items()}
    return {
        key: {**item, "futureDetail": "kept, too"} if isinstance(item, dict) else item for key, item in inner.items()
    }


def _upper_case(character: str) -> str:
    return character.upper() if len(character.upper()) == 1 else character
