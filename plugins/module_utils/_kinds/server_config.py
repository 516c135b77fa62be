# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's own configuration: ``/api/Server/Config``. Private to this collection."""

from __future__ import annotations

from typing import Any

from .. import _values
from .._client.restart import RestartWaiter
from .._client.waiting import ProgressThrottle
from .._engine.converge import NOT_READ, Outcome
from .._engine.fields import DesiredField, Field, Options, check_range, desired_fields
from .._engine.kind import Kind
from .._engine.plan import Plan, get_value
from .._errors import RequestError
from .._secrets import Secret

_NOT_NEGATIVE = (0, 2**31 - 1)
_PORTS = (1, 65535)
PORT = Field("port", "port", "int", value_range=_PORTS)
PASSWORD = Field("repository.password", "serverDbInfo.password", secret=True)
FIELDS = (
    Field("server_profile", "serverProfile"),
    PORT,
    Field("repository.data_provider", "serverDbInfo.dataProvider", choices=("SqlServer", "PostgreSQL")),
    Field("repository.server", "serverDbInfo.server"),
    Field("repository.port", "serverDbInfo.port", "int", value_range=_PORTS),
    Field("repository.database", "serverDbInfo.database"),
    Field("repository.schema", "serverDbInfo.schema"),
    Field("repository.service_name", "serverDbInfo.serviceName"),
    Field("repository.protocol", "serverDbInfo.protocol"),
    Field("repository.authentication_type", "serverDbInfo.authenticationType"),
    Field("repository.user", "serverDbInfo.user"),
    PASSWORD,
    Field("repository.connection_timeout", "serverDbInfo.connectionTimeOut", "int", value_range=_NOT_NEGATIVE),
    Field("repository.command_timeout", "serverDbInfo.commandTimeOut", "int", value_range=_NOT_NEGATIVE),
    Field("config_parameters.instrumentation_on", "configParameters.instrumentationOn", "bool"),
    Field("config_parameters.purge_chunk_size", "configParameters.purgeChunkSize", "int", value_range=(1, 2**31 - 1)),
    Field(
        "config_parameters.purge_command_timeout_seconds",
        "configParameters.purgeCommandTimeoutSeconds",
        "int",
        value_range=_NOT_NEGATIVE,
    ),
    Field(
        "config_parameters.purge_window_start_hour", "configParameters.purgeWindowStartHour", "int", value_range=(0, 23)
    ),
    Field("config_parameters.purge_window_end_hour", "configParameters.purgeWindowEndHour", "int", value_range=(0, 24)),
)


class ServerConfig(Kind):
    kind = "server_config"
    label_template = "the server's configuration"
    options = Options(
        FIELDS,
        others={
            "update_password": {
                "type": "str",
                "choices": ["on_change", "always"],
                "default": "on_change",
                "no_log": False,
            },
            "wait": {"type": "bool", "default": True},
            "wait_timeout": {"type": "int", "default": 300},
        },
    )

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        check_range("wait_timeout", params["wait_timeout"], 1)
        self._desired = desired_fields(FIELDS, params)
        password = next((item.value for item in self._desired if item.field is PASSWORD), None)
        self.write_secrets = password is not None and params["update_password"] == "always"
        self._listened_on: Any = None
        self._ambiguous_plan: Plan | None = None

    def find(self, *, fresh: bool) -> dict[str, Any] | None:
        """Return the configuration. After a lost response the server might be restarting, possibly on another port."""
        if self._ambiguous_plan and self.params["wait"]:
            return self._wait_for_restart(self._ambiguous_plan)
        return self.context.api.server_config()

    def desired_fields(self, current: dict[str, Any] | None) -> list[DesiredField]:
        return self._desired

    def plan(self, current: dict[str, Any] | None) -> Plan:
        plan = super().plan(current)
        return plan.with_value("serverDbInfo.isRepository", True) if plan.needed else plan

    def write(self, plan: Plan) -> dict[str, Any] | None:
        self._listened_on = next((change.before for change in plan.changes if change.field == PORT.option), None)
        try:
            self.context.writer.save_server_config(_drop_masked_password(plan.payload))
        except RequestError as error:
            self._ambiguous_plan = plan if error.delivery == RequestError.AMBIGUOUS else None
            raise
        return None

    def read_back(self, plan: Plan, stored: dict[str, Any] | None) -> Any:
        return self._wait_for_restart(plan) if self.params["wait"] else NOT_READ

    def _wait_for_restart(self, plan: Plan) -> dict[str, Any]:
        session = self.context.api.session
        ports = [change.after for change in plan.visible if change.field == PORT.option]
        waiter = RestartWaiter(
            self.context.api,
            ", ".join(f"{change.field} {change.before!r}" for change in plan.visible) or "the old password",
            self.params["wait_timeout"],
            lambda now: not self.plan(now).visible,
            ProgressThrottle(self.context.report_progress),
        )
        if not ports:
            return waiter.wait(session.connection.url)
        # Behind a forwarded port the server's own one is out of sight, and its change, too.
        direct = session.connection.port == self._listened_on
        now = waiter.wait(session.connection.url_with_port(ports[0]), session.connection.url, old_url_may_answer=direct)
        if direct and session.connection.port == self._listened_on and not self.plan(now).visible:
            self.context.warn(
                f"{self.label} has port {ports[0]} now, but the server still listens on {self._listened_on}. Restart the "
                "Astera service."
            )
        return now

    def apply(self, current: Any = NOT_READ) -> Outcome:
        outcome = super().apply(current)
        self._warn_about_password(outcome.plan)
        return outcome

    def _warn_about_password(self, plan: Plan) -> None:
        """Warn if the password is omitted, because it is not published whether the server then keeps it."""
        known = get_value(plan.payload, "serverDbInfo.password")
        usable = isinstance(known, Secret) and not known.is_masked
        if plan.needed and not usable and not _values.is_empty(get_value(plan.payload, "serverDbInfo.user")):
            self.context.warn(
                f"{self.label} is written without the repository's password, which the server did not return. If the "
                "server does not keep it, it loses its repository. Give repository.password, too."
            )

    def extra_results(self) -> dict[str, Any]:
        return {"url": self.context.api.session.connection.url}


def _drop_masked_password(payload: dict[str, Any]) -> dict[str, Any]:
    """Return the payload without a masked or withheld password.

    Sent back, asterisks would become the password, and an empty string would remove it.
    """
    password = get_value(payload, "serverDbInfo.password")
    info = _values.find_key(payload, "serverDbInfo") or "serverDbInfo"
    shown = isinstance(payload.get(info), dict) and _values.find_key(payload[info], "password")
    if not shown or (isinstance(password, Secret) and not password.is_masked):
        return payload
    kept = {key: value for key, value in payload[info].items() if key.casefold() != "password"}
    return {**payload, info: kept}
