# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole plays: the role ``bootstrap`` through the real ``ansible-playbook``, over TLS, on servers of several kinds."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from ansible_collections.astera.data_stack.tests import dialects, documents, isolated_home
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator

RECAP = re.compile(r"^(.+?)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)\s+skipped=(\d+)", re.M)
READS = {"/api/account/login", "/api/ServerInfo", "/api/Server/Config", "/api/Cluster", "/api/Deployments"}
READS |= {"/api/Schedules"}
CANARIES = {**documents.CANARIES, "login password": 'canary login "pass\\word'}


class Playground:
    """A folder with an inventory of one Windows host, and the role over it."""

    def __init__(self, folder, server):
        self.folder = folder
        self.server = server
        self.variables = documents.document(folder)
        del self.variables["astera_license"]["receipt_path"]
        self.variables["astera_license_receipt_dir"] = str(folder / "receipts")
        # A Windows host: whatever reached for it instead of the controller would fail.
        self.host = {"ansible_connection": "winrm", "ansible_host": "unreachable.invalid", "ansible_port": 5986}
        self.output = ""
        # AWX and others have arguments shown, with their values: then no task may show what it was given.
        self.shows_arguments = False

    def play(self, *options, expect=0, **changes):
        """→ changed=, and what was printed. Everything that was written anywhere is kept, to be searched for secrets."""
        self.server.clear_requests()
        connection = {
            "astera_url": self.server.url,
            "astera_username": self.server.username,
            "astera_password": self.server.password,
            "astera_ca_path": self.server.ca_path,
        }
        host = {**self.host, **connection, **self.variables, **changes}
        inventory = {"astera": {"hosts": {"win 01": {key: value for key, value in host.items() if value is not None}}}}
        (self.folder / "inventory.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
        settings = {
            "ANSIBLE_LOG_PATH": str(self.folder / "ansible.log"),
            "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": str(self.shows_arguments),
        }
        words = ("-i", "inventory.yml", "astera.data_stack.bootstrap", *options)
        printed = "".join(isolated_home.run(self.folder, "ansible-playbook", *words, expect=expect, **settings))
        self.output += printed + (self.folder / "ansible.log").read_text(encoding="utf-8")
        recap = RECAP.search(printed)
        return (int(recap[3]) if recap else None), printed

    def leaks(self):
        receipts = "".join(path.read_text() for path in self.folder.glob("receipts/*"))
        return documents.leaks(self.output + receipts, CANARIES)


@pytest.fixture
def playground(request, tmp_path):
    with Emulator(getattr(request, "param", None), password=CANARIES["login password"]) as server:
        yield Playground(tmp_path, server)


@pytest.mark.shows("role bootstrap")
@pytest.mark.parametrize(
    "playground",
    dialects.as_parameters(
        {name: Dialect.preset(name) for name in ("default", "pascal", "terse", "contrary")}, default=["default"]
    ),
    indirect=True,
)
def test_bootstrap_configures_a_bare_server_and_repairs_drift(playground):
    server = playground.server

    predicted, printed = playground.play("--check", "--diff")
    assert predicted == 5
    assert "2026-12-01T04:30:00+01:00" in printed
    assert "censored" not in printed
    assert server.writes == []
    assert {entry.path for entry in server.requests} <= READS

    changed, _printed = playground.play("--diff", "-vvv")
    assert changed == predicted
    state = server.state
    assert state["license"]["active"] is True
    # Several are written at a time.
    assert sorted(item["name"] for item in state["deployments"]) == ["Bestände (Süd)", "Sales"]
    assert sorted(item["name"] for item in state["schedules"]) == ["Clean up", "Sales daily", "Sales paused"]

    assert playground.play()[0] == 0
    assert server.writes == []

    server.edit("schedule", "Sales daily", isActive=False)
    server.edit("server_config", serverDbInfo={"commandTimeOut": 77, "connectionTimeOut": 99})
    drifted = server.state
    assert playground.play("--check", "--diff")[0] == 2
    assert server.writes == []
    assert server.state == drifted
    playground.shows_arguments = True
    changed, printed = playground.play("-vvv", "--diff")
    assert changed == 2
    assert "+++ after" not in printed
    assert sorted({entry.path for entry in server.writes}) == ["/api/Schedule", "/api/Server/Config"]
    assert server.state["server_config"]["serverDbInfo"]["commandTimeOut"] == 77
    assert playground.leaks() == []


@pytest.mark.full
def test_bootstrap_has_a_tag_for_each_part(playground):
    assert playground.play("--tags", "cluster")[0] == 1
    assert [entry.path for entry in playground.server.writes] == ["/api/Cluster"]
    assert playground.play("--tags", "deployments")[0] == 1
    assert playground.play("--tags", "schedules")[0] == 1
    assert playground.play("--skip-tags", "server_config,license")[0] == 0
    assert not {entry.path for entry in playground.server.requests} & {"/api/Server/Config", "/api/License/Key"}
    assert playground.play("--tags", "server_config,license")[0] == 2


@pytest.mark.full
def test_bootstrap_skips_parts_that_are_null(playground):
    parts = ("astera_server_config", "astera_license", "astera_schedules")
    deployments = [{**playground.variables["astera_deployments"][0], "comment": None, "is_active": None}]
    given = {"astera_cluster": {"name": "ONLY", "pause_servers_from": None}, "astera_deployments": deployments}
    changed, _printed = playground.play(**dict.fromkeys(parts), **given)
    assert changed == 2
    assert [entry.path for entry in playground.server.writes] == [
        "/api/Cluster",
        "/api/UploadFile",
        "/api/UploadFile",
        "/api/Deployment",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"astera_cluster": {"nmae": "X"}}, ["nmae", "cluster"]),
        pytest.param(
            {"astera_schedules": [{"name": "A", "is_active": "perhaps"}]}, ["perhaps"], marks=pytest.mark.full
        ),
        pytest.param({"astera_deployments": [{"archive": "a.car"}]}, ["name"], marks=pytest.mark.full),
        pytest.param(
            {"astera_server_config": {"repository": {"data_provider": "Oracle"}}},
            ["Oracle", "PostgreSQL"],
            marks=pytest.mark.full,
        ),
        pytest.param(
            {"astera_license": {"user": "Jane", "key": CANARIES["license key"]}},
            ["organization"],
            marks=pytest.mark.full,
        ),
        pytest.param({"astera_timeout": "soon"}, ["astera_timeout"], marks=pytest.mark.full),
    ],
)
def test_bootstrap_rejects_bad_variables_before_the_first_request(playground, changes, words):
    _changed, printed = playground.play("-vvv", expect=2, **changes)
    assert [word for word in words if word not in printed] == []
    assert playground.server.requests == []
    assert playground.leaks() == []


