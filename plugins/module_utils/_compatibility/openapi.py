# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the calls of this collection with a server's own OpenAPI document, version 2.0 or 3. Pure. Private to this collection.

The vendor's client imports such a document ("Server API Path"), so a server has one; its address is published only in a picture.
A document is text of the server: it can refer to itself, nest without end, and have anything where an object is expected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from .. import _values
from .shapes import is_plain_name

# Where ASP.NET Core's generators put the document by default, and what the others are often configured to use.
WELL_KNOWN_PATHS = (
    "/swagger/v1/swagger.json",
    "/openapi/v1.json",
    "/openapi.json",
    "/swagger.json",
    "/api/swagger.json",
    "/swagger/docs/v1",
    "/api/swagger/v1/swagger.json",
)
MAX_OTHER_CALLS = 100
_MAX_DEPTH = 20
_MAX_DIFFERENCES = 40
_MAX_PARTS = 100
_MAX_PATHS = 20000
# Of a path or a reference. A pattern that is searched in a longer one could take for ever.
_MAX_LENGTH = 500
_VERSION = re.compile(r"[23]\.\d{1,2}(\.\d{1,2})?")
_JSON_TYPES = frozenset(("array", "boolean", "integer", "null", "number", "object", "string"))
_VERBS = ("get", "put", "post", "delete", "options", "head", "patch")
_PARAMETER = re.compile(r"\{[^}]*\}")
_SLASHES = re.compile(r"/{2,}")
# What users ask for and no published page describes.
_WANTED = re.compile(
    r"delete|remove|job|kill|cancel|terminate|licen[cs]e|profile|user|role|activate|pause|run", re.IGNORECASE
)

_Type = TypeVar("_Type")


@dataclass(frozen=True)
class Call:
    """One call that the collection makes.

    body: the members of the JSON body with the JSON type of each, dotted where they are nested. form: the key of a multipart
    form. query: names of query parameters.
    """

    method: str
    path: str
    body: dict[str, str] = field(default_factory=dict)
    form: str = ""
    query: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


