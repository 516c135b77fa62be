# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The compatibility report says how a server answers, and nothing of what is on it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._client import transport as _transport
from ansible_collections.astera.data_stack.plugins.module_utils._client.client import ReadOnlyClient
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import Connection
from ansible_collections.astera.data_stack.plugins.module_utils._client.session import Session
from ansible_collections.astera.data_stack.plugins.module_utils._client.tokens import TokenProvider
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility import report_page
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility.observations import (
    NO_CONTENT,
    Observation,
    Observations,
)
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility.published import ENDPOINTS
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility.questions import QUESTIONS, answer_all
from ansible_collections.astera.data_stack.plugins.module_utils._engine.lists import TaskContext
from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.compatibility import (
    Compatibility,
    find_moving_members,
    list_endpoints,
)
from ansible_collections.astera.data_stack.plugins.module_utils._redactor import Redactor
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import Secret
from ansible_collections.astera.data_stack.tests import canaries
from ansible_collections.astera.data_stack.tests.emulator import Dialect
from ansible_collections.astera.data_stack.tests.modules import failed
from hypothesis import given, settings
from hypothesis import strategies as st

CANARY = "canary"
NUMBER = 987654321987
TOKENS = ("access_token", "accesstoken", "token")
# Keys that are data: names of parameters, users, servers.
AS_KEYS = {
    "parameters": {"canaryParameter": {"canaryInner": 1}, "name": "canary"},
    "users": {"canary.name@example.com": {"name": "canary"}, "canaryUser": []},
    "anything": {"Id": 1, "Canary Server 7": {"host": "canary.example.com"}},
    "canary name with spaces": "canary",
    "many": {f"name{number}": number for number in range(300)},
    "nested": [[{"canaryKey": [{"canaryDeep": None}]}]],
}
HEADERS = {
    "Content-Type": "application/canary+json; charset=canary",
    "Server": "canary.example.com",
    "WWW-Authenticate": 'Bearer realm="canary"',
    "X-Canary": "canary",
    "Set-Cookie": "canary=canary",
}
DIALECTS = {
    "default": Dialect(),
    "pascal": Dialect.preset("pascal"),
    "chatty": Dialect.preset("chatty"),
    "terse": Dialect.preset("terse"),
    "moving": Dialect(list_shape="with_errors", moving_members=True, unknown_keys=True),
}
DOCUMENT = {
    "swagger": "10.0.0.1",
    "info": {"title": "canary", "version": "canary"},
    "basePath": "/",
    "host": "canary.example.com",
    "paths": {
        "/api/canaryFlow": {"delete": {"operationId": "canary"}},
        "/api/Job/{canaryId}/Kill": {"post": {"summary": "canary"}},
        "/api/User/canaryName": {"get": {}},
        "/api/Cluster": {
            "post": {
                "parameters": [
                    {"in": "query", "name": "canaryQuery", "required": True},
                    {"in": "body", "schema": {"$ref": "#/definitions/canaryModel"}},
                ]
            }
        },
        "/api/UploadCarFile": {"post": {"parameters": [{"in": "formData", "name": "canaryForm", "type": "file"}]}},
    },
    "definitions": {
        "canaryModel": {
            "required": ["canaryMember"],
            "properties": {"id": {"type": "canaryType"}, "name": {"type": ["canaryType", "boolean"]}},
        }
    },
}


@pytest.fixture
def report(server, run):
    """→ the result for a server with objects of each kind."""

    def read(**options):
        info = {"server": "canary-sql", "database": "canary", "user": "canary", "password": "canary-stored-password"}
        server.edit("server_config", serverDbInfo=info)
        server.seed("deployment", name="canary deployment", clusterArchiveFilePath="C:\\canary\\a.car")
        server.seed("schedule", name="canary schedule", deploymentId=1, schedule={"typeName": "Canary.Weekly"})
        return run("compatibility_info", **{"pause_between_reads": 0, **options})

    return read


@pytest.fixture
def canaried(monkeypatch):
    """Change every response on its way in."""
    real = _transport.Transport.send

    def install(change, headers=None):
        def exchange(transport, request):
            answer = real(transport, request)
            try:
                content = json.loads(answer.body)
            except ValueError:
                return replace(answer, headers={**answer.headers, **(headers or {})})
            body = json.dumps(change(request.path, content)).encode()
            return replace(answer, body=body, headers={**answer.headers, **(headers or {})})

        monkeypatch.setattr(_transport.Transport, "send", exchange)

    return install


