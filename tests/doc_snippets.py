# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The YAML that people copy: every block of the guides, the READMEs and the modules' examples, wherever one is added."""

from __future__ import annotations

import ast
import functools
import importlib
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.astera.data_stack.plugins.module_utils import _task
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import CONNECTION_OPTIONS
from ansible_collections.astera.data_stack.plugins.module_utils._engine.kind import Operation

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "extensions/eda/plugins/event_source"
OURS = "astera.data_stack."
_FENCED = re.compile(r"^( *)```(?:yaml|yml|YAML)\n(.*?)^\1```", re.M | re.S)
_DIRECTIVE = re.compile(r"^( *)\.\. code-block:: *(?:yaml|yml|yaml\+jinja|YAML\+Jinja)\n(.*?)(?=^\1\S|\Z)", re.M | re.S)
_OPTION_LINES = re.compile(r"\A(?:\s*:[\w-]+:.*\n)+")
_KNOWN = (OURS, "ansible.builtin.", "ansible.legacy.")
_LISTS_OF_TASKS = ("tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML as Ansible reads it: a value may be encrypted or unsafe."""


for _tag in ("!vault", "!unsafe"):
    _Loader.add_constructor(_tag, lambda loader, node: loader.construct_scalar(node))


@dataclass(frozen=True)
class Block:
    """One block. where: file and number. text: as it stands there."""

    where: str
    text: str

    def __str__(self) -> str:
        return self.where

    def content(self) -> Any:
        return yaml.load(self.text, _Loader)

    @property
    def kind(self) -> str:
        """``plays``, ``tasks``, ``variables``, ``rulebooks`` or, for another tool's file, ``other``."""
        content = self.content()
        if isinstance(content, dict):
            return "variables"
        if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
            return "other"
        if all("hosts" in item or any(key.endswith("import_playbook") for key in item) for item in content):
            return "rulebooks" if any("rules" in item or "sources" in item for item in content) else "plays"
        return "tasks" if all(set(item) & {"block", "name"} or _action_of(item) for item in content) else "other"

    def tasks(self) -> list[dict[str, Any]]:
        return list(_tasks_in(self.content())) if self.kind in ("plays", "tasks") else []

    @property
    def foreign(self) -> bool:
        """Whether it uses another collection, which need not be here."""
        actions = [_action_of(task) for task in self.tasks()]
        return any("." in action and not action.startswith(_KNOWN) for action in actions if action)

    def play(self) -> str:
        """As a playbook for ``--syntax-check``."""
        if self.kind == "plays":
            return self.text
        return f"- hosts: all\n  gather_facts: false\n  tasks:\n{textwrap.indent(self.text, '    ')}"


def blocks() -> list[Block]:
    """All of them: guides, Markdown files, and EXAMPLES."""
    found: list[Block] = []
    for path in pages():
        pattern = _DIRECTIVE if path.suffix == ".rst" else _FENCED
        for number, match in enumerate(pattern.finditer(path.read_text(encoding="utf-8")), 1):
            text = textwrap.dedent(_OPTION_LINES.sub("", match[2])).strip("\n") + "\n"
            found.append(Block(f"{path.relative_to(ROOT)}#{number}", text))
    for path in [*sorted((ROOT / "plugins").glob("*/*.py")), *sorted(SOURCES.glob("*.py"))]:
        examples = _literal(path, "EXAMPLES")
        if examples:
            found.append(Block(f"{path.relative_to(ROOT)}#EXAMPLES", examples))
    return found


def pages() -> list[Path]:
    """The guides and the Markdown files."""
    markdown = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("roles/**/*.md")]
    markdown += [*ROOT.glob("tests/**/*.md"), *ROOT.glob("playbooks/**/*.md")]
    return [*sorted((ROOT / "docs").rglob("*.rst")), *sorted(markdown)]


def _literal(path: Path, name: str) -> str:
    """The text that a plugin's file gives to a name, without running the file."""
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and any(getattr(one, "id", "") == name for one in statement.targets):
            return ast.literal_eval(statement.value)
    return ""


def _tasks_in(items: list[dict[str, Any]]) -> Any:
    for item in items:
        if "hosts" not in item:
            yield item
        for part in _LISTS_OF_TASKS:
            yield from _tasks_in(item.get(part) or [])


def _action_of(task: dict[str, Any]) -> str:
    return next((key for key in task if "." in key and not key.startswith("with_")), "")


