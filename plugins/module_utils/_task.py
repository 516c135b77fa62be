# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the parameters of a task to its result. Private to this collection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.request import getproxies

from ansible.module_utils.ansible_release import __version__ as ansible_version
from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib
from ansible.module_utils.errors import AnsibleFallbackNotFound

from . import _values
from ._arguments import check_strings, collect_secret_values, redact_arguments
from ._client import transport, upload
from ._client.client import Client, ReadOnlyClient
from ._client.connection import CONNECTION_OPTIONS, Connection, environment_variable, given_options, secrets_in_url
from ._client.session import Session, WritePermission
from ._client.snapshot import SnapshotSession, require_check_mode
from ._engine.converge import Outcome
from ._engine.fields import find_files
from ._engine.kind import Operation
from ._engine.lists import ListCache, TaskContext
from ._engine.plan import diff
from ._errors import COMMITTED, AsteraError, escape_control_characters, usage
from ._redactor import MIN_SECRET_LENGTH, Redactor
from ._scrub import scrub, scrub_object
from ._secrets import configuration_values, drop_secrets

try:
    # From ansible-core 2.22 on.
    from ansible.module_utils.secrets import register_secrets
except ImportError:
    register_secrets = None

MAX_DETAIL_LENGTH = 500


def argument_spec(operation: type[Operation]) -> dict[str, Any]:
    """Return the arguments of ``AnsibleModule`` for a module."""
    connection = {
        option: {**spec, "fallback": (_from_environment, [environment_variable(option)])}
        for option, spec in CONNECTION_OPTIONS.items()
    }
    options = {**connection, **operation.options.argument_spec()}
    return {"argument_spec": options, "supports_check_mode": True, **operation.options.constraints()}


def _from_environment(variable: str) -> str:
    """Return the value of a variable. An empty one is not set, because AWX sets all variables of a credential type."""
    value: str = env_fallback(variable)
    if not value:
        raise AnsibleFallbackNotFound
    return value


