# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A controller that is stopped in the middle: F49 of the fault table. The properties stop each module at every request."""

from __future__ import annotations

import os
import signal

import pytest
from ansible_collections.astera.data_stack.tests.playbook_runner import PlaybookRunner, module


@pytest.mark.each_value(place=["POST /api/Deployment"], how=[signal.SIGINT])
@pytest.mark.parametrize("place", ["POST /api/UploadFile", "POST /api/Deployment", "GET /api/Deployments"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_F49_a_play_that_is_stopped_is_finished_by_the_next(server, tmp_path, how, place):
    runner = PlaybookRunner(tmp_path, server)
    (tmp_path / "sales.car").write_bytes(b"PK content")
    tasks = [module("deployment", name="Sales", archive=str(tmp_path / "sales.car"))]
    started = {}

    def stop():
        os.killpg(started["process"].pid, how)

    method, path = place.split()
    server.fail(method, path, at="after_commit", how="call", action=stop)
    server.fail(method, path, at="after_commit", how="delay", seconds=0.5)
    started["process"] = runner.start(tasks)
    started["process"].communicate(timeout=600)
    assert started["process"].returncode != 0
    left = [path for path in (tmp_path / "local").rglob("*") if path.is_file()]
    if how == signal.SIGTERM:
        # Ansible itself ends at once then, and leaves its private folder: in it is at most the run's token.
        left = [path for path in left if not path.name.startswith("astera-") or path.stat().st_mode & 0o77]
    assert left == []
    assert all(item["clusterArchiveFilePath"] in server.state["files"] for item in server.state["deployments"])
    server.clear_faults()
    runner.play(tasks, expect=0)
    (again,) = runner.play(tasks, expect=0)
    assert again["changed"] is False
    assert [item["name"] for item in server.state["deployments"]] == ["Sales"]
    assert len(server.state["files"]) == 1
