# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make recording``: a session with the demo's playbook and the emulated server, as the picture of the README.

All that the picture shows was printed, in this order; tasks that are left out are counted, and blank lines are not kept. Ports,
directories and times are not in it, so that each recording is the same: with ``--compare``, nothing is written, and a picture that
is not what happens today is an error. Rich, which draws the picture, comes with the tools of the tests.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.text import Text

from tools.paths import ROOT

sys.path.insert(0, str(ROOT / ".venv"))

from ansible_collections.astera.data_stack.tests.emulator import Emulator

from demo.run import ARGUMENTS, Demo

PICTURE = ROOT / "docs/images/demo.svg"
TITLE = "astera.data_stack and the emulated server"
COLUMNS = 82
# A code host shows no fonts of other hosts.
_FONT = re.compile(r"\s*@font-face \{[^}]*\}|\s*<!--.*?-->", re.S)


def select_lines(printed: str, task: str | None) -> list[Text]:
    """Return the lines of a task and of the recap, and how many other tasks are left out."""
    lines: list[Text] = []
    left_out, kept = 0, False
    for line in Text.from_ansi(printed).split("\n"):
        if line.plain.startswith(("PLAY ", "TASK ")):
            kept = line.plain.startswith("PLAY RECAP") or f": {task}] " in line.plain
            left_out += line.plain.startswith("TASK ") and not kept
            if kept and left_out:
                lines.append(Text(f"⋮ {left_out} other task{'s' * (left_out > 1)}", style="dim"))
                left_out = 0
        if kept and line.plain:
            lines.append(line)
    # The recap is wider than the picture.
    lines[-1].right_crop(len(lines[-1]) - lines[-1].plain.index("skipped="))
    return [*lines[:-1], lines[-1].append("…", style="dim")]


class Recorder:
    """Runs of the playbook, one below the other."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.lines: list[Text] = []

    def play(self, about: str, *options: str, task: str | None = None, changed: int) -> None:
        command = " ".join(["ansible-playbook", *ARGUMENTS, *options])
        done = self.demo.playbook(*options, ANSIBLE_FORCE_COLOR="true")
        recap = f"changed={changed} "
        self.demo.check(
            f"{command} says {recap.strip()}", done.returncode == 0 and recap in Text.from_ansi(done.stdout).plain
        )
        head = [Text(f"# {about}", style="bold cyan"), Text(f"$ {command}", style="bold")]
        self.lines += [*([Text()] if self.lines else []), *head, *select_lines(done.stdout, task)]


def record(recorder: Recorder, server: Emulator) -> None:
    look = ("--check", "--diff")
    recorder.play(
        "A new server. Check mode shows the changes and writes nothing.", *look, task="Configure the cluster", changed=5
    )
    recorder.demo.check("check mode wrote nothing", not server.writes)
    recorder.play("The same playbook configures the server.", changed=5)
    recorder.play("The second run changes nothing.", changed=0)
    recorder.demo.check("the second run wrote nothing", not server.writes)
    server.edit("schedule", "Sales every morning", isActive=False)
    recorder.play(
        "An administrator has deactivated a schedule in the client.", *look, task="Schedule the jobs", changed=1
    )
    recorder.play("A run repairs the drift and writes nothing else.", changed=1)
    recorder.demo.check("one object was written", [entry.path for entry in server.writes] == ["/api/Schedule"])


def draw(lines: list[Text]) -> str:
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    for line in lines:
        console.print(line)
    return _FONT.sub("", console.export_svg(title=TITLE, unique_id="demo"))


def texts(picture: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(picture).iter() if element.tag.endswith("}text")]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.recording", description=__doc__)
    parser.add_argument("--compare", action="store_true", help="write nothing, and fail if the picture is stale")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="astera-recording-") as folder, Emulator() as server:
        recorder = Recorder(Demo(server, Path(folder)))
        record(recorder, server)
    picture = draw(recorder.lines)
    name = PICTURE.relative_to(ROOT)
    if not arguments.compare:
        PICTURE.write_text(picture, encoding="utf-8")
    elif texts(picture) != texts(PICTURE.read_text(encoding="utf-8")):
        raise SystemExit(f"{name} shows what does not happen any more. Run 'make recording', and check the picture.")
    print(f"{name} shows what happens, in {len(recorder.lines)} lines")


if __name__ == "__main__":
    main()
