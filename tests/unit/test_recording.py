# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The picture of the demo: it loads nothing, and shows commands and tasks that there are. ``make recording`` makes it."""

from __future__ import annotations

import itertools
import re
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from ansible_collections.astera.data_stack.tests import documents

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs/images/demo.svg"
SVG = "{http://www.w3.org/2000/svg}"
# What only draws: no script, no other document, no picture, no link.
DRAWS = {"svg", "title", "style", "defs", "clipPath", "g", "rect", "circle", "text"}


@pytest.fixture(scope="module")
def picture():
    return ElementTree.parse(PICTURE).getroot()


@pytest.fixture(scope="module")
def screens(picture):
    """Each screen as lines of text."""
    found = []
    for group in picture.iter(f"{SVG}g"):
        if "screen" in group.get("class", "").split():
            rows = {}
            for element in group.iter(f"{SVG}text"):
                rows.setdefault(float(element.get("y")), []).append(element.text.replace("\xa0", " "))
            found.append(["".join(rows[height]).strip() for height in sorted(rows)])
    return found


def all_names(tasks):
    for task in tasks:
        yield task.get("name")
        for inner in ("block", "rescue", "always"):
            yield from all_names(task.get(inner, []))


def test_it_loads_nothing_from_elsewhere(picture):
    text = PICTURE.read_text(encoding="utf-8")
    assert len(text.encode()) < 150_000
    assert {element.tag.removeprefix(SVG) for element in picture.iter()} <= DRAWS
    assert re.findall(r"//[^\s\"']+", text) == ["//www.w3.org/2000/svg"]
    assert set(re.findall(r"url\((.)", text)) == {"#"}
    assert not re.search(r"@(import|font-face)|\bhref\b|\bon\w+=", text)


def test_each_screen_has_its_time(picture, screens):
    style = picture.find(f"{SVG}style").text
    seconds = float(re.search(r"turn (\S+)s infinite", style)[1])
    begins = [float(found) for found in re.findall(r"animation-delay: (\S+)s", style)]
    assert len(begins) == len(screens) > 1
    gaps = {round(later - sooner, 3) for sooner, later in itertools.pairwise(begins)}
    assert gaps == {seconds / len(screens)}


def test_its_commands_are_there_and_run_as_they_stand(screens):
    commands = [[line for line in screen if line.startswith("$ ")] for screen in screens]
    assert [len(found) for found in commands] == [1] * len(screens)
    words = {word for (line,) in commands for word in shlex.split(line)[2:]}
    tool = Path(sys.executable).with_name("ansible-playbook")
    assert {shlex.split(line)[1] for (line,) in commands} == {tool.name}
    told = subprocess.run([tool, "--help"], capture_output=True, text=True, check=True).stdout
    options = {word for word in words if word.startswith("-")}
    assert options <= set(re.findall(r"(?<!\S)--?[\w-]+", told))
    assert [word for word in words - options if not (ROOT / word).is_file()] == []


def test_its_tasks_are_those_of_the_role(screens):
    shown = {found[1] for screen in screens for line in screen if (found := re.match(r"TASK \[[\w.]+ : (.+)\]", line))}
    assert shown
    assert shown <= set(all_names(documents.role_tasks("bootstrap")))


def test_the_readme_shows_it():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"/raw/main/{PICTURE.relative_to(ROOT)})" in readme
