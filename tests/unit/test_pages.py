# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the pages name is there: commands, variables, files, sections. (test_yaml_blocks.py has the YAML in them.)"""

from __future__ import annotations

import functools
import json
import re
import shlex
from pathlib import Path

import pytest
from ansible.cli.playbook import PlaybookCLI
from ansible_collections.astera.data_stack.plugins.action import audit_report
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import (
    CONNECTION_OPTIONS,
    environment_variable,
)
from ansible_collections.astera.data_stack.plugins.plugin_utils._audit import report
from ansible_collections.astera.data_stack.tests import doc_snippets

ROOT = Path(__file__).resolve().parents[2]
PAGES = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in doc_snippets.pages()}
MODULES = {f"plugins/modules/{name}.py": "" for name in doc_snippets.documented_modules()}
TEXTS = {**PAGES, **{name: (ROOT / name).read_text(encoding="utf-8") for name in MODULES}}
MARKDOWN = [name for name in PAGES if name.endswith(".md")]
FENCED = r"^( *)```LANGUAGE\n(.*?)^\1```"
INDENTED = r"^( *)\.\. code-block:: LANGUAGE\n\n((?:\1 [^\n]*\n|\n)+)"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PLAYBOOKS = {path.stem: path for path in (ROOT / "playbooks").glob("*.yml")}
EXAMPLES = {path.name: path for path in (ROOT / "playbooks/examples").glob("*/*.yml")}
# Where the first word of a path in code says that it is one of this project.
FOLDERS = "changelogs|demo|docs|meta|playbooks|plugins|requirements|roles|tests|tools"
WRITTEN_BY_MAKE = {"docs/reliability.md"}


def blocks_of(page, language):
    pattern = (FENCED if page.endswith(".md") else INDENTED).replace("LANGUAGE", language)
    return [match[2] for match in re.finditer(pattern, PAGES[page], re.M | re.S)]


def commands(page):
    """As lists of words, continued lines joined and comments left out."""
    found = []
    for block in blocks_of(page, "console"):
        whole = re.sub(r"\\\n\s*", " ", block)
        found += [shlex.split(line.strip()[2:], comments=True) for line in whole.splitlines() if line.strip()]
        assert all(line.strip().startswith("$ ") for line in whole.splitlines() if line.strip()), block
    return found


def called(name):
    return [(page, words) for page in PAGES for words in commands(page) if words[0] == name]


@functools.cache
def known_words():
    states = {"servers": dict.fromkeys(("total", *report.STATES), 0), "objects": {"drifted": 0}}
    handed_on = audit_report._stats({"checked": 0, "counts": states, "msg": "", "files": {"html": ""}})
    modules = {name for name in doc_snippets.documented_modules() if name.startswith("astera_")}
    # The inventory has a variable of its own, which its documentation names.
    inventory = (ROOT / "plugins/inventory/astera.py").read_text(encoding="utf-8")
    modules |= set(re.findall(r"C\((astera_\w+)\)", inventory))
    return doc_snippets.known_variables() | modules | set(handed_on) | {"astera_data_stack"}


def test_pages_have_commands():
    assert len(called("ansible-playbook")) > 20
    assert len(called("make")) > 3


@pytest.mark.parametrize(("page", "words"), called("ansible-playbook"), ids=lambda given: str(given)[:60])
def test_pages_run_playbooks_that_exist_with_known_variables(page, words):
    """Read by the parser of ansible-playbook itself, which refuses an option that it has not."""
    cli = PlaybookCLI(words)
    cli.init_parser()
    given = cli.parser.parse_args(words[1:])
    (name,) = given.args
    ours = name.removeprefix(doc_snippets.OURS)
    if ours == name and name not in EXAMPLES:
        assert any(block.kind == "plays" for block in doc_snippets.blocks() if block.where.startswith(f"{page}#"))
        assert not given.extra_vars
        return
    playbook = PLAYBOOKS[ours] if ours != name else EXAMPLES[name]
    variables = set()
    for extra in given.extra_vars or []:
        if extra.startswith("@"):
            assert (playbook.parent / Path(extra[1:]).relative_to(Path.cwd())).exists()
        else:
            variables |= set(json.loads(extra)) if extra.startswith("{") else {extra.partition("=")[0]}
    of_example = set(re.findall(r"\w+", playbook.read_text(encoding="utf-8"))) if ours == name else set()
    assert variables <= set().union(*doc_snippets.role_specs().values()) | doc_snippets.known_variables() | of_example


