# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes that run modules at the same moment. A play for each would spend its time on starting."""

from __future__ import annotations

import contextlib
import multiprocessing
from multiprocessing.connection import Connection
from typing import Any

from ansible_collections.astera.data_stack.tests import modules

# Forked from a process that has imported the modules, and has no threads.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])
# A module and its options.
Task = tuple[str, dict[str, Any]]


class WorkerPool:
    """``with WorkerPool(8) as pool: pool.run([(module, options), …])`` → the results, in the order of the tasks."""

    def __init__(self, size: int) -> None:
        self._workers = [_CONTEXT.Pipe() for _worker in range(size)]
        self._processes = [_CONTEXT.Process(target=_work, args=(theirs,)) for _ours, theirs in self._workers]

    def __enter__(self) -> WorkerPool:
        for process in self._processes:
            process.start()
        for ours, theirs in self._workers:
            theirs.close()
            assert ours.recv() == "ready"
        return self

    def __exit__(self, *error: object) -> None:
        for ours, _theirs in self._workers:
            ours.close()
        for process in self._processes:
            process.join(timeout=600)

    def run(self, tasks: list[Task]) -> list[dict[str, Any]]:
        connections = [ours for ours, _theirs in self._workers[: len(tasks)]]
        for connection, task in zip(connections, tasks, strict=True):
            connection.send(task)
        return [connection.recv() for connection in connections]


def _work(connection: Connection) -> None:
    """Run one task after another, until the other end of the connection is closed."""
    with contextlib.suppress(EOFError):
        connection.send("ready")
        while True:
            module, options = connection.recv()
            connection.send(modules.run(f"astera_{module}", options))
