# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad input is refused before the first call, with a sentence that says what to do."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from ansible_collections.astera.data_stack.tests import modules
from ansible_collections.astera.data_stack.tests.emulator import Emulator

CANARY = "canary-Secret1"
ROOT = Path(__file__).resolve().parents[4]
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
    assert (result["error"]["code"], result["error"]["outcome"]) == ("usage", "not_committed")
    return result


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("astera.example.com", ["https://host:9261"]),
        ("astera.example.com:9261", ["https://host:9261"]),
        ("ftp://astera.example.com", ["https://host:9261"]),
        ("https://", ["https://host:9261"]),
        ("", ["missing required arguments: url"]),
        (f"https://admin:{CANARY}@astera.example.com:9261", ["credentials", "username and password"]),
        ("https://astera.example.com:0", ["port"]),
        ("https://astera.example.com:65536", ["port"]),
        ("https://astera.example.com:port", ["port"]),
        ("https://astera.example.com:", ["port"]),
        ("https://astera.example.com:9261 ", ["whitespace"]),
        ("https://astera.example.com:9261\n", ["whitespace"]),
        ("https://astera.example.com/?a=b", ["query"]),
        ("https://astera.example.com/#a", ["fragment"]),
        ("https://[::1", ["https://host:9261"]),
        ("http://astera.example.com:9261", ["allow_http"]),
    ],
)
def test_B01_B03_url(server, base, url, words):
    refused(server, "astera_server_info", {**base, "url": url}, *words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"username": None, "password": None}, ["username and password", "token", "ASTERA_PASSWORD"]),
        ({"password": None}, ["password is missing"]),
        ({"username": None}, ["username is missing"]),
        ({"token": "a.b.c"}, ["mutually exclusive", "ASTERA_TOKEN"]),
        ({"username": None, "password": None, "token": "a b"}, ["token contains characters"]),
        ({"timeout": 0}, ["timeout is 0", "from 1"]),
        ({"timeout": -5}, ["timeout"]),
        ({"timeout": 10**9}, ["timeout", "3600"]),
        ({"retries": 10**6}, ["retries", "100"]),
        ({"timeout": "soon"}, ["timeout", "int"]),
        ({"retries": -1}, ["retries is -1"]),
        ({"ca_path": "/nowhere/ca.pem"}, ["/nowhere/ca.pem", "PEM"]),
        ({"client_cert": "/nowhere/cert.pem"}, ["client_cert /nowhere/cert.pem is not a file"]),
        ({"client_key": "/nowhere/key.pem"}, ["client_key requires client_cert"]),
        ({"misspelt": 1}, ["Unsupported parameters", "misspelt"]),
    ],
)
def test_B04_connection(server, base, options, words):
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
def test_B09_archive(server, base, files, kind, words):
    refused(server, "astera_deployment", {**base, "name": "Sales", "archive": files[kind]}, *words)


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_B09_unreadable_archive(server, base, files):
    os.chmod(files["good"], 0)
    refused(server, "astera_deployment", {**base, "name": "Sales", "archive": files["good"]}, "good.car", "read")


@pytest.mark.parametrize(
    "name", ["..", "C:evil", "a\\b", "a:b", "CON", "nul", "a\nb", "a\x00b", "\x7f", "trailing.", "com1"]
)
def test_deployment_rejects_a_name_with_a_path(server, base, tmp_path, name):
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
        ({"name": "trailing "}, ["name", "whitespace"]),
        ({"new_name": "x" * 10_000}, ["new_name"]),
        ({"name": "x" * 10_000}, ["name"]),
        ({"archive": "/a.car", "archive_server_path": "C:\\a.Car"}, ["mutually exclusive", "archive"]),
        ({"config": "/a.cfg", "config_content": "some text"}, ["mutually exclusive", "config"]),
        ({"config_content": ""}, ["config_content is empty", "config_server_path"]),
        ({"settings": {"Name": "x"}}, ["settings", "option name"]),
        ({"settings": {"id": 4}}, ["settings", "id", "server maintains it"]),
        ({"settings": {"updateDtTm": "2022"}}, ["settings", "updateDtTm"]),
        ({"archve": "/a.car"}, ["Unsupported", "archve"]),
        ({"on_conflict": "win"}, ["on_conflict", "overwrite"]),
    ],
)
def test_B05_B07_deployment(server, base, options, words):
    refused(server, "astera_deployment", {**base, "name": "Sales", **options}, *words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"daily": {"start_time": "2026-12-01T04:30:00"}}, ["start_time", "offset", "2026-12-01T04:30:00+01:00"]),
        ({"daily": {"start_time": "04:30"}}, ["start_time", "ISO 8601"]),
        ({"daily": {"start_time": "2026-02-30T04:30:00Z"}}, ["start_time"]),
        ({"daily": {"start_time": "2026-12-01T24:30:00Z"}}, ["start_time"]),
        ({"daily": {"start_time": "2026-12-01T04:30:00 Europe/Berlin"}}, ["start_time", "offset"]),
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
def test_B07_B11_schedule(server, base, options, words):
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
def test_B03_B06_server_config(server, base, options, words):
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
def test_license_rejects_bad_values(server, base, options, words):
    refused(server, "astera_license", {**base, **options}, *words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"purge_job_info_after": -1}, ["purge_job_info_after", "0"]),
        ({"settings": {"purgeJobInfoAfter": 4}}, ["settings", "purge_job_info_after"]),
        ({"purge_after": 4}, ["purge_after"]),
    ],
)
def test_B06_cluster(server, base, options, words):
    refused(server, "astera_cluster", {**base, **options}, *words)


