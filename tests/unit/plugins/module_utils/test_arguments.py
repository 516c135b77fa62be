# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._arguments import redact_arguments
from ansible_collections.astera.data_stack.plugins.module_utils._redactor import Redactor
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import MASK

SPECS = {
    "settings": {"type": "dict"},
    "parts": {"type": "list", "elements": "dict", "options": {"name": {"type": "str"}}},
    "part": {"type": "dict", "options": {"name": {"type": "str"}}},
    "note": {"type": "str"},
}


@pytest.mark.parametrize(
    ("option", "given", "shown"),
    [
        ("settings", {"smtpPassword": "a-canary", "port": 25}, {"smtpPassword": MASK, "port": 25}),
        ("settings", {"list": [{"apiKey": {"value": "a-canary"}}]}, {"list": [{"apiKey": {"value": MASK}}]}),
        ("settings", "of another form: a-canary", MASK),
        ("parts", [{"name": "Sales"}, "of another form: a-canary"], [{"name": "Sales"}, MASK]),
        ("part", "of another form: a-canary", MASK),
        ("misspelled", "a-canary", MASK),
        ("misspelled", {"name": "a-canary"}, MASK),
        ("note", "innocent", "innocent"),
        ("note", None, None),
    ],
)
def test_redact_arguments_masks_what_may_be_a_secret(option, given, shown):
    assert redact_arguments(SPECS, {option: given}, Redactor()) == {option: shown}
