# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Event source: the servers that have drifted, as an audit reports them. Standard library only."""

from __future__ import annotations

import json
import logging
import os
from asyncio import sleep, to_thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import Queue

DOCUMENTATION = r"""
module: drift
short_description: Receive an event when an audit finds drift
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Watches the C(audit.json) that the playbook C(astera.data_stack.audit) writes. It sends no request to any server.
  - Each server that drifted or could not be checked is one event. A later report causes another event only if the differences or the reason
    of the failure changed.
  - When a reported server is in sync again, this is an event with the state V(in_sync). A server that is missing from a report, or that has
    no declared parts anymore, causes no event.
  - The reported findings are kept in memory. After a restart, the source sends an event for each server that has drifted at that time.
  - If the report does not exist yet or is incomplete, the source warns once and waits. If the file is not a report, or has a later format,
    the source ends with an error.
options:
  path:
    description: Path of the report, such as V(astera-audit/audit.json). A relative path is relative to the directory in which
      C(ansible-rulebook) was started.
    type: path
    required: true
  poll_interval:
    description: Number of seconds between two checks of the file, at least 0.1.
    type: float
    default: 10.0
notes:
  - Events have C(meta.hosts), so that the playbook of an action is limited to that server. The inventory of the rulebook must therefore use
    the host names of the audit.
  - Events contain the names of the fields that differ and not their values, because events are logged. The report contains the values.
  - Events contain no strings of a server, because C(ansible-rulebook) passes them to Ansible as extra variables, and Ansible evaluates these
    as templates. An error consists of its code, its status and its outcome. The report contains its message. A name that could contain a
    template (with braces, control characters, a vault header, or more than 1024 characters) is replaced by V(name-withheld). A playbook for
    such a host is limited to this name, and runs on no host.
"""

EXAMPLES = r"""
- name: Report drift
  hosts: all
  sources:
    - astera.data_stack.drift:
        path: astera-audit/audit.json
  rules:
    - name: Show a server that has drifted
      condition: event.drift.state == "drifted"
      action:
        debug:
          msg: "{{ event.drift.server }} differs in {{ event.drift.parts }}"
"""

RETURN = r"""
drift:
  description: What an audit found about one server.
  type: dict
  contains:
    server:
      description: Inventory name of the server, which is also in C(meta.hosts). V(name-withheld) if it could contain a template.
      type: str
      sample: graz01.example.com
    url:
      description: Address of the server, if the report contains it.
      type: str
      sample: https://graz01.example.com:9261
    state:
      description: V(drifted), V(failed) if the server could not be read or compared, or V(in_sync) if the server is in sync again.
      type: str
      sample: drifted
    parts:
      description: The parts that drifted or failed.
      type: list
      elements: str
      sample: [deployments]
    objects:
      description: The objects that drifted or failed. Each has C(kind), C(name), C(state), C(action), which is what the role bootstrap would
        do, and C(fields), the options that differ. V(name-withheld) replaces a name that could contain a template.
      type: list
      elements: dict
      sample: [{kind: deployment, name: Sales, state: drifted, action: update, fields: [comment]}]
    counts:
      description: Number of C(parts), C(objects) and C(fields).
      type: dict
      sample: {parts: 1, objects: 1, fields: 1}
    error:
      description:
        - The C(code), the HTTP C(status) and the C(outcome) of the error that prevented the check. Null if there was no error.
        - Only the report contains the message, because it can contain strings of a server.
      type: dict
      sample: {code: unreachable, status: null, outcome: not_committed}
    generated_at:
      description: Time of the report.
      type: str
      sample: "2026-11-24T09:30:00Z"
    report:
      description: Path of the report.
      type: str
      sample: astera-audit/audit.json
"""

FORMAT, VERSION = "astera.data_stack.audit", 1
NEEDS_ATTENTION = ("drifted", "failed")
LEAST_INTERVAL = 0.1
WITHHELD = "name-withheld"
# ansible-rulebook tries to decrypt a text that has this anywhere.
_VAULT_HEADER = "$ANSIBLE_VAULT"
_MAX_LENGTH = 1024
logger = logging.getLogger("astera.data_stack.drift")


def without_templates(value: Any) -> Any:
    """Return the value with a placeholder for each string in which a template could hide.

    An event becomes extra variables of a playbook, and Ansible evaluates extra variables. Every delimiter of Jinja has a brace; a
    single brace is withheld, too, because two strings can be joined.
    """
    if isinstance(value, dict):
        return {key: without_templates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_templates(item) for item in value]
    return value if not isinstance(value, str) or _is_inert(value) else WITHHELD


