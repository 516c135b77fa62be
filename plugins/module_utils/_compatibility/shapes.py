# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Describe JSON values without their content: key names, types and formats. Pure. Private to this collection.

A key name is reported only where it can only be the name of a member: in an object that the vendor publishes, or where all its
words are in a fixed list. Any other key might be data (the name of a parameter or of a user) and becomes ``<key>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from .._secrets import MASK, Secret, reveal

HIDDEN_KEY = "<key>"
MAX_DEPTH = 12
# An object with more members than this is a dictionary of user data.
MAX_MEMBERS = 200
_MAX_NAME = 64
_IDENTIFIER = re.compile(rf"[$@]?[A-Za-z][A-Za-z0-9_]{{0,{_MAX_NAME - 1}}}")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# Words of which APIs make the names of members. A name with any other word might be user data.
_WORDS = frozenset(
    """
    abort access account action activate activation active address admin agent agents allow api app application archive args
    arguments array at attempts auth authentication authorization auto available base begin body bool boolean build by cancel
    cancelled car cfg chain change changed check child class claims client clients cluster code comment completed concurrency
    condition config configuration confirm connection connections content context continuation convert core correlation count
    counter cpu created cron culture current custom cycle daily data database date day days db default delay delete deploy
    deployed deployment deployments description destination detail details dir directory disabled display domain dt duration
    elapsed email enable enabled encrypt encrypted end ended engine enqueued entity entries entry environment error errors event
    events every exception execution exists expire expired expires expiry external failed failure fault file files first flag
    flags flow folder for format free frequency from full global group has hash health heartbeat history host hour hours http
    https id identifier identity ids in index info information initial inner instance instances instrumentation interval is
    issued item items iv job jobs key keys kill kind label language last level licence license limit link list loaded local locale
    locked log logged login logs machine mail mapping mappings max maximum member members memory message messages meta method
    metrics min minimum minute minutes mode model modified module month monthly months msg name names network new next node
    nodes normalized note notes notification number object of offset on once only operating operation option optional options
    order organization os output owner page pages parameter parameters parent part password path paths pause paused pending
    percent period phone physical plan platform policy pool port ports previous priority private process processor processors
    product profile progress project projects property properties protocol provider public purge pushdown queue queued range
    rate read reason recipient recipients record records recurrence redirect ref refresh region registered registration relative release remaining
    remote remove repeat repository request required resolved resource response rest result results resume retries retry return
    role roles root rule run running runs sample schedule scheduled scheduler schedules schema scope second seconds secret
    secure security seed selected send sender sent sequence server servers service session set settings shared show size skip smtp
    snapshot source sql ssl stage staging stamp start started state status step steps stop stored string sub subject success
    succeeded supported suspended system table tag tags target task tasks temp template tenant terminate text thread threads time
    timeout times timestamp title tm to token total trace trigger type types unit update updated upload uptime uri url use used
    user username users valid value values verified version view wait week weekday weekdays weekly when window windows worker
    workers working write year yearly zone
    """.split()
)
# Members that hold data under names that a user chose, and those that might be data themselves.
_DICTIONARIES = re.compile(
    r"^<key>$|(?:parameter|argument|variable|user|account|claim|header|tag|role|label|value|dictionar)(?:s|ies|y)?$",
    re.IGNORECASE,
)
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.(\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?")
_DURATION = re.compile(r"(?:\d{1,5}\.)?\d{1,2}:\d\d(?::\d\d(?:\.\d{1,9})?)?")
_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\")


def is_plain_name(key: str) -> bool:
    """Return whether a key consists of words that APIs make member names of."""
    if len(key) > _MAX_NAME:
        return False
    name = key.lstrip("$@_")
    words = _WORD.findall(name)
    return (
        bool(words)
        and "".join(words) == name.replace("_", "").replace(".", "")
        and all(word.lower() in _WORDS for word in words)
    )


class Members:
    """The published members of an object, by their lowercase names, and those of the objects inside it.

    Where members are published, an object is one of those that the vendor describes, and its other keys are names of members, too.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._inner: dict[str, Members] = {}
        for name in names:
            self.add(name)

    @property
    def published(self) -> bool:
        return bool(self._inner)

    def add(self, name: str) -> None:
        first, _dot, rest = name.partition(".")
        inner = self._inner.setdefault(first.lower(), Members())
        if rest:
            inner.add(rest)

    def inside(self, key: str) -> Members:
        return self._inner.get(key.lower(), NOT_PUBLISHED)

    def knows(self, place: str) -> bool:
        """Return whether the member at a place such as ``schedule.typeName`` is published."""
        first, _dot, rest = place.lower().partition(".")
        return first in self._inner and (not rest or self._inner[first].knows(rest))

    def shows(self, key: str) -> bool:
        """Return whether a report can hold this key: it cannot be anybody's data."""
        return key.lower() in self._inner or is_plain_name(key) or (self.published and bool(_IDENTIFIER.fullmatch(key)))


NOT_PUBLISHED = Members()


def describe(value: Any, members: Members = NOT_PUBLISHED) -> Any:
    """Return the shape of a JSON value.

    An object is ``{key: shape}``, a list ``[shape of its items]``, anything else a text such as ``"integer"`` or
    ``"timestamp, 7 digits, offset"``. A key that not every item of a list has, or that holds null in some and an object or a
    list in others, ends in ``?``; several formats are joined with `` or ``.
    """
    return _describe([value], members, "", 0)


def _describe(values: list[Any], members: Members, key: str, depth: int) -> Any:
    """Return the shape of all values that stand at one place."""
    if depth > MAX_DEPTH:
        return "deeper"
    if all(isinstance(value, dict) for value in values):
        return _describe_objects(values, members, key, depth + 1)
    if all(isinstance(value, list) for value in values):
        items = [item for value in values for item in value]
        return [_describe(items, members, key, depth + 1)] if items else []
    return " or ".join(sorted({describe_scalar(value) for value in values}))


def _describe_objects(objects: list[dict[str, Any]], members: Members, key: str, depth: int) -> dict[str, Any]:
    grouped: dict[str, list[Any]] = {}
    for item in objects:
        for name, shown in shown_keys(item, members, key).items():
            grouped.setdefault(shown, []).append(item[name])
    shape = {}
    for shown, values in grouped.items():
        filled = [value for value in values if value is not None]
        inner = bool(filled) and all(isinstance(value, (dict, list)) for value in filled)
        is_optional = len(values) < len(objects) or (inner and len(filled) < len(values))
        shape[f"{shown}?" if is_optional else shown] = _describe(
            filled if inner else values, members.inside(shown), shown, depth
        )
    return shape


def shown_keys(value: dict[str, Any], members: Members, key: str = "") -> dict[str, str]:
    """Return what a report says for each key of an object.

    In an object that is not published one key that might be data makes all of them data; so do the name of a dictionary, a key
    that might be data itself, and more keys than an object has members.
    """
    is_data = len(value) > MAX_MEMBERS or (
        not members.published
        and (bool(_DICTIONARIES.search(key)) or not all(members.shows(str(name)) for name in value))
    )
    return {name: HIDDEN_KEY if is_data or not members.shows(str(name)) else str(name) for name in value}


def describe_scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, Secret):
        return _describe_secret(value.reveal())
    if isinstance(value, (dict, list)):
        return "object" if isinstance(value, dict) else "list"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if abs(value) < 2**53 else "integer beyond 2^53"
    if isinstance(value, float):
        return "number"
    return _describe_text(str(value))


