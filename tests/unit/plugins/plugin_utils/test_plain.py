# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing of Ansible is left on a value, keys included."""

from __future__ import annotations

from ansible_collections.astera.data_stack.plugins.plugin_utils._plain import plain

# As the unsafe texts of Ansible before 2.19 are: their str() is what they are themselves.
Marked = type("Marked", (str,), {"__str__": lambda text: text})


def test_texts_are_texts():
    found = plain({Marked("key"): [Marked("value"), {Marked("inner"): (Marked("x"),)}], 1: None})
    assert found == {"key": ["value", {"inner": ["x"]}], "1": None}
    inner = found["key"][1]
    assert {type(text) for text in [*found, *inner, found["key"][0], inner["inner"][0]]} == {str}
