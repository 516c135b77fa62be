# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wait for a server that might be restarting. Private to this collection.

Whether a new configuration restarts the Astera service, or drops its tokens, is not published: both are provided for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from .._errors import COMMITTED, AsteraError
from .client import ReadOnlyClient
from .waiting import Deadline, ProgressThrottle

POLL_INTERVAL = 1.0
# How long a server that responds may still return the old values. After that, they are its last word.
MAX_STALE_SECONDS = 15.0


class RestartWaiter:
    """Wait until a fresh login works and the configuration that is read back is the wanted one.

    before: what the changed fields held, for a user who has to restore them without the API.
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
        self._usual = api.session.connection
        self._pace = pace
        self._clock = api.session.clock
        self._before = before
        self._seconds = seconds
        self._deadline = Deadline(self._clock, seconds)
        self._is_applied = is_applied
        self._trouble = AsteraError("timeout", "no request was sent in that time")

    def wait(self, *urls: str, old_url_may_answer: bool = False) -> dict[str, Any]:
        """Return the configuration as soon as it is the wanted one, or the last one that was read if it stays another.

        urls: where the server might be, the likeliest first. The session stays at the one that responded.
        old_url_may_answer: at the second address, the old process might still respond before it ends.
        """
        since: float | None = None
        applied_at: str | None = None
        while True:
            url, config = self._find(urls)
            applied = config is not None and self._is_applied(config) and not (old_url_may_answer and url != urls[0])
            # A server might respond for a moment more, and restart then: two reads in a row must agree.
            confirmed = applied and applied_at == url
            applied_at = url if applied else None
            now = self._clock.monotonic()
            since = None if config is None else now if since is None else since
            stale = since is not None and now - since >= MAX_STALE_SECONDS
            if config is not None and (confirmed or stale or self._deadline.left < POLL_INTERVAL):
                self._api.session.reconnect(replace(self._usual, url=url))
                return config
            self._pace.report(f"waiting for the server to come back, {int(self._deadline.left)} seconds at most")
            if not self._deadline.sleep(POLL_INTERVAL):
                raise self._lost(urls)

    def _find(self, urls: Sequence[str]) -> tuple[str, dict[str, Any] | None]:
        """Return the first address that responds, and the configuration there."""
        for url in urls:
            self._api.session.reconnect(self._deadline.limit(replace(self._usual, url=url)))
            try:
                return url, self._api.server_config()
            except AsteraError as error:
                self._trouble = error
            # A refused login is never repeated, at any address: the account would be locked.
            if self._trouble.code == "authentication":
                raise self._lost(urls)
        return urls[0], None

    def _lost(self, urls: Sequence[str]) -> AsteraError:
        if self._trouble.code == "authentication":
            what = (
                f"it was accepted, and the server is back, but refuses the login ({self._trouble.cause}). Another repository "
                "might have other accounts: set the username and password of one of its own"
            )
        else:
            places = " and ".join(url.split("//", 1)[1] for url in urls)
            what = (
                f"it was accepted, but the server did not come back within {self._seconds} seconds at {places} "
                f"({self._trouble.cause}). Check the Astera service on the server itself, because it might not start "
                "without its repository"
            )
        message = f"{what}. To restore the old configuration, set in the Astera client: {self._before}."
        return self._trouble.with_message(message, outcome=COMMITTED)
