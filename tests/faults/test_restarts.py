# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A configuration that moves the profile, the port or the database of a server that restarts: F26 to F28."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._client import restart as restart_module
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator
from ansible_collections.astera.data_stack.tests.emulator.app import Account
from ansible_collections.astera.data_stack.tests.modules import changed, failed, writes

RESTARTS = pytest.mark.parametrize("server", [Dialect(restart_seconds=0.3)], indirect=True, ids=["restarts"])
CONFIG = "/api/Server/Config"
MOVED = {"repository": {"data_provider": "PostgreSQL", "database": "New"}}


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch):
    """Naps are short in these tests: so that not all questions are asked before the restart begins, they are long ones."""
    monkeypatch.setattr(restart_module, "POLL_INTERVAL", 20.0)


@pytest.fixture
def name():
    return "server_config"


def on_restart(server, action):
    """Have something done between the accepted configuration and the restart that it causes."""
    restart = server.service.restart

    def both():
        action()
        restart()

    server.service.restart = both


@RESTARTS
def test_F26_another_database_has_other_objects_and_tokens(server, run):
    server.seed("deployment", name="Old one")
    on_restart(server, lambda: server.remove("deployment", "Old one"))
    result = run("server_config", **MOVED)
    assert changed(result)
    assert result["server_config"]["server_db_info"]["database"] == "New"
    document = {
        "server_config": {"repository": MOVED["repository"]},
        "deployments": [{"name": "A", "archive_server_path": "C:\\a.Car"}],
    }
    assert changed(run("server", **document))
    assert not changed(run("server", **document))


@RESTARTS
def test_F26_a_new_port_is_followed_with_a_fresh_login(server, run):
    with Emulator() as other:
        free = other.port
    before = server.url
    result = run("server_config", port=free, **MOVED)
    assert changed(result)
    assert result["url"] == server.url != before
    assert result["server_config"]["port"] == free


@RESTARTS
def test_F27_a_server_that_comes_back_with_the_old_one(server, run, monkeypatch):
    monkeypatch.setattr(restart_module, "MAX_STALE_SECONDS", 0.5)
    on_restart(server, lambda: server.edit_server_config(serverDbInfo={"database": "Old"}, serverProfile="DEFAULT"))
    result = run("server_config", server_profile="ServerProfile2", **MOVED)
    message = failed(result, "rejected", "committed")
    assert "not applied: field repository.database, field server_profile" in message
    assert result["changed"] is True
    assert result["diff"]["after"]["server_profile"] == "ServerProfile2"
    assert writes(server) == [CONFIG]


@RESTARTS
def test_F28_another_repository_may_know_other_accounts(server, run):
    on_restart(server, lambda: server.service.accounts.update({server.username: Account("another")}))
    result = run("server_config", **MOVED)
    message = failed(result, "authentication", "committed")
    assert "other accounts" in message
    assert "repository.database ''" in message
    assert server.password not in result["text"]
    assert writes(server) == [CONFIG]


@RESTARTS
def test_F28_a_repository_that_cannot_be_reached(server, run):
    on_restart(server, lambda: server.fail("*", "/api/*", how="status", status=500, times=999))
    result = run("server_config", wait_timeout=2, **MOVED)
    message = failed(result, "rejected", "committed")
    assert "did not come back within 2 seconds" in message
    assert "To restore the old configuration" in message
    assert result["diff"]["after"]["repository"]["database"] == "New"
    assert writes(server) == [CONFIG]


@pytest.mark.shows("guide recovery")
@RESTARTS
@pytest.mark.parametrize("trouble", [None, {"how": "reset"}, {"how": "status", "status": 503}], ids=str)
def test_F26_a_restart_is_waited_for(server, scenario, trouble):
    """Nothing listens, then it does but is not ready, and no old token is good."""
    if trouble:
        server.fail("GET", CONFIG, after=1, times=2, **trouble)
    result = scenario.run(wait_timeout=100)
    assert changed(result)
    assert scenario.state == scenario.reached
    assert [entry.path for entry in server.commits] == [CONFIG]
    assert result["server_config"]["server_profile"] == "ServerProfile2"


def test_F28_a_server_that_does_not_come_back(server, scenario):
    server.fail("GET", CONFIG, how="status", status=503, after=1, times=10_000)
    server.fail("POST", "/api/account/login", after=1, times=10_000)
    result = scenario.run(wait_timeout=2)
    message = failed(result, "unreachable", "committed")
    # Where to look, and what there was before.
    assert "the Astera service on the server itself" in message
    assert "server_profile 'DEFAULT'" in message
    assert result["changed"] is True
    assert len([entry for entry in server.requests if entry.path == CONFIG and entry.writes]) == 1
