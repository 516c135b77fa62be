# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source jobs: each status once, to the end, past a server's troubles, and never a secret."""

from __future__ import annotations

import json
import logging

import pytest
import yaml
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import CONNECTION_OPTIONS
from ansible_collections.astera.data_stack.tests import documents, modules
from ansible_collections.astera.data_stack.tests.eda_runner import module, play, to_the_end
from ansible_collections.astera.data_stack.tests.emulator import Dialect
from ansible_collections.astera.data_stack.tests.modules import changed

JOBS = module("jobs")
FLOW, OTHER_FLOW = "C:\\Flows\\CloseDay.Wf", "C:\\Flows\\Load.Df"
STATUS, LOGIN = "/api/Job/*", "/api/account/login"
TO_THE_END = ["NotStarted", "Queued", "Running", "Completed"]


@pytest.fixture
def started(run):
    """A job without a waiting task → the ids."""

    def start(*flows):
        results = [run("job", file_path=flow, wait=False) for flow in flows or [FLOW]]
        assert all(changed(result) for result in results)
        return [result["job"]["id"] for result in results]

    return start


@pytest.fixture
def args(server, started):
    """Of a source that watches one job. The log of requests begins after its start."""

    def make(*flows, **keys):
        ids = started(*flows)
        server.clear_requests()
        return {**modules.connection(server), "ids": ids, **keys}

    return make


def statuses(events):
    return [event["job"]["status"] for event in events]


def asked(server, path):
    return [entry.path for entry in server.requests if entry.path.startswith(path.rstrip("*"))]


DIALECTS = {name: dialect for name, dialect in Dialect.sweep() if "=" not in name or "job" in name}


@pytest.mark.parametrize("server", DIALECTS.values(), indirect=True, ids=DIALECTS)
def test_jobs_sends_each_status_and_ends_on_every_dialect(server, args):
    events = to_the_end("jobs", args())
    assert statuses(events) == TO_THE_END
    ends = {"status": "Completed", "finished": True, "succeeded": True}
    assert events[-1] == {"job": {"id": "1", **ends, "url": server.url}}
    assert [event["job"]["finished"] for event in events] == [False, False, False, True]
    assert server.writes == []


def test_jobs_sends_no_event_without_a_new_status(server, args):
    server.set_job_result(FLOW, "Running")
    rounds = play("jobs", args(), *[None] * 5)
    assert [statuses(events) for events in rounds] == [["NotStarted"], ["Queued"], ["Running"], [], []]


def test_jobs_reports_a_failed_job_as_unsuccessful(server, args):
    server.set_job_result(FLOW, "Errored")
    last = to_the_end("jobs", args())[-1]["job"]
    assert (last["status"], last["finished"], last["succeeded"]) == ("Errored", True, False)


def test_jobs_accepts_other_success_statuses(server, args):
    server.set_job_result(FLOW, "Done")
    assert to_the_end("jobs", args(success_statuses=["done"]))[-1]["job"]["succeeded"]


def test_jobs_share_a_login_and_end_with_the_last_one(server, args):
    server.set_job_result(OTHER_FLOW, "Errored")
    events = to_the_end("jobs", args(FLOW, OTHER_FLOW))
    assert sorted(event["job"]["id"] for event in events if event["job"]["finished"]) == ["1", "2"]
    assert len(asked(server, LOGIN)) == 1
    # One that is over is not asked again.
    assert len(asked(server, STATUS)) == len(events)


def test_jobs_accepts_numeric_ids_and_environment_variables(server, started, monkeypatch):
    for option, value in modules.connection(server).items():
        monkeypatch.setenv(f"ASTERA_{option.upper()}", value)
    assert statuses(to_the_end("jobs", {"ids": [int(started()[0])]})) == TO_THE_END


@pytest.mark.parametrize(
    "fault", [{"how": "status", "status": 503}, {"how": "reset"}, {"how": "status", "status": 500}]
)
def test_jobs_logs_a_transient_error_once(server, args, caplog, fault):
    server.fail("GET", STATUS, after=1, times=5, **fault)
    rounds = play("jobs", args(), *[None] * 9)
    assert [statuses(events) for events in rounds] == [[TO_THE_END[0]], *[[]] * 5, *[[one] for one in TO_THE_END[1:]]]
    said = [record for record in caplog.records if record.name == "astera.data_stack.jobs"]
    assert [record.levelname for record in said] == ["WARNING"]
    assert "job 1" in said[0].getMessage()
    # Once at the start, and once more after the first trouble.
    assert len(asked(server, LOGIN)) == 2


def test_jobs_response_between_two_faults_separates_them(server, args, caplog):
    """Neither do refusals add up, nor is the second trouble passed over in silence."""
    server.set_job_result(FLOW, "Running")

    def refuse():
        server.fail("GET", STATUS, how="status", status=404, times=2)

    play("jobs", args(), refuse, None, None, refuse, None, None)
    assert len([record for record in caplog.records if record.name == "astera.data_stack.jobs"]) == 2