def _describe_secret(plain: Any) -> str:
    if not isinstance(plain, str):
        return "secret number"
    if not plain:
        return "empty string"
    return "masked secret" if plain == MASK or Secret(plain).is_masked else "secret string"


def _describe_text(text: str) -> str:
    if not text:
        return "empty string"
    if text == MASK:
        return "masked secret"
    stamp = _TIMESTAMP.fullmatch(text.strip())
    if stamp:
        offset = "no offset" if not stamp[2] else "Z" if stamp[2] in "Zz" else "offset"
        return f"timestamp, {len(stamp[1] or '')} digits, {offset}"
    if text.lower() in ("true", "false"):
        return "boolean as string"
    if _NUMBER.fullmatch(text):
        return "number as string"
    if _DURATION.fullmatch(text):
        return "time of day or duration"
    if _WINDOWS_PATH.match(text):
        return "path with / and \\" if "/" in text and "\\" in text else f"path with {'/' if '/' in text else chr(92)}"
    return "string"


def walk(shape: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each path below a shape, such as ``[].schedule.typeName``, with the shape that is there."""
    yield path, shape
    if isinstance(shape, dict):
        for key, item in shape.items():
            yield from walk(item, f"{path}.{key}" if path else key)
    elif isinstance(shape, list) and shape:
        yield from walk(shape[0], f"{path}[]")


def formats(shape: Any) -> Iterator[tuple[str, str]]:
    """Yield path and format of everything that is neither an object nor a list."""
    for path, item in walk(shape):
        if isinstance(item, str):
            for part in item.split(" or "):
                yield path, part


def moving_members(one: Any, other: Any, members: Members = NOT_PUBLISHED, path: str = "", depth: int = 0) -> set[str]:
    """Return the paths of the members that differ between two reads of the same thing.

    Items of lists are matched by their ``id``, or by their place where they have none.
    """
    if depth > MAX_DEPTH:
        return set()
    if isinstance(one, dict) and isinstance(other, dict):
        found: set[str] = set()
        shown = shown_keys({**one, **other}, members, path.rpartition(".")[2].replace("[]", ""))
        for key, place in shown.items():
            inner = f"{path}.{place}" if path else place
            if key in one and key in other:
                found |= moving_members(one[key], other[key], members.inside(key), inner, depth + 1)
            else:
                found.add(inner)
        return found
    if isinstance(one, list) and isinstance(other, list):
        first, second = _by_identity(one), _by_identity(other)
        inner = f"{path}[]"
        found = {inner} if first.keys() != second.keys() else set()
        for key in first.keys() & second.keys():
            found |= moving_members(first[key], second[key], members, inner, depth + 1)
        return found
    return set() if _same(one, other) else {path}


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(reveal(one) == reveal(other))


def _by_identity(items: list[Any]) -> dict[str, Any]:
    found = {}
    for number, item in enumerate(items):
        ids = [item[key] for key in item if str(key).lower() == "id"] if isinstance(item, dict) else []
        found[str(ids[0]) if ids and isinstance(ids[0], (int, str)) else f"#{number}"] = item
    return found
