# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An unresolved path beside the resolved one of a schedule, and ids of jobs that are larger than a double can hold."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.tests.modules import changed, failed

OLD, NEW = "C:\\Flows\\Old.Df", "C:\\Flows\\New.Df"
DAILY = {"start_time": "2026-12-01T04:30:00+01:00"}
LARGEST = 2**63 - 1
RUN = "/api/CommandLineProcessor"


def warned(result):
    return [warning for warning in result["warnings"] if "filePath" in warning]


@pytest.mark.parametrize("check", [True, False])
def test_schedule_warns_of_an_unresolved_path(server, run, check):
    server.seed(
        "schedule", name="A", isFile=True, filePath=OLD, filePathResolved={"path": OLD}, schedule={"typeName": "T"}
    )
    result = run("schedule", name="A", file_path=NEW, check=check)
    assert changed(result)
    assert len(warned(result)) == 1
    assert len(warned(run("schedule", name="B", file_path=NEW, daily=DAILY, check=check))) == 1


def test_schedule_sets_both_paths_where_both_are_given(server, run):
    server.seed(
        "schedule", name="A", isFile=True, filePath=OLD, filePathResolved={"path": OLD}, schedule={"typeName": "T"}
    )
    task = {"name": "A", "file_path": NEW, "settings": {"filePath": NEW}}
    result = run("schedule", **task)
    assert changed(result)
    assert warned(result) == []
    (stored,) = server.state["schedules"]
    assert (stored["filePath"], stored["filePathResolved"]["path"]) == (NEW, NEW)
    assert not changed(run("schedule", **task))


def test_schedule_does_not_warn_where_no_unresolved_path_is_shown(server, run):
    server.seed("schedule", name="A", isFile=True, filePathResolved={"path": OLD}, schedule={"typeName": "T"})
    assert warned(run("schedule", name="A", file_path=NEW)) == []
    server.edit("schedule", "A", filePath=OLD)
    assert warned(run("schedule", name="A", is_active=False)) == []


@pytest.mark.parametrize(
    "answer", [f'{{"jobId": {LARGEST}}}', f'{{"jobId": "{LARGEST}"}}', f"{LARGEST}", f'"{LARGEST}"']
)
def test_job_id_beyond_a_double_stays_exact_N8(server, run, fast_sleep, answer):
    path = f"/api/Job/{LARGEST}/Status"
    server.fail("POST", RUN, how="status", status=200, body=answer.encode())
    server.fail("GET", path, how="status", status=200, body=b'"Completed"', times=2)
    result = run("job", file_path=NEW)
    assert changed(result)
    assert result["job"]["id"] == str(LARGEST)
    assert f'"id": "{LARGEST}"' in result["text"]
    assert run("job_info", id=LARGEST)["job"]["id"] == str(LARGEST)
    assert [entry.path for entry in server.requests if "/Job/" in entry.path] == [path, path]


def test_job_id_that_a_double_has_rounded_is_refused(server, run):
    failed(run("job_info", id=1e19), "usage", "not_committed")
