# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When two values are the same, although they are spelt differently. Pure. Private to this collection.

Each ``same_…(want, have)`` takes what the task asks for and what the server answered. The server may answer null,
nothing or an empty text for the same thing, numbers and truth values as text, times in another offset, and keys in
another case: none of these is a difference. Whitespace, line ends, case, and the order of a list are, except where a function
below says otherwise.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils._secrets import Secret

_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d\d:?\d\d)", re.IGNORECASE
)
_CLOCK = re.compile(r"(?:\d{4}-\d\d-\d\dT)?(\d\d?):(\d\d)(?::(\d\d))?(?:\.0*)?")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_HASH = re.compile(r"-[0-9A-F]{12}(?![0-9A-Z])")
# Between words: before a capital letter that follows a small one, and before the last of several that a small one follows.
_WORD_BOUNDARY = re.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Neither "1_000" nor " 7" nor a number that no computation ends with.
_NUMBER = re.compile(r"[+-]?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,3})?")
_DAY = re.compile(r"(?:MON|TUE|WED|THU|FRI|SAT|SUN)|(?:MON|TUES|WEDNES|THURS|FRI|SATUR|SUN)DAY")


def snake_case(key: str) -> str:
    """``updateDtTm`` and ``UpdateDtTm`` → ``update_dt_tm``."""
    return _WORD_BOUNDARY.sub("_", key).lower()


def load_json(text: str | bytes) -> Any:
    """Return what JSON text says. Raise ``ValueError`` for NaN, infinity, 1e999, and what is nested too deeply.

    Python reads those, and then writes them as words that no other JSON parser understands.
    """
    try:
        return json.loads(text, parse_constant=_parse_finite, parse_float=_parse_finite)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _parse_finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a number of JSON")
    return number


def find_infinite(value: Any, where: str = "") -> str | None:
    """Return where in a value a number stands that JSON cannot hold."""
    if isinstance(value, float) and not math.isfinite(value):
        return where
    if isinstance(value, dict):
        inner: list[tuple[str, Any]] = [(f"{where}.{key}" if where else str(key), item) for key, item in value.items()]
    elif isinstance(value, list):
        inner = [(f"{where}[{number}]", item) for number, item in enumerate(value)]
    else:
        return None
    return next(filter(None, (find_infinite(item, path) for path, item in inner)), None)


