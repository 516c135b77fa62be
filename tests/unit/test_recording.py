# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The picture of the demo: it loads nothing, and shows commands and tasks that there are. ``make recording`` makes it."""

from __future__ import annotations

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
DRAWS = {"svg", "style", "defs", "clipPath", "g", "rect", "circle", "text"}


@pytest.fixture(scope="module")
def lines():
    """The picture as lines of text."""
    rows = {}
    for element in ElementTree.parse(PICTURE).iter(f"{SVG}text"):
        rows.setdefault(float(element.get("y")), []).append(element.text.replace("\xa0", " "))
    return ["".join(rows[height]).strip() for height in sorted(rows)]


def all_names(tasks):
    for task in tasks:
        yield task.get("name")
        for inner in ("block", "rescue", "always"):
            yield from all_names(task.get(inner, []))


def test_recording_loads_nothing_external():
    text = PICTURE.read_text(encoding="utf-8")
    assert len(text.encode()) < 150_000
    assert {element.tag.removeprefix(SVG) for element in ElementTree.parse(PICTURE).iter()} <= DRAWS
    assert re.findall(r"//[^\s\"']+", text) == ["//www.w3.org/2000/svg"]
    assert set(re.findall(r"url\((.)", text)) == {"#"}
    assert not re.search(r"@(import|font-face)|\bhref\b|\bon\w+=", text)


def test_recording_shows_commands_that_exist(lines):
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("$ ")]
    tool = Path(sys.executable).with_name("ansible-playbook")
    assert {name for name, *_words in commands} == {tool.name}
    words = {word for _name, *rest in commands for word in rest}
    usage = subprocess.run([tool, "--help"], capture_output=True, text=True, check=True).stdout
    options = {word for word in words if word.startswith("-")}
    assert options <= set(re.findall(r"(?<!\S)--?[\w-]+", usage))
    assert [word for word in words - options if not (ROOT / word).is_file()] == []


def test_recording_shows_the_tasks_of_the_role(lines):
    shown = {found[1] for line in lines if (found := re.match(r"TASK \[[\w.]+ : (.+)\]", line))}
    assert shown
    assert shown <= set(all_names(documents.role_tasks("bootstrap")))


def test_recording_is_shown_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"/raw/main/{PICTURE.relative_to(ROOT)})" in readme
