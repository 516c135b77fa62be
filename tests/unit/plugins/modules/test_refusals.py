# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad input is refused before the first call, with a sentence that says what to do."""

from __future__ import annotations

import os

import pytest
from ansible_collections.astera.data_stack.tests import modules
from ansible_collections.astera.data_stack.tests.emulator import Emulator

CANARY = "canary-Secret1"
CAR = b"PK\x03\x04 content"


@pytest.fixture(scope="module")
def server():
    with Emulator() as running:
        yield running


@pytest.fixture
def base(server):
    server.clear_requests()
    return {"url": server.url, "username": server.username, "password": CANARY, "ca_path": server.ca_path}


@pytest.fixture
def files(tmp_path):
    """Names → paths of what may be given as an archive."""
    made = {"good": "good.car", "empty": "empty.car", "blank": "  .car"}
    for kind, name in made.items():
        (tmp_path / name).write_bytes(b"" if kind == "empty" else CAR)
    (tmp_path / "folder.car").mkdir()
    os.mkfifo(tmp_path / "pipe.car")
    return {kind: str(tmp_path / name) for kind, name in made.items()} | {
        "missing": str(tmp_path / "missing.car"),
        "folder": str(tmp_path / "folder.car"),
        "pipe": str(tmp_path / "pipe.car"),
    }


def refused(server, name, options, *words):
    result = modules.run(name, options)
    assert result["failed"], result
    assert result["changed"] is False if "changed" in result else True
    assert server.requests == []
    message = result["msg"].lower()
    assert [word for word in words if word.lower() not in message] == [], result["msg"]
    assert CANARY not in result["text"]
    if "error" in result:
        assert (result["error"]["code"], result["error"]["outcome"]) == ("usage", "not_committed")
    return result


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("astera.example.com", ["https://host:9261"]),
        ("astera.example.com:9261", ["https://host:9261"]),
        ("ftp://astera.example.com", ["https://host:9261"]),
        ("https://", ["https://host:9261"]),
        ("", ["https://host:9261"]),
        (f"https://admin:{CANARY}@astera.example.com:9261", ["credentials", "username and password"]),
        ("https://astera.example.com:0", ["port"]),
        ("https://astera.example.com:65536", ["port"]),
        ("https://astera.example.com:port", ["port"]),
        ("https://astera.example.com:", ["port"]),
        ("https://astera.example.com:9261 ", ["blanks"]),
        ("https://astera.example.com/?a=b", ["query"]),
        ("https://astera.example.com/#a", ["fragment"]),
        ("https://[::1", ["https://host:9261"]),
        ("http://astera.example.com:9261", ["allow_http"]),
    ],
)
def test_url(server, base, url, words):
    refused(server, "astera_server_info", {**base, "url": url}, *words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"username": None, "password": None}, ["username and password", "token", "ASTERA_PASSWORD"]),
        ({"password": None}, ["password missing"]),
        ({"username": None}, ["username missing"]),
        ({"token": "a.b.c"}, ["either token or username and password"]),
        ({"username": None, "password": None, "token": "a b"}, ["token contains characters"]),
        ({"timeout": 0}, ["timeout is 0", "from 1"]),
        ({"timeout": -5}, ["timeout"]),
        ({"retries": -1}, ["retries is -1"]),
        ({"ca_path": "/nowhere/ca.pem"}, ["/nowhere/ca.pem", "PEM"]),
        ({"misspelt": 1}, ["Unsupported parameters", "misspelt"]),
    ],
)
def test_connection(server, base, options, words):
    merged = {key: value for key, value in {**base, **options}.items() if value is not None}
    refused(server, "astera_server_info", merged, *words)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", ["missing.car", "cannot be read", "exists where the task runs"]),
        ("folder", ["folder.car", "folder"]),
        ("empty", ["empty.car", "empty"]),
        ("pipe", ["pipe.car"]),
        ("blank", [".car"]),
    ],
)
def test_archive(server, base, files, kind, words):
    refused(server, "astera_deployment", {**base, "name": "Sales", "archive": files[kind]}, *words)


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_unreadable_archive(server, base, files):
    os.chmod(files["good"], 0)
    refused(server, "astera_deployment", {**base, "name": "Sales", "archive": files["good"]}, "good.car", "read")


