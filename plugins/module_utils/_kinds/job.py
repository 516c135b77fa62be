# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs: run a flow and wait for its status. Private to this collection.

A started job can be found only by its id, so that a lost response is never followed by a second start. Only "a few" statuses are
published, and none of a failure: a status that is in neither list is considered a failure.
"""

from __future__ import annotations

import re
from typing import Any

from .._client.client import RUN_PATH
from .._client.responses import is_valid_job_id
from .._client.waiting import Deadline, ProgressThrottle
from .._engine.converge import Outcome
from .._engine.fields import DesiredField, Field, Options, check_range
from .._engine.kind import Operation
from .._engine.plan import EMPTY_PLAN, Plan, diff, plan
from .._errors import COMMITTED, UNKNOWN, AsteraError, usage
from .._secrets import wrap_secrets

_STATUS_OPTIONS = {
    "success_statuses": {"type": "list", "elements": "str", "default": ["Completed"]},
    "waiting_statuses": {
        "type": "list",
        "elements": "str",
        "default": ["NotStarted", "Queued", "Initializing", "Running"],
    },
}
_PARAMETER = {option: {"type": "str", "required": True} for option in ("action_name", "parameter_name", "value")}
_KEYS = {"action_name": "ActionName", "parameter_name": "ParameterName", "value": "Value"}
_PATH = re.compile(r"(/(?!\.+(/|$))[A-Za-z0-9._~-]+)+")
# Errors of a server that is restarting. Any other is final once it has occurred this often in a row.
_TRANSIENT = ("unreachable", "timeout", "invalid_response")
_MAX_REJECTIONS = 3
_REMEDY = "Look for it in the Job Monitor of the Astera client."


class StatusSets:
    """What the statuses of a job mean to this task, in any case."""

    def __init__(self, params: dict[str, Any]) -> None:
        success, waiting = ({word.strip().casefold() for word in params[option] or []} for option in _STATUS_OPTIONS)
        if not success:
            raise usage("success_statuses is empty. Give the statuses of a successful job, such as Completed.")
        if success & waiting:
            raise usage(
                f"{', '.join(sorted(success & waiting))} cannot be in both success_statuses and waiting_statuses. Remove them from one."
            )
        self._success, self._waiting = success, waiting

    def is_finished(self, status: str) -> bool:
        return status.casefold() not in self._waiting

    def is_success(self, status: str) -> bool:
        return status.casefold() in self._success


class Job(Operation):
    """One start of a flow. job: what is known about it once the server has returned its id."""

    kind = "job"
    label_template = "the job of {file_path}"
    options = Options(
        others={
            "file_path": {"type": "str", "required": True},
            "parameters": {"type": "list", "elements": "dict", "options": _PARAMETER},
            "wait": {"type": "bool", "default": True},
            "wait_timeout": {"type": "int", "default": 3600},
            "poll_interval": {"type": "float", "default": 2.0},
            "run_path": {"type": "str", "default": RUN_PATH},
            **_STATUS_OPTIONS,
        }
    )

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        _check(params)
        self.statuses = StatusSets(params)
        self._refusals = RefusalCounter()
        self._last_error: AsteraError | None = None
        self.job: dict[str, Any] = {"id": None, "status": None, "elapsed": 0.0, "statuses": []}

    def plan(self) -> Plan:
        parameters = wrap_secrets(self.params["parameters"] or [])
        wanted = [DesiredField(Field("file_path", "FilePath"), self.params["file_path"])]
        sent = [{_KEYS[option]: item[option] for option in _KEYS} for item in parameters]
        wanted.append(DesiredField(Field("parameters", "Parameters", "dict"), sent, parameters))
        return plan(wanted, None, {})

    def apply(self) -> Outcome:
        if self.context.api.can_write:
            self.start()
            if self.params["wait"]:
                self.wait()
        return Outcome(True, self.plan(), self.job)

    def start(self) -> None:
        self._since = self.clock.monotonic()
        try:
            self.job["id"] = self.context.writer.run_job(self.plan().payload, self.params["run_path"])
        except AsteraError as error:
            if error.outcome != UNKNOWN:
                raise error.with_message(f"{self.label} was not started: {error.message}") from error
            raise error.with_message(
                f"{self.label} might have been started: {error.cause}. It is not started again, because it could run "
                f"twice. {_REMEDY}",
                code="outcome_unknown",
            ) from error
        self.wrote = True
        self.context.report_progress(f"{self.label} is job {self.job['id']}")

    def wait(self) -> None:
        """Return once the job has ended. Raise unless it was successful."""
        word = self._poll()
        if not self.statuses.is_success(word):
            raise AsteraError(
                "rejected",
                f"{self.label} (id {self.job['id']}) ended with the status {word}. Read its messages in the Job Monitor of the "
                "Astera client.",
                method="GET",
                path=f"/api/Job/{self.job['id']}/Status",
                status=200,
                detail=word,
                outcome=COMMITTED,
            )

    def _poll(self) -> str:
        """Return the status that the job ended with. Poll it through restarts and lost tokens, until the deadline."""
        session = self.context.api.session
        usual = session.connection
        deadline = Deadline(self.clock, self.params["wait_timeout"], self._since)
        self._progress = ProgressThrottle(self.context.report_progress)
        try:
            while True:
                session.reconfigure(deadline.limit(usual))
                word = self._ask()
                if word is not None and self.statuses.is_finished(word):
                    return word
                if not deadline.sleep(self.params["poll_interval"]):
                    raise self._timeout_error()
        finally:
            session.reconfigure(usual)

    def _ask(self) -> str | None:
        try:
            word = self.context.api.job_status(self.job["id"])
        except AsteraError as error:
            self._handle_error(error)
            return None
        self._last_error = None
        self._refusals.reset()
        self._record_status(word)
        return word

    def _handle_error(self, error: AsteraError) -> None:
        if error.status == 500 and not self._last_error:
            # Some servers respond like this to an expired token until the next login.
            self.context.api.session.forget_token()
        self._last_error = error
        if self._refusals.is_final(error.code, error.status):
            raise self._error(f"was started, but its status cannot be read: {error.cause}. {_REMEDY}", error.code)
        self._progress.report(f"waiting for job {self.job['id']}: {error.message}")

    def _timeout_error(self) -> AsteraError:
        word = self.job["status"] or "without a status"
        why = f", and the server did not respond in the end ({self._last_error.cause})" if self._last_error else ""
        return self._error(
            f"was {word} still after {self.params['wait_timeout']} seconds{why}. It continues. Read its status with "
            "astera_job_info, or increase wait_timeout.",
            "timeout",
        )

    def _error(self, what: str, code: str) -> AsteraError:
        message = f"{self.label} (id {self.job['id']}) {what}"
        if self._last_error:
            return self._last_error.with_message(message, code=code, outcome=COMMITTED)
        path = f"/api/Job/{self.job['id']}/Status"
        return AsteraError(code, message, method="GET", path=path, outcome=COMMITTED)

    def _record_status(self, word: str) -> None:
        self.job["elapsed"] = round(self.clock.monotonic() - self._since, 1)
        if word != self.job["status"]:
            self.job["status"] = word
            self.job["statuses"].append(word)
            self.context.report_progress(f"job {self.job['id']} is {word} after {self.job['elapsed']:.0f} seconds")

    def extra_results(self) -> dict[str, Any]:
        return {"job": self.job, "diff": diff(self.plan(), self.label)} if self.wrote else {}


class RefusalCounter:
    """Count the rejected status requests in a row. A server that is restarting can reject one or two."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def reset(self) -> None:
        self._in_a_row = 0

    def is_final(self, code: str, status: int | None) -> bool:
        """Return whether this error will not go away by polling."""
        transient = code in _TRANSIENT or (status or 0) >= 500
        self._in_a_row = 0 if transient else self._in_a_row + 1
        return code == "permission" or self._in_a_row >= _MAX_REJECTIONS


