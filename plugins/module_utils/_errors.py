# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exceptions with the error codes of the public interface. Private to this collection."""

from __future__ import annotations

import unicodedata
from typing import Any

NOT_COMMITTED = "not_committed"
COMMITTED = "committed"
UNKNOWN = "unknown"

# Values of error.code. They are part of the public interface, because playbooks use them in conditions.
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


# Unicode categories of characters that a terminal interprets or does not display: control and format characters (such as
# those for the direction of text), lone surrogates, and line separators.
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")


def escape_control_characters(text: str) -> str:
    """Return a string in which no character can control the terminal that displays it."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode() if unicodedata.category(character) in _INVISIBLE else character
        for character in text
    )


class AsteraError(Exception):
    """The failure of a task: its message, and the ``error`` dictionary of its result.

    code: one of ``CODES``.
    outcome: whether the server applied the write. ``not_committed`` if there was no write.
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
        # Because both might quote a server.
        self.message, self.detail = escape_control_characters(message), escape_control_characters(detail)
        super().__init__(self.message)
        self.code, self.outcome = code, outcome
        self.method, self.path, self.status = method, path, status
        # What another client changed, as in the result of a task that succeeds.
        self.conflicts: list[dict[str, Any]] = []

    @property
    def cause(self) -> str:
        """The message without its final period, to be quoted inside a sentence."""
        return self.message.removesuffix(".")

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("code", "method", "path", "status", "detail", "outcome")}

    def with_message(self, message: str, **changes: Any) -> AsteraError:
        """Return an error about the same request with another message. changes: another code or outcome."""
        error = AsteraError(**{**self.as_dict(), "message": message, **changes})
        error.conflicts = self.conflicts
        return error


def usage(message: str) -> AsteraError:
    """Return the error for invalid input, which is raised before the first request."""
    return AsteraError("usage", message)


class RequestError(AsteraError):
    """The failure of one HTTP request.

    delivery: ``NOT_SENT`` (the server received nothing), ``REJECTED`` (it did not process the request), ``THROTTLED`` (it
    asked for a later retry) or ``AMBIGUOUS`` (it might have processed the request).
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
