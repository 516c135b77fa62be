# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of strings between a playbook and the server, in process and as a module: A9, A11 and section C."""

from __future__ import annotations

import pytest
from ansible.release import __version__
from ansible_collections.astera.data_stack.tests.emulator import Emulator
from ansible_collections.astera.data_stack.tests.playbook_runner import PlaybookRunner, module

CORE = tuple(map(int, __version__.split(".")[:2]))
# Before 2.19 this setting turns the result of each template into the type that it looks like; since then a string stays one.
NATIVE = {"ANSIBLE_JINJA2_NATIVE": "true"} if CORE < (2, 19) else {}
CAR = {"archive_server_path": "C:\\a.Car"}
SAME = ["a 1.10 b", "1.10", "2024_01", "1e3", "0123", "yes"]


@pytest.fixture(params=["local", pytest.param("elsewhere", marks=pytest.mark.full)])
def play(request, tmp_path):
    """Run tasks both ways."""
    with Emulator() as server:
        runner = PlaybookRunner(tmp_path, server)

        def call(tasks, **settings):
            return runner.play(
                [{**task, "ignore_errors": True} for task in tasks],
                request.param,
                settings=settings.pop("env", {}),
                **settings,
            )

        call.server = server
        yield call


def names(play):
    return [item["name"] for item in play.server.state["deployments"]]


def warnings(result):
    return [warning["event"]["msg"] if isinstance(warning, dict) else warning for warning in result.get("warnings", [])]


@pytest.mark.each_value(how=["data"])
@pytest.mark.parametrize("how", ["data", "expression", "parameter"])
def test_string_option_rejects_other_types_A9(play, how):
    data = {"Server": "canary-sql01", "Encrypt": True}
    parameters = [{"action_name": "V", "parameter_name": "P", "value": "{{ data }}"}]
    task = {
        "data": module("deployment", name="A", **CAR, config_content=data),
        "expression": module("deployment", name="A", **CAR, config_content="{{ data }}"),
        "parameter": module("job", file_path="C:\\a.Df", parameters=parameters),
    }[how]
    (result,) = play([task], vars={"data": data})
    assert result["error"]["code"] == "usage"
    assert "must be a string and is a dict" in result["msg"]
    assert "to_json" in result["msg"]
    assert "canary" not in result["msg"]
    assert play.server.requests == []


def test_string_option_keeps_or_rejects_json_text_A9(play):
    """Before 2.19, Ansible makes a dict of any template's result that looks like one, unless it ends in the filter string."""
    text = '{"Server": "sql01",  "Encrypt": true}'
    forms = ["{{ text }}", "{{ lookup('vars', 'raw_text') | string }}", "{{ data | to_json }}"]
    tasks = [module("deployment", name=f"D{n}", **CAR, comment=form) for n, form in enumerate(forms)]
    first, second, third = play(
        tasks, vars={"text": "{{ lookup('vars', 'raw_text') }}", "data": {"a": 1}, "raw_text": text}
    )
    stored = {item["name"]: item["comment"] for item in play.server.state["deployments"]}
    assert ("error" in first) == ("D0" not in stored)
    assert stored.get("D0", text) == text
    if "D0" not in stored:
        assert "filter string" in first["msg"]
    assert "error" not in second
    assert "error" not in third
    assert (stored["D1"], stored["D2"]) == (text, '{"a": 1}')


def test_string_option_warns_of_a_name_of_another_type_A11(play):
    values = {1.1: "number 1.1", 83: "number 83", True: "boolean True"}
    results = play([module("deployment", name=value, **CAR) for value in values])
    for result, said in zip(results, values.values(), strict=True):
        assert [text for text in warnings(result) if text.startswith(f"name arrived as the {said}")], result
    assert names(play) == ["1.1", "83", "True"]


@pytest.mark.each_value(native=[True])
@pytest.mark.parametrize("native", [False, True], ids=["text", "native"])
def test_string_option_keeps_strings_or_warns_A11(play, native):
    env = NATIVE if native else {}
    tasks = [module("deployment", name="{{ item }}", **CAR) | {"loop": SAME}]
    results = [result for result in play(tasks, vars={}, env=env) if "results" not in result]
    for name, result in zip(SAME, results, strict=True):
        told = [text for text in warnings(result) if text.startswith("name arrived as the ")]
        assert name in names(play) or told, (name, result)
        assert not (name in names(play) and told)


@pytest.mark.each_value(form=["{{ item }}"])
@pytest.mark.parametrize("form", ["{{ item }}", "{{ item | string }}"])
def test_string_option_keeps_or_rejects_a_license_key_A11(play, form):
    key = "1234567890_12345"
    task = module("license", user="Jane", organization="X", key=form.replace("item", "license_key"))
    (result,) = play([task], vars={"license_key": key}, env=NATIVE)
    if "error" in result:
        assert form == "{{ item }}"
        assert NATIVE
        assert "key must be a string and arrived as a number" in result["msg"]
        assert play.server.requests == []
    else:
        assert play.server.state["license"]["key"] == key
