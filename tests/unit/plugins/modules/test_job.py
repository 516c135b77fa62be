# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs: what is started, what is waited for, which words mean what, and what is refused."""

from __future__ import annotations

import json

import pytest
from ansible_collections.astera.data_stack.tests import documents, modules
from ansible_collections.astera.data_stack.tests.emulator import Dialect
from ansible_collections.astera.data_stack.tests.modules import changed, failed, writes

FLOW = "C:\\Flows\\CloseDay.Wf"
RUN = "/api/CommandLineProcessor"
PARAMETERS = [
    {"action_name": "Variables", "parameter_name": "region", "value": "south"},
    {"action_name": "Source", "parameter_name": "DbPassword", "value": "canary/Job \"pass'ü"},
]


@pytest.fixture(autouse=True)
def _soon(fast_sleep):
    """Waits are short in these tests."""


def polls(server):
    return [entry for entry in server.requests if entry.path.startswith("/api/Job/")]


DIALECTS = {name: dialect for name, dialect in Dialect.sweep() if "=" not in name or "job" in name}


@pytest.mark.parametrize("server", DIALECTS.values(), indirect=True, ids=DIALECTS)
def test_job_runs_to_its_end_on_every_dialect(server, run):
    result = run("job", file_path=FLOW, parameters=PARAMETERS)
    assert changed(result)
    job = result["job"]
    assert (job["id"], job["status"]) == ("1", "Completed")
    assert job["statuses"] == ["NotStarted", "Queued", "Running", "Completed"]
    assert job["elapsed"] >= 0
    (sent,) = server.writes
    assert sent.json == {
        "FilePath": FLOW,
        "Parameters": [
            {"ActionName": item["action_name"], "ParameterName": item["parameter_name"], "Value": item["value"]}
            for item in PARAMETERS
        ],
    }
    info = run("job_info", id="1")
    assert not changed(info)
    assert info["job"] == {"id": "1", "status": "Completed", "finished": True, "succeeded": True}


@pytest.mark.parametrize("check", [True, False])
def test_job_hides_a_secret_parameter_and_shows_the_others(server, run, check):
    result = run("job", file_path=FLOW, parameters=PARAMETERS, check=check)
    shown = [PARAMETERS[0], {**PARAMETERS[1], "value": "********"}]
    assert result["diff"]["before"] == {}
    assert result["diff"]["after"] == {"file_path": FLOW, "parameters": shown}
    assert documents.leaks(result["text"], {"parameter": PARAMETERS[1]["value"]}) == []


def test_job_starts_nothing_in_check_mode(server, run):
    result = run("job", file_path=FLOW, check=True)
    assert changed(result)
    assert result["job"] == {"id": None, "status": None, "elapsed": 0.0, "statuses": []}
    assert server.requests == []


def test_job_without_waiting_can_be_followed(server, run):
    result = run("job", file_path=FLOW, wait=False)
    assert changed(result)
    assert (result["job"]["id"], result["job"]["status"]) == ("1", None)
    assert polls(server) == []
    seen = [run("job_info", id=result["job"]["id"])["job"] for _turn in range(4)]
    assert [job["status"] for job in seen] == ["NotStarted", "Queued", "Running", "Completed"]
    assert [job["finished"] for job in seen] == [False, False, False, True]
    assert [job["succeeded"] for job in seen] == [False, False, False, True]


@pytest.mark.parametrize("word", ["Error", "Completed with errors", "Cancelled", "Terminé", "Unknown", "9"])
def test_job_with_any_other_word_fails_and_names_it(server, run, word):
    server.set_job_result(FLOW, word)
    result = run("job", file_path=FLOW)
    message = failed(result, "rejected", "committed")
    assert f"status {word}." in message
    assert "Job Monitor" in message
    assert (result["job"]["id"], result["job"]["status"]) == ("1", word)
    assert result["changed"] is True
    assert result["diff"]["after"]["file_path"] == FLOW
    assert writes(server) == [RUN]


def test_job_accepts_other_statuses_in_any_case(server, run):
    server.set_job_result(FLOW, "DoneWithWarnings")
    assert changed(run("job", file_path=FLOW, success_statuses=["completed", "donewithwarnings"]))
    server.set_job_result(FLOW, "completed")
    assert changed(run("job", file_path=FLOW, waiting_statuses=["notstarted", "QUEUED", "running"]))
    assert "NotStarted" in failed(run("job", file_path=FLOW, waiting_statuses=["Queued"]), "rejected", "committed")
    words = {"success_statuses": ["Done"], "waiting_statuses": ["Completed"]}
    assert run("job_info", id="1", **words)["job"]["finished"] is False


