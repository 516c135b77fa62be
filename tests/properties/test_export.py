# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an export says of a server is what the server is: given back to it, nothing changes; given to another, it becomes alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.plugins.plugin_utils._export import files
from ansible_collections.astera.data_stack.tests import dialects, invariants, modules
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator
from ansible_collections.astera.data_stack.tests.selection import FULL

# Those that differ in what is read, or in what becomes of it.
_READ = ("key_case", "list_shape", "config_password", "unknown_keys", "deployment_activation", "cluster_", "numbers_as")
_READ += ("moving_members", "empty_as", "start_time", "list_order", "path_style", "singleton_stamps")
MOVING_PASCAL = replace(Dialect.preset("pascal"), moving_members=True)
DIALECTS = [
    pytest.param(
        dialect, id=name, marks=[pytest.mark.sweep] if "=" in name else [] if name in ("default", "moving") else [FULL]
    )
    for name, dialect in (*Dialect.sweep(), ("moving", Dialect(moving_members=True)), ("moving pascal", MOVING_PASCAL))
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


# Every value differs from that of a new server and of a new object, so that what an export leaves out is missing elsewhere.
CONFIG = {
    "serverProfile": "ServerProfile2",
    "serverDbInfo": {
        "dataProvider": "PostgreSQL",
        "server": "sql01",
        "port": 5433,
        "database": "Repo",
        "schema": "astera",
        "serviceName": "svc",
        "protocol": "tcp",
        "authenticationType": "SqlServerAuth",
        "user": "sa",
        "password": "canary-db",
        "connectionTimeOut": 31,
        "commandTimeOut": 32,
    },
    "configParameters": {
        "instrumentationOn": True,
        "purgeChunkSize": 501,
        "purgeCommandTimeoutSeconds": 61,
        "purgeWindowStartHour": 2,
        "purgeWindowEndHour": 5,
    },
}
CLUSTER = {
    "name": "PRODUCTION",
    "sendErrorInfoToAstera": True,
    "purgeJobInfoAfter": 31,
    "purgeEventInfoAfter": 32,
    "stagingDirectory": {"path": "D:\\Staging"},
    "deploymentDirectory": {"path": "D:\\Deployment"},
    "pauseAllServers": True,
    "pauseServersFrom": "22:00",
    "pauseServersTo": "23:30",
    "clientAndServersShareTheSameFileSystem": True,
}
# The rest of the cluster has no option.
MAIL = {"smtpServer": "smtp.example.com", "port": 587, "password": "canary-mail", "sender": "{{ 1 + 1 }}"}
OPTIONS_OF_SCHEDULES = {
    "archiveStartItem": "C:\\x.Df",
    "isActive": False,
    "traceLevel": "Debug",
    "skipIfRunning": True,
    "jobOptions": {"usePushdownOptimization": True},
}


def fill(server):
    server.edit("server_config", **CONFIG)
    server.edit("cluster", **CLUSTER, mailSetup=MAIL)
    deployed = {"clusterArchiveFilePath": "C:\\a.Car", "clusterConfigFilePath": "C:\\a.Cfg", "encryptFiles": True}
    first = server.seed("deployment", name="Sales", comment="0123", isActive=True, **deployed)
    odd = {"clusterArchiveFilePath": "C:\\b.Car", "comment": "two\nlines: yes\n", "isActive": False}
    server.seed("deployment", name="{{ odd }}", **odd)
    from_file = {"isFile": True, "filePathResolved": {"path": "C:\\a.Df"}}
    server.seed("schedule", name="Weekly", schedule=WEEKLY, **from_file, **OPTIONS_OF_SCHEDULES)
    server.seed("schedule", name="Daily", schedule=DAILY, deploymentId=first["id"], **OPTIONS_OF_SCHEDULES)
    server.seed("schedule", name="Plain", schedule=DAILY, isActive=True, traceLevel="Job", **from_file)


def exported(server, settings):
    """→ the file, and the document that it holds, with the secrets filled in."""
    options = {**modules.connection(server), "snapshot": True, "pause_between_reads": 0}
    found = modules.run("astera_server", options, check=True)
    assert not found["failed"], found["msg"]
    text = files.variables(found["snapshot"], found["url"], settings)
    assert "canary" not in text
    return text, yaml.load(text, Loader)


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


@pytest.mark.parametrize("settings", ["comment", "declare"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_export_applied_again_changes_nothing(dialect, settings):
    with Emulator(dialect) as server:
        fill(server)
        text, document = exported(server, settings)
        assert exported(server, settings)[0] == text
        options = {**modules.connection(server), **parts(document)}
        for check in (True, False):
            given_back = modules.run("astera_server", options, check=check)
            assert not given_back["failed"], given_back["msg"]
            assert [entry for entry in given_back["plan"] if entry["changed"]] == []
        assert server.writes == []


@pytest.mark.parametrize("settings", ["comment", "declare"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_export_makes_another_server_store_the_same_F1(dialect, settings):
    with Emulator(dialect) as server, Emulator(dialect) as empty:
        fill(server)
        moved = parts(exported(server, settings)[1])
        moved["server_config"] = {**moved["server_config"], "port": empty.port}
        cluster = empty.state["cluster"]
        assert modules.changed(modules.run("astera_server", {**modules.connection(empty), **moved}))
        if dialect.cluster_get != 200:
            # What cannot be read is not in the file, and stays as it is elsewhere.
            assert "cluster" not in moved
            assert empty.state["cluster"] == cluster
        assert invariants.shown(stored(empty, settings)) == invariants.shown(stored(server, settings))


def stored(server, settings):
    """What a server has, but for what is its own: ids and timestamps, where files came from, the path of a deployment's archive in
    its schedules. comment: without what no option sets, too. A deployment that does not show isActive cannot say so elsewhere."""
    state = server.state
    activation = {"shown": ("isActive",), "hidden": (), "renamed": ("isActive",) if settings == "declare" else ()}
    deployment = (*DEPLOYMENT, *activation[server.dialect.deployment_activation])
    names = {item["id"]: item["name"] for item in state["deployments"]}
    cluster = {**CLUSTER, **({"mailSetup": MAIL} if settings == "declare" else {})}
    return {
        "server_config": pick({**state["server_config"], "port": 0}, {"port": 0, "serverProfile": "", **CONFIG}),
        "cluster": pick(state["cluster"], cluster if server.dialect.cluster_get == 200 else {}),
        "deployments": [pick(item, dict.fromkeys(deployment)) for item in by_name(state["deployments"])],
        "schedules": [
            {
                **pick(item, SCHEDULE),
                "deployment": names.get(item["deploymentId"]),
                "file": (item["filePathResolved"] or {}).get("path") if item["isFile"] else None,
                "schedule": times(item["schedule"]),
            }
            for item in by_name(state["schedules"])
        ],
    }


DEPLOYMENT = ("name", "clusterArchiveFilePath", "clusterConfigFilePath", "encryptFiles", "comment")
SCHEDULE = {**OPTIONS_OF_SCHEDULES, "name": "", "isFile": False}


def pick(value, shape):
    if not isinstance(shape, dict):
        return value
    return {key: pick(value[key], inner) for key, inner in shape.items()}


def by_name(items):
    return sorted(items, key=lambda item: item["name"])


def times(value):
    """A server may keep times at another offset, or without their fraction."""
    if isinstance(value, dict):
        return {key: times(item) for key, item in value.items()}
    timestamp = _values.parse_timestamp(value)
    return timestamp[:2] if timestamp else value
