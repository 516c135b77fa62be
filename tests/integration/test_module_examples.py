# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of all modules run as they stand, against a server with a self-signed certificate."""

from __future__ import annotations

import itertools

import pytest
import yaml
from ansible_collections.astera.data_stack.tests import doc_snippets, isolated_home
from ansible_collections.astera.data_stack.tests.emulator import Emulator

# Those that need what the examples of another module create, or rename it.
FIRST = ("astera_cluster", "astera_server", "astera_schedule", "astera_job")
LAST = ("astera_deployment",)
DAILY = {
    "typeName": "Astera.Core.DailySchedule",
    "dailyScheduleBase": {"typeName": "Astera.Core.DailyScheduleEveryDay", "startTime": "2026-12-01T04:30:00+01:00"},
}


@pytest.fixture
def server(tmp_path):
    with Emulator() as running:
        running.seed("schedule", name="Created in the client", isFile=True, schedule=DAILY)
        yield running


def write_project(folder, server):
    """Write the files and the variables that the examples refer to."""
    (folder / "files").mkdir()
    for name in ("sales.car", "stock.car", "sales-production.cfg"):
        (folder / "files" / name).write_bytes(b"PK\x03\x04" + name.encode())
    (folder / "sales.cfg.j2").write_text("region: south\n")
    variables = {f"astera_{name}": getattr(server, name) for name in ("url", "username", "password", "ca_path")}
    variables |= {"vault_astera_repository_password": "made up", "vault_astera_license_key": "made up, too"}
    variables |= {"astera_deployments": [{"name": "Sales"}], "astera_schedules": []}
    # A job that has ended, so that the example of waiting for one does not wait.
    variables["started_job"] = {"job": {"id": "1"}}
    (folder / "variables.yml").write_text(yaml.safe_dump(variables))


def playbook(modules):
    snippets = {snippet.where: snippet for snippet in doc_snippets.blocks()}
    plays = [yaml.safe_load(snippets[f"plugins/modules/{name}.py#EXAMPLES"].play()) for name in modules]
    return yaml.safe_dump([{**play, "hosts": "localhost"} for play in itertools.chain(*plays)], sort_keys=False)


@pytest.mark.full
def test_module_examples_run_as_they_stand(tmp_path, server):
    rest = set(doc_snippets.documented_modules()) - {*FIRST, *LAST}
    write_project(tmp_path, server)
    (tmp_path / "examples.yml").write_text(playbook([*FIRST, *sorted(rest), *LAST]))
    words = ("-i", "localhost,", "-c", "local", "-e", "@variables.yml", "examples.yml")
    isolated_home.run(tmp_path, "ansible-playbook", *words)
    assert sorted(item["name"] for item in server.state["deployments"]) == ["Sales nightly", "Stock"]
