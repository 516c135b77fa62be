# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server and a task for every kind of object, with another canary in each place where a secret may be."""

from __future__ import annotations

import functools

import pytest
from ansible_collections.astera.data_stack.tests import canaries, modules
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator
from ansible_collections.astera.data_stack.tests.modules import connection

# Of every kind that is hard to hide: quotes, backslashes, blanks, percent signs, line ends, letters beyond ASCII; numbers.
GIVEN = {
    "login password": "Canary-login \"pa\\ss' wörd%41",
    "repository password": "canary/Rep0 <Pass>;&+ü=",
    "license key": "CANARY-KEY-1234-abcd/efgh==",
    "configuration": "[db]\nserver=sql.example.com\npassword=canary Cfg&'Pass!\n",
    "secret in settings": "canary settings {Secret}\ttab",
    "number in settings": 587123904,
    "secret in a schedule": "canary-schedule-пароль",
    "secret in a list": "canary,in,a,list",
    "secret of a job": "canary job'Param; é%3B",
}
KEPT = {
    "old repository password": "canary Old-rep0 'x' ß",
    "old mail password": "canary Old-mail \\u0041 %20",
    "old number": 918273645,
    "old schedule secret": "canary-old-schedule-😀",
}
# What a task of a kind can know: what it was given, and what it has read. Only that can be kept from its result.
KNOWN = {
    "server_info": (),
    "server_config": ("repository password", "old repository password"),
    "license": ("license key",),
    "cluster": ("secret in settings", "number in settings", "secret in a list", "old mail password", "old number"),
    "deployment": ("configuration",),
    "schedule": ("secret in a schedule", "old schedule secret"),
}
KNOWN["server"] = tuple(name for names in KNOWN.values() for name in names)
KNOWN["job"] = ("secret of a job",)
GIVEN_TOKEN = "canary-given~token.0123456789_abc/def+"
SECRETS = {name: str(value) for name, value in {**GIVEN, **KEPT, "given token": GIVEN_TOKEN}.items()}


@pytest.fixture
def server():
    """It shows every secret that it keeps, and has unpublished members, with secrets inside."""
    with Emulator(Dialect(config_password="echo", unknown_keys=True), password=GIVEN["login password"]) as running:
        kept_secrets(running)
        # The same for each login: a task is to be quoted the token that it has, not that of a task before it.
        running.service.token = functools.cache(running.service.token)
        yield running


def kept_secrets(server):
    server.seed("schedule", name="Daily", isFile=True, filePath="C:\\a.Df")
    server.seed("deployment", name="Sales", clusterArchiveFilePath="C:\\a.Car")
    drift(server)


def drift(server):
    """Whatever the tasks have made of it: there is something to write again, and old secrets are there."""
    repository = {"dataProvider": "SqlServer", "database": "Old", "password": KEPT["old repository password"]}
    server.edit_server_config(serverDbInfo={**repository, "user": "astera"})
    mail = {"smtpPassword": KEPT["old mail password"], "accountKey": KEPT["old number"]}
    server.edit_cluster(purgeJobInfoAfter=7, mailSetup=mail)
    schedule = {"typeName": "Astera.Core.Weekly", "ftp": {"pass": KEPT["old schedule secret"]}}
    server.edit_schedule("Daily", isActive=True, schedule=schedule)
    server.edit_deployment("Sales", comment="old")


def tasks(folder):
    """Module → options: one task of every kind, each a change on the server above, with all the secrets that it may be given."""
    archive = folder / "sales.car"
    archive.write_bytes(b"PK\x03\x04 content")
    settings = {"mailSetup": {"smtpPassword": GIVEN["secret in settings"], "accountKey": GIVEN["number in settings"]}}
    config = {"repository": {"password": GIVEN["repository password"], "database": "New"}, "wait_timeout": 5}
    license = {"user": "Jane", "organization": "Example Ltd", "key": GIVEN["license key"]}
    cluster = {
        "name": "NEW",
        "purge_job_info_after": 30,
        "settings": {**settings, "apiKeys": [GIVEN["secret in a list"]]},
    }
    deployment = {"name": "Sales", "archive": str(archive), "config_content": GIVEN["configuration"], "comment": "new"}
    shape = {"typeName": "Astera.Core.Weekly", "ftp": {"pass": GIVEN["secret in a schedule"], "days": 3}}
    schedule = {"name": "Daily", "schedule": shape, "is_active": False}
    parameters = [{"action_name": "Load", "parameter_name": "DbPassword", "value": GIVEN["secret of a job"]}]
    return {
        "server_info": {},
        "server_config_info": {},
        "cluster_info": {"raw": True},
        "deployment_info": {},
        "schedule_info": {"raw": True},
        "job_info": {"id": "1"},
        "server_config": config,
        "license": {**license, "receipt_path": str(folder / "receipt.json")},
        "cluster": cluster,
        "deployment": deployment,
        "schedule": schedule,
        "server": {
            "server_config": config,
            "license": license,
            "cluster": cluster,
            "deployments": [deployment],
            "schedules": [schedule, {"name": "Of a deployment", "deployment": "Sales", "schedule": shape}],
        },
        "job": {"file_path": "C:\\Flows\\Load.Df", "parameters": parameters, "poll_interval": 0.1},
    }


def known(server, module):
    """The secrets that this task knows, and the server may quote."""
    names = ("login password", *KNOWN[module])
    return {**{name: SECRETS[name] for name in names}, **fetched(server)}


def fetched(server):
    """The tokens that the server has given out: secrets, too."""
    headers = {entry.headers.get("authorization", "") for entry in server.requests}
    given = {header.partition(" ")[2] for header in headers if header} - {GIVEN_TOKEN}
    return {f"fetched token {number}": token for number, token in enumerate(sorted(given))}


class Search:
    """Looks for secrets in texts, and counts both what it looked for and what it found."""

    def __init__(self):
        self.found, self.looked = [], 0

    def __call__(self, texts, secrets):
        """→ the name and the spelling of each that is there."""
        texts = list(texts)
        found = [leak for text in texts for leak in canaries.leaks(text, secrets)]
        self.found += found
        self.looked += len(secrets) * canaries.FORMS * len(texts)
        return found


@pytest.fixture
def search(record_property):
    """What was found is on the page about reliability, and most of all what a test failed of."""
    searching = Search()
    yield searching
    record_property("leaks", len(searching.found))
    record_property("canaries x forms x places", searching.looked)


@pytest.fixture
def run_task(server, tmp_path, fast_sleep, search):
    """Run the task of a module; whatever it says is searched."""

    def call(name, /, check=False, **changes):
        options = {**connection(server), **tasks(tmp_path)[name], **changes}
        if "token" in changes:
            del options["username"], options["password"]
        result = modules.run(f"astera_{name}", {**options, "retries": 1}, check=check)
        assert search([result["text"]], {**SECRETS, **fetched(server)}) == []
        assert "Traceback" not in result["text"]
        return result

    return call
