# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook ``audit`` through the real ``ansible-playbook``, over a fleet in which nearly everything is wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import yaml
from ansible_collections.astera.data_stack.tests import documents, isolated_home
from ansible_collections.astera.data_stack.tests.emulator import Emulator

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "roles/audit/files/audit.schema.json").read_text(encoding="utf-8"))
CANARIES = {**documents.CANARIES, "login password": 'canary login "pass\\word'}
HOSTILE = "<script>alert('x')</script> {{ 7 * 7 }}"
DAILY = {
    "typeName": "Astera.Core.DailySchedule",
    "dailyScheduleBase": {
        "typeName": "Astera.Core.DailyScheduleEveryDay",
        "startTime": "2026-11-01T04:30:00+01:00",
    },
}
FILES = ["audit.html", "audit.json", "audit.md", "audit.xml"]


class Fleet:
    """An inventory over two servers, in a folder of its own."""

    def __init__(self, folder, good, other):
        self.folder = folder
        self.good, self.other = good, other
        self.variables = documents.document(folder)
        del self.variables["astera_license"]["receipt_path"]
        self.variables["astera_license_receipt_dir"] = str(folder / "receipts")
        self.printed = ""

    def host(self, server, **keys):
        login = {"url": server.url, "username": server.username, "password": server.password, "ca_path": server.ca_path}
        connection = {"ansible_connection": "winrm", "ansible_host": "unreachable.invalid"}
        return {**connection, **{f"astera_{key}": value for key, value in login.items()}, **self.variables, **keys}

    def hosts(self):
        """In line, drifted, down, refused, without variables, with nothing declared, with a mistake."""
        nothing = dict.fromkeys(self.variables)
        return {
            "inline": self.host(self.good),
            "drifted": self.host(self.other),
            "down": self.host(self.good, astera_url="https://127.0.0.1:1", astera_retries=0),
            "refused": self.host(self.good, astera_password="canary/wrong"),
            "bare": {},
            "undeclared": self.host(self.good, **nothing),
            "mistaken": self.host(self.good, astera_server_config=self.mistaken()),
        }

    def mistaken(self):
        """Beside a secret: there are Ansibles that quote the whole of it."""
        config = self.variables["astera_server_config"]
        return {**config, "repository": {**config["repository"], "server": "{{ nobody_said }}"}}

    def play(self, playbook, *options, hosts=None, expect=0, **settings):
        (self.folder / "inventory.yml").write_text(yaml.safe_dump({"astera": {"hosts": hosts or self.hosts()}}))
        words = ("-i", "inventory.yml", f"astera.data_stack.{playbook}", *options)
        settings = {"USER": "jane", "ANSIBLE_SHOW_CUSTOM_STATS": "true", **settings}
        stdout, stderr = isolated_home.run(self.folder, "ansible-playbook", *words, expect=expect, **settings)
        self.printed += stdout + stderr
        return stdout

    def audit(self, *options, **more):
        """→ what was printed, and the report."""
        printed = self.play("audit", *options, **more)
        return printed, json.loads((self.folder / "astera-audit/audit.json").read_text(encoding="utf-8"))

    def written(self):
        return "".join(path.read_text(encoding="utf-8") for path in (self.folder / "astera-audit").iterdir())


@pytest.fixture
def fleet(tmp_path):
    password = CANARIES["login password"]
    with Emulator(password=password) as good, Emulator(password=password) as other:
        made = Fleet(tmp_path, good, other)
        made.play("bootstrap", hosts={"inline": made.host(good), "drifted": made.host(other)})
        yield made


def states(report):
    return {server["name"]: server["state"] for server in report["servers"]}