def test_B02_plain_http_is_asked_for_and_warned_of_once():
    with Emulator(tls=False) as plain:
        options = {"url": plain.url, "username": plain.username, "password": plain.password}
        refused(plain, "astera_server_info", options, "allow_http")
        result = modules.run("astera_server_info", {**options, "allow_http": True})
    assert not result["failed"], result["msg"]
    assert [warning for warning in result["warnings"] if "clear text" in warning] == result["warnings"]
    assert len(result["warnings"]) == 1


@pytest.mark.parametrize("state", ["deployment", "schedule"])
def test_B08_an_id_and_a_name_of_two_objects(server, base, state):
    """Who has which id only the server knows: it is read, and nothing is written."""
    if state == "deployment":
        refused(server, "astera_deployment", {**base, "name": "Sales", "id": 3}, "Unsupported", "id")
        return
    found = server.seed("schedule", name=f"Other {state}", isFile=True)
    options = {**base, "password": server.password, "name": "Daily", "id": found["id"], "is_active": True}
    result = modules.run("astera_schedule", options)
    assert "Correct id or name" in modules.failed(result, "usage", "not_committed")
    assert server.writes == []


@pytest.mark.parametrize(("given", "wanted"), [("no", False), ("off", False), (0, False), ("yes", True), ("1", True)])
def test_B12_truth_values_as_templates_leave_them(server, base, given, wanted):
    options = {**base, "password": server.password, "name": f"B12 {given!r}", "archive_server_path": "C:\\a.Car"}
    result = modules.run("astera_deployment", {**options, "encrypt_files": given})
    assert not result["failed"], result["msg"]
    assert result["deployment"]["encrypt_files"] is wanted


@pytest.mark.parametrize("given", ["maybe", "2", "-"])
def test_B12_what_is_no_truth_value(server, base, given):
    refused(server, "astera_deployment", {**base, "name": "Sales", "encrypt_files": given}, "encrypt_files", "boolean")


def test_B13_no_default_takes_the_place_of_false():
    """``default(x, true)`` turns false into x; where there can be no false, for an empty value or a text, it does no harm."""
    ban = re.compile(r"default\((?!\{\}|\[\]|'|lookup|[^)]*~)[^)]*,\s*(true|boolean)", re.IGNORECASE)
    # An id and a path are strings, and an empty one, as a survey gives it, is none.
    harmless = re.compile(r"_(?:id|path) \| default\(omit, true\)")
    texts = {path: harmless.sub("", path.read_text(encoding="utf-8")) for path in _yaml_files()}
    assert [path.name for path, text in texts.items() if ban.search(text)] == []


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("server_config", {"repository": {"data_provder": "x"}}),
        ("server_config", {"config_parameters": {"purge_chunksize": 1}}),
        ("schedule", {"name": "A", "daily": {"start_time": "2026-12-01T04:30:00Z", "every": 2}}),
        ("server", {"deployments": [{"name": "A", "archiv": "x"}]}),
    ],
)
def test_B14_unknown_keys(server, base, module, options):
    refused(server, f"astera_{module}", {**base, **options}, "unsupported parameters")


def test_B15_jinja_in_a_name_is_a_name(server, base):
    name = "{{ 1 + 1 }} {% raw %}"
    options = {**base, "password": server.password, "name": name, "archive_server_path": "C:\\a.Car"}
    assert modules.run("astera_deployment", options)["deployment"]["name"] == name
    assert name in {item["name"] for item in server.state["deployments"]}


def test_B16_yaml_is_only_ever_read_safely():
    """Neither by the plugins nor by the role's templates."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("plugins/**/*.py"))
    assert not re.search(r"yaml\.(load|unsafe_load|full_load|load_all)\(", code)
    assert [path.name for path in _yaml_files() if "from_yaml_all" in path.read_text()] == []


def _yaml_files():
    return [path for folder in ("roles", "playbooks") for path in (ROOT / folder).glob("**/*.yml")]
