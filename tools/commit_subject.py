# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check commit subjects: ``<area>: <imperative> <object>``, at most 72 characters.

With a file as its argument, it checks the message in that file, as the Git hook ``commit-msg``. Without an argument, it checks the commits since
the last release, or since this file was added. Where the history is not available, it checks nothing.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_LENGTH = 72
_FORM = re.compile(r"[\w./, -]+: (?P<verb>[a-z]+)\b.*[^.\s]")
_NOT_IMPERATIVE = re.compile(r"(?!(?:bring|embed|exceed|feed|need|seed|speed|string)\b)\w+(?:ed|ing)\b")
_WRITTEN_BY_GIT = ("Merge ", "Revert ", "fixup! ", "squash! ")


def problem(subject: str) -> str:
    """Return what is wrong with a subject, or an empty string."""
    if subject.startswith(_WRITTEN_BY_GIT):
        return ""
    if len(subject) > MAX_LENGTH:
        return f"has {len(subject)} characters; use at most {MAX_LENGTH}"
    form = _FORM.fullmatch(subject)
    if not form:
        return "is not of the form '<area>: <imperative> <object>', without a period at the end"
    if _NOT_IMPERATIVE.fullmatch(form["verb"]):
        return f"has '{form['verb']}' in place of an imperative"
    return ""


def _git(*arguments: str) -> str:
    """Return the output of git; an empty string where git or the history is not available."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def recent_subjects() -> list[str]:
    """Return the subjects since the last release, or since this file was added; nothing of a shallow clone."""
    if _git("rev-parse", "--is-shallow-repository") != "false":
        return []
    added = _git("log", "--diff-filter=A", "--format=%H", "-1", "--", "tools/commit_subject.py")
    first = _git("describe", "--tags", "--abbrev=0") or added
    return _git("log", "--no-merges", "--format=%s", f"{first}..HEAD").splitlines() if first else []


def main() -> int:
    given = sys.argv[1:]
    subjects = [Path(path).read_text(encoding="utf-8").partition("\n")[0] for path in given] or recent_subjects()
    found = [f"commit subject {subject!r} {problem(subject)}" for subject in subjects if problem(subject)]
    print("\n".join(found), end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
