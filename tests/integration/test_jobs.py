# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs in plays: followed with ``until``, left to ``async``, and interrupted."""

from __future__ import annotations

import os
import signal
import time

import pytest
from ansible_collections.astera.data_stack.tests.emulator import Emulator
from ansible_collections.astera.data_stack.tests.playbook_runner import PlaybookRunner, module

FLOW = "C:\\Flows\\CloseDay.Wf"


@pytest.fixture
def runner(tmp_path):
    with Emulator() as server:
        yield PlaybookRunner(tmp_path, server)


def test_run_job_can_be_followed_with_until(runner):
    """Also past an answer that never comes: what was registered then has no job."""
    runner.server.fail("GET", "/api/Job/*", how="status", status=503, after=1)
    follow = {
        **module("job_info", id="{{ load.job.id }}", retries=0),
        "register": "now",
        "until": "now.job.finished | default(false)",
        "retries": 9,
        "delay": 0,
        "failed_when": "not (now.job.succeeded | default(false))",
    }
    start = {**module("job", file_path=FLOW, wait=False), "register": "load"}
    results = runner.play([start, follow], expect=0)
    assert results[0]["job"]["id"] == "1"
    assert results[-1]["job"]["status"] == "Completed"
    assert len(runner.server.state["jobs"]) == 1


@pytest.mark.full
def test_run_job_logs_in_once_per_loop(runner):
    flows = [f"C:\\Flows\\{number}.Df" for number in range(3)]
    runner.play([{**module("job", file_path="{{ item }}", poll_interval=0.1), "loop": flows}], expect=0)
    assert [job["filePath"] for job in runner.server.state["jobs"]] == flows
    assert [entry.path for entry in runner.server.requests].count("/api/account/login") == 1


@pytest.mark.full
def test_run_job_works_with_async(runner):
    task = {**module("job", file_path=FLOW, poll_interval=0.1), "async": 60, "poll": 1}
    results = runner.play([task], expect=0)
    assert results[-1]["job"]["status"] == "Completed"
    assert len(runner.server.state["jobs"]) == 1


def test_run_job_leaves_the_job_running_when_interrupted(runner):
    runner.server.set_job_result(FLOW, "Running")
    process = runner.start([module("job", file_path=FLOW, poll_interval=0.1)])
    until = time.monotonic() + 600
    while not any(entry.path.startswith("/api/Job/") for entry in runner.server.requests):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    printed, _nothing = process.communicate(timeout=600)
    assert process.returncode != 0, printed
    assert [entry.path for entry in runner.server.writes] == ["/api/CommandLineProcessor"]
    assert list((runner.folder / "local").iterdir()) == []
