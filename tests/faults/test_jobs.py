# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs under faults: never two for one task, and a wait that outlasts what passes: F03, F04, F07, F10 to F17, F19 and F26."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.astera.data_stack.tests import write_scenarios
from ansible_collections.astera.data_stack.tests.modules import changed, failed

pytestmark = write_scenarios.EACH_FAULT_ONCE

FLOW = "C:\\Flows\\CloseDay.Wf"
RUN = "/api/CommandLineProcessor"
STATUS = "/api/Job/*"
LOGIN = "/api/account/login"
PAGE = {"body": b"<html><h1>Bad Gateway</h1></html>", "headers": {"Content-Type": "text/html"}}


def count(server, path):
    return [entry.path for entry in server.requests].count(path)


def unknown(server, result, jobs):
    """The outcome is unknown, nothing is sent again, and the message names the place to check."""
    message = failed(result, "outcome_unknown", "unknown")
    assert "Job Monitor" in message
    assert FLOW in message
    assert count(server, RUN) == 1
    assert len(server.state["jobs"]) == jobs
    assert "job" not in result
    assert result["changed"] is False


@pytest.mark.parametrize("how", ["reset", "close"])
@pytest.mark.parametrize(("place", "jobs"), [("before_read", 0), ("after_commit", 1), ("mid_response", 1)])
def test_F03_F04_job_start_with_lost_response_is_not_repeated(server, run, place, jobs, how):
    server.fail("POST", RUN, at=place, how=how)
    unknown(server, run("job", file_path=FLOW), jobs)


def test_F07_a_start_that_takes_longer_than_the_timeout_is_not_repeated(server, run):
    server.fail("POST", RUN, at="after_commit", how="delay", seconds=2.5)
    unknown(server, run("job", file_path=FLOW, timeout=1), 1)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 302])
def test_F16_an_error_that_may_come_after_the_start_is_not_repeated(server, run, status):
    server.fail("POST", RUN, at="after_commit", how="status", status=status, **PAGE)
    unknown(server, run("job", file_path=FLOW), 1)


@pytest.mark.parametrize(
    "answer", [b"", b"{}", b"null", b'{"jobId": 0}', b'{"jobId": "../1"}', b"<html/>", b'{"jobId": 1'], ids=str
)
def test_F17_F19_F21_a_start_without_an_id_is_not_repeated(server, run, answer):
    server.fail("POST", RUN, at="after_commit", how="status", status=200, body=answer)
    unknown(server, run("job", file_path=FLOW), 1)


def test_F01_F14_a_start_that_certainly_was_not_made_is(server, run):
    server.fail("POST", RUN, how="status", status=429, headers={"Retry-After": "2"}, times=2)
    assert changed(run("job", file_path=FLOW))
    assert len(server.state["jobs"]) == 1


@pytest.mark.parametrize("status", [400, 404, 422])
def test_F23_a_start_that_is_refused(server, run, status):
    server.fail("POST", RUN, how="status", status=status, body=b'"There is no such flow."')
    message = failed(run("job", file_path=FLOW), "not_found" if status == 404 else "rejected", "not_committed")
    assert "was not started" in message
    assert "no such flow" in message
    assert count(server, RUN) == 1


def test_F13_a_missing_right_to_start_is_named(server, run):
    server.fail("POST", RUN, how="status", status=403, times=9)
    message = failed(run("job", file_path=FLOW), "permission", "not_committed")
    assert RUN in message
    assert "role" in message
    assert count(server, RUN) == 1


def test_F13_missing_right_to_read_the_status_names_the_job(server, run):
    server.fail("GET", STATUS, how="status", status=403, times=9)
    result = run("job", file_path=FLOW)
    message = failed(result, "permission", "committed")
    assert "/api/Job/1/Status" in message
    assert "role" in message
    assert result["job"]["id"] == "1"
    assert count(server, "/api/Job/1/Status") == 1


@pytest.mark.parametrize("path", [RUN, STATUS])
def test_F10_a_token_that_ran_out_is_replaced(server, run, path):
    server.before("*", path, server.expire_tokens, at="before_read")
    assert changed(run("job", file_path=FLOW))
    assert count(server, LOGIN) == 2
    assert len(server.state["jobs"]) == 1


