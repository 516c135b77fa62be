# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the API answers: ``GET /api/ServerInfo``. Private to this collection."""

from __future__ import annotations

from typing import Any

from .._client.waiting import Deadline, ProgressThrottle
from .._engine.fields import Options
from .._engine.lists import TaskContext
from .._errors import AsteraError, usage
from .info import RAW, Info

_POLL_INTERVAL = 2.0
# Errors of a server that is still starting; any other does not go away by waiting.
_STARTING = ("unreachable", "timeout", "rejected", "invalid_response")


class ServerInfo(Info):
    kind = "server"
    label_template = "the server"
    options = Options(others={"wait_timeout": {"type": "int", "default": 0}, **RAW})

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        check_wait_timeout(params["wait_timeout"])

    def read(self) -> Any:
        found = read_server_info(self.context, self.params["wait_timeout"])
        return found if isinstance(found, dict) else {"answer": found}


def read_server_info(context: TaskContext, wait_timeout: int) -> Any:
    """Return what the server answers, as soon as it does."""
    session = context.api.session
    connection = session.connection
    deadline = Deadline(session.clock, wait_timeout)
    progress = ProgressThrottle(context.report_progress)
    while True:
        if wait_timeout:
            session.reconfigure(deadline.limit(connection))
        try:
            return context.api.server_info()
        except AsteraError as error:
            if error.code not in _STARTING:
                raise
            progress.report(f"waiting for the server, {int(deadline.left)} seconds at most")
            if not deadline.sleep(_POLL_INTERVAL):
                raise


def wait_for_server(context: TaskContext, wait_timeout: int) -> None:
    """Return once the server answers, even if it does not have this request or does not allow it to the account."""
    connection = context.api.session.connection
    try:
        read_server_info(context, wait_timeout)
    except AsteraError as error:
        if error.code not in ("not_found", "permission"):
            raise
    finally:
        context.api.session.reconfigure(connection)


def check_wait_timeout(seconds: int | None) -> None:
    if seconds is not None and seconds < 0:
        raise usage(f"wait_timeout is {seconds} and must be 0 or more. Correct it")