class OpenApiDocument:
    """A server's description of itself. Raises ``ValueError`` if it is not an OpenAPI document."""

    def __init__(self, content: Any) -> None:
        version = _get(content, "swagger", str) or _get(content, "openapi", str)
        paths = content.get("paths") if isinstance(content, dict) else None
        if not version or not isinstance(paths, dict):
            raise ValueError("it has no version or no paths")
        self.version = version if _VERSION.fullmatch(version) else "unknown"
        self._content = content
        self._operations: dict[tuple[str, str], dict[str, Any]] = {}
        self.calls: list[tuple[str, str]] = []
        prefix = self._prefix()
        for path, item in list(paths.items())[:_MAX_PATHS]:
            if len(path) > _MAX_LENGTH:
                continue
            whole = _SLASHES.sub("/", f"/{prefix}/{path}")
            for verb, operation in self._operations_of(item):
                self._operations.setdefault((verb, _normalized(whole)), operation)
                self.calls.append((verb.upper(), whole))

    def _prefix(self) -> str:
        """The path that all others are below: ``basePath``, or that of the only server."""
        base = _get(self._content, "basePath", str)
        servers = self._content.get("servers")
        if not base and isinstance(servers, list) and len(servers) == 1:
            base = _path_of(_get(servers[0], "url", str)[:_MAX_LENGTH])
        return base[:_MAX_LENGTH].strip("/")

    def _operations_of(self, item: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        item = self._resolved(item)
        shared = _get(item, "parameters", list)
        for verb in _VERBS:
            operation = item.get(verb)
            if isinstance(operation, dict):
                yield verb, {**operation, "parameters": [*shared, *_get(operation, "parameters", list)]}

    def _resolved(self, item: Any) -> dict[str, Any]:
        """The object that a reference leads to; an empty one where it leads nowhere or in a circle."""
        for _step in range(_MAX_DEPTH):
            if not isinstance(item, dict):
                return {}
            target = item.get("$ref")
            if not isinstance(target, str):
                return item
            item = self._at(target)
        return {}

    def _at(self, reference: str) -> Any:
        found: Any = self._content
        if not reference.startswith("#/") or len(reference) > _MAX_LENGTH:
            return None
        for part in reference[2:].split("/")[:_MAX_DEPTH]:
            found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        return found

    def verbs_of(self, path: str) -> list[str]:
        return sorted(verb.upper() for verb, known in self._operations if known == _normalized(path))

    def compare(self, call: Call) -> dict[str, Any]:
        """Return whether the document has a call as the collection makes it: ``present``, ``absent`` or ``different``."""
        operation = self._operations.get((call.method.lower(), _normalized(call.path)))
        if operation is None:
            verbs = self.verbs_of(call.path)
            found = [f"the path has only {', '.join(verbs)}"] if verbs else []
            return {"result": "different" if verbs else "absent", "differences": found}
        found = [*self._compare_query(call, operation), *self._compare_body(call, operation)][:_MAX_DIFFERENCES]
        return {"result": "different" if found else "present", "differences": found}

    def _compare_query(self, call: Call, operation: dict[str, Any]) -> Iterator[str]:
        declared = [self._resolved(item) for item in operation["parameters"]]
        queries = {_get(item, "name", str).lower(): item for item in declared if _get(item, "in", str) == "query"}
        for name in call.query:
            if name.lower() not in queries:
                yield f"the query parameter {name} is not declared"
        sent = {name.lower() for name in call.query}
        for name, item in queries.items():
            if item.get("required") is True and name not in sent:
                yield f"a query parameter is required that is not sent: {_shown(_get(item, 'name', str))}"

    def _compare_body(self, call: Call, operation: dict[str, Any]) -> Iterator[str]:
        kinds = self._body_schemas(operation)
        if call.form:
            forms = [self._properties(schema) for kind, schema in kinds if "form" in kind]
            if not any(forms):
                yield "no form is declared"
            elif not any(_values.find_key(form, call.form) for form in forms):
                keys = sorted({_shown(name) for form in forms for name in form})[:_MAX_DIFFERENCES]
                yield f"the form has the keys {', '.join(keys)} and not {call.form}"
            return
        schema = next((schema for kind, schema in kinds if "json" in kind), None)
        if not call.body:
            if schema is not None and call.method == "POST":
                yield "a JSON body is declared"
            return
        if schema is None:
            yield "no JSON body is declared"
            return
        yield from self._compare_members(call, schema)

    def _compare_members(self, call: Call, schema: Any) -> Iterator[str]:
        for name, kind in call.body.items():
            declared = self._member(schema, name)
            if declared is None:
                yield f"the body has no member {name}"
            elif kind and not _fits(kind, declared):
                yield f"{name} is {' or '.join(sorted(declared))}, and {kind} is sent"
        sent = {name.partition(".")[0].lower() for name in call.body}
        for name in self._required(schema)[:_MAX_DIFFERENCES]:
            if name.lower() not in sent:
                yield f"a member of the body is required that is not sent: {_shown(name)}"

    def _body_schemas(self, operation: dict[str, Any]) -> list[tuple[str, Any]]:
        """Content type and schema of what an operation takes, in the words of either version."""
        content = self._resolved(operation.get("requestBody")).get("content")
        if isinstance(content, dict):
            return [
                (str(kind), item.get("schema") if isinstance(item, dict) else None) for kind, item in content.items()
            ]
        declared = [self._resolved(item) for item in operation["parameters"]]
        bodies = [("application/json", item.get("schema")) for item in declared if _get(item, "in", str) == "body"]
        form = {_get(item, "name", str): item for item in declared if _get(item, "in", str) == "formData"}
        return [*bodies, ("multipart/form-data", {"properties": form})] if form else bodies

    def _parts(self, schema: Any) -> list[tuple[dict[str, Any], bool]]:
        """Return the schemas that one is composed of, itself first and each once, and whether a value has to satisfy it."""
        found: dict[int, tuple[dict[str, Any], bool]] = {}
        pending = [(schema, True)]
        while pending and len(found) < _MAX_PARTS:
            part, always = pending.pop(0)
            source = self._resolved(part)
            if id(source) not in found:
                found[id(source)] = source, always
                for word in ("allOf", "oneOf", "anyOf"):
                    inner = _get(source, word, list)[:_MAX_PARTS]
                    pending += [(each, always and word == "allOf") for each in inner]
        return list(found.values())

    def _properties(self, schema: Any) -> dict[str, Any]:
        """Return the members of a schema. Those of the schema itself count before those of its parts."""
        found: dict[str, Any] = {}
        for part, _always in self._parts(schema):
            for name, item in _get(part, "properties", dict).items():
                found.setdefault(str(name), item)
        return found

    def _required(self, schema: Any) -> list[str]:
        names = (name for part, always in self._parts(schema) if always for name in _get(part, "required", list))
        return [name for name in names if isinstance(name, str)]

    def _member(self, schema: Any, place: str) -> set[str] | None:
        """Return the JSON types of a member; None where there is no such member; an empty set where no type is declared."""
        for part in place.split("."):
            properties = self._properties(schema)
            name = _values.find_key(properties, part)
            if name is None:
                return None
            schema = properties[name]
        kinds = next(filter(None, (_kinds(part) for part, _always in self._parts(schema))), set())
        return (kinds or ({"object"} if self._properties(schema) else set())) - {"null"}

    def other_calls(self, calls: tuple[Call, ...]) -> dict[str, Any]:
        """Return the calls that the collection does not make and users ask for, by names that are plain words, and a count of all."""
        known = {(call.method, _normalized(call.path)) for call in calls}
        others = sorted({call for call in self.calls if (call[0], _normalized(call[1])) not in known})
        wanted = [
            f"{verb} {_PARAMETER.sub('{}', path)}"
            for verb, path in others
            if (verb == "DELETE" or _WANTED.search(path)) and _is_plain_path(path)
        ]
        return {"count": len(others), "of_interest": wanted[:MAX_OTHER_CALLS]}


def _kinds(schema: dict[str, Any]) -> set[str]:
    """The JSON types of a schema, of those that there are: a document may say anything."""
    kinds = schema.get("type")
    return {kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)} & _JSON_TYPES


def _path_of(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _normalized(path: str) -> str:
    return _PARAMETER.sub("{}", path).rstrip("/").lower()


def _is_plain_path(path: str) -> bool:
    """A deployed API flow is a path, too, and its name is its author's."""
    return len(path) < 200 and all(is_plain_name(part) for part in _PARAMETER.sub("", path).split("/") if part)


def _shown(name: str) -> str:
    return name[:64] if is_plain_name(name) else "one whose name is not a plain word"


def _fits(kind: str, declared: set[str]) -> bool:
    return not declared or kind in declared or (kind == "integer" and "number" in declared)


def _get(item: Any, name: str, kind: type[_Type]) -> _Type:
    """Return a member, or an empty one where it is missing or of another type."""
    found = item.get(name) if isinstance(item, dict) else None
    return found if isinstance(found, kind) else kind()
