# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task gives the same result in Ansible's own process as it does as a module on its target."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from ansible_collections.astera.data_stack.tests import doc_snippets, documents
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator
from ansible_collections.astera.data_stack.tests.playbook_runner import PlaybookRunner, module

# The Python of a target, with the libraries of the modules.
TARGET = os.environ.get("TARGET_PYTHON")
DAILY = {"start_time": "2026-12-01T04:30:00+01:00"}

SECRET = {"action_name": "Variables", "parameter_name": "password", "value": "canary-in-a-parameter"}


def every_module(folder):
    variables = documents.document(folder)
    del variables["astera_license"]["receipt_path"]
    found = [module(name.removeprefix("astera_"), **options) for name, options in documents.tasks(variables)]
    wrong = [
        module("cluster", nmae="X"),
        module("cluster", purge_job_info_after="many"),
        module("schedule", name="A", deployment="Nowhere", daily=DAILY),
        module("schedule", name="A", deployment="B", deployment_id=4, daily=DAILY),
        module("deployment", name="A", archive=str(folder / "missing.car")),
        module("job", file_path="C:\\a.Df", run_path="/api/../a"),
        module("job", file_path="C:\\bad.Df", parameters=[SECRET], poll_interval=0.1),
        module("license", user="Jane"),
        module("server_info", url="http://example.com"),
        module("server_info", validate_certs=False, ca_path=None),
        module("cluster", settings={"mailSetup": {"password": "canary-in-a-dict"}}),
    ]
    reading = [
        module(f"{kind}_info", raw=raw)
        for kind in ("server", "server_config", "cluster", "deployment", "schedule")
        for raw in (False, True)
    ]
    reading += [module("compatibility_info", pause_between_reads=0)]
    reading += [module("schedule_info", name="sales daily"), module("deployment_info", id=2)]
    jobs = [module("job", file_path="C:\\a.Df", wait=False), module("job_info", id=1)]
    whole = [module("server", cluster={"name": "WHOLE"}, schedules=[{"name": "Sales daily", "is_active": False}])]
    mark = str(folder / "mark.json")
    window = [module("pause", state=state, state_path=mark, owner="jane") for state in ("paused", "restored")]
    return [{**task, "ignore_errors": True} for task in [*found, *reading, *jobs, *whole, *window, *wrong]]


def test_parity_tasks_cover_every_module(tmp_path):
    called = {key.removeprefix(doc_snippets.OURS) for task in every_module(tmp_path) for key in task}
    assert called >= {name for name in doc_snippets.documented_modules() if doc_snippets.resource_of(name)}


def comparable(result, server):
    """Without what differs from run to run, or is only there where a module ran."""
    text = json.dumps({key: value for key, value in result.items() if key not in ("ansible_facts", "exception")})
    text = text.replace(server.url, "https://server").replace(str(server.ca_path), "ca.pem")
    content = json.loads(text, object_hook=_settled)
    # Each way says which file it opened: the given one, or its copy on the target, which keeps the name.
    arguments = content.get("invocation", {}).get("module_args", {})
    for option in ("archive", "config"):
        if arguments.get(option):
            arguments[option] = Path(arguments[option]).name
    for kind in ("deployment", "schedule", "cluster", "server_config"):
        if isinstance(content.get(kind), dict):
            content[kind].pop("port", None)
    if "job" in content:
        content["job"].pop("elapsed", None)
    return content


def _settled(item):
    return {key: value for key, value in item.items() if not key.lower().endswith(("dt_tm", "dttm"))}


def one_of_each(tasks):
    """The first task of each module and state.

    One stands for those that read, which differ in what they read, and one for the settings, which send no file.
    tests/secrets/test_plays.py runs each module that writes on a target.
    """
    alike = dict.fromkeys(("server_config", "license", "cluster"), "settings")
    first = {}
    for task in tasks:
        (module_name,) = (key for key in task if key.startswith(doc_snippets.OURS))
        name = module_name.removeprefix(f"{doc_snippets.OURS}astera_")
        kind = "info" if name.endswith("_info") else alike.get(name, name)
        first.setdefault((kind, task[module_name].get("state")), task)
    return list(first.values())


def test_parity_holds_for_each_kind_of_module(tmp_path):
    check_both_ways(tmp_path, one_of_each, ())


@pytest.mark.full
@pytest.mark.parametrize("options", [(), ("--check",)], ids=["run", "check"])
def test_parity_holds_for_every_task(tmp_path, options):
    check_both_ways(tmp_path, list, options)


@pytest.mark.full
@pytest.mark.skipif(not TARGET, reason="make checks CHECKS=target installs the libraries for Python 3.9, and runs this")
def test_parity_holds_with_the_oldest_python(tmp_path):
    check_both_ways(tmp_path, list, (), interpreter=TARGET)


def check_both_ways(tmp_path, chosen, options, interpreter=sys.executable):
    """interpreter: the Python of the target, to which Ansible sends each module with what it imports."""
    told = {}
    printed = ""
    for connection in ("local", "elsewhere"):
        folder = tmp_path / connection
        folder.mkdir()
        (tmp_path / "files").mkdir(exist_ok=True)
        with Emulator(Dialect(unknown_keys=True), password="canary-login") as server:
            server.set_job_result("C:\\bad.Df", "Error")
            runner = PlaybookRunner(folder, server, interpreter)
            tasks = chosen(every_module(tmp_path / "files"))
            results = runner.play(tasks, connection, [*options, "--diff", "-vvv"])
            told[connection] = [comparable(result, server) for result in results]
            printed += runner.printed + json.dumps(results)
    assert len(told["local"]) == len(told["elsewhere"]) == len(tasks)
    for here, there in zip(told["local"], told["elsewhere"], strict=True):
        if "missing.car" in there.get("msg", ""):
            # Refused here, before anything is carried to a target: there is no module of whose arguments to speak.
            here.pop("invocation", None)
            there.pop("warnings", None)
        assert here == there
    canaries = {**documents.CANARIES, "login": "canary-login", "dict": "canary-in-a-dict", "parameter": SECRET["value"]}
    assert documents.leaks(printed, canaries) == []
