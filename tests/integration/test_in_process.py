# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where tasks run, and what they share there: logins, connections, lists, files, the environment."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import zipfile

import pytest
from ansible_collections.astera.data_stack.tests import isolated_home
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator
from ansible_collections.astera.data_stack.tests.playbook_runner import PlaybookRunner, module

DAILY = {"start_time": "2026-12-01T04:30:00+01:00"}
VAULT_PASSWORD = "canary-vault-password"


@pytest.fixture
def runner(tmp_path):
    with Emulator() as server:
        yield PlaybookRunner(tmp_path, server)


@pytest.fixture
def car(runner):
    with zipfile.ZipFile(runner.folder / "sales.car", "w") as archive:
        archive.writestr("a.Df", "<Flow/>")
    return runner.folder / "sales.car"


def paths(runner, *which):
    return [entry.path for entry in runner.server.requests if not which or entry.path in which]


def looped(kind, count, **options):
    return {**module(kind, name="{{ item }}", **options), "loop": [f"Object {number}" for number in range(count)]}


# One action plugin


def test_module_name_selects_kind_and_defaults(runner):
    login = {"url": runner.server.url, "username": runner.server.username, "password": runner.server.password}
    defaults = {
        "group/astera.data_stack.astera": {**login, "ca_path": runner.server.ca_path},
        # Of one module: any other would refuse them.
        "astera.data_stack.astera_cluster": {"purge_job_info_after": 3},
        "astera.data_stack.astera_server": {"parallel_writes": 2},
    }
    tasks = [
        module("cluster", name="A"),
        {"astera_cluster": {"name": "{{ item }}"}, "loop": ["B", "C"]},
        {"action": {"module": "astera_cluster_info"}},
        {"local_action": {"module": "astera.data_stack.astera_server_config_info"}},
        {"astera_server": {"snapshot": True}},
    ]
    results = runner.play(tasks, module_defaults=defaults, collections=["astera.data_stack"], expect=0)
    kinds = [sorted({"cluster", "server_config", "snapshot"} & result.keys()) for result in results]
    assert kinds == [["cluster"], ["cluster"], ["cluster"], [], ["cluster"], ["server_config"], ["snapshot"]]
    assert (results[4]["cluster"]["name"], results[4]["cluster"]["purge_job_info_after"]) == ("C", 3)


def test_run_imports_requests_once(runner):
    runner.own_process = True
    runner.play([module("cluster_info"), module("schedule_info")], settings={"PYTHONPROFILEIMPORTTIME": "1"}, expect=0)
    imported = [line.rpartition("|")[2].strip() for line in runner.printed.splitlines() if "import time:" in line]
    assert imported.count("requests") == 1


# One login, one list


def test_run_logs_in_once(runner):
    tasks = [module("server_info"), module("cluster", name="A"), module("server_config", server_profile="DEFAULT")]
    runner.play([*tasks, looped("deployment", 5, archive_server_path="C:\\a.Car")])
    assert paths(runner).count("/api/account/login") == 1


@pytest.mark.shows("README: Tasks share one process and one login")
def test_loop_reads_a_list_once(runner):
    runner.play([looped("deployment", 20, archive_server_path="C:\\a.Car")])
    assert paths(runner) == ["/api/account/login", "/api/Deployments", *["/api/Deployment"] * 20]
    assert len({entry.connection for entry in runner.server.requests}) == 1
    runner.play([looped("deployment", 20, archive_server_path="C:\\a.Car")])
    assert paths(runner) == ["/api/account/login", "/api/Deployments"]
    tasks = [looped("schedule", 20, deployment="Object 7", daily=DAILY)]
    results = runner.play(tasks)
    assert paths(runner, "/api/Schedules", "/api/Deployments", "/api/Schedule").count("/api/Schedule") == 20
    # After each that is new the list is read, in case another run has made one of the same name.
    assert len(paths(runner)) == 3 + 2 * 20
    assert all(result["schedule"]["deployment_id"] == 8 for result in results if "schedule" in result)


@pytest.mark.full
def test_loop_keeps_the_update_of_another_client(runner):
    for number in range(3):
        runner.server.seed("deployment", name=f"Object {number}", comment="old")
    meddle = {"action": lambda: runner.server.edit("deployment", "Object 2", encryptFiles=True)}
    runner.server.fail("POST", "/api/Deployment", how="call", **meddle)
    runner.play([looped("deployment", 3, comment="new")])
    stored = runner.server.state["deployments"]
    assert [item["comment"] for item in stored] == ["new"] * 3
    assert [item["encryptFiles"] for item in stored] == [False, False, True]
    assert paths(runner).count("/api/Deployments") == 2


