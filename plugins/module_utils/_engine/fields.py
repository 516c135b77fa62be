# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables: which option stands for which key of the API, and when two of its values are the same. Pure.

One ``Field`` per managed value gives the argument spec, the comparison, the payload and the diff. Private to this
collection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.plugins.module_utils._engine import compare
from ansible_collections.astera.data_stack.plugins.module_utils._errors import usage
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import Secret, wrap_secrets

_SAME_BY_TYPE: dict[str, Callable[[Any, Any], bool]] = {
    "str": compare.texts_equal,
    "int": compare.numbers_equal,
    "bool": compare.flags_equal,
    "dict": compare.matches,
}


@dataclass(frozen=True)
class Field:
    """One managed value.

    option: the option's name, dotted for a suboption (``repository.data_provider``).
    key: where the API keeps it, dotted likewise (``serverDbInfo.dataProvider``), as the vendor's article spells it.
    type: the option's type; it also chooses the comparison, unless ``same`` names another.
    secret: never compared, never shown; sent with the other changes.
    span: the allowed range of a number, both ends included.
    """

    option: str
    key: str
    type: str = "str"
    same: Callable[[Any, Any], bool] | None = None
    choices: tuple[str, ...] = ()
    secret: bool = False
    span: tuple[int, int] | None = None
    required: bool = False

    def is_same(self, want: Any, have: Any) -> bool:
        return (self.same or _SAME_BY_TYPE[self.type])(want, have)

    def spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = {"type": self.type}
        if self.choices:
            spec["choices"] = list(self.choices)
        if self.secret:
            spec["no_log"] = True
        if self.required:
            spec["required"] = True
        return spec


class DesiredField(NamedTuple):
    """What the task asks of one field.

    value: as the API takes it; shown: as the diff says it, where that is something else.
    show: turns the value that the server has into what the diff says.
    """

    field: Field
    value: Any
    shown: Any = None
    show: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True)
class Options:
    """The options of a module: those of its fields, the others, and the rules between them, in Ansible's words."""

    fields: tuple[Field, ...] = ()
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_together: tuple[tuple[str, ...], ...] = ()

    def argument_spec(self) -> dict[str, dict[str, Any]]:
        spec: dict[str, dict[str, Any]] = {}
        for item in self.fields:
            outer, dot, inner = item.option.partition(".")
            if dot:
                group = spec.setdefault(outer, {"type": "dict", "options": {}})
                group["options"][inner] = item.spec()
            else:
                spec[outer] = item.spec()
        return {**spec, **{name: dict(value) for name, value in self.others.items()}}

    def rules(self) -> dict[str, list[list[str]]]:
        named = {"mutually_exclusive": self.mutually_exclusive, "required_together": self.required_together}
        return {name: [list(group) for group in groups] for name, groups in named.items() if groups}


def wants(fields: Iterable[Field], params: dict[str, Any]) -> list[DesiredField]:
    """The fields that a task names, with their values. An option that is omitted or null is not managed."""
    found = []
    for item in fields:
        value: Any = params
        for part in item.option.split("."):
            value = (value or {}).get(part)
        if value is None:
            continue
        if item.span and not item.span[0] <= value <= item.span[1]:
            raise usage(f"{item.option} is {value}, and must be from {item.span[0]} to {item.span[1]}")
        found.append(DesiredField(item, Secret(value) if item.secret else value))
    return found


# In the key of a field, for a dot that is a part of a member's name.
_LITERAL_DOT = "\0"


def literal_key(name: str) -> str:
    """Return the key of a field whose member has this name, dots included."""
    return name.replace(".", _LITERAL_DOT)


def key_parts(key: str) -> list[str]:
    """Return the names of the members that a dotted key leads through."""
    return [part.replace(_LITERAL_DOT, ".") for part in key.split(".")]


def desired_settings(
    settings: dict[str, Any] | None, fields: Iterable[Field], reserved: Iterable[str]
) -> list[DesiredField]:
    """The entries of ``settings``: further keys of the API, spelt as the API spells them."""
    taken = {_values.fold_case(item.key.split(".")[0]): item.option for item in fields}
    taken.update({_values.fold_case(key): "" for key in reserved})
    found = []
    for key, value in wrap_secrets(settings or {}).items():
        if _values.fold_case(key) in taken:
            option = taken[_values.fold_case(key)]
            way_out = f"use the option {option.split('.')[0]} instead" if option else "the server keeps it itself"
            raise usage(f"settings may not hold {key}: {way_out}")
        if value is not None:
            found.append(DesiredField(Field(f"settings.{key}", literal_key(key), "dict"), value))
    return found
