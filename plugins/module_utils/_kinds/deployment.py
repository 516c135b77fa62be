# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deployments: ``GET /api/Deployments``, ``POST /api/Deployment`` and the uploads. Private to this collection."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from .. import _values
from .._client.upload import Upload, base_name, is_stored_as, stem_from
from .._client.waiting import ProgressThrottle
from .._engine import compare
from .._engine.fields import DesiredField, Field, Options, desired_fields, desired_settings, find_files
from .._engine.kind import ON_CONFLICT, SERVER_KEYS, Named
from .._engine.plan import Plan, get_value
from .._errors import RequestError, usage


def _reported_flag(desired: Any, current: Any) -> bool:
    """Return whether the flags are equal. Without one it is unknown, because the article names no key for the activation."""
    return not _values.is_empty(current) and compare.flags_equal(desired, current)


NAME = Field("name", "name", required=True)
FIELDS = (
    Field("archive_server_path", "clusterArchiveFilePath", comparator=compare.paths_equal),
    Field("config_server_path", "clusterConfigFilePath", comparator=compare.paths_equal),
    Field("encrypt_files", "encryptFiles", "bool"),
    Field("comment", "comment", comparator=compare.comments_equal),
    Field("is_active", "isActive", "bool", comparator=_reported_flag),
)
# Those that settings cannot contain, because there are options for them.
KEYS = (*FIELDS, NAME, Field("archive", "userArchiveFilePath"), Field("config", "userConfigFilePath"))
# kind of file → the API's keys for where it is on the server and where it came from. The latter "is not used anywhere
# at runtime", as the article says: it is written along with a new file, and never compared.
_PLACES = {
    "Car": ("clusterArchiveFilePath", "userArchiveFilePath"),
    "Cfg": ("clusterConfigFilePath", "userConfigFilePath"),
}


class Deployment(Named):
    kind = "deployment"
    label_template = "deployment {name!r}"
    options = Options(
        (NAME, *FIELDS),
        others={
            "new_name": {"type": "str"},
            "archive": {"type": "path"},
            "config": {"type": "path"},
            "config_content": {"type": "str", "no_log": True},
            "settings": {"type": "dict"},
            "on_conflict": ON_CONFLICT,
        },
        mutually_exclusive=(("archive", "archive_server_path"), ("config", "config_content", "config_server_path")),
        files={"archive": "Car", "config": "Cfg"},
    )
    # The body of the article's sample.
    template = MappingProxyType(
        {
            "userArchiveFilePath": "",
            "clusterArchiveFilePath": "",
            "userConfigFilePath": "",
            "clusterConfigFilePath": "",
            "encryptFiles": True,
            "comment": "",
            "id": 0,
            "name": "",
        }
    )

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._desired = desired_fields(FIELDS, params) + desired_settings(params["settings"], KEYS, SERVER_KEYS)
        self._uploads: dict[str, Upload] = {}
        self._stored: dict[str, str] = {}
        self._reports: dict[str, dict[str, Any]] = {}
        try:
            self._open(params)
        except Exception:
            self.close()
            raise

    def _open(self, params: dict[str, Any]) -> None:
        for _params, option, kind in find_files(self.options, params):
            self._uploads[option] = Upload.from_file(kind, option, params[option])
        if params["config_content"]:
            stem = stem_from(self.final_name)
            self._uploads["config_content"] = Upload.from_text("Cfg", stem, params["config_content"])
        elif params["config_content"] is not None:
            raise usage('config_content is empty. To deploy without a configuration, set config_server_path: "".')

    def find(self, *, fresh: bool) -> dict[str, Any] | None:
        found = super().find(fresh=fresh)
        if found is None and not (self.params["archive"] or self.params["archive_server_path"]):
            raise usage(f"{self.label} does not exist. To create it, set archive or archive_server_path.")
        return found

    def desired_fields(self, current: dict[str, Any] | None) -> list[DesiredField]:
        wanted = [DesiredField(NAME, self.final_name)]
        for option, upload in self._uploads.items():
            key = _PLACES[upload.kind][0]
            stored = self._stored.get(option)
            field = Field(option, key, comparator=compare.paths_equal if stored else is_stored_as)
            wanted.append(DesiredField(field, stored or upload.name, upload.name, base_name))
        return wanted + self._desired

    def plan(self, current: dict[str, Any] | None) -> Plan:
        """Return the plan. It has no path for a file that is not stored yet."""
        plan = super().plan(current)
        changed = {change.field for change in plan.changes}
        for option, upload in self._uploads.items():
            if option not in changed:
                continue
            place, source_name = _PLACES[upload.kind]
            if option not in self._stored:
                self._look_up(option, upload)
            plan = plan.with_value(place, self._stored.get(option)).with_value(source_name, upload.source_name)
        for option, kind in (("archive_server_path", "Car"), ("config_server_path", "Cfg")):
            if option in changed:
                plan = plan.with_value(_PLACES[kind][1], self.params[option])
        return plan

    def _look_up(self, option: str, upload: Upload) -> None:
        """Find the file among those of other deployments. If it is not there, the first that needs it sends it."""
        files = self.context.files
        if not files.paths:
            for found in list(self.context.lists.get_index(self.kind).items.values()):
                for kind, (place, _source_name) in _PLACES.items():
                    path = get_value(found, place)
                    files.paths[kind, _values.fold_case(base_name(path)).rpartition(".")[0]] = path
        if upload.file in files.paths:
            self._stored[option] = files.paths[upload.file]
        elif files.is_sender(upload.file, self):
            self._reports[option] = upload.report(None)

    def write(self, plan: Plan) -> dict[str, Any] | None:
        changed = {change.field for change in plan.changes}
        for option, upload in self._uploads.items():
            if option not in changed:
                continue
            if option not in self._stored:
                with self.context.files.lock(upload.file):
                    self._store(option, upload)
            plan = plan.with_value(_PLACES[upload.kind][0], self._stored[option])
        return self.context.writer.save_deployment(plan.payload)

    def _store(self, option: str, upload: Upload) -> None:
        """Send the file, unless another deployment of the task did."""
        sent = self.context.files.paths.get(upload.file)
        if sent:
            self._stored[option] = sent
            self._reports.pop(option, None)
        else:
            self._send(option, upload)

    def _send(self, option: str, upload: Upload) -> None:
        upload.pace = ProgressThrottle(self.context.report_progress)
        try:
            path = self.context.writer.upload(upload, upload.name)
        except RequestError as error:
            # Distinguished from a failure of the deployment's own write, which was never sent.
            raise error.with_message(
                f"{self.label} was not written, because {upload.name} could not be stored: {error.message}"
            ) from error
        finally:
            self.wrote = self.wrote or upload.accepted
        self._stored[option] = self.context.files.paths[upload.file] = path
        self._reports[option] = upload.report(path)
        if not is_stored_as(upload.name, path):
            self.context.warn(
                f"this server stored {upload.name} as {path}, so that a later run cannot determine what is deployed and sends it "
                "again"
            )

    def extra_results(self) -> dict[str, Any]:
        return {"uploads": list(self._reports.values())}

    def close(self) -> None:
        for upload in self._uploads.values():
            upload.close()
