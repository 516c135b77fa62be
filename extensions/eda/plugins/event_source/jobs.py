# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Event source: how jobs go that were started before."""

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
from ansible_collections.astera.data_stack.plugins.module_utils import _task
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import given_options
from ansible_collections.astera.data_stack.plugins.module_utils._client.session import Session
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.job import JOB_INFO, RefusalCounter
from ansible_collections.astera.data_stack.plugins.module_utils._redactor import Redactor

if TYPE_CHECKING:
    from asyncio import Queue

    from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import Connection

DOCUMENTATION = r"""
module: jobs
short_description: Events for jobs on an Astera Integration Server whose status changes
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Asks how jobs go that M(astera.data_stack.astera_job) started, as M(astera.data_stack.astera_job_info) does. Each status that was not
    seen before of a job is one event, the first one included.
  - The source ends when all of its jobs are over. C(ansible-rulebook) ends then, too, once the actions are done.
  - A server that does not answer, or fails, is asked again, and a warning says so once. A refusal that does not pass ends the source with
    an error; so does a login that is refused, at once, for accounts get locked.
options:
  ids:
    description: The ids of the jobs, as M(astera.data_stack.astera_job) returned them. All are of one server.
    type: list
    elements: str
    required: true
  success_statuses:
    description: The words for the status of a job that ended well. Upper and lower case are the same.
    type: list
    elements: str
    default: [Completed]
  waiting_statuses:
    description:
      - The words for the status of a job that is not over yet. Upper and lower case are the same.
      - A word that is in neither list is the end of a job that failed, for the vendor publishes no word for a failure.
    type: list
    elements: str
    default: [NotStarted, Queued, Initializing, Running]
  poll_interval:
    description: Seconds between two rounds of questions, at least 0.1.
    type: float
    default: 2.0
extends_documentation_fragment:
  - astera.data_stack.connection
requirements:
  - ansible-core, in the Python that runs ansible-rulebook
notes:
  - The option O(ignore:retries) of the modules is not there. Each question is asked once in a round.
  - Give the password or the token in the environment. What stands in the rulebook, C(ansible-rulebook) takes for a template and for a
    number where it looks like one.
seealso:
  - module: astera.data_stack.astera_job
  - module: astera.data_stack.astera_job_info
"""

EXAMPLES = r"""
- name: The load of the night is watched
  hosts: localhost
  sources:
    - astera.data_stack.jobs:
        url: https://astera.example.com:9261
        ca_path: /etc/ssl/certs/astera.pem
        ids: "{{ job_ids }}"
  rules:
    - name: A job has failed
      condition: event.job.finished and not event.job.succeeded
      action:
        debug:
          msg: "Job {{ event.job.id }} ended with {{ event.job.status }}"
"""

RETURN = r"""
job:
  description: How a job stands.
  type: dict
  contains:
    id:
      description: Its id.
      type: str
      sample: "1742"
    status:
      description:
        - Its status, in the server's word.
        - V(name-withheld) if a template could hide in that word, because Ansible evaluates what C(ansible-rulebook) passes to a playbook.
      type: str
      sample: Running
    finished:
      description: Whether it is over, well or not.
      type: bool
      sample: false
    succeeded:
      description: Whether it ended well.
      type: bool
      sample: false
    url:
      description: The server's address, as it was given.
      type: str
      sample: https://astera.example.com:9261
"""

LEAST_INTERVAL = 0.1
logger = logging.getLogger("astera.data_stack.jobs")


class Client(_task.TaskRuntime):
    """Asks how one job goes. All questions share a session, and so a login, until one of them fails."""

    def __init__(self, params: dict[str, Any]) -> None:
        self._params = params
        self._session: Session | None = None
        self._refusals: dict[str, RefusalCounter] = {}
        self._warned: set[str] = set()
        self._troubles: dict[str, str] = {}

    def ask(self, job_id: str) -> dict[str, Any] | None:
        """Nothing where the answer is to be waited for."""
        result = _task.perform(JOB_INFO, {**self._params, "id": job_id}, check_mode=True, runtime=self)
        for warning in sorted(set(result["warnings"]) - self._warned):
            self._warned.add(warning)
            logger.warning("%s", warning)
        refusals = self._refusals.setdefault(job_id, RefusalCounter())
        if not result["failed"]:
            refusals.forget()
            self._troubles.pop(job_id, None)
            return {**result["job"], "url": self._params["url"]}
        self._handle_error(job_id, result, refusals)
        return None

    def _handle_error(self, job_id: str, result: dict[str, Any], refusals: RefusalCounter) -> None:
        if job_id not in self._troubles:
            # Some servers answer 500 to a token that ran out, and go on to until somebody logs in.
            self.close()
        error, message = result["error"], result["msg"]
        if error["code"] in ("usage", "authentication") or refusals.believe(error["code"], error["status"]):
            raise RuntimeError(message)
        if self._troubles.get(job_id) != message:
            self._troubles[job_id] = message
            logger.warning("%s", message)

    def session(self, connection: Connection, redactor: Redactor) -> Session:
        self._session = self._session or Session(connection, redactor)
        self._session.redact = redactor
        return self._session

    def leave(self, session: Session) -> None:
        """It is wanted for the next question."""

    def close(self) -> None:
        if self._session:
            self._session.close()
        self._session = None


def spec() -> dict[str, Any]:
    """The options, as ``astera_job_info`` has them but for the ids."""
    options = dict(_task.argument_spec(JOB_INFO)["argument_spec"])
    del options["id"], options["retries"]
    options["ids"] = {"type": "list", "elements": "str", "required": True}
    options["poll_interval"] = {"type": "float", "default": 2.0}
    return options


def _options(args: dict[str, Any]) -> dict[str, Any]:
    problem = _task.missing_libraries()
    if problem:
        raise ValueError(f"the Python library {problem[0]} is missing; install it where ansible-rulebook runs")
    checked = ArgumentSpecValidator(spec()).validate(given_options(args))
    if checked.error_messages:
        # Ansible's words quote what was given, which may be a secret in the wrong place.
        redactor = Redactor({*map(str, checked._no_log_values), *_task.secret_texts(spec(), args)})
        raise ValueError(_task.refusal("; ".join(checked.error_messages), redactor))
    params = {**dict.fromkeys(spec()), **checked.validated_parameters, "retries": 0}
    if not params["ids"]:
        raise ValueError("ids is empty; give the ids that astera_job returned")
    if not params["poll_interval"] >= LEAST_INTERVAL:
        raise ValueError(f"poll_interval is {params['poll_interval']}, and must be at least {LEAST_INTERVAL}")
    return params


async def main(queue: Queue[Any], args: dict[str, Any]) -> None:
    """What ansible-rulebook calls."""
    params = _options(args)
    told: dict[str, str | None] = dict.fromkeys(params.pop("ids"))
    interval = params.pop("poll_interval")
    client = Client(params)
    try:
        while True:
            for job_id in list(told):
                job = await to_thread(client.ask, job_id)
                if job and job["status"] != told[job_id]:
                    await queue.put(without_templates({"job": job}))
                    told[job_id] = job["status"]
                if job and job["finished"]:
                    del told[job_id]
            if not told:
                return
            await sleep(interval)
    finally:
        client.close()
