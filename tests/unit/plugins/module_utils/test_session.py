# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The token's life and what is repeated, on a transport that answers from a script and a clock that does not wait."""

from __future__ import annotations

import json

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._client import responses
from ansible_collections.astera.data_stack.plugins.module_utils._client.client import Client, ReadOnlyClient
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import Connection
from ansible_collections.astera.data_stack.plugins.module_utils._client.session import Session, WritePermission
from ansible_collections.astera.data_stack.plugins.module_utils._client.tokens import LOGIN_PATH
from ansible_collections.astera.data_stack.plugins.module_utils._client.transport import Request, Response
from ansible_collections.astera.data_stack.plugins.module_utils._client.waiting import Clock, ProgressThrottle
from ansible_collections.astera.data_stack.plugins.module_utils._errors import (
    NOT_COMMITTED,
    UNKNOWN,
    AsteraError,
    RequestError,
)
from ansible_collections.astera.data_stack.plugins.module_utils._redactor import Redactor
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import Secret

PASSWORD = "canary-password"
WRITE = Request("POST", "/api/Deployment", body=b"{}")


class FakeClock(Clock):
    def __init__(self):
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)


def answer(status=200, content="", headers=None):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Response(status, {"Content-Type": "application/json", **(headers or {})}, body)


def lost():
    return RequestError(RequestError.AMBIGUOUS, "timeout", "no answer")


def unsent():
    return RequestError(RequestError.NOT_SENT, "unreachable", "refused")


class FakeTransport:
    """Each call takes the next step; logins have a script of their own, and succeed when it has run out."""

    def __init__(self, *steps, logins=()):
        self.steps = list(steps)
        self.logins = list(logins)
        self.calls = []
        self.tokens = 0

    def __call__(self, connection):
        return self

    def send(self, request):
        self.calls.append(request)
        if request.path == LOGIN_PATH:
            self.tokens += 1
            step = self.logins.pop(0) if self.logins else answer(200, {"access_token": f"canary-token-{self.tokens}"})
        else:
            step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    def close(self):
        pass

    @property
    def paths(self):
        return [call.path for call in self.calls]


def session(script, **options):
    credentials = {"username": "me", "password": Secret(PASSWORD)} if "token" not in options else {}
    connection = Connection("https://a.example:9261", **{**credentials, **options})
    return Session(connection, Redactor([PASSWORD]), FakeClock(), script)


def test_session_logs_in_once_for_many_requests():
    script = FakeTransport(answer(200, []), answer(200, []))
    api = ReadOnlyClient(session(script))
    api.deployments(), api.schedules()
    assert script.paths == [LOGIN_PATH, "/api/Deployments", "/api/Schedules"]
    assert json.loads(script.calls[0].body) == {"User": "me", "Password": PASSWORD, "RememberMe": 0}
    assert "Authorization" not in script.calls[0].headers
    assert script.calls[1].headers["Authorization"] == "Bearer canary-token-1"


def test_session_replaces_an_expired_token_once():
    script = FakeTransport(answer(401), answer(200, []))
    assert ReadOnlyClient(session(script)).deployments() == []
    assert script.calls[-1].headers["Authorization"] == "Bearer canary-token-2"


def test_session_repeats_a_write_after_an_expired_token():
    script = FakeTransport(answer(401), answer(200))
    session(script).write(WritePermission(), WRITE)
    assert script.tokens == 2


def test_session_fails_after_two_rejections():
    script = FakeTransport(answer(401), answer(401))
    with pytest.raises(AsteraError) as caught:
        ReadOnlyClient(session(script)).deployments()
    assert (caught.value.code, script.tokens) == ("authentication", 2)


def test_session_never_replaces_a_given_token():
    script = FakeTransport(answer(401))
    with pytest.raises(AsteraError, match="Set a fresh token") as caught:
        ReadOnlyClient(session(script, token=Secret("canary-given"))).deployments()
    assert (caught.value.code, script.tokens) == ("authentication", 0)
    assert "canary" not in caught.value.message


