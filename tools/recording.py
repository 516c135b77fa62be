# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make recording``: a session with the demo's playbook and the emulated server, as the picture of the README.

All that the picture shows was printed, in this order; tasks that are left out are counted, and blank lines are not kept. Ports,
folders and times are not among it, so that each recording is the same: with ``--compare``, nothing is written, and a picture that
is not what happens today is an error. Rich, which draws the picture, comes with the tools of the tests.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tools.paths import ROOT

sys.path.insert(0, str(ROOT / ".venv"))

from ansible_collections.astera.data_stack.tests.emulator import Emulator

from demo.run import ARGUMENTS, Demo

PICTURE = ROOT / "docs/images/demo.svg"
TITLE = "astera.data_stack and the emulated server"
COLUMNS, SECONDS = 82, 7
PARTS = ("Configure the server", "Register and activate the license", "Deploy the projects", "Schedule the jobs")
THEME = TerminalTheme(
    (22, 27, 34),
    (214, 220, 228),
    [
        (72, 79, 88),
        (255, 123, 114),
        (86, 211, 100),
        (227, 179, 65),
        (121, 192, 255),
        (210, 168, 255),
        (86, 212, 221),
        (177, 186, 196),
    ],
)
# Rich's own template fetches a font. A code host shows neither other people's fonts nor scripts: screens follow each other by CSS.
SCREEN = """\
<style>{styles}</style>
<defs>{lines}</defs>
<g class="screen {unique_id}">
<text class="step" x="{terminal_width}" y="-13" text-anchor="end">STEP</text>
{matrix}
</g>
"""
FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{width}} {{height}}" role="img" aria-labelledby="title">
<title id="title">{title}: checked, set up, run again, and repaired</title>
<style>
.screen, .{{unique_id}}-title {{{{
  font: {{char_height}}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace }}}}
.{{unique_id}}-title, .step {{{{ font-size: 17px; fill: #8b949e }}}}
.screen {{{{ opacity: 0; animation: turn {seconds}s infinite }}}}
.screen.s1 {{{{ opacity: 1 }}}}
{delays}
@keyframes turn {{{{ 0% {{{{ opacity: 0 }}}} 1%, {share:g}% {{{{ opacity: 1 }}}} {gone:g}%, 100% {{{{ opacity: 0 }}}} }}}}
@media (prefers-reduced-motion: reduce) {{{{ .screen {{{{ animation: none }}}} }}}}
</style>
{{chrome}}
<g transform="translate({{terminal_x}}, {{terminal_y}})">
{screens}</g>
</svg>
"""


def console() -> Console:
    return Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, legacy_windows=False)


def shown(printed: str, tasks: tuple[str, ...]) -> list[Text]:
    """The lines of these tasks and of the recap; of all that is left out, how many tasks it is."""
    lines: list[Text] = []
    left_out, kept = 0, False
    for line in Text.from_ansi(printed).split("\n"):
        if line.plain.startswith(("PLAY ", "TASK ")):
            kept = line.plain.startswith("PLAY RECAP") or any(f": {task}] " in line.plain for task in tasks)
            left_out += line.plain.startswith("TASK ") and not kept
            if kept and left_out:
                lines.append(Text(f"⋮ {left_out} other task{'s' * (left_out > 1)}", style="dim"))
                left_out = 0
            if kept:
                lines.append(Text())
        if kept and line.plain:
            lines.append(line)
    return lines


class Recorder:
    """Plays, each on a screen."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.screens: list[list[Text]] = []

    def play(self, about: str, *options: str, tasks: tuple[str, ...], changed: int) -> None:
        command = " ".join(["ansible-playbook", *ARGUMENTS, *options])
        done = self.demo.playbook(*options, ANSIBLE_FORCE_COLOR="true")
        recap = f"changed={changed} "
        self.demo.check(
            f"{command} says {recap.strip()}", done.returncode == 0 and recap in Text.from_ansi(done.stdout).plain
        )
        head = [Text(f"# {about}", style="bold cyan"), Text(f"$ {command}", style="bold"), Text()]
        screen = [*head, *shown(done.stdout, tasks)]
        # The recap is wider than the picture.
        recap_line = screen[-1]
        recap_line.right_crop(len(recap_line) - recap_line.plain.index("skipped="))
        self.screens.append([*screen[:-1], recap_line.append("…", style="dim")])


def session(recorder: Recorder, server: Emulator) -> None:
    look = ("--check", "--diff")
    recorder.play(
        "A new server. Check mode shows the changes and writes nothing.",
        *look,
        tasks=("Configure the cluster",),
        changed=5,
    )
    recorder.demo.check("check mode wrote nothing", not server.writes)
    recorder.play("The same playbook configures the server.", tasks=PARTS, changed=5)
    recorder.play("The second run changes nothing.", tasks=PARTS, changed=0)
    recorder.demo.check("the second run wrote nothing", not server.writes)
    server.edit("schedule", "Sales every morning", isActive=False)
    recorder.play(
        "An administrator has deactivated a schedule in the client.", *look, tasks=("Schedule the jobs",), changed=1
    )
    recorder.play("A run repairs the drift and writes nothing else.", tasks=PARTS, changed=1)
    recorder.demo.check("one object was written", [entry.path for entry in server.writes] == ["/api/Schedule"])


def drawn(screens: list[list[Text]]) -> str:
    count, rows = len(screens), max(map(len, screens))
    parts, delays = [], []
    for number, screen in enumerate(screens, start=1):
        pen = console()
        for line in [*screen, *[Text()] * (rows - len(screen))]:
            pen.print(line)
        part = pen.export_svg(title="", theme=THEME, code_format=SCREEN, unique_id=f"s{number}")
        parts.append(part.replace("STEP", f"{number} of {count}"))
        # The first one is there at once: its time to appear is over when the picture begins.
        delays.append(f".s{number} {{{{ animation-delay: {(number - 1 - count / 100) * SECONDS:g}s }}}}")
    share = 100 / count
    frame = FRAME.format(
        title=TITLE,
        seconds=count * SECONDS,
        delays="\n".join(delays),
        share=share,
        gone=share + 1,
        screens="".join(parts).replace("{", "{{").replace("}", "}}"),
    )
    pen = console()
    for _line in range(rows):
        pen.print()
    return pen.export_svg(title=TITLE, theme=THEME, code_format=frame, unique_id="frame")


def texts(picture: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(picture).iter() if element.tag.endswith("}text")]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.recording", description=__doc__)
    parser.add_argument(
        "--compare", action="store_true", help="write nothing, and fail if it would show something else"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="astera-recording-") as folder, Emulator() as server:
        recorder = Recorder(Demo(server, Path(folder)))
        session(recorder, server)
    picture = drawn(recorder.screens)
    shows = PICTURE.relative_to(ROOT)
    if not chosen.compare:
        PICTURE.write_text(picture, encoding="utf-8")
    elif texts(picture) != texts(PICTURE.read_text(encoding="utf-8")):
        raise SystemExit(f"{shows} shows what does not happen any more. Run 'make recording', and look at it.")
    print(f"{shows} shows what happens, in {len(recorder.screens)} screens")


if __name__ == "__main__":
    main()