def _check(params: dict[str, Any]) -> None:
    path = params["file_path"]
    if not path.strip() or not path.isprintable():
        raise usage(
            "file_path is empty or has control characters. Give the path of the flow on the server, such as C:\\Flows\\Load.Df."
        )
    if not _PATH.fullmatch(params["run_path"]):
        raise usage(
            f"run_path {params['run_path']!r} is not a path such as {RUN_PATH}. Begin it with a slash, without a query and "
            "without a dot for a directory."
        )
    check_range("wait_timeout", params["wait_timeout"], 1)
    check_range("poll_interval", params["poll_interval"], 0.1)
    for item in params["parameters"] or []:
        for option in _KEYS:
            if item[option] is None or (option != "value" and not item[option].strip()):
                raise usage(f"{option} of a parameter is missing. Give action_name, parameter_name and value.")


class JobInfo(Operation):
    kind = "job"
    reads_only = True
    label_template = "job {id}"
    options = Options(others={"id": {"type": "str", "required": True}, **_STATUS_OPTIONS})

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        if not is_valid_job_id(params["id"]):
            raise usage(f"id {params['id']!r} is not the id of a job. Give the one that astera_job returned.")

    def apply(self) -> Outcome:
        statuses = StatusSets(self.params)
        status = self.context.api.job_status(self.params["id"])
        found = {"id": self.params["id"], "status": status}
        found.update(finished=statuses.is_finished(status), succeeded=statuses.is_success(status))
        return Outcome(False, EMPTY_PLAN, found)