@pytest.mark.parametrize("status", [400, 401, 403])
def test_session_sends_wrong_credentials_once(status):
    script = FakeTransport(logins=[answer(status, f"no such user or password {PASSWORD}")])
    with pytest.raises(AsteraError, match="Check username and password") as caught:
        ReadOnlyClient(session(script)).deployments()
    assert (caught.value.code, script.tokens) == ("authentication", 1)
    assert "canary" not in caught.value.message + caught.value.detail


@pytest.mark.parametrize("reply", [answer(401), answer(423), answer(200, {"succeeded": False}), answer(400)], ids=str)
def test_session_never_repeats_a_rejected_login_B5(reply):
    script = FakeTransport(logins=[reply])
    api = ReadOnlyClient(session(script))
    messages = set()
    for _attempt in range(3):
        for call in (api.deployments, api.schedules):
            with pytest.raises(AsteraError) as caught:
                call()
            assert caught.value.code == "authentication"
            messages.add(caught.value.message)
    assert script.tokens == 1
    assert sum("refused earlier in this run" in message for message in messages) == 1 == len(messages) - 1


def test_session_names_the_causes_of_a_refused_login_N3_N7():
    with pytest.raises(AsteraError) as caught:
        ReadOnlyClient(session(FakeTransport(logins=[answer(401, {"detail": "LockedOut"})]))).deployments()
    for words in (
        "HTTP 401: LockedOut",
        "username and password",
        "no repository yet",
        "locked",
        "email address not confirmed",
    ):
        assert words in caught.value.message


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "without a path"), (405, "without a path"), (500, "no repository yet"), (503, "no repository yet")],
)
def test_session_names_the_remedy_where_the_login_fails_N3(status, words):
    with pytest.raises(AsteraError, match=words) as caught:
        ReadOnlyClient(session(FakeTransport(logins=[answer(status)] * 9))).deployments()
    assert caught.value.code != "authentication"


@pytest.mark.parametrize("name", ["access_token", "accessToken", "Token", "ACCESS_TOKEN"])
def test_session_finds_the_token_under_each_name(name):
    script = FakeTransport(answer(200, []), logins=[answer(200, {name: "t0ken", "id": 1})])
    ReadOnlyClient(session(script)).deployments()
    assert script.calls[-1].headers["Authorization"] == "Bearer t0ken"


@pytest.mark.parametrize(
    "content", [{"jwt": "canary-x"}, {"access_token": ""}, {"access_token": "two words"}, [], "canary-x", None]
)
def test_login_error_without_a_token_names_only_keys(content):
    with pytest.raises(AsteraError) as caught:
        ReadOnlyClient(session(FakeTransport(logins=[answer(200, content)]))).deployments()
    assert caught.value.code == "invalid_response"
    assert "canary" not in caught.value.message + caught.value.detail


@pytest.mark.parametrize(
    "fault", [unsent(), lost(), answer(500), answer(502), answer(503), answer(504), answer(429), answer(408)]
)
def test_session_repeats_reads_and_logins(fault):
    script = FakeTransport(fault, answer(200, []), logins=[fault])
    api = ReadOnlyClient(session(script))
    assert api.deployments() == []
    assert len(api.session.clock.slept) == 2


@pytest.mark.parametrize(
    "fault", [answer(400, "x"), answer(404), answer(403), answer(302, b"", {"Location": "https://b/"})]
)
def test_session_does_not_repeat_permanent_errors(fault):
    with pytest.raises(AsteraError):
        ReadOnlyClient(session(FakeTransport(fault))).deployments()


def test_session_limits_its_retries():
    script = FakeTransport(*[answer(503)] * 9)
    with pytest.raises(AsteraError) as caught:
        ReadOnlyClient(session(script, retries=3)).deployments()
    assert (caught.value.code, len(script.steps)) == ("unreachable", 9 - 4)


@pytest.mark.parametrize("fault", [unsent(), answer(429)])
def test_session_repeats_a_write_that_was_not_sent(fault):
    script = FakeTransport(fault, answer(200))
    session(script).write(WritePermission(), WRITE)
    assert script.steps == []


@pytest.mark.parametrize(
    "fault", [lost(), answer(500), answer(502), answer(503), answer(504), answer(302), answer(408)]
)
def test_session_does_not_repeat_an_ambiguous_write(fault):
    script = FakeTransport(fault, answer(200))
    with pytest.raises(RequestError) as caught:
        session(script).write(WritePermission(), WRITE)
    assert (caught.value.outcome, len(script.steps)) == (UNKNOWN, 1)


