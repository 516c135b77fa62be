# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rulebooks of the collection and of its guides with the real ``ansible-rulebook``, over emulated servers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.astera.data_stack.tests import doc_snippets, documents, isolated_home, modules
from ansible_collections.astera.data_stack.tests.emulator import Emulator

ROOT = Path(__file__).resolve().parents[2]
RULEBOOK = os.environ.get("ANSIBLE_RULEBOOK")
CANARIES = {**documents.CANARIES, "login password": 'canary login "pass\\word'}
FLOWS = ["C:\\Flows\\CloseDay.Wf", "C:\\Flows\\Load.Df"]
DEADLINE = 120

pytestmark = pytest.mark.skipif(not RULEBOOK, reason="make checks CHECKS=eda installs ansible-rulebook and runs these")


class Room:
    """A folder in which rulebooks and playbooks are run, over an inventory of the given hosts."""

    def __init__(self, folder):
        self.folder = folder
        self.report = folder / "astera-audit/audit.json"
        self.printed = folder / "printed"

    def write(self, name, content):
        (self.folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")

    def environ(self, **more):
        java = {name: os.environ[name] for name in ("JAVA_HOME",) if name in os.environ}
        path = f"{Path(RULEBOOK).parent}:{os.environ['PATH']}"
        return isolated_home.environment(self.folder, PATH=path, TMPDIR=str(self.folder), **java, **more)

    def play(self, playbook):
        command = [Path(RULEBOOK).with_name("ansible-playbook"), "-i", "inventory.yml", f"astera.data_stack.{playbook}"]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environ(), capture_output=True, text=True, check=False, timeout=DEADLINE
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self, rulebook, *options, inventory="inventory.yml", **environ):
        with self.printed.open("w") as printed:
            command = [RULEBOOK, "--rulebook", rulebook, "-i", inventory, "-vv", *options]
            return subprocess.Popen(
                command, cwd=self.folder, env=self.environ(**environ), stdout=printed, stderr=subprocess.STDOUT
            )

    def said(self):
        return self.printed.read_text(encoding="utf-8")

    def wait(self, process, condition, what):
        until = time.monotonic() + DEADLINE
        while not condition():
            assert process.poll() is None, self.said()
            assert time.monotonic() < until, f"{what}\n{self.said()}"
            time.sleep(0.1)

    def stop(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=DEADLINE)
        finally:
            process.kill()


@pytest.fixture
def room(tmp_path):
    made = Room(tmp_path)
    made.write("inventory.yml", {"all": {"hosts": {"localhost": {"ansible_connection": "local"}}}})
    return made


class Fleet(Room):
    """Two servers as they are declared, and one that is down."""

    def __init__(self, folder, good, other):
        super().__init__(folder)
        self.servers = {"good.example.com": good, "other.example.com": other}
        variables = documents.document(folder)
        del variables["astera_license"]["receipt_path"]
        variables["astera_license_receipt_dir"] = str(folder / "receipts")
        hosts = {name: {**self.login(server), **variables} for name, server in self.servers.items()}
        self.write("inventory.yml", {"astera": {"hosts": hosts}})
        self.play("bootstrap")
        down = {**self.login(good), **variables, "astera_url": "https://127.0.0.1:1", "astera_retries": 0}
        self.write("inventory.yml", {"astera": {"hosts": {**hosts, "down.example.com": down}}})
        for server in self.servers.values():
            server.clear_requests()

    def encrypt_password(self):
        """Into a folder that is an inventory, as people have it."""
        group = self.folder / "inventory/group_vars/astera"
        group.mkdir(parents=True)
        content = yaml.safe_load((self.folder / "inventory.yml").read_text())
        for host in content["astera"]["hosts"].values():
            del host["astera_password"]
        self.write("inventory/hosts.yml", content)
        secret = yaml.safe_dump({"astera_password": CANARIES["login password"]})
        (group / "vault.yml").write_bytes(VaultLib().encrypt(secret, VaultSecret(b"made up")))
        (self.folder / "key").write_text("made up")

    @staticmethod
    def login(server):
        return {f"astera_{option}": value for option, value in modules.connection(server).items()}


