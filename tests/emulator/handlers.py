# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server does with each call: the vendor's published rules, and where they are silent the dialect's."""

from __future__ import annotations

import itertools
import time
from typing import Any

from .dialect import Dialect
from .schemas import CLUSTER, DB_INFO, DEPLOYMENT, PARAMETERS, SCHEDULE, integer, merged, part, replaced
from .serialization import (
    MASK,
    Refusal,
    bare,
    copy_of,
    kept_name,
    kept_text,
    moving,
    pause_time,
    start_time,
    ticks_of,
    timestamp,
    without_moving,
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
    """One server's behavior on a store, which it may share with others. All methods raise ``Refusal``."""

    def __init__(self, store: Store, dialect: Dialect, port: int) -> None:
        self.store = store
        self.dialect = dialect
        self.outcomes: dict[str, str] = {}
        self._reads = itertools.count(1)
        with store.transaction() as work:
            if work.single("cluster") is None:
                self._found(work)
            config = work.single("server_config") or self._bare_config(work, port)
            work.put_single("server_config", {**config, "port": port})

    def _found(self, work: Transaction) -> None:
        fresh = {
            "id": 1,
            **copy_of(CLUSTER),
            "name": "DEFAULT",
            "purgeJobInfoAfter": 7,
            "purgeEventInfoAfter": 7,
            "mailSetup": {"smtpServer": "mail.example.com", "port": 25, "recipients": ["ops@example.com"]},
            "pathMappings": [{"from": "X:\\", "to": "\\\\files\\x"}],
        }
        work.put_single("cluster", self._seasoned(work, self._older(fresh), self.dialect.singleton_stamps))

    def _bare_config(self, work: Transaction, port: int) -> dict[str, Any]:
        defaults = {"purgeChunkSize": 10000, "purgeCommandTimeoutSeconds": 600, "purgeWindowEndHour": 24}
        fresh = {
            "configParameters": {**PARAMETERS, **defaults},
            "serverDbInfo": {**DB_INFO, "connectionTimeOut": 15, "commandTimeOut": 90, "isRepository": True},
            "port": port,
            "serverProfile": "DEFAULT",
        }
        return self._seasoned(work, self._older(fresh), self.dialect.singleton_stamps)

    def _older(self, item: dict[str, Any]) -> dict[str, Any]:
        """An object that is not of the client's making may have unknown members in the objects inside it, too."""
        return _with_unknown(item) if self.dialect.unknown_keys else item

    def _seasoned(self, work: Transaction, item: dict[str, Any], stamped: bool) -> dict[str, Any]:
        """A new object with what the dialect adds to it: here only beside the known members, for those inside are the client's."""
        stamp = timestamp(work.tick(), self.dialect)
        if self.dialect.unknown_keys:
            item = {**item, **copy_of(_UNKNOWN)}
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
        if not set_up and self.dialect.bare_objects != "shown":
            info = {}
        return self._now(bare({**config, "serverDbInfo": info}, self.dialect))

    def server_info(self) -> dict[str, Any]:
        return self._now({"product": "Astera Data Stack (emulated)", "version": "10.0.0.0", "status": "Running"})

    def _now(self, item: dict[str, Any]) -> dict[str, Any]:
        return moving(item, next(self._reads), self.dialect)

    def save_server_config(self, sent: Any) -> bool:
        """→ whether anything is different now."""
        sent = without_moving(sent, self.dialect)
        with self.store.transaction() as work:
            old = work.single("server_config")
            new = replaced({"configParameters": {}, "serverDbInfo": {}, "port": 0, "serverProfile": ""}, sent)
            new["configParameters"] = replaced(PARAMETERS, sent.get("configParameters") or {})
            info = new["serverDbInfo"] = replaced(DB_INFO, part(sent, "serverDbInfo"))
            if info["isRepository"] is not True:
                raise Refusal(400, "isRepository must be true.")
            if info["dataProvider"] not in ("SqlServer", "PostgreSQL"):
                raise Refusal(400, "The data provider is not supported.")
            if new["serverProfile"] not in PROFILES:
                raise Refusal(400, f"There is no server profile {new['serverProfile']!r}.")
            if not 1 <= integer(new["port"]) <= 65535:
                raise Refusal(400, "The port is not valid.")
            if "password" not in part(sent, "serverDbInfo"):
                if self.dialect.password_less_config == "refused":
                    raise Refusal(400, "The password is missing.")
                if self.dialect.password_less_config == "keeps":
                    info["password"] = old["serverDbInfo"].get("password", "")
            new = self._stored_single(work, "server_config", old, new)
            return new != old

    def cluster(self) -> Any:
        if self.dialect.cluster_get != 200:
            raise Refusal(self.dialect.cluster_get)
        self._check_configured()
        with self.store.transaction() as work:
            settings = self._now(bare(work.single("cluster"), self.dialect))
        return [settings] if self.dialect.cluster_shape == "list" else settings

    def save_cluster(self, sent: Any) -> None:
        with self.store.transaction() as work:
            old = work.single("cluster")
            self._check_configured(work)
            new = replaced(CLUSTER, without_moving(sent, self.dialect))
            for key in ("pauseServersFrom", "pauseServersTo"):
                new[key] = pause_time(new[key], self.dialect)
            if integer(new.get("id")) != 1:
                raise Refusal(400, "The id of the cluster settings is 1.")
            if not new["name"]:
                raise Refusal(400, "The name is missing.")
            self._stored_single(work, "cluster", old, new)

    def _stored_single(self, work: Transaction, kind: str, old: Any, new: dict[str, Any]) -> dict[str, Any]:
        if self.dialect.singleton_stamps:
            # What cannot be read has no stamp that a client could send.
            if kind != "cluster" or self.dialect.cluster_get == 200:
                self._check_stamp(old, new)
            new = {**new, "createdDtTm": old["createdDtTm"], "updateDtTm": timestamp(work.tick(), self.dialect)}
        new.pop(self.dialect.drop_field, None)
        work.put_single(kind, new)
        return new

    def has_repository(self) -> bool:
        with self.store.transaction() as work:
            return bool(work.single("server_config")["serverDbInfo"]["dataProvider"])

    def _check_configured(self, work: Transaction | None = None) -> None:
        """Whether there is a repository in which deployments and all that could be, and leave to use it."""
        if self.dialect.unconfigured == "permissive":
            return
        if work is None:
            with self.store.transaction() as work:
                self._check_configured(work)
            return
        repository = work.single("server_config")["serverDbInfo"]["dataProvider"]
        if not repository or not (work.single("license") or {}).get("active"):
            raise Refusal(400, "The server has no repository, or no license.")

    # The license

    def register_license(self, sent: Any) -> None:
        wrapper, model = "licenseKeyRegistrationModel", sent
        wrapped = isinstance(sent, dict) and wrapper in sent
        if self.dialect.license_wrapper == "required" or (wrapped and self.dialect.license_wrapper == "optional"):
            model = part(sent, wrapper)
        if not isinstance(model, dict):
            raise Refusal(400, "An object is expected.")
        if not all(isinstance(model.get(key), str) and model[key] for key in ("user", "organization", "key")):
            raise Refusal(400, "User, organization and key are required.")
        with self.store.transaction() as work:
            work.put_single(
                "license", {**{key: model[key] for key in ("user", "organization", "key")}, "active": False}
            )

    def activate_license(self, body: bytes, length: str | None, kind: str | None) -> None:
        if length is None and self.dialect.activate_body != "nothing":
            raise Refusal(411)
        if self.dialect.activate_body == "text_plain" and not (kind or "").startswith("text/plain"):
            raise Refusal(415)
        if body:
            raise Refusal(400, "An empty text is expected.")
        with self.store.transaction() as work:
            known = work.single("license")
            if not known:
                raise Refusal(400, "There is no license key to activate.")
            work.put_single("license", {**known, "active": True})

    # Files

    def upload(self, name: str, kind: str, file: File) -> str:
        """→ the path on the server."""
        if kind.lower() not in ("car", "cfg"):
            raise Refusal(400, "FileTypes must be Car or Cfg.")
        if not file.size:
            raise Refusal(400, "The file is empty.")
        if not name or any(character in name for character in '/\\:*?"<>|') or name.startswith("."):
            raise Refusal(400, "TargetFileName is not a file name.")
        with self.store.transaction() as work:
            folder = (work.single("cluster").get("deploymentDirectory") or {}).get("path") or "C:\\Astera\\Deployment"
            separator = "\\" if self.dialect.path_style == "backslash" else "/"
            base = folder.rstrip(separator)
            path = f"{base}{separator}{self._stored_name(name, kind)}"
            if work.has_file(path) and self.dialect.upload_exists == "refused":
                raise Refusal(self.dialect.duplicate_status, "There is a file of this name already.")
            turn = 1
            while work.has_file(path) and self.dialect.upload_exists == "numbered":
                path = f"{base}{separator}{self._stored_name(f'{name} ({turn})', kind)}"
                turn += 1
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
            return [self.as_shown(item) for item in work.objects("deployment")]

    def as_shown(self, item: dict[str, Any]) -> dict[str, Any]:
        """A deployment or schedule as the dialect shows it."""
        return self._now(self._named(item))

    def _named(self, item: dict[str, Any]) -> dict[str, Any]:
        name = {"shown": "isActive", "hidden": None, "renamed": "activated"}[self.dialect.deployment_activation]
        if "clusterArchiveFilePath" not in item or name == "isActive":
            return bare(item, self.dialect)
        kept = {key: value for key, value in item.items() if key != "isActive"}
        return kept if name is None else {**kept, name: item.get("isActive")}

    def schedules(self) -> list[dict[str, Any]]:
        with self.store.transaction() as work:
            self._check_configured(work)
            return [self.as_shown(item) for item in work.objects("schedule")]

    def schedule(self, number: int) -> dict[str, Any] | None:
        with self.store.transaction() as work:
            self._check_configured(work)
            found = work.object("schedule", number)
        if found is None and self.dialect.unknown_id_status >= 400:
            raise Refusal(self.dialect.unknown_id_status)
        return found and self.as_shown(found)

    def save_deployment(self, sent: Any) -> dict[str, Any]:
        with self.store.transaction() as work:
            self._check_configured(work)
            new = replaced(DEPLOYMENT, without_moving(sent, self.dialect))
            new["comment"] = kept_text(new["comment"], self.dialect)
            if self.dialect.deployment_activation == "renamed" and isinstance(new.get("activated"), bool):
                new["isActive"] = new.pop("activated")
            # The field's name is assumed, so one who does not know it must still get a deployment that runs.
            if not {"isActive", "activated"} & set(sent) and not integer(sent.get("id")):
                new["isActive"] = True
            return self._save(work, "deployment", new, unique=True)

    def save_schedule(self, sent: Any) -> dict[str, Any]:
        with self.store.transaction() as work:
            self._check_configured(work)
            new = replaced(SCHEDULE, without_moving(sent, self.dialect))
            kind = part(new, "schedule").get("typeName")
            if not isinstance(kind, str) or not kind:
                raise Refusal(400, "The schedule has no typeName.")
            if kind == DAILY[0]:
                base = part(new["schedule"], "dailyScheduleBase")
                if base.get("typeName") == DAILY[1]:
                    base["startTime"] = start_time(base.get("startTime"), self.dialect)
                elif not base.get("typeName"):
                    raise Refusal(400, "The daily schedule has no typeName.")
            if not new["isFile"] and work.object("deployment", integer(new["deploymentId"])) is None:
                raise Refusal(400, "There is no such deployment.")
            return self._save(work, "schedule", new, unique=self.dialect.unique_schedule_names)

    def _save(self, work: Transaction, kind: str, new: dict[str, Any], *, unique: bool) -> dict[str, Any]:
        if not isinstance(new["name"], str) or not new["name"].strip():
            raise Refusal(400, "The name is missing.")
        new["name"] = kept_name(new["name"], self.dialect)
        number = integer(new.get("id"))
        old = work.object(kind, number) if number else None
        if number and old is None and self.dialect.unknown_update != "creates":
            raise Refusal(int(self.dialect.unknown_update), f"There is no {kind} with id {number}.")
        same = self._folded(new["name"])
        others = (item for item in work.objects(kind) if item["id"] != number)
        if unique and any(self._folded(item["name"]) == same for item in others):
            raise Refusal(self.dialect.duplicate_status, f"A {kind} with this name already exists.")
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
        # As .NET compares without regard to case: one character to one, so that "ß" is never "SS".
        return "".join(map(_upper, name)) if self.dialect.names_case_insensitive else name

    def _check_stamp(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        sent = new.get("updateDtTm")
        if sent is None and self.dialect.missing_stamp == "accepted":
            return
        if sent == old["updateDtTm"]:
            return
        times = [ticks_of(text, self.dialect) for text in (sent, old["updateDtTm"])]
        older = None in times or times[0] < times[1]
        if older or self.dialect.stamp_rule == "exact":
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
            if job is None and self.dialect.unknown_job == "404":
                raise Refusal(404)
            if job is None:
                return self.dialect.unknown_job
            work.put_object("job", {**job, "polls": job["polls"] + 1})
        polls = job["polls"]
        return _JOB_STATES[polls] if polls < len(_JOB_STATES) else self.outcomes.get(job["filePath"], "Completed")

    # What other clients do

    def edit(self, kind: str, name: str | None, keys: dict[str, Any]) -> None:
        """Another user's change, with a new timestamp."""
        with self.store.transaction() as work:
            if kind in ("cluster", "server_config"):
                old = work.single(kind)
                stamp = {"updateDtTm": timestamp(work.tick(), self.dialect)} if "updateDtTm" in old else {}
                work.put_single(kind, {**merged(old, keys), **stamp})
                return
            found = [item for item in work.objects(kind) if item["name"] == name]
            if len(found) != 1:
                raise LookupError(f"{len(found)} objects of the kind {kind} are called {name!r}")
            old = found[0]
            work.put_object(kind, {**merged(old, keys), "updateDtTm": timestamp(work.tick(), self.dialect)})

    def seed(self, kind: str, keys: dict[str, Any]) -> dict[str, Any]:
        """An object that was there before."""
        with self.store.transaction() as work:
            fresh = {**copy_of(_DEFAULTS[kind]), **copy_of(keys), "id": work.next_id(kind)}
            item = self._seasoned(work, self._older(fresh), True)
            work.put_object(kind, item)
            return item

    def remove(self, kind: str, name: str) -> None:
        with self.store.transaction() as work:
            for item in work.objects(kind):
                if item["name"] == name:
                    work.remove_object(kind, item["id"])


def _with_unknown(value: Any) -> Any:
    """With a member more in each object inside."""
    if isinstance(value, list):
        return [_with_unknown(item) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {key: _with_unknown(item) for key, item in value.items()}
    return {
        key: {**item, "futureDetail": "kept, too"} if isinstance(item, dict) else item for key, item in inner.items()
    }


def _upper(character: str) -> str:
    return character.upper() if len(character.upper()) == 1 else character
