# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One name, one meaning: what the tables, the modules' documentation and the role say of an option is the same."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.astera.data_stack.plugins.doc_fragments import attributes, connection
from ansible_collections.astera.data_stack.plugins.module_utils import _task
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import (
    CONNECTION_OPTIONS,
    environment_variable,
)
from ansible_collections.astera.data_stack.plugins.module_utils._engine.kind import Operation
from ansible_collections.astera.data_stack.tests import doc_snippets

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("astera_*.py"))
CONNECTION = yaml.safe_load(connection.ModuleDocFragment.DOCUMENTATION)["options"]
ROLE = yaml.safe_load((ROOT / "roles/bootstrap/meta/argument_specs.yml").read_text())["argument_specs"]["main"][
    "options"
]
PARTS = {
    "astera_server_config": "astera_server_config",
    "astera_license": "astera_license",
    "astera_cluster": "astera_cluster",
    "astera_deployments": "astera_deployment",
    "astera_schedules": "astera_schedule",
}


def module_of(name):
    return importlib.import_module(f"ansible_collections.astera.data_stack.plugins.modules.{name}")


def resource_of(module):
    (kind,) = (value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Operation))
    return kind


def documentation(name):
    return yaml.safe_load(module_of(name).DOCUMENTATION)


def documented_options(name):
    """Return the options of a module and of its documentation fragments."""
    content = documentation(name)
    options = dict(content.get("options") or {})
    for fragment in content["extends_documentation_fragment"]:
        file, _dot, part = fragment.removeprefix("astera.data_stack.").partition(".")
        found = importlib.import_module(f"ansible_collections.astera.data_stack.plugins.doc_fragments.{file}")
        options |= yaml.safe_load(getattr(found.ModuleDocFragment, part.upper() or "DOCUMENTATION"))["options"]
    return options


def flat(options, inner="options", prefix=""):
    """Dotted name → what the options say that a caller must know."""
    found = {}
    for name, spec in (options or {}).items():
        found[prefix + name] = (
            spec.get("type", "str"),
            bool(spec.get("required")),
            spec.get("default"),
            tuple(spec.get("choices") or ()),
            spec.get("elements"),
        )
        found.update(flat(spec.get(inner) or spec.get("options"), inner, f"{prefix}{name}."))
    return found


@pytest.mark.parametrize("name", MODULES)
def test_documentation_says_what_the_tables_say(name):
    spec = _task.argument_spec(resource_of(module_of(name)))["argument_spec"]
    assert flat(documented_options(name), "suboptions") == flat(spec)


@pytest.mark.parametrize("name", MODULES)
def test_documentation_is_complete(name):
    content = documentation(name)
    assert content["module"] == name
    assert {"short_description", "description", "version_added", "author"} <= set(content)
    fragments = content["extends_documentation_fragment"]
    assert "astera.data_stack.connection" in fragments
    assert {"astera.data_stack.attributes", "astera.data_stack.attributes.reading"} & set(fragments)
    assert set(yaml.safe_load(module_of(name).RETURN)) >= {"error"}


def excluded_by(rules, options, prefix=""):
    """Yield each option of an argument spec with the options that it excludes, by their whole paths."""
    for name, spec in options.items():
        groups = [group for group in rules.get("mutually_exclusive") or () if name in group]
        yield prefix + name, {prefix + other for group in groups for other in group} - {prefix + name}
        yield from excluded_by(spec, spec.get("options") or {}, below(prefix, name, spec))


def below(prefix, name, spec):
    return f"{prefix}{name}{'[]' if spec.get('type') == 'list' else ''}."


def said_of(options, prefix=""):
    """Yield each documented option with the sentences of its description."""
    for name, said in options.items():
        description = said["description"] if isinstance(said["description"], list) else [said["description"]]
        yield prefix + name, description
        yield from said_of(said.get("suboptions") or {}, below(prefix, name, said))


@pytest.mark.parametrize("name", MODULES)
def test_last_sentence_names_mutually_exclusive_options(name):
    spec = _task.argument_spec(resource_of(module_of(name)))
    login = {"username": {"token"}, "password": {"token"}, "token": {"username", "password"}}
    expected = {**dict(excluded_by(spec, spec["argument_spec"])), **login}
    found = {}
    for option, description in said_of(documented_options(name)):
        *others, last = description
        assert "utually exclusive" not in " ".join(others)
        sentence = re.search(r"^Mutually exclusive with (.*)\.$", last)
        assert ("utually exclusive" in last) == bool(sentence)
        found[option] = set(re.findall(r"O\(([^)]+)\)", sentence[1])) if sentence else set()
    assert found == expected


@pytest.mark.parametrize("name", MODULES)
def test_required_when_states_a_rule(name):
    """The kinds have no such rules so far, and the one about the login depends on the environment."""
    spec = _task.argument_spec(resource_of(module_of(name)))
    rules = spec.get("required_if", [])
    expected = {
        (option, f"Required when O({key}={value}).") for key, value, options, *_any in rules for option in options
    }
    expected |= {(option, "Required when O(token) is not set.") for option in ("username", "password")}
    options = said_of(documented_options(name))
    found = {(option, line) for option, lines in options for line in lines if line.startswith("Required ")}
    assert found == expected
    assert set(spec) <= {"argument_spec", "supports_check_mode", "mutually_exclusive", "required_if"}


def tasks_with_options(name):
    """Yield each task of the examples that calls a module with the connection, with all options that it gets."""
    snippet = doc_snippets.Block(name, module_of(name).EXAMPLES)
    plays = snippet.content() if snippet.kind == "plays" else [{"tasks": snippet.content()}]
    for play in plays:
        defaults = (play.get("module_defaults") or {}).get("group/astera.data_stack.astera", {})
        for task in doc_snippets.Block(name, yaml.safe_dump(play["tasks"])).tasks():
            for called, options in doc_snippets.calls(task):
                yield called, {**defaults, **options}


@pytest.mark.parametrize("name", MODULES)
def test_examples_run_against_a_self_signed_certificate(name):
    """With the same variables on all pages."""
    tasks = list(tasks_with_options(name))
    assert name in dict(tasks)
    for _called, options in tasks:
        for option in ("url", "username", "password", "ca_path"):
            assert options[option] == f"{{{{ astera_{option} }}}}"


@pytest.mark.parametrize("fragment", ["DOCUMENTATION", "READING"])
def test_documentation_has_the_attributes(fragment):
    said = yaml.safe_load(getattr(attributes.ModuleDocFragment, fragment))["attributes"]
    assert said["check_mode"]["support"] == "full"
    assert said["action_group"]["membership"] == ["astera.data_stack.astera"]


@pytest.mark.parametrize("option", CONNECTION_OPTIONS)
def test_each_connection_option_names_its_environment_variable(option):
    assert f"E({environment_variable(option)})" in " ".join(CONNECTION[option]["description"])


@pytest.mark.parametrize(("variable", "name"), PARTS.items())
def test_role_variables_name_their_module(variable, name):
    """The options are documented and checked in one place, the module. ``raw``: a text of JSON is for the module to parse, too."""
    assert ROLE[variable]["type"] == "raw"
    assert f"M(astera.data_stack.{name})" in str(ROLE[variable]["description"])
