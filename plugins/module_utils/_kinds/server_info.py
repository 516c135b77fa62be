# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the API answers: ``GET /api/ServerInfo``. Private to this collection."""

from __future__ import annotations

from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils._client.waiting import Deadline, ProgressThrottle
from ansible_collections.astera.data_stack.plugins.module_utils._engine.kind import Target, TaskContext
from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError, usage
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.info import InfoResource

_POLL_SECONDS = 2.0
# What a server that is still starting may answer; anything else will not get better by waiting.
_STARTING = ("unreachable", "timeout", "rejected", "invalid_response")


class ServerInfo(InfoResource):
    def __init__(self) -> None:
        wait = {"wait_timeout": {"type": "int", "default": 0}}
        super().__init__("server", "the server", lambda context: context.api.server_info(), others=wait)

    def target(self, params: dict[str, Any]) -> Target:
        check_wait_timeout(params["wait_timeout"])
        return super().target(params)

    def wait(self, seconds: int, context: TaskContext) -> None:
        """Return once the server answers. One without this request, or that does not allow it to the account, has answered."""
        usual = context.api.session.connection
        try:
            self.read({"wait_timeout": seconds}, context)
        except AsteraError as error:
            if error.code not in ("not_found", "permission"):
                raise
        finally:
            context.api.session.reconfigure(usual)

    def read(self, params: dict[str, Any], context: TaskContext) -> Any:
        session = context.api.session
        usual = session.connection
        deadline = Deadline(session.clock, params["wait_timeout"])
        pace = ProgressThrottle(context.tell)
        while True:
            if params["wait_timeout"]:
                session.reconfigure(deadline.limit(usual))
            try:
                info = super().read(params, context)
                return info if isinstance(info, dict) else {"answer": info}
            except AsteraError as error:
                if error.code not in _STARTING:
                    raise
                pace.report(f"waiting for the server, {int(deadline.left)} seconds at most")
                if not deadline.sleep(_POLL_SECONDS):
                    raise


def check_wait_timeout(seconds: int | None) -> None:
    if seconds is not None and seconds < 0:
        raise usage(f"wait_timeout is {seconds}, and must be 0 or more")


SERVER_INFO = ServerInfo()
