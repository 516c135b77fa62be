# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Event source: the status of jobs that were started before."""

from __future__ import annotations

import logging
import sys
from asyncio import sleep, to_thread
from pathlib import Path
from typing import TYPE_CHECKING, Any

# ansible-rulebook runs this file by its path, in a process that knows of no collections.
_COLLECTIONS = str(Path(__file__).absolute().parents[7])
if _COLLECTIONS not in sys.path:
    sys.path.insert(0, _COLLECTIONS)

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.astera.data_stack.extensions.eda.plugins.event_source.drift import without_templates
from ansible_collections.astera.data_stack.plugins.module_utils import _arguments, _task
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import given_options
from ansible_collections.astera.data_stack.plugins.module_utils._client.session import Session
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.job import JobInfo, RefusalCounter
from ansible_collections.astera.data_stack.plugins.module_utils._redactor import Redactor

if TYPE_CHECKING:
    from asyncio import Queue

    from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import Connection

DOCUMENTATION = r"""
module: jobs
short_description: Receive an event when the status of a job on an Astera Integration Server changes
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Reads the status of jobs that M(astera.data_stack.astera_job) started, as M(astera.data_stack.astera_job_info) does. Each new status of a
    job is one event, including the first one.
  - The source ends when all of its jobs have ended. C(ansible-rulebook) then ends after its actions.
  - If a server does not respond or fails, the source warns once and retries. A permanent error ends the source with an error. A rejected
    login ends it at once, so that the account is not locked.
options:
  ids:
    description: IDs of the jobs, as M(astera.data_stack.astera_job) returned them. All jobs belong to the same server.
    type: list
    elements: str
    required: true
  success_statuses:
    description: Statuses of a job that succeeded, without regard to case.
    type: list
    elements: str
    default: [Completed]
  waiting_statuses:
    description:
      - Statuses of a job that has not ended, without regard to case.
      - A status that is in neither list means that the job failed, because the vendor publishes no status for a failure.
    type: list
    elements: str
    default: [NotStarted, Queued, Initializing, Running]
  poll_interval:
    description: Number of seconds between two rounds of requests, at least 0.1.
    type: float
    default: 2.0
extends_documentation_fragment:
  - astera.data_stack.connection
requirements:
  - ansible-core, in the Python that runs ansible-rulebook
notes:
  - The option O(ignore:retries) of the modules does not exist. Each request is sent once in a round.
  - Set the password or the token in the environment. C(ansible-rulebook) evaluates values in the rulebook as templates, and converts those
    that look like numbers.
seealso:
  - module: astera.data_stack.astera_job
  - module: astera.data_stack.astera_job_info
"""

EXAMPLES = r"""
- name: Watch jobs
  hosts: localhost
  sources:
    - astera.data_stack.jobs:
        url: https://astera.example.com:9261
        ca_path: /etc/ssl/certs/astera.pem
        ids: "{{ job_ids }}"
  rules:
    - name: Report a job that failed
      condition: event.job.finished and not event.job.succeeded
      action:
        debug:
          msg: "Job {{ event.job.id }} ended with {{ event.job.status }}"
"""

RETURN = r"""
job:
  description: The status of a job.
  type: dict
  contains:
    id:
      description: ID of the job.
      type: str
      sample: "1742"
    status:
      description:
        - Status of the job, as the server spells it.
        - V(name-withheld) if it could contain a template, because Ansible evaluates what C(ansible-rulebook) passes to a playbook.
      type: str
      sample: Running
    finished:
      description: Whether the job has ended.
      type: bool
      sample: false
    succeeded:
      description: Whether the job succeeded.
      type: bool
      sample: false
    url:
      description: Address of the server, as it is set.
      type: str
      sample: https://astera.example.com:9261
"""

LEAST_INTERVAL = 0.1
logger = logging.getLogger("astera.data_stack.jobs")


