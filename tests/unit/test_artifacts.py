# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One declaration, many artifacts: each of them says what the declaration says, of all that there is and of nothing else."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest
import yaml
from ansible.plugins.action import ActionBase
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import (
    CONNECTION_OPTIONS,
    environment_variable,
)
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.registry import OPERATIONS
from ansible_collections.astera.data_stack.plugins.plugin_utils._action import AsteraAction
from ansible_collections.astera.data_stack.tests import doc_snippets
from ansible_collections.astera.data_stack.tools import docs

ROOT = Path(__file__).resolve().parents[2]
ROLES = doc_snippets.role_specs()
GROUP = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))["action_groups"]["astera"]
PAGES = ROOT / "docs/docsite/rst"


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def rows(content):
    """The rows of Markdown's tables, as lists of cells; a bar inside code does not end a cell."""
    lines = [line for line in content.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("| "))] for line in lines]


def quoted(cell):
    return re.findall(r"`([^`]+)`", cell)


# Copies


def test_generated_documentation_is_current():
    assert docs.stale() == []


@pytest.mark.parametrize("path", docs.files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_docs_update_restores_each_line(path):
    """Whatever is removed from a copy, the tool writes it again."""
    written = path.read_text(encoding="utf-8")
    emptied = re.sub(r"(generated: \{.*\}.*\n)(?:.*\n)*?(.*end generated)", r"\1\2", written)
    assert docs.update(emptied) == written


# The connection


def test_connection_page_has_each_option_with_its_names_and_default():
    table = [
        re.findall(r"^ {3,5}[* ] - ?(.*)$", item, re.M)
        for item in re.split(r"(?=^   \* - )", page_of_connection(), flags=re.M)
    ]
    shown = {cells[0]: cells[1:4] for cells in table if len(cells) == 5}
    expected = {"Option": ["Variable of the roles", "Environment", "Default"]}
    for option, spec in CONNECTION_OPTIONS.items():
        default = (
            f"``{json.dumps(spec['default'])}``" if "default" in spec else "required" if spec.get("required") else ""
        )
        expected[f"``{option}``"] = [f"``astera_{option}``", f"``{environment_variable(option)}``", default]
    assert shown == expected


def page_of_connection():
    return (PAGES / "connection.rst").read_text(encoding="utf-8")


def test_role_bootstrap_has_all_connection_options():
    """The other roles refer to its variables."""
    options = ROLES["bootstrap"]
    declared = {name: spec for name, spec in options.items() if name.removeprefix("astera_") in CONNECTION_OPTIONS}
    assert set(declared) == {f"astera_{option}" for option in CONNECTION_OPTIONS}
    for option, spec in CONNECTION_OPTIONS.items():
        said = declared[f"astera_{option}"]
        assert (said["type"], said.get("no_log", False)) == (spec["type"], spec.get("no_log", False))
        # Without a default of its own, so that the environment has a say.
        assert "default" not in said
        assert not said.get("required")


@pytest.mark.parametrize("role", ["audit", "bootstrap", "export", "maintenance"])
def test_role_passes_each_connection_option(role):
    """Each with the variable of its name, and unset where the variable is, so that the environment applies."""
    tasks = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / f"roles/{role}/tasks").glob("*.yml")))
    passed = re.findall(r'^ +(\w+): "\{\{ astera_(\w+) \| default\(omit\) \}\}"$', tasks, re.M)
    assert passed == [(option, option) for option in CONNECTION_OPTIONS]


# Roles


@pytest.mark.parametrize("role", ROLES)
def test_role_defaults_match_its_argument_spec(role):
    defaults = yaml.safe_load(text(f"roles/{role}/defaults/main.yml"))
    assert set(defaults) <= {*ROLES[role], *ROLES["bootstrap"]}
    # What is worked out from other variables has no value that a specification could name.
    fixed = {name: value for name, value in defaults.items() if value is not None and "{{" not in str(value)}
    assert fixed == {name: spec["default"] for name, spec in ROLES[role].items() if "default" in spec}


@pytest.mark.parametrize("role", ROLES)
def test_role_uses_no_undeclared_astera_variable(role):
    known = doc_snippets.known_variables() | set(doc_snippets.documented_modules()) | {"astera_data_stack"}
    files = [path for path in (ROOT / "roles" / role).rglob("*") if path.suffix in (".yml", ".j2", ".json")]
    used = {word for path in files for word in re.findall(r"\bastera_\w+", path.read_text(encoding="utf-8"))}
    assert used <= known


