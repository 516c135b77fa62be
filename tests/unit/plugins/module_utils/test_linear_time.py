# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No text of a server holds up a task: the time of every search is linear in the length of the text."""

from __future__ import annotations

import time

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._client import rejections
from ansible_collections.astera.data_stack.plugins.module_utils._redactor import Redactor
from ansible_collections.astera.data_stack.plugins.module_utils._values import snake_case

HOSTILE = [
    *(
        "password",
        "//x:",
        'password="',
        "<password",
        "\\",
        "password=",
        "a",
        "pwd",
        "eyJ-",
        "eyJ.",
        "Bearer ",
        "basic a",
    ),
    *("<", "<a ", "=", ": '", "key: ", "secret \\", "<password>", 'pass\\"', "//a@", "[", "password: [", '\\"'),
    *("canary", "Canary-long", "Y2Fu", "63616e"),
]


def cost(call, *arguments):
    """The least of three, in the time of this process: another one cannot make it longer."""
    found = []
    for _time in range(3):
        start = time.process_time()
        call(*arguments)
        found.append(time.process_time() - start)
    return max(min(found), 0.001)


@pytest.mark.parametrize("piece", HOSTILE)
def test_redactor_takes_linear_time_E10(piece):
    """Eight times the text may take eight times as long; what is quadratic takes 64 times as long."""
    redact = Redactor(
        ['\\\\a\\\\"\\"b', "abc'\"\\\\ d", "!Summer2024", "canary-long" * 20],
        quoted=["canary canary", "a" * 2000 + "b"],
    )
    short, long = (piece * (size // len(piece)) for size in (4_000, 32_000))
    for call in (redact, redact.redact_truncated):
        assert cost(call, long) < 28 * cost(call, short)


@pytest.mark.parametrize("piece", ["<script", "<", "<a", "<style>", "</script", "<script></style>"])
def test_text_of_html_takes_linear_time_E10(piece):
    short, long = (piece * (size // len(piece)) for size in (8_000, 64_000))
    assert cost(rejections._strip_html, long) < 28 * cost(rejections._strip_html, short)


@pytest.mark.parametrize("piece", ["A", "Aa", "aA", "1A", "AAa", "_", "É"])
def test_snake_case_takes_linear_time_E10(piece):
    """A key of a server is a text of a server, too."""
    short, long = (piece * (size // len(piece)) for size in (8_000, 64_000))
    assert cost(snake_case, long) < 28 * cost(snake_case, short)
