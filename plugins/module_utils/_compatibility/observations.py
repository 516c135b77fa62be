# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was read of a real server, in the form in which the open questions are answered from it. Pure. Private to this collection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.plugins.module_utils._client import responses
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility import shapes
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility.openapi import OpenApiDocument

NO_CONTENT = object()
LISTS = {"/api/Deployments": "deployments", "/api/Schedules": "schedules"}
_CONTENT_TYPES = (
    "application/json",
    "application/problem+json",
    "text/json",
    "text/plain",
    "text/html",
    "application/xml",
)


@dataclass
class Observation:
    """One response. content: its JSON with secrets wrapped, or ``NO_CONTENT``; text: whether the body is text that is not JSON."""

    status: int
    content_type: str
    content: Any = NO_CONTENT
    text: str = "empty"
    headers: frozenset[str] = frozenset()

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def kind(self) -> str:
        """The content type, if it is one of the usual ones."""
        if not self.content_type:
            return "none"
        return self.content_type if self.content_type in _CONTENT_TYPES else "another"

    def body_shape(self) -> Any:
        return self.text if self.content is NO_CONTENT else shapes.describe(self.content)


@dataclass
class Observations:
    """What was read: by endpoint, such as ``/api/Cluster``, one observation for each of the two reads."""

    reads: dict[str, list[Observation]] = field(default_factory=dict)
    members: dict[str, shapes.Members] = field(default_factory=dict)
    login: Observation | None = None
    unknown_id: Observation | None = None
    unknown_job: Observation | None = None
    without_token: Observation | None = None
    other_case: Observation | None = None
    openapi: OpenApiDocument | None = None

    def first(self, path: str) -> Observation | None:
        return next(iter(self.reads.get(path, ())), None)

    def content(self, path: str) -> Any:
        found = self.first(path)
        return found.content if found and found.accepted else NO_CONTENT

    def objects(self, path: str, name: str) -> list[dict[str, Any]]:
        content = self.content(path)
        return (responses.find_list(content, name)[1] or []) if content is not NO_CONTENT else []

    def all_objects(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each object that was read, with the endpoint that it is from, out of what it is wrapped in."""
        for path, keys in (("/api/Server/Config", responses.CONFIG_KEYS), ("/api/Cluster", responses.CLUSTER_KEYS)):
            found = responses.find_object(self.content(path), keys)
            if found is not None:
                yield path, found
        for path, name in LISTS.items():
            for item in self.objects(path, name):
                yield path, item

    def members_of(self, path: str, name: str) -> list[dict[str, Any]]:
        """Return the objects that the objects of an endpoint hold under a name."""
        found = [_values.get(item, name) for place, item in self.all_objects() if place == path]
        return [item for item in found if isinstance(item, dict)]
