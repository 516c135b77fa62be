# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a server that may be restarting. Private to this collection.

Whether a new configuration restarts the Astera service, or drops its tokens, is not published: both are provided for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils._client.client import ReadOnlyClient
from ansible_collections.astera.data_stack.plugins.module_utils._client.session import ProgressThrottle
from ansible_collections.astera.data_stack.plugins.module_utils._errors import COMMITTED, AsteraError

_POLL_SECONDS = 1.0
# How long a server that answers well may go on showing the old values before that is taken for its last word.
_PATIENCE_SECONDS = 15.0


class RestartWaiter:
    """Until a fresh login works and the configuration that is read back is the wanted one.

    before: what the changed fields held, for those who have to go back without the API.
    """

    def __init__(
        self,
        api: ReadOnlyClient,
        before: str,
        seconds: int,
        is_applied: Callable[[dict[str, Any]], bool],
        pace: ProgressThrottle,
    ) -> None:
        self._api = api
        self._pace = pace
        self._clock = api.session.clock
        self._before = before
        self._seconds = seconds
        self._deadline = self._clock.monotonic() + seconds
        self._is_there = is_applied
        self._trouble = AsteraError("timeout", "nobody was asked in that time")

    def wait(self, *urls: str, old_url_may_answer: bool = False) -> dict[str, Any]:
        """The configuration, as soon as it is the wanted one; the one that was seen last, if it stays another.

        urls: where the server may be, the likeliest first; the session goes on at the one that answered.
        second_is_leaving: the second address may be that of the old process, still answering before it goes.
        """
        usual = self._api.session.connection
        since: float | None = None
        good: str | None = None
        while True:
            found = None
            for place, url in enumerate(urls):
                now = self._ask(replace(usual, url=url))
                if now is None:
                    # A refused login is never repeated, at no address: the account would be locked.
                    if self._trouble.code == "authentication":
                        raise self._lost(urls)
                    continue
                found = (url, now)
                settled = self._is_there(now) and not (place and old_url_may_answer)
                # A server may answer well for a moment more, and restart then: it has to be seen so twice.
                if settled and good == url:
                    return self._settle(replace(usual, url=url), now)
                good = url if settled else None
                break
            time = self._clock.monotonic()
            since = (since if since is not None else time) if found else None
            stayed = since is not None and time - since >= _PATIENCE_SECONDS
            if found and (stayed or time + _POLL_SECONDS > self._deadline):
                return self._settle(replace(usual, url=found[0]), found[1])
            if time + _POLL_SECONDS > self._deadline:
                raise self._lost(urls)
            self._pace.report(f"waiting for the server to come back, {int(self._deadline - time)} seconds at most")
            self._clock.sleep(min(_POLL_SECONDS, self._deadline - time))

    def _ask(self, connection: Any) -> dict[str, Any] | None:
        left = max(1, int(self._deadline - self._clock.monotonic()))
        self._api.session.reconnect(replace(connection, retries=0, timeout=min(connection.timeout, left)))
        try:
            return self._api.server_config()
        except AsteraError as error:
            self._trouble = error
            return None

    def _settle(self, connection: Any, now: dict[str, Any]) -> dict[str, Any]:
        self._api.session.reconnect(connection)
        return now

    def _lost(self, urls: tuple[str, ...]) -> AsteraError:
        if self._trouble.code == "authentication":
            what = (
                f"it was accepted, and the server is back, but refuses the login ({self._trouble.message}); another repository may "
                "have other accounts: give one of its own"
            )
        else:
            places = " and ".join(url.split("//", 1)[1] for url in urls)
            what = (
                f"it was accepted, but the server did not come back within {self._seconds} seconds at {places} "
                f"({self._trouble.message}); look at the Astera service on the server itself, for without its repository it may "
                "not start"
            )
        return self._trouble.with_message(
            f"{what}; to go back, set in the Astera client: {self._before}", outcome=COMMITTED
        )
