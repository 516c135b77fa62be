# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server does with each call: the vendor's published rules, and where they are silent the dialect's."""

from __future__ import annotations

import time
from typing import Any

from .dialect import Dialect
from .store import Store, Transaction, copy_of
from .wire import MASK, Refusal, start_time, timestamp

PROFILES = ("DEFAULT", "ServerProfile2")
DAILY = ("Astera.Core.DailySchedule", "Astera.Core.DailyScheduleEveryDay")
_JOB_STATES = ("NotStarted", "Queued", "Running")
# What a key that the body leaves out becomes: .NET binds a new object each time, and this is its default.
_DEPLOYMENT: dict[str, Any] = {
    "name": "",
    "userArchiveFilePath": "",
    "clusterArchiveFilePath": "",
    "userConfigFilePath": "",
    "clusterConfigFilePath": "",
    "encryptFiles": False,
    "comment": "",
    "isActive": False,
}
_SCHEDULE: dict[str, Any] = {
    "name": "",
    "isActive": False,
    "isFile": False,
    "filePathResolved": None,
    "deploymentId": 0,
    "archiveStartItem": "",
    "schedule": None,
    "traceLevel": "",
    "skipIfRunning": False,
    "jobOptions": {"usePushdownOptimization": False},
}
_CLUSTER: dict[str, Any] = {
    "name": "",
    "sendErrorInfoToAstera": False,
    "purgeJobInfoAfter": 0,
    "purgeEventInfoAfter": 0,
    "stagingDirectory": {"path": ""},
    "deploymentDirectory": {"path": ""},
    "pauseAllServers": False,
    "pauseServersFrom": None,
    "pauseServersTo": None,
    "clientAndServersShareTheSameFileSystem": False,
}
_DB_INFO: dict[str, Any] = {
    "port": 0,
    "protocol": "",
    "serviceName": "",
    "authenticationType": "",
    "connectionTimeOut": 0,
    "commandTimeOut": 0,
    "dataProvider": "",
    "server": "",
    "database": "",
    "isRepository": False,
    "schema": "",
    "user": "",
    "password": "",
}
_PARAMETERS: dict[str, Any] = {
    "instrumentationOn": False,
    "purgeChunkSize": 0,
    "purgeCommandTimeoutSeconds": 0,
    "purgeWindowStartHour": 0,
    "purgeWindowEndHour": 0,
}
_UNKNOWN = {
    "zoneAffinity": {"mode": "auto", "weights": [3, 1, None]},
    "futureFlag": True,
    "futureText": "kept as it is",
}


