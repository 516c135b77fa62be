# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a real run shows and leaves: on the screen, in logs and results, on disk, and among the processes."""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from ansible_collections.astera.data_stack.tests import canaries, isolated_home
from ansible_collections.astera.data_stack.tests.playbook_runner import PLAYBOOK, PlaybookRunner, module
from ansible_collections.astera.data_stack.tests.raw_server import RawServer, answering, http

from .conftest import GIVEN, GIVEN_TOKEN, KNOWN, SECRETS, fetched, tasks

pytestmark = pytest.mark.each_value

WRITTEN = {
    "server_config": "/api/Server/Config",
    "license": "/api/License/Key",
    "cluster": "/api/Cluster",
    "deployment": "/api/Deployment",
    "schedule": "/api/Schedule",
    "job": "/api/CommandLineProcessor",
}
# From 2.22 on Ansible masks what tasks have registered as secret, in all that it shows.
MASKS = importlib.util.find_spec("ansible.module_utils.secrets") is not None
# Files that must hold secrets while a task runs: the arguments that Ansible packs, and the run's token.
NEEDED = ("AnsiballZ_", "astera-")


class Watch:
    """Looks around at every request of a run, from the server's side."""

    def __init__(self, runner):
        self.runner = runner
        self.files, self.arguments = {}, []
        self.requests = 0

    def look(self):
        self.requests += 1
        secrets = {**SECRETS, **fetched(self.runner.server)}
        for path in private(self.runner):
            text = _text(path)
            if "canary" in text.lower() or canaries.leaks(text, secrets):
                self.files[path.name] = path.stat().st_mode & path.parent.stat().st_mode & 0o077
        running = "\n".join(_text(process).replace("\0", " ") for process in Path("/proc").glob("[0-9]*/cmdline"))
        self.arguments += self.runner.search([running], secrets)


def _text(path):
    try:
        return path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""
    except OSError:
        return ""


@pytest.fixture
def runner(server, tmp_path, search):
    for name in ("local", "remote"):
        (tmp_path / name).mkdir(mode=0o700)
    made = PlaybookRunner(tmp_path, server)
    made.search = search
    # Ansible has a socket there, whose path may not be long.
    with tempfile.TemporaryDirectory(prefix="s") as made.temporary:
        yield made


def private(runner):
    """The files in all the places for temporary ones."""
    places = (runner.folder / "local", runner.folder / "remote", Path(runner.temporary))
    return [path for place in places for path in place.rglob("*") if path.is_file()]


def play(runner, tasks_to_run, connection="local", options=("-vvvv", "--diff"), **changes):
    """→ results and what was watched; all that is shown and left is searched."""
    watch = Watch(runner)
    for method in ("GET", "POST"):
        runner.server.fail(method, "/api/*", how="call", action=watch.look, times=999)
    settings = {
        "ANSIBLE_LOG_PATH": str(runner.folder / "ansible.log"),
        "ANSIBLE_REMOTE_TEMP": str(runner.folder / "remote"),
        "TMPDIR": runner.temporary,
        # From Ansible 2.21 on only on request. Before, and with a callback that asks for it, what a task was given is shown.
        "ANSIBLE_INJECT_INVOCATION": "true",
        **changes.pop("settings", {}),
    }
    results = runner.play(tasks_to_run, connection, options, settings=settings, expect=None, **changes)
    assert watch.requests, runner.printed
    return results, watch


def shown(runner):
    places = {"screen": runner.printed}
    for name in ("ansible.log", "results.json", "receipt.json"):
        if (runner.folder / name).exists():
            places[name] = (runner.folder / name).read_text(encoding="utf-8")
    return places


def leaks(runner):
    secrets = {**SECRETS, **fetched(runner.server)}
    return {place: found for place, text in shown(runner).items() if (found := runner.search([text], secrets))}


def everything(folder, chosen=None):
    """Each task or the chosen ones, what it returned, and one of them in a loop over names."""
    found = []
    for name, options in tasks(folder).items():
        if chosen is not None and name not in chosen:
            continue
        found.append({**module(name, **options, retries=0), "register": "result", "ignore_errors": True})
        found.append({"ansible.builtin.debug": {"var": "result"}})
    looped = module("cluster", name="{{ item }}", settings="{{ settings_of[item] }}")
    return [*found, {**looped, "loop": ["NEW"], "ignore_errors": True}]