@pytest.mark.full
def test_run_logs_in_once_with_twenty_forks(runner):
    hosts = {"all": {"hosts": {f"host{number}": {"ansible_connection": "local"} for number in range(20)}}}
    runner.play([module("server_info")], options=["--forks", "20"], inventory=hosts)
    assert paths(runner).count("/api/account/login") == 1
    assert paths(runner).count("/api/ServerInfo") == 20


def test_run_replaces_an_expired_token_once(runner):
    runner.server.fail("GET", "/api/Cluster", how="call", action=runner.server.expire_tokens)
    runner.play([module("server_info"), module("cluster", name="A"), module("server_info")])
    assert paths(runner).count("/api/account/login") == 2


@pytest.mark.full
def test_run_shares_no_token_between_accounts(runner):
    runner.play([module("server_info"), {**module("server_info", password="wrong"), "ignore_errors": True}])
    assert [entry.status for entry in runner.server.requests] == [200, 200, 401]


WRONG = {"password": "canary-wrong"}


def refused_logins(runner):
    return [entry.status for entry in runner.server.requests if entry.path == "/api/account/login"]


def test_run_sends_a_rejected_login_once_in_a_loop_B5(runner):
    task = {**module("server_info", **WRONG), "loop": list(range(10)), "ignore_errors": True}
    again = [module("server", cluster={"name": "A"}, **WRONG), module("cluster", name="A", **WRONG)]
    results = runner.play([task, *({**one, "ignore_errors": True} for one in again)])
    assert refused_logins(runner) == [401]
    failed = [result for result in results if "error" in result]
    assert len(failed) == 12
    assert {(result["error"]["code"], result["error"]["status"]) for result in failed} == {("authentication", 401)}
    assert sum("refused earlier in this run" in result["msg"] for result in failed) == 11
    assert "canary-wrong" not in json.dumps(results)


def test_run_does_not_lock_an_account_N7(tmp_path):
    with Emulator(Dialect(lockout=2)) as server:
        runner = PlaybookRunner(tmp_path, server)
        loop = {**module("server_info", **WRONG), "loop": list(range(5)), "ignore_errors": True}
        results = runner.play([loop, module("server_info")], expect=0)
        assert results[-1]["server"]


def test_run_sends_a_rejected_login_once_for_all_hosts_B5(runner):
    hosts = {"all": {"hosts": {f"host{number}": {"ansible_connection": "local"} for number in range(8)}}}
    task = module("server_info", **WRONG)
    # Each trusts the server in a way of its own, which does not matter to the account.
    trust = {"validate_certs": "{{ inventory_hostname != 'host3' }}"}
    runner.play([{**module("server_info", **WRONG, **trust)}, task], options=["--forks", "8"], inventory=hosts)
    assert refused_logins(runner) == [401]


def test_run_tries_a_corrected_password_and_another_account_B5(runner):
    other = runner.server.add_account("other")
    tasks = [
        {**module("server_info", **WRONG), "ignore_errors": True},
        module("server_info"),
        module("server_info", username="other", password=other),
    ]
    runner.play(tasks, expect=0)
    assert refused_logins(runner) == [401, 200, 200]


def test_run_leaves_no_files_or_processes(runner):
    seen = []

    def look():
        for path in (runner.folder / "local").rglob("astera-*"):
            seen.append((path.suffix, path.stat().st_mode & 0o777))

    runner.server.fail("GET", "/api/Cluster", how="call", action=look)
    runner.play([module("server_info"), module("cluster", name="A")])
    assert ("", 0o600) in seen
    assert {mode for _suffix, mode in seen} == {0o600}
    assert list((runner.folder / "local").iterdir()) == []


@pytest.mark.full
def test_run_leaves_no_files_or_processes_after_an_interrupt(runner):
    runner.server.fail("GET", "/api/Cluster", how="delay", seconds=3.0)
    process = runner.start([module("server_info"), module("cluster", name="A")])
    deadline = time.monotonic() + 600
    while "/api/Cluster" not in paths(runner) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=600)
    assert list((runner.folder / "local").iterdir()) == []


# Where a task runs


@pytest.mark.parametrize(
    "keywords",
    [
        {"connection": "winrm"},
        *(pytest.param({"connection": name}, marks=pytest.mark.full) for name in ("psrp", "local")),
    ],
)
def test_windows_host_is_configured_from_the_controller(runner, keywords):
    pytest.importorskip("winrm" if keywords["connection"] == "winrm" else "json")
    if keywords["connection"] == "psrp":
        pytest.importorskip("pypsrp")
    results = runner.play([module("server_info")], keywords["connection"])
    assert results[0]["server"]


