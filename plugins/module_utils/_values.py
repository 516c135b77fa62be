# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read JSON values in whatever spelling a server gives them: keys in any case, numbers and booleans as strings. Pure.

Private to this collection.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, NamedTuple

_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d\d:?\d\d)", re.IGNORECASE
)
_CLOCK = re.compile(r"(?:\d{4}-\d\d-\d\dT)?(\d\d?):(\d\d)(?::(\d\d))?(?:\.0*)?")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# Between words: before a capital letter that follows a small one, and before the last of several that a small one follows.
_WORD_BOUNDARY = re.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Neither "1_000" nor " 7" nor a number that no computation ends with.
_NUMBER = re.compile(r"[+-]?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,3})?")


def snake_case(key: str) -> str:
    """Return a key in snake case: ``updateDtTm`` and ``UpdateDtTm`` → ``update_dt_tm``."""
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
    """Return a value with all keys in snake case."""
    if isinstance(value, dict):
        return {snake_case(str(key)): snake_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [snake_keys(item) for item in value]
    return value


def is_empty(value: Any) -> bool:
    """Return whether a value says nothing: a server may give null, an empty string, list or object for an option not set."""
    return value is None or value == "" or value == [] or value == {}


def find_key(mapping: dict[str, Any], key: str) -> str | None:
    """Return a key as the server spells it, whatever its case, or None."""
    if key in mapping:
        return key
    folded = fold_case(str(key))
    return next((name for name in mapping if fold_case(str(name)) == folded), None)


def get(mapping: dict[str, Any], key: str, default: Any = None) -> Any:
    """Return the value of a key, whatever its case."""
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
    """Return a name as it is compared: composed and decomposed forms of a letter are the same letter."""
    return "" if name is None else unicodedata.normalize("NFC", str(name))


def lookalike_key(name: Any) -> str:
    """Return what two names have in common that differ only in case, or in whitespace around them."""
    return fold_case(name_key(name).strip())


def to_decimal(value: Any) -> Decimal | None:
    """Return the exact value of a number, or of a text that is one; None for anything else."""
    text = str(value)
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def parse_boolean(value: Any) -> bool | None:
    """Return a boolean, or what a string or number stands for; None for anything else."""
    return _BOOLEANS.get(str(value).lower())


def to_int(value: Any) -> int | None:
    """Return a whole number, or a text that is one, as an int; None for anything else, a boolean included."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = to_decimal(value)
    return int(number) if number is not None and number == number.to_integral_value() else None


def windows_path(path: Any) -> str:
    """Return a path of a Windows host as it is compared, without case and with backslashes.

    A slash at its end counts only where it makes a root: ``C:`` is wherever a process is
    on that drive, ``C:\\`` is its root.
    """
    text = "" if is_empty(path) else fold_case(str(path).replace("/", "\\"))
    kept = text.rstrip("\\")
    return kept + "\\" if kept != text and (not kept or kept.endswith(":")) else kept


class Timestamp(NamedTuple):
    """ticks: of 100 ns since 1970 in UTC. digits: those of the fraction of a second. offset: from UTC."""

    ticks: int
    digits: int
    offset: timedelta


def parse_timestamp(text: Any) -> Timestamp | None:
    """Return an ISO 8601 time with an offset, and None for anything else: without an offset, the moment is unknown.

    .NET writes seven digits, which ``datetime`` neither reads before Python 3.11 nor keeps.
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
    return Timestamp(ticks, min(len(digits), 7), offset)


def parse_time_of_day(text: Any) -> timedelta | None:
    """Return a time of day, alone or as .NET shows it with a day that has no meaning, and None for anything else."""
    match = _CLOCK.fullmatch(str(text))
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    return timedelta(hours=hours, minutes=minutes, seconds=seconds) if match else None


def format_timestamp(text: str) -> str:
    """Return a time as the vendor's samples spell it: ``T`` between date and time, a colon in the offset."""
    date, clock = re.split(r"[T ]", text.strip(), maxsplit=1, flags=re.IGNORECASE)
    clock = clock.replace(" ", "").replace(",", ".").upper()
    return date + "T" + re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", clock)