def test_pages_encrypt_values_without_a_prompt():
    """ansible-vault writes the prompt for a name to its output, which is the file: a user types the secret as the name."""
    examples = [
        path.read_text(encoding="utf-8") for name in ("playbooks", "roles") for path in (ROOT / name).rglob("*.yml")
    ]
    commands = re.findall(r".*ansible-vault encrypt_string .*", "\n".join([*PAGES.values(), *examples]))
    good = r"""[ #$]*printf %s "\$SECRET" \| ansible-vault encrypt_string -J --stdin-name vault_\w+ >> \S+/vault\.yml"""
    assert len(commands) > 5
    assert [command for command in commands if not re.fullmatch(good, command)] == []


@pytest.mark.parametrize(("page", "words"), called("make"), ids=lambda given: str(given)[:60])
def test_pages_run_make_targets_that_exist(page, words):
    for word in words[1:]:
        name, assigns, _value = word.partition("=")
        assert re.search(rf"\$\({name}\)" if assigns else rf"^{name}:", MAKEFILE, re.M), word


@pytest.mark.parametrize("page", [page for page in MARKDOWN if not page.startswith(("roles", "tests"))])
def test_pages_mention_make_targets_that_exist(page):
    for verb in re.findall(r"`make ([a-z-]+)", PAGES[page]):
        assert re.search(rf"^{verb}:.* ## ", MAKEFILE, re.M), verb


@pytest.mark.parametrize("page", TEXTS)
def test_pages_use_known_names_with_the_prefix(page):
    # After "@" stand groups, which are made of what servers are called.
    words = set(re.findall(r"(?<![\w/@])astera_(?!data_stack/)\w+", TEXTS[page]))
    assert {word for word in words if not word.endswith("_")} <= known_words()
    awx = set().union(*doc_snippets.role_specs().values())
    assert set(re.findall(r"\bawx_setup_\w+", TEXTS[page])) <= awx


@pytest.mark.parametrize("page", TEXTS)
def test_pages_use_known_environment_variables(page):
    words = set(re.findall(r"\bASTERA_[A-Z_]+\b(?!\.md)", TEXTS[page])) - {"ASTERA_"}
    assert words <= set(map(environment_variable, CONNECTION_OPTIONS))


@pytest.mark.parametrize("page", PAGES)
def test_pages_name_files_that_exist(page):
    named = re.findall(rf"`((?:{FOLDERS})/[\w./{{}},-]*)`", PAGES[page])
    paths = {one for path in named for one in _spelled_out(path)} - WRITTEN_BY_MAKE
    assert [path for path in paths if not (ROOT / path).exists()] == []


def _spelled_out(path):
    """``a/{b,c}`` is a/b and a/c; X stands for a name."""
    match = re.search(r"\{([^}]*)\}", path)
    choices = [path.replace(match[0], word) for word in match[1].split(",")] if match else [path]
    return [choice for choice in choices if not re.search(r"(^|[/_])X\b", choice)]


@pytest.mark.parametrize("page", MARKDOWN)
def test_markdown_links_have_targets(page):
    folder = (ROOT / page).parent
    for link in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", PAGES[page]):
        path, _hash, section = link.partition("#")
        target = (folder / path).resolve() if path else ROOT / page
        assert target.exists(), link
        assert not section or section in anchors(target.read_text(encoding="utf-8")), link


def anchors(text):
    """As GitHub makes them of headings."""
    titles = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", [page for page in PAGES if page.endswith(".rst")])
def test_guide_references_have_targets(page):
    labels = {label for text in PAGES.values() for label in re.findall(r"^\.\. _([\w.]+):$", text, re.M)}
    assert set(re.findall(r":ref:`(?:[^`<]*<)?(ansible_collections\.astera[\w.]+)>?`", PAGES[page])) <= labels


@pytest.mark.parametrize("page", MARKDOWN)
def test_markdown_code_is_fenced(page):
    """What is only indented has no language, and would not be checked."""
    outside = re.sub(r"^ *```.*?^ *```$", "", PAGES[page], flags=re.M | re.S)
    assert re.findall(r"\n\n {4}(?! *[-*\d]).*", outside) == []


@pytest.mark.parametrize("page", PAGES)
def test_pages_have_valid_json(page):
    for block in blocks_of(page, "json"):
        json.loads(block)
