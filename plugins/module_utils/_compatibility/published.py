# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is published of the API's requests and members, from the tables that the modules write from. Private to this collection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from .._client import responses
from .._client.client import RUN_PATH
from .._client.tokens import LOGIN_PATH
from .._engine.fields import Field
from .._kinds import cluster, deployment, schedule, server_config
from .openapi import Call
from .shapes import Members

_JSON_TYPES = {"str": "string", "int": "integer", "bool": "boolean", "dict": "object", "list": "array"}
_STAMPS = ("id", "createdDtTm", "updateDtTm")
_DAILY = ("schedule.dailyScheduleBase.startTime", "schedule.dailyScheduleBase.typeName", "schedule.typeName")


class Endpoint(NamedTuple):
    """An endpoint that returns objects whose members are published.

    keys: those that distinguish its object from any other. Empty if it returns a list.
    kept: members of the vendor's sample bodies that no option sets.
    """

    fields: tuple[Field, ...]
    kept: tuple[str, ...]
    keys: tuple[str, ...] = ()

    @property
    def members(self) -> Members:
        return Members([*(item.key for item in self.fields), *self.kept])

    def find_content(self, content: Any) -> Any:
        """Return the object or list that the endpoint is for. None if it is ambiguous."""
        return responses.find_object(content, self.keys) if self.keys else responses.find_list(content)[1]


ENDPOINTS = {
    "/api/Server/Config": Endpoint(server_config.FIELDS, ("serverDbInfo.isRepository",), responses.CONFIG_KEYS),
    "/api/Cluster": Endpoint(cluster.FIELDS, ("id",), responses.CLUSTER_KEYS),
    "/api/Deployments": Endpoint(deployment.KEYS, _STAMPS),
    "/api/Schedules": Endpoint(schedule.KEYS, (*_STAMPS, *_DAILY)),
    "/api/Schedule/{id}": Endpoint(schedule.KEYS, (*_STAMPS, *_DAILY), responses.SCHEDULE_KEYS),
}


def _body(fields: Iterable[Field], *more: str) -> dict[str, str]:
    return {**{item.key: _JSON_TYPES.get(item.type, "") for item in fields}, **dict.fromkeys(more, "")}


CALLS = (
    Call("POST", LOGIN_PATH, {"user": "string", "password": "string", "rememberMe": ""}),
    Call("GET", "/api/ServerInfo"),
    Call("GET", "/api/Server/Config"),
    Call("POST", "/api/Server/Config", _body(server_config.FIELDS, "serverDbInfo.isRepository")),
    Call(
        "POST",
        "/api/License/Key",
        {f"LicenseKeyRegistrationModel.{name}": "string" for name in ("user", "organization", "key")},
    ),
    Call("POST", "/api/License/Activate"),
    Call("GET", "/api/Cluster"),
    Call("POST", "/api/Cluster", _body(cluster.FIELDS, "id")),
    Call("POST", "/api/UploadFile", form="ArchiveFile", query=("FileTypes", "TargetFileName")),
    Call("POST", "/api/UploadCarFile", form="Archive"),
    Call("GET", "/api/Deployments"),
    Call("POST", "/api/Deployment", _body(deployment.KEYS, *_STAMPS)),
    Call("GET", "/api/Schedules"),
    Call("GET", "/api/Schedule/{id}"),
    Call("POST", "/api/Schedule", {**_body(schedule.KEYS, *_STAMPS), "schedule": "object"}),
    Call("POST", RUN_PATH, {"filePath": "string", "parameters": "array"}),
    Call("GET", "/api/Job/{id}/Status"),
)
