# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The messages of the modules: on what they did, on the server's own messages, and on unexpected errors."""

from __future__ import annotations

import gc
import itertools
import json
import sys

import pytest
from ansible.module_utils import basic
from ansible_collections.astera.data_stack.plugins.module_utils import _task, _values
from ansible_collections.astera.data_stack.plugins.module_utils._client import (
    client,
    responses,
    session,
    transport,
    upload,
)
from ansible_collections.astera.data_stack.plugins.module_utils._engine import converge, lists, plan
from ansible_collections.astera.data_stack.plugins.module_utils._kinds import info, job, license
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import MASK
from ansible_collections.astera.data_stack.tests import canaries
from ansible_collections.astera.data_stack.tests.modules import changed, failed

from .conftest import GIVEN, GIVEN_TOKEN, KEPT, KNOWN, SECRETS, drift, known

pytestmark = pytest.mark.each_value

WRITERS = {
    "server_config": "/api/Server/Config",
    "license": "/api/License/Key",
    "cluster": "/api/Cluster",
    "deployment": "/api/Deployment",
    "schedule": "/api/Schedule",
    "server": "/api/Server/Config",
    "job": "/api/CommandLineProcessor",
}
READERS = {
    "server_info": "/api/ServerInfo",
    "server_config_info": "/api/Server/Config",
    "cluster_info": "/api/Cluster",
    "deployment_info": "/api/Deployments",
    "schedule_info": "/api/Schedules",
    "job_info": "/api/Job/1/Status",
}
ALL = [*READERS, *WRITERS]


@pytest.mark.shows("README: Secrets are masked")
@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("name", ALL)
def test_S01_result_of_a_module_has_no_secrets(server, run_task, name, check):
    first = run_task(name, check=check)
    assert changed(first) == (name in WRITERS)
    assert not changed(run_task(name)) or check or name in ("license", "server", "job")
    if not check and name in ("server_config", "cluster", "schedule"):
        stored = json.dumps(server.state, ensure_ascii=False)
        assert any(json.dumps(value, ensure_ascii=False) in stored for value in GIVEN.values())


def test_S01_what_a_module_logs_on_its_target(run_task, search, monkeypatch):
    """Ansible logs the arguments of a module there, without those that it knows to be secret."""
    logged = []
    monkeypatch.setattr(
        basic.AnsibleModule, "log", lambda _self, msg, log_args=None: logged.append(f"{msg} {log_args}")
    )
    for name in ALL:
        run_task(name)
    assert len(logged) >= len(ALL)
    assert search(logged, SECRETS) == []


@pytest.mark.parametrize("name", ALL)
def test_S08_given_token_is_not_shown(server, run_task, name):
    result = run_task(name, token=GIVEN_TOKEN)
    failed(result, "authentication", "not_committed")
    server.fail("*", "*", how="status", status=400, body=GIVEN_TOKEN.encode(), times=9)
    assert run_task(name, token=GIVEN_TOKEN)["failed"]


@pytest.mark.parametrize("name", ["server_config", "cluster", "schedule", "server"])
def test_S02_an_old_secret_shows_as_asterisks_in_what_was_before(server, run_task, name):
    result = run_task(name)
    shown = json.dumps(result["diff"])
    assert changed(result)
    if name != "server_config":
        assert shown.count('"********"') >= 2
    again = run_task(name, check=True)
    assert not set(KEPT.values()) & set(json.dumps(again))


def echoes(server, entry, module):
    """What a server may quote in its refusal of a request, in every way to write it."""
    everything = known(server, module)
    sent = entry.body.decode("utf-8", "replace")
    plain = "; ".join(f"got '{value}'" for value in everything.values())
    connection_string = f"Server=x;User Id=sa;Password={KEPT['old repository password'].replace(';', '')};Timeout=9"
    yield "plain", plain
    yield "body", sent
    yield "JSON of the body", json.dumps({"title": "Bad", "detail": sent})
    yield "problem", json.dumps({"title": "Bad", "errors": {"x": [plain], "request": sent}})
    yield "XML", "".join(f"<e><password>{value}</password></e>" for value in everything.values())
    yield "HTML", "<html><body><h1>Error</h1>" + canaries.spellings(plain)["HTML"] + "</body></html>"
    yield "HTML unescaped", f"<html><body>refused: {plain}<pre>{sent}</pre></body></html>"
    yield "header", f"Authorization: {entry.headers.get('authorization')} refused"
    yield "connection string", json.dumps(f"Cannot open database: {connection_string}")
    yield "stack trace", json.dumps({"error": {"stackTrace": f"at X({plain})\r\n  at Y({sent})"}})
    for how in canaries.spellings("x"):
        words = [canaries.spellings(value)[how] for value in everything.values()]
        # One at a time first: only the first 500 characters are shown.
        for start in range(0, len(words), 4):
            yield f"{how} from {start}", " ".join(f"[{word}]" for word in words[start : start + 4])


