# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the words of documentation, comments, docstrings, messages and task names.

Spelling is codespell's part, with American English. This file has the words and phrases that are spelled correctly, but are not the words of
the field: each with the word to write instead.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUFFIXES = (".md", ".rst", ".py", ".yml", ".j2", ".sh", ".diff")
# Texts that are generated or of third parties, the words themselves, and misspellings that tests need.
SKIPPED = re.compile(
    r"changelogs/changelog\.yaml|LICENSES/|docs/(reliability|performance)\.md|tools/language\.py|tests/unit/test_language\.py"
)
# A list of words that servers use as keys.
LENIENT = re.compile(r"plugins/module_utils/_compatibility/shapes\.py")
# What users get: its words are checked more strictly than those of tests and tools.
SHIPPED = re.compile(r"(plugins|roles|playbooks|extensions|docs|demo|changelogs/fragments)/|[A-Z_]+\.md")
# A message of the code, which a page quotes.
QUOTES = re.compile(r" +msg: ")

WORDS = {
    r"nobody|no one": "the subject: the server, a client, a task",
    r"somebody|someone": "the actor: another client, a user",
    r"retold": "reported",
    r"lost answers?": "lost response",
    r"another writers?": "another client",
    r"ways? out": "remedy",
    r"time stamps?": "timestamp",
    r"e-mail": "email",
    r"puts? back": "restore",
    r"for instance": "for example",
    r"adrift": "drifted",
    r"looks? again": "read again, check again",
    r"mend(s|ed|ing)?": "fix",
    r"nought": "zero",
}
SHIPPED_WORDS = {
    r"told|tells?": "reported, returned, logged",
    r"refusals?": "error, rejection",
    r"blanks?(?! lines?)": "whitespace, empty",
    r"folders?": "directory",
    r"stand-ins?": "placeholder, mock",
    r"whoever": "the actor",
    r"anew": "again",
    r"we|us|ours?": "the collection, the module",
    r"goes on|go on": "continues",
}
PHRASES = [(re.compile(rf"\b({word})\b", re.I), instead) for word, instead in WORDS.items()]
SHIPPED_PHRASES = [(re.compile(rf"\b({word})\b", re.I), instead) for word, instead in SHIPPED_WORDS.items()]
_TEXT_TOKENS = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}


def prose(name: str, text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines to check, with their numbers: of Python only comments and strings, without those of one word."""
    if not name.endswith(".py"):
        lines = enumerate(text.splitlines(), 1)
        yield from (one for one in lines if not QUOTES.match(one[1])) if name.endswith(".rst") else lines
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in _TEXT_TOKENS and (token.type != tokenize.STRING or len(token.string.split()) > 1):
            yield from enumerate(token.string.splitlines(), token.start[0])


def find_words(name: str, text: str) -> list[str]:
    """Return a message for each word that is not one of the field."""
    phrases = PHRASES + (SHIPPED_PHRASES if SHIPPED.match(name) and not LENIENT.match(name) else [])
    return [
        f"{name}:{number}: '{found[0]}': write {instead}"
        for number, line in prose(name, text)
        for pattern, instead in phrases
        for found in pattern.finditer(line)
    ]


def tracked_files() -> Iterable[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name.endswith(SUFFIXES) and not SKIPPED.match(name)]


def main() -> int:
    files = [name for name in tracked_files() if (ROOT / name).is_file()]
    found = [line for name in files for line in find_words(name, (ROOT / name).read_text(encoding="utf-8"))]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
