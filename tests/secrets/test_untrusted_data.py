# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What comes from elsewhere, names, paths, archives and texts of a server, is only ever what it is: data."""

from __future__ import annotations

import ast
import builtins
import hashlib
import json
import os
import re
import string
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import CONNECTION_OPTIONS, Connection
from ansible_collections.astera.data_stack.plugins.module_utils._client.upload import Upload, validate_stem
from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError
from ansible_collections.astera.data_stack.tests import modules
from ansible_collections.astera.data_stack.tests.emulator import Emulator
from ansible_collections.astera.data_stack.tests.modules import changed
from ansible_collections.astera.data_stack.tests.playbook_runner import PlaybookRunner, module

from .conftest import tasks

pytestmark = pytest.mark.each_value

ROOT = Path(__file__).resolve().parents[2]
# Every byte, and what ends a line or turns it round although it is none.
CHARACTERS = [*map(chr, range(256)), "\u2028", "\u2029", "\u202e", "\ufeff", "\ud800"]
SHIPPED = [
    path for name in ("plugins", "roles", "playbooks", "meta") for path in (ROOT / name).rglob("*") if path.is_file()
]


def refusal(call):
    """→ what is refused before any call, None if it is not."""
    try:
        call()
    except AsteraError as error:
        return error
    return None


def test_S16_no_character_of_a_file_name_writes_a_header():
    travelled = set()
    for character in CHARACTERS:
        path = f"a{character}b.car"
        refused = refusal(lambda path=path: validate_stem("archive", path))
        if refused:
            assert refused.code == "usage"
            assert refused.message.isprintable()
            continue
        travelled.add(character)
        stem = validate_stem("archive", path)
        form = Upload.from_text("Car", stem, "content").multipart("File", f"{stem}.car").read()
        head, blank, rest = form.partition(b"\r\n\r\n")
        assert blank
        assert rest.startswith(b"content\r\n--")
        assert len(head.split(b"\r\n")) == 3
        assert re.search(rb'; filename="([A-Za-z0-9._ -]+)"\r\nContent-Type: application/octet-stream$', head), head
    # A slash is no part of a file name: what stands before it is the folder.
    assert travelled == {*string.ascii_letters, *string.digits, *"._ -/"}


def test_S16_no_character_of_a_token_writes_a_header():
    options = {option: spec.get("default") for option, spec in CONNECTION_OPTIONS.items()}
    options["url"] = "https://astera.invalid"
    refused = {
        character: refusal(lambda token=f"a{character}b": Connection.from_params({**options, "token": token}))
        for character in CHARACTERS
    }
    taken = {character for character, error in refused.items() if error is None}
    assert taken == {chr(number) for number in range(ord("!"), ord("~") + 1)}
    assert {error.code for error in refused.values() if error} == {"usage"}