@pytest.mark.parametrize("role", ROLES)
def test_entry_point_of_a_role_is_documented_by_itself(role):
    """Not by an alias of another entry point, which ansible-doc empties when it shows that one. Options can be an alias: it copies them."""
    written = text(f"roles/{role}/meta/argument_specs.yml")
    assert re.findall(r"^ {2}\w+:\s+[&*]\w+\s*$", written, re.M) == []
    specs = yaml.safe_load(written)["argument_specs"]
    described = [spec["short_description"] for spec in specs.values()]
    assert len(set(described)) == len(described)
    for entry in specs:
        assert (ROOT / f"roles/{role}/tasks/{entry}.yml").exists()


# Plugins


def test_module_of_the_group_has_a_kind_and_is_routed():
    names = doc_snippets.documented_modules()
    routed = yaml.safe_load(text("meta/runtime.yml"))["plugin_routing"]["modules"]
    assert sorted(GROUP) == sorted(OPERATIONS) == [name for name in names if doc_snippets.resource_of(name)]
    assert routed == {
        name: {"action_plugin": "astera.data_stack.astera_server"} for name in GROUP if name != "astera_server"
    }
    own = [name for name in names if name not in GROUP]
    assert stems("plugins/action") == {"astera_server", *own}


def test_action_plugin_hides_no_member_of_its_base():
    methods = {name for name, value in vars(AsteraAction).items() if inspect.isfunction(value)}
    assert {name for name in methods & set(dir(ActionBase)) if not name.startswith("__")} == {"run"}


@pytest.mark.parametrize("name", GROUP)
def test_module_runs_its_kind(name):
    assert OPERATIONS[name] is doc_snippets.resource_of(name)


@pytest.mark.parametrize("name", GROUP)
def test_module_that_only_reads_documents_it(name):
    fragments = doc_snippets.module_documentation(name)["extends_documentation_fragment"]
    assert ("astera.data_stack.attributes.reading" in fragments) is name.endswith("_info")


# The README


def stems(folder):
    return {
        path.stem for path in (ROOT / folder).glob("*") if path.suffix in (".py", ".yml") and path.stem != "__init__"
    }


def test_readme_lists_the_included_content():
    """Everything that users call. What is internal to the roles, such as filters and the modules that write files, is not listed."""
    included = {
        "Module": {name for name in doc_snippets.documented_modules() if name.startswith("astera_")},
        "Role": set(ROLES),
        "Playbook": stems("playbooks"),
        "Plugin": stems("plugins/inventory") | stems("extensions/eda/plugins/event_source"),
        "Example to copy": {path.name for path in (ROOT / "playbooks/examples").iterdir()},
    }
    section = re.search(r"^## Included content\n(.*?)^## ", text("README.md"), re.M | re.S)[1]
    listed = {}
    for table in re.findall(r"(?:^\|.*\n)+", section, re.M):
        (kind, *_head), _rule, *entries = rows(table)
        names = [name for names, _description in entries for name in quoted(names)]
        listed[kind] = {re.sub(r"^(astera\.data_stack\.|playbooks/examples/)", "", name) for name in names}
    assert listed == included


def test_site_has_every_page():
    sections = yaml.safe_load(text("docs/docsite/extra-docs.yml"))["sections"]
    listed = [page for section in sections for page in section["toctree"]]
    written = {path.stem for path in PAGES.glob("*.rst")}
    assert len(listed) == len(set(listed))
    assert written == set(listed)
    for page in written:
        label = f".. _ansible_collections.astera.data_stack.docsite.{page}:"
        assert label in (PAGES / f"{page}.rst").read_text(encoding="utf-8")


def test_readme_links_to_every_page_of_the_site():
    links = re.findall(r"\]\(https://github\.com/[^)]*/blob/main/docs/([\w./]+)\)", text("README.md"))
    written = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert set(links) == {*written, *(f"docsite/rst/{path.name}" for path in PAGES.glob("*.rst"))}


def test_contributing_names_every_file_and_directory():
    first_cells = [cells[0] for cells in rows(text("CONTRIBUTING.md")) if not cells[0].startswith("`make ")]
    named = {name for cell in first_cells for name in quoted(cell)}
    parts = [ROOT / "plugins" / part for part in ("module_utils", "plugin_utils")]
    files = [path.relative_to(part).with_suffix("") for part in parts for path in part.rglob("*.py")]
    layers = {str(file.parent) for file in files if file.name == "__init__" and part_of_layers(file)}
    tests = {f"tests/{path.parent.name}" for path in (ROOT / "tests").glob("*/*") if path.suffix in (".py", ".j2")}
    assert named == {str(file) for file in files if file.name != "__init__"} | layers | tests


def part_of_layers(file):
    return (ROOT / "plugins/module_utils" / file).with_suffix(".py").is_file()
