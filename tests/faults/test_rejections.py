# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that say no, or later, or nothing that makes sense: F10 to F15, F17, F18, F20, F22 to F25, F39, F48 and F50."""

from __future__ import annotations

import email.utils
import json
import time

import pytest
from ansible_collections.astera.data_stack.tests import write_scenarios
from ansible_collections.astera.data_stack.tests.emulator import Dialect
from ansible_collections.astera.data_stack.tests.modules import changed, failed, writes
from ansible_collections.astera.data_stack.tests.write_scenarios import LICENSE, READABLE, SCENARIOS, UPDATES

pytestmark = write_scenarios.EACH_FAULT_ONCE

LOGIN = "/api/account/login"
LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Password</form></body></html>"
PAGE = {"status": 200, "body": LOGIN_PAGE, "headers": {"Content-Type": "text/html; charset=utf-8"}}


def logins(server):
    return [entry.path for entry in server.requests].count(LOGIN)


@pytest.mark.parametrize("place", ["GET", "POST"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_F10_a_token_that_ran_out_is_replaced_once(server, scenario, name, place):
    path = scenario.path if place == "POST" or scenario.blind else scenario.read
    server.fail(place if not scenario.blind else "POST", path, how="status", status=401)
    assert changed(scenario.run())
    # A changed configuration is read back twice, each time with a fresh login.
    assert logins(server) == 2 + 2 * (name == "server_config")
    assert scenario.state == scenario.reached


@pytest.mark.parametrize("name", SCENARIOS)
def test_F10_tokens_that_live_for_two_calls(server, scenario):
    server.before("*", "/api/*", server.expire_tokens, after=2)
    server.before("*", "/api/*", server.expire_tokens, after=5)
    assert changed(scenario.run())
    assert scenario.state == scenario.reached


@pytest.mark.parametrize("name", SCENARIOS)
def test_F11_an_account_is_not_locked_by_trying(server, scenario):
    server.fail("GET", "/api/[SCD]*", how="status", status=401, times=100)
    server.fail("POST", "/api/[SCDL]*", how="status", status=401, times=100)
    failed(scenario.run(), "authentication", "not_committed")
    assert logins(server) == 2
    server.clear_faults()
    failed(scenario.run(password="wrong"), "authentication", "not_committed")
    assert logins(server) == 1


@pytest.mark.parametrize("name", SCENARIOS)
def test_F12_an_expired_token_that_is_shown_as_a_redirect(server, scenario):
    headers = {"Location": "https://127.0.0.1:1/login?returnUrl=x"}
    for path in sorted({scenario.path, scenario.read or scenario.path}):
        server.fail("*", path, how="status", status=302, headers=headers, times=100)
    result = scenario.run()
    message = failed(
        result,
        "outcome_unknown" if scenario.blind else "invalid_response",
        "unknown" if scenario.blind else "not_committed",
    )
    assert "redirect" in message
    assert logins(server) == 1


@pytest.mark.parametrize("name", READABLE)
def test_F12_an_expired_token_that_is_shown_as_an_error(server, scenario, name):
    """A server that returns 500 for a stale token does so until the next login."""
    state = {"logins": 0}
    server.before("POST", LOGIN, lambda: state.update(logins=state["logins"] + 1), times=100)

    def lapse():
        if state["logins"] > 1:
            server.clear_faults()

    server.before("*", "/api/[SCD]*", lapse, at="before_read", times=100)
    server.fail("*", "/api/[SCD]*", at="after_read", how="status", status=500, body=b'"Token expired."', times=100)
    assert changed(scenario.run())
    assert logins(server) == 2 + 2 * (name == "server_config")
    assert scenario.state == scenario.reached


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_F13_a_missing_right_is_named_and_not_tried_again(server, scenario, method):
    if method == "GET" and scenario.blind:
        method = "POST"
    path = scenario.read if method == "GET" else scenario.path
    server.fail(method, path, how="status", status=403, times=100)
    result = scenario.run()
    message = failed(result, "permission", "not_committed")
    assert path in message
    assert "role" in message
    assert [entry.method for entry in server.requests if entry.path == path].count(method) == 1


WAITS = {
    "seconds": ("7", 7, 7),
    "a date": (lambda: email.utils.formatdate(time.time() + 20, usegmt=True), 19, 20),
    "a date that is over": (lambda: email.utils.formatdate(time.time() - 20, usegmt=True), 0.25, 0.5),
    "nonsense": ("soon", 0.25, 0.5),
    "nothing": (None, 0.25, 0.5),
    "a year": ("31536000", 60, 60),
}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("name", READABLE)
def test_F14_F15_a_server_that_says_when(server, fast_sleep, scenario, status, wait):
    value, least, most = WAITS[wait]
    begun = time.monotonic()
    is_date = callable(value)
    value = value() if is_date else value
    headers = {} if value is None else {"Retry-After": value}
    server.fail("GET", scenario.read, how="status", status=status, headers=headers)
    assert changed(scenario.run())
    # A date comes closer while a busy machine takes its time.
    passed = time.monotonic() - begun if is_date else 0
    assert least - passed <= fast_sleep[0] <= most


@pytest.mark.parametrize("name", SCENARIOS)
def test_F14_a_write_that_comes_too_soon_is_made_later(server, fast_sleep, scenario):
    """429 says that it was not carried out."""
    server.fail("POST", scenario.path, how="status", status=429, headers={"Retry-After": "3"}, times=2)
    assert changed(scenario.run())
    assert fast_sleep[:2] == [3, 3]
    assert len([entry for entry in server.commits if entry.path == scenario.path]) == 1


@pytest.mark.parametrize("name", READABLE)
def test_F17_a_page_of_html_is_never_a_success(server, scenario):
    server.fail("GET", scenario.read, how="status", times=100, **PAGE)
    failed(scenario.run(), "invalid_response", "not_committed")
    assert writes(server) == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_F17_html_page_is_no_response_to_a_write(server, scenario):
    server.fail("POST", scenario.path, how="status", times=100, **PAGE)
    result = scenario.run()
    assert result["failed"]
    assert result["error"]["outcome"] == "unknown" or not scenario.blind
    assert scenario.state != scenario.reached


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", "text/html"])
@pytest.mark.parametrize("name", ["old deployment"])
def test_F18_json_under_another_name(server, scenario, kind):
    body = json.dumps(server.state["deployments"]).encode()
    server.fail("GET", scenario.read, how="status", status=200, body=body, headers={"Content-Type": kind}, times=1)
    assert changed(scenario.run())


STRANGE = {
    "not UTF-8": b'[{"id": 1, "name": "\xff\xfe"}]',
    "NaN": b'[{"id": NaN, "name": "Sales"}]',
    "infinitely deep": b"[" * 2000 + b"]" * 2000,
    "deep in an object": b'[{"name": "x", "id": 3, "a": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}]",
    "a number": b"17",
    "a text": b'"Sales"',
    "a list of texts": b'["Sales"]',
    "an object of two lists": b'{"items": [], "others": []}',
    "only a mark": b"\xef\xbb\xbf",
}


@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("name", ["new deployment", "new schedule", "document"])
def test_F20_malformed_response_is_not_absence(server, scenario, body):
    server.fail("GET", scenario.read, how="status", status=200, body=body, times=100)
    failed(scenario.run(), "invalid_response", "not_committed")
    assert writes(server) == []


@pytest.mark.parametrize("name", ["old deployment"])
def test_F20_what_can_be_understood_is(server, scenario):
    """A byte order mark, and a key that comes twice with one value."""
    body = json.dumps(server.state["deployments"]).replace('"name": "Sales"', '"name": "Sales", "name": "Sales"')
    server.fail("GET", scenario.read, how="status", status=200, body=b"\xef\xbb\xbf" + body.encode())
    assert changed(scenario.run())


@pytest.mark.parametrize("server", [Dialect(stale_status=status) for status in (400, 409)], indirect=True, ids=str)
@pytest.mark.parametrize("name", ["old deployment", "old schedule"])
def test_F22_another_client_between_the_read_and_the_write(server, scenario, name):
    kind, keys = scenario.before
    server.before("POST", scenario.path, lambda: server.edit(kind, keys["name"], userField="theirs"))
    result = scenario.run()
    assert changed(result)
    assert scenario.state == scenario.reached
    assert server.state[f"{kind}s"][0]["userField"] == "theirs"
    assert [entry.committed for entry in server.requests if entry.writes] == [False, True]


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("name", SCENARIOS)
def test_F23_rejection_quotes_the_server_and_is_not_repeated(server, scenario, status):
    words = b'"The value 30 is out of range. Password=canary-echo;Server=sql"'
    server.fail("POST", scenario.path, how="status", status=status, body=words, times=100)
    result = scenario.run()
    assert "out of range" in failed(result, "rejected", "not_committed")
    assert "canary-echo" not in result["text"]
    assert writes(server).count(scenario.path) == 1


@pytest.mark.parametrize("name", ["new deployment", "document"])
def test_F24_another_run_that_makes_the_same_is_adopted(server, scenario, name):
    server.before("POST", scenario.path, lambda: server.seed("deployment", name="Sales", comment="theirs"))
    assert changed(scenario.run())
    assert scenario.state == scenario.reached


@pytest.mark.parametrize("name", READABLE)
def test_F25_endless_rejections_end(server, scenario):
    """Each time, another client was faster."""
    server.fail("POST", scenario.path, how="status", status=400, body=b'"UpdateDtTm"', times=100)
    result = scenario.run()
    assert result["failed"]
    assert result["error"]["outcome"] == "not_committed"
    assert len(writes(server)) <= 7


UNREADABLE = [
    {"how": "reset", "at": "before_read"},
    {"how": "reset", "at": "mid_response"},
    *(
        {"how": "status", "status": status}
        for status in (301, 400, 401, 403, 404, 405, 409, 410, 418, 500, 502, 503, 504)
    ),
    {"how": "status", **PAGE},
    {"how": "status", "status": 200, "body": b"null "},
    {"how": "status", "status": 206, "body": b"[]"},
    {"how": "status", "status": 200, "body": b'{"items": [], "total": 1}'},
]


@pytest.mark.parametrize(
    "fault", UNREADABLE, ids=lambda fault: "-".join(str(fault[key]) for key in fault if key != "headers")[:50]
)
@pytest.mark.parametrize("name", ["new deployment", "new schedule", "document", "old deployment"])
def test_F39_a_read_that_fails_is_never_absence(server, scenario, fault):
    before = scenario.state
    server.fail("GET", scenario.read, times=100, **fault)
    result = scenario.run(retries=1)
    if fault.get("body") == b"null ":
        # The one answer that may say "there are none".
        assert before == [] or result["failed"]
        return
    assert result["failed"]
    assert result["error"]["outcome"] == "not_committed"
    assert writes(server) == []
    assert scenario.state == before


@pytest.mark.parametrize("server", [Dialect(unknown_id_status=status) for status in (404, 200)], indirect=True, ids=str)
@pytest.mark.parametrize("name", ["old deployment"])
def test_F48_an_object_that_is_deleted_before_the_write(server, scenario):
    server.before("POST", scenario.path, lambda: server.remove("deployment", "Sales"))
    # Without an archive it cannot be created again, which the message says.
    message = failed(scenario.run(), "rejected", "not_committed")
    assert "does not exist. To create it, set archive" in message
    assert server.state["deployments"] == []
    server.seed("deployment", name="Sales", comment="old")
    server.before("POST", scenario.path, lambda: server.remove("deployment", "Sales"))
    assert changed(scenario.run(archive_server_path="C:\\a.Car"))
    assert scenario.state == [["Sales", "new"]]


@pytest.mark.parametrize(
    "fault", [{"how": "status", "status": 500}, {"how": "status", "status": 400}, {"how": "reset"}], ids=str
)
def test_F50_a_key_that_could_not_be_activated_is_only_activated_later(server, run, tmp_path, fault):
    options = {**LICENSE, "receipt_path": str(tmp_path / "receipt.json")}
    server.fail("POST", "/api/License/Activate", at="after_read", **fault)
    result = run("license", **options)
    assert result["failed"]
    assert result["changed"] is True
    server.clear_faults()
    server.clear_requests()
    assert changed(run("license", **options))
    assert writes(server) == ["/api/License/Activate"]
    assert server.state["license"]["active"] is True


@pytest.mark.parametrize("name", UPDATES)
def test_F23_rejected_change_leaves_the_object_alone(server, scenario):
    before = server.state
    server.fail("POST", scenario.path, how="status", status=400, times=100)
    assert scenario.run()["failed"]
    assert server.state == before
