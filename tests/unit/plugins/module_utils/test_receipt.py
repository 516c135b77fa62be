# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import stat

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError
from ansible_collections.astera.data_stack.plugins.module_utils._receipt import ACTIVATED, PENDING, REGISTERED, Receipt

LICENCE = ("https://a.example:9261", "user", "organization", "canary-key-1234")


def test_what_was_noted_is_known_in_the_next_run(tmp_path):
    path = str(tmp_path / "deep" / "er" / "licence.json")
    assert Receipt(path).state_of(LICENCE) is None
    for state in (PENDING, REGISTERED, ACTIVATED):
        Receipt(path).write(LICENCE, state)
        assert Receipt(path).state_of(LICENCE) == state
    for place in range(4):
        other = [*LICENCE]
        other[place] += "x"
        assert Receipt(path).state_of(other) is None


def test_nothing_of_the_licence_is_in_the_receipt(tmp_path):
    path = tmp_path / "licence.json"
    Receipt(str(path)).write(LICENCE, ACTIVATED)
    text = path.read_text()
    assert not [part for part in LICENCE if part in text]
    first = text
    Receipt(str(path)).write(LICENCE, ACTIVATED)
    assert path.read_text() != first, "a salt of its own each time"


def test_it_is_private_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "receipts" / "licence.json"
    Receipt(str(path)).write(LICENCE, ACTIVATED)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == ["licence.json"]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"format": 99}', '{"format": 1, "salt": "zz", "fingerprint": 5}', "null"]
)
def test_half_a_receipt_says_nothing(tmp_path, content):
    path = tmp_path / "licence.json"
    path.write_text(content)
    assert Receipt(str(path)).state_of(LICENCE) is None


def test_a_folder_is_refused_before_anything_is_sent(tmp_path):
    with pytest.raises(AsteraError, match="is a folder"):
        Receipt(str(tmp_path))