class Client(_task.TaskRuntime):
    """Read the status of jobs. All requests share a session, and so a login, until one of them fails."""

    def __init__(self, params: dict[str, Any]) -> None:
        self._params = params
        self._session: Session | None = None
        self._refusals: dict[str, RefusalCounter] = {}
        self._warned: set[str] = set()
        self._errors: dict[str, str] = {}

    def read_job(self, job_id: str) -> dict[str, Any] | None:
        """Return the job, or None if it is to be read again later."""
        result = _task.run_task(JobInfo, {**self._params, "id": job_id}, check_mode=True, runtime=self)
        for warning in sorted(set(result["warnings"]) - self._warned):
            self._warned.add(warning)
            logger.warning("%s", warning)
        refusals = self._refusals.setdefault(job_id, RefusalCounter())
        if not result["failed"]:
            refusals.reset()
            self._errors.pop(job_id, None)
            return {**result["job"], "url": self._params["url"]}
        self._handle_error(job_id, result, refusals)
        return None

    def _handle_error(self, job_id: str, result: dict[str, Any], refusals: RefusalCounter) -> None:
        if job_id not in self._errors:
            # Some servers respond with 500 to an expired token, until the next login.
            self.close()
        error, message = result["error"], result["msg"]
        if error["code"] in ("usage", "authentication") or refusals.is_final(error["code"], error["status"]):
            raise RuntimeError(message)
        if self._errors.get(job_id) != message:
            self._errors[job_id] = message
            logger.warning("%s", message)

    def session(self, connection: Connection, redactor: Redactor) -> Session:
        self._session = self._session or Session(connection, redactor)
        self._session.redact = redactor
        return self._session

    def release(self, session: Session) -> None:
        """Keep the session for the next request."""

    def close(self) -> None:
        if self._session:
            self._session.close()
        self._session = None


def spec() -> dict[str, Any]:
    """Return the options, which are those of ``astera_job_info`` except for the ids."""
    options = dict(_task.argument_spec(JobInfo)["argument_spec"])
    del options["id"], options["retries"]
    options["ids"] = {"type": "list", "elements": "str", "required": True}
    options["poll_interval"] = {"type": "float", "default": 2.0}
    return options


def _options(args: dict[str, Any]) -> dict[str, Any]:
    problem = _task.missing_libraries()
    if problem:
        raise ValueError(
            f"the Python library {problem[0]} is missing. Install it into the Python that runs ansible-rulebook."
        )
    checked = ArgumentSpecValidator(spec()).validate(given_options(args))
    if checked.error_messages:
        # Ansible's message quotes what was given, which can be a secret in the wrong place.
        redactor = Redactor({*map(str, checked._no_log_values), *_arguments.collect_secret_values(spec(), args)})
        raise ValueError(_task.format_argument_error("; ".join(checked.error_messages), redactor))
    params = {**dict.fromkeys(spec()), **checked.validated_parameters, "retries": 0}
    if not params["ids"]:
        raise ValueError("ids is empty. Set it to the ids that astera_job returned.")
    if not params["poll_interval"] >= LEAST_INTERVAL:
        raise ValueError(
            f"poll_interval is {params['poll_interval']}. Set it to a number of at least {LEAST_INTERVAL}."
        )
    return params


async def main(queue: Queue[Any], args: dict[str, Any]) -> None:
    """Send the events. ansible-rulebook calls this."""
    params = _options(args)
    statuses: dict[str, str | None] = dict.fromkeys(params.pop("ids"))
    interval = params.pop("poll_interval")
    client = Client(params)
    try:
        while True:
            for job_id in list(statuses):
                job = await to_thread(client.read_job, job_id)
                if job and job["status"] != statuses[job_id]:
                    await queue.put(without_templates({"job": job}))
                    statuses[job_id] = job["status"]
                if job and job["finished"]:
                    del statuses[job_id]
            if not statuses:
                return
            await sleep(interval)
    finally:
        client.close()