def test_unreachable_server_fails_the_task(runner):
    variables = {"ansible_host": "127.0.0.1", "ansible_port": 1, "ansible_connection": "ssh"}
    inventory = {"all": {"hosts": {"down": variables}}}
    results = runner.play([module("server_info")], inventory=inventory, expect=4)
    assert results[0]["unreachable"] is True
    assert paths(runner) == []


@pytest.mark.full
def test_task_runs_as_a_module_with_async(runner):
    task = {**module("server_info"), "async": 30, "poll": 1}
    results = runner.play([task])
    assert paths(runner).count("/api/ServerInfo") == 1
    assert "server" in results[-1]


@pytest.mark.full
def test_task_runs_as_a_module_with_become(runner):
    task = {**module("cluster", nmae="X"), "become": True, "become_method": "nowhere", "ignore_errors": True}
    runner.play([task], expect=None)
    assert "nowhere" in runner.printed
    assert paths(runner) == []


@pytest.mark.full
@pytest.mark.parametrize("connection", ["local", "elsewhere"])
def test_task_obeys_its_environment(runner, connection):
    environment = {"ASTERA_URL": "{{ 'http' }}://example.com", "ASTERA_USERNAME": "u", "ASTERA_PASSWORD": "canary-env"}
    (result,) = runner.play(
        [{**module("server_info"), "environment": environment, "ignore_errors": True}], connection, module_defaults={}
    )
    assert "allow_http" in result["msg"]
    assert "canary-env" not in runner.printed + json.dumps(result)


@pytest.mark.full
@pytest.mark.parametrize("connection", ["local", "elsewhere"])
def test_task_obeys_until_register_and_no_log(runner, connection):
    runner.server.fail("GET", "/api/Cluster", how="status", status=403, times=2)
    tasks = [
        {
            **module("cluster", name="A"),
            "register": "set",
            "until": "set is success",
            "retries": 3,
            "delay": 0,
            "no_log": True,
        },
        {"ansible.builtin.assert": {"that": ["set is changed", "set.attempts == 3", "set.cluster.name == 'A'"]}},
    ]
    results = runner.play(tasks, connection)
    assert results[-1]["changed"] is False
    assert "PROD" not in runner.printed


# Files


@pytest.mark.each_value(connection=["elsewhere"])
@pytest.mark.parametrize("connection", ["local", "elsewhere"])
def test_B10_files_are_found_as_copy_finds_them(runner, connection):
    (runner.folder / "files").mkdir()
    with zipfile.ZipFile(runner.folder / "files" / "nested.car", "w") as archive:
        archive.writestr("a.Df", "<Flow/>")
    (runner.folder / "files" / "nested.cfg").write_text("a=1")
    runner.play([module("deployment", name="A", archive="nested.car", config="nested.cfg")], connection)
    (stored,) = runner.server.state["deployments"]
    assert (stored["userArchiveFilePath"], stored["userConfigFilePath"]) == ("nested.car", "nested.cfg")
    assert len(runner.server.state["files"]) == 2


@pytest.mark.each_value(connection=["elsewhere"])
@pytest.mark.parametrize("connection", ["local", "elsewhere"])
def test_B17_encrypted_files_are_decrypted(runner, car, connection):
    secret = runner.folder / "secret.cfg"
    secret.write_text("password=canary-in-the-file")
    key = runner.folder / "key"
    key.write_text(VAULT_PASSWORD)
    isolated_home.run(runner.folder, "ansible-vault", "encrypt", "--vault-password-file", key, secret)
    results = runner.play(
        [module("deployment", name="A", archive=str(car), config=str(secret))],
        connection,
        ["--vault-password-file", str(key), "-vvv", "--diff"],
    )
    stored = [file for path, file in runner.server.state["files"].items() if path.endswith("Cfg")]
    assert [file["content"] for file in stored] == [b"password=canary-in-the-file"]
    assert runner.server.state["deployments"][0]["userConfigFilePath"] == "secret.cfg"
    assert "canary-in" not in runner.printed + json.dumps(results)
    assert list((runner.folder / "local").iterdir()) == []
    assert list((runner.folder / ".ansible").rglob("*.cfg")) == []


