# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A live server as the variables of ``bootstrap``: what is exported is what is there, and makes another server the same."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from ansible_collections.astera.data_stack.tests import documents, isolated_home
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator

RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=\d+\s+failed=(\d+)", re.M)
SECRETS = {"stored": "canary-stored-password", "mail": "canary-mail-password"}
DAILY = {
    "dailyScheduleBase": {"startTime": "2026-10-01T04:30:00+01:00", "typeName": "Astera.Core.DailyScheduleEveryDay"},
    "typeName": "Astera.Core.DailySchedule",
}
STRANGE = [
    "0123",
    "yes",
    "1:30",
    "{{ 1 + 1 }}",
    "#jinja2: x",
    "a: b # c",
    "!unsafe",
    "ü · \u2028",
    "- x",
    "1e3",
    "null",
]


class Desk:
    """A folder from which servers are exported and set up."""

    def __init__(self, folder):
        self.folder = folder
        self.printed = ""

    def play(self, name, servers, *options, expect=0, **more):
        hosts = {
            host: {
                "astera_url": server.url if hasattr(server, "url") else server,
                "astera_username": getattr(server, "username", "nobody"),
                "astera_password": getattr(server, "password", "nothing"),
                "astera_ca_path": str(getattr(server, "ca_path", "")) or None,
                "astera_retries": 0,
                "astera_wait_timeout": 300,
                "astera_license_receipt_dir": str(self.folder / "receipts"),
                **SECRETS_TO_SET,
                **more,
            }
            for host, server in servers.items()
        }
        hosts = {host: {key: value for key, value in told.items() if value is not None} for host, told in hosts.items()}
        (self.folder / "inventory.yml").write_text(yaml.safe_dump({"astera": {"hosts": hosts}}), encoding="utf-8")
        words = ("-i", "inventory.yml", f"astera.data_stack.{name}", *options)
        output = "".join(isolated_home.run(self.folder, "ansible-playbook", *words, expect=expect))
        self.printed += output
        return {host: int(changed) for host, changed, _failed in RECAP.findall(output)}

    def export(self, servers, *options, **keywords):
        return self.play("export", servers, *options, **keywords)

    def file(self, host):
        return self.folder / "astera-export" / f"{host}.yml"

    def bootstrap(self, host, server, *options, **keywords):
        return self.play("bootstrap", {host: server}, "-e", f"@{self.file(host)}", *options, **keywords)[host]


SECRETS_TO_SET = {
    "vault_astera_repository_password": SECRETS["stored"],
    "vault_astera_cluster_mailsetup_password": SECRETS["mail"],
    "vault_astera_cluster_mail_setup_password": SECRETS["mail"],
}


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def furnish(server):
    """What people set up in the client, of every kind."""
    server.edit(
        "server_config",
        serverProfile="ServerProfile2",
        serverDbInfo={"dataProvider": "SqlServer", "user": "sa", "password": SECRETS["stored"], "database": "Repo"},
    )
    server.edit("cluster", name="PRODUCTION", purgeJobInfoAfter=30, mailSetup={"password": SECRETS["mail"]})
    first = server.seed(
        "deployment", name="Sales", clusterArchiveFilePath="C:\\D\\sales.Car", comment="\n".join(STRANGE)
    )
    for text in STRANGE:
        server.seed("deployment", name=f"D {text}".strip(), clusterArchiveFilePath="C:\\D\\x.Car", comment=text)
    common = {"isActive": True, "isFile": True, "filePathResolved": {"path": "C:\\a.Df"}}
    server.seed("schedule", name="By name", deploymentId=first["id"], archiveStartItem="C:\\x.Df", schedule=DAILY)
    server.seed(
        "schedule",
        name="Weekly",
        schedule={"typeName": "Astera.Core.Weekly", "days": ["Mo"], "n": {"every": 2}},
        **common,
    )
    server.seed("schedule", name="Off", schedule=DAILY, **{**common, "isActive": False})


