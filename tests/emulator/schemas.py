# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The members of each object, and the conversion of request bodies to them."""

from __future__ import annotations

import json
from typing import Any

from .serialization import ErrorResponse, copy_json

MAX_INT32 = 2**31 - 1
# The value of a key that the body omits: .NET binds a new object to each request, and these are its defaults.
DEPLOYMENT: dict[str, Any] = {
    "name": "",
    "userArchiveFilePath": "",
    "clusterArchiveFilePath": "",
    "userConfigFilePath": "",
    "clusterConfigFilePath": "",
    "encryptFiles": False,
    "comment": "",
    "isActive": False,
}
SCHEDULE: dict[str, Any] = {
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
CLUSTER: dict[str, Any] = {
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
DB_INFO: dict[str, Any] = {
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
PARAMETERS: dict[str, Any] = {
    "instrumentationOn": False,
    "purgeChunkSize": 0,
    "purgeCommandTimeoutSeconds": 0,
    "purgeWindowStartHour": 0,
    "purgeWindowEndHour": 0,
}


def with_defaults(defaults: dict[str, Any], sent: Any) -> dict[str, Any]:
    """Return the whole object: members that were not sent get their defaults. Raise ``ErrorResponse`` for anything else."""
    if not isinstance(sent, dict):
        raise ErrorResponse(400, "An object is expected.")
    new = copy_json(defaults)
    for key, value in sent.items():
        new[key] = _convert(defaults[key], value) if key in defaults else value
    return new


def _convert(default: Any, value: Any) -> Any:
    """Convert a value as Newtonsoft does: numbers and booleans can be strings, and null is an empty string."""
    if isinstance(default, bool):
        if isinstance(value, str) and value.lower() not in ("true", "false", "1", "0"):
            raise ErrorResponse(400, "A boolean is expected.")
        return value.lower() in ("true", "1") if isinstance(value, str) else bool(value)
    if isinstance(default, int):
        return to_int32(value)
    if isinstance(default, dict):
        return None if value is None else with_defaults(default, value)
    if default == "":
        if isinstance(value, (dict, list)):
            raise ErrorResponse(400, "A text is expected.")
        return "" if value is None else value if isinstance(value, str) else json.dumps(value)
    return value


def require_object(content: Any, key: str) -> dict[str, Any]:
    found = content.get(key) if isinstance(content, dict) else None
    if not isinstance(found, dict):
        raise ErrorResponse(400, f"{key} is missing.")
    return found


def to_int32(value: Any) -> int:
    """Return a 32-bit integer. Null and an empty string are 0."""
    try:
        found = int(value or 0)
    except (TypeError, ValueError, OverflowError) as error:
        raise ErrorResponse(400, "A number is expected.") from error
    if not -MAX_INT32 <= found <= MAX_INT32:
        raise ErrorResponse(400, "The number is too large.")
    return found


def deep_merge(old: dict[str, Any], keys: dict[str, Any]) -> dict[str, Any]:
    new = dict(old)
    for key, value in keys.items():
        new[key] = deep_merge(old[key], value) if isinstance(value, dict) and isinstance(old.get(key), dict) else value
    return new
