# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tasks of a run share. Private to this collection.

Each is a file in the private directory that Ansible creates for a run and removes at its end: which server has written the
shared objects of a cluster, which server has a new address, and which server is not configured yet in check mode.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..module_utils import _files
from ..module_utils._client.connection import CONNECTION_OPTIONS
from ..module_utils._client.waiting import poll
from ..module_utils._engine.kind import Operation

# Errors that the server did not return. In check mode, a missing repository cannot be their cause.
_NOT_THE_SERVERS_ANSWER = ("usage", "unreachable", "tls", "authentication", "timeout")
# A server without these parts might reject all other requests.
_SET_UP_FIRST = ("server_config", "license")

# Seconds for the process of another host to start. Ansible starts the processes in the order of the hosts.
_HEAD_START = 2.0
_POLL_INTERVAL = 0.01

Arguments = dict[str, Any]
Result = dict[str, Any]


class Caller(NamedTuple):
    """The host of a task. play: identifies the play in the run. hosts: the remaining hosts of the play, in order."""

    host: str
    play: str
    check_mode: bool
    hosts: tuple[str, ...] = ()


class Coordinator:
    """Coordinate the tasks of a run. directory: private to the run, and the same for all its tasks."""

    def __init__(self, directory: str, caller: Caller) -> None:
        self._notes = _Notes(directory)
        self._caller = caller

    def run(self, operation: type[Operation], arguments: Arguments, attempt: Callable[[Arguments], Result]) -> Result:
        """Return the result of ``attempt``, or that of another server of the cluster that has written the shared objects."""
        given = str(arguments.get("url") or "")
        arguments = self._at_new_address(arguments, given)
        result = self._in_turn(operation, arguments, attempt)
        if self._caller.check_mode:
            self._note_unprepared(operation, result, given)
            return self._forgive_unprepared(result, given)
        self._note_new_address(result, given)
        return result

    # Shared objects of a cluster

    def _in_turn(
        self, operation: type[Operation], arguments: Arguments, attempt: Callable[[Arguments], Result]
    ) -> Result:
        cluster = arguments.get("cluster_id")
        parts = arguments.get("parts")
        shared = {option for option in operation.shared if arguments.get(option) and (parts is None or option in parts)}
        if not cluster:
            return attempt(arguments)
        if not shared:
            result = attempt(arguments)
            if parts is not None and not result.get("failed"):
                self._notes.write({}, "ready", cluster, self._caller.play, self._caller.host)
            return result
        self._give_way(str(cluster), self._work(operation, arguments))
        with self._turn(str(cluster), self._work(operation, arguments)) as turn:
            if turn.written_by is None:
                result = attempt(arguments)
                turn.succeeded = not result.get("failed") and "ansible_job_id" not in result
                return result
        own = {option: value for option, value in arguments.items() if option not in shared}
        result = {"changed": False, **{key: [] for key in operation.list_results}}
        if any(own.get(option) for option in operation.own):
            result = attempt(own)
        msg = f"{turn.written_by} has written what the servers of the cluster {cluster} share, in this run"
        return {**result, "written_by": turn.written_by, "msg": msg}

    def _give_way(self, cluster: str, work: str) -> None:
        """Wait for the first host of the play, so that the host that writes does not depend on timing.

        A task without parts has announced that host. The wait is as long as a process needs to start, at most.
        """
        ready = (host for host in self._caller.hosts if self._notes.exists("ready", cluster, self._caller.play, host))
        first = next(ready, self._caller.host)
        known = (("begun", cluster, work, first), ("cluster", cluster, work))
        if first != self._caller.host:
            poll(lambda: any(self._notes.exists(*about) for about in known), _HEAD_START, _POLL_INTERVAL)

    def _work(self, operation: type[Operation], arguments: Arguments) -> str:
        """Return what identifies a write to the cluster: the same for all its servers.

        It is a string, because a task replaces the paths of its files in the arguments.
        """
        left_out = {*CONNECTION_OPTIONS, *operation.own}
        content = {option: value for option, value in arguments.items() if option not in left_out}
        work = [operation.__name__, self._caller.play, self._caller.check_mode, content]
        return json.dumps(work, sort_keys=True, default=str)

    @contextlib.contextmanager
    def _turn(self, cluster: str, work: str) -> Iterator[_Turn]:
        """Hold the lock of the cluster.

        If a server repeats a write, in a loop or because a role is included twice, the second write is skipped only if another
        server has also written twice.
        """
        with self._notes.locked("cluster", cluster):
            self._notes.write({}, "begun", cluster, work, self._caller.host)
            note = self._notes.read("cluster", cluster, work)
            written_by: list[str] = note.get("written_by", [])
            times = {**note.get("times", {})}
            turn = _Turn(times.get(self._caller.host, 0), written_by)
            try:
                yield turn
            finally:
                times[self._caller.host] = turn.number + 1
                if turn.succeeded:
                    written_by = [*written_by, self._caller.host]
                self._notes.write({"written_by": written_by, "times": times}, "cluster", cluster, work)

    # New addresses

    def _at_new_address(self, arguments: Arguments, given: str) -> Arguments:
        moved = self._notes.read("moved", self._caller.host, given).get("url")
        return {**arguments, "url": moved} if moved else arguments

    def _note_new_address(self, result: Result, given: str) -> None:
        """Record the new address of a server whose port was changed, for tasks that still set the old address."""
        url = result.get("url")
        if not result.get("changed") or not isinstance(url, str) or url == given:
            return
        self._notes.remove("moved", self._caller.host, url)
        self._notes.write({"url": url}, "moved", self._caller.host, given)

    # Servers without a repository or license

    def _note_unprepared(self, operation: type[Operation], result: Result, given: str) -> None:
        entries = result.get("plan") or [{"kind": operation.kind, "changed": result.get("changed")}]
        if any(entry["kind"] in _SET_UP_FIRST and entry["changed"] for entry in entries):
            self._notes.write({"unprepared": True}, "unprepared", self._caller.host, given)

    def _forgive_unprepared(self, result: Result, given: str) -> Result:
        """Return a warning in place of an error that a server without a repository or license returns in check mode."""
        error = result.get("error")
        if not result.get("failed") or not isinstance(error, dict):
            return result
        if not self._notes.read("unprepared", self._caller.host, given):
            return result
        errors = [entry["error"] for entry in result.get("plan") or [] if entry["error"]]
        if any(each["code"] in _NOT_THE_SERVERS_ANSWER for each in (error, *errors)):
            return result
        reason = errors[0]["msg"] if errors else result["msg"]
        warning = f"Nothing can be predicted here before the server has its repository and its license: {reason}"
        left = {key: value for key, value in result.items() if key not in ("failed", "msg", "error", "exception")}
        return {**left, "warnings": [*(result.get("warnings") or []), warning]}


class _Turn:
    """One write to a cluster. number: how often this server has written the same before."""

    def __init__(self, number: int, written_by: list[str]) -> None:
        self.number = number
        self.written_by = written_by[number] if number < len(written_by) else None
        self.succeeded = False


class _Notes:
    """JSON files, each with a name that is the hash of its subject."""

    def __init__(self, directory: str) -> None:
        self._directory = directory

    def _path(self, about: tuple[Any, ...]) -> str:
        digest = hashlib.sha256(json.dumps(about, sort_keys=True, default=str).encode()).hexdigest()
        return os.path.join(self._directory, f"astera-note-{digest[:32]}")

    def read(self, *about: Any) -> dict[str, Any]:
        return _files.read_json(self._path(about))

    def exists(self, *about: Any) -> bool:
        return os.path.exists(self._path(about))

    def write(self, content: dict[str, Any], *about: Any) -> None:
        _files.write_json(self._path(about), content)

    def remove(self, *about: Any) -> None:
        with contextlib.suppress(OSError):
            os.unlink(self._path(about))

    def locked(self, *about: Any) -> contextlib.AbstractContextManager[None]:
        return _files.locked(f"{self._path(about)}.lock")
