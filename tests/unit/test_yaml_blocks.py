# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every YAML block that people copy is right: its syntax, the options of its tasks, the variables of its roles."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import CONNECTION_OPTIONS
from ansible_collections.astera.data_stack.tests import doc_snippets

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = doc_snippets.blocks()
# Of the connection, which may come from module_defaults, group variables or the environment.
ELSEWHERE = {"url": "https://astera.example.com:9261", "username": "automation", "password": "x"}
LOCAL_LINK = re.compile(r"https://github\.com/astera-data-stack/astera\.data_stack/(?:blob|tree|raw)/main/([\w./-]+)")
PAGES = doc_snippets.pages()
WRITTEN_BY_MAKE = {"docs/reliability.md"}


def problems(spec, given, **rules):
    checked = ArgumentSpecValidator(spec, **rules).validate(doc_snippets.filled({"options": spec}, given))
    return checked.error_messages


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_block_is_yaml(block):
    assert block.content() is not None


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.tasks()], ids=str)
def test_tasks_have_the_options_of_their_modules(block):
    for task in block.tasks():
        for name, options in doc_snippets.calls(task):
            spec = doc_snippets.module_spec(name)
            rules = {key: value for key, value in spec.items() if key not in ("argument_spec", "supports_check_mode")}
            known = ELSEWHERE if "username" in spec["argument_spec"] else {}
            login = {} if options.get("token") else known
            given = {**{key: login[key] for key in login if key not in options}, **options}
            assert problems(spec["argument_spec"], given, **rules) == [], task


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.kind == "plays"], ids=str)
def test_plays_have_the_variables_of_their_roles(block):
    specs = doc_snippets.role_specs()
    for item in [*block.content(), *block.tasks()]:
        for role, given in doc_snippets.roles_called(item):
            ours = {name: value for name, value in given.items() if name.startswith("astera_")}
            loose = {name: {**spec, "required": False} for name, spec in specs[role].items()}
            assert problems(loose, ours) == [], role


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.kind == "plays"], ids=str)
def test_defaults_of_the_action_group_are_connection_options(block):
    for play in block.content():
        given = (play.get("module_defaults") or {}).get("group/astera.data_stack.astera", {})
        assert set(given) <= set(CONNECTION_OPTIONS)


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.kind == "variables"], ids=str)
def test_variables_are_those_that_a_role_or_playbook_has(block):
    """In a file of variables, and at any depth of an inventory."""
    known, specs = doc_snippets.known_variables(), doc_snippets.role_specs()
    for name, value in found_variables(block.content()):
        assert name in known, f"{name} is no variable of this collection"
        for spec in [variables[name] for variables in specs.values() if name in variables]:
            assert problems({name: spec}, {name: value}) == []


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.kind == "rulebooks"], ids=str)
def test_rulebooks_have_the_options_of_our_sources_and_playbooks_that_are_there(block):
    check_rulebook(block.content())


@pytest.mark.parametrize("file", sorted((ROOT / "extensions/eda/rulebooks").glob("*.yml")), ids=lambda file: file.name)
def test_rulebooks_of_the_collection_have_valid_options(file):
    check_rulebook(yaml.safe_load(file.read_text(encoding="utf-8")))


def check_rulebook(content):
    for ruleset in content:
        for source in ruleset["sources"]:
            ((name, given),) = [item for item in source.items() if item[0] not in ("name", "filters")]
            known = doc_snippets.source_options(name.removeprefix(doc_snippets.OURS))
            assert set(given) <= set(known)
            assert [option for option, spec in known.items() if spec.get("required") and option not in given] in (
                [],
                ["url"],
            )
        for rule in ruleset["rules"]:
            playbook = rule["action"].get("run_playbook", {}).get("name", "astera.data_stack.audit")
            assert (ROOT / f"playbooks/{playbook.removeprefix(doc_snippets.OURS)}.yml").is_file()


def found_variables(content):
    for key, value in content.items():
        if str(key).startswith("astera_"):
            yield key, value
        elif isinstance(value, dict):
            yield from found_variables(value)


def test_block_has_valid_ansible_syntax(tmp_path):
    """All of them in one process, for each would spend its time on starting."""
    playbooks = []
    for number, block in enumerate(block for block in BLOCKS if block.kind in ("plays", "tasks") and not block.foreign):
        # The name leads from an error to the page.
        playbooks.append(tmp_path / f"{number}-{re.sub(r'[^a-zA-Z0-9]+', '-', block.where)}.yml")
        playbooks[-1].write_text(block.play(), encoding="utf-8")
    command = [Path(sys.executable).with_name("ansible-playbook"), "--syntax-check", "-i", "localhost,", *playbooks]
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    environ["ANSIBLE_COLLECTIONS_PATH"] = str(ROOT / ".venv")
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("playbook: ") == len(playbooks) > 20


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_into_this_project_lead_somewhere(page):
    linked = LOCAL_LINK.findall(page.read_text(encoding="utf-8"))
    assert [path for path in linked if not (ROOT / path).exists() and path not in WRITTEN_BY_MAKE] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_block_of_code_names_its_language(page):
    """A block without a language would not be checked."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".rst":
        said = re.findall(r"^ *\.\. code-block::(.*)$", text, re.M)
        assert re.findall(r"^(?!\.\.|.*\.\. ).*[^:\s]::$", text, re.M) == [], (
            "write '.. code-block:: LANGUAGE' instead of '::'"
        )
    else:
        said = re.findall(r"^ *```(.*)$", text, re.M)[::2]
    assert [language for language in said if not language.strip()] == []