def test_F10_a_wait_that_outlives_its_tokens(server, run):
    for after in (0, 2):
        server.before("GET", STATUS, server.expire_tokens, at="before_read", after=after)
    assert changed(run("job", file_path=FLOW))
    assert count(server, LOGIN) == 3


def test_F11_an_account_is_not_locked_by_waiting(server, run):
    server.fail("GET", STATUS, how="status", status=401, times=99)
    server.before(
        "GET", STATUS, lambda: server.fail("POST", LOGIN, how="status", status=401, times=99), at="before_read"
    )
    result = run("job", file_path=FLOW)
    failed(result, "authentication", "committed")
    assert result["job"]["id"] == "1"
    # A refused login is known to the whole task, and is not tried again.
    assert count(server, LOGIN) == 1 + 1


def test_F12_an_expired_token_that_is_shown_as_an_error(server, run):
    logins = {"seen": 0}
    server.before("POST", LOGIN, lambda: logins.update(seen=logins["seen"] + 1), times=9)
    server.before("POST", LOGIN, lambda: logins["seen"] > 1 and server.clear_faults(), at="after_commit", times=9)
    server.fail("GET", STATUS, how="status", status=500, body=b'"Token expired."', times=99)
    assert changed(run("job", file_path=FLOW))
    assert count(server, LOGIN) == 2
    # A server that goes on saying it has another trouble, which no login helps.
    server.clear_requests()
    server.fail("GET", STATUS, how="status", status=500, times=20)
    assert changed(run("job", file_path=FLOW))
    assert count(server, LOGIN) == 2


PASSING = [
    *({"how": "status", "status": status} for status in (500, 502, 503, 504, 429, 408)),
    {"how": "reset"},
    {"how": "close", "at": "before_read"},
    {"how": "reset", "at": "mid_response"},
    {"how": "status", "status": 200, **PAGE},
    {"how": "status", "status": 302},
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: f"{fault['how']}-{fault.get('status', fault.get('at'))}")
def test_F15_F16_F17_a_wait_outlasts_what_passes(server, run, fault):
    server.fail("GET", STATUS, times=20, after=1, **fault)
    result = run("job", file_path=FLOW, poll_interval=0.5)
    assert changed(result)
    assert result["job"]["status"] == "Completed"
    assert len(server.state["jobs"]) == 1


def test_F26_a_wait_outlasts_a_restart(server, run):
    """Connections are refused for a while, and tokens are void afterwards."""
    server.set_job_result(FLOW, "Running")

    def restart():
        server.restart(0.5)
        server.set_job_result(FLOW, "Completed")

    server.before("GET", STATUS, threading.Thread(target=restart).start, after=2)
    assert changed(run("job", file_path=FLOW, timeout=5))
    assert count(server, LOGIN) == 2
    assert len(server.state["jobs"]) == 1


@pytest.mark.parametrize("status", [400, 404])
def test_F48_a_job_that_the_server_no_longer_knows(server, run, status):
    """Said once, it may be a server that is only starting; said again and again, it is so."""
    server.fail("GET", STATUS, how="status", status=status, times=2)
    assert changed(run("job", file_path=FLOW))
    server.fail("GET", STATUS, how="status", status=status, times=99)
    result = run("job", file_path=FLOW)
    message = failed(result, "not_found" if status == 404 else "rejected", "committed")
    assert "Job Monitor" in message
    assert result["job"]["id"] == "2"


def test_wait_always_has_a_deadline(server, run):
    """Also when the server hangs: the last question is given no more time than is left."""
    server.fail("GET", STATUS, how="delay", seconds=30, times=99)
    result = run("job", file_path=FLOW, wait_timeout=2, timeout=30)
    message = failed(result, "timeout", "committed")
    assert "did not respond" in message
    assert result["job"]["elapsed"] == 0.0


def test_U25_an_unknown_word_after_trouble(server, run):
    server.set_job_result(FLOW, "Error")
    server.fail("GET", STATUS, how="status", status=503, times=5)
    assert "status Error" in failed(run("job", file_path=FLOW), "rejected", "committed")
