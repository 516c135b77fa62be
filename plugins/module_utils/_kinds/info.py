# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server has, told and not changed: one declaration for each kind of object. Private to this collection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.plugins.module_utils._engine import compare
from ansible_collections.astera.data_stack.plugins.module_utils._engine.converge import Outcome
from ansible_collections.astera.data_stack.plugins.module_utils._engine.fields import Options
from ansible_collections.astera.data_stack.plugins.module_utils._engine.kind import (
    Resource,
    Target,
    TaskContext,
    item_shown,
)
from ansible_collections.astera.data_stack.plugins.module_utils._engine.plan import Plan
from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.cluster import unreadable
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.schedule import schedule_shown
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import drop_secrets

_NOTHING = Plan((), {}, {}, {})
RAW: dict[str, dict[str, Any]] = {"raw": {"type": "bool", "default": False}}


class ReadingTarget(Target):
    """Nothing to plan. raw: the API's own keys."""

    def __init__(self, label: str, params: dict[str, Any], tell: Callable[[Any, TaskContext], Any]) -> None:
        super().__init__(label, params)
        self._tell = tell

    def shown(self, found: Any) -> Any:
        return drop_secrets(found) if self.params["raw"] else self._tell(found, self.context)


class InfoResource(Resource):
    """One object, or whatever the call answers. read: the call; tell: what is shown of it unless raw is asked for."""

    reads_only = True

    def __init__(
        self,
        kind: str,
        label: str,
        read: Callable[[TaskContext], Any],
        tell: Callable[[Any, TaskContext], Any] = item_shown,
        others: dict[str, dict[str, Any]] | None = None,
    ) -> None:
        self.kind = kind
        self.options = Options(others={**(others or {}), **RAW})
        self._label = label
        self._read = read
        self._tell = tell

    def label(self, params: dict[str, Any]) -> str:
        return self._label

    def target(self, params: dict[str, Any]) -> Target:
        return ReadingTarget(self._label, params, self._tell)

    def carry_out(self, target: Target, context: TaskContext, current: Any = None) -> Outcome:
        target.join(context)
        return Outcome(False, _NOTHING, self.read(target.params, context))

    def read(self, params: dict[str, Any], context: TaskContext) -> Any:
        return self._read(context)


class ListReading(InfoResource):
    """All objects of a kind, in an order of their own: servers may answer in any. name and id choose some of them."""

    def __init__(
        self, kind: str, read: Callable[[TaskContext], Any], tell: Callable[[Any, TaskContext], Any] = item_shown
    ) -> None:
        choice = {"name": {"type": "str"}, "id": {"type": "int"}}
        super().__init__(
            kind, f"the {kind}", read, lambda items, context: [tell(item, context) for item in items], choice
        )

    def read(self, params: dict[str, Any], context: TaskContext) -> Any:
        found = sorted(super().read(params, context), key=_order)
        if params["name"] is not None:
            wanted = _alike(params["name"])
            found = [item for item in found if _alike(_values.get(item, "name", "")) == wanted]
        if params["id"] is not None:
            found = [item for item in found if compare.numbers_equal(params["id"], _values.get(item, "id"))]
        return found


def _alike(name: Any) -> str:
    """Whether the server tells "ETL" from "etl" is not published: who asks for one is shown both."""
    return _values.lookalike_key(name)


def _order(item: dict[str, Any]) -> tuple[Any, ...]:
    name = _values.get(item, "name", "")
    number = str(_values.get(item, "id", ""))
    return _alike(name), _values.name_key(name), len(number), number


def _cluster(context: TaskContext) -> Any:
    try:
        return context.api.cluster()
    except AsteraError as error:
        if error.status not in (404, 405):
            raise
        raise error.with_message(f"{unreadable(error, CLUSTER_INFO.label({}))}; {error.message}") from error


SERVER_CONFIG_INFO = InfoResource(
    "server_config", "the server's configuration", lambda context: context.api.server_config()
)
CLUSTER_INFO = InfoResource("cluster", "the cluster's settings", _cluster)
DEPLOYMENT_INFO = ListReading("deployments", lambda context: context.api.deployments())
SCHEDULE_INFO = ListReading("schedules", lambda context: context.api.schedules(), schedule_shown)
