# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A string option that is given something else is refused, or says so: A9, A11 and the last line of section C. So is a dict option."""

from __future__ import annotations

import json

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._arguments import check_dicts, check_strings
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import CONNECTION_OPTIONS
from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError
from ansible_collections.astera.data_stack.tests import doc_snippets, modules
from ansible_collections.astera.data_stack.tests.emulator import Emulator
from ansible_collections.astera.data_stack.tests.modules import changed, failed, writes

DATA = {"Server": "canary-sql01", "Encrypt": True}


def string_options(specs, prefix=()):
    """Every string option of a module, at any depth: its path, its spec, and arguments in which it has a value."""
    for option, spec in specs.items():
        kind = spec.get("elements", "raw") if spec.get("type") == "list" else spec.get("type", "str")
        path = (*prefix, (option, spec.get("type") == "list"))
        if kind in ("str", "path") and not spec.get("choices"):
            yield path, spec
        yield from string_options(spec.get("options") or {}, path)


def arguments(path, value):
    for option, many in reversed(path):
        value = {option: [value] if many else value}
    return value


def dotted(path):
    return ".".join(f"{option}[0]" if many else option for option, many in path)


STRINGS = [
    pytest.param(specs, path, spec, id=f"{name}.{dotted(path)}")
    for name in doc_snippets.documented_modules()
    if doc_snippets.resource_of(name)
    for specs in [{**CONNECTION_OPTIONS, **doc_snippets.resource_of(name).options.argument_spec()}]
    for path, spec in string_options(specs)
]


@pytest.mark.parametrize(("specs", "path", "spec"), STRINGS)
def test_check_strings_rejects_other_types_A9(specs, path, spec):
    for value in (DATA, [DATA], {}, []):
        with pytest.raises(AsteraError) as caught:
            check_strings(specs, arguments(path, value))
        assert caught.value.code == "usage"
        assert f"{dotted(path)} must be a string" in caught.value.message
        assert "to_json" in caught.value.message
        assert "canary" not in caught.value.message


@pytest.mark.parametrize(("specs", "path", "spec"), STRINGS)
def test_check_strings_names_what_arrived_as_another_type_A11(specs, path, spec):
    for value in (1.1, 83, 0, True, False):
        given = arguments(path, value)
        kind = "boolean" if isinstance(value, bool) else "number"
        if spec.get("no_log"):
            with pytest.raises(AsteraError, match=f"arrived as a {kind}; quote it"):
                check_strings(specs, given)
        else:
            (warning,) = check_strings(specs, given)
            assert warning.startswith(
                f"{dotted(path)} arrived as the {kind} {value} and is used as the string '{value}'"
            )


@pytest.mark.parametrize(("specs", "path", "spec"), STRINGS)
def test_check_strings_accepts_strings_A11(specs, path, spec):
    for value in ("1.10", "2024_01", '{"a": 1}', "", None):
        assert check_strings(specs, arguments(path, value)) == []
    assert check_strings(specs, arguments(path, "x") | {"port": 5, "unknown": {"a": 1}}) == []


def test_string_options_include_every_kind_A9():
    paths = {dotted(case.values[1]) for case in STRINGS}
    assert paths >= {
        *("name", "config_content", "parameters[0].value", "success_statuses[0]", "repository.password", "archive"),
        *("deployments[0].config_content", "daily.start_time", "license.key", "server_config.repository.user", "url"),
    }


WRONG = {
    "config_content": ("deployment", {"name": "A", "archive_server_path": "C:\\a.Car", "config_content": DATA}),
    "parameters[0].value": (
        "job",
        {"file_path": "C:\\a.Df", "parameters": [{"action_name": "V", "parameter_name": "P", "value": DATA}]},
    ),
    "cluster.name": ("server", {"cluster": {"name": [1]}}),
    "archive": ("deployment", {"name": "A", "archive": DATA}),
    "key": ("license", {"user": "Jane", "organization": "X", "key": 123456789012345}),
}