def test_bootstrap_explains_a_rejected_license_without_secrets(playground):
    words = json.dumps(f"The key {CANARIES['license key']} is not valid.").encode()
    playground.server.fail("POST", "/api/License/Key", how="status", status=400, body=words)
    _changed, printed = playground.play("-vvv", "--diff", "--tags", "license", expect=2)
    assert "is not valid" in printed
    assert "not_committed" in printed
    assert playground.leaks() == []


@pytest.mark.full
def test_bootstrap_continues_after_a_failed_run(playground):
    playground.server.fail("POST", "/api/Deployment", how="status", status=403, times=2)
    _changed, printed = playground.play("-vvv", "--diff", expect=2)
    assert "deployment 'Sales'" in printed
    assert playground.server.state["deployments"] == []
    assert playground.play()[0] == 2
    assert playground.play()[0] == 0
    assert playground.leaks() == []


@pytest.mark.full
def test_bootstrap_follows_a_changed_port(tmp_path):
    with Emulator(Dialect(restart_seconds=1.0), password=CANARIES["login password"]) as server:
        with Emulator() as other:
            free = other.port
        playground = Playground(tmp_path, server)
        playground.variables["astera_server_config"]["port"] = free
        before = server.port
        changed, _printed = playground.play()
        assert changed == 5
        assert server.port == free != before
        assert playground.play()[0] == 0