@pytest.mark.full
@pytest.mark.parametrize(
    "name",
    ["default", "pascal", *(pytest.param(name, marks=pytest.mark.sweep) for name in ("chatty", "terse", "contrary"))],
)
def test_export_declares_the_state_of_the_server(desk, name):
    with Emulator(Dialect.preset(name)) as server:
        furnish(server)
        assert desk.export({"one": server}) == {"one": 1}
        assert server.writes == []
        path = desk.file("one")
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert documents.leaks(path.read_text() + path.with_suffix(".json").read_text() + desk.printed, SECRETS) == []
        variables = yaml.load(path.read_text(), _Loader)
        assert [item["name"] for item in variables["astera_schedules"]] == ["By name", "Off", "Weekly"]
        comments = {item["name"]: item.get("comment") for item in variables["astera_deployments"]}
        assert {comments[f"D {text}".strip()] for text in STRANGE} == set(STRANGE)

        # Read again: nothing differs, and nothing is written anew.
        assert desk.export({"one": server}) == {"one": 0}
        assert desk.bootstrap("one", server) == 0
        assert server.writes == []

        # And without the server.
        snapshot = {"url": f"snapshot:{path.with_suffix('.json')}"}
        assert desk.bootstrap("one", snapshot["url"], "--check") == 0
        (changed,) = desk.export({"again": snapshot["url"]}).values()
        assert changed == 1
        assert yaml.load(desk.file("again").read_text(), _Loader) == variables


@pytest.mark.shows("role export", "playbook export", "guide import", "module export_files")
def test_export_configures_another_server_alike(desk):
    with Emulator() as old, Emulator() as new:
        furnish(old)
        desk.export({"one": old}, astera_export_settings="declare")
        config = yaml.load(desk.file("one").read_text(), _Loader)["astera_server_config"]
        # The new server keeps its own port, as one on another machine would.
        assert config["port"] == int(old.url.rsplit(":", 1)[1])
        text = desk.file("one").read_text()
        desk.file("one").write_text(re.sub(r"^ +port: \d+\n", "", text, count=1, flags=re.M))
        assert desk.bootstrap("one", new) > 0
        assert desk.bootstrap("one", new) == 0
        desk.export({"two": new}, astera_export_settings="declare")
        there, here = (yaml.load(desk.file(name).read_text(), _Loader) for name in ("one", "two"))
        here["astera_server_config"].pop("port")
        there["astera_server_config"].pop("port", None)
        assert here == there


@pytest.mark.each_value(settings=["comment"])
@pytest.mark.parametrize("settings", ["comment", "declare"])
def test_export_of_a_volatile_server_stays_the_same_A13_E9(desk, settings):
    """On a server whose objects have members that differ at every read."""
    with Emulator(Dialect(moving_members=True)) as server:
        furnish(server)
        assert desk.export({"one": server}, astera_export_settings=settings) == {"one": 1}
        files = {path: path.read_text() for path in desk.file("one").parent.iterdir()}
        assert desk.export({"one": server}, astera_export_settings=settings) == {"one": 0}
        assert {path: path.read_text() for path in desk.file("one").parent.iterdir()} == files
        assert desk.bootstrap("one", server) == 0
        assert server.writes == []
        desk.play("audit", {"one": server}, "-e", f"@{desk.file('one')}", astera_audit_fail_on_drift=True)


@pytest.mark.full
def test_export_continues_past_an_unreachable_server(desk):
    with Emulator() as server:
        furnish(server)
        done = desk.export({"down": "https://127.0.0.1:9", "up": server}, expect=2)
        assert done["up"] == 1
        assert not desk.file("down").exists()
        assert desk.file("up").exists()


@pytest.mark.full
def test_export_does_not_take_an_unreadable_part_for_empty(desk):
    with Emulator() as server:
        furnish(server)
        server.fail("GET", "/api/Schedules", how="status", status=403, times=100)
        desk.export({"one": server}, expect=2)
        assert not desk.file("one").exists()


@pytest.mark.full
def test_export_writes_no_file_in_check_mode(desk):
    with Emulator() as server:
        furnish(server)
        desk.export({"one": server}, "--check", "--diff")
        assert not desk.file("one").parent.exists()
        desk.export({"one": server})
        server.edit("schedule", "Off", isActive=True)
        before = desk.file("one").read_text()
        assert desk.export({"one": server}, "--check", "--diff") == {"one": 1}
        assert desk.file("one").read_text() == before
        assert documents.leaks(desk.printed, SECRETS) == []
        assert json.loads(desk.file("one").with_suffix(".json").read_text())["version"] == 1


class _Loader(yaml.SafeLoader):
    """As Ansible reads it: a text that is not to be evaluated is that text."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))
