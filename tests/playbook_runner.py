# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Plays of a few tasks through the real ``ansible-playbook``, with every result to look at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import yaml
from ansible_collections.astera.data_stack.tests import fork_server, isolated_home

ROOT = Path(__file__).resolve().parents[1]
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
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


class PlaybookRunner:
    """A folder with a play of given tasks, on a given connection."""

    # Whether the test looks at the process itself: at its arguments, or at what it imports.
    own_process = False

    def __init__(self, folder, server, interpreter=sys.executable):
        """interpreter: the Python of the target."""
        self.folder = folder
        self.server = server
        self.interpreter = interpreter
        for kind, text in (("connection", TARGET), ("callback", PROBE)):
            (folder / f"{kind}_plugins").mkdir()
            name = {"connection": "elsewhere", "callback": "probe"}[kind]
            (folder / f"{kind}_plugins" / f"{name}.py").write_text(text.replace("\\\\n", "\\n"))

    def play(self, tasks, connection="local", options=(), expect=(0, 2), **changes):
        """→ the results of all tasks and items, in order."""
        if self.own_process:
            process = self.start(tasks, connection, options, **changes)
            self.printed, _nothing = process.communicate(timeout=600)
            status = process.returncode
        else:
            done = fork_server.run(**self._prepare(tasks, connection, options, **changes))
            self.printed, status = done.stdout + done.stderr, done.returncode
        results = self.folder / "results.json"
        lines = results.read_text().splitlines() if results.exists() else []
        expected = expect if isinstance(expect, (tuple, list, type(None))) else (expect,)
        assert expected is None or status in expected, self.printed
        assert lines or expected is None, self.printed
        return [json.loads(line) for line in lines]

    def start(self, tasks, connection="local", options=(), **changes):
        """The play as a process of its own group."""
        output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        prepared = self._prepare(tasks, connection, options, **changes)
        return subprocess.Popen(prepared.pop("command"), **prepared, **output, start_new_session=True)

    def _prepare(self, tasks, connection, options, inventory=None, settings=None, **keywords):
        """Write the play, and return its command, directory and environment. settings: more of its environment."""
        self.server.clear_requests()
        (self.folder / "results.json").unlink(missing_ok=True)
        login = {"url": self.server.url, "username": self.server.username, "password": self.server.password}
        defaults = {"group/astera.data_stack.astera": {**login, "ca_path": self.server.ca_path}}
        play = {"hosts": "all", "gather_facts": False, "module_defaults": defaults, "tasks": tasks, **keywords}
        host = {"ansible_connection": connection, "ansible_python_interpreter": str(self.interpreter)}
        (self.folder / "inventory.yml").write_text(yaml.safe_dump(inventory or {"all": {"hosts": {"one": host}}}))
        (self.folder / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False))
        settings = {
            "ANSIBLE_CONNECTION_PLUGINS": str(self.folder / "connection_plugins"),
            "ANSIBLE_CALLBACK_PLUGINS": str(self.folder / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "probe",
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "local"),
            "ANSIBLE_ASYNC_DIR": str(self.folder / "async"),
            "PROBE_FILE": str(self.folder / "results.json"),
            **(settings or {}),
        }
        return {
            "command": [PLAYBOOK, "-i", "inventory.yml", "play.yml", *options],
            "cwd": self.folder,
            "env": isolated_home.environment(self.folder, **settings),
        }


def module(kind, /, **options):
    return {f"astera.data_stack.astera_{kind}": options}
