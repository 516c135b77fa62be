# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that are words, numbers, or another task's: what is masked, and what later tasks still can use, in both ways of running."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from ansible_collections.astera.data_stack.plugins.module_utils import _arguments, _task
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.document import Server
from ansible_collections.astera.data_stack.plugins.plugin_utils._runtime import SharedSecrets
from ansible_collections.astera.data_stack.tests import modules
from ansible_collections.astera.data_stack.tests.emulator import Emulator
from ansible_collections.astera.data_stack.tests.modules import changed, failed
from ansible_collections.astera.data_stack.tests.playbook_runner import ROOT, PlaybookRunner, module
from ansible_collections.astera.data_stack.tests.raw_server import RawServer, answering, http

MASK = "********"
WAYS = ["local", "elsewhere"]
INVOCATION = {"ANSIBLE_INJECT_INVOCATION": "true"}


def registered(folder, server, tasks, connection, options=()):
    """What later tasks see of each result. What callbacks and the screen see, Ansible masks from 2.22 on, keys included."""
    kept = [{**task, "register": f"result_{number}", "ignore_errors": True} for number, task in enumerate(tasks)]
    names = ", ".join(task["register"] for task in kept)
    dump = {"content": "{{ [" + names + "] | to_json }}", "dest": str(folder / "registered.json"), "mode": "0600"}
    runner = PlaybookRunner(folder, server)
    runner.play([*kept, {"ansible.builtin.copy": dump}], connection, options, settings=INVOCATION)
    # Before 2.19 no registered variable has the arguments.
    shown = {"invocation": {"module_args": {"url": server.url, "repository": {"server": "sql-runsc-1"}}}}
    return [{**shown, **result} for result in json.loads((folder / "registered.json").read_text())], runner.printed


@pytest.mark.each_value(connection=["local"])
@pytest.mark.parametrize("connection", WAYS)
def test_result_keeps_its_words_and_addresses_A5_E1_E2(tmp_path, connection):
    """The passwords are words of the result, of the address and of a path, and a number that the server shows."""
    path = "C:\\Flows\\localhost\\a.Df"
    with Emulator(password="changed") as server:
        server.seed("schedule", name="Daily plan", isFile=True, filePath=path)
        server.edit_cluster(mailSetup={"smtpPassword": "plan", "pin": 4815162342, "note": "plan"})
        mail = {"smtpPassword": "4815162342", "apiKey": "fields", "authKey": "update", "sshKey": "cluster"}
        cluster = {"purge_job_info_after": 77, "settings": {"mailSetup": mail}}
        config = {"repository": {"data_provider": "SqlServer", "password": "127.0.0.1", "database": "New"}}
        whole = module("server", cluster=cluster, server_config=config, snapshot=True)
        tasks = [{**whole, "check_mode": True}, whole, module("schedule_info"), module("cluster_info", raw=True)]
        results, _printed = registered(tmp_path, server, tasks, connection, ["--diff"])
    for result in results[:2]:
        assert result["changed"] is True
        assert result["url"] == server.url
        entry = next(entry for entry in result["plan"] if entry["kind"] == "cluster")
        assert (entry["name"], entry["action"], entry["changed"]) == ("cluster", "update", True)
        assert {field["path"] for field in entry["fields"]} == {"purge_job_info_after", "settings.mailSetup"}
        assert result["invocation"]["module_args"]["url"] == server.url
        assert result["snapshot"]["cluster"]["mailSetup"]["pin"] == MASK
    schedule = results[2]["schedules"][0]
    assert (schedule["name"], schedule["file_path"]) == ("Daily plan", path)
    assert "4815162342" not in json.dumps([result.get("snapshot") for result in results])


@pytest.mark.each_value(connection=["elsewhere"])
@pytest.mark.parametrize("connection", WAYS)
def test_prose_hides_a_secret_that_is_a_word_A5(tmp_path, connection):
    with Emulator() as server:
        server.fail("GET", "/api/Server/Config", how="status", status=400, body=b"host runsc is bad")
        task = module("server_config", repository={"password": "runsc", "server": "sql-runsc-1"})
        (result,), _printed = registered(tmp_path, server, [task], connection)
    assert "runsc" not in result["msg"] + result["error"]["detail"]
    assert result["invocation"]["module_args"]["repository"]["server"] == "sql-runsc-1"