@pytest.mark.parametrize("fault", [answer(400), answer(403), answer(404), answer(409), answer(413)])
def test_session_reports_a_rejected_write_as_not_committed(fault):
    with pytest.raises(RequestError) as caught:
        session(FakeTransport(fault)).write(WritePermission(), WRITE)
    assert caught.value.outcome == NOT_COMMITTED


def test_session_reports_no_write_after_a_failed_login():
    script = FakeTransport(logins=[answer(500)] * 9)
    with pytest.raises(AsteraError) as caught:
        session(script).write(WritePermission(), WRITE)
    assert caught.value.outcome == NOT_COMMITTED


def test_session_never_writes_without_permission():
    script = FakeTransport(answer(200))
    for permit in (None, True, WritePermission):
        with pytest.raises(TypeError):
            session(script).write(permit, WRITE)
    assert script.calls == []
    assert not [
        name
        for name in vars(Client)
        if not name.startswith("_") and hasattr(ReadOnlyClient, name) and name != "can_write"
    ]


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        *[
            ("0", 0.1, 1),
            ("7", 7, 7),
            ("100000", 60, 60),
            ("Wed, 21 Oct 2015 07:28:00 GMT", 0.1, 1),
            ("soon", 0.1, 1),
            ("", 0.1, 1),
        ],
        *[("\xb2", 0.1, 1), ("-7", 0.1, 1), ("9" * 400, 60, 60)],
    ],
)
def test_session_waits_as_long_as_the_server_says(value, least, most):
    script = FakeTransport(answer(503, "", {"Retry-After": value}), answer(200, []))
    api = ReadOnlyClient(session(script))
    api.deployments()
    assert least <= api.session.clock.slept[0] <= most


@pytest.mark.parametrize("value", ["0", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_session_keeps_its_own_backoff_whatever_the_server_names_B6(value):
    api = ReadOnlyClient(
        session(FakeTransport(*[answer(503, "", {"Retry-After": value})] * 4, answer(200, [])), retries=4)
    )
    api.deployments()
    assert [least <= slept for least, slept in zip((0.25, 0.5, 1, 2), api.session.clock.slept)] == [True] * 4


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'"a text"', "a text"),
        (b'{"title": "Bad", "detail": "why", "errors": {"name": ["x"]}}', 'Bad: why: {"name": ["x"]}'),
        (b'{"Message": "why"}', "why"),
        (b"plain\r\n text", "plain text"),
        (b"<html><style>x{}</style><h1>Bad</h1><p>why</p></html>", "Bad why"),
        (b"", ""),
        ("müde".encode("utf-16"), "müde"),
        ("müde".encode("utf-16-le"), "müde"),
        ("müde".encode("cp1252"), "müde"),
        (b"a < b, <i>c</i>", "a < b, <i>c</i>"),
        (b"<p>a < b <i>c</i> <script>x <b>y</b></style> z</script>d", "a < b c d"),
        (b'{"odd": 1}', '{"odd": 1}'),
        (b'[{"code": "DuplicateName", "description": "Taken."}]', "Taken. (DuplicateName)"),
        (b'[{"Code": "A", "Description": "One."}, {"code": "B", "description": "Two."}]', "One. (A); Two. (B)"),
        (b'{"succeeded": false, "errors": [{"code": "A", "description": "One."}]}', "One. (A)"),
        (b'{"error": {"message": "why", "code": 5}}', "why"),
        (b'{"error": "invalid_grant", "error_description": "why"}', "invalid_grant: why"),
        (b'["one", "two"]', "one; two"),
    ],
)
def test_session_reads_the_servers_words_in_every_form(body, words):
    with pytest.raises(RequestError) as caught:
        ReadOnlyClient(session(FakeTransport(answer(400, body)))).deployments()
    assert caught.value.detail == words


