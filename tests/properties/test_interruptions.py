# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""F49: a run that is killed at any of its requests is finished by the next one, and leaves nothing that others could read."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from ansible_collections.astera.data_stack.tests import documents, invariants
from ansible_collections.astera.data_stack.tests.emulator import Emulator
from ansible_collections.astera.data_stack.tests.playbook_runner import PlaybookRunner, module

SIGNALS = {"KILL": signal.SIGKILL, "INT": signal.SIGINT, "TERM": signal.SIGTERM}
WAYS = ("local", "elsewhere")
# A whole run has some thirty requests: these are one of each kind of moment.
DAILY = [("local", "KILL", 7), ("local", "INT", 11), ("local", "TERM", 14), ("elsewhere", "KILL", 12)]
MOST = 40


def moments():
    for way in WAYS:
        for name in SIGNALS:
            for number in range(MOST):
                moment = (way, name, number)
                marks = pytest.mark.full if moment in DAILY else pytest.mark.sweep
                yield pytest.param(*moment, marks=marks, id=f"{way}-{name}-{number}")


def left_behind(folder):
    """Files that a task made for itself: tokens, half receipts, copies of archives."""
    found = [path for part in ("local", ".ansible") for path in (folder / part).rglob("*") if path.is_file()]
    return [str(path) for path in [*found, *folder.rglob(".astera-receipt-*")] if "galaxy" not in str(path)]


@pytest.mark.parametrize(("way", "name", "number"), list(moments()))
def test_F49_a_run_that_is_killed_is_finished_by_the_next(tmp_path, way, name, number):
    variables = documents.document(tmp_path)
    tasks = [module(task.removeprefix("astera_"), **options) for task, options in documents.tasks(variables)]
    with Emulator() as server:
        runner = PlaybookRunner(tmp_path, server)
        reached = threading.Event()
        process = runner.start(tasks, way)

        def kill():
            reached.set()
            os.killpg(process.pid, SIGNALS[name])

        server.before("*", "/api/*", kill, after=number)
        process.communicate(timeout=600)
        server.clear_faults()
        assert reached.is_set() == (process.returncode != 0)
        if not reached.is_set():
            pytest.skip(f"the run has no more than {number} requests")
        left = left_behind(tmp_path)
        if name == "INT":
            assert left == []
        # Ansible does not empty its directory when it is terminated: then what is left must at least be private.
        assert [path for path in left if os.stat(path).st_mode & 0o077 and "astera-" in os.path.basename(path)] == []
        assert [path for path in left if "receipt" in path] == []
        results = runner.play(tasks, way, expect=0)
        assert not any(result.get("failed") for result in results)
        assert not any(result["changed"] for result in runner.play(tasks, way, expect=0))
        invariants.assert_reached(server.state, variables)
        used = {
            item[key]
            for item in server.state["deployments"]
            for key in ("clusterArchiveFilePath", "clusterConfigFilePath")
        }
        assert set(server.state["files"]) == used
