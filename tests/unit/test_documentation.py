# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One name, one meaning: what the tables, the modules' documentation and the role say of an option is the same."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import yaml
from ansible_collections.astera.data_stack.plugins.doc_fragments import attributes, connection
from ansible_collections.astera.data_stack.plugins.module_utils import _task
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import (
    CONNECTION_OPTIONS,
    environment_variable,
)
from ansible_collections.astera.data_stack.plugins.module_utils._engine.kind import Resource
from ansible_collections.astera.data_stack.tests import documents

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("astera_*.py"))
CONNECTION = yaml.safe_load(connection.ModuleDocFragment.DOCUMENTATION)["options"]
ROLE = yaml.safe_load((ROOT / "roles/bootstrap/meta/argument_specs.yml").read_text())["argument_specs"]["main"][
    "options"
]
TASKS = documents.role_tasks("bootstrap")
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
    (resource,) = (value for value in vars(module).values() if isinstance(value, Resource))
    return resource


def documentation(name):
    return yaml.safe_load(module_of(name).DOCUMENTATION)


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
    documented = {**CONNECTION, **(documentation(name).get("options") or {})}
    assert flat(documented, "suboptions") == flat(spec)


@pytest.mark.parametrize("name", MODULES)
def test_documentation_is_complete(name):
    content = documentation(name)
    assert content["module"] == name
    assert {"short_description", "description", "version_added", "author"} <= set(content)
    fragments = content["extends_documentation_fragment"]
    assert "astera.data_stack.connection" in fragments
    assert {"astera.data_stack.attributes", "astera.data_stack.attributes.reading"} & set(fragments)
    assert set(yaml.safe_load(module_of(name).RETURN)) >= {"error"}
    calls = [call for task in yaml.safe_load(module_of(name).EXAMPLES) for call in task.items()]
    assert f"astera.data_stack.{name}" in dict(calls)
    for called, options in calls:
        if called.startswith("astera.data_stack."):
            known = documentation(called.removeprefix("astera.data_stack."))["options"]
            assert set(options) <= set(known) | set(CONNECTION)


@pytest.mark.parametrize("fragment", ["DOCUMENTATION", "READING"])
def test_attributes(fragment):
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
    assert f"M(astera.data_stack.{name})" in ROLE[variable]["description"][0]


def test_the_role_passes_every_connection_option_on():
    (defaults,) = (task["module_defaults"] for task in TASKS if "module_defaults" in task)
    (group,) = defaults.values()
    assert set(group) == set(CONNECTION_OPTIONS)
    for option, value in group.items():
        assert f"astera_{option} | default(omit)" in value