@pytest.mark.parametrize(
    "errors",
    [
        {"Repository": {"Password": ["The value canary-old is too short.", "Not canary-old again."]}},
        [{"parameterName": "password", "value": "canary-old"}],
    ],
)
def test_session_masks_what_the_server_names_a_secret(errors):
    with pytest.raises(RequestError) as caught:
        ReadOnlyClient(session(FakeTransport(answer(400, {"title": "Bad", "errors": errors})))).deployments()
    assert caught.value.detail.startswith("Bad: ")
    assert "canary" not in caught.value.detail + caught.value.message


def test_session_truncates_and_redacts_the_servers_words():
    body = f'"{"x" * 100} {PASSWORD} Password=old-secret;{"y" * 900}"'.encode()
    with pytest.raises(RequestError) as caught:
        ReadOnlyClient(session(FakeTransport(answer(400, body)))).deployments()
    assert len(caught.value.detail) == 500
    assert not [word for word in ("canary", "old-secret") if word in caught.value.detail + caught.value.message]


@pytest.mark.parametrize(
    ("content", "count"),
    [
        ([], 0),
        ([{"id": 1}], 1),
        ({"items": [{"id": 1}]}, 1),
        ({"total": 1, "Value": [{"id": 1}]}, 1),
        (None, 0),
        (b"\xef\xbb\xbf[]", 0),
        ({"$id": "1", "$values": [{"$id": "2", "id": 1}]}, 1),
        ({"success": True, "message": None, "data": [{"id": 1}], "totalCount": 1}, 1),
        ({"errors": [], "Deployments": [{"id": 1}], "warnings": []}, 1),
        ({"errors": [], "payload": [{"name": "a"}]}, 1),
        ({"entries": [], "note": "none"}, 0),
        ({"items": [{"id": 1}], "paging": {"total": 1, "totalPages": "1", "hasMore": "false", "next": None}}, 1),
    ],
)
def test_find_list_reads_bare_and_wrapped_lists(content, count):
    assert len(ReadOnlyClient(session(FakeTransport(answer(200, content)))).deployments()) == count


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        ({"items": [{"id": 1}], "total": 2}, {}),
        ({"items": [{"id": 1}], "nextLink": "x"}, {}),
        ({"items": [], "hasMore": True}, {}),
        ([{"id": 1}], {"X-Total-Count": "2"}),
        ([{"id": 1}], {"Link": '<x>; rel="next"'}),
        ({"a": [], "b": []}, {}),
        ({"message": "no"}, {}),
        ({}, {}),
        ([1], {}),
        ({"errors": [{"code": 5}]}, {}),
        ([{"code": 5, "message": "no"}], {}),
        ({"errors": [], "payload": {"rows": [{"id": 1}]}}, {}),
        ({"errors": [], "data": None}, {}),
        ({"items": [{"id": 1}], "paging": {"total": "2"}}, {}),
        ({"items": [{"id": 1}], "HasMore": "true"}, {}),
        ([{"id": 1}], {"Link": "<x>; rel=next"}),
        ({"items": [{"id": 1}], "total": "2"}, {}),
        ({"items": [{"id": 1}], "paging": {"totalCount": 2}}, {}),
        ({"items": [{"id": 1}], "@odata.count": 2}, {}),
        ({"items": [{"id": 1}], "page": 1, "totalPages": 2}, {}),
        ({"items": [{"id": 1}], "hasNextPage": "true"}, {}),
        ([{"id": 1}], {"X-Pagination": '{"TotalCount": 2, "HasNext": true}'}),
        ([{"id": 1}], {"X-Total-Pages": "2"}),
        ("text", {}),
        (b"<html>login</html>", {"Content-Type": "text/html"}),
        (b"", {}),
        (b"[NaN]", {}),
        (b"[" * 100000, {}),
    ],
)
def test_find_list_rejects_one_page_of_a_list(content, headers):
    with pytest.raises(AsteraError) as caught:
        ReadOnlyClient(session(FakeTransport(answer(200, content, headers), *[answer(200, [])] * 3))).deployments()
    assert caught.value.code == "invalid_response"


CLUSTER = {"id": 1, "PurgeJobInfoAfter": 7}


