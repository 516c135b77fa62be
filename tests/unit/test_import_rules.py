# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which layer may import which. The table in CONTRIBUTING.md says the same in words."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
OURS = "ansible_collections.astera.data_stack.plugins."
HTTP = {"requests", "requests_toolbelt", "urllib3", "http", "socket", "ssl"}
# Beside the layers, the lowest first: a file may import those before it.
FLAT = ["_errors", "_secrets", "_version", "_values", "_files", "_redactor", "_scrub"]
MODULE_UTILS = {f"module_utils.{name}" for name in FLAT}
ENGINE, CLIENT, KINDS = "module_utils._engine", "module_utils._client", "module_utils._kinds"
COMPATIBILITY, TASK, SHARED = "module_utils._compatibility", "module_utils._task", "plugin_utils"
ARGUMENTS = "module_utils._arguments"
CLOCK = "module_utils._client.waiting"
BELOW_TASK = {*MODULE_UTILS, ENGINE, CLIENT, KINDS, COMPATIBILITY}

# Layer → what it may import of this collection.
RULES = {
    **{f"module_utils.{name}": {f"module_utils.{other}" for other in FLAT[:place]} for place, name in enumerate(FLAT)},
    CLIENT: {*MODULE_UTILS, CLIENT},
    ENGINE: {*MODULE_UTILS, ENGINE},
    KINDS: {*MODULE_UTILS, ENGINE, CLIENT, KINDS},
    COMPATIBILITY: {*MODULE_UTILS, ENGINE, CLIENT, KINDS, COMPATIBILITY},
    ARGUMENTS: {*MODULE_UTILS, CLIENT},
    TASK: {*BELOW_TASK, ARGUMENTS},
    SHARED: {*BELOW_TASK, ARGUMENTS, TASK, SHARED},
    "modules": {TASK, KINDS},
    **{entry: {*BELOW_TASK, TASK, SHARED} for entry in ("action", "inventory", "test", "doc_fragments")},
}
# What single files may import beyond the rule of their layer.
EXCEPTIONS = {
    # It waits between attempts.
    "module_utils._engine.converge": {CLOCK},
    # It waits for a lock. The clock imports nothing but errors.
    "module_utils._files": {CLOCK},
    # The module that reports on an API is a kind of its own.
    "module_utils._kinds.compatibility": {COMPATIBILITY},
}


def modules():
    return sorted(path for path in PLUGINS.rglob("*.py") if path.name != "__init__.py")


def dotted(path):
    return ".".join(path.relative_to(PLUGINS).with_suffix("").parts)


def imports(name, source):
    """Return all that a file imports at run time, wherever in it, as dotted names: a module, or a name in a module."""
    found = set()
    tree = ast.parse(source)
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in node.body
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            found |= {item.name for item in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = f"{OURS}{name}".split(".")[: -node.level] if node.level else []
            module = ".".join([*parents, *([node.module] if node.module else [])])
            found |= {f"{module}.{item.name}" for item in node.names}
    return found


def belongs(name, parents):
    return any(name == parent or name.startswith(f"{parent}.") for parent in parents)


def broken_rules(name, source):
    """Return what a file imports and must not."""
    found = imports(name, source)
    layer = max((layer for layer in RULES if belongs(name, [layer])), key=len)
    allowed = {*RULES[layer], *EXCEPTIONS.get(name, ())}
    ours = {item.removeprefix(OURS) for item in found if item.startswith(OURS)}
    broken = {item for item in ours if not belongs(item, allowed)}
    roots = {item.split(".")[0] for item in found}
    if layer != CLIENT:
        broken |= roots & HTTP
    if layer.startswith("module_utils") and layer not in (TASK, ARGUMENTS):
        broken |= roots & {"ansible"}
    return sorted(broken)


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_file_imports_only_lower_layers(path):
    assert broken_rules(dotted(path), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        (f"{ENGINE}.plan", "import requests"),
        (f"{ENGINE}.plan", f"from {OURS}module_utils._client import session"),
        (f"{CLIENT}.session", f"from {OURS}module_utils._engine import compare"),
        (f"{CLIENT}.session", "from .._engine import compare"),
        (f"{CLIENT}.session", f"def late():\n    from {OURS}module_utils._kinds.job import JOB"),
        (f"{KINDS}.job", "from ansible.module_utils.basic import AnsibleModule"),
        ("module_utils._errors", f"from {OURS}module_utils._values import get"),
        ("modules.astera_job", f"from {OURS}module_utils._client import client"),
        (TASK, f"from {OURS}plugin_utils._action import ActionBase"),
    ],
)
def test_broken_rules_finds_an_import_of_a_higher_layer(name, statement):
    assert len(broken_rules(name, statement)) == 1


def test_exceptions_are_used():
    """An exception that no file needs any more hides the next one."""
    for name, extra in EXCEPTIONS.items():
        source = (PLUGINS / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8")
        assert all(any(belongs(item.removeprefix(OURS), [one]) for item in imports(name, source)) for one in extra), (
            name
        )