@pytest.mark.parametrize("option", WRONG)
def test_module_rejects_strings_before_the_first_request_A9_A11(server, run, option):
    kind, options = WRONG[option]
    result = run(kind, **options)
    assert f"{option} must be a string" in failed(result, "usage", "not_committed")
    assert server.requests == []
    assert "canary" not in result["msg"]


def test_module_warns_of_a_name_that_is_a_number_A11(server, run):
    result = run("deployment", name=1.10, archive_server_path="C:\\a.Car", comment=True)
    assert changed(result)
    assert [text[: text.index(" and")] for text in result["warnings"]] == [
        "name arrived as the number 1.1",
        "comment arrived as the boolean True",
    ]
    assert server.state["deployments"][0]["name"] == "1.1"
    assert run("deployment", name="1.1")["warnings"] == []


def test_json_string_for_a_dict_is_checked_A11(run):
    result = run("server", cluster='{"name": 1.10}', check=True)
    assert "cluster.name arrived as the number 1.1" in result["warnings"][0]
    assert "cluster.name must be a string" in run("server", cluster='{"name": {"a": 1}}')["msg"]


def test_warning_never_shows_a_secret_parameter_A11(run):
    secret = {"action_name": "V", "parameter_name": "password", "value": 48151623}
    result = run("job", file_path="C:\\a.Df", parameters=[secret], check=True)
    assert "parameters[0].value arrived as the number ********" in result["warnings"][0]
    assert "48151623" not in result["text"]


@pytest.mark.parametrize("name", ["1.10", "2024_01", "1e3", "0123", "yes", "true", "null", '{"a": 1}', "[1]"])
def test_module_keeps_a_name_that_looks_like_another_type_A11(name):
    with Emulator() as server:
        base = {**modules.connection(server), "name": name, "archive_server_path": "C:\\a.Car", "comment": name}
        assert changed(modules.run("astera_deployment", base))
        assert not changed(modules.run("astera_deployment", base))
        assert writes(server) == ["/api/Deployment"]
        (stored,) = server.state["deployments"]
        assert (stored["name"], stored["comment"]) == (name, name)


@pytest.mark.parametrize("value", [7, 1.5, True, ["x"]])
def test_check_dicts_names_the_option(value):
    """Ansible's own check says: argument of type 'int' is not iterable."""
    specs = {"cluster": {"type": "dict"}, "deployments": {"type": "list", "elements": "dict"}}
    for given, name in (({"cluster": value}, "cluster"), ({"deployments": [{}, value]}, r"deployments\[1\]")):
        with pytest.raises(AsteraError, match=f"^{name} must be a dictionary"):
            check_dicts(specs, given)
    with pytest.raises(AsteraError, match="is null"):
        check_dicts(specs, {"deployments": [None]})
    check_dicts(specs, {"cluster": "a=b", "deployments": ["{}", {}]})
    check_dicts(specs, {"cluster": None, "deployments": "[]"})


@pytest.mark.parametrize("text", ['{"a": ', '{"a" 1}', "word"])
def test_check_dicts_names_the_option_of_malformed_text(text):
    specs = {
        "cluster": {"type": "dict", "options": {"settings": {"type": "dict"}}},
        "deployments": {"type": "list", "elements": "dict", "options": {"settings": {"type": "dict"}}},
    }
    for given, name in (
        ({"cluster": text}, "cluster"),
        ({"cluster": {"settings": text}}, r"cluster\.settings"),
        ({"cluster": json.dumps({"settings": text})}, r"cluster\.settings"),
        ({"deployments": [{"settings": text}]}, r"deployments\[0\]\.settings"),
        ({"deployments": [text]}, r"deployments\[0\]"),
        ({"deployments": f"[{text}"}, "deployments"),
    ):
        with pytest.raises(AsteraError, match=f"^{name} must be a .* not valid JSON. Correct its value\\.$"):
            check_dicts(specs, given)
