# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets as a type that cannot be printed, and the redaction of other people's texts. Private to this collection."""

from __future__ import annotations

import base64
import functools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

MASK = "********"

_SECRET_KEY = re.compile(
    r"pass(word|wd|phrase)|pwd|secret|token|credential|connection_?string|(api|access|private|license|licence|product)_?key",
    re.IGNORECASE,
)
_NAMES = re.compile(r"parameter_?name", re.IGNORECASE)
_MASKED = re.compile(r"[*•●·]+|[xX]{3,}|[<\[(]?(hidden|masked|redacted|protected)[>\])]?", re.IGNORECASE)
_IN_TEXT = (
    re.compile(
        r"(?i)((?:[\w.-]*(?:password|passwd|pwd|secret|token|api_?key|license_?key|\bkey))[\"']?\s*[=:]\s*)(\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s;,&}\"']+)"
    ),
    re.compile(r"(?i)(bearer\s+)(\S+)"),
    re.compile(r"()(eyJ[\w-]{5,}\.[\w-]+\.[\w-]*)"),
    re.compile(r"(//[^/\s:@]+:)([^/\s@]+)(?=@)"),
)


class Secret(str):
    """A string that shows as eight asterisks wherever it is printed, logged, compared or put into JSON.

    Only ``reveal`` gives the value, and only the code that encodes a request calls it.
    """

    __slots__ = ("_value",)
    _value: str

    def __new__(cls, value: str) -> Secret:
        secret = super().__new__(cls, MASK)
        secret._value = str(value)
        return secret

    def reveal(self) -> str:
        return self._value

    @property
    def masked(self) -> bool:
        """True for a server's own stand-in for a secret, such as ``*****``: never to be sent back or compared."""
        return bool(_MASKED.fullmatch(self._value))

    def __reduce__(self) -> Any:
        return (str, (MASK,))

    def __deepcopy__(self, memo: Any) -> Secret:
        return self


@functools.lru_cache(maxsize=4096)
def is_secret_key(key: str) -> bool:
    return bool(_SECRET_KEY.search(key))


def guard(value: Any, inside: bool = False) -> Any:
    """The same JSON value with every text under a secret's key turned into a ``Secret``.

    Of a parameter, the key is a value, too: ``{"parameterName": "password", "value": "…"}``.
    """
    if isinstance(value, dict):
        named = any(_NAMES.fullmatch(key) and is_secret_key(str(item)) for key, item in _texts(value))
        return {
            key: guard(item, inside or is_secret_key(str(key)) or (named and str(key).casefold() == "value"))
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [guard(item, inside) for item in value]
    if inside and isinstance(value, str) and value and not isinstance(value, Secret):
        return Secret(value)
    return value


def _texts(value: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    return ((str(key), item) for key, item in value.items() if isinstance(item, str))


def reveal(value: Any) -> Any:
    """The plain JSON value, secrets included: for the body of a request and nothing else."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, dict):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [reveal(item) for item in value]
    return value


def masked(value: Any) -> Any:
    """Plain types for a result: secrets as asterisks."""
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(item) for item in value]
    return value


def without_secrets(value: Any) -> Any:
    """An object for a result: the keys that hold secrets are left out."""
    if isinstance(value, dict):
        return {
            key: without_secrets(item)
            for key, item in value.items()
            if not isinstance(item, Secret) and not (item in (None, "") and is_secret_key(str(key)))
        }
    if isinstance(value, list):
        return [without_secrets(item) for item in value if not isinstance(item, Secret)]
    return value


def secrets_in(value: Any) -> list[str]:
    """Every secret text inside a value, revealed: for the redactor and for Ansible's own scrubbing."""
    if isinstance(value, Secret):
        return [value.reveal()]
    if isinstance(value, dict):
        return [text for item in value.values() for text in secrets_in(item)]
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in secrets_in(item)]
    return []


class Redactor:
    """Takes known secrets, in the forms in which servers echo them, and what looks like one out of a text."""

    # A shorter value would mask innocent text ("12" inside an id), and is no secret worth the name.
    SHORTEST = 4

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        self._forms: set[str] = set()
        self.learn(*secrets)

    def learn(self, *secrets: str | None) -> None:
        for secret in secrets:
            if not secret or len(secret) < self.SHORTEST or secret == MASK:
                continue
            raw = secret.encode("utf-8", "surrogatepass")
            encoded = base64.b64encode(raw).decode()
            self._forms |= {
                secret,
                json.dumps(secret)[1:-1],
                json.dumps(secret, ensure_ascii=False)[1:-1],
                quote(secret, safe=""),
                encoded,
                encoded.rstrip("="),
                raw.hex(),
            }

    def __call__(self, text: str) -> str:
        for form in sorted(self._forms, key=len, reverse=True):
            text = text.replace(form, MASK)
        for pattern in _IN_TEXT:
            text = pattern.sub(lambda match: match.group(1) + MASK, text)
        return text
