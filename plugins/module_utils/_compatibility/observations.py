# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The responses of a real server, from which the open questions are answered. Pure. Private to this collection."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

from . import shapes
from .openapi import OpenApiDocument
from .published import ENDPOINTS

NO_CONTENT = object()
_CONTENT_TYPES = (
    *("application/json", "application/problem+json", "application/xml"),
    *("text/json", "text/plain", "text/html"),
)


@dataclass
class Observation:
    """One response. content: its JSON with secrets wrapped, or ``NO_CONTENT``; text: what the body is if it is not JSON."""

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
    """All responses. reads: by endpoint, such as ``/api/Cluster``, one observation for each of the two reads."""

    reads: dict[str, list[Observation]] = field(default_factory=dict)
    login: Observation | None = None
    unknown_id: Observation | None = None
    unknown_job: Observation | None = None
    without_token: Observation | None = None
    other_case: Observation | None = None
    openapi: OpenApiDocument | None = None

    def first(self, path: str) -> Observation | None:
        return next(iter(self.reads.get(path, ())), None)

    def objects(self, path: str) -> list[dict[str, Any]]:
        """Return the objects of an endpoint, unwrapped."""
        read = self.first(path)
        if read is None or not read.accepted or read.content is NO_CONTENT:
            return []
        found = ENDPOINTS[path].find_content(read.content)
        return found if isinstance(found, list) else [] if found is None else [found]

    @functools.cached_property
    def shapes(self) -> dict[str, dict[str, Any]]:
        """The common shape of the objects of each endpoint that has any."""
        found = {path: self.objects(path) for path in ENDPOINTS if path != "/api/Schedule/{id}"}
        return {path: shapes.describe(items, ENDPOINTS[path].members)[0] for path, items in found.items() if items}