@pytest.mark.each_value(connection=["elsewhere"])
@pytest.mark.parametrize("connection", WAYS)
def test_invocation_shows_no_secret_of_a_free_form_value_B4_E5(tmp_path, connection):
    canary = "hunter-canary"
    settings = {
        "db": f"Server=x;Password={canary};User=sa",
        "json": json.dumps({"smtpPassword": canary}),
        "text": f"password={canary}",
        "yaml": f"password: {canary}",
        "list": [f"https://sa:{canary}@host/"],
        "api-key": canary,
        "note": canary,
    }
    with Emulator() as server:
        task = module("cluster", purge_job_info_after=77, settings=settings)
        runner = PlaybookRunner(tmp_path, server)
        (result,) = runner.play([task], connection, ["-vvv"], settings=INVOCATION)
    assert set(result["invocation"]["module_args"]["settings"]) == set(settings)
    assert canary not in json.dumps(result)
    assert canary not in runner.printed


@pytest.mark.each_value
@pytest.mark.parametrize(
    "url", ["admin:S3cret@host:9261", "https:/admin:S3cret@host", "https://admin@corp:S3cret@host"]
)
@pytest.mark.parametrize("connection", WAYS)
def test_invocation_shows_no_credentials_of_a_malformed_address_E3(tmp_path, connection, url):
    with Emulator() as server:
        runner = PlaybookRunner(tmp_path, server)
        (result,) = runner.play([module("server_info", url=url)], connection, ["-vvv"], settings=INVOCATION)
    assert "S3cret" not in json.dumps(result)
    assert "S3cret" not in runner.printed
    assert result["invocation"]["module_args"]["url"].endswith(f"{MASK}@host{':9261' if url.endswith('9261') else ''}")


def test_module_registers_its_secrets_with_ansible_B4(monkeypatch):
    """On a core that has a registry of secrets; the others have none."""
    registered = set()
    monkeypatch.setattr(_task, "register_secrets", registered.update)
    with Emulator() as server:
        settings = {"mailSetup": {"smtpPassword": "canary-mail"}}
        modules.run("astera_cluster", {**modules.connection(server), "settings": settings}, check=True)
        assert {"canary-mail", server.password} <= registered


@pytest.mark.parametrize("way", ["config_content", "config"])
def test_configuration_that_the_server_quotes_is_hidden_E6(tmp_path, way):
    content = '[db]\r\npassword=Tr0ub4dor\r\nkey: "Corr3ct;horse"\r\n'
    (tmp_path / "sales.cfg").write_text(content)
    (tmp_path / "sales.car").write_bytes(b"PK\x03\x04")
    value = content if way == "config_content" else str(tmp_path / "sales.cfg")
    with Emulator() as server:
        words = b"Line 1: Tr0ub4dor is no valid value, nor is Corr3ct;horse; sales.cfg is refused"
        server.fail("POST", "/api/Deployment", how="status", status=400, body=words)
        options = {"name": "Sales", "archive": str(tmp_path / "sales.car"), way: value}
        alone = modules.run("astera_deployment", {**modules.connection(server), **options})
        server.fail("POST", "/api/Deployment", how="status", status=400, body=words)
        whole = modules.run("astera_server", {**modules.connection(server), "deployments": [options]})
    for result in (alone, whole):
        failed(result, "rejected", "not_committed")
        assert not re.search("Tr0ub4dor|Corr3ct|horse", result["text"])
        assert f"Line 1: {MASK} is no valid value" in result["error"]["detail"]
        assert "sales.cfg is refused" in result["error"]["detail"]


@pytest.mark.parametrize("secret", ["Tr0ub4dor-Canary", "TR0UB4DOR"])
def test_header_that_quotes_a_secret_is_redacted_E7(secret):
    with RawServer(answering(http(200, b"<p>", f"Content-Type: text/{secret}"))) as server:
        login = {"url": server.url, "allow_http": True, "username": "me", "password": secret, "retries": 0}
        result = modules.run("astera_server_info", login)
    assert failed(result, "invalid_response", "not_committed")
    assert secret.lower() not in result["text"].lower()
    assert MASK in result["msg"]


def test_tasks_of_a_run_know_each_others_secrets_E13(tmp_path):
    """In the process that runs them: what a task on another target was given, only that task knows."""
    key, password, value = "CANARY-KEY-1234", "canary-repository", "Tr0ub4dor-canary"
    (tmp_path / "sales.car").write_bytes(b"PK\x03\x04")
    with Emulator() as server:
        server.seed("schedule", name="Daily", isFile=True, filePath="C:\\a.Df", comment=key, note=password)
        server.fail("GET", "/api/Cluster", how="status", status=400, body=f"{key} {value} {password}".encode())
        deployment = {"name": "Sales", "archive": str(tmp_path / "sales.car"), "config_content": f"password={value}"}
        tasks = [
            module("license", user="Jane", organization="Example", key=key),
            module(
                "server_config",
                repository={"data_provider": "SqlServer", "password": password},
                update_password="always",
            ),
            module("deployment", **deployment),
            module("schedule_info", raw=True),
            {**module("cluster_info"), "ignore_errors": True},
        ]
        runner = PlaybookRunner(tmp_path, server)
        results = runner.play(tasks, "local", ["-vvv"], settings=INVOCATION)
    assert len(results) == len(tasks), runner.printed
    schedule = results[3]["schedules"][0]
    assert (schedule["comment"], schedule["note"]) == (MASK, MASK)
    assert results[4]["error"]["detail"] == f"{MASK} {MASK} {MASK}"
    assert not re.search("canary", runner.printed, re.IGNORECASE)