@pytest.mark.shows("role audit", "playbook audit", "guide audit", "module audit_report")
def test_audit_reports_every_kind_of_problem_in_a_fleet(fleet):
    fleet.other.edit("schedule", "Sales daily", isActive=False)
    fleet.other.edit("deployment", "Sales", comment=HOSTILE)
    fleet.other.seed("schedule", name=HOSTILE, isActive=True, schedule=DAILY)
    for server in (fleet.good, fleet.other):
        server.edit("cluster", pauseAllServers=False)
        server.clear_requests()

    printed, report = fleet.audit("--check", "-e", "astera_audit_serial=2", "-vvv")
    jsonschema.Draft202012Validator(SCHEMA).validate(report)
    assert states(report) == {
        "bare": "not_checked",
        "down": "failed",
        "drifted": "drifted",
        "inline": "in_sync",
        "mistaken": "failed",
        "refused": "failed",
        "undeclared": "not_checked",
    }
    errors = {server["name"]: (server["error"] or {}).get("code") for server in report["servers"]}
    assert (errors["down"], errors["refused"]) == ("unreachable", "authentication")
    assert "nobody_said" in next(server for server in report["servers"] if server["name"] == "mistaken")["error"]["msg"]
    assert report["generated"]["author"] == "jane"

    drifted = next(server for server in report["servers"] if server["name"] == "drifted")
    fields = [
        (item["name"], change["path"], change["before"], change["after"])
        for part in drifted["parts"]
        for item in part["objects"]
        for change in item["fields"]
    ]
    assert fields == [
        ("Sales", "comment", HOSTILE, "Nightly load"),
        ("Sales daily", "is_active", False, True),
    ]
    assert drifted["parts"][4]["unmanaged"] == [HOSTILE]
    assert len(next(one for one in drifted["schedules"] if one["name"] == HOSTILE)["runs"]) == 7
    assert drifted["parts"][1]["state"] == "in_sync"

    # Read only, and no account was locked by a second login.
    assert fleet.good.writes == fleet.other.writes == []
    assert [entry.status for entry in fleet.good.requests if entry.path.endswith("login")].count(401) == 1
    # Secrets are in no file, and no word of a server is markup.
    assert documents.leaks(fleet.written() + fleet.printed, {**CANARIES, "wrong": "canary/wrong"}) == []
    page = (fleet.folder / "astera-audit/audit.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert page.count("<script") == 2
    suites = ET.parse(fleet.folder / "astera-audit/audit.xml").getroot()
    assert {suite.get("name"): int(suite.get("failures")) for suite in suites}["drifted"] == 2
    # For their owner alone.
    folder = fleet.folder / "astera-audit"
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    # For the jobs after it.
    stats = json.loads(re.search(r"RUN: (\{.*\})", printed)[1])
    assert {
        key: stats[f"astera_audit_{key}"] for key in ("servers", "in_sync", "drifted", "failed", "not_checked")
    } == {
        "servers": 7,
        "in_sync": 1,
        "drifted": 1,
        "failed": 3,
        "not_checked": 2,
    }


@pytest.mark.full
def test_audit_fails_on_drift_after_it_writes_the_report(fleet):
    told = ("-e", '{"astera_audit_fail_on_drift": true}')
    inline, both = ({name: fleet.hosts()[name] for name in names} for names in (["inline"], ["inline", "drifted"]))
    _printed, before = fleet.audit(*told, hosts=inline)
    printed, again = fleet.audit(*told, hosts=inline, ANSIBLE_DISPLAY_ARGS_TO_STDOUT="true")
    assert "changed=0" in printed
    for report in (before, again):
        del report["generated"]["at"]
    assert before == again

    fleet.other.edit("schedule", "Sales daily", isActive=False)
    _printed, report = fleet.audit(hosts=both)
    assert states(report) == {"inline": "in_sync", "drifted": "drifted"}
    printed, report = fleet.audit(*told, hosts=both, expect=2)
    assert "2 servers: 1 in sync and 1 drifted." in printed
    _printed, report = fleet.audit("--limit", "inline", *told, hosts=both)
    assert states(report) == {"inline": "in_sync"}
    _printed, report = fleet.audit(*told, hosts={"down": fleet.hosts()["down"]}, expect=2)
    assert states(report) == {"down": "failed"}
    assert documents.leaks(fleet.written() + fleet.printed, CANARIES) == []


@pytest.mark.full
def test_audit_records_an_unreachable_delegate(fleet):
    hosts = {"inline": fleet.hosts()["inline"], "far": fleet.host(fleet.good, astera_delegate_to="jump")}
    hosts["jump"] = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
    _printed, report = fleet.audit("--limit", "!jump", hosts=hosts)
    assert states(report) == {"inline": "in_sync", "far": "failed"}
    assert next(one for one in report["servers"] if one["name"] == "far")["error"]["code"] == "unreachable"


@pytest.mark.full
def test_audit_snapshots_predict_a_run(fleet):
    fleet.other.edit("schedule", "Sales daily", isActive=False)
    drifted = {"drifted": fleet.hosts()["drifted"]}
    fleet.audit(hosts=drifted)
    live = fleet.play("bootstrap", "--check", "--diff", hosts=drifted)
    fleet.other.clear_requests()
    seen = f"snapshot:{fleet.folder / 'astera-audit/audit.json'}#drifted"
    saved = fleet.play("bootstrap", "--check", "--diff", "-e", f"astera_url={seen}", hosts=drifted)
    assert fleet.other.requests == []
    tasks = [printed[printed.index("TASK [") : printed.index("PLAY RECAP")] for printed in (live, saved)]
    assert '-    "is_active": false,\n+    "is_active": true,\n' in tasks[0]
    assert tasks[0] == tasks[1]


@pytest.mark.parametrize(
    "inventory",
    [
        {"all": {"hosts": {"other": {}}}},
        pytest.param({"all": {"hosts": {"other": {}}}, "astera": {"hosts": {}}}, marks=pytest.mark.full),
        pytest.param({"astera": {"hosts": {}}}, marks=pytest.mark.full),
    ],
    ids=["no group", "an empty group", "no host at all"],
)
def test_audit_of_no_host_is_an_error_D3(tmp_path, inventory):
    """Ansible skips a play without hosts, and ends with 0."""
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump(inventory))
    stdout, _stderr = isolated_home.run(
        tmp_path, "ansible-playbook", "-i", "inventory.yml", "astera.data_stack.audit", expect=2
    )
    assert "No host matches the pattern astera" in stdout