@pytest.fixture
def fleet(tmp_path):
    password = CANARIES["login password"]
    with Emulator(password=password) as good, Emulator(password=password) as other:
        yield Fleet(tmp_path, good, other)


def test_drift_rulebook_runs_its_actions(fleet):
    """It is started before there is a report, hears of what is wrong, checks what failed again, and hears when it is over."""
    other = fleet.servers["other.example.com"]
    other.edit("deployment", "Sales", comment="changed by another client")
    process = fleet.start("astera.data_stack.drift")
    try:
        fleet.wait(
            process, lambda: "Waiting for the report of the audit" in fleet.said(), "no word on the missing report"
        )
        fleet.play("audit")
        again = fleet.report.parent / "again/audit.json"
        fleet.wait(process, again.exists, "no second look")
        fleet.wait(process, lambda: "other.example.com: 1 fields differ, in deployments" in fleet.said(), "no drift")
        (looked_at,) = json.loads(again.read_text())["servers"]
        assert (looked_at["name"], looked_at["state"]) == ("down.example.com", "failed")
        other.edit("deployment", "Sales", comment="Nightly load")
        fleet.play("audit")
        fleet.wait(process, lambda: "other.example.com is in sync again" in fleet.said(), "not in sync again")
    finally:
        fleet.stop(process)
    lines = fleet.said().splitlines()
    # At -vv, what a rule would say is printed, too, before it says anything.
    assert [line for line in lines if line.endswith("fields differ, in deployments")] == [
        "other.example.com: 1 fields differ, in deployments"
    ]
    assert not any(line.startswith("good.example.com") for line in lines)
    assert documents.leaks(fleet.said(), CANARIES) == []
    assert [entry.path for server in fleet.servers.values() for entry in server.writes] == []


def test_guide_rulebook_repairs_the_drifted_server_only(fleet):
    """And that server alone."""
    fleet.encrypt_password()
    (block,) = [block for block in rulebooks() if "guide_audit" in block.where and "bootstrap" in block.text]
    (fleet.folder / "rulebook.yml").write_text(block.text, encoding="utf-8")
    for server in fleet.servers.values():
        server.edit("cluster", purgeJobInfoAfter=7)
    fleet.play("audit")
    report = json.loads(fleet.report.read_text())
    report["servers"] = [server for server in report["servers"] if server["name"] != "good.example.com"]
    fleet.report.write_text(json.dumps(report))
    other = fleet.servers["other.example.com"]
    process = fleet.start("rulebook.yml", inventory="inventory", ANSIBLE_VAULT_PASSWORD_FILE=str(fleet.folder / "key"))
    try:
        fleet.wait(process, lambda: other.state["cluster"]["purgeJobInfoAfter"] == 30, "not put right")
        fleet.wait(process, lambda: "PLAY RECAP" in fleet.said(), "no end of the play")
    finally:
        fleet.stop(process)
    assert [entry.path for entry in other.writes] == ["/api/Cluster"]
    assert fleet.servers["good.example.com"].writes == []
    assert documents.leaks(fleet.said(), CANARIES) == []