def test_secrets_of_one_server_are_not_masked_at_another_E13():
    shared = SharedSecrets()
    assert shared.merge("https://one:9261", {"a"}, {"b"}) == ({"a"}, {"b"})
    assert shared.merge("https://two:9261", set(), set()) == (set(), set())
    assert shared.merge("https://ONE", {"c"}, set()) == ({"a", "c"}, {"b"})
    assert shared.merge("https://[", {"d"}, set()) == ({"d"}, set())
    assert shared.merge("https://one", {"e" * 5_000_000}, set())[0] == {"a", "c", "e" * 5_000_000}
    assert shared.merge("https://one", set(), set()) == ({"a", "c"}, {"b"})


def test_threads_share_a_redactor_B3():
    """Each write of many is refused with secrets that the session has to learn, while others redact."""
    with Emulator() as server:
        documents = [
            {"name": f"S{number}", "file_path": "C:\\a.Df", "daily": {"start_time": "2026-12-01T04:30:00+01:00"}}
            for number in range(24)
        ]
        words = json.dumps({"detail": "x" * 9000, "smtpPassword": "canary-told"}).encode()
        server.fail("POST", "/api/Schedule", how="status", status=400, body=words, times=99)
        options = {"schedules": documents, "parallel_writes": 8, "continue_on_error": True}
        result = modules.run("astera_server", {**modules.connection(server), **options})
    assert failed(result, "rejected", "not_committed")
    assert {entry["error"]["code"] for entry in result["plan"]} == {"rejected"}
    assert "canary-told" not in result["text"]


def test_check_mode_is_what_a_run_is_whatever_the_password_is_E1():
    with Emulator(password="failed") as server:
        options = {**modules.connection(server), "purge_job_info_after": 77}
        assert changed(modules.run("astera_cluster", options, check=True))
        result = modules.run("astera_cluster", options)
        assert changed(result)
        assert not changed(modules.run("astera_cluster", options))
        server.fail("GET", "/api/Cluster", how="status", status=400, body=b"it failed")
        assert "it ********" in failed(modules.run("astera_cluster", options), "rejected", "not_committed")


def test_choice_of_an_option_is_no_secret():
    """Although its name holds the word: update_password."""
    specs = _task.argument_spec(Server)["argument_spec"]
    given = {
        "server_config": {"update_password": "always", "repository": {"password": "canary"}},
        "url": "https://a:b@c",
    }
    assert _arguments.collect_secret_values(specs, given) == {"canary", "b", "a:b"}


PLAYBOOKS = sorted(
    path
    for folder in ("playbooks", "roles", "demo")
    for path in (ROOT / folder).rglob("*.yml")
    if "meta" not in path.parts
)


def tasks_of_modules(content, hidden=False):
    """Each task that calls a module of the collection, and whether it or what it is in has no_log."""
    for item in content if isinstance(content, list) else []:
        if not isinstance(item, dict):
            continue
        covered = hidden or bool(item.get("no_log"))
        for part in ("tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always"):
            yield from tasks_of_modules(item.get(part), covered)
        for key in item:
            if key.startswith("astera.data_stack.astera_"):
                yield key, covered


def test_arguments_are_hidden_where_ansible_displays_them_E17():
    """One rule for all that is shipped: where DISPLAY_ARGS_TO_STDOUT is on, a task with the account's password has no_log."""
    found = {path.relative_to(ROOT): list(tasks_of_modules(yaml.safe_load(path.read_text()))) for path in PLAYBOOKS}
    assert sum(map(len, found.values())) > 25
    shown = {str(path) for path, tasks in found.items() for _key, covered in tasks if not covered}
    assert not shown
    # A variable that is named like a function shadows it; no variable shadows a test.
    assert not [
        path for path in PLAYBOOKS for line in path.read_text().splitlines() if re.search(r"no_log:.*\w\(", line)
    ]
