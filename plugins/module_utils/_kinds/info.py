# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server has, read and not changed. Private to this collection."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from .. import _values
from .._client.waiting import Deadline, ProgressThrottle
from .._engine import compare
from .._engine.converge import Outcome
from .._engine.fields import Options, check_range
from .._engine.kind import Operation, format_item
from .._engine.lists import TaskContext
from .._engine.plan import EMPTY_PLAN
from .._errors import AsteraError
from .._secrets import drop_secrets
from .schedule import format_schedule

RAW = MappingProxyType({"raw": {"type": "bool", "default": False}})
_POLL_INTERVAL = 2.0
# Errors of a server that is still starting; any other does not go away by waiting.
_STARTING = ("unreachable", "timeout", "rejected", "invalid_response")


class Info(Operation):
    """One object, or whatever the response contains. With raw the result has the API's own keys.

    The kind is also the name of the client's method that reads it.
    """

    reads_only = True
    options = Options(others=RAW)

    def read(self) -> Any:
        return getattr(self.context.api, self.kind)()

    def format(self, found: Any) -> Any:
        return format_item(found)

    def apply(self) -> Outcome:
        return Outcome(False, EMPTY_PLAN, self.read())

    def to_result(self, found: Any) -> Any:
        return drop_secrets(found) if self.params["raw"] else self.format(found)


class ServerInfo(Info):
    kind = "server"
    label_template = "the server"
    options = Options(others={"wait_timeout": {"type": "int", "default": 0}, **RAW})

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        check_range("wait_timeout", params["wait_timeout"], 0)

    def read(self) -> Any:
        return read_server_info(self.context, self.params["wait_timeout"])


def read_server_info(context: TaskContext, wait_timeout: int) -> dict[str, Any]:
    """Return what the server answers, as soon as it does."""
    session = context.api.session
    connection = session.connection
    deadline = Deadline(session.clock, wait_timeout)
    progress = ProgressThrottle(context.report_progress)
    while True:
        if wait_timeout:
            session.reconfigure(deadline.limit(connection))
        try:
            found = context.api.server_info()
            return found if isinstance(found, dict) else {"answer": found}
        except AsteraError as error:
            if error.code not in _STARTING:
                raise
            progress.report(f"waiting for the server, {int(deadline.left)} seconds at most")
            if not deadline.sleep(_POLL_INTERVAL):
                raise


def wait_for_server(context: TaskContext, wait_timeout: int) -> Any:
    """Return what the server answers. None if it does not have this request, or does not allow it to the account."""
    connection = context.api.session.connection
    try:
        return drop_secrets(read_server_info(context, wait_timeout))
    except AsteraError as error:
        if error.code not in ("not_found", "permission"):
            raise
        return None
    finally:
        context.api.session.reconfigure(connection)


class ServerConfigInfo(Info):
    kind = "server_config"
    label_template = "the server's configuration"


class ClusterInfo(Info):
    kind = "cluster"
    label_template = "the cluster's settings"


class ListInfo(Info):
    """All objects of a kind. name and id select some of them."""

    options = Options(others={"name": {"type": "str"}, "id": {"type": "int"}, **RAW})

    def read(self) -> Any:
        found = super().read()
        if self.params["name"] is not None:
            # Whether the server distinguishes "ETL" from "etl" is not published, so the result has both.
            wanted = _values.lookalike_key(self.params["name"])
            found = [item for item in found if _values.lookalike_key(_values.get(item, "name", "")) == wanted]
        if self.params["id"] is not None:
            found = [item for item in found if compare.numbers_equal(self.params["id"], _values.get(item, "id"))]
        return found

    def format(self, found: Any) -> Any:
        return [self.format_one(item) for item in found]

    def format_one(self, item: dict[str, Any]) -> Any:
        return format_item(item)


class DeploymentInfo(ListInfo):
    kind = "deployments"
    label_template = "the deployments"


class ScheduleInfo(ListInfo):
    kind = "schedules"
    label_template = "the schedules"

    def format_one(self, item: dict[str, Any]) -> Any:
        return format_schedule(item, self.clock)