def snake_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {snake_case(str(key)): snake_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [snake_keys(item) for item in value]
    return value


def blank(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def find_key(mapping: dict[str, Any], key: str) -> str | None:
    """The key as the server spells it, whatever its case."""
    if key in mapping:
        return key
    folded = fold_case(str(key))
    return next((name for name in mapping if fold_case(str(name)) == folded), None)


def get(mapping: dict[str, Any], key: str, default: Any = None) -> Any:
    name = find_key(mapping, key)
    return default if name is None else mapping[name]


def fold_case(text: str) -> str:
    """Return a text as Windows and .NET compare it without regard to case: each character in upper case on its own.

    "ß" is never "ss": those are two names there, and ``casefold`` would make them one.
    """
    return text.upper() if text.isascii() else "".join(map(_upper, text))


def _upper(character: str) -> str:
    """Windows' table holds only the first 65,536 characters, and pairs them, except that Σ has two lower cases."""
    upper = character.upper()
    is_pair = len(upper) == 1 and (upper.lower() == character or character == "ς")
    return upper if is_pair and character <= "\uffff" else character


def name_key(name: Any) -> str:
    """A name as it is compared: composed and decomposed forms of a letter are the same letter."""
    return "" if name is None else unicodedata.normalize("NFC", str(name))


def lookalike_key(name: Any) -> str:
    """Return what two names have in common that differ only in case, or in whitespace around them."""
    return fold_case(name_key(name).strip())


def texts_equal(want: Any, have: Any) -> bool:
    """Whitespace and line ends count: with a newline behind it, a user name is another one."""
    return not (isinstance(have, (dict, list)) and have) and _text(want) == _text(have)


def same_comment(want: Any, have: Any) -> bool:
    """A text for people, without what servers change in one: line ends, and whitespace around it."""
    return _text(want).replace("\r\n", "\n").strip() == _text(have).replace("\r\n", "\n").strip()


def _text(value: Any) -> str:
    return "" if blank(value) else name_key(value)


def numbers_equal(want: Any, have: Any) -> bool:
    if blank(have):
        return want == 0
    left, right = _number(want), _number(have)
    return left is not None and left == right


def _number(value: Any) -> Decimal | None:
    """Return the exact value of a number, or of a text that is one; None for anything else."""
    text = str(value)
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def to_int(value: Any) -> int | None:
    """Return a whole number, or a text that is one, as an int; None for anything else, a boolean included."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = _number(value)
    return int(number) if number is not None and number == number.to_integral_value() else None


def flags_equal(want: Any, have: Any) -> bool:
    if blank(have):
        return want is False
    return str(have).lower() in (("true", "1") if want else ("false", "0"))


def paths_equal(want: Any, have: Any) -> bool:
    """Paths of the server's Windows host: neither case nor the direction of a slash tells two of them apart."""
    return windows_path(want) == windows_path(have)


def windows_path(path: Any) -> str:
    """Return a path as it is compared. A slash at its end counts only where it makes a root: ``C:`` is wherever a process is
    on that drive, ``C:\\`` is its root."""
    text = "" if blank(path) else fold_case(str(path).replace("/", "\\"))
    kept = text.rstrip("\\")
    return kept + "\\" if kept != text and (not kept or kept.endswith(":")) else kept


def base_name(path: Any) -> str:
    """``C:\\Deployment\\etl-0123456789ab.Car`` → ``etl-0123456789ab.Car``."""
    return "" if blank(path) else str(path).replace("/", "\\").rsplit("\\", 1)[-1]


def is_stored_as(want: Any, have: Any) -> bool:
    """True when a stored file is the wanted one, ``<stem>-<hash of its content>``, whatever folder, extension or number the
    server gave it. Another hash after it makes it another file."""
    name, stem = fold_case(base_name(have)), fold_case(str(want))
    if stem not in name or not stem:
        return False
    before, _stem, after = name.rpartition(stem)
    if before[-1:].isalnum() or after[:1].isalnum():
        return False
    return not _HASH.search(after)


def parse_timestamp(text: Any) -> tuple[int, int] | None:
    """An ISO 8601 time with an offset → (ticks of 100 ns since 1970 in UTC, digits of its fraction of a second).

    .NET writes seven digits, which ``datetime`` neither reads before Python 3.11 nor keeps. None for anything else,
    a time without an offset included: nobody can say which instant that is.
    """
    match = _INSTANT.fullmatch(text) if isinstance(text, str) else None
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0))
        offset = timedelta(0)
        if zone not in "Zz":
            offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])) * (-1 if zone[0] == "-" else 1)
        since = moment.replace(tzinfo=timezone(offset)) - EPOCH
    except ValueError:
        return None
    digits = fraction or ""
    ticks = (since.days * 86400 + since.seconds) * 10**7 + int(digits[:7].ljust(7, "0"))
    return ticks, min(len(digits), 7)


def timestamps_equal(want: Any, have: Any) -> bool:
    """The same moment, to the coarser of the two precisions: a server that keeps milliseconds is not a difference."""
    left, right = parse_timestamp(want), parse_timestamp(have)
    if left is None or right is None:
        return texts_equal(want, have)
    kept = len(str(right[0] % 10**7).rjust(7, "0").rstrip("0"))
    unit = 10 ** (7 - min(left[1], kept))
    return left[0] // unit == right[0] // unit


def iso_instant(text: str) -> str:
    """A time as the vendor's samples spell it: ``T`` between date and time, a colon in the offset."""
    date, clock = re.split(r"[T ]", text.strip(), maxsplit=1, flags=re.IGNORECASE)
    clock = clock.replace(" ", "").replace(",", ".").upper()
    return date + "T" + re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", clock)