def test_audit_that_matches_no_host_is_an_error_D3(tmp_path):
    """Nor is one that checks no server a success, where drift is a failure."""
    (tmp_path / "inventory.yml").write_text(
        yaml.safe_dump({"astera": {"hosts": {"a": {}}}, "more": {"hosts": {"b": {}}}})
    )
    words = ("-i", "inventory.yml", "astera.data_stack.audit")
    stdout, _stderr = isolated_home.run(tmp_path, "ansible-playbook", *words, "--limit", "b", expect=2)
    assert "No host matches the pattern astera" in stdout
    stdout, _stderr = isolated_home.run(tmp_path, "ansible-playbook", *words, "--limit", "a,b")
    assert "1 server, not checked. No server was checked." in stdout
    stdout, _stderr = isolated_home.run(
        tmp_path, "ansible-playbook", *words, "-e", '{"astera_audit_fail_on_drift": true}', expect=2
    )
    assert "No server was checked." in stdout


def test_audit_report_is_written_in_check_mode_F7(tmp_path):
    """By itself, without the role, which tells its task not to be in check mode."""
    task = {"astera.data_stack.audit_report": {"dest": "report", "servers": ["localhost"]}, "register": "told"}
    show = {"ansible.builtin.debug": {"var": "told.checked"}}
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [task, show]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    stdout, _stderr = isolated_home.run(tmp_path, "ansible-playbook", "play.yml", "--check")
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == FILES
    assert '"told.checked": "0"' in stdout.replace(": 0", ': "0"')
    assert "changed=0" in stdout
