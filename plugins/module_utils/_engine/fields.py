# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of fields: which option stands for which key of the API, and when two values are equal. Pure.

One ``Field`` per managed value gives the argument spec, the comparison, the payload and the diff. Private to this
collection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .. import _values
from .._errors import usage
from .._secrets import Secret, wrap_secrets
from . import compare

_COMPARATORS: dict[str, Callable[[Any, Any], bool]] = {
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
    type: the option's type; it also chooses the comparison, unless ``comparator`` names another.
    secret: never compared, never shown; sent with the other changes.
    value_range: the allowed range of a number, both ends included.
    """

    option: str
    key: str
    type: str = "str"
    comparator: Callable[[Any, Any], bool] | None = None
    choices: tuple[str, ...] = ()
    secret: bool = False
    value_range: tuple[int, int] | None = None
    required: bool = False

    def is_equal(self, desired: Any, current: Any) -> bool:
        return (self.comparator or _COMPARATORS[self.type])(desired, current)

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
    """The desired value of one field.

    value: as the API accepts it. display: as the diff shows it, if that differs.
    format: converts the value that the server has to what the diff shows.
    """

    field: Field
    value: Any
    display: Any = None
    format: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True)
class Options:
    """The options of a module: those of its fields, the others, and the constraints between them as Ansible names them.

    files: the options that name a local file → the kind of file. ``list.option`` stands for an option of each item of a list.
    """

    fields: tuple[Field, ...] = ()
    others: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_together: tuple[tuple[str, ...], ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    def argument_spec(self) -> dict[str, dict[str, Any]]:
        spec: dict[str, dict[str, Any]] = {}
        for item in self.fields:
            outer, dot, inner = item.option.partition(".")
            if dot:
                group = spec.setdefault(outer, {"type": "dict", "options": {}})
                group["options"][inner] = item.spec()
            else:
                spec[outer] = item.spec()
        return {**spec, **{name: _copy(value) for name, value in self.others.items()}}

    def constraints(self) -> dict[str, list[list[str]]]:
        named = {"mutually_exclusive": self.mutually_exclusive, "required_together": self.required_together}
        return {name: [list(group) for group in groups] for name, groups in named.items() if groups}


def _copy(value: Any) -> Any:
    """Return a specification that Ansible can change without changing that of another task."""
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    return list(value) if isinstance(value, (list, tuple)) else value


def find_files(options: Options, params: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Yield the options that name a local file: the dictionary that contains them, their name, and the kind of file."""
    for path, kind in options.files.items():
        part, _dot, option = path.rpartition(".")
        holders = params.get(part) if part else [params]
        if part and params.get("parts") is not None and part not in params["parts"]:
            # The task of another part sends these.
            continue
        for holder in holders if isinstance(holders, list) else ():
            if isinstance(holder, dict) and holder.get(option) is not None:
                yield holder, option, kind


def desired_fields(fields: Iterable[Field], params: dict[str, Any]) -> list[DesiredField]:
    """Return the fields that a task declares, with their values. An option that is omitted or null is not managed."""
    found = []
    for item in fields:
        value: Any = params
        for part in item.option.split("."):
            value = (value or {}).get(part)
        if value is None:
            continue
        if item.value_range:
            check_range(item.option, value, *item.value_range)
        found.append(DesiredField(item, Secret(value) if item.secret else value))
    return found


def check_range(option: str, value: float, least: float, most: float | None = None) -> None:
    """Raise for a number outside of its range, both ends included, and for one that is not a number."""
    if not value >= least or (most is not None and value > most):
        allowed = f"at least {least}" if most is None else f"from {least} to {most}"
        raise usage(f"{option} is {value} and must be {allowed}. Correct it.")


# In the key of a field: stands for a dot in the name of a member.
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
    """Return the entries of ``settings``: additional keys of the API, with the API's spelling."""
    taken = {_values.fold_case(item.key.split(".")[0]): item.option for item in fields}
    taken.update({_values.fold_case(key): "" for key in reserved})
    found = []
    for key, value in wrap_secrets(settings or {}).items():
        if _values.fold_case(key) in taken:
            option = taken[_values.fold_case(key)]
            remedy = (
                f"Use the option {option.split('.')[0]}" if option else "Remove it, because the server maintains it"
            )
            raise usage(f"settings cannot contain {key}. {remedy}.")
        if value is not None:
            found.append(DesiredField(Field(f"settings.{key}", literal_key(key), "dict"), value))
    return found
