# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is published of the API's calls and members, out of the tables that the modules write from. Private to this collection."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.astera.data_stack.plugins.module_utils._client.client import RUN_PATH
from ansible_collections.astera.data_stack.plugins.module_utils._client.tokens import LOGIN_PATH
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility.openapi import Call
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility.shapes import NOT_PUBLISHED, Members
from ansible_collections.astera.data_stack.plugins.module_utils._engine.fields import Field
from ansible_collections.astera.data_stack.plugins.module_utils._kinds import (
    cluster,
    deployment,
    schedule,
    server_config,
)

_JSON_TYPES = {"str": "string", "int": "integer", "bool": "boolean", "dict": "object", "list": "array"}
_STAMPS = ("id", "createdDtTm", "updateDtTm")
# Members of the vendor's sample bodies that no option sets.
_KEPT: dict[str, tuple[str, ...]] = {
    "/api/Server/Config": ("serverDbInfo.isRepository",),
    "/api/Cluster": ("id",),
    "/api/Deployments": _STAMPS,
    "/api/Schedules": (
        *_STAMPS,
        "schedule.dailyScheduleBase.startTime",
        "schedule.dailyScheduleBase.typeName",
        "schedule.typeName",
    ),
}
FIELDS: dict[str, tuple[Field, ...]] = {
    "/api/Server/Config": server_config.FIELDS,
    "/api/Cluster": cluster.FIELDS,
    "/api/Deployments": deployment.KEYS,
    "/api/Schedules": schedule.KEYS,
}
# Endpoint → the members of its objects that are published.
MEMBERS = {path: Members([*(item.key for item in fields), *_KEPT[path]]) for path, fields in FIELDS.items()}
MEMBERS["/api/Schedule/{id}"] = MEMBERS["/api/Schedules"]
# What this holds is published only in a picture.
MEMBERS["/api/ServerInfo"] = NOT_PUBLISHED
MEMBERS[LOGIN_PATH] = NOT_PUBLISHED
# Endpoint → the members directly in its objects that are numbers or booleans, with the option's type, and those that are strings.
# A pause that is not set is null, as published.
TYPED = {
    path: {item.key: item.type for item in fields if item.type in ("int", "bool") and "." not in item.key}
    for path, fields in FIELDS.items()
}
TEXTS = {
    path: [
        item.key
        for item in fields
        if item.type == "str" and "." not in item.key and not item.key.startswith("pauseServers")
    ]
    for path, fields in FIELDS.items()
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
