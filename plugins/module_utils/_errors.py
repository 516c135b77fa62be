# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong, in the words of the public interface. Private to this collection."""

from __future__ import annotations

import unicodedata
from typing import Any

NOT_COMMITTED = "not_committed"
COMMITTED = "committed"
UNKNOWN = "unknown"

# error.code is one of these. They are part of the public interface: playbooks decide on them.
CODES = (
    "usage",
    "unreachable",
    "tls",
    "authentication",
    "permission",
    "not_found",
    "ambiguous_name",
    "conflict",
    "rejected",
    "invalid_response",
    "timeout",
    "outcome_unknown",
)


# Categories of characters that a terminal obeys or does not show: control and format characters, such as those for the
# direction of text, lone surrogates, and separators of lines.
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")


def escape_control_characters(text: str) -> str:
    """Return a text for a message, in which no character can control the terminal that shows it."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode() if unicodedata.category(character) in _INVISIBLE else character
        for character in text
    )


class AsteraError(Exception):
    """A failure that the user sees: one sentence, and the ``error`` dict of the result.

    code: one of ``CODES``.
    outcome: what is known about the write that was under way (``not_committed`` where there was none).
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        detail: str = "",
        outcome: str = NOT_COMMITTED,
    ) -> None:
        # It may quote a server.
        message = escape_control_characters(message)
        super().__init__(message)
        self.code = code
        self.message = message
        self.method = method
        self.path = path
        self.status = status
        self.detail = escape_control_characters(detail)
        self.outcome = outcome

    def as_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "detail": self.detail,
            "outcome": self.outcome,
        }

    def with_message(self, message: str, *, code: str | None = None, outcome: str | None = None) -> AsteraError:
        """Return the same facts about the request under another message."""
        return AsteraError(
            code or self.code,
            message,
            method=self.method,
            path=self.path,
            status=self.status,
            detail=self.detail,
            outcome=outcome or self.outcome,
        )


def usage(message: str) -> AsteraError:
    """Input that is refused before any call."""
    return AsteraError("usage", message)


class RequestError(AsteraError):
    """One HTTP exchange that did not succeed, with what that says about the server.

    delivery: ``NOT_SENT`` (the server saw nothing), ``REJECTED`` (it said no), ``THROTTLED`` (it said later) or
    ``AMBIGUOUS`` (it may have carried the request out).
    """

    NOT_SENT = "not_sent"
    REJECTED = "rejected"
    THROTTLED = "throttled"
    AMBIGUOUS = "ambiguous"

    def __init__(
        self, delivery: str, code: str, message: str, *, retry_after: float | None = None, **request_info: Any
    ):
        super().__init__(code, message, **request_info)
        self.delivery = delivery
        self.retry_after = retry_after