@pytest.fixture
def seen_token(canaried):
    """Return a dictionary that gets the token of the next login."""
    token = {}

    def keep(path, content):
        if "login" in path:
            token["token"] = content["access_token"]
        return content

    canaried(keep)
    return token


def strings_marked(path, content, key=""):
    """A canary in every string and every number, but for the token itself."""
    if isinstance(content, dict):
        return {name: strings_marked(path, item, name) for name, item in content.items()}
    if isinstance(content, list):
        return [strings_marked(path, item, key) for item in content]
    if isinstance(content, str) and key.lower() not in TOKENS and path != "/openapi.json":
        return f"{CANARY} {content} {CANARY}"
    is_number = isinstance(content, int) and not isinstance(content, bool)
    return NUMBER if is_number and key.lower() != "id" and path != "/openapi.json" else content


def keys_added(path, content):
    """Dictionaries whose keys are data, in every object."""
    if isinstance(content, dict):
        return {**{name: keys_added(path, item) for name, item in content.items()}, **AS_KEYS}
    return [keys_added(path, item) for item in content] if isinstance(content, list) else content


def wrapped(path, content):
    """Every response under a name that could be an object's."""
    return content if "login" in path else {"canaryWrapper": content}


def by_name(path, content):
    """Lists as dictionaries of objects by their names."""
    return {f"canary{number}": item for number, item in enumerate(content)} if isinstance(content, list) else content


def own_document(path, content):
    return DOCUMENT if path == "/openapi.json" else content


CHANGES = {
    "strings": strings_marked,
    "keys": keys_added,
    "wrapped": wrapped,
    "by_name": by_name,
    "openapi": own_document,
    "as_it_is": lambda path, content: content,
}


@pytest.mark.parametrize("server", DIALECTS.values(), ids=DIALECTS, indirect=True)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.each_value
def test_compatibility_report_holds_no_value_and_no_name(server, report, canaried, change):
    canaried(change, HEADERS)
    result = report()
    assert not result["failed"], result
    text = json.dumps(result["report"]) + result["markdown"]
    assert CANARY not in text.lower()
    secrets = {"password": server.password, "account": server.username, "address": server.url.partition("//")[2]}
    secrets |= {"number": str(NUMBER), "stored password": "canary-stored-password"}
    assert canaries.leaks(text, secrets) == []
    assert not any(entry.path != "/api/account/login" and entry.method != "GET" for entry in server.requests)


def test_compatibility_report_shows_no_keys_of_an_object_that_it_does_not_know():
    def observed(number):
        return Observation(200, "application/json", {"canaryKey": {"canaryOther": number}, "canaryText": "canary"})

    seen = Observations(reads={path: [observed(1), observed(2)] for path in PATHS})
    assert CANARY not in json.dumps([list_endpoints(seen), find_moving_members(seen), answer_all(seen)])


def test_compatibility_report_holds_no_token(report, seen_token):
    result = report()
    parts = {f"part {number}": part for number, part in enumerate(seen_token["token"].split("."))}
    assert canaries.leaks(json.dumps(result["report"]) + result["markdown"], parts) == []


def test_compatibility_report_shows_member_names_and_formats(report):
    shapes = {read["path"]: read["shape"] for read in report()["report"]["endpoints"]}
    assert shapes["/api/Deployments"][0]["updateDtTm"] == "timestamp, 7 digits, offset"
    assert shapes["/api/Schedules"][0]["schedule"] == {"typeName": "string"}
    assert shapes["/api/Server/Config"]["serverDbInfo"]["port"] == "integer"


def test_compatibility_report_names_the_calls_of_the_servers_document(server, report, canaried):
    paths = {"/api/Deployment/{id}": {"delete": {}}, "/api/Job/{jobId}/Kill": {"post": {}}, "/api/Users": {"get": {}}}
    canaried(
        lambda path, content: (
            {**content, "paths": {**content["paths"], **paths}} if path == "/openapi.json" else content
        )
    )
    result = report()["report"]
    assert result["openapi"]["other_calls"]["of_interest"] == [
        "DELETE /api/Deployment/{}",
        "GET /api/Users",
        "POST /api/Job/{}/Kill",
    ]
    assert result["questions"]["U3"]["answer"] == "DELETE /api/Deployment/{}"
    assert result["questions"]["U26"]["answer"] == "/api/CommandLineProcessor"
    assert {found["result"] for found in result["openapi"]["calls"].values()} == {"present"}


