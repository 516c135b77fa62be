# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that restarts with its new configuration, with the old one, elsewhere, or not at all: F26 to F28 of the fault table."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.tests import write_scenarios
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator
from ansible_collections.astera.data_stack.tests.modules import changed, failed

pytestmark = write_scenarios.EACH_FAULT_ONCE

PATH = "/api/Server/Config"
RESTARTING = pytest.mark.parametrize("server", [Dialect(restart_seconds=0.5)], indirect=True, ids=["restarting"])


@pytest.fixture
def name():
    return "server_config"


def accepted(server):
    return [entry for entry in server.commits if entry.path == PATH]


@pytest.mark.shows("guide recovery")
@RESTARTING
@pytest.mark.parametrize("trouble", [None, {"how": "reset"}, {"how": "status", "status": 503}], ids=str)
def test_F26_a_restart_is_waited_for(server, scenario, trouble):
    """Nothing listens, then it does but is not ready, and no old token is good."""
    if trouble:
        server.fail("GET", PATH, after=1, times=2, **trouble)
    result = scenario.run()
    assert changed(result)
    assert scenario.state == scenario.reached
    assert len(accepted(server)) == 1
    assert result["server_config"]["server_profile"] == "ServerProfile2"


@RESTARTING
def test_F26_a_port_that_is_changed_is_followed(server, scenario):
    with Emulator() as spare:
        port = spare.port
    assert changed(scenario.run(port=port))
    assert server.port == port


def test_F27_a_server_that_comes_back_with_the_old_configuration(server, scenario):
    before = server.state["server_config"]

    def forget():
        with server.store.transaction() as work:
            work.put_single("server_config", before)

    server.fail("GET", PATH, how="call", action=forget, after=1)
    message = failed(scenario.run(wait_timeout=3), "rejected", "committed")
    assert "not applied" in message
    assert "server_profile" in message
    assert len(accepted(server)) == 1


def test_F28_a_server_that_does_not_come_back(server, scenario):
    server.fail("GET", PATH, how="status", status=503, after=1, times=10_000)
    server.fail("POST", "/api/account/login", after=1, times=10_000)
    result = scenario.run(wait_timeout=2)
    message = failed(result, "unreachable", "committed")
    # Where to look, and what there was before.
    assert "the Astera service on the server itself" in message
    assert "server_profile 'DEFAULT'" in message
    assert result["changed"] is True
    assert len([entry for entry in server.requests if entry.path == PATH and entry.writes]) == 1
