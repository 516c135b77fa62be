# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cluster's settings: ``/api/Cluster``. Private to this collection."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from .._client.responses import NOT_THERE
from .._engine import compare
from .._engine.converge import NOT_READ
from .._engine.fields import DesiredField, Field, Options, desired_fields, desired_settings
from .._engine.kind import SERVER_KEYS, Kind
from .._engine.plan import Plan
from .._errors import AsteraError

_DAYS = (0, 2**31 - 1)
FIELDS = (
    Field("name", "name"),
    Field("send_error_info_to_astera", "sendErrorInfoToAstera", "bool"),
    Field("purge_job_info_after", "purgeJobInfoAfter", "int", value_range=_DAYS),
    Field("purge_event_info_after", "purgeEventInfoAfter", "int", value_range=_DAYS),
    Field("staging_directory", "stagingDirectory.path", comparator=compare.paths_equal),
    Field("deployment_directory", "deploymentDirectory.path", comparator=compare.paths_equal),
    Field("pause_all_servers", "pauseAllServers", "bool"),
    Field("pause_servers_from", "pauseServersFrom", comparator=compare.times_equal),
    Field("pause_servers_to", "pauseServersTo", comparator=compare.times_equal),
    Field("client_and_servers_share_the_same_file_system", "clientAndServersShareTheSameFileSystem", "bool"),
)
# The article's body has these two as null where there is no pause.
_OPTIONAL_IN_FULL_WRITE = ("pause_servers_from", "pause_servers_to")


class Cluster(Kind):
    """``id`` "should always be 1", as the article says. That GET reads the settings is assumed, not published."""

    kind = "cluster"
    label_template = "the cluster's settings"
    options = Options(FIELDS, others={"settings": {"type": "dict"}})
    template = MappingProxyType({"id": 1, "pauseServersFrom": None, "pauseServersTo": None})

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._desired = desired_fields(FIELDS, params) + desired_settings(params["settings"], FIELDS, SERVER_KEYS)
        self._read_error: AsteraError | None = None

    def find(self, *, fresh: bool) -> dict[str, Any] | None:
        try:
            return self.context.api.cluster()
        except AsteraError as error:
            if error.status not in NOT_THERE:
                raise
            self._check_blind(error)
            return None

    def _check_blind(self, error: AsteraError) -> None:
        """Raise unless the task declares all options, because the others would be lost where nothing can be read."""
        named = {desired.field.option for desired in self._desired}
        missing = [
            item.option for item in FIELDS if item.option not in named and item.option not in _OPTIONAL_IN_FULL_WRITE
        ]
        unreadable = f"{self.label} cannot be read from this server (HTTP {error.status})"
        if missing:
            raise error.with_message(
                f"{unreadable}, so that no value can be preserved. Give all options to write them without reading (missing: "
                f"{', '.join(missing)})."
            ) from error
        self._read_error = error
        self.context.warn(f"{unreadable}, so that each run writes it and reports no previous values")

    def desired_fields(self, current: dict[str, Any] | None) -> list[DesiredField]:
        return self._desired

    def write(self, plan: Plan) -> dict[str, Any] | None:
        return self.context.writer.save_cluster(plan.payload)

    def read_back(self, plan: Plan, stored: dict[str, Any] | None) -> Any:
        return NOT_READ if self._read_error else super().read_back(plan, stored)
