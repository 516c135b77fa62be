# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The members of each object, and what becomes of a body that lacks some or has others."""

from __future__ import annotations

import json
from typing import Any

from .serialization import Refusal, copy_of

LARGEST = 2**31 - 1
# What a key that the body leaves out becomes: .NET binds a new object each time, and this is its default.
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


def replaced(defaults: dict[str, Any], sent: Any) -> dict[str, Any]:
    """Return the whole object: what was not sent is gone. Raises ``Refusal``."""
    if not isinstance(sent, dict):
        raise Refusal(400, "An object is expected.")
    new = copy_of(defaults)
    for key, value in sent.items():
        new[key] = _bound(defaults[key], value) if key in defaults else value
    return new


def _bound(default: Any, value: Any) -> Any:
    """As Newtonsoft's binding does: numbers and booleans may come as texts, and null is an empty text."""
    if isinstance(default, bool):
        if isinstance(value, str) and value.lower() not in ("true", "false", "1", "0"):
            raise Refusal(400, "A boolean is expected.")
        return value.lower() in ("true", "1") if isinstance(value, str) else bool(value)
    if isinstance(default, int):
        return integer(value)
    if isinstance(default, dict):
        return None if value is None else replaced(default, value)
    if default == "":
        if isinstance(value, (dict, list)):
            raise Refusal(400, "A text is expected.")
        return "" if value is None else value if isinstance(value, str) else json.dumps(value)
    return value


def part(content: Any, key: str) -> dict[str, Any]:
    found = content.get(key) if isinstance(content, dict) else None
    if not isinstance(found, dict):
        raise Refusal(400, f"{key} is missing.")
    return found


def integer(value: Any) -> int:
    """A 32-bit integer; null and an empty text are 0."""
    try:
        found = int(value or 0)
    except (TypeError, ValueError, OverflowError) as error:
        raise Refusal(400, "A number is expected.") from error
    if not -LARGEST <= found <= LARGEST:
        raise Refusal(400, "The number is too large.")
    return found


def merged(old: dict[str, Any], keys: dict[str, Any]) -> dict[str, Any]:
    new = dict(old)
    for key, value in keys.items():
        new[key] = merged(old[key], value) if isinstance(value, dict) and isinstance(old.get(key), dict) else value
    return new
