# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decide whether two values are equal, although they are spelled differently. Pure. Private to this collection.

Each ``…_equal(desired, current)`` takes what the task asks for and what the server returned. The server might return null,
nothing or an empty string for the same thing, numbers and booleans as strings, times in another offset, and keys in another
case: none of these is a difference. Whitespace, line ends, case, and the order of a list are, except where a function below
says otherwise.
"""

from __future__ import annotations

import re
from typing import Any

from .. import _values
from .._secrets import Secret

_DAY = re.compile(r"(?:MON|TUE|WED|THU|FRI|SAT|SUN)|(?:MON|TUES|WEDNES|THURS|FRI|SATUR|SUN)DAY")


def texts_equal(desired: Any, current: Any) -> bool:
    """Return whether two strings are equal. Whitespace and line ends count: with a newline behind it, a user name is another one."""
    return not (isinstance(current, (dict, list)) and current) and _text(desired) == _text(current)


def comments_equal(desired: Any, current: Any) -> bool:
    """Return whether two comments are equal but for what servers change: line ends, and whitespace around the string."""
    return _text(desired).replace("\r\n", "\n").strip() == _text(current).replace("\r\n", "\n").strip()


def _text(value: Any) -> str:
    return "" if _values.is_empty(value) else _values.name_key(value)


def numbers_equal(desired: Any, current: Any) -> bool:
    """Return whether two numbers are equal. Empty is 0."""
    if _values.is_empty(current):
        return desired == 0
    left, right = _values.to_decimal(desired), _values.to_decimal(current)
    return left is not None and left == right


def flags_equal(desired: Any, current: Any) -> bool:
    """Return whether two booleans are equal. Empty is false."""
    if _values.is_empty(current):
        return desired is False
    return _values.parse_boolean(current) is bool(desired)


def paths_equal(desired: Any, current: Any) -> bool:
    """Return whether two paths of the server's Windows host are the same, whatever their case and slashes."""
    return _values.windows_path(desired) == _values.windows_path(current)


def timestamps_equal(desired: Any, current: Any) -> bool:
    """Return whether two times are the same moment, to the coarser of the two precisions: a server that keeps milliseconds is not a difference."""
    left, right = _values.parse_timestamp(desired), _values.parse_timestamp(current)
    if left is None or right is None:
        return texts_equal(desired, current)
    kept = len(str(right.ticks % 10**7).rjust(7, "0").rstrip("0"))
    unit = 10 ** (7 - min(left.digits, kept))
    return left.ticks // unit == right.ticks // unit


def times_equal(desired: Any, current: Any) -> bool:
    """Return whether two ends of the pause window, whose format is not published, are equal: strings, moments or times of day."""
    if timestamps_equal(desired, current):
        return True
    left, right = _values.parse_time_of_day(desired), _values.parse_time_of_day(current)
    return left is not None and left == right and "T" not in str(desired)


def matches(desired: Any, current: Any) -> bool:
    """Return whether all of a free-form value is there. What the server has beside it is not a difference.

    Lists have an order. A secret that the server masks or withholds cannot be compared and is no difference.
    """
    return _matches(desired, current, None)


def schedules_equal(desired: Any, current: Any) -> bool:
    """Return whether a schedule is as wanted, like ``matches``, but the days of a week or month have no order."""
    return _matches(desired, current, "")


def _matches(desired: Any, current: Any, key: str | None) -> bool:
    """key: the key of the value in a schedule; None outside of schedules."""
    if isinstance(desired, Secret):
        return not isinstance(current, Secret) or current.is_masked or str(desired.reveal()) == str(current.reveal())
    if isinstance(desired, (dict, list)) and _values.is_empty(desired) and _values.is_empty(current):
        return True
    if isinstance(desired, dict):
        return isinstance(current, dict) and all(
            _matches(item, _values.get(current, name), None if key is None else str(name))
            for name, item in desired.items()
        )
    if isinstance(desired, list):
        return _lists_match(desired, current, key)
    if isinstance(desired, bool):
        return flags_equal(desired, current) and not (_values.is_empty(current) and desired)
    if isinstance(desired, (int, float)):
        return numbers_equal(desired, current)
    return timestamps_equal(desired, current)


def _lists_match(desired: list[Any], current: Any, key: str | None) -> bool:
    if not isinstance(current, list) or len(desired) != len(current):
        return False
    if key is None or not _are_days(key, desired):
        return all(_matches(left, right, key) for left, right in zip(desired, current))
    left = list(current)
    for item in desired:
        index = next((place for place, other in enumerate(left) if _matches(item, other, key)), None)
        if index is None:
            return False
        del left[index]
    return True


def _are_days(key: str, items: list[Any]) -> bool:
    """Return whether a list in a schedule holds the names of weekdays, or the numbers of days under a key that says so."""
    names = all(isinstance(item, str) and _DAY.fullmatch(_values.fold_case(item)) for item in items)
    return names or ("DAY" in _values.fold_case(key) and all(_values.to_int(item) is not None for item in items))


def deep_merge(current: Any, desired: Any) -> Any:
    """Return ``current`` with the values of ``desired``. The server's other keys stay, and keys keep the spelling of the server.

    An object of another ``typeName`` replaces the old one as a whole.
    """
    if not isinstance(desired, dict) or not isinstance(current, dict):
        return cast_like(current, desired)
    if _types_differ(current, desired):
        return desired
    result = dict(current)
    for key, item in desired.items():
        name = _values.find_key(result, key)
        result[name or key] = deep_merge(result[name], item) if name is not None else item
    return result


def pick(current: Any, desired: Any) -> Any:
    """Return the part of the server's value that ``desired`` names, for a diff of the managed part."""
    if not isinstance(desired, dict) or not isinstance(current, dict):
        return current
    if _types_differ(current, desired):
        return current
    present = ((key, _values.find_key(current, key)) for key in desired)
    return {key: pick(current[name], desired[key]) for key, name in present if name is not None}


def _types_differ(current: dict[str, Any], desired: dict[str, Any]) -> bool:
    types = [_values.get(item, "typeName") for item in (current, desired)]
    return None not in types and types[0] != types[1]


def cast_like(current: Any, desired: Any) -> Any:
    """Return the wanted value in the type that the server uses: some return numbers and booleans as strings."""
    if (
        isinstance(current, str)
        and current
        and not isinstance(current, Secret)
        and isinstance(desired, (bool, int, float))
    ):
        text = str(int(desired)) if current in ("0", "1") and isinstance(desired, bool) else str(desired)
        return text.lower() if isinstance(desired, bool) and current.islower() else text
    return desired
