# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults are waited out in a hundredth of the time, and every failure is held to its shape."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.tests import modules

CODES = {
    *("unreachable", "tls", "authentication", "permission", "conflict", "not_found", "ambiguous_name", "rejected"),
    *("invalid_response", "outcome_unknown", "timeout", "usage"),
}


@pytest.fixture(autouse=True)
def _soon(fast_sleep):
    """Nobody waits in these tests."""


@pytest.fixture
def attempt(server):
    """Run a job; whatever comes of it, its claims are held against what the server has stored."""

    def call(scenario, options, **connection):
        server.clear_requests()
        result = modules.run(f"astera_{scenario.module}", {**modules.connection(server), **options, **connection})
        assert server.password not in result["text"]
        if result["failed"]:
            error = result["error"]
            assert error["code"] in CODES
            assert error["outcome"] in ("not_committed", "committed", "unknown")
            assert len(error["detail"] or "") <= 500
            assert "Traceback" not in result["text"]
            truthful(server, scenario, result)
        return result

    return call


def truthful(server, scenario, result):
    """What a failure says of the write is so."""
    committed = [entry for entry in server.commits if entry.path == scenario.path]
    if result["error"]["outcome"] == "not_committed":
        assert committed == [], result["msg"]
    if result["error"]["outcome"] == "committed":
        assert committed, result["msg"]
    # Whatever else was written on the way, such as a file.
    assert not result["changed"] or server.commits, result["msg"]
    assert result["changed"] or result["error"]["outcome"] == "unknown" or not server.commits, result["msg"]
