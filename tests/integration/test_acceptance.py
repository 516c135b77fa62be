# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make acceptance`` as a person with a server runs it, against emulated ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator

ROOT = Path(__file__).resolve().parents[2]
DIALECTS = ("default", "pascal", "terse", "chatty", "contrary")
LOGIN = "/api/account/login"


def accept(server, **more):
    """→ exit code and output."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("ASTERA_", "PYTEST_"))}
    connection = {
        "URL": server.url,
        "USERNAME": server.username,
        "PASSWORD": server.password,
        "CA_PATH": server.ca_path,
    }
    environment |= {f"ASTERA_{name}": str(value) for name, value in connection.items()}
    options = ["-m", "", "-n", "0", "-p", "no:cacheprovider", "-rs", "tests/acceptance/server.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=ROOT,
        env={**environment, **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=850,
    )
    return done.returncode, done.stdout + done.stderr


def prepared(dialect):
    """A server with objects that a user created in the Astera client."""
    server = Emulator(Dialect.preset(dialect))
    info = {"dataProvider": "SqlServer", "server": "sql", "database": "R", "user": "sa", "password": "canary-stored"}
    return server, info


@pytest.mark.full
@pytest.mark.parametrize("dialect", DIALECTS)
def test_acceptance_only_reads_by_default(dialect):
    server, info = prepared(dialect)
    with server:
        server.edit_server_config(serverDbInfo=info)
        server.seed("deployment", name="Sales", clusterArchiveFilePath="C:\\D\\sales.car")
        server.seed(
            "schedule", name="Weekly", deploymentId=1, schedule={"typeName": "Astera.Core.Weekly", "days": ["Monday"]}
        )
        before = server.state
        code, printed = accept(server)
        assert code == 0, printed
        assert server.writes == []
        assert server.state == before
        assert "1 skipped" in printed
        assert "ACCEPTANCE_WRITES=yes" in printed
        assert "canary-stored" not in printed
        assert server.password not in printed


@pytest.mark.full
@pytest.mark.parametrize("dialect", DIALECTS)
def test_acceptance_with_writes_reports_what_it_leaves(dialect):
    server, info = prepared(dialect)
    with server:
        server.edit_server_config(serverDbInfo=info)
        code, printed = accept(server, ACCEPTANCE_WRITES="yes")
        assert code == 0, printed
        (deployment,), (schedule,) = server.state["deployments"], server.state["schedules"]
        assert deployment["name"].startswith("astera.data_stack acceptance test ")
        assert printed.count(f"'{deployment['name']}'") == printed.count(f"'{schedule['name']}'") == 2
        assert schedule["isActive"] is False


@pytest.mark.full
def test_acceptance_fails_on_a_list_that_cannot_be_read():
    server, _info = prepared("default")
    with server:
        server.fail("GET", "/api/Schedules", how="status", status=403, times=1000)
        code, printed = accept(server)
    assert code == 1
    assert "GET /api/Schedules (HTTP 403" in printed
