# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The arguments of a task: what Ansible accepts and should not, and the secrets in them. Pure. Private to this collection.

Ansible converts any value of a string option to a string, in Python's spelling, and so loses what the author wrote: a dictionary becomes
``{'Encrypt': True}``, and the names 1.10, 0123 and 2024_01 are other numbers once YAML or a native template has read them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible.module_utils.common.validation import check_type_dict

from ._client.connection import redact_url, secrets_in_url
from ._errors import usage
from ._redactor import MIN_SECRET_LENGTH, Redactor
from ._scrub import scrub_object
from ._secrets import MASK, collect_secrets, wrap_secrets
from ._values import load_json

_REMEDY = "quote it in YAML, and end an expression with the filter string"


def walk(specs: dict[str, Any], given: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield each dictionary of options, at any depth: its path, the specs of its options, and the dictionary."""
    given = _from_json(given) if isinstance(given, str) else given
    for number, item in enumerate(given if isinstance(given, list) else ()):
        yield from walk(specs, item, f"{path}[{number}]")
    if isinstance(given, dict):
        yield path, specs, given
        for option, spec in specs.items():
            if spec.get("options"):
                yield from walk(spec["options"], given.get(option), f"{path}.{option}")


def check_strings(specs: dict[str, Any], given: Any) -> list[str]:
    """Return a warning for each string that arrives as a number or boolean.

    specs: argument specs. given: the task's arguments before Ansible converts them.
    Raises for a dict or list, and for a secret of any other type, because a secret must never be altered.
    """
    warnings = []
    strings = (
        (f"{path}.{option}".lstrip("."), spec, holder.get(option))
        for path, options, holder in walk(specs, given)
        for option, spec in options.items()
    )
    for where, spec, value in (found for string in strings for found in _not_strings(*string)):
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
            raise usage(
                f"{where} must be a list of dictionaries and is text that is not valid JSON. Correct its value."
            )


def _check_dict(where: str, spec: dict[str, Any], value: Any) -> None:
    if isinstance(value, str):
        try:
            value = check_type_dict(value)
        except TypeError as error:
            raise usage(
                f"{where} must be a dictionary and is text that is not valid JSON. Correct its value."
            ) from error
    if not isinstance(value, dict):
        kind = "null" if value is None else f"of type {type(value).__name__}"
        raise usage(f"{where} must be a dictionary of options and is {kind}. Correct its value.")
    check_dicts(spec.get("options") or {}, value, f"{where}.")


def _not_strings(where: str, spec: dict[str, Any], value: Any) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield the value of a string option, or each item of a list of strings, that is not a string."""
    kind = spec.get("type", "str")
    if kind == "list":
        for number, item in enumerate(value if isinstance(value, list) else ()):
            yield from _not_strings(f"{where}[{number}]", {**spec, "type": spec.get("elements", "raw")}, item)
    elif kind in ("str", "path") and not spec.get("choices") and value is not None and not isinstance(value, str):
        yield where, spec, value


def _from_json(text: str) -> Any:
    """Ansible takes JSON text for a dict, too."""
    try:
        return load_json(text)
    except ValueError:
        return None


def collect_secret_values(specs: dict[str, Any], params: dict[str, Any]) -> set[str]:
    """Return the secrets in the parameters: secret options, and those in free-form values, which Ansible cannot know."""
    # A short string under a key that is about secrets, such as the type of a token, is not a secret.
    embedded = [text for text in embedded_secrets(specs, params) if len(text) >= MIN_SECRET_LENGTH]
    return {*collect_no_log_values(specs, params), *embedded, *secrets_in_url(str(params.get("url") or ""))}


def collect_no_log_values(specs: dict[str, Any], params: Any) -> list[str]:
    """Return the values of all options with ``no_log``, at any depth."""
    return [
        str(holder[option])
        for _path, options, holder in walk(specs, params)
        for option, spec in options.items()
        if spec.get("no_log") and holder.get(option)
    ]


def embedded_secrets(specs: dict[str, Any], params: Any) -> Iterator[str]:
    """Yield the secrets in free-form values, at any depth. A choice, such as that of update_password, is not one."""
    for _path, options, holder in walk(specs, params):
        other = {option for option, spec in options.items() if spec.get("options") or "choices" in spec}
        free = {option: value for option, value in holder.items() if value is not None and option not in other}
        yield from collect_secrets(wrap_secrets(free))


def redact_arguments(specs: dict[str, Any], params: Any, redactor: Redactor) -> Any:
    """Return the arguments of a task as its result can show them."""
    if isinstance(params, list):
        return [redact_arguments(specs, item, redactor) for item in params]
    if not isinstance(params, dict):
        return MASK
    shown = {option: _redact_argument(specs.get(option), option, value, redactor) for option, value in params.items()}
    if specs.get("url") and isinstance(params.get("url"), str):
        shown["url"] = redact_url(params["url"])
    return shown


def _redact_argument(spec: dict[str, Any] | None, option: str, value: Any, redactor: Redactor) -> Any:
    if value is None:
        return None
    if spec is None or not isinstance(value, (str, int, float, list, dict)):
        return MASK
    if spec.get("no_log"):
        return "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    if spec.get("options"):
        return redact_arguments(spec["options"], value, redactor)
    if spec.get("type") == "dict" and not isinstance(value, dict):
        # Which part of it is secret is unknown.
        return MASK
    return scrub_object({option: wrap_secrets(value)}, redactor)[option]
