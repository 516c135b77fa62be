# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decide whether two values are equal, although they are spelled differently. Pure. Private to this collection.

Each ``…_equal(want, have)`` takes what the task asks for and what the server returned. The server might return null,
nothing or an empty string for the same thing, numbers and booleans as strings, times in another offset, and keys in another
case: none of these is a difference. Whitespace, line ends, case, and the order of a list are, except where a function below
says otherwise.
"""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import Secret

_CLOCK = re.compile(r"(?:\d{4}-\d\d-\d\dT)?(\d\d?):(\d\d)(?::(\d\d))?(?:\.0*)?")
_DAY = re.compile(r"(?:MON|TUE|WED|THU|FRI|SAT|SUN)|(?:MON|TUES|WEDNES|THURS|FRI|SATUR|SUN)DAY")


def texts_equal(want: Any, have: Any) -> bool:
    """Return whether two strings are equal. Whitespace and line ends count: with a newline behind it, a user name is another one."""
    return not (isinstance(have, (dict, list)) and have) and _text(want) == _text(have)


def comments_equal(want: Any, have: Any) -> bool:
    """Return whether two comments are equal but for what servers change: line ends, and whitespace around the string."""
    return _text(want).replace("\r\n", "\n").strip() == _text(have).replace("\r\n", "\n").strip()


def _text(value: Any) -> str:
    return "" if _values.is_empty(value) else _values.name_key(value)


def numbers_equal(want: Any, have: Any) -> bool:
    """Return whether two numbers are equal. Empty is 0."""
    if _values.is_empty(have):
        return want == 0
    left, right = _values.to_decimal(want), _values.to_decimal(have)
    return left is not None and left == right


def flags_equal(want: Any, have: Any) -> bool:
    """Return whether two booleans are equal. Empty is false."""
    if _values.is_empty(have):
        return want is False
    return _values.parse_boolean(have) is bool(want)


def paths_equal(want: Any, have: Any) -> bool:
    """Return whether two paths of the server's Windows host are the same, whatever their case and slashes."""
    return _values.windows_path(want) == _values.windows_path(have)


def timestamps_equal(want: Any, have: Any) -> bool:
    """Return whether two times are the same moment, to the coarser of the two precisions: a server that keeps milliseconds is not a difference."""
    left, right = _values.parse_timestamp(want), _values.parse_timestamp(have)
    if left is None or right is None:
        return texts_equal(want, have)
    kept = len(str(right[0] % 10**7).rjust(7, "0").rstrip("0"))
    unit = 10 ** (7 - min(left[1], kept))
    return left[0] // unit == right[0] // unit


def times_equal(want: Any, have: Any) -> bool:
    """Return whether two ends of the pause window, whose format is not published, are equal: strings, moments or times of day."""
    if timestamps_equal(want, have):
        return True
    left, right = _CLOCK.fullmatch(str(want)), _CLOCK.fullmatch(str(have))
    if not left or not right or "T" in str(want):
        return False
    return [int(part or 0) for part in left.groups()] == [int(part or 0) for part in right.groups()]


def matches(want: Any, have: Any) -> bool:
    """Return whether all of a free-form value is there. What the server has beside it is not a difference.

    Lists have an order. A secret that the server masks or withholds cannot be compared and is no difference.
    """
    return _matches(want, have, None)


def schedules_equal(want: Any, have: Any) -> bool:
    """Return whether a schedule is as wanted, like ``matches``, but the days of a week or month have no order."""
    return _matches(want, have, "")


def _matches(want: Any, have: Any, key: str | None) -> bool:
    """key: the key of the value in a schedule; None outside of schedules."""
    if isinstance(want, Secret):
        return not isinstance(have, Secret) or have.is_masked or str(want.reveal()) == str(have.reveal())
    if isinstance(want, (dict, list)) and _values.is_empty(want) and _values.is_empty(have):
        return True
    if isinstance(want, dict):
        return isinstance(have, dict) and all(
            _matches(item, _values.get(have, name), None if key is None else str(name)) for name, item in want.items()
        )
    if isinstance(want, list):
        return _lists_match(want, have, key)
    if isinstance(want, bool):
        return flags_equal(want, have) and not (_values.is_empty(have) and want)
    if isinstance(want, (int, float)):
        return numbers_equal(want, have)
    return timestamps_equal(want, have)


def _lists_match(want: list[Any], have: Any, key: str | None) -> bool:
    if not isinstance(have, list) or len(want) != len(have):
        return False
    if key is None or not _are_days(key, want):
        return all(_matches(left, right, key) for left, right in zip(want, have))
    left = list(have)
    for item in want:
        index = next((place for place, other in enumerate(left) if _matches(item, other, key)), None)
        if index is None:
            return False
        del left[index]
    return True


def _are_days(key: str, items: list[Any]) -> bool:
    """Return whether a list in a schedule holds the names of weekdays, or the numbers of days under a key that says so."""
    names = all(isinstance(item, str) and _DAY.fullmatch(_values.fold_case(item)) for item in items)
    return names or ("DAY" in _values.fold_case(key) and all(_values.to_int(item) is not None for item in items))


def deep_merge(have: Any, want: Any) -> Any:
    """Return ``have`` with the values of ``want``. The server's other keys stay, and keys keep the spelling of the server.

    An object of another ``typeName`` replaces the old one as a whole.
    """
    if not isinstance(want, dict) or not isinstance(have, dict):
        return cast_like(have, want)
    kind, other = _values.get(want, "typeName"), _values.get(have, "typeName")
    if kind is not None and other is not None and kind != other:
        return want
    result = dict(have)
    for key, item in want.items():
        name = _values.find_key(result, key)
        result[name or key] = deep_merge(result[name], item) if name is not None else item
    return result


def pick(have: Any, want: Any) -> Any:
    """Return the part of the server's value that ``want`` names, for a diff of the managed part."""
    if not isinstance(want, dict) or not isinstance(have, dict):
        return have
    kind, other = _values.get(want, "typeName"), _values.get(have, "typeName")
    if kind is not None and other is not None and kind != other:
        return have
    present = ((key, _values.find_key(have, key)) for key in want)
    return {key: pick(have[name], want[key]) for key, name in present if name is not None}


def cast_like(have: Any, want: Any) -> Any:
    """Return the wanted value in the type that the server uses: some return numbers and booleans as strings."""
    if isinstance(have, str) and have and not isinstance(have, Secret) and isinstance(want, (bool, int, float)):
        text = str(int(want)) if have in ("0", "1") and isinstance(want, bool) else str(want)
        return text.lower() if isinstance(want, bool) and have.islower() else text
    return want