def test_job_that_takes_too_long_is_reported_with_its_id(server, run, fast_sleep):
    server.set_job_result(FLOW, "Running")
    result = run("job", file_path=FLOW, wait_timeout=1, poll_interval=5)
    message = failed(result, "timeout", "committed")
    assert max(fast_sleep) <= 1
    assert "Running" in message
    assert "wait_timeout" in message
    assert result["job"]["id"] == "1"
    assert result["changed"] is True
    assert result["diff"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b'{"JOBID": 12, "filePath": "x"}', "12"),
        (b'{"jobId": "12"}', "12"),
        (b'{"id": 12}', "12"),
        (b"12", "12"),
        (b'"12"', "12"),
        (b'{"jobId": "2f7c6a54-7b1e-4f0e-9d0c-6a4a3a0f5a11"}', "2f7c6a54-7b1e-4f0e-9d0c-6a4a3a0f5a11"),
    ],
    ids=str,
)
def test_job_reads_the_id_in_any_form(server, run, answer, expected):
    server.fail("POST", RUN, at="after_commit", how="status", status=200, body=answer)
    assert run("job", file_path=FLOW, wait=False)["job"]["id"] == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b'"Running"', "Running"),
        (b"Running", "Running"),
        (b'\xef\xbb\xbf"Running"', "Running"),
        (b'{"status": "Running"}', "Running"),
        (b'{"id": "7", "Status": "Running", "user": "x"}', "Running"),
        (b'{"status": 3}', "3"),
        (b"3", "3"),
    ],
    ids=str,
)
def test_job_reads_the_status_in_any_form(server, run, answer, expected):
    server.fail("GET", "/api/Job/7/Status", how="status", status=200, body=answer)
    assert run("job_info", id="7")["job"]["status"] == expected


@pytest.mark.parametrize(
    "answer", [b"", b"null", b'"', b'"Runn', b"[]", b'{"a": "b", "c": "d"}', b"<html>Running</html>", b"true"], ids=str
)
def test_job_fails_on_an_invalid_status(server, run, answer):
    server.fail("GET", "/api/Job/7/Status", how="status", status=200, body=answer)
    failed(run("job_info", id="7"), "invalid_response", "not_committed")


@pytest.mark.parametrize("server", [Dialect(unknown_job=word) for word in ("Invalid", "404")], indirect=True, ids=str)
def test_job_info_reports_an_unknown_id(server, run):
    result = run("job_info", id="99")
    if server.dialect.unknown_job == "404":
        assert "job 99" in failed(result, "not_found", "not_committed")
    else:
        assert result["job"] == {"id": "99", "status": "Invalid", "finished": True, "succeeded": False}


def test_job_run_path_can_be_changed(server, run):
    server.fail("POST", "/api/v2/Run", how="status", status=200, body=b'{"jobId": 5}')
    assert run("job", file_path=FLOW, run_path="/api/v2/Run", wait=False)["job"]["id"] == "5"


@pytest.mark.parametrize(
    "path",
    [
        *("api/Run", "", "/", "//host/api", "/api//Run", "/api/Run/", "/api/../Run", "/api/./Run", "/api/Run?a=b"),
        *("/api/Run#x", "/api/%2e%2e/Run", "/api/Run\r\nX: y", "https://elsewhere/api", "/api\\Run", "/api/…", "/a b"),
    ],
)
def test_job_rejects_a_bad_run_path(server, run, path):
    assert "run_path" in failed(run("job", file_path=FLOW, run_path=path), "usage", "not_committed")
    assert server.requests == []


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"file_path": " "}, "file_path"),
        ({"file_path": "C:\\a\nb.Df"}, "file_path"),
        ({"wait_timeout": 0}, "wait_timeout"),
        ({"poll_interval": 0}, "poll_interval"),
        ({"poll_interval": float("nan")}, "poll_interval"),
        ({"success_statuses": []}, "success_statuses"),
        ({"success_statuses": ["running"]}, "running"),
        ({"parameters": [{"action_name": "", "parameter_name": "a", "value": "b"}]}, "action_name"),
    ],
    ids=str,
)
def test_job_rejects_bad_input_before_the_first_request(server, run, options, word):
    assert word in failed(run("job", **{"file_path": FLOW, **options}), "usage", "not_committed")
    assert server.requests == []


@pytest.mark.parametrize("job_id", ["", "0", "7/../8", "7?x", "a b", "…", "../Cluster"])
def test_job_info_rejects_an_invalid_id(server, run, job_id):
    assert "id" in failed(run("job_info", id=job_id), "usage", "not_committed")
    assert server.requests == []


def test_job_reports_its_progress(server, fast_sleep):
    from ansible_collections.astera.data_stack.plugins.module_utils import _task
    from ansible_collections.astera.data_stack.plugins.module_utils._kinds.job import Job

    told = []
    runtime = _task.TaskRuntime()
    runtime.report_progress = told.append
    result = modules.run_kind(Job, server, runtime, file_path=FLOW)
    assert not result["failed"], json.dumps(result)
    assert [line.split(" after")[0] for line in told[1:]] == [
        f"job 1 is {word}" for word in ("NotStarted", "Queued", "Running", "Completed")
    ]


def test_job_diff_hides_a_short_secret_parameter(server, run):
    parameter = {"action_name": "Load", "parameter_name": "DbPassword", "value": "q7"}
    result = run("job", check=True, file_path="C:\\Flows\\Load.Df", parameters=[parameter])
    assert changed(result)
    assert "q7" not in str(result["diff"])