HOW = [
    *("body", "JSON of the body", "problem", "XML", "HTML", "HTML unescaped", "header", "connection string"),
    *("stack trace", *canaries.spellings("x")),
]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", ["cluster", "server_config"])
def test_S03_a_server_that_quotes_secrets_is_not_quoted(server, run_task, name, how):
    """It fails with 400 and these words, once for each part of them."""
    run_task(name, check=True)
    parts = [words for title, words in echoes(server, server.requests[-1], name) if title.split(" from ")[0] == how]
    assert parts
    for words in parts:
        _refuse(server, WRITERS[name], words)
        result = run_task(name)
        failed(result, "rejected", "not_committed")
        assert len(result["error"]["detail"]) <= 500


@pytest.mark.parametrize("name", [name for name in WRITERS if name not in ("cluster", "server_config")])
def test_S03_whatever_the_task(server, run_task, name):
    run_task(name, check=name not in ("license", "job"))
    login = server.requests[0]
    for how, words in echoes(server, login, name):
        if how in ("plain", "body", "problem", "HTML unescaped"):
            _refuse(server, WRITERS[name], words)
            # Without a receipt that says that it is done.
            assert run_task(name, **({"force": True} if name == "license" else {}))["failed"]


@pytest.mark.parametrize("name", READERS)
def test_S03_a_reading_that_is_refused(server, run_task, name):
    """The server quotes what only it knew and this task could not have read, but for the token of its login."""
    run_task(name)
    for how in ("plain", "JSON", "URL", "base64 at 0", "hex"):
        for secret in known(server, "server_info").values():
            words = f"got {canaries.spellings(secret)[how]} of you"
            server.clear_faults()
            server.fail("GET", READERS[name], how="status", status=400, body=words.encode())
            failed(run_task(name), "rejected", "not_committed")