def test_jobs_survives_a_restart(server, args):
    given = args()
    rounds = play("jobs", given, None, server.restart, *[None] * 8)
    assert [status for events in rounds for status in statuses(events)] == TO_THE_END


def test_jobs_replaces_an_expired_token(server, args):
    rounds = play("jobs", args(), None, server.expire_tokens, None, None)
    assert [status for events in rounds for status in statuses(events)] == TO_THE_END


@pytest.mark.parametrize(
    ("status", "asks", "code"), [(404, 3, "404"), (400, 3, "400"), (403, 1, "403"), (401, 2, "401")]
)
def test_jobs_ends_after_repeated_rejections(server, args, status, asks, code):
    server.fail("GET", STATUS, how="status", status=status, times=99)
    with pytest.raises(RuntimeError, match=code):
        to_the_end("jobs", args())
    assert len(asked(server, STATUS)) == asks


def test_jobs_sends_a_wrong_password_once(server, args):
    with pytest.raises(RuntimeError, match="login"):
        to_the_end("jobs", args(password="canary/wrong"))
    assert len(asked(server, LOGIN)) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ids": []}, "ids is empty"),
        ({"ids": None}, "ids"),
        ({"ids": ["../Users"]}, "is not the id of a job"),
        ({"poll_interval": 0}, "at least 0.1"),
        ({"success_statuses": ["Running"]}, "both"),
        ({"url": "http://127.0.0.1:9261"}, "http://"),
        ({"retries": 3}, "retries"),
        ({"pasword": "x"}, "pasword"),
    ],
)
def test_jobs_rejects_bad_options_before_the_first_request(server, changes, said):
    with pytest.raises((ValueError, RuntimeError), match=said):
        play("jobs", {**modules.connection(server), "ids": ["1"], **changes}, None)
    assert server.requests == []


def test_jobs_documentation_matches_the_code(server, args):
    said = ("type", "elements", "required", "default")
    documented = {
        name: {key: option[key] for key in said if key in option}
        for name, option in yaml.safe_load(JOBS.DOCUMENTATION)["options"].items()
    }
    known = {name: {key: option[key] for key in said if key in option} for name, option in JOBS.spec().items()}
    connection = {name: known.pop(name) for name in CONNECTION_OPTIONS if name in known}
    assert documented == known
    assert set(CONNECTION_OPTIONS) - set(connection) == {"retries"}
    assert set(yaml.safe_load(JOBS.RETURN)["job"]["contains"]) == set(to_the_end("jobs", args())[0]["job"])


def test_jobs_event_has_no_text_that_hides_a_template_E8(server, args, monkeypatch):
    """The client already refuses such a status; the source does not depend on that."""
    given = args()
    job = {"id": "1", "status": "{{ lookup('pipe', 'id') }}", "finished": True, "succeeded": False}
    monkeypatch.setattr(JOBS._task, "run_task", lambda *_given, **_keys: {"failed": False, "warnings": [], "job": job})
    assert to_the_end("jobs", given) == [{"job": {**job, "status": "name-withheld", "url": server.url}}]


def test_jobs_status_that_is_a_template_is_no_event_E8(server, args, caplog):
    server.set_job_result(FLOW, "{{ lookup('pipe', 'id') }}")
    rounds = play("jobs", args(), *[None] * 6)
    assert [status for events in rounds for status in statuses(events)] == TO_THE_END[:3]
    assert "did not return a status" in caplog.text


def test_jobs_option_error_quotes_no_secret_E17(server):
    given = {**modules.connection(server), "ids": ["1"], "password": "canary/password"}
    with pytest.raises(ValueError, match="validate_certs") as caught:
        play("jobs", {**given, "validate_certs": "canary/password"}, None)
    assert documents.leaks(str(caught.value), {"password": "canary/password"}) == []
    assert server.requests == []


def test_jobs_shows_no_secret_in_events_logs_and_errors(server, args, caplog):
    """The server quotes what it got, as some do."""
    given = args()
    secrets = {"password": given["password"], "token": "none yet"}
    echo = json.dumps(f"User admin, Password={given['password']}; failed").encode()
    server.fail("GET", STATUS, how="status", status=500, body=echo, times=2)
    server.fail("GET", STATUS, how="status", status=400, body=echo, after=4, times=9)
    with caplog.at_level(logging.DEBUG), pytest.raises(RuntimeError) as caught:
        to_the_end("jobs", given)
    secrets["token"] = next(entry.headers["authorization"] for entry in server.requests if entry.path != LOGIN)[7:]
    assert documents.leaks(f"{caplog.text}{caught.value}", secrets) == []
    assert "********" in caplog.text


def test_jobs_masks_a_token_that_the_server_quotes(server, args, caplog):
    """In a spelling that only a client with the token can make."""
    tokens = {}

    def quote():
        tokens["token"] = server.requests[-1].headers["authorization"][7:]
        body = json.dumps(f"seen {tokens['token'].encode().hex()}").encode()
        server.fail("GET", STATUS, how="status", status=500, body=body)

    play("jobs", args(), None, quote)
    assert "********" in caplog.text
    assert documents.leaks(caplog.text, tokens) == []
