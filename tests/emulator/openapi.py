# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The OpenAPI document of the published requests. Responses have a status and no schema, because none is published."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from .faults import LOGIN
from .schemas import CLUSTER, DB_INFO, DEPLOYMENT, PARAMETERS, SCHEDULE

_TEXT = {"type": "string"}
_NAME = {"type": "string", "minLength": 1}
_TIMESTAMPS = {"createdDtTm": _TEXT, "updateDtTm": _TEXT}


def _schema(example: Any, **more: Any) -> dict[str, Any]:
    """Return the schema of a default value."""
    if isinstance(example, dict):
        members = {key: _schema(value) for key, value in example.items()}
        return {"type": "object", "properties": {**members, **more.pop("members", {})}, **more}
    types = {bool: "boolean", int: "integer", str: "string"}
    return {"type": types[type(example)]} if example is not None else {}


_BODIES: dict[str, dict[str, Any]] = {
    LOGIN: {
        "type": "object",
        "properties": {"User": _TEXT, "Password": _TEXT, "RememberMe": {"enum": [0, 1, True, False]}},
        "required": ["User", "Password"],
    },
    "/api/Server/Config": {
        "type": "object",
        "properties": {
            "configParameters": _schema(PARAMETERS),
            "serverDbInfo": _schema(
                DB_INFO,
                members={"isRepository": {"const": True}, "dataProvider": {"enum": ["SqlServer", "PostgreSQL"]}},
                required=["isRepository", "dataProvider"],
            ),
            "port": {"type": "integer", "minimum": 1, "maximum": 65535},
            "serverProfile": _TEXT,
        },
        "required": ["serverDbInfo", "port", "serverProfile"],
    },
    "/api/License/Key": {
        "type": "object",
        "properties": {
            "LicenseKeyRegistrationModel": {
                "type": "object",
                "properties": {"user": _NAME, "organization": _NAME, "key": _NAME},
                "required": ["user", "organization", "key"],
            }
        },
        "required": ["LicenseKeyRegistrationModel"],
    },
    "/api/Cluster": _schema(CLUSTER, members={"id": {"const": 1}, "name": _NAME}, required=["id", "name"]),
    "/api/Deployment": _schema(
        DEPLOYMENT, members={"id": {"type": "integer"}, "name": _NAME, **_TIMESTAMPS}, required=["name"]
    ),
    "/api/Schedule": _schema(
        SCHEDULE,
        members={
            "id": {"type": "integer"},
            "name": _NAME,
            "filePathResolved": {"type": "object", "properties": {"path": _TEXT}},
            "schedule": {"type": "object", "properties": {"typeName": _NAME}, "required": ["typeName"]},
            **_TIMESTAMPS,
        },
        required=["name", "schedule"],
    ),
    "/api/CommandLineProcessor": {
        "type": "object",
        "properties": {
            "FilePath": _NAME,
            "Parameters": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"ActionName": _TEXT, "ParameterName": _TEXT, "Value": _TEXT},
                },
            },
        },
        "required": ["FilePath"],
    },
}
_FORMS = {"/api/UploadFile": "ArchiveFile", "/api/UploadCarFile": "Archive"}
_QUERY = [
    {"name": "FileTypes", "in": "query", "required": True, "schema": {"enum": ["Car", "Cfg"]}},
    {"name": "TargetFileName", "in": "query", "required": True, "schema": _NAME},
]


def describe(app: FastAPI, run_path: str) -> None:
    """Add the bodies to ``/openapi.json``, which FastAPI does not know, because the routes parse them."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, run_path)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI, run_path: str) -> dict[str, Any]:
    found = get_openapi(title=app.title, version=app.version, routes=app.routes)
    found["components"] = {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}}
    for path, methods in found["paths"].items():
        for method, call in methods.items():
            call["responses"] = {"200": {"description": "Success"}}
            if path != LOGIN:
                call["security"] = [{"bearer": []}]
            if method == "post":
                call.update(_request_body("/api/CommandLineProcessor" if path == run_path else path))
                call["responses"]["400"] = {"description": "Rejected, and nothing was changed"}
            if path != LOGIN or method != "post":
                call["responses"]["401"] = {"description": "No token, or one that is not valid any more"}
            if "{" in path:
                call["responses"]["404"] = {"description": "There is no such object"}
    found["paths"][LOGIN]["post"]["responses"]["401"] = {"description": "The user name or password is incorrect"}
    found["paths"]["/api/License/Activate"]["post"]["responses"]["411"] = {
        "description": "No Content-Length: 0 was sent"
    }
    return found


def _request_body(path: str) -> dict[str, Any]:
    if path in _BODIES:
        return {"requestBody": {"required": True, "content": {"application/json": {"schema": _BODIES[path]}}}}
    if path not in _FORMS:
        return {}
    file = {"type": "string", "format": "binary"}
    form = {"type": "object", "properties": {_FORMS[path]: file}, "required": [_FORMS[path]]}
    body = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}}}
    return {**body, "parameters": _QUERY} if path == "/api/UploadFile" else body
