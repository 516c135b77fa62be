# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an export says of a server is what the server is: given back to it, nothing changes; given to another, it becomes alike."""

from __future__ import annotations

import json

import pytest
import yaml
from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.plugins.plugin_utils import _export
from ansible_collections.astera.data_stack.tests import dialects, modules
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator

# Those that differ in what is read, or in what becomes of it.
_READ = ("key_case", "list_shape", "config_password", "unknown_keys", "deployment_activation", "cluster_", "numbers_as")
_READ += ("empty_as", "start_time", "list_order", "path_style", "singleton_stamps")
DIALECTS = [
    pytest.param(dialect, id=name, marks=[pytest.mark.sweep] if "=" in name else [])
    for name, dialect in Dialect.sweep()
    if ("=" not in name or name.startswith(_READ)) and name not in dialects.stopping_names()
]
DAILY = {
    "dailyScheduleBase": {"startTime": "2026-10-01T04:30:00+01:00", "typeName": "Astera.Core.DailyScheduleEveryDay"},
    "typeName": "Astera.Core.DailySchedule",
}
WEEKLY = {"typeName": "Astera.Core.Weekly", "days": ["Monday", "0123"], "deep": {"every": 2, "apiKey": "canary-key"}}


class Loader(yaml.SafeLoader):
    """As Ansible loads: what is unsafe is the text itself."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def fill(server):
    server.edit("server_config", serverDbInfo={"password": "canary-db", "user": "sa", "dataProvider": "SqlServer"})
    server.edit("cluster", mailSetup={"password": "canary-mail", "sender": "{{ 1 + 1 }}"})
    first = server.seed("deployment", name="Sales", clusterArchiveFilePath="C:\\a.Car", comment="0123", isActive=True)
    server.seed("deployment", name="{{ odd }}", clusterArchiveFilePath="C:\\b.Car", comment="two\nlines: yes\n")
    of_file = {"isFile": True, "filePathResolved": {"path": "C:\\a.Df"}, "isActive": True}
    server.seed("schedule", name="Weekly", schedule=WEEKLY, traceLevel="Job", **of_file)
    server.seed("schedule", name="Daily", schedule=DAILY, deploymentId=first["id"], archiveStartItem="C:\\x.Df")


def exported(server):
    """→ the file, and the document that it holds, with the secrets filled in."""
    found = modules.run("astera_server", {**modules.connection(server), "snapshot": True}, check=True)
    assert not found["failed"], found["msg"]
    text = _export.variables(found["snapshot"], found["url"])
    assert "canary" not in text
    document = yaml.load(text, Loader)
    return text, document


def parts(document):
    """As the module takes them; placeholders as the secrets that a vault would hold."""
    secrets = {
        "{{ vault_astera_repository_password }}": "canary-db",
        "{{ vault_astera_cluster_mail_setup_password }}": "canary-mail",
        "{{ vault_astera_schedule_weekly_schedule_deep_api_key }}": "canary-key",
    }

    def filled(value):
        if isinstance(value, dict):
            return {key: filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [filled(item) for item in value]
        return secrets.get(value.casefold(), value) if isinstance(value, str) else value

    return {name.removeprefix("astera_"): filled(part) for name, part in document.items()}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_export_changes_nothing_and_makes_another_server_alike(dialect):
    with Emulator(dialect) as server, Emulator(dialect) as empty:
        fill(server)
        _text, document = exported(server)
        given_back = modules.run("astera_server", {**modules.connection(server), **parts(document)}, check=True)
        assert not given_back["failed"], given_back["msg"]
        assert [entry for entry in given_back["plan"] if entry["changed"]] == []

        moved = parts(document)
        moved["server_config"] = {**moved["server_config"], "port": empty.port}
        assert modules.changed(modules.run("astera_server", {**modules.connection(empty), **moved}))
        _text, again = exported(empty)
        for one in (document, again):
            one["astera_server_config"].pop("port", None)
        assert settled(again) == settled(document)


def settled(document):
    """Without secrets, and times as instants: a server may keep them at another offset."""

    def plain(item):
        kept = {key: value for key, value in item.items() if not (isinstance(value, str) and "vault_" in value)}
        return {key: _values.parse_instant(value) if key == "start_time" else value for key, value in kept.items()}

    return json.loads(json.dumps(document), object_hook=plain)
