# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of language and of commit subjects find what they must, and nothing else."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.tools import commit_subject, language


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("docs/a.rst", "Somebody has an e-mail.\n", ["Somebody", "e-mail"]),
        ("docs/a.rst", '   msg: "another writer"\n', []),
        ("docs/a.rst", "The folder.\n", ["folder"]),
        ("tests/a.py", "# The folder.\n", []),
        ("tests/a.py", '# Nobody waits.\nuser = "nobody"\n', ["Nobody"]),
        ("tests/a.diff", "@@ a @@ Nobody waits.\n", ["Nobody"]),
        ("plugins/modules/a.py", '"""Whoever waits."""\nfolder = f"a blank {folder}"\n', ["Whoever", "blank"]),
        ("plugins/modules/a.py", "us = nobody(our)\n", []),
        ("README.md", "timestamps, house, force_folder_name\n", []),
    ],
)
def test_find_words_reports_words_of_prose(name, text, words):
    assert [found.split("'")[1] for found in language.find_words(name, text)] == words


@pytest.mark.parametrize(
    ("subject", "wrong"),
    [
        ("schedule: compare times as instants", ""),
        ("acceptance, upgrade: test a real server", ""),
        ("Merge branch 'x'", ""),
        ("schedule: compared times", "compared"),
        ("schedule: comparing times", "comparing"),
        ("schedule: bring back a name", ""),
        ("schedule: compare times.", "form"),
        ("Compare times", "form"),
        ("schedule: Compare times", "form"),
        ("schedule: compare " + "x" * 60, "78 characters"),
    ],
)
def test_commit_subject_reports_the_problem(subject, wrong):
    assert wrong in commit_subject.problem(subject)
    assert bool(wrong) == bool(commit_subject.problem(subject))


def test_commit_subject_checks_a_message_as_a_hook(tmp_path, monkeypatch, capsys):
    message = tmp_path / "message"
    message.write_text("Fixed it\n\nWhy.\n")
    monkeypatch.setattr("sys.argv", ["commit_subject", str(message)])
    assert commit_subject.main() == 1
    assert "'Fixed it'" in capsys.readouterr().err


def test_commit_subject_passes_without_history(tmp_path, monkeypatch):
    monkeypatch.setattr(commit_subject, "ROOT", tmp_path)
    monkeypatch.setattr("sys.argv", ["commit_subject"])
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert commit_subject.main() == 0
