# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plain values, the arguments of a task and trusted templates, on ansible-core 2.16 to 2.22. Private to this collection.

From 2.19 on, only a string that is marked as trusted is a template. Before, every string is one but those marked as unsafe.

ansible-core before 2.19 turns the result of a template into a string and guesses its type from that string: a list with an
unquoted time in it stays a string, and with ``jinja2_native`` the string "1.10" becomes the number 1.1. Where that can have
happened, the task's own YAML is evaluated again, value by value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from ansible import constants as C
from ansible.release import __version__ as ansible_version

try:
    from ansible.template import is_trusted_as_template, trust_as_template
except ImportError:  # ansible-core before 2.19
    from ansible.utils.unsafe_proxy import AnsibleUnsafe, wrap_var

    def as_template(text: str) -> str:
        return text

    def is_template(text: str) -> bool:
        return not isinstance(text, AnsibleUnsafe)

    def _untrusted(text: str) -> Any:
        return wrap_var(text)

else:

    def as_template(text: str) -> str:
        """Return a string that can be evaluated, or a YAML file all of whose strings can but those with the tag ``!unsafe``."""
        return trust_as_template(text)

    def is_template(text: str) -> bool:
        """Return whether Ansible would evaluate a string if it holds a template."""
        return is_trusted_as_template(text)

    def _untrusted(text: str) -> Any:
        return str.__str__(text)


_BEFORE_2_19 = tuple(map(int, ansible_version.split(".")[:2])) < (2, 19)
_ONE_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_OMITTED = object()
_POSSIBLY = re.compile(r"[{}]|^#jinja2:")


def untag(value: Any) -> Any:
    """Return a value without what Ansible attaches to it, as a module on a target gets it."""
    if isinstance(value, Mapping):
        return {_text(key): untag(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [untag(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    return _text(value)


def _text(value: Any) -> str:
    """Return a plain string: an unsafe one of ansible-core before 2.19 stays unsafe in ``str()``."""
    return str.__str__(value) if isinstance(value, str) else str(value)


def mark_untrusted(text: str) -> Any:
    """Return a string that is never evaluated.

    It is marked only if it could be, because ``ansible-inventory --list`` shows each marked string as an object.
    """
    plain = str.__str__(text)
    return _untrusted(plain) if _POSSIBLY.search(plain) else as_template(plain)


def task_arguments(task: Any, templar: Any, variables: Mapping[str, Any], specs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a task without what Ansible attaches to values.

    specs: the argument spec, which says where a text of JSON stands for a dict or a list of dicts.
    """
    arguments = task.args
    if _BEFORE_2_19:
        if C.DEFAULT_JINJA2_NATIVE or any(map(_looks_like_container, arguments.values())):
            arguments = _evaluate_again(task, templar, variables)
        arguments = _without_omitted(arguments, variables.get("omit"))
    return {option: _parse_json(value, specs.get(option) or {}) for option, value in untag(arguments).items()}


def _looks_like_container(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("[", "{"))


def _parse_json(value: Any, spec: Mapping[str, Any]) -> Any:
    """Return what a text of JSON stands for, as a survey or ``-e`` gives it, and None for a survey that was left empty.

    Ansible parses the JSON of a dict alone.
    """
    if not isinstance(value, str) or (spec.get("type"), spec.get("elements")) not in _JSON_TYPES:
        return value
    try:
        return json.loads(value) if value.strip() else None
    except ValueError:
        return value


_JSON_TYPES = (("dict", None), ("list", "dict"))


def _evaluate_again(task: Any, templar: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the task's arguments, each evaluated where it stands and not as a part of a larger text."""
    from ansible.executor.module_common import get_action_args_with_defaults
    from ansible.parsing.mod_args import ModuleArgsParser
    from ansible.template import AnsibleEnvironment

    templar = templar.copy_with_new_env(environment_class=AnsibleEnvironment)
    _action, raw, _delegate_to = ModuleArgsParser(task_ds=task.get_ds()).parse()
    play, defaults = _outer_defaults(task)
    given = get_action_args_with_defaults(
        task.resolved_action, raw, defaults, templar, action_groups=play._action_groups
    )
    again = {str(option): _evaluate(value, templar, variables) for option, value in given.items()}
    return {**task.args, **again}


def _outer_defaults(task: Any) -> tuple[Any, list[Any]]:
    """Return the play, and the ``module_defaults`` around the task as they are written, the outermost first.

    What the objects themselves hold was evaluated when Ansible prepared the task.
    """
    nodes = [task]
    while nodes[-1]._parent is not None:
        nodes.append(nodes[-1]._parent)
    play = nodes[-1]._play
    sources = [node.get_ds() for node in (play, *reversed(nodes))]
    found = [source.get("module_defaults") for source in sources if isinstance(source, Mapping)]
    return play, [
        each for defaults in found if defaults for each in (defaults if isinstance(defaults, list) else [defaults])
    ]


def _evaluate(value: Any, templar: Any, variables: Mapping[str, Any]) -> Any:
    if getattr(value, "__UNSAFE__", False):
        return value
    if isinstance(value, Mapping):
        return {key: _evaluate(item, templar, variables) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_evaluate(item, templar, variables) for item in value]
    if not isinstance(value, str):
        return value
    named = _ONE_VARIABLE.fullmatch(value.strip())
    if named and named[1] in variables:
        return _evaluate(variables[named[1]], templar, variables)
    return templar.template(value)


def _without_omitted(value: Any, placeholder: Any) -> Any:
    """Return the value without what was omitted at any depth: Ansible removes it from dicts, and leaves it in lists."""
    if isinstance(value, Mapping):
        items = ((key, _without_omitted(item, placeholder)) for key, item in value.items())
        return {key: item for key, item in items if item is not _OMITTED}
    if isinstance(value, (list, tuple)):
        return [item for item in (_without_omitted(each, placeholder) for each in value) if item is not _OMITTED]
    return _OMITTED if isinstance(value, str) and value == placeholder else value