@pytest.mark.each_value(connection=["local"])
@pytest.mark.parametrize("password", [None, "another"], ids=["no password", "wrong password"])
@pytest.mark.parametrize("connection", ["local", "elsewhere"])
def test_vaulted_files_are_rejected_without_their_password_A1(runner, car, connection, password):
    key = runner.folder / "key"
    key.write_text(VAULT_PASSWORD)
    vaulted = [runner.folder / "sales.car", runner.folder / "sales.cfg"]
    vaulted[0].write_bytes(car.read_bytes())
    vaulted[1].write_text("password=canary-in-the-file")
    isolated_home.run(runner.folder, "ansible-vault", "encrypt", "--vault-password-file", key, *vaulted)
    deployments = [
        module("deployment", name="A", archive=str(vaulted[0])),
        module("deployment", name="A", archive=str(car), config=str(vaulted[1])),
        module("server", deployments=[{"name": "A", "archive": str(car), "config": str(vaulted[1])}]),
        module("deployment", name="A", archive=str(car), config_content=vaulted[1].read_text()),
    ]
    options = []
    if password:
        (runner.folder / "other").write_text(password)
        options = ["--vault-password-file", str(runner.folder / "other")]
    results = runner.play([{**task, "ignore_errors": True} for task in deployments], connection, options)
    assert len(results) == len(deployments)
    for result in results:
        assert result["error"]["code"] == "usage"
        assert "encrypted with Ansible Vault and cannot be decrypted" in result["msg"]
    assert runner.server.requests == []


# What a file system or OpenSSL refuses is refused in the whole run.
CRIPPLED = """
import errno, fcntl, hashlib, os
from ansible.plugins.callback import CallbackBase
def refuse(*_arguments, **_keywords):
    raise OSError(errno.EPERM, "refused by the test")
fcntl.flock = os.link = hashlib.scrypt = refuse
class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, "aggregate", "crippled"
"""


def test_run_needs_no_locks_hard_links_or_scrypt_B1_B2(runner, car):
    (runner.folder / "callback_plugins" / "crippled.py").write_text(CRIPPLED)
    secret, key = runner.folder / "secret.cfg", runner.folder / "key"
    secret.write_text("password=canary-in-the-file")
    key.write_text(VAULT_PASSWORD)
    isolated_home.run(runner.folder, "ansible-vault", "encrypt", "--vault-password-file", key, secret)
    results = runner.play(
        [module("deployment", name="A", archive=str(car), config=str(secret)), module("server_info")],
        options=["--vault-password-file", str(key)],
        settings={"ANSIBLE_CALLBACKS_ENABLED": "probe,crippled"},
    )
    assert [result.get("msg") for result in results] == [None, None]
    assert b"password=canary-in-the-file" in [file["content"] for file in runner.server.state["files"].values()]
    assert runner.server.state["deployments"][0]["userConfigFilePath"] == "secret.cfg"
    logins = [entry for entry in runner.server.requests if entry.path.endswith("/login")]
    assert len(logins) == 1, "the token is shared all the same"


# A target that does not see the files of the controller, as any real one.
APART = '''
import os
from ansible.plugins.connection.local import Connection as Local
DOCUMENTATION = """
name: apart
short_description: this machine, without the files of the controller
description: For tests.
author: the tests
extends_documentation_fragment: connection_pipelining
"""
class Connection(Local):
    transport = "apart"
    def exec_command(self, *arguments, **keywords):
        seen = os.environ["CONTROLLER_FILES"]
        os.rename(seen, seen + ".hidden")
        try:
            return super().exec_command(*arguments, **keywords)
        finally:
            os.rename(seen + ".hidden", seen)
'''


def test_files_are_transferred_to_an_isolated_target_F2(runner, car):
    (runner.folder / "connection_plugins" / "apart.py").write_text(APART)
    files = runner.folder / "controller"
    files.mkdir()
    (files / "sales.car").write_bytes(car.read_bytes())
    (files / "sales.cfg").write_text("a=1")
    (result,) = runner.play(
        [module("deployment", name="A", archive=str(files / "sales.car"), config=str(files / "sales.cfg"))],
        "apart",
        settings={"CONTROLLER_FILES": str(files)},
    )
    assert result["changed"], result
    stored = [file["content"] for file in runner.server.state["files"].values()]
    assert sorted(stored) == sorted([car.read_bytes(), b"a=1"])
    assert list((runner.folder / ".ansible").rglob("*.c[af][rg]")) == []


def test_task_in_process_needs_no_requests_on_the_target(runner):
    """In process the target's Python does not matter: there is none for Windows."""
    inventory = {"all": {"hosts": {"one": {"ansible_connection": "local", "ansible_python_interpreter": "/nowhere"}}}}
    assert runner.play([module("server_info")], inventory=inventory)[0]["server"]
    assert sys.executable
