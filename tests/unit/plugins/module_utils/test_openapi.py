# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server's own OpenAPI document against the calls of the collection.

The documents are written for these tests, in the ways of ASP.NET's generators: Swashbuckle with 2.0 and 3.0, and the one that
comes with ASP.NET Core 9.
"""

from __future__ import annotations

import copy
import json
import time

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility.openapi import (
    MAX_OTHER_CALLS,
    Call,
    OpenApiDocument,
)
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility.published import CALLS
from hypothesis import given, settings
from hypothesis import strategies as st

CREATE = Call(
    "POST", "/api/Deployment", {"id": "", "name": "string", "isActive": "boolean", "jobOptions.limit": "integer"}
)
UPLOAD = Call("POST", "/api/UploadFile", form="ArchiveFile", query=("FileTypes", "TargetFileName"))
LIST = Call("GET", "/api/Deployments")
ONE = Call("GET", "/api/Schedule/{id}")
EMPTY = Call("POST", "/api/License/Activate")

MODEL = {
    "type": "object",
    "properties": {
        "id": {"type": "integer", "format": "int32"},
        "name": {"type": "string", "nullable": True},
        "isActive": {"type": "boolean"},
        "jobOptions": {"$ref": "#/components/schemas/JobOptions"},
    },
    "additionalProperties": False,
}
SWASHBUCKLE_3 = {
    "openapi": "3.0.1",
    "info": {"title": "Server", "version": "v1"},
    "paths": {
        "/api/Deployment": {
            "post": {
                "tags": ["Deployment"],
                "requestBody": {
                    "content": {
                        kind: {"schema": {"$ref": "#/components/schemas/DeploymentModel"}}
                        for kind in (
                            "application/json-patch+json",
                            "application/json",
                            "text/json",
                            "application/*+json",
                        )
                    }
                },
                "responses": {"200": {"description": "Success"}},
            }
        },
        "/api/Deployments": {"get": {"responses": {"200": {"description": "Success"}}}},
        "/api/Schedule/{scheduleId}": {
            "get": {
                "parameters": [
                    {
                        "name": "scheduleId",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "integer", "format": "int32"},
                    }
                ]
            }
        },
        "/api/License/Activate": {"post": {}},
        "/api/UploadFile": {
            "post": {
                "parameters": [
                    {"name": "FileTypes", "in": "query", "schema": {"$ref": "#/components/schemas/FileTypes"}},
                    {"name": "TargetFileName", "in": "query", "schema": {"type": "string"}},
                ],
                "requestBody": {
                    "content": {
                        "multipart/form-data": {
                            "schema": {
                                "type": "object",
                                "properties": {"ArchiveFile": {"type": "string", "format": "binary"}},
                            },
                            "encoding": {"ArchiveFile": {"style": "form"}},
                        }
                    }
                },
            }
        },
    },
    "components": {
        "schemas": {
            "DeploymentModel": MODEL,
            "JobOptions": {"type": "object", "properties": {"limit": {"type": "integer", "format": "int64"}}},
            "FileTypes": {"enum": [0, 1], "type": "integer", "format": "int32"},
        }
    },
}


def resolved(value, root):
    """A document without references."""
    if isinstance(value, dict) and "$ref" in value:
        target = root
        for part in value["$ref"][2:].split("/"):
            target = target[part]
        return resolved(target, root)
    if isinstance(value, dict):
        return {key: resolved(item, root) for key, item in value.items()}
    return [resolved(item, root) for item in value] if isinstance(value, list) else value


def as_version_2():
    """The same as Swashbuckle writes it with SerializeAsV2, below a base path."""
    text = json.dumps(SWASHBUCKLE_3).replace("#/components/schemas/", "#/definitions/")
    content = json.loads(text)
    paths = {}
    for path, item in content["paths"].items():
        for verb, operation in item.items():
            body = operation.pop("requestBody", {}).get("content", {})
            parameters = operation.setdefault("parameters", [])
            if "application/json" in body:
                parameters.append({"in": "body", "name": "body", "schema": body["application/json"]["schema"]})
            for name in body.get("multipart/form-data", {}).get("schema", {}).get("properties", {}):
                parameters.append({"in": "formData", "name": name, "type": "file"})
            paths.setdefault(path.removeprefix("/api"), {})[verb] = operation
    return {"swagger": "2.0", "basePath": "/api", "paths": paths, "definitions": content["components"]["schemas"]}


def as_version_3_1():
    """The same as ASP.NET Core 9 writes it: types as lists, and composed models."""
    content = copy.deepcopy(SWASHBUCKLE_3)
    content["openapi"] = "3.1.0"
    content["servers"] = [{"url": "https://astera.example.com:9261/"}]
    model = content["components"]["schemas"]["DeploymentModel"]
    base = {"type": "object", "properties": {name: model["properties"].pop(name) for name in ("id", "name")}}
    base["properties"]["name"] = {"type": ["null", "string"]}
    model["allOf"] = [{"$ref": "#/components/schemas/Base"}]
    content["components"]["schemas"]["Base"] = base
    return content


GOOD = {
    "3.0": SWASHBUCKLE_3,
    "3.0 without references": resolved(SWASHBUCKLE_3, SWASHBUCKLE_3),
    "2.0": as_version_2(),
    "2.0 without references": resolved(as_version_2(), as_version_2()),
    "3.1": as_version_3_1(),
    "3.0 behind a server's path": {
        **SWASHBUCKLE_3,
        "servers": [{"url": "/api"}],
        "paths": {path.removeprefix("/api"): item for path, item in SWASHBUCKLE_3["paths"].items()},
    },
}


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD)
@pytest.mark.parametrize("call", [CREATE, UPLOAD, LIST, ONE, EMPTY], ids=lambda call: call.name)
def test_openapi_document_has_the_calls(content, call):
    assert OpenApiDocument(content).compare(call) == {"result": "present", "differences": []}


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD)
def test_openapi_document_without_a_call(content):
    document = OpenApiDocument(content)
    assert document.compare(Call("GET", "/api/Cluster")) == {"result": "absent", "differences": []}
    assert document.compare(Call("GET", "/api/Deployment")) == {
        "result": "different",
        "differences": ["the path has only POST"],
    }


DIFFERENT = {
    "member": (Call("POST", "/api/Deployment", {"title": "string"}), "the body has no member title"),
    "inner member": (
        Call("POST", "/api/Deployment", {"jobOptions.use": "boolean"}),
        "the body has no member jobOptions.use",
    ),
    "type": (Call("POST", "/api/Deployment", {"name": "boolean"}), "name is string, and boolean is sent"),
    "form": (Call("POST", "/api/UploadFile", form="File", query=UPLOAD.query), "the form has the keys"),
    "query": (Call("POST", "/api/UploadFile", form="ArchiveFile", query=("Kind",)), "the query parameter Kind"),
    "body": (Call("POST", "/api/Deployment"), "a JSON body is declared"),
    "no body": (Call("POST", "/api/License/Activate", {"key": "string"}), "no JSON body is declared"),
    "no form": (Call("POST", "/api/Deployment", form="File"), "no form is declared"),
}


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD)
@pytest.mark.parametrize("name", DIFFERENT)
@pytest.mark.each_value
def test_openapi_document_with_a_different_call(content, name):
    call, difference = DIFFERENT[name]
    found = OpenApiDocument(content).compare(call)
    assert found["result"] == "different"
    assert found["differences"][0].startswith(difference)


def test_openapi_document_requires_what_is_not_sent():
    content = copy.deepcopy(SWASHBUCKLE_3)
    content["components"]["schemas"]["DeploymentModel"]["required"] = ["name", "owner", "canary"]
    content["paths"]["/api/UploadFile"]["post"]["parameters"].append({"name": "mode", "in": "query", "required": True})
    document = OpenApiDocument(content)
    assert document.compare(CREATE)["differences"] == [
        "a member of the body is required that is not sent: owner",
        "a member of the body is required that is not sent: one whose name is not a plain word",
    ]
    assert document.compare(UPLOAD)["differences"] == ["a query parameter is required that is not sent: mode"]


def test_openapi_document_names_calls_that_users_ask_for():
    paths = ["/api/Job/{id}/Kill", "/api/Users", "/api/Flows/SalesUpload", "/api/Weather", "/api/License/State"]
    content = {"openapi": "3.0.0", "paths": {path: {"get": {}, "delete": {}} for path in paths}}
    found = OpenApiDocument(content).other_calls(CALLS)
    assert found["count"] == 10
    assert found["of_interest"] == [
        *("DELETE /api/Job/{}/Kill", "DELETE /api/License/State", "DELETE /api/Users"),
        *("GET /api/Job/{}/Kill", "GET /api/License/State", "GET /api/Users"),
    ]


@pytest.mark.parametrize(
    "content", [None, [], "3.0.1", {}, {"paths": {}}, {"openapi": "3.0.0"}, {"openapi": 3, "paths": {}}], ids=repr
)
def test_openapi_document_refuses_what_is_none(content):
    with pytest.raises(ValueError, match="no version or no paths"):
        OpenApiDocument(content)


def with_schema(schema, **schemas):
    """A document whose calls all take one body."""
    operation = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    return {
        "openapi": "3.0.0",
        "paths": {call.path: dict.fromkeys(("get", "post"), operation) for call in CALLS},
        "components": {"schemas": schemas},
    }


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def deep(levels):
    schema = inner = {}
    for _level in range(levels):
        inner["properties"] = {"jobOptions": {}}
        inner = inner["properties"]["jobOptions"]
    return schema


def bomb(levels, width):
    """Each model is composed of the next one, many times: names that would be more than there are atoms."""
    return {
        f"M{level}": {"allOf": [ref(f"M{level + 1}")] * width, "properties": {f"p{level}": {}}}
        for level in range(levels)
    }


def nested_bomb(levels, width):
    part = {"properties": {"name": {"type": "string"}}}
    for _level in range(levels):
        part = {"allOf": [part] * width, "anyOf": [part] * width}
    return part


HOSTILE = {
    "itself": with_schema(ref("A"), A=ref("A")),
    "circle": with_schema(ref("A"), A=ref("B"), B=ref("C"), C=ref("A")),
    "composed of itself": with_schema(ref("A"), A={"allOf": [ref("A"), ref("A")], "properties": {"name": ref("A")}}),
    "circle of compositions": with_schema(ref("A"), A={"allOf": [ref("B")] * 20}, B={"anyOf": [ref("A")] * 20}),
    "nowhere": with_schema({"$ref": "#/components/schemas/None"}),
    "another file": with_schema({"$ref": "file:///etc/passwd"}),
    "reference without end": with_schema({"$ref": "#/" + "a/" * 5_000_000}),
    "deep": with_schema(deep(300)),
    "bomb": with_schema(ref("M0"), **bomb(200, 50)),
    "nested bomb": with_schema(nested_bomb(40, 30)),
    "wide": with_schema({"properties": {f"m{number}": {"type": "string"} for number in range(500_000)}}),
    "required": with_schema({"required": [f"m{number}" for number in range(300_000)]}),
    "paths": {"openapi": "3.0.0", "paths": {f"/api/Job{number}": {"get": {}} for number in range(100_000)}},
    "braces": {"openapi": "3.0.0", "paths": {"/" + "{" * 5_000_000: {"get": {}}, "/" * 5_000_000: {"delete": {}}}},
    "servers": {"openapi": "3.0.0", "servers": [{"url": "http://[" + "{" * 5_000_000}], "paths": {"/a": {"get": {}}}},
    "version": {"openapi": "3." + "0" * 5_000_000, "paths": {}},
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_openapi_document_that_is_hostile_is_read_quickly(content):
    start = time.process_time()
    document = OpenApiDocument(content)
    found = [document.compare(call) for call in CALLS]
    others = document.other_calls(CALLS)
    assert time.process_time() - start < 20
    assert len(json.dumps(found)) < 100_000
    assert len(others["of_interest"]) <= MAX_OTHER_CALLS
    assert len(document.version) < 10


WORDS = """
    openapi swagger paths /api/Cluster /api/Deployment get post parameters in name query requestBody content application/json schema $ref
    #/paths allOf properties required type basePath servers url formData body 3.0.1 canary components
""".split()
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6),
    max_leaves=40,
)


@settings(max_examples=300, deadline=None)
@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING)
def test_openapi_document_of_wrong_types_is_read_without_an_error(paths, path, operation, rest):
    try:
        document = OpenApiDocument(
            {
                "openapi": "3.0.1",
                **(rest if isinstance(rest, dict) else {"servers": rest}),
                "paths": {
                    **(paths if isinstance(paths, dict) else {}),
                    "/api/Cluster": path,
                    "/api/Deployment": {"post": operation},
                    "/api/UploadFile": {"parameters": operation, "post": {"requestBody": path}},
                },
            }
        )
    except ValueError:
        return
    found = [document.compare(call) for call in CALLS]
    assert {item["result"] for item in found} <= {"present", "absent", "different"}
    assert "canary" not in json.dumps([found, document.other_calls(CALLS), document.version])
