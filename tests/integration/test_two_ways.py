# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task gives the same result in Ansible's own process as it does as a module on its target."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.astera.data_stack.tests import documents
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
DAILY = {"start_time": "2026-12-01T04:30:00+01:00"}
# A connection that is not "local" by name, and so runs the module as on any other host.
TARGET = '''
from ansible.plugins.connection.local import Connection as Local
DOCUMENTATION = """
name: elsewhere
short_description: this machine, as if it were another
description: For tests.
author: the tests
extends_documentation_fragment: connection_pipelining
"""
class Connection(Local):
    transport = "elsewhere"
'''
PROBE = """
from ansible.plugins.callback import CallbackBase
import json, os
class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, "aggregate", "probe"
    def _keep(self, result, *_args, **_more):
        with open(os.environ["PROBE_FILE"], "a") as file:
            print(json.dumps(result._result, default=str), file=file)
    v2_runner_on_ok = v2_runner_on_failed = v2_runner_on_unreachable = _keep
    v2_runner_item_on_ok = v2_runner_item_on_failed = _keep
"""


class Field:
    """A folder with a play of given tasks, on a given connection."""

    def __init__(self, folder, server):
        self.folder = folder
        self.server = server
        for kind, text in (("connection", TARGET), ("callback", PROBE)):
            (folder / f"{kind}_plugins").mkdir()
            name = {"connection": "elsewhere", "callback": "probe"}[kind]
            (folder / f"{kind}_plugins" / f"{name}.py").write_text(text.replace("\\\\n", "\\n"))

    def play(self, tasks, connection="local", options=(), environment=None, **keywords):
        self.server.clear_requests()
        (self.folder / "results.json").unlink(missing_ok=True)
        login = {"url": self.server.url, "username": self.server.username, "password": self.server.password}
        defaults = {"group/astera.data_stack.astera": {**login, "ca_path": self.server.ca_path}}
        play = {"hosts": "all", "gather_facts": False, "module_defaults": defaults, "tasks": tasks, **keywords}
        variables = {"ansible_connection": connection, "ansible_python_interpreter": sys.executable}
        (self.folder / "inventory.yml").write_text(yaml.safe_dump({"all": {"hosts": {"one": variables}}}))
        (self.folder / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False))
        settings = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv"),
            "ANSIBLE_CONNECTION_PLUGINS": str(self.folder / "connection_plugins"),
            "ANSIBLE_CALLBACK_PLUGINS": str(self.folder / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "probe",
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "local"),
            "PROBE_FILE": str(self.folder / "results.json"),
            "LC_ALL": "C.UTF-8",
            **(environment or {}),
        }
        command = [PLAYBOOK, "-i", "inventory.yml", "play.yml", *options]
        done = subprocess.run(
            command, cwd=self.folder, env=settings, capture_output=True, text=True, check=False, timeout=120
        )
        self.printed = done.stdout + done.stderr
        lines = (self.folder / "results.json").read_text().splitlines() if done.returncode in (0, 2) else []
        assert lines, self.printed
        return [json.loads(line) for line in lines]


@pytest.fixture
def field(tmp_path):
    with Emulator() as server:
        yield Field(tmp_path, server)


def module(kind, /, **options):
    return {f"astera.data_stack.astera_{kind}": options}


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
        module("license", user="Jane"),
        module("server_info", url="http://example.com"),
        module("server_info", validate_certs=False, ca_path=None),
        module("cluster", settings={"mailSetup": {"password": "canary-in-a-dict"}}),
    ]
    return [{**task, "ignore_errors": True} for task in [*found, module("server_info"), *wrong]]


def comparable(result, server):
    """Without what differs from run to run, or is only there where a module ran."""
    text = json.dumps({key: value for key, value in result.items() if key not in ("ansible_facts", "exception")})
    content = json.loads(text.replace(server.url, "https://server").replace(str(server.ca_path), "ca.pem"))
    for kind in ("deployment", "schedule", "cluster", "server_config"):
        if isinstance(content.get(kind), dict):
            content[kind] = {key: value for key, value in content[kind].items() if not key.endswith("dt_tm")}
            content[kind].pop("port", None)
    return content


@pytest.mark.parametrize("options", [(), ("--check",)], ids=["run", "check"])
def test_both_ways_give_the_same_results(tmp_path, options):
    told = {}
    printed = ""
    for connection in ("local", "elsewhere"):
        folder = tmp_path / connection
        folder.mkdir()
        (tmp_path / "files").mkdir(exist_ok=True)
        with Emulator(Dialect(unknown_keys=True), password="canary-login") as server:
            field = Field(folder, server)
            results = field.play(every_module(tmp_path / "files"), connection, [*options, "--diff", "-vvv"])
            told[connection] = [comparable(result, server) for result in results]
            printed += field.printed + json.dumps(results)
    assert len(told["local"]) == len(told["elsewhere"]) == len(every_module(tmp_path / "files"))
    for here, there in zip(told["local"], told["elsewhere"], strict=True):
        assert here == there
    canaries = {**documents.CANARIES, "login": "canary-login", "dict": "canary-in-a-dict"}
    assert documents.leaks(printed, canaries) == []