def _is_inert(text: str) -> bool:
    hides_template = "{" in text or "}" in text or _VAULT_HEADER in text
    return len(text) <= _MAX_LENGTH and text.isprintable() and not hides_template


class ReportNotReady(Exception):
    """There is no report yet. The message says why."""


class ReportedFindings:
    """The finding that was reported for each server, so that it is not reported twice."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def events(self, report: dict[str, Any], path: str) -> list[dict[str, Any]]:
        """Return the events of the servers whose finding is new."""
        found = []
        for server in report["servers"]:
            name, state = server["id"], server["state"]
            if state in NEEDS_ATTENTION:
                finding = _finding(server)
                if self._known.get(name) == finding:
                    continue
                self._known[name] = finding
            elif state != "in_sync" or self._known.pop(name, None) is None:
                continue
            found.append(_event(server, report["generated"]["at"], path))
        return found


def _finding(server: dict[str, Any]) -> str:
    """Return what distinguishes two findings. The message of an error does not, because it can contain a time."""
    objects = [{**item, "error": _code(item)} for item in _drifted_objects(server)]
    parts = [[part["part"], part["state"]] for part in server["parts"]]
    return json.dumps([server["state"], _code(server), parts, objects], sort_keys=True)


def _code(item: dict[str, Any]) -> str | None:
    return item["error"]["code"] if item["error"] else None


def _drifted_objects(server: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for part in server["parts"] for item in part["objects"] if item["state"] in NEEDS_ATTENTION]


def _event(server: dict[str, Any], at: str, path: str) -> dict[str, Any]:
    parts = [part["part"] for part in server["parts"] if part["state"] in NEEDS_ATTENTION]
    objects = [
        {
            **{key: item[key] for key in ("kind", "name", "state", "action")},
            "fields": [field["path"] for field in item["fields"]],
        }
        for item in _drifted_objects(server)
    ]
    error = server["error"]
    drift = {
        "server": server["name"],
        "url": server["url"],
        "state": server["state"],
        "parts": parts,
        "objects": objects,
        "counts": {
            "parts": len(parts),
            "objects": len(objects),
            "fields": sum(len(item["fields"]) for item in objects),
        },
        "error": {key: error[key] for key in ("code", "status", "outcome")} if error else None,
        "generated_at": at,
        "report": path,
    }
    return without_templates({"drift": drift, "meta": {"hosts": [server["name"]]}})


def _read(path: str) -> bytes:
    try:
        # Never wait for the other end of a pipe.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            return file.read()
    except OSError as error:
        raise ReportNotReady(f"{path} cannot be read ({error.strerror})") from error


def _report(content: bytes, path: str) -> dict[str, Any]:
    try:
        report = json.loads(content)
    except ValueError as error:
        raise ReportNotReady(f"{path} is not complete yet") from error
    if not isinstance(report, dict) or report.get("format") != FORMAT:
        raise ValueError(
            f"{path} is not the report of an audit. Set path to the audit.json that the playbook astera.data_stack.audit writes."
        )
    if report.get("version") != VERSION:
        version = report.get("version")
        raise ValueError(
            f"{path} has version {version!r}, and this event source supports version {VERSION}. Install the same version of "
            "astera.data_stack for the audit and for ansible-rulebook."
        )
    return report


def _options(args: dict[str, Any]) -> tuple[str, float]:
    unknown = sorted(set(args) - {"path", "poll_interval"})
    if unknown:
        raise ValueError(f"the event source drift has no option {unknown[0]}. Its options are path and poll_interval.")
    if not isinstance(args.get("path"), str) or not args["path"]:
        raise ValueError("path is missing. Set it to the audit.json that the playbook astera.data_stack.audit writes.")
    try:
        interval = float(args.get("poll_interval", 10))
    except (TypeError, ValueError):
        interval = 0.0
    if not interval >= LEAST_INTERVAL:
        raise ValueError(
            f"poll_interval is {args['poll_interval']!r}. Set it to a number of at least {LEAST_INTERVAL}."
        )
    return os.path.abspath(os.path.expanduser(args["path"])), interval


async def main(queue: Queue[Any], args: dict[str, Any]) -> None:
    """Send the events. ansible-rulebook calls this."""
    path, interval = _options(args)
    findings, warning = ReportedFindings(), ""
    seen: bytes | None = None
    while True:
        try:
            content = await to_thread(_read, path)
            if content != seen:
                events = findings.events(await to_thread(_report, content, path), path)
                seen, warning = content, ""
                for event in events:
                    await queue.put(event)
        except ReportNotReady as error:
            if str(error) != warning:
                warning = str(error)
                logger.warning("%s. Waiting for the report of the audit.", warning)
        await sleep(interval)
