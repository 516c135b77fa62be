# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The license: ``POST /api/License/Key`` and ``POST /api/License/Activate``. Private to this collection.

No call that reads it is published, so that nothing can be compared with the server: a receipt on this side is what can.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Sequence
from typing import Any

from .._engine.converge import NOT_READ, Outcome
from .._engine.fields import DesiredField, Field, Options, desired_fields
from .._engine.kind import Operation
from .._engine.lists import TaskContext
from .._engine.plan import Plan, plan
from .._errors import COMMITTED, UNKNOWN, AsteraError, RequestError, usage
from .._files import StateFile, resolve_path
from .._secrets import Secret

FIELDS = (
    Field("user", "user", required=True),
    Field("organization", "organization", required=True),
    Field("key", "key", secret=True, required=True),
)
_ACTIVATED = Field("activated", "activated", "bool")
# States of a receipt: the license might be on the server or not; its key was accepted; it was activated.
PENDING, REGISTERED, ACTIVATED = "pending", "registered", "activated"
_ITERATIONS = 200_000


class LicenseReceipt(StateFile):
    """Which license a server was given, as a fingerprint: neither the key nor anything about it can be recovered cheaply."""

    option = "receipt_path"

    def check_server(self, url: str) -> None:
        """Raise if the file is not the receipt of this server."""
        if not self.exists:
            return
        theirs = self.content.get("server")
        if theirs != url:
            raise AsteraError(
                "conflict",
                f"receipt_path {self.path} is {f'the receipt of {theirs}' if theirs else 'not a receipt'}, not that of {url}. Give each "
                "server a file of its own, or set force to true to replace the file.",
            )

    def state_of(self, values: Sequence[str]) -> str | None:
        """Return PENDING, REGISTERED or ACTIVATED if the receipt is about exactly these values."""
        try:
            salt = bytes.fromhex(self.content["salt"])
            known = bytes.fromhex(self.content["fingerprint"])
            state = str(self.content["state"])
        except (KeyError, TypeError, ValueError):
            return None
        return state if hmac.compare_digest(known, _fingerprint(salt, values)) else None

    def write(self, server: str, values: Sequence[str], state: str) -> None:
        salt = os.urandom(16)
        fingerprint = _fingerprint(salt, values).hex()
        self.save({"server": server, "salt": salt.hex(), "fingerprint": fingerprint, "state": state})


def _fingerprint(salt: bytes, values: Sequence[str]) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", json.dumps(list(values)).encode(), salt, _ITERATIONS)


class License(Operation):
    """Not a ``Kind``: it cannot be read, so that there is nothing to converge to."""

    kind = "license"
    label_template = "the license of {user}"
    options = Options(
        FIELDS,
        others={
            "activate": {"type": "bool", "default": True},
            "force": {"type": "bool", "default": False},
            "receipt_path": {"type": "path"},
        },
    )

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._is_bound = False
        for option in ("user", "organization", "key"):
            if not params[option].strip():
                raise usage(f"{option} of {self.label} is empty. Give what you received from Astera.")
        self.receipt: LicenseReceipt | None = None
        self._open_receipt("")
        self.key = Secret(params["key"])

    def bind(self, context: TaskContext) -> None:
        super().bind(context)
        user, organization = self.params["user"], self.params["organization"]
        server = context.api.session.server_url
        # In a directory, a server has a file for each address. A file of its own stays its own when the task changes its port.
        if not self._is_bound or str(self.params["receipt_path"]).endswith("/"):
            self._open_receipt(server)
        self._is_bound = True
        self._identity = (server, user, organization, self.key.reveal())
        self.state = self.receipt.state_of(self._identity) if self.receipt and not self.params["force"] else None
        self.register = self.state not in (REGISTERED, ACTIVATED)

    @property
    def has_receipt(self) -> bool:
        return self.receipt is not None and self.receipt.exists

    def make_plan(self) -> tuple[Any, Plan]:
        """Return no object, and a plan in which all that the receipt does not confirm is a change."""
        self.bind(self.context)
        known = None
        if not self.register:
            names = {option: self.params[option] for option in ("user", "organization")}
            known = {**names, "activated": self.state == ACTIVATED}
        wanted = desired_fields(FIELDS if self.register else FIELDS[:2], self.params)
        return None, plan(
            [*wanted, *([DesiredField(_ACTIVATED, True)] if self.params["activate"] else [])],
            known,
            {"activated": False},
        )

    def apply(self, current: Any = NOT_READ) -> Outcome:
        _found, made = self.make_plan()
        if made.needed and self.context.api.can_write:
            self._send_all()
        shown = {option: self.params[option] for option in ("user", "organization")}
        return Outcome(made.needed, made, {**shown, "activated": made.payload["activated"]})

    def _send_all(self) -> None:
        """Send the key, then the activation, each once, because the outcome of a lost response cannot be read."""
        user, organization = self.params["user"], self.params["organization"]
        if self.register:
            self._save_receipt(PENDING)
            self._send("the key", lambda: self.context.writer.register_license(user, organization, self.key))
            self._save_receipt(REGISTERED)
        if self.params["activate"] and (self.register or self.state != ACTIVATED):
            self._send("the activation", self.context.writer.activate_license)
            self._save_receipt(ACTIVATED)

    def _open_receipt(self, server: str) -> None:
        """Before the first request the path is checked; once the server's address is known, so is whose receipt it is."""
        path = self.params["receipt_path"]
        if not path:
            return
        self.receipt = LicenseReceipt(resolve_path(path, server))
        self.receipt.check_writable()
        if server and not self.params["force"]:
            self.receipt.check_server(server)

    def _save_receipt(self, state: str) -> None:
        if not self.receipt:
            return
        try:
            self.receipt.write(self._identity[0], self._identity, state)
        except AsteraError as error:
            if not self.wrote:
                raise
            raise error.with_message(f"{self.label} was accepted, but {error.message}", outcome=COMMITTED) from error

    def _send(self, what: str, call: Callable[[], None]) -> None:
        try:
            call()
        except AsteraError as error:
            lost = isinstance(error, RequestError) and error.outcome == UNKNOWN
            if lost:
                raise error.with_message(
                    f"{what} of {self.label} might have been accepted: {error.cause}. It cannot be read, because no request for that is "
                    "published. Check the license in the Astera client before you run the task again.",
                    code="outcome_unknown",
                ) from error
            raise error.with_message(f"{what} of {self.label} was not accepted: {error.message}") from error
        self.wrote = True

    def extra_results(self) -> dict[str, Any]:
        return {"verified": False}
