# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mask the secrets in the result of a task, in one pass. Private to this collection."""

from __future__ import annotations

import re
from typing import Any

from ._redactor import Redactor, redact_patterns
from ._secrets import MASK, Secret

# Text for people, which later tasks do not use.
_PROSE_KEYS = frozenset(("exception", "msg", "warnings"))
# Text from a server.
_SERVER_TEXT_KEYS = frozenset(("detail",))
# Names of objects, files and addresses. Inside a name, only patterns that no name contains are masked.
_OPEN_KEY = re.compile(r"(?:name|path|url|directory|file|header)$", re.IGNORECASE)
_ID_KEY = re.compile("(?:^|_)id$|(?<=[a-z])Id$")
# The parts of a result that this collection writes, and their members with words of this collection.
_OWN_PARTS = frozenset(("conflicts", "diff", "error", "fields", "plan", "snapshot", "unread", "uploads"))
_OWN_WORDS = frozenset(("action", "code", "field", "kind", "method", "outcome", "path"))


def scrub(result: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Return a result in plain types and without secrets.

    Keys and booleans of this collection are not changed. A value that is a secret is always masked. A secret inside a value is
    masked in text for people only, because later tasks use names, paths, addresses and other values.
    """
    scrubbed: dict[str, Any] = _Scrubber(redactor).scrub(result, "", True)
    return scrubbed


def scrub_object(value: Any, redactor: Redactor) -> Any:
    """Return an object of the server, or a part of it, in plain types and without secrets."""
    return _Scrubber(redactor).scrub(value, "", False)


class _Scrubber:
    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def scrub(self, value: Any, key: str, own: bool) -> Any:
        """Return a value without secrets. key: the key of the value. own: whether this collection writes that part of the result."""
        if isinstance(value, dict):
            # The name of an object that exists only once is its kind.
            kept = {"name"} if own and value.get("name") == value.get("kind") else set()
            return {
                self._key(name): item
                if name in kept
                else self.scrub(item, str(name), self._is_own(own, key, name, item))
                for name, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.scrub(item, key, own) for item in value]
        if isinstance(value, Secret):
            return MASK
        if isinstance(value, str):
            return self._text(value, key, own)
        return MASK if self._redactor.is_secret(value) and not _ID_KEY.search(key) else value

    @staticmethod
    def _is_own(own: bool, key: str, name: str, item: Any) -> bool:
        """Return whether this collection writes a member. Each member of ``unread`` is an error that it writes."""
        return own and (key == "unread" or name in _OWN_PARTS or not isinstance(item, (dict, list, tuple)))

    def _key(self, name: Any) -> Any:
        """Return a key. It is masked if it is a secret and cannot be the key of a result or of an object of the API."""
        return name if not isinstance(name, str) or name.isidentifier() or not self._redactor.is_secret(name) else MASK

    def _text(self, value: str, key: str, own: bool) -> str:
        if own and key in _OWN_WORDS:
            return value
        if self._redactor.is_secret(value):
            return MASK
        if key in _PROSE_KEYS:
            return self._redactor(value)
        if key in _SERVER_TEXT_KEYS:
            return self._redactor.redact_server_text(value)
        return redact_patterns(value, of_name=bool(_OPEN_KEY.search(key)))