def mistakes():
    """Tasks that are refused, each by something that may quote what it was given: from variables, for Ansible shows its source."""
    mail = {"mailSetup": {"smtpPassword": "{{ given['secret in settings'] }}"}}
    password = "{{ given['repository password'] }}"
    twice = {"data_provider": password, "password": password}
    found = [
        module("cluster", purge_job_info_after="{{ given['secret in settings'] }}", settings=mail),
        module("cluster", settings="{{ broken }}"),
        module("cluster", name="A", settings="smtpPassword='{{ given['secret in a list'] }}' and more"),
        module("server_config", repository=twice),
        module("server_config", repository={**twice, "data_provider": "SqlServer", "datbase": password}),
        module("server_config", repository=[password]),
        module("license", key=["{{ given['license key'] }}"], organization="{{ given['license key'] }}"),
        module("job", file_path="C:\\a.Df", parameters=["DbPassword={{ given['secret of a job'] }}"]),
        module("server_info", url="https://jane:{{ given['login password'] | urlencode }}@example.com:9261"),
        module("server_info", token="{{ token }}"),
        # Too short to be looked for inside of anything.
        module("server_info", url="https://jane:q7@example.com:9261"),
        module("server_config", repository={"password": "{{ 'q' ~ 7 }}", "database": "{{ 'q' ~ 7 }}"}, port="many"),
    ]
    return [{**task, "ignore_errors": True} for task in found]


@pytest.mark.each_value(connection=["local"])
@pytest.mark.parametrize("connection", ["local", "elsewhere"])
def test_S01_S05_rejected_task_shows_none_of_its_secrets(runner, connection):
    broken = json.dumps({"mailSetup": {"smtpPassword": GIVEN["secret in settings"]}})[:-1]
    given = {"given": GIVEN, "token": GIVEN_TOKEN, "broken": broken}
    (runner.folder / "given.yml").write_text(yaml.safe_dump(given), encoding="utf-8")
    # The last one is correct and sends a request, at which the watch searches. A secret has strayed into its name.
    listed = "{{ given['secret in a list'] }}"
    good = module("cluster", name=listed, settings={"apiKeys": [listed], "password": "{{ 'q' ~ 7 }}"})
    results, _watch = play(runner, [*mistakes(), good], connection, vars_files=["given.yml"])
    told = [result["msg"] for result in results if "msg" in result]
    assert len(told) == len(mistakes()), runner.printed
    assert leaks(runner) == {}
    # What is refused before Ansible looks at the options shows none of them.
    given = [result["invocation"]["module_args"] for result in results if "invocation" in result]
    assert given
    assert not re.search('"q7"|jane:q7', json.dumps(given))


def variables(folder):
    return {"settings_of": {"NEW": tasks(folder)["cluster"]["settings"]}}


@pytest.mark.each_value(outcome=["done", "refused"])
@pytest.mark.parametrize("outcome", ["done", "refused", "checked"])
@pytest.mark.parametrize("connection", ["local", "elsewhere"])
def test_S01_S02_S03_S07_S08_S09_S10_a_whole_run_shows_and_leaves_nothing(server, runner, connection, outcome):
    if outcome == "refused":
        for name, path in WRITTEN.items():
            words = "; ".join(SECRETS[key] for key in (*KNOWN[name], "login password"))
            server.fail("POST", path, how="status", status=400, body=f"{words} refused".encode(), times=9)
    runner.own_process = True
    options = ["-vvvv", "--diff", *(["--check"] if outcome == "checked" else [])]
    chosen = tasks(runner.folder) if outcome == "done" else [*WRITTEN, "server"]
    results, watch = play(runner, everything(runner.folder, chosen), connection, options, vars=variables(runner.folder))
    ours = [result for result in results if "changed" in result and "result" not in result]
    assert len(ours) >= len(chosen)
    assert all("module_args" in result["invocation"] for result in ours if "results" not in result)
    wanted = outcome == "refused"
    assert any(result.get("error") for result in ours) == wanted, runner.printed
    assert leaks(runner) == {}
    assert "Traceback" not in runner.printed
    assert watch.arguments == []
    assert {name: mode for name, mode in watch.files.items() if mode or not name.startswith(NEEDED)} == {}
    assert bool(watch.files)
    assert private(runner) == []


@pytest.mark.each_value(connection=["local"])
@pytest.mark.parametrize("connection", ["local", "elsewhere"])
def test_S14_the_credentials_of_a_proxy_in_a_real_run(server, runner, connection):
    """A proxy that refuses them and quotes them, and a server, reached without it, that has heard of them, too."""
    runner.own_process = True
    password = "canary@proxy:pass/word"
    secrets = {"proxy": password, "as it is given": quote(password, safe=""), "login": GIVEN["login password"]}
    basic = base64.b64encode(f"jane:{password}".encode()).decode()
    words = f"{password} is not that of jane; {quote(password, safe='')}; Basic {basic}".encode()
    server.fail("GET", "/api/Cluster", how="status", status=400, body=words)
    with RawServer(answering(http(407, words, "Proxy-Authenticate: Basic"))) as proxy:
        address = f"http://jane:{quote(password, safe='')}@127.0.0.1:{proxy.port}"
        far = module("server_info", url="https://astera.invalid:9261", retries=0)
        sent = [{**task, "ignore_errors": True} for task in (far, module("cluster", name="NEW"))]
        results, watch = play(runner, sent, connection, settings={"https_proxy": address, "http_proxy": address})
        assert proxy.connections
    assert [result["error"]["code"] for result in results] == ["unreachable", "rejected"], runner.printed
    assert runner.search(shown(runner).values(), secrets) == []
    assert watch.arguments == []
    assert private(runner) == []