def test_rulebook_runs_nothing_that_a_server_wrote_E8(fleet):
    """A server's error, and the name that a server gives to a schedule that is declared by its id, are no templates in a playbook."""
    good, other = fleet.servers["good.example.com"], fleet.servers["other.example.com"]
    ran = fleet.folder / "ran"
    attack = f'{{{{ lookup("pipe", "touch {ran}") }}}}'
    other.fail("GET", "/api/Cluster", how="status", status=400, body=json.dumps(attack).encode(), times=9)
    (schedule,) = (one for one in good.state["schedules"] if one["name"] == "Sales daily")
    good.handlers.edit("schedule", "Sales daily", {"name": attack})
    content = yaml.safe_load((fleet.folder / "inventory.yml").read_text())
    hosts = content["astera"]["hosts"]
    del hosts["down.example.com"]
    hosts["good.example.com"]["astera_schedules"] = [{"id": schedule["id"], "name": "Sales daily"}]
    fleet.write("inventory.yml", content)
    show = {"ansible.builtin.debug": {"msg": ["{{ ansible_eda }}", "{{ ansible_eda.event.drift | to_json }}"]}}
    # The folder of the playbook is copied into the temporary folder, which must not be below it.
    (fleet.folder / "plays").mkdir()
    fleet.write("plays/look.yml", [{"hosts": "all", "gather_facts": False, "tasks": [show]}])
    action = {"run_playbook": {"name": "plays/look.yml", "extra_vars": {"seen": "{{ event.drift }}"}}}
    rules = [{"name": "Any", "condition": "event.drift is defined", "action": action}]
    source = {"astera.data_stack.drift": {"path": str(fleet.report)}}
    fleet.write("rulebook.yml", [{"name": "R", "hosts": "all", "sources": [source], "rules": rules}])
    fleet.play("audit")
    report = json.loads(fleet.report.read_text())
    assert [str(server["error"]).count("touch") > 0 for server in report["servers"]] == [True, True]
    process = fleet.start("rulebook.yml")
    try:
        fleet.wait(process, lambda: fleet.said().count("PLAY RECAP") >= 2, "no two plays")
    finally:
        fleet.stop(process)
    assert '"code": "rejected"' in fleet.said().replace("\\", "")
    assert not ran.exists()


@pytest.mark.parametrize("secret_in", ["environment", "rulebook"])
def test_jobs_rulebook_ends_with_the_last_job(room, secret_in):
    with Emulator(password=CANARIES["login password"]) as server:
        ids = start_jobs(server)
        server.set_job_result(FLOWS[1], "Errored")
        login = modules.connection(server)
        room.write("vars.yml", {"astera_job_ids": ids, **login})
        rulebook, environ = "astera.data_stack.jobs", {f"ASTERA_{key.upper()}": value for key, value in login.items()}
        if secret_in == "rulebook":
            content = yaml.safe_load((ROOT / "extensions/eda/rulebooks/jobs.yml").read_text())
            content[0]["sources"][0]["astera.data_stack.jobs"].update({key: f"{{{{ {key} }}}}" for key in login})
            room.write("rulebook.yml", content)
            rulebook, environ = "rulebook.yml", {}
        process = room.start(rulebook, "-e", "vars.yml", **environ)
        try:
            assert process.wait(timeout=DEADLINE) == 0, room.said()
        finally:
            room.stop(process)
        printed = room.said()
        assert "Job 1 is Completed" in printed
        assert "Job 2 ended with Errored" in printed
        tokens = {entry.headers["authorization"][7:] for entry in server.requests if "authorization" in entry.headers}
        secrets = {**CANARIES, **{f"token {number}": token for number, token in enumerate(tokens)}}
        assert documents.leaks(printed, secrets) == []


def test_source_that_cannot_continue_fails_with_the_reason(room):
    with Emulator() as server:
        room.write("vars.yml", {"astera_job_ids": ["1"]})
        login = {**modules.connection(server), "password": CANARIES["login password"]}
        environ = {f"ASTERA_{key.upper()}": value for key, value in login.items()}
        process = room.start("astera.data_stack.jobs", "-e", "vars.yml", **environ)
        try:
            assert process.wait(timeout=DEADLINE) != 0, room.said()
        finally:
            room.stop(process)
        assert "refused the login" in room.said()
        assert documents.leaks(room.said(), CANARIES) == []


def start_jobs(server):
    results = [
        modules.run("astera_job", {**modules.connection(server), "file_path": flow, "wait": False}) for flow in FLOWS
    ]
    return [result["job"]["id"] for result in results]


def rulebooks():
    return [block for block in doc_snippets.blocks() if block.kind == "rulebooks"]


def test_documented_rulebooks_are_valid(tmp_path):
    check = "import sys, yaml; from ansible_rulebook.validators import Validate; [Validate.rulebook(yaml.safe_load(open(one))) for one in sys.argv[1:]]"
    written = [*(ROOT / "extensions/eda/rulebooks").glob("*.yml")]
    for number, block in enumerate(rulebooks()):
        written.append(tmp_path / f"{number}.yml")
        written[-1].write_text(block.text, encoding="utf-8")
    assert len(written) >= 6
    command = [Path(RULEBOOK).with_name("python"), "-c", check, *written]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
