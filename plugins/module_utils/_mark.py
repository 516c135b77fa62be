# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A note on this side that a cluster is paused, by whom, and what was there before. Private to this collection.

The server has no place for such a note. It is written before the first change and removed after the last, so that a run that
dies in between leaves it for the next one to find.
"""

from __future__ import annotations

import getpass
import os
import socket
from datetime import datetime, timezone
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils._receipt import Note

# Whose a mark is: nobody's, this window's, another window's of this run, that of a run that goes on, that of one that is over.
NOBODYS, OWN, OUTER, OTHERS, LEFT = "nobody's", "own", "outer", "another's", "left"


class Mark(Note):
    """before: the API's keys and values as they were, to the last byte."""

    option = "state_path"

    @property
    def before(self) -> dict[str, Any]:
        return dict(self.content.get("before") or {})

    def told(self) -> dict[str, Any]:
        return {key: str(self.content.get(key)) for key in ("owner", "since", "window")}

    @property
    def certain(self) -> bool:
        """Whether it is known that its run is over."""
        return goes_on(str(self.content.get("run"))) is not None

    def whose(self, run: str | None, window: str, owner: str) -> str:
        if not self.content:
            return NOBODYS
        theirs = str(self.content.get("run") or "")
        if theirs == (run or "") and (run or owner == self.content.get("owner")):
            return OWN if window == self.content.get("window") else OUTER
        return OTHERS if goes_on(theirs) else LEFT

    def set(self, before: dict[str, Any], run: str | None, window: str, owner: str) -> None:
        since = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.keep({"before": before, "run": run or "", "window": window, "owner": owner, "since": since})


def default_owner() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # In a container a user may have no name.
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def run_of(process: int) -> str:
    """A name for what a process of this machine does, never given twice."""
    return f"{socket.gethostname()}/{process}/{_started(process)}"


def goes_on(run: str) -> bool | None:
    """Whether a run is still under way. None where that cannot be said, for it is another machine's."""
    host, _slash, rest = run.partition("/")
    process, _slash, started = rest.partition("/")
    if host != socket.gethostname() or not process.isdigit():
        return None
    return bool(started) and _started(int(process)) == started


def _started(process: int) -> str:
    """When it was started, in the system's ticks, so that a number that was given again is not taken for the first."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        return "some time"
    return "some time"