@pytest.mark.each_value(connection=["elsewhere"])
@pytest.mark.parametrize("connection", ["local", "elsewhere"])
def test_S03_S08_a_token_that_the_server_quotes_is_not_shown(server, runner, connection):
    def arm():
        server.fail("GET", "/api/Cluster", how="status", status=400, body=f"{_header(server)} refused".encode())

    server.fail("GET", "/api/Cluster", how="call", action=arm)
    cluster = {**module("cluster", name="NEW"), "ignore_errors": True}
    # One read tells the token, and the next is answered with it.
    results, _watch = play(runner, [cluster, cluster])
    assert leaks(runner) == {}
    assert any(result.get("error") for result in results)


def _header(server):
    return next(value for entry in reversed(server.requests) if (value := entry.headers.get("authorization")))


# Job events: what AWX keeps


@pytest.mark.each_value(arguments=[True])
@pytest.mark.parametrize("arguments", [False, True])
def test_S11_what_runner_keeps_of_a_job(server, runner, arguments):
    """With DISPLAY_ARGS_TO_STDOUT runner keeps all arguments, unless the task has no_log: so tasks have it."""
    data = runner.folder / "data"
    (data / "project").mkdir(parents=True)
    (data / "env").mkdir()
    found = everything(runner.folder)
    for task in found:
        task["no_log"] = arguments
    login = {key: getattr(server, key) for key in ("url", "username", "password", "ca_path")}
    defaults = {"group/astera.data_stack.astera": login}
    play_of_all = {"hosts": "localhost", "gather_facts": False, "module_defaults": defaults, "tasks": found}
    (data / "project" / "play.yml").write_text(yaml.safe_dump([{**play_of_all, "vars": variables(runner.folder)}]))
    path = f"{PLAYBOOK.parent}:{os.environ['PATH']}"
    settings = isolated_home.environment(runner.folder, PATH=path, ANSIBLE_DISPLAY_ARGS_TO_STDOUT=str(arguments))
    command = [sys.executable, "-m", "ansible_runner", "run", data, "-p", "play.yml", "--ident", "job", "-vvvv"]
    process = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=600, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    events = list((data / "artifacts" / "job" / "job_events").glob("*.json"))
    assert len(events) > len(found)
    texts = [_text(path) for path in (data / "artifacts").rglob("*")]
    secrets = {**SECRETS, **fetched(server)}
    assert runner.search([process.stdout, process.stderr, *texts], secrets) == []


# What Ansible itself shows: guide_secrets.rst


def test_S05_misspelled_option_is_shown_only_by_ansible_itself(runner):
    secret = SECRETS["secret in settings"]
    task = {**module("cluster", setings={"smtpPassword": secret}), "ignore_errors": True}
    results = runner.play([task], options=["-vvvv"])
    assert "Unsupported parameters" in results[0]["msg"]
    assert secret not in json.dumps(results)
    assert secret not in runner.printed


@pytest.mark.shows("guide secrets")
def test_S06_a_loop_shows_its_items_and_nothing_else_does(runner):
    """The leak of the guide: Ansible prints the item that it was given. A label hides it without -v, a loop over names always."""
    secret = "canary-in-an-item"
    items = [{"settings": {"smtpPassword": secret}}]
    task = {"astera.data_stack.astera_cluster": "{{ item }}", "loop": items}
    results, _watch = _plain(runner, [task])
    if MASKS:
        assert secret not in json.dumps(results) + runner.printed
        return
    for key in ("item", "_ansible_item_label"):
        assert secret in json.dumps(results[0].pop(key))
    assert secret not in json.dumps(results[0])
    assert secret in runner.printed
    _plain(runner, [{**task, "loop_control": {"label": "settings"}}])
    assert secret not in runner.printed
    _plain(runner, [{**task, "loop_control": {"label": "settings"}}], ["-v"])
    assert secret in runner.printed
    by_name = {**module("cluster", settings="{{ settings_of[item] }}"), "loop": ["mail"]}
    _plain(runner, [by_name], ["-vvvv"], vars={"settings_of": {"mail": items[0]["settings"]}})
    assert secret not in runner.printed


def test_S10_files_that_ansible_keeps_on_request_hold_the_arguments(runner):
    settings = {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TEMP": str(runner.folder / "remote")}
    runner.play([module("server_info")], "elsewhere", settings=settings)
    kept = [path for path in (runner.folder / "remote").rglob("*") if "Canary-login" in _text(path)]
    assert [path.name[:10] for path in kept] == ["AnsiballZ_"]
    assert {path.parent.stat().st_mode & 0o077 for path in kept} == {0}


def _plain(runner, tasks_to_run, options=(), **changes):
    return play(runner, tasks_to_run, options=options, **changes)
