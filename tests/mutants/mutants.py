# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the collection, read from ``mutants.diff``, whose first lines describe its form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_HEADER = re.compile(r"@@ (?P<place>\S+)(?: \[(?P<words>[^]]+)\])? @@ (?P<rule>.+)")


class Mutant(NamedTuple):
    """A change to the code that removes a rule.

    rule: what no longer holds. place: of the change, as ``Class.method``: see code_location.py. old, new: the text there, and the text that
    replaces it. tests: their files, below tests/. words: what ``pytest -k`` selects of them.
    """

    rule: str
    place: str
    old: str
    new: str
    tests: list[str]
    words: str = ""


def parse_mutants(text: str) -> Iterator[Mutant]:
    tests: list[str] = []
    for block in re.split(r"^(?=@@ |=== )", text, flags=re.MULTILINE)[1:]:
        first, *lines = block.splitlines()
        if first.startswith("=== "):
            tests = first.split()[1:]
            continue
        header = _HEADER.fullmatch(first)
        if not header or not all(line[:1] in ("-", "+", "") for line in lines):
            raise ValueError(f"mutants.diff: {first!r} must be followed by lines with - and +")
        old, new = ("\n".join(line[1:] for line in lines if line.startswith(sign)) for sign in "-+")
        yield Mutant(header["rule"], header["place"], old, new, tests, header["words"] or "")


MUTANTS = list(parse_mutants(Path(__file__).with_suffix(".diff").read_text(encoding="utf-8")))
