# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task that writes the files of an export, on its own."""

from __future__ import annotations

import json

from ansible_collections.astera.data_stack.tests import isolated_home

SNAPSHOT = {"server_config": {"serverProfile": "A", "text": "{{ 1 + 1 }}"}, "cluster": {}, "deployments": []}


def write(folder, *words, expect=0, **arguments):
    given = {"dest": "out", "name": "one", "url": "https://a:9261", "snapshot": {**SNAPSHOT, "schedules": []}}
    text = json.dumps({**given, **arguments})
    command = ("localhost", "-m", "astera.data_stack.export_files", "-a", text, *words)
    return " ".join("".join(isolated_home.run(folder, "ansible", *command, expect=expect)).split())


def test_export_files_are_written_once_E9(tmp_path):
    assert "CHANGED" in write(tmp_path)
    out = tmp_path / "out"
    assert (out.stat().st_mode & 0o777, (out / "one.yml").stat().st_mode & 0o777) == (0o700, 0o600)
    assert "SUCCESS" in write(tmp_path)
    moved = {**SNAPSHOT, "schedules": [], "cluster": {"id": 1, "name": "B"}}
    assert "CHANGED" in write(tmp_path, "--check", snapshot=moved)
    assert "SUCCESS" in write(tmp_path)


def test_export_files_refuse_a_linked_directory(tmp_path):
    (tmp_path / "theirs").mkdir(mode=0o755)
    (tmp_path / "out").symlink_to("theirs")
    for words in ((), ("--check",)):
        text = write(tmp_path, *words, expect=2)
        assert "cannot be written to" in text
        assert "a symbolic link" in text
        assert "astera_export_dir" in text
    assert list((tmp_path / "theirs").iterdir()) == []
    assert (tmp_path / "theirs").stat().st_mode & 0o777 == 0o755
