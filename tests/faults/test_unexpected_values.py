# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that no server should answer with, where each of the published ones stands: E14 and E18."""

from __future__ import annotations

import base64
import json

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.plugins.module_utils._client import tokens
from ansible_collections.astera.data_stack.tests import modules
from ansible_collections.astera.data_stack.tests.emulator import Emulator
from ansible_collections.astera.data_stack.tests.modules import failed, writes

INFINITE = ["1e999", "-1e999", "NaN", "Infinity", "-Infinity"]
CALLS = {
    "server_config": "/api/Server/Config",
    "cluster": "/api/Cluster",
    "deployments": "/api/Deployments",
    "schedules": "/api/Schedules",
    "server": "/api/ServerInfo",
}
DOCUMENT = {
    "server_config": {"server_profile": "DEFAULT", "repository": {"data_provider": "SqlServer", "port": 1433}},
    "cluster": {
        "name": "A",
        "purge_job_info_after": 3,
        "pause_servers_from": "22:00",
        "settings": {"mailSetup": {"a": 1}},
    },
    "deployments": [{"name": "Sales", "archive_server_path": "C:\\a.Car", "comment": "x", "is_active": True}],
    "schedules": [
        {
            "name": "Daily",
            "deployment": "Sales",
            "daily": {"start_time": "2026-12-01T04:30:00+01:00"},
            "settings": {"list": ["a", 1, 1.5, None, {"b": True}]},
        }
    ],
    "unmanaged_schedules": "deactivate",
    "unmanaged_deployments": "report",
    "snapshot": True,
    "continue_on_error": True,
}
ODD = {
    "null": None,
    "boolean": True,
    "huge": 10**400,
    "digits of another script": "٣",
    "clock": "99:99",
    "list": [],
    "object": {},
    "secret": "********",
}


@pytest.fixture(scope="module")
def shared():
    with Emulator(tls=False) as server:
        server.seed("deployment", name="Sales")
        server.seed("deployment", name="Other")
        daily = {"startTime": "2026-12-01T03:30:00Z", "typeName": "Astera.Core.DailyScheduleEveryDay"}
        kind = {"typeName": "Astera.Core.DailySchedule", "dailyScheduleBase": daily}
        # Active, so that the one that is not declared is deactivated.
        stored = {"isFile": True, "isActive": True, "filePathResolved": {"path": "C:\\a.Df"}, "schedule": kind}
        for name in ("Daily", "Other"):
            server.seed("schedule", name=name, **stored)
        yield server


def answers(server):
    state = json.loads(json.dumps(server.state))
    return {path: state.get(kind, {"version": "10.0", "name": "A"}) for kind, path in CALLS.items()}


def variants(value, odd):
    """Yield the value with each of its members, at any depth, replaced in turn."""
    yield odd
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        for other in variants(item, odd):
            changed = dict(value) if isinstance(value, dict) else list(value)
            changed[key] = other
            yield changed


@pytest.mark.each_value
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("kind", CALLS)
def test_response_never_causes_an_unexpected_error_E18(shared, kind, odd):
    path = CALLS[kind]
    base = {**modules.connection(shared), "ca_path": None, "allow_http": True}
    name, options = ("astera_server_info", {}) if kind == "server" else ("astera_server", DOCUMENT)
    for content in variants(answers(shared)[path], odd):
        shared.clear_faults()
        shared.fail("GET", path, how="status", status=200, body=json.dumps(content).encode(), times=1)
        result = modules.run(name, {**base, **options}, check=True)
        assert "did not foresee" not in result["text"], (content, result["msg"])


def test_schedule_without_an_id_is_deactivated_by_its_name_E18(shared):
    schedules = [{**item, "id": None, "isActive": True} for item in shared.state["schedules"]]
    shared.clear_faults()
    shared.fail("GET", "/api/Schedules", how="status", status=200, body=json.dumps(schedules).encode())
    base = {**modules.connection(shared), "ca_path": None, "allow_http": True}
    options = {"schedules": [], "unmanaged_schedules": "deactivate"}
    result = modules.run("astera_server", {**base, **options}, check=True)
    assert [entry["name"] for entry in result["plan"]] == ["Daily", "Other"]


@pytest.mark.parametrize("text", INFINITE)
@pytest.mark.parametrize("kind", CALLS)
def test_infinite_number_is_not_json_E14(server, run, kind, text):
    body = json.dumps(answers(server)[CALLS[kind]])
    body = body.replace("{", f'{{"odd": {text}, ', 1) if "{" in body else f'[{{"id": 1, "name": "A", "odd": {text}}}]'
    server.fail("GET", CALLS[kind], how="status", status=200, body=body.encode(), times=9)
    result = run(f"{kind}_info".replace("s_info", "_info"))
    assert "is not JSON" in failed(result, "invalid_response", "not_committed")
    assert (result["error"]["method"], result["error"]["path"]) == ("GET", CALLS[kind])


@pytest.mark.parametrize("text", INFINITE)
def test_snapshot_with_an_infinite_number_is_rejected_E14(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(f'{{"format": "astera.data_stack.snapshot", "version": 1, "odd": {text}}}')
    result = modules.run("astera_cluster_info", {"url": f"snapshot:{path}"})
    assert "is not JSON" in failed(result, "usage", "not_committed")


@pytest.mark.parametrize("text", [*INFINITE, "[" * 10**6])
def test_load_json_refuses_what_it_could_not_write_E14(text):
    with pytest.raises(ValueError, match=r"not a number of JSON|nested too deeply"):
        _values.load_json(text)
    assert _values.load_json("[1e308, 1.5, -0.0]") == [1e308, 1.5, 0.0]


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")], ids=str)
def test_infinite_option_is_rejected_E14(server, run, value):
    result = run("cluster", settings={"a": [{"b": value}]})
    assert "settings.a[0].b must be a number" in failed(result, "usage", "not_committed")
    assert server.requests == []
    assert writes(server) == []


def claims(text):
    return f"a.{base64.urlsafe_b64encode(text.encode()).decode().rstrip('=')}.c"


@pytest.mark.parametrize(
    "text",
    [
        *('{"exp": 1' + "0" * 400 + ', "iat": 0}', '{"exp": "1e999", "iat": "1e999"}', '{"exp": 1e999, "iat": 0}'),
        *('{"exp": NaN, "iat": 0}', '{"exp": 1, "iat": 5}', '{"exp": [], "iat": {}}', '{"exp": null, "iat": true}'),
        *("[" * 10**5, "[]", "5", "", '{"exp": "soon", "iat": 0}', '{"exp": "nan", "iat": 0}'),
    ],
    ids=lambda text: text[:30],
)
def test_token_with_odd_claims_is_kept_until_it_is_rejected_E18(text):
    assert tokens.parse_lifetime(claims(text)) is None


def test_token_is_kept_for_its_lifetime_E18():
    assert tokens.parse_lifetime(claims('{"exp": 5000, "iat": 1400}')) == 3600
    assert tokens.parse_lifetime("no token") is None