@pytest.mark.parametrize(
    "name", ["..", "C:evil", "a\\b", "a:b", "CON", "nul", "a\nb", "a\x00b", "\x7f", "trailing.", "com1"]
)
def test_a_name_that_would_travel_never_reaches_the_server(server, base, tmp_path, name):
    """Either the file cannot even be named so here, or what is sent is harmless: letters, digits, blanks, dots, dashes."""
    path = tmp_path / f"{name.replace('/', '_')}.car"
    try:
        path.write_bytes(CAR)
    except (OSError, ValueError):
        refused(server, "astera_deployment", {**base, "name": "Sales", "archive": f"{name}.car"})
        return
    refused(server, "astera_deployment", {**base, "name": "Sales", "archive": str(path)}, "name")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": ""}, ["name", "empty"]),
        ({"name": "  "}, ["name"]),
        ({"name": "a\x07b"}, ["name"]),
        ({"name": "x" * 10_000}, ["name"]),
        ({"archive": "/a.car", "archive_server_path": "C:\\a.Car"}, ["mutually exclusive", "archive"]),
        ({"config": "/a.cfg", "config_content": "some text"}, ["mutually exclusive", "config"]),
        ({"config_content": ""}, ["config_content is empty", "config_server_path"]),
        ({"settings": {"Name": "x"}}, ["settings", "option name"]),
        ({"settings": {"id": 4}}, ["settings", "id", "server keeps it"]),
        ({"settings": {"updateDtTm": "2022"}}, ["settings", "updateDtTm"]),
        ({"archve": "/a.car"}, ["Unsupported", "archve"]),
        ({"on_conflict": "win"}, ["on_conflict", "converge"]),
    ],
)
def test_deployment(server, base, options, words):
    refused(server, "astera_deployment", {**base, "name": "Sales", **options}, *words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"daily": {"start_time": "2026-12-01T04:30:00"}}, ["start_time", "offset", "2026-12-01T04:30:00+01:00"]),
        ({"daily": {"start_time": "04:30"}}, ["start_time", "ISO 8601"]),
        ({"daily": {"start_time": "2026-02-30T04:30:00Z"}}, ["start_time"]),
        ({"daily": {}}, ["start_time"]),
        ({"daily": {"start_time": "2026-12-01T04:30:00Z", "evry": 2}}, ["evry"]),
        ({"daily": {"start_time": "2026-12-01T04:30:00Z"}, "schedule": {"typeName": "A"}}, ["mutually exclusive"]),
        ({"schedule": {"days": ["Monday"]}}, ["typeName"]),
        ({"deployment": "Sales", "file_path": "C:\\a.Df"}, ["mutually exclusive", "deployment"]),
        ({"deployment": "Sales", "deployment_id": 4}, ["mutually exclusive"]),
        ({"deployment": " "}, ["deployment"]),
        ({"new_name": ""}, ["new_name"]),
        ({"settings": {"isActive": True}}, ["settings", "is_active"]),
    ],
)
def test_schedule(server, base, options, words):
    refused(server, "astera_schedule", {**base, "name": "Daily", **options}, *words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"port": 0}, ["port is 0", "65535"]),
        ({"repository": {"port": 70000}}, ["repository.port", "65535"]),
        ({"repository": {"data_provider": "Oracle"}}, ["data_provider", "PostgreSQL"]),
        ({"repository": {"passwort": CANARY}}, ["passwort"]),
        ({"config_parameters": {"purge_window_start_hour": 24}}, ["purge_window_start_hour", "0 to 23"]),
        ({"config_parameters": {"purge_window_end_hour": 25}}, ["purge_window_end_hour", "0 to 24"]),
        ({"config_parameters": {"purge_chunk_size": -1}}, ["purge_chunk_size"]),
        ({"wait_timeout": 0}, ["wait_timeout"]),
    ],
)
def test_server_config(server, base, options, words):
    refused(server, "astera_server_config", {**base, **options}, *words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"key": CANARY, "user": "Jane"}, ["organization"]),
        ({"key": "", "user": "Jane", "organization": "Ex"}, ["key", "empty"]),
        ({"key": CANARY, "user": "Jane", "organization": "Ex", "receipt_path": "/proc/none/r.json"}, ["receipt_path"]),
        ({"key": CANARY, "user": "Jane", "organization": "Ex", "receipt_path": "/tmp"}, ["receipt_path"]),
    ],
)
def test_license(server, base, options, words):
    refused(server, "astera_license", {**base, **options}, *words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"purge_job_info_after": -1}, ["purge_job_info_after", "0"]),
        ({"settings": {"purgeJobInfoAfter": 4}}, ["settings", "purge_job_info_after"]),
        ({"purge_after": 4}, ["purge_after"]),
    ],
)
def test_cluster(server, base, options, words):
    refused(server, "astera_cluster", {**base, **options}, *words)
