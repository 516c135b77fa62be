# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mask secrets in what a task returns: the one pass over a result, wherever the task ran. Private to this collection."""

from __future__ import annotations

import re
from typing import Any

from ._redactor import Redactor, redact_patterns
from ._secrets import MASK, Secret

# Text that a person reads, and that no later task works with.
_PROSE_KEYS = frozenset(("exception", "msg", "warnings"))
# Text of a server.
_SERVER_TEXT_KEYS = frozenset(("detail",))
# What names an object, a file or an address. Only what no name holds is masked inside of it.
_OPEN_KEY = re.compile(r"(?:name|path|url|directory|file|header)$", re.IGNORECASE)
_ID_KEY = re.compile("(?:^|_)id$|(?<=[a-z])Id$")
# The parts of a result that this collection words itself, and the members of them that hold its own words.
_OWN_PARTS = frozenset(("conflicts", "diff", "error", "fields", "plan", "snapshot", "unread", "uploads"))
_OWN_WORDS = frozenset(("action", "code", "field", "kind", "method", "outcome", "path"))


def scrub(result: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Return a result in plain types and without secrets.

    Keys and booleans of ours stay as they are. A value that is a secret becomes asterisks, wherever it stands. A secret that is a part of
    a value is masked in prose only: names, paths, addresses and other values are given openly, and later tasks work with them.
    """
    scrubbed: dict[str, Any] = _Scrubber(redactor).scrub(result, "", True)
    return scrubbed


def scrub_object(value: Any, redactor: Redactor) -> Any:
    """Return an object of a server, or a part of one, in plain types and without secrets."""
    return _Scrubber(redactor).scrub(value, "", False)


class _Scrubber:
    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def scrub(self, value: Any, key: str, own: bool) -> Any:
        """key: the key that the value stands under. own: it is in a part of the result that this collection words itself."""
        if isinstance(value, dict):
            # What there is one of has its kind for a name.
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
        """Of what could not be read, each member is an error of ours."""
        return own and (key == "unread" or name in _OWN_PARTS or not isinstance(item, (dict, list, tuple)))

    def _key(self, name: Any) -> Any:
        """Keys stay, but for one of a server's that is a secret, and that no result and no object of the API has."""
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
