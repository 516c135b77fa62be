# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pause around the writes of one task: ``pause`` of ``astera_server``. Private to this collection.

The previous settings come back whatever happens to the task: a failure, a lost response, a signal that ends the process. Where
nothing can be done any more, as after SIGKILL, the state file stays, and the next task finds it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

from .._engine.lists import TaskContext
from .._engine.plan import EMPTY_PLAN, diff
from .._errors import AsteraError
from .pause import OWN, STALE, Pause

OPTIONS: dict[str, dict[str, Any]] = {
    "enabled": {"type": "bool", "default": True},
    "state_path": {"type": "path", "required": True},
    "window": {"type": "str", "default": "deployment"},
    "owner": {"type": "str"},
    "force": {"type": "bool", "default": False},
}


class Terminated(BaseException):
    """The process received a signal to end. No ``except Exception`` takes it for a failure of the task."""


class PauseGuard:
    """The pause of one task. params: the values of ``OPTIONS``. cluster: the cluster_id, if there is one."""

    def __init__(self, params: dict[str, Any] | None, cluster: str | None) -> None:
        self._pause: Pause | None = None
        # Why the previous settings could not be restored.
        self.error: AsteraError | None = None
        self._begun = EMPTY_PLAN
        # The restoration of what a killed run has left.
        self._recovered = EMPTY_PLAN
        if params and params["enabled"]:
            self._pause = Pause({**params, "cluster_id": cluster or None}, keeps=True)

    def bind(self, context: TaskContext) -> None:
        if self._pause:
            self._pause.bind(context)

    def predict(self, needed: bool) -> None:
        """Predict the pause. Raise what would prevent it."""
        if self._pause is None:
            return
        if needed:
            self._begun = self._pause.begin().plan
        elif self._pause.can_close:
            self._recovered = self._pause.end().plan

    @property
    def changed(self) -> bool:
        """Return whether settings differ afterwards, because the window of a killed run was closed."""
        return self._recovered.needed

    def diffs(self) -> list[dict[str, Any]]:
        plans = [made for made in (self._begun, self._recovered) if made.needed]
        return [diff(made, self._pause.label) for made in plans] if self._pause else []

    @contextlib.contextmanager
    def paused(self, needed: bool) -> Iterator[None]:
        """Pause all servers for as long as the block runs. needed: whether it is going to write anything."""
        if self._pause is None:
            yield
            return
        with _signals_raise() as shield:
            try:
                if needed:
                    # Other runs may have come and gone since it was bound.
                    self._pause.refresh()
                    self._begun = self._pause.begin().plan
                yield
            finally:
                with shield():
                    self._restore(self._pause, needed)

    def _restore(self, pause: Pause, needed: bool) -> None:
        """Restore the previous settings, including those of a killed run. Without a state file no request is sent."""
        try:
            if not pause.opened:
                pause.refresh()
                if pause.relation == OWN:
                    pause.relation = STALE
            if pause.can_close:
                made = pause.end().plan
                self._recovered = EMPTY_PLAN if needed else made
        except AsteraError as error:
            self.error = error
        finally:
            pause.state.release()

    def extra_results(self) -> dict[str, Any]:
        return self._pause.extra_results() if self._pause else {}


@contextlib.contextmanager
def _signals_raise() -> Iterator[Any]:
    """Raise ``Terminated`` where a signal would end the process at once, and end it when the block is left.

    Yields a context in which a signal waits for its end.
    """
    received: list[int] = []
    shielded = False

    def receive(number: int, _frame: Any) -> None:
        received.append(number)
        if not shielded:
            raise Terminated

    @contextlib.contextmanager
    def shield() -> Iterator[None]:
        nonlocal shielded
        shielded = True
        yield

    if threading.current_thread() is not threading.main_thread():
        # Python delivers signals to the main thread alone.
        yield shield
        return
    before = {number: signal.signal(number, receive) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield shield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if received:
            os.kill(os.getpid(), received[0])