@pytest.mark.parametrize("path", ["swagger.json", "//other.example.com/a", "/a?b=1", "/a b", "/../a\n"])
def test_compatibility_info_refuses_what_is_not_a_path(server, run, path):
    assert "openapi_path" in failed(run("compatibility_info", openapi_path=path), "usage", "not_committed")
    assert server.requests == []


def test_compatibility_info_reads_the_given_document(server, report):
    found = report(openapi_path="/openapi.json")["report"]["openapi"]
    assert (found["found"], found["path"]) == (True, "/openapi.json")
    missing = report(openapi_path="/nowhere.json")
    assert missing["report"]["openapi"] == {"found": False, "reason": "no OpenAPI document at openapi_path"}
    assert "Not found" in missing["markdown"]


def test_compatibility_info_sends_a_refused_login_once(server, run):
    failed(run("compatibility_info", password="not-this-one"), "authentication", "not_committed")
    assert [entry.path for entry in server.requests] == ["/api/account/login"]


def test_compatibility_info_does_not_repeat_a_refused_login_in_a_run(server):
    """The session of a run knows from the tasks before that a login was refused."""

    class Refused(TokenProvider):
        def fetch(self, connection, refused, login):
            raise AsteraError("authentication", "refused before", path="/api/account/login")

    connection = Connection(server.url, server.username, Secret(server.password), ca_path=server.ca_path)
    context = TaskContext(ReadOnlyClient(Session(connection, Redactor(), tokens=Refused())))
    report = Compatibility({"pause_between_reads": 0, "openapi_path": None})
    report.bind(context)
    with pytest.raises(AsteraError, match="refused before"):
        report.apply()
    assert server.requests == []


def test_compatibility_info_works_with_a_token(server, run, seen_token):
    run("server_info")
    server.clear_requests()
    result = run("compatibility_info", token=seen_token["token"], pause_between_reads=0)
    assert result["report"]["questions"]["U1"]["reason"] == "a token was given, so no login was made"
    assert "/api/account/login" not in [entry.path for entry in server.requests]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "canary", "7", "true"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["id", "name", "schedule", "serverDbInfo", "password", "items", "data", "canary key", "isActive"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)
OBSERVED = st.builds(
    Observation,
    st.sampled_from([200, 204, 301, 400, 401, 404, 500]),
    st.sampled_from(["", "application/json", "canary/canary"]),
    JSON | st.just(NO_CONTENT),
)
PATHS = [*ENDPOINTS, "/api/ServerInfo", "/api/account/login"]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_compatibility_report_survives_any_content(data):
    reads = data.draw(st.dictionaries(st.sampled_from(PATHS), st.lists(OBSERVED, min_size=1, max_size=2)))
    single = {name: data.draw(st.none() | OBSERVED) for name in ("login", "unknown_id", "unknown_job", "without_token")}
    seen = Observations(reads=reads, **single)
    answers = answer_all(seen)
    assert set(answers) == set(QUESTIONS)
    assert all(
        answer["reason"] if answer["answer"] == "unknown" else "evidence" in answer for answer in answers.values()
    )
    report = {
        "collection": "1.0.0",
        "ansible": "2.21",
        "endpoints": list_endpoints(seen),
        "questions": answers,
        "volatile": find_moving_members(seen),
        "openapi": {"found": False, "reason": "none"},
    }
    assert CANARY not in json.dumps(report) + report_page.render_page(report)


def test_report_page_counts_each_question_once(report):
    result = report()
    counts = [int(word) for word in result["markdown"].replace(",", "").split() if word.isdecimal()][:4]
    assert sum(counts) == len(QUESTIONS)
    for question in QUESTIONS:
        assert result["markdown"].count(f"- **{question}** ") == 1


@pytest.mark.parametrize(
    ("server", "question"),
    [
        (Dialect(cluster_get=404), "U5"),
        (Dialect(deployment_activation="renamed"), "U4"),
        (Dialect(config_password="echo"), "U6"),
        (Dialect(path_case="exact"), "U27"),
        (Dialect(key_case="pascal"), "key_case"),
        (Dialect(numbers_as_strings=True), "numbers"),
        (Dialect(unknown_id_status=200), "U17"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
    indirect=["server"],
)
def test_report_page_says_what_is_different_and_whether_it_matters(report, question):
    page = report()["markdown"]
    different = page.partition("## Different from what the collection assumes")[2].partition("\n## ")[0]
    (line,) = [line for line in different.splitlines() if f"**{question}**" in line]
    assert "atter" in line