HOSTILE = [
    "a/../../b",
    "x?y=1&z=2",
    "#frag",
    "%2F..%00",
    "a'b\" OR 1=1; --",
    "ä\u2028b\x7f",
    "$(id)`id`",
    "{{ 7 * 191 }}",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_S21_a_name_changes_no_address(server, run_task, tmp_path, name):
    """What is called for an innocent one, with other numbers, is all that may be called; in a query stands nothing of it."""

    def addresses(told):
        server.clear_requests()
        assert changed(run_task("deployment", name=told))
        assert changed(run_task("schedule", name=told, file_path="C:\\a.Df"))
        document = {"deployments": [{**tasks(tmp_path)["deployment"], "name": told, "comment": "newer"}]}
        assert changed(
            run_task("server", **dict.fromkeys(("server_config", "license", "cluster", "schedules")), **document)
        )
        values = [value for entry in server.requests for value in entry.query.values()]
        assert [value for value in values if not re.fullmatch(r"[A-Za-z0-9._-]+", value)] == []
        return {(entry.method, re.sub(r"\d+", "0", entry.path), tuple(entry.query)) for entry in server.requests}

    innocent = addresses("innocent")
    assert addresses(name) == innocent
    assert [item["name"] for item in server.state["deployments"]].count(name) == 1


@pytest.fixture
def opened(monkeypatch):
    """The paths of all files that are opened."""
    paths = []
    for holder, name in ((os, "open"), (builtins, "open")):
        whole = getattr(holder, name)

        def note(path, *arguments, _whole=whole, **keywords):
            paths.append(str(path))
            return _whole(path, *arguments, **keywords)

        monkeypatch.setattr(holder, name, note)
    return paths


def test_S18_path_from_the_server_is_never_opened(server, run_task, tmp_path, opened):
    trap = tmp_path / "trap.Car"
    trap.write_bytes(b"PK\x03\x04 canary")
    told = str(trap)
    server.edit_deployment("Sales", clusterArchiveFilePath=told, clusterConfigFilePath=told)
    server.edit_schedule("Daily", filePath=told)
    server.edit_cluster(stagingDirectory={"path": told}, deploymentDirectory={"path": told})
    opened.clear()
    for name in tasks(tmp_path):
        options = {"archive": None} if name == "deployment" else {}
        assert not run_task(name, **options)["failed"]
    assert told in json.dumps(run_task("deployment_info"))
    assert any(path.endswith("sales.car") for path in opened)
    assert told not in opened


def test_S20_an_archive_is_sent_as_it_is_and_never_unpacked(server, run_task, tmp_path, monkeypatch):
    archive = tmp_path / "evil.car"
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("../../escaped", "canary")
        content.writestr("/absolute", b"\0" * 10**6)

    def refuse(*_arguments, **_keywords):
        raise AssertionError("an archive is opened")

    for holder, name in ((zipfile, "ZipFile"), (zipfile, "is_zipfile"), (tarfile, "open")):
        monkeypatch.setattr(holder, name, refuse)
    before = sorted(tmp_path.parent.rglob("*"))
    result = run_task("deployment", archive=str(archive))
    assert changed(result)
    sent = next(item for item in result["uploads"] if item["kind"] == "Car")
    assert (sent["sha256"], sent["size"]) == (hashlib.sha256(archive.read_bytes()).hexdigest(), archive.stat().st_size)
    assert set(tmp_path.parent.rglob("*")) - set(before) <= {tmp_path / "sales.car"}


def test_S22_factory_account_is_no_default(fast_sleep):
    assert [option for option in ("username", "password", "token") if "default" in CONNECTION_OPTIONS[option]] == []
    words = [path for path in SHIPPED if b"admin123" in path.read_bytes().lower()]
    assert words == []
    with Emulator(username="admin", password="Admin123") as server:
        result = modules.run("astera_server_info", modules.connection(server))
        none = modules.run("astera_server_info", {"url": server.url, "ca_path": server.ca_path})
    assert [warning for warning in result["warnings"] if "factory account" in warning]
    assert "Admin123" not in result["text"]
    assert none["error"]["code"] == "usage"


@pytest.mark.each_value(connection=["local"])
@pytest.mark.parametrize("connection", ["local", "elsewhere"])
def test_S23_response_is_no_template(tmp_path, connection):
    """Nor is a refusal: registered, handed on as a fact, shown, and written back by a loop over what was read."""
    template = "{{ 7 * 191 }}{% if true %}!{% endif %}"
    with Emulator() as server:
        server.seed("deployment", name=template, comment=template, clusterArchiveFilePath="C:\\a.Car")
        server.fail("GET", "/api/Cluster", how="status", status=400, body=f"no {template}".encode())
        back = module("deployment", name="{{ item.name }}", comment="{{ item.comment }} again")
        play = [
            {**module("deployment_info"), "register": "found"},
            {**module("cluster", name="NEW"), "register": "refused", "ignore_errors": True},
            {"ansible.builtin.set_fact": {"fact": "{{ found.deployments[0].comment }}", "whole": "{{ found }}"}},
            {"ansible.builtin.debug": {"msg": "{{ fact }} {{ whole.deployments[0].name }} {{ found | to_json }}"}},
            {"ansible.builtin.debug": {"msg": "{{ refused.msg }} {{ refused.error.detail }}"}},
            {**back, "loop": "{{ found.deployments }}"},
        ]
        runner = PlaybookRunner(tmp_path, server)
        results = runner.play(play, connection, ["-vvv", "--diff"], expect=0)
        (kept,) = server.state["deployments"]
    assert (kept["name"], kept["comment"]) == (template, f"{template} again")
    assert template in next(result["error"]["detail"] for result in results if result.get("error"))
    assert "1337" not in runner.printed + json.dumps(results)


def test_S27_what_is_imported_is_ansible_python_and_two_libraries():
    """On the controller also what Ansible itself cannot do without."""
    libraries = {"ansible", "ansible_collections", "requests", "requests_toolbelt", "urllib3"}
    found = {}
    for path in (ROOT / "plugins").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            for name in {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - libraries:
                found.setdefault(name, set()).add(path.relative_to(ROOT / "plugins").parts[0])
    assert set(found) <= {"yaml", "jinja2", "markupsafe"}
    assert {place for places in found.values() for place in places} <= {"action", "plugin_utils", "test"}