def calls(task: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The modules of ours that a task calls, with their options."""
    return [(key[len(OURS) :], task[key] or {}) for key in task if key.startswith(OURS)]


def roles_called(item: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The roles of ours that a play or task calls, with the variables that it sets for them."""
    found = []
    for role in item.get("roles") or []:
        name = role if isinstance(role, str) else role.get("role") or role.get("name")
        found.append((name, {**(item.get("vars") or {}), **({} if isinstance(role, str) else role.get("vars") or {})}))
    for key in ("ansible.builtin.include_role", "ansible.builtin.import_role"):
        if key in item:
            found.append((item[key]["name"], item.get("vars") or {}))
    return [(name[len(OURS) :], given) for name, given in found if name.startswith(OURS)]


def module_spec(name: str) -> dict[str, Any]:
    """The arguments of ``AnsibleModule`` for one of our modules; from its documentation where it has no table."""
    resource = resource_of(name)
    if resource:
        return _task.argument_spec(resource)
    return {"argument_spec": _from_documentation(module_documentation(name).get("options") or {})}


def resource_of(name: str) -> type[Operation] | None:
    """The table that a module gives to ``run_module``; nothing for a module that never calls the API."""
    module = importlib.import_module(f"ansible_collections.astera.data_stack.plugins.modules.{name}")
    kinds = (value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Operation))
    return next(kinds, None)


def _from_documentation(options: dict[str, Any]) -> dict[str, Any]:
    spec = {}
    for name, said in options.items():
        kept = {key: said[key] for key in ("type", "required", "choices", "default", "elements") if key in said}
        if said.get("suboptions"):
            kept["options"] = _from_documentation(said["suboptions"])
        spec[name] = kept
    return spec


def documented_modules() -> list[str]:
    """The modules of this collection."""
    return sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py"))


@functools.cache
def module_documentation(name: str, part: str = "DOCUMENTATION") -> dict[str, Any]:
    return yaml.safe_load(_literal(ROOT / f"plugins/modules/{name}.py", part)) or {}


def source_options(name: str) -> dict[str, Any]:
    """The options of one of our event sources, as it documents them; of those that call a server, the connection's, too."""
    said = yaml.safe_load(_literal(SOURCES / f"{name}.py", "DOCUMENTATION"))
    connection = {} if "extends_documentation_fragment" not in said else CONNECTION_OPTIONS
    return {**connection, **said["options"]}


@functools.cache
def role_specs() -> dict[str, dict[str, Any]]:
    """Role → its variables, as its ``argument_specs`` declare them."""
    found = {}
    for path in sorted((ROOT / "roles").glob("*/meta/argument_specs.yml")):
        specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
        found[path.parts[-3]] = {
            name: spec for part in specs.values() for name, spec in (part.get("options") or {}).items()
        }
    return found


@functools.cache
def known_variables() -> set[str]:
    """Every ``astera_`` variable that a role declares or a playbook speaks of."""
    spoken = {word for path in (ROOT / "playbooks").rglob("*.yml") for word in _words(path)}
    return spoken.union(*role_specs().values())


def _words(path: Path) -> list[str]:
    return re.findall(r"\bastera_\w+", path.read_text(encoding="utf-8"))


def filled(spec: dict[str, Any], given: Any) -> Any:
    """The same value, with something of the right type in place of each template, for that is not known yet."""
    if isinstance(given, str) and ("{{" in given or "{%" in given):
        return _stand_in(spec)
    if isinstance(given, dict) and spec.get("options"):
        return {name: filled(spec["options"].get(name, {}), value) for name, value in given.items()}
    if isinstance(given, list) and spec.get("elements"):
        inner = {"type": spec["elements"], "options": spec.get("options"), "choices": spec.get("choices")}
        return [filled(inner, item) for item in given]
    return given


def _stand_in(spec: dict[str, Any]) -> Any:
    if spec.get("choices"):
        return [spec["choices"][0]] if spec.get("type") == "list" else spec["choices"][0]
    if spec.get("type") == "dict" and spec.get("options"):
        required = {name: inner for name, inner in spec["options"].items() if inner.get("required")}
        return {name: _stand_in(inner) for name, inner in required.items()}
    return {"int": 1, "float": 1.0, "bool": True, "dict": {}, "list": []}.get(spec.get("type", "str"), "x")
