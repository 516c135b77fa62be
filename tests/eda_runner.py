# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An event source in this process, one round at a time: what it says in a round is known when the round is over."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any
from unittest import mock

_PLUGINS = "ansible_collections.astera.data_stack.extensions.eda.plugins.event_source"
_DEADLINE = 60


def module(name: str) -> Any:
    return importlib.import_module(f"{_PLUGINS}.{name}")


class Source:
    """``async with``; ended, if it has not ended itself, at the end of the block."""

    def __init__(self, name: str, /, **args: Any) -> None:
        self.module = module(name)
        self.args = args
        self.slept: list[float] = []

    async def __aenter__(self) -> Source:
        self._queue: asyncio.Queue[Any] = asyncio.Queue()
        self._asleep: asyncio.Queue[None] = asyncio.Queue()
        self._wake: asyncio.Queue[None] = asyncio.Queue()
        self._patch = mock.patch.object(self.module, "sleep", self._sleep)
        self._patch.start()
        self._task = asyncio.create_task(self.module.main(self._queue, self.args))
        return self

    async def __aexit__(self, *error: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._patch.stop()

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._asleep.put_nowait(None)
        await self._wake.get()

    async def round(self) -> list[Any]:
        """→ the events of one more round. Raises what the source raised."""
        if self.slept:
            self._wake.put_nowait(None)
        asleep = asyncio.create_task(self._asleep.get())
        await asyncio.wait({asleep, self._task}, timeout=_DEADLINE, return_when=asyncio.FIRST_COMPLETED)
        assert asleep.done() or self._task.done(), f"no end of a round within {_DEADLINE} seconds"
        if not asleep.done():
            asleep.cancel()
            self._task.result()
        return [self._queue.get_nowait() for _event in range(self._queue.qsize())]

    @property
    def ended(self) -> bool:
        return self._task.done()


def play(name: str, args: dict[str, Any], *steps: Any) -> list[list[Any]]:
    """→ the events of each round. Before each, a step is taken, if there is something to do."""

    async def rounds() -> list[list[Any]]:
        found = []
        async with Source(name, **args) as source:
            for step in steps:
                if step:
                    step()
                found.append(await source.round())
        return found

    return asyncio.run(rounds())


def to_the_end(name: str, args: dict[str, Any]) -> list[Any]:
    """→ all events of a source that ends by itself."""

    async def rounds() -> list[Any]:
        found = []
        async with Source(name, **args) as source:
            while not source.ended:
                found += await source.round()
        return found

    return asyncio.run(rounds())