class Rules:
    """One server's behaviour on a store, which it may share with others. All methods raise ``Refusal``."""

    def __init__(self, store: Store, dialect: Dialect, port: int) -> None:
        self.store = store
        self.dialect = dialect
        self.outcomes: dict[str, str] = {}
        with store.transaction() as work:
            if work.single("cluster") is None:
                self._found(work)
            if work.single("server_config") is None:
                work.put_single("server_config", self._bare_config(work, port))

    def _found(self, work: Transaction) -> None:
        fresh = {
            "id": 1,
            **copy_of(_CLUSTER),
            "name": "DEFAULT",
            "purgeJobInfoAfter": 7,
            "purgeEventInfoAfter": 7,
            "mailSetup": {"smtpServer": "mail.example.com", "port": 25, "recipients": ["ops@example.com"]},
            "pathMappings": [{"from": "X:\\", "to": "\\\\files\\x"}],
        }
        work.put_single("cluster", self._seasoned(work, fresh, self.dialect.singleton_stamps))

    def _bare_config(self, work: Transaction, port: int) -> dict[str, Any]:
        defaults = {"purgeChunkSize": 10000, "purgeCommandTimeoutSeconds": 600, "purgeWindowEndHour": 24}
        fresh = {
            "configParameters": {**_PARAMETERS, **defaults},
            "serverDbInfo": {**_DB_INFO, "connectionTimeOut": 15, "commandTimeOut": 90, "isRepository": True},
            "port": port,
            "serverProfile": "DEFAULT",
        }
        return self._seasoned(work, fresh, self.dialect.singleton_stamps)

    def _seasoned(self, work: Transaction, item: dict[str, Any], stamped: bool) -> dict[str, Any]:
        """A new object with what the dialect adds to it."""
        stamp = timestamp(work.tick(), self.dialect)
        extra = copy_of(_UNKNOWN) if self.dialect.unknown_keys else {}
        return {**item, **extra, **({"createdDtTm": stamp, "updateDtTm": stamp} if stamped else {})}

    # The server's configuration and the cluster's settings

    def server_config(self) -> dict[str, Any]:
        with self.store.transaction() as work:
            config = work.single("server_config")
        info = dict(config["serverDbInfo"])
        if self.dialect.config_password == "omit":
            info.pop("password", None)
        elif self.dialect.config_password == "mask" and info.get("password"):
            info["password"] = MASK
        return {**config, "serverDbInfo": info}

    def save_server_config(self, sent: Any) -> bool:
        """→ whether anything is different now."""
        with self.store.transaction() as work:
            old = work.single("server_config")
            new = _replaced({"configParameters": {}, "serverDbInfo": {}, "port": 0, "serverProfile": ""}, sent)
            new["configParameters"] = _replaced(_PARAMETERS, _part(sent, "configParameters"))
            info = new["serverDbInfo"] = _replaced(_DB_INFO, _part(sent, "serverDbInfo"))
            if info["isRepository"] is not True:
                raise Refusal(400, "isRepository must be true.")
            if info["dataProvider"] not in ("SqlServer", "PostgreSQL"):
                raise Refusal(400, "The data provider is not supported.")
            if new["serverProfile"] not in PROFILES:
                raise Refusal(400, f"There is no server profile {new['serverProfile']!r}.")
            if not 1 <= _number(new["port"]) <= 65535:
                raise Refusal(400, "The port is not valid.")
            if "password" not in _part(sent, "serverDbInfo"):
                if self.dialect.password_less_config == "refused":
                    raise Refusal(400, "The password is missing.")
                if self.dialect.password_less_config == "keeps":
                    info["password"] = old["serverDbInfo"].get("password", "")
            new = self._stored_single(work, "server_config", old, new)
            return new != old

    def cluster(self) -> Any:
        if self.dialect.cluster_get != 200:
            raise Refusal(self.dialect.cluster_get)
        with self.store.transaction() as work:
            settings = work.single("cluster")
        return [settings] if self.dialect.cluster_shape == "list" else settings

    def save_cluster(self, sent: Any) -> None:
        with self.store.transaction() as work:
            old = work.single("cluster")
            new = _replaced(_CLUSTER, sent)
            if _number(new.get("id")) != 1:
                raise Refusal(400, "The id of the cluster settings is 1.")
            if not new["name"]:
                raise Refusal(400, "The name is missing.")
            self._stored_single(work, "cluster", old, new)

    def _stored_single(self, work: Transaction, kind: str, old: Any, new: dict[str, Any]) -> dict[str, Any]:
        if self.dialect.singleton_stamps:
            self._check_stamp(old, new)
            new = {**new, "createdDtTm": old["createdDtTm"], "updateDtTm": timestamp(work.tick(), self.dialect)}
        new.pop(self.dialect.drop_field, None)
        work.put_single(kind, new)
        return new

    # The licence

    def register_license(self, sent: Any) -> None:
        model = _part(sent, "licenseKeyRegistrationModel")
        if not all(isinstance(model.get(key), str) and model[key] for key in ("user", "organization", "key")):
            raise Refusal(400, "User, organization and key are required.")
        with self.store.transaction() as work:
            work.put_single(
                "license", {**{key: model[key] for key in ("user", "organization", "key")}, "active": False}
            )

    def activate_license(self, body: bytes, length: str | None) -> None:
        if length is None:
            raise Refusal(411)
        if body:
            raise Refusal(400, "An empty text is expected.")
        with self.store.transaction() as work:
            known = work.single("license")
            if not known:
                raise Refusal(400, "There is no licence key to activate.")
            work.put_single("license", {**known, "active": True})

    # Files

    def upload(self, name: str, kind: str, content: bytes) -> tuple[str, dict[str, Any]]:
        """→ the path on the server, and what a journal may say of the file."""
        if kind.lower() not in ("car", "cfg"):
            raise Refusal(400, "FileTypes must be Car or Cfg.")
        if not content:
            raise Refusal(400, "The file is empty.")
        if not name or any(character in name for character in '/\\:*?"<>|') or name.startswith("."):
            raise Refusal(400, "TargetFileName is not a file name.")
        with self.store.transaction() as work:
            folder = (work.single("cluster").get("deploymentDirectory") or {}).get("path") or "C:\\Astera\\Deployment"
            separator = "\\" if self.dialect.path_style == "backslash" else "/"
            path = f"{folder.rstrip(separator)}{separator}{name}.{kind.capitalize()}"
            path = path if separator == "\\" else path.replace("\\", "/")
            return path, work.put_file(path, content)

    # Deployments and schedules

    def deployments(self) -> list[dict[str, Any]]:
        with self.store.transaction() as work:
            items = work.objects("deployment")
        hidden = self.dialect.deployment_activation == "hidden"
        return [{key: value for key, value in item.items() if not (hidden and key == "isActive")} for item in items]

    def schedules(self) -> list[dict[str, Any]]:
        with self.store.transaction() as work:
            return work.objects("schedule")

    def schedule(self, number: int) -> dict[str, Any] | None:
        with self.store.transaction() as work:
            found = work.object("schedule", number)
        if found is None and self.dialect.unknown_id_status == 404:
            raise Refusal(404)
        return found

    def save_deployment(self, sent: Any) -> dict[str, Any]:
        with self.store.transaction() as work:
            new = _replaced({**_DEPLOYMENT, "isActive": not _number(sent.get("id"))}, sent)
            return self._save(work, "deployment", new, unique=True)

    def save_schedule(self, sent: Any) -> dict[str, Any]:
        with self.store.transaction() as work:
            new = _replaced(_SCHEDULE, sent)
            kind = _part(new, "schedule").get("typeName")
            if not isinstance(kind, str) or not kind:
                raise Refusal(400, "The schedule has no typeName.")
            if kind == DAILY[0]:
                base = _part(new["schedule"], "dailyScheduleBase")
                if base.get("typeName") == DAILY[1]:
                    base["startTime"] = start_time(base.get("startTime"), self.dialect)
                elif not base.get("typeName"):
                    raise Refusal(400, "The daily schedule has no typeName.")
            if not new["isFile"] and work.object("deployment", _number(new["deploymentId"])) is None:
                raise Refusal(400, "There is no such deployment.")
            return self._save(work, "schedule", new, unique=self.dialect.unique_schedule_names)

    def _save(self, work: Transaction, kind: str, new: dict[str, Any], *, unique: bool) -> dict[str, Any]:
        if not isinstance(new["name"], str) or not new["name"].strip():
            raise Refusal(400, "The name is missing.")
        number = _number(new.get("id"))
        old = work.object(kind, number) if number else None
        if number and old is None:
            raise Refusal(400, f"There is no {kind} with id {number}.")
        same = self._folded(new["name"])
        others = (item for item in work.objects(kind) if item["id"] != number)
        if unique and any(self._folded(item["name"]) == same for item in others):
            raise Refusal(400, f"A {kind} with this name already exists.")
        new.pop(self.dialect.drop_field, None)
        if old is None:
            stored = self._seasoned(work, {**new, "id": work.next_id(kind)}, True)
        else:
            self._check_stamp(old, new)
            kept = {"id": old["id"], "createdDtTm": old["createdDtTm"]}
            stored = {**new, **kept, "updateDtTm": timestamp(work.tick(), self.dialect)}
        work.put_object(kind, stored)
        return stored

    def _folded(self, name: str) -> str:
        return name.casefold() if self.dialect.names_case_insensitive else name

    def _check_stamp(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        sent = new.get("updateDtTm")
        if sent is None and self.dialect.missing_stamp == "accepted":
            return
        if sent != old["updateDtTm"]:
            raise Refusal(self.dialect.stale_status, "The object was changed by another user. UpdateDtTm is not valid.")

    # Jobs

    def run_job(self, sent: Any) -> dict[str, Any]:
        path = sent.get("filePath") if isinstance(sent, dict) else None
        if not isinstance(path, str) or not path:
            raise Refusal(400, "filePath is missing.")
        with self.store.transaction() as work:
            number = work.next_id("job")
            job = {"id": number, "filePath": path, "parameters": sent.get("parameters") or [], "polls": 0}
            work.put_object("job", {**job, "started": time.time()})
        return {"jobId": number, "filePath": path}

    def job_status(self, number: int) -> str:
        """One state further each time that it is asked for; at last ``Completed``, or what was scripted for the file."""
        with self.store.transaction() as work:
            job = work.object("job", number)
            if job is None:
                return "Invalid"
            work.put_object("job", {**job, "polls": job["polls"] + 1})
        polls = job["polls"]
        return _JOB_STATES[polls] if polls < len(_JOB_STATES) else self.outcomes.get(job["filePath"], "Completed")

    # What happens behind the back of whoever is looking

    def edit(self, kind: str, name: str | None, keys: dict[str, Any]) -> None:
        """Another user's change, with a new time stamp."""
        with self.store.transaction() as work:
            if kind in ("cluster", "server_config"):
                old = work.single(kind)
                stamp = {"updateDtTm": timestamp(work.tick(), self.dialect)} if "updateDtTm" in old else {}
                work.put_single(kind, {**_merged(old, keys), **stamp})
                return
            (old,) = (item for item in work.objects(kind) if item["name"] == name)
            work.put_object(kind, {**_merged(old, keys), "updateDtTm": timestamp(work.tick(), self.dialect)})

    def seed(self, kind: str, keys: dict[str, Any]) -> dict[str, Any]:
        """An object that was there before."""
        defaults = {"deployment": _DEPLOYMENT, "schedule": _SCHEDULE}[kind]
        with self.store.transaction() as work:
            item = self._seasoned(work, {**copy_of(defaults), **keys, "id": work.next_id(kind)}, True)
            work.put_object(kind, item)
            return item

    def remove(self, kind: str, name: str) -> None:
        with self.store.transaction() as work:
            for item in work.objects(kind):
                if item["name"] == name:
                    work.remove_object(kind, item["id"])


def _replaced(defaults: dict[str, Any], sent: Any) -> dict[str, Any]:
    """The whole object anew: what was not sent is gone."""
    if not isinstance(sent, dict):
        raise Refusal(400, "An object is expected.")
    new = copy_of(defaults)
    for key, value in sent.items():
        new[key] = _typed(defaults[key], value) if key in defaults else value
    return new


def _typed(default: Any, value: Any) -> Any:
    """As Newtonsoft's binding does: numbers and booleans may come as texts, and null is an empty text."""
    try:
        if isinstance(default, bool):
            return value.lower() == "true" if isinstance(value, str) else bool(value)
        if isinstance(default, int):
            return int(value or 0)
    except ValueError as error:
        raise Refusal(400, "A number is expected.") from error
    return "" if value is None and default == "" else value


def _part(content: Any, key: str) -> dict[str, Any]:
    part = content.get(key) if isinstance(content, dict) else None
    if not isinstance(part, dict):
        raise Refusal(400, f"{key} is missing.")
    return part


def _number(value: Any) -> int:
    try:
        return int(value or 0)
    except (TypeError, ValueError) as error:
        raise Refusal(400, "A number is expected.") from error


def _merged(old: dict[str, Any], keys: dict[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for key, value in keys.items():
        merged[key] = _merged(old[key], value) if isinstance(value, dict) and isinstance(old.get(key), dict) else value
    return merged
