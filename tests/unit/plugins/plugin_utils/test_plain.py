# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing of Ansible is left on a value, keys included."""

from __future__ import annotations

from datetime import date, datetime, timezone

from ansible_collections.astera.data_stack.plugins.plugin_utils._plain import plain

# As the unsafe texts of Ansible before 2.19 are: their str() is what they are themselves.
Marked = type("Marked", (str,), {"__str__": lambda text: text})


def test_texts_are_texts():
    found = plain({Marked("key"): [Marked("value"), {Marked("inner"): (Marked("x"),)}], 1: None})
    assert found == {"key": ["value", {"inner": ["x"]}], "1": None}
    inner = found["key"][1]
    assert {type(text) for text in [*found, *inner, found["key"][0], inner["inner"][0]]} == {str}


class Number(float):
    """As a float with an origin is one in Ansible 2.19 and later."""


class Count(int):
    pass


def test_plain_keeps_numbers_and_booleans_F6():
    given = [1.5, Number(2.5), -0.0, 7, Count(8), True, False, None, 10**30]
    found = plain(given)
    assert found == given
    assert [type(item) for item in found] == [float, float, float, int, int, bool, bool, type(None), int]


def test_plain_writes_dates_as_yaml_does_F6():
    assert plain([date(2026, 12, 1), datetime(2026, 12, 1, 4, 30, tzinfo=timezone.utc)]) == [
        "2026-12-01",
        "2026-12-01T04:30:00+00:00",
    ]
