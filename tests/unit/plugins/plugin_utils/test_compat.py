# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing of Ansible is left on a value, keys included; and what is used of Ansible without a promise is there."""

from __future__ import annotations

import ast
import importlib
import inspect
from datetime import date, datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.astera.data_stack.plugins.plugin_utils import _compat
from ansible_collections.astera.data_stack.plugins.plugin_utils._compat import untag

# As the unsafe texts of Ansible before 2.19 are: their str() is what they are themselves.
Marked = type("Marked", (str,), {"__str__": lambda text: text})


def test_untag_returns_plain_strings():
    found = untag({Marked("key"): [Marked("value"), {Marked("inner"): (Marked("x"),)}], 1: None})
    assert found == {"key": ["value", {"inner": ["x"]}], "1": None}
    inner = found["key"][1]
    assert {type(text) for text in [*found, *inner, found["key"][0], inner["inner"][0]]} == {str}


class Number(float):
    """As a float with an origin is one in Ansible 2.19 and later."""


class Count(int):
    pass


def test_untag_keeps_numbers_and_booleans_F6():
    given = [1.5, Number(2.5), -0.0, 7, Count(8), True, False, None, 10**30]
    found = untag(given)
    assert found == given
    assert [type(item) for item in found] == [float, float, float, int, int, bool, bool, type(None), int]


def test_untag_writes_dates_as_yaml_does_F6():
    assert untag([date(2026, 12, 1), datetime(2026, 12, 1, 4, 30, tzinfo=timezone.utc)]) == [
        "2026-12-01",
        "2026-12-01T04:30:00+00:00",
    ]


BEFORE_2_19 = pytest.mark.skipif(not _compat._BEFORE_2_19, reason="ansible-core before 2.19 only")


def used_of_ansible():
    """Return the names that ``_compat`` imports from Ansible for this ansible-core, wherever in the file."""
    tree = ast.parse(Path(_compat.__file__).read_text(encoding="utf-8"))
    old = {"ansible.utils.unsafe_proxy", "ansible.executor.module_common", "ansible.parsing.mod_args"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module.split(".")[0] == "ansible":
            for item in node.names:
                is_old = node.module in old or item.name == "AnsibleEnvironment"
                is_new = item.name in ("is_trusted_as_template", "trust_as_template")
                if not (is_new if _compat._BEFORE_2_19 else is_old):
                    yield node.module, item.name


@pytest.mark.parametrize(("module", "name"), sorted(used_of_ansible()))
def test_ansible_has_what_compat_imports(module, name):
    assert hasattr(importlib.import_module(module), name)


@BEFORE_2_19
def test_ansible_has_the_private_members_that_compat_uses():
    from ansible.executor.module_common import get_action_args_with_defaults
    from ansible.parsing.dataloader import DataLoader
    from ansible.parsing.mod_args import ModuleArgsParser
    from ansible.playbook.play import Play
    from ansible.plugins.loader import init_plugin_loader
    from ansible.template import AnsibleEnvironment, Templar
    from ansible.utils.collection_loader import AnsibleCollectionConfig
    from ansible.utils.unsafe_proxy import wrap_var

    if AnsibleCollectionConfig.collection_finder is None:
        init_plugin_loader()
    parameters = list(inspect.signature(get_action_args_with_defaults).parameters)
    assert parameters == ["action", "args", "defaults", "templar", "action_groups"]
    templar = Templar(DataLoader()).copy_with_new_env(environment_class=AnsibleEnvironment)
    assert templar.template("{{ 1 }}") in (1, "1")
    play = Play.load({"hosts": "all", "tasks": [{"ansible.builtin.debug": {"msg": "x"}}]})
    block = play.tasks[0]
    task = block.block[0]
    assert (task._parent, block._play, block._parent) == (block, play, None)
    assert task.get_ds() == {"ansible.builtin.debug": {"msg": "x"}}
    assert ModuleArgsParser(task_ds=task.get_ds()).parse()[:2] == ("ansible.builtin.debug", {"msg": "x"})
    assert hasattr(play, "_action_groups")
    assert wrap_var("x").__UNSAFE__
