# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The licence: ``POST /api/License/Key`` and ``POST /api/License/Activate``. Private to this collection.

No call that reads it is published, so that nothing can be compared with the server: a receipt on this side is what can.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils._converge import Outcome
from ansible_collections.astera.data_stack.plugins.module_utils._errors import (
    COMMITTED,
    UNKNOWN,
    AsteraError,
    ExchangeError,
    usage,
)
from ansible_collections.astera.data_stack.plugins.module_utils._fields import Field, Options, Want, wants
from ansible_collections.astera.data_stack.plugins.module_utils._plan import Plan, plan
from ansible_collections.astera.data_stack.plugins.module_utils._receipt import ACTIVATED, PENDING, REGISTERED, Receipt
from ansible_collections.astera.data_stack.plugins.module_utils._resource import Context, Resource, Target
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import Secret

FIELDS = (
    Field("user", "user", required=True),
    Field("organization", "organization", required=True),
    Field("key", "key", secret=True, required=True),
)
_ACTIVATED = Field("activated", "activated", "bool")


class LicenseTarget(Target):
    def __init__(self, label: str, params: dict[str, Any]) -> None:
        super().__init__(label, params)
        for option in ("user", "organization", "key"):
            if not params[option].strip():
                raise usage(f"{option} of {label} is empty; give what was received from Astera")
        self.receipt = Receipt(params["receipt_path"]) if params["receipt_path"] else None
        if self.receipt:
            self.receipt.check_writable()
        self.key = Secret(params["key"])

    def join(self, context: Context) -> None:
        super().join(context)
        user, organization = self.params["user"], self.params["organization"]
        self._identity = (context.api.session.server_url, user, organization, self.key.reveal())
        self.state = self.receipt.state_of(self._identity) if self.receipt and not self.params["force"] else None
        self.register = self.state not in (REGISTERED, ACTIVATED)

    def plan(self, current: dict[str, Any] | None = None) -> Plan:
        """What the receipt does not vouch for is a change."""
        known = None
        if not self.register:
            names = {option: self.params[option] for option in ("user", "organization")}
            known = {**names, "activated": self.state == ACTIVATED}
        wanted = wants(FIELDS if self.register else FIELDS[:2], self.params)
        return plan(
            [*wanted, *([Want(_ACTIVATED, True)] if self.params["activate"] else [])], known, {"activated": False}
        )

    def run(self) -> None:
        """Key, then activation, each sent once: nobody could look up what a lost answer left behind."""
        user, organization = self.params["user"], self.params["organization"]
        if self.register:
            self._note(PENDING)
            self._send("the key", lambda: self.context.writer.register_license(user, organization, self.key))
            self._note(REGISTERED)
        if self.params["activate"] and (self.register or self.state != ACTIVATED):
            self._send("the activation", self.context.writer.activate_license)
            self._note(ACTIVATED)

    def _note(self, state: str) -> None:
        if not self.receipt:
            return
        try:
            self.receipt.write(self._identity, state)
        except AsteraError as error:
            if not self.wrote:
                raise
            raise error.retold(f"{self.label} was accepted, but {error.message}", outcome=COMMITTED) from error

    def _send(self, what: str, call: Callable[[], None]) -> None:
        try:
            call()
        except AsteraError as error:
            lost = isinstance(error, ExchangeError) and error.outcome == UNKNOWN
            if lost:
                raise error.retold(
                    f"{what} of {self.label} may or may not have been accepted: {error.message}; no call that reads a licence "
                    "is published, so look in the Astera client before the task is run again",
                    code="outcome_unknown",
                ) from error
            raise error.retold(f"{what} of {self.label} was not accepted: {error.message}") from error
        self.wrote = True

    def extras(self) -> dict[str, Any]:
        return {"verified": False}


class License(Resource[LicenseTarget]):
    kind = "license"
    options = Options(
        FIELDS,
        others={
            "activate": {"type": "bool", "default": True},
            "force": {"type": "bool", "default": False},
            "receipt_path": {"type": "path"},
        },
    )

    def label(self, params: dict[str, Any]) -> str:
        return f"the licence of {params['user']}"

    def target(self, params: dict[str, Any]) -> LicenseTarget:
        return LicenseTarget(self.label(params), params)

    def planned(self, target: LicenseTarget, context: Context) -> tuple[Any, Plan]:
        target.join(context)
        return None, target.plan()

    def carry_out(self, target: LicenseTarget, context: Context, current: Any = None) -> Outcome:
        _nothing, made = self.planned(target, context)
        if made.needed and context.api.can_write:
            target.run()
        shown = {option: target.params[option] for option in ("user", "organization")}
        return Outcome(made.needed, made, {**shown, "activated": made.payload["activated"]})


LICENSE = License()