def _refuse(server, path, words):
    server.clear_faults()
    server.fail("POST", path, how="status", status=400, body=words.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", ["cluster", "server"])
def test_S03_a_secret_that_is_the_key_of_an_object(server, run_task, name):
    """Of the server, which shows it."""
    server.edit_cluster(mailSetup={GIVEN["login password"]: {"note": GIVEN["login password"]}})
    settings = {"mailSetup": {"note": "other"}}
    options = {"settings": settings} if name == "cluster" else {"cluster": {"settings": settings}, "snapshot": True}
    assert changed(run_task(name, check=True, **options))
    assert changed(run_task(name, **options))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1", "cp1252"])
def test_S03_in_another_encoding(server, run_task, encoding):
    words = f"Größe: {GIVEN['login password']}".encode(encoding)
    server.fail("POST", "/api/account/login", how="status", status=400, body=words)
    result = run_task("cluster")
    failed(result, "authentication", "not_committed")
    assert result["error"]["detail"] == f"Größe: {MASK}"


def test_S14_a_proxys_password_that_is_quoted_is_hidden(server, run_task, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://user:proxy-canary@proxy.invalid:3128")
    server.fail("POST", "/api/account/login", how="status", status=400, body=b"got proxy-canary on the way")
    assert "proxy-canary" not in run_task("cluster")["text"]


@pytest.mark.each_value(length=range(440, 500, 12))
@pytest.mark.parametrize("length", range(440, 500, 3))
def test_S03_a_secret_at_the_end_of_what_is_shown(server, run_task, length):
    """Neither our cut at 500 characters nor the server's own leaves half of it."""
    secret = GIVEN["license key"]
    server.fail("POST", "/api/License/Key", how="status", status=400, body=("x" * length + f" {secret} tail").encode())
    assert secret[:8] not in run_task("license")["error"]["detail"]
    cut = f"{'y' * 40} {secret[: 8 + length % 15]}".encode()
    server.fail("POST", "/api/License/Key", how="status", status=400, body=cut)
    assert secret[:8] not in run_task("license")["error"]["detail"]


# Unexpected exceptions


def _methods(cls):
    return [(cls, name) for name, item in vars(cls).items() if callable(item) and not name.startswith("__")]


PLACES = [
    *_methods(client.ReadOnlyClient),
    *_methods(client.Client),
    *_methods(session.Session),
    *_methods(transport.Transport),
    *_methods(converge._ConvergeLoop),
    *_methods(lists.NameIndex),
    *_methods(lists.CachedLists),
    *_methods(upload.Upload),
    *_methods(license.LicenseReceipt),
    *_methods(_task._Task),
    *_methods(job.Job),
    *_methods(info.DeploymentInfo),
    *((info.ListInfo, name) for name in ("read", "format", "format_one")),
    (plan, "plan"),
    (plan, "set_value"),
    (_task, "diff"),
    (_values, "snake_keys"),
    (_task, "drop_secrets"),
    (transport, "json_request"),
    (responses, "parse_json"),
    (responses, "stored_object"),
]


def _quietly(_server):
    pass


def _refused_all(server):
    server.fail("POST", "/api/[!a]*", how="status", status=400, body=b"no", times=999)


def _lost(server):
    server.fail("POST", "/api/[!a]*", at="after_commit", times=999)


def _overtaken(server):
    server.before("POST", "/api/Deployment", lambda: server.edit_deployment("Sales", comment="theirs"))
    server.fail(
        "POST", "/api/Cluster", at="after_commit", how="call", action=lambda: server.edit_cluster(purgeJobInfoAfter=9)
    )


def _slow(server):
    server.set_job_result("C:\\Flows\\Load.Df", "Running")


def _curt(server):
    server.fail("POST", "/api/[!a]*", at="after_commit", how="status", status=200, times=999)


def _ailing(server):
    server.fail("GET", "*", how="status", status=500)
    server.fail("GET", "/api/Job/*", how="status", status=403, times=999)


def _denied(server):
    server.fail("POST", "/api/account/login", how="status", status=401, times=999)


# What has to happen for a call to be made at all.
TROUBLES = (_quietly, _curt, _refused_all, _lost, _overtaken, _ailing, _slow, _denied)

# Some kinds are caught on the way, and may be told in other words.
KINDS = {
    RuntimeError: PLACES,
    ValueError: _methods(session.Session),
    OSError: _methods(transport.Transport) + _methods(upload.Upload),
}
# One place of each class and module for each kind: the first.
FIRST = {(error, place[0]): place for error, places in KINDS.items() for place in reversed(places)}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("error", "place"),
    [
        pytest.param(
            error,
            place,
            id=f"{error.__name__}-{place[0].__name__.split('.')[-1]}.{place[1]}",
            # One kind of error in each class, every other at one place.
            marks=() if place == (FIRST[error, place[0]] if error is RuntimeError else places[0]) else pytest.mark.full,
        )
        for error, places in KINDS.items()
        for place in places
    ],
)
def test_S04_an_exception_at_any_call_says_nothing(server, run_task, monkeypatch, place, error):
    """Every secret is in its text. The first task that makes the call, in whatever trouble, is stopped by it."""
    reached = []
    # No proxy is used for this machine itself.
    elsewhere = {"url": "https://astera.invalid:9261"} if place[1] == "_check_proxy" else {}
    # The task for a whole server makes most calls.
    tasks = ["job"] if place[0] is job.Job else ["server", *ALL]
    for trouble, task in itertools.product(TROUBLES, tasks):
        with monkeypatch.context() as patched:
            _break(patched, place, reached.append, error(_quoted(place, error, task)))
            server.clear_faults()
            drift(server)
            trouble(server)
            result = run_task(task, **({"wait_timeout": 1} if task == "job" else {}), **elsewhere)
        if reached:
            break
    if result["failed"]:
        assert result["error"]["outcome"] in ("not_committed", "committed", "unknown")
        assert result["msg"]
    assert reached
    # A file that could not be closed is not to be found by a test after this one, where it would be no such surprise.
    gc.collect(1)


def _quoted(place, error, task):
    """What the network and the system say is quoted, without what the task knows to be secret: what it was given."""
    if error is not OSError and place[0] is not transport.Transport:
        return "; ".join(SECRETS.values())
    return "; ".join(SECRETS[name] for name in ("login password", *KNOWN.get(task, ())) if name in GIVEN)


def _break(patched, place, note, error):
    """In every module of the collection that has the function by its own name."""
    holder, name = place
    whole = getattr(holder, name)

    def fail(*_args, **_keywords):
        note(name)
        raise error

    holders = [module for key, module in sys.modules.items() if "astera.data_stack.plugins" in key]
    for each in {holder, *(module for module in holders if vars(module).get(name) is whole)}:
        patched.setattr(each, name, fail)