def run_module(operation: type[Operation]) -> None:
    """Run a module: the only statement of each ``main``."""
    module = _Module(**argument_spec(operation))
    problem = missing_libraries()
    if problem:
        module.fail_json(msg=missing_required_lib(problem[0]), exception=problem[1])
    result = run_task(operation, module.params, check_mode=module.check_mode, given=module.given)
    for warning in result.pop("warnings"):
        module.warn(warning)
    if result.pop("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


class _Module(AnsibleModule):
    """Redact free-form and unknown options, which AnsibleModule shows and logs whole, although they can contain secrets."""

    params: dict[str, Any]
    no_log_values: set[str]
    # The arguments before conversion, which Ansible does not keep.
    given: dict[str, Any]

    def _load_params(self) -> None:
        super()._load_params()
        self.params = given_options(self.params)
        self.given = dict(self.params)

    def log(self, msg: str, log_args: Any = None) -> None:
        super().log("Invoked")

    def exit_json(self, **kwargs: Any) -> None:
        self._redact_arguments()
        super().exit_json(**kwargs)

    def fail_json(self, msg: str, **kwargs: Any) -> None:
        # Ansible itself might have rejected the options, before the task was run.
        message = format_argument_error(msg, self._redact_arguments())
        super().fail_json(message, **{"error": usage(message).as_dict(), **kwargs})

    def _redact_arguments(self) -> Redactor:
        """Redact the arguments, as the rest of the result is. Ansible before 2.22 would also mask parts of URLs, paths and names."""
        secrets = {*self.no_log_values, *collect_secret_values(self.argument_spec, self.params)}
        redactor = Redactor(secrets)
        register_with_ansible(secrets)
        self.params = redact_arguments(self.argument_spec, self.params, redactor)
        self.no_log_values = set()
        return redactor


def register_with_ansible(secrets: Iterable[str]) -> None:
    """Make ansible-core 2.22 and later mask the secrets in everything that it displays."""
    if register_secrets is not None:
        register_secrets([secret for secret in secrets if len(secret) >= MIN_SECRET_LENGTH])


def format_argument_error(message: str, redactor: Redactor) -> str:
    """Return Ansible's message about invalid options, which quotes values in the spelling of Python."""
    return escape_control_characters(redactor.redact_known(message))


def missing_libraries() -> tuple[str, str] | None:
    """Return the name of a missing library, and Python's error."""
    for name, problem in (("requests", transport.LIBRARY_ERROR), ("requests-toolbelt", upload.LIBRARY_ERROR)):
        if problem:
            return name, problem
    return None


def run_task(
    operation: type[Operation],
    params: dict[str, Any],
    *,
    check_mode: bool,
    given: dict[str, Any] | None = None,
    runtime: TaskRuntime | None = None,
) -> dict[str, Any]:
    """Run a task. Return its result, with ``failed``, and never raise or reveal a secret.

    given: the arguments that ``params`` was made from, before any of them was converted.
    """
    try:
        task = _Task(operation, params, runtime or TaskRuntime(), given)
        try:
            return task.attempt(check_mode)
        finally:
            task.close()
    except Exception as error:  # pylint: disable=broad-except
        # An error of the reporting or the cleanup could quote a secret, too.
        unexpected = _unexpected_error(error)
        return {
            "failed": True,
            "changed": False,
            "warnings": [],
            "msg": _sentence(unexpected.message),
            "error": unexpected.as_dict(),
        }


def failed_result(operation: type[Operation], params: dict[str, Any], error: AsteraError) -> dict[str, Any]:
    """Return the result of a task that fails before it starts."""
    return _Task(operation, params, TaskRuntime()).failure(error)


class TaskRuntime:
    """What a task shares with those before and after it: by default nothing.

    list_cache: lists that outlive the task. run_id: identifies the run that the task is part of, if known.
    """

    list_cache: ListCache | None = None
    run_id: str | None = None

    def session(self, connection: Connection, redactor: Redactor) -> Session:
        return Session(connection, redactor)

    def share_secrets(self, url: str, secrets: set[str], quoted: set[str]) -> tuple[set[str], set[str]]:
        """Add the secrets of one task to those that the run knows for the server. Return all of them."""
        return secrets, quoted

    def release(self, session: Session) -> None:
        session.close()

    def report_progress(self, line: str) -> None:
        """Display a line during a long upload or wait."""


class _Task:
    def __init__(
        self,
        operation: type[Operation],
        params: dict[str, Any],
        runtime: TaskRuntime,
        arguments: dict[str, Any] | None = None,
    ) -> None:
        self._class = operation
        self.params = params
        self._arguments = arguments or {}
        specs = self._specs()
        proxies = {secret for proxy in getproxies().values() for secret in secrets_in_url(proxy)}
        secrets = {*collect_secret_values(specs, params), *proxies}
        quoted = set(_configuration_values(operation, params))
        register_with_ansible(secrets)
        self._given = Redactor(*runtime.share_secrets(str(params.get("url")), secrets, quoted))
        self._runtime = runtime
        self._operation: Operation | None = None
        self._context: TaskContext | None = None

    @property
    def redact(self) -> Redactor:
        """Return the redactor of the session, which also knows the secrets in responses."""
        return self._context.api.session.redact if self._context else self._given

    def _specs(self) -> dict[str, Any]:
        return {**CONNECTION_OPTIONS, **self._class.options.argument_spec()}

    def attempt(self, check_mode: bool) -> dict[str, Any]:
        try:
            return self._run(check_mode)
        except AsteraError as error:
            return self.failure(error)
        except Exception as error:  # pylint: disable=broad-except
            # The message of an unexpected exception can contain secrets. Its type and location do not.
            return self.failure(_unexpected_error(error))

    def _run(self, check_mode: bool) -> dict[str, Any]:
        warnings = check_strings(self._specs(), self._arguments)
        infinite = _values.find_infinite(self.params)
        if infinite:
            raise usage(
                f"{infinite} must be a number that JSON can represent. Remove .inf, .nan or an exponent of that size."
            )
        connection = Connection.from_params(self.params)
        if connection.is_snapshot:
            require_check_mode(check_mode or self._class.reads_only)
        operation = self._operation = self._class(self.params)
        session = self._session(connection)
        api = ReadOnlyClient(session) if check_mode else Client(session, WritePermission())
        context = self._context = TaskContext(
            api, self._runtime.list_cache, self._runtime.report_progress, self._runtime.run_id
        )
        context.ansible_version = ansible_version
        for warning in (*warnings, *connection.warnings):
            context.warn(warning)
        operation.bind(context)
        outcome = operation.apply()
        return {**self._success(outcome, operation, context, check_mode), "failed": False}

    def _session(self, connection: Connection) -> Session:
        if connection.is_snapshot:
            return SnapshotSession(connection, self._given)
        return self._runtime.session(connection, self._given)

    def _success(
        self, outcome: Outcome, operation: Operation, context: TaskContext, check_mode: bool
    ) -> dict[str, Any]:
        result: dict[str, Any] = {"changed": outcome.changed, **operation.extra_results()}
        if outcome.changed and "diff" not in result:
            result["diff"] = diff(outcome.plan, operation.label)
        shown = operation.to_result(scrub_object(drop_secrets(outcome.object), self.redact))
        if check_mode and outcome.changed and isinstance(shown, dict) and shown.get("id") == 0:
            shown["id"] = None
        if self._class.kind:
            result[self._class.kind] = shown
        if outcome.conflicts:
            result["conflicts"] = outcome.conflicts
            fields = ", ".join(sorted({conflict["field"] for conflict in outcome.conflicts}))
            context.warn(f"{operation.label}: another client changed {fields} while this task ran")
        return scrub({**result, "warnings": context.warnings}, self.redact)

    def failure(self, error: AsteraError) -> dict[str, Any]:
        """Return the result of a failed task: the error, and what was written."""
        message = error.message
        label = self._class.describe(self.params)
        if self._class.kind and label not in message:
            message = f"{label}: {message}"
        operation = self._operation
        wrote = error.outcome == COMMITTED or (operation is not None and operation.wrote)
        extra_results = operation.extra_results() if operation and self._context else {}
        result = {"msg": _sentence(message), "error": error.as_dict(), "changed": wrote, **extra_results}
        if wrote and "diff" not in result and operation and operation.sent:
            result["diff"] = diff(operation.sent, label)
        if error.conflicts:
            # Those of several objects are in the extra results.
            result.setdefault("conflicts", error.conflicts)
        scrubbed = scrub({**result, "warnings": self._context.warnings if self._context else []}, self.redact)
        for part in (scrubbed, *scrubbed.get("plan", ())):
            if part["error"]:
                part["error"]["detail"] = part["error"]["detail"][:MAX_DETAIL_LENGTH]
        return {**scrubbed, "failed": True}

    def close(self) -> None:
        if self._operation:
            self._operation.close()
        if self._context:
            self._runtime.release(self._context.api.session)


def _sentence(text: str) -> str:
    """Return a message with a capital letter, unless it begins with the name of an option."""
    first = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if first in ("deployment", "schedule", "the") else text


def _configuration_values(operation: type[Operation], params: dict[str, Any]) -> Iterable[str]:
    """Return the values of the configurations that a task uploads: a server might quote one."""
    deployments = params.get("deployments")
    for holder in (params, *(deployments if isinstance(deployments, list) else ())):
        content = holder.get("config_content") if isinstance(holder, dict) else None
        yield from configuration_values(str(content or ""))
    for holder, option, kind in find_files(operation.options, params):
        if kind == "Cfg":
            yield from configuration_values(upload.read_upload_text(kind, option, str(holder[option])))


def _unexpected_error(error: Exception) -> AsteraError:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}" if trace else "unknown place"
    return AsteraError(
        "invalid_response",
        f"an error that this collection did not foresee stopped the task ({type(error).__name__} in {place}). Report it, "
        "and check the server before you run the task again.",
        outcome="unknown",
    )
