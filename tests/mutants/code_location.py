# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a mutant changes the code: in a function, class or constant that is found by its name, whatever the file is called.

``Session.read`` is a method, ``parse_token`` a function, ``MAX_DELAY`` a constant. Where several places of one name have the
text, the name of the file stands in front: ``audit_report:ActionModule``.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

# Where the code of the collection is.
CODE = ("plugins", "extensions")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Stale(Exception):
    """The code is not what the mutant says; the text names the mutant and what to do."""


class Place(NamedTuple):
    """A definition in a file. start, end: of its text, decorators included."""

    file: Path
    start: int
    end: int


def stale(mutants: Iterable[Any], root: Path) -> list[str]:
    """Return what is wrong with mutants that no longer fit the code or the tests."""
    found = []
    rules: set[str] = set()
    for mutant in mutants:
        try:
            path, changed = mutate(mutant, root)
            compile(changed, path, "exec")
        except (Stale, SyntaxError) as problem:
            found.append(str(problem))
        else:
            if changed == _read(path):
                found.append(f"{mutant.rule} Its new text is the old one.")
        if mutant.rule in rules:
            found.append(f"{mutant.rule} Another mutant has the same rule.")
        rules.add(mutant.rule)
        if not mutant.tests or not all((root / "tests" / name).is_file() for name in mutant.tests):
            found.append(f"{mutant.rule} Its tests {mutant.tests!r} are not there.")
        elif unknown := [
            word for word in _selected(mutant) if not any(word in _read(root / "tests" / name) for name in mutant.tests)
        ]:
            found.append(f"{mutant.rule} No test of {mutant.tests!r} has {unknown} in its name.")
    return found


def _selected(mutant: Any) -> set[str]:
    """Return the words that pytest's ``-k`` looks for."""
    return set(re.findall(r"\w+", mutant.words)) - {"and", "or", "not"}


def mutate(mutant: Any, root: Path) -> tuple[Path, str]:
    """Return the file that the mutant changes, and what is in it then. Raise ``Stale`` if the change has not just one place."""
    if mutant.place.endswith(".py"):
        raise Stale(
            f"{mutant.rule} Its place is a file, {mutant.place!r}. Name the function, class or constant instead, such as"
            " 'Session.read'."
        )
    file, _colon, name = mutant.place.rpartition(":")
    places = [place for place in definitions(root).get(name, []) if file in ("", place.file.stem)]
    if not places:
        raise Stale(f"{mutant.rule} Nothing below {' or '.join(CODE)} is called {mutant.place!r}. Was it renamed?")
    texts = {place: _read(place.file)[place.start : place.end] for place in places}
    found = [place for place, text in texts.items() if text.count(mutant.old) == 1]
    if len(found) != 1:
        counts = ", ".join(f"{text.count(mutant.old)} times in {place.file.name}" for place, text in texts.items())
        raise Stale(f"{mutant.rule} In {mutant.place}, {mutant.old!r} must be there once; it is {counts}.")
    (place,) = found
    source = _read(place.file)
    return place.file, source[: place.start] + texts[place].replace(mutant.old, mutant.new) + source[place.end :]


@functools.cache
def definitions(root: Path) -> dict[str, list[Place]]:
    """Return all places by their names: ``function``, ``Class``, ``Class.method`` and ``CONSTANT``."""
    found: dict[str, list[Place]] = {}
    for file in sorted(file for folder in CODE for file in (root / folder).rglob("*.py")):
        source = _read(file)
        offsets = [0]
        for line in source.encode().splitlines(keepends=True):
            offsets.append(offsets[-1] + len(line.decode()))
        for name, node in _named(ast.parse(source), ""):
            first = min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", []))])
            found.setdefault(name, []).append(Place(file, offsets[first - 1], offsets[node.end_lineno]))
    return found


def _named(parent: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for node in parent.body:
        if isinstance(node, _DEFINITIONS):
            yield prefix + node.name, node
            yield from _named(node, f"{prefix}{node.name}.")
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name):
                        yield prefix + part.id, node
        elif isinstance(node, (ast.If, ast.Try)):
            yield from _named(node, prefix)


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")
