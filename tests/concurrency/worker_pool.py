# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes that run modules at the same moment, as often as they are told. A play for each would spend its time on starting."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_VENV = Path(__file__).resolve().parents[2] / ".venv"
_WORK = "from ansible_collections.astera.data_stack.tests.concurrency.worker_pool import work; work()"
Job = tuple[str, dict[str, Any]]


class WorkerPool:
    """``with WorkerPool(8) as pool: pool.together([(module, options), …])`` → the results, in the order of the jobs."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __enter__(self) -> WorkerPool:
        environment = {**os.environ, "PYTHONPATH": str(_VENV)}
        self._members = [
            subprocess.Popen(
                [sys.executable, "-c", _WORK],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                text=True,
            )
            for _member in range(self.size)
        ]
        for member in self._members:
            assert member.stdout is not None
            assert member.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *error: object) -> None:
        for member in self._members:
            member.communicate(timeout=600)

    def together(self, jobs: list[Job]) -> list[dict[str, Any]]:
        assert len(jobs) <= self.size
        for member, job in zip(self._members, jobs, strict=False):
            assert member.stdin is not None
            print(json.dumps(job), file=member.stdin, flush=True)
        return [json.loads(member.stdout.readline()) for member, _job in zip(self._members, jobs, strict=False)]  # type: ignore[union-attr]


def work() -> None:
    """What a member does: a job a line, until there are no more."""
    from ansible_collections.astera.data_stack.tests import modules

    answers = sys.stdout
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        module, options = json.loads(line)
        print(json.dumps(modules.run(f"astera_{module}", options)), file=answers, flush=True)
