# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of type string that arrive as something else. Pure. Private to this collection.

Ansible turns whatever a string option is given into text, in Python's spelling. That loses what the author wrote: a dict becomes
``{'Encrypt': True}``, and the names 1.10, 0123 and 2024_01 are other numbers once YAML or a native template has read them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible.module_utils.common.validation import check_type_dict
from ansible_collections.astera.data_stack.plugins.module_utils._errors import usage
from ansible_collections.astera.data_stack.plugins.module_utils._values import load_json

_REMEDY = "quote it in YAML, and end an expression with the filter string"


def check_strings(specs: dict[str, Any], given: Any) -> list[str]:
    """Return a warning for each string that arrives as a number or boolean.

    specs: argument specs. given: the task's arguments before Ansible converts them.
    Raises for a dict or list, and for a secret of any other type, because a secret must never be altered.
    """
    warnings = []
    for where, spec, value in _strings(specs, given, ""):
        if isinstance(value, (dict, list)):
            raise usage(
                f"{where} must be a string and is a {type(value).__name__}; convert it with the filter to_json, or, if it is text that "
                "looks like data, end the expression that reads it with the filter string"
            )
        kind = "boolean" if isinstance(value, bool) else "number"
        if spec.get("no_log"):
            raise usage(f"{where} must be a string and arrived as a {kind}; {_REMEDY}, so that no character is lost")
        warnings.append(
            f"{where} arrived as the {kind} {value} and is used as the string '{value}'; if it was written otherwise (1.10, 0123, "
            f"2024_01, yes), {_REMEDY}"
        )
    return warnings


def check_dicts(specs: dict[str, Any], given: dict[str, Any], prefix: str = "") -> None:
    """Raise for an option, or an item of a list, that must be a dictionary and cannot become one.

    Ansible's own check fails on these without the name of the option.
    """
    for option, spec in specs.items():
        where, value = f"{prefix}{option}", given.get(option)
        if spec.get("type") == "dict" and value is not None:
            _check_dict(where, spec, value)
        elif spec.get("elements") == "dict" and isinstance(value, list):
            for number, item in enumerate(value):
                _check_dict(f"{where}[{number}]", spec, item)
        elif spec.get("elements") == "dict" and isinstance(value, str) and value.lstrip().startswith("["):
            if _from_json(value) is not None:
                continue
            raise usage(f"{where} must be a list of dictionaries and is text that is not valid JSON. Correct its value")


def _check_dict(where: str, spec: dict[str, Any], value: Any) -> None:
    if isinstance(value, str):
        try:
            value = check_type_dict(value)
        except TypeError as error:
            raise usage(
                f"{where} must be a dictionary and is text that is not valid JSON. Correct its value"
            ) from error
    if not isinstance(value, dict):
        kind = "null" if value is None else f"of type {type(value).__name__}"
        raise usage(f"{where} must be a dictionary of options and is {kind}. Correct its value")
    check_dicts(spec.get("options") or {}, value, f"{where}.")


def _strings(specs: dict[str, Any], given: Any, prefix: str) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield the string options that are given, and are not strings: their path, their spec, and the value."""
    if isinstance(given, str):
        given = _from_json(given)
    for option, spec in specs.items() if isinstance(given, dict) else ():
        yield from _not_strings(f"{prefix}{option}", spec, given.get(option))


def _not_strings(where: str, spec: dict[str, Any], value: Any) -> Iterator[tuple[str, dict[str, Any], Any]]:
    kind = spec.get("type", "str")
    if kind == "list":
        for number, item in enumerate(value if isinstance(value, list) else ()):
            yield from _not_strings(f"{where}[{number}]", {**spec, "type": spec.get("elements", "raw")}, item)
    elif kind == "dict":
        yield from _strings(spec.get("options") or {}, value, f"{where}.")
    elif kind in ("str", "path") and not spec.get("choices") and value is not None and not isinstance(value, str):
        yield where, spec, value


def _from_json(text: str) -> Any:
    """Ansible takes JSON text for a dict, too."""
    try:
        return load_json(text)
    except ValueError:
        return None
