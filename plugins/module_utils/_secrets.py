# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A string type for secrets that does not print them, and the detection of keys that hold secrets. Private to this collection."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Callable, Iterator
from typing import Any

MASK = "********"

# A key, or a word in text, that contains one of these is followed by a secret.
SECRET_WORDS = (
    r"pass(?:word|wd|phrase|code)|pwd|secret|token|credential|conn(?:ection)?[-_. ]?str(?:ing)?|"
    r"(?:api|access|account|activation|auth|client|decryption|encryption|licen[cs]e|machine|master|private|product|"
    r"registration|serial|session|shared|signing|ssh|storage)[-_. ]?key"
)
_SEPARATORS = re.compile("[^A-Za-z0-9]+")
_SECRET_KEY = re.compile(rf"{SECRET_WORDS}|^authorization$", re.IGNORECASE)
# ``pass``, ``mailPass`` and ``mail-pass``, but not ``bypass``.
_PASS_KEY = re.compile(r"(?:^|[^A-Za-z0-9]|(?<=[a-z])(?-i:(?=P)))pass$", re.IGNORECASE)
_NAMES = re.compile(r"parameter[-_. ]?name", re.IGNORECASE)
# ``password`` and ``accessKeys``, but not ``passwordPolicy`` or ``tokenType``.
_NAMES_A_SECRET = re.compile(rf"(?:{SECRET_WORDS}|^authorization|pass)s?$", re.IGNORECASE)
_MASKED = re.compile(r"[*•●·]+|[xX]{3,}|[<\[(]?(hidden|masked|redacted|protected)[>\])]?", re.IGNORECASE)


class Secret(str):
    """A string that is eight asterisks wherever it is printed, logged, compared or serialized.

    Only ``reveal`` returns the value, a string or number. Only the code that encodes a request calls it.
    """

    __slots__ = ("_value",)
    _value: str | int | float

    def __new__(cls, value: str | int | float) -> Secret:
        secret = super().__new__(cls, MASK)
        secret._value = value if isinstance(value, (int, float)) else str(value)
        return secret

    def reveal(self) -> Any:
        return self._value

    @property
    def is_masked(self) -> bool:
        """Whether it is a placeholder of the server, such as ``*****``. A placeholder is never sent or compared."""
        return bool(_MASKED.fullmatch(str(self._value)))

    def __reduce__(self) -> Any:
        return (str, (MASK,))

    def __deepcopy__(self, memo: Any) -> Secret:
        return self


@functools.lru_cache(maxsize=4096)
def is_secret_key(key: str) -> bool:
    """Return whether a key holds a secret. Separators are ignored: ``api-key`` and ``Api.Key`` are ``apiKey``."""
    return bool(_SECRET_KEY.search(_SEPARATORS.sub("", key)) or _PASS_KEY.search(key))


@functools.lru_cache(maxsize=4096)
def _names_a_secret(key: str) -> bool:
    return is_secret_key(key) and bool(_NAMES_A_SECRET.search(_SEPARATORS.sub("", key)))


def wrap_secrets(value: Any, named: list[str] | None = None) -> Any:
    """Return the JSON value with each string under the key of a secret as a ``Secret``.

    A number is a ``Secret`` only if the key names a secret, and not something about secrets, such as their lifetime. The name
    of a parameter counts as a key: ``{"parameterName": "password", "value": "…"}``.
    named: a list to which the strings and numbers under such keys are added, except placeholders of the server.
    """
    return _wrap(value, False, False, [] if named is None else named)


def _wrap(value: Any, about: bool, names: bool, named: list[str]) -> Any:
    if isinstance(value, dict):
        parameter = any(_NAMES.fullmatch(key) and is_secret_key(str(item)) for key, item in _texts(value))
        its_value = "value" if parameter else None
        return {
            key: _wrap(
                item,
                about or is_secret_key(str(key)) or str(key).casefold() == its_value,
                names or _names_a_secret(str(key)) or str(key).casefold() == its_value,
                named,
            )
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_wrap(item, about, names, named) for item in value]
    number = names and isinstance(value, (int, float)) and not isinstance(value, bool)
    if number or (about and isinstance(value, str) and value and not isinstance(value, Secret)):
        value = Secret(value)
    if names and isinstance(value, Secret) and not value.is_masked:
        named.append(str(value.reveal()))
    return value


def _texts(value: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    return ((str(key), item) for key, item in value.items() if isinstance(item, str))


_QUOTED_TEXT = re.compile(r""""([^"\r\n]*)"|'([^'\r\n]*)'""")
_SET_VALUE = re.compile(r"""[=:>]\s*([^=:;,<>"'\r\n]+)""")
# Values of a configuration that are not secrets.
_INNOCENT_VALUES = frozenset(("false", "none", "null", "true"))
_MAX_VALUES = 5000


def configuration_values(content: str) -> set[str]:
    """Return what an error of the server might quote of a configuration: its lines, and what follows an equals sign, a colon or a quote."""
    found: dict[str, None] = {}
    for line in content.splitlines():
        texts = [line, *re.split("[=:]", line, maxsplit=1)[1:], *_SET_VALUE.findall(line)]
        texts += [double or single for double, single in _QUOTED_TEXT.findall(line)]
        for text in texts:
            value = text.strip().strip("\"',;").strip()
            found.update(dict.fromkeys((value, html.unescape(value), value.replace("\\\\", "\\").replace('\\"', '"'))))
        if len(found) > _MAX_VALUES:
            break
    return {value for value in found if value.casefold() not in _INNOCENT_VALUES and value.strip("[]{}()<>/ ")}


def _replace_secrets(value: Any, replacement: Callable[[Secret], Any]) -> Any:
    """Return the value in plain types, with something else in place of each secret."""
    if isinstance(value, Secret):
        return replacement(value)
    if isinstance(value, dict):
        return {key: _replace_secrets(item, replacement) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replace_secrets(item, replacement) for item in value]
    return value


def reveal(value: Any) -> Any:
    """Return the plain JSON value, secrets included: for the body of a request and nothing else."""
    return _replace_secrets(value, Secret.reveal)


def mask(value: Any) -> Any:
    """Return the value for a result, secrets as asterisks."""
    return _replace_secrets(value, lambda _secret: MASK)


def drop_secrets(value: Any) -> Any:
    """Return the object without the keys that hold secrets."""
    if isinstance(value, dict):
        return {
            key: drop_secrets(item)
            for key, item in value.items()
            if not isinstance(item, Secret) and not (item in (None, "") and is_secret_key(str(key)))
        }
    if isinstance(value, list):
        return [drop_secrets(item) for item in value if not isinstance(item, Secret)]
    return value


def collect_secrets(value: Any) -> list[str]:
    """Return all secrets in a value in plain text, for the redactor and for ``no_log_values`` of Ansible."""
    found: list[str] = []
    _replace_secrets(value, lambda secret: found.append(str(secret.reveal())))
    return found