@pytest.mark.parametrize("content", [{"message": "no"}, {}, [], [CLUSTER], {"data": CLUSTER}, "text", None], ids=str)
def test_find_object_rejects_other_objects(content):
    """Planned upon, it would be written back, and all that it has not would be lost. The names of its keys make a report useful."""
    with pytest.raises(AsteraError) as caught:
        ReadOnlyClient(session(FakeTransport(answer(200, content)))).cluster()
    assert caught.value.code == "invalid_response"
    assert (
        f"keys: {', '.join(content) or 'none'}" in caught.value.message if isinstance(content, dict) else "keys: none"
    )


SCHEDULE = {"Id": "4", "name": "S", "isFile": True}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (answer(200, SCHEDULE), SCHEDULE),
        (answer(200, {"data": SCHEDULE}), None),
        (answer(200, {**SCHEDULE, "Id": 5}), None),
        (answer(200, {"message": "no"}), None),
        (answer(200, None), None),
        (answer(204, b""), None),
        (answer(404, b""), None),
        (answer(400, b""), None),
        (answer(403, b""), None),
    ],
)
def test_schedule_unknown_by_its_id_is_read_from_the_list(reply, expected):
    assert ReadOnlyClient(session(FakeTransport(reply))).schedule(4) == expected


@pytest.mark.parametrize(
    "content",
    [
        {"success": False, "message": "no such thing"},
        {"IsSuccess": "false", "Message": "no such thing", "data": []},
        {"data": None, "hasErrors": True, "errors": ["no such thing"]},
        [{"code": "InvalidName", "description": "no such thing"}],
    ],
    ids=str,
)
def test_session_treats_200_with_a_failure_as_a_rejection(content):
    for call in (lambda api: api.deployments(), lambda api: api.save_cluster({"id": 1})):
        with pytest.raises(RequestError) as caught:
            call(Client(session(FakeTransport(answer(200, content))), WritePermission()))
        assert (caught.value.delivery, caught.value.outcome) == (RequestError.REJECTED, "not_committed")
        assert "no such thing" in caught.value.detail


@pytest.mark.parametrize(
    "content", [{"success": True, "message": None}, {"data": [{"id": 1, "success": False}]}, {"success": None}], ids=str
)
def test_session_accepts_200_without_a_failure(content):
    Client(session(FakeTransport(answer(200, content))), WritePermission()).save_cluster({"id": 1})


def test_session_treats_false_after_a_write_as_a_rejection():
    with pytest.raises(RequestError) as caught:
        Client(session(FakeTransport(answer(200, False))), WritePermission()).save_cluster({"id": 1})
    assert (caught.value.delivery, caught.value.outcome) == (RequestError.REJECTED, "not_committed")


@pytest.mark.parametrize("content", [b"[" + b"{}," * 60 + b"{}]", b"[" * 20 + b"1" + b",1" * 50 + b"]" * 20], ids=str)
def test_session_limits_the_values_of_a_response_E12(monkeypatch, content):
    monkeypatch.setattr(responses, "MAX_JSON_VALUES", 60)
    script = FakeTransport(answer(200, content))
    with pytest.raises(AsteraError, match="has more than 60 values") as caught:
        ReadOnlyClient(session(script)).deployments()
    assert caught.value.code == "invalid_response"


def test_session_reads_as_many_values_as_a_large_server_has_E12():
    found = [{"id": number, **{f"key{member}": member for member in range(25)}} for number in range(1, 50_001)]
    assert len(ReadOnlyClient(session(FakeTransport(answer(200, found)))).deployments()) == 50_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, with é and 東京", "plain, with é and 東京"),
        ("\x1b[31m red \x07", "\\x1b[31m red \\x07"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("two\nlines\u2028", "two\\nlines\\u2028"),
        ("\ud800", "\\ud800"),
    ],
)
def test_error_escapes_control_characters_E11(text, shown):
    error = AsteraError("rejected", text, detail=text)
    assert (error.message, str(error), error.detail) == (shown, shown, shown)
    assert error.with_message(error.message).message == shown


def test_pace_passes_a_line_every_few_seconds_F9():
    times = iter([100.0, *(100.0 + tick for tick in range(1, 18))])
    lines = []
    pace = ProgressThrottle(lines.append, 5.0, lambda: next(times))
    for second in range(1, 18):
        pace.report(f"{second} s")
    assert lines == ["5 s", "10 s", "15 s"]