def same_time(want: Any, have: Any) -> bool:
    """The pause window's ends, whose format is not published: equal texts, instants or times of day."""
    if timestamps_equal(want, have):
        return True
    left, right = _CLOCK.fullmatch(str(want)), _CLOCK.fullmatch(str(have))
    if not left or not right or "T" in str(want):
        return False
    return [int(part or 0) for part in left.groups()] == [int(part or 0) for part in right.groups()]


def matches(want: Any, have: Any) -> bool:
    """A free-form value: what is asked for is there; what the server has beside it is not a difference.

    Lists have an order. A secret that the server masks or withholds cannot be compared and is no difference.
    """
    return _same_part(want, have, None)


def same_schedule(want: Any, have: Any) -> bool:
    """The same for when a schedule runs, where the days of a week or month are a set, in whatever order they are listed."""
    return _same_part(want, have, "")


def _same_part(want: Any, have: Any, key: str | None) -> bool:
    """key: under which the value stands in a schedule; None outside of schedules."""
    if isinstance(want, Secret):
        return not isinstance(have, Secret) or have.masked or str(want.reveal()) == str(have.reveal())
    if isinstance(want, (dict, list)) and blank(want) and blank(have):
        return True
    if isinstance(want, dict):
        return isinstance(have, dict) and all(
            _same_part(item, get(have, name), None if key is None else str(name)) for name, item in want.items()
        )
    if isinstance(want, list):
        return _same_list(want, have, key)
    if isinstance(want, bool):
        return flags_equal(want, have) and not (blank(have) and want)
    if isinstance(want, (int, float)):
        return numbers_equal(want, have)
    return timestamps_equal(want, have)


def _same_list(want: list[Any], have: Any, key: str | None) -> bool:
    if not isinstance(have, list) or len(want) != len(have):
        return False
    if key is None or not _are_days(key, want):
        return all(_same_part(left, right, key) for left, right in zip(want, have))
    left = list(have)
    for item in want:
        index = next((place for place, other in enumerate(left) if _same_part(item, other, key)), None)
        if index is None:
            return False
        del left[index]
    return True


def _are_days(key: str, items: list[Any]) -> bool:
    """Whether a list in a schedule holds the names of weekdays, or the numbers of days under a key that says so."""
    names = all(isinstance(item, str) and _DAY.fullmatch(fold_case(item)) for item in items)
    return names or ("DAY" in fold_case(key) and all(to_int(item) is not None for item in items))


def merged(have: Any, want: Any) -> Any:
    """``want`` laid over ``have``: keys of the server that are not asked for stay, spelt as the server spells them.

    An object of another ``typeName`` is another kind of thing, and replaces the old one as a whole.
    """
    if not isinstance(want, dict) or not isinstance(have, dict):
        return like(have, want)
    kind, other = get(want, "typeName"), get(have, "typeName")
    if kind is not None and other is not None and kind != other:
        return want
    result = dict(have)
    for key, item in want.items():
        name = find_key(result, key)
        result[name or key] = merged(result[name], item) if name is not None else item
    return result


def pick(have: Any, want: Any) -> Any:
    """Of the server's value only what ``want`` names, for a diff of the managed part."""
    if not isinstance(want, dict) or not isinstance(have, dict):
        return have
    kind, other = get(want, "typeName"), get(have, "typeName")
    if kind is not None and other is not None and kind != other:
        return have
    present = ((key, find_key(have, key)) for key in want)
    return {key: pick(have[name], want[key]) for key, name in present if name is not None}


def like(have: Any, want: Any) -> Any:
    """The wanted value in the type in which the server keeps it: some answer numbers and truth values as text."""
    if isinstance(have, str) and have and not isinstance(have, Secret) and isinstance(want, (bool, int, float)):
        text = str(int(want)) if have in ("0", "1") and isinstance(want, bool) else str(want)
        return text.lower() if isinstance(want, bool) and have.islower() else text
    return want
