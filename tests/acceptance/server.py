# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make acceptance``: the collection against a real server, which ASTERA_URL and the other variables name.

Only reads, unless ACCEPTANCE_WRITES is yes. No part of ``make test``, which has no such server; its file name keeps it out.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import zipfile

import pytest
import yaml
from ansible_collections.astera.data_stack.tests import isolated_home, modules

READS = ("server_info", "server_config_info", "cluster_info", "deployment_info", "schedule_info")
WRITES = os.environ.get("ACCEPTANCE_WRITES", "").lower() == "yes"
# No published call deletes anything, so that these stay. Their names say where they are from.
MARK = "astera.data_stack acceptance test"
DAILY = {"start_time": "2099-01-01T04:30:00+00:00"}
RECAP = re.compile(r"^server\s+: ok=\d+\s+changed=(\d+)\s+unreachable=0\s+failed=0", re.M)


def read(module, /, **options):
    result = modules.run(f"astera_{module}", options)
    assert not result["failed"], f"{result['msg']} {json.dumps(result.get('error'))}"
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the export, the audit and the compatibility report are left."""
    place = tmp_path_factory.mktemp("acceptance")
    (place / "inventory.yml").write_text("astera: {hosts: {server: {}}}\n", encoding="utf-8")
    return place


@pytest.fixture
def say(capsys):
    """Print what a person has to know, whatever pytest captures."""

    def show(line):
        with capsys.disabled():
            print(f"\n{line}")

    return show


def play(folder, name, *options):
    """→ how many tasks were changed."""
    connection = {key: value for key, value in os.environ.items() if key.startswith("ASTERA_")}
    words = ("-i", "inventory.yml", f"astera.data_stack.{name}", *options)
    printed = "".join(isolated_home.run(folder, "ansible-playbook", *words, **connection))
    (recap,) = RECAP.findall(printed)
    return int(recap)


def exported(folder):
    """→ options with the exported variables. The secrets are made up: none is compared, and check mode sends none."""
    path = folder / "astera-export/server.yml"
    names = set(re.findall(r"\{\{ *(vault_\w+) *\}\}", path.read_text(encoding="utf-8")))
    (folder / "secrets.yml").write_text(yaml.safe_dump(dict.fromkeys(names, "made-up")), encoding="utf-8")
    return ("-e", f"@{path}", "-e", "@secrets.yml")


# Reads


def test_login_and_server_info():
    assert read("server_info")["server"] is not None


@pytest.mark.parametrize("name", READS[1:])
@pytest.mark.parametrize("raw", [False, True], ids=["options", "raw"])
def test_info_module_reads(name, raw):
    read(name, raw=raw)


def test_job_info_of_an_unknown_job():
    """The server has no such job; how it says so is not published."""
    result = modules.run("astera_job_info", {"id": str(2**31 - 1)})
    assert not result["failed"] or result["error"]["code"] in ("not_found", "rejected"), result["msg"]


def test_export_writes_the_variables(folder):
    play(folder, "export")
    assert yaml.safe_load((folder / "astera-export/server.yml").read_text(encoding="utf-8").replace("!unsafe", ""))


def test_bootstrap_of_the_export_would_change_nothing(folder):
    assert play(folder, "bootstrap", "--check", "--diff", *exported(folder)) == 0


def test_audit_of_the_export_is_in_sync(folder, say):
    play(folder, "audit", *exported(folder))
    report = json.loads(next(folder.glob("astera-audit/**/audit.json")).read_text(encoding="utf-8"))
    assert report["counts"]["servers"]["in_sync"] == 1, report["counts"]


def test_compatibility_report(folder, say):
    play(folder, "compatibility")
    say(f"How this server answers: {folder / 'astera-compatibility/server.md'}")


# Writes


def twice(module, /, **options):
    """Run a task, and run it again: the second run changes nothing. → the first result."""
    first, second = read(module, **options), read(module, **options)
    assert first["changed"], options
    assert not second["changed"], second.get("diff")
    return first


@pytest.mark.skipif(not WRITES, reason="set ACCEPTANCE_WRITES=yes for a server that can be thrown away")
def test_deployment_and_schedule_are_created_changed_and_renamed(tmp_path, say):
    suffix = secrets.token_hex(3)
    deployment, schedule = f"{MARK} {suffix} deployment", f"{MARK} {suffix} schedule"
    say(
        f"This leaves on the server: the deployment '{deployment} (renamed)' and the inactive schedule '{schedule} (renamed)'."
    )
    archive = os.environ.get("ACCEPTANCE_CAR") or str(tmp_path / "acceptance.car")
    if not os.environ.get("ACCEPTANCE_CAR"):
        with zipfile.ZipFile(archive, "w") as made:
            made.writestr(zipfile.ZipInfo("Flows/Acceptance.Df"), "<Flow/>")
    twice("deployment", name=deployment, archive=archive, comment="first")
    twice("deployment", name=deployment, comment="second")
    twice("deployment", name=deployment, new_name=f"{deployment} (renamed)")
    base = {"deployment": f"{deployment} (renamed)", "start_item": "Flows\\Acceptance.Df", "daily": DAILY}
    twice("schedule", name=schedule, is_active=False, **base)
    twice("schedule", name=schedule, skip_if_running=True)
    twice("schedule", name=schedule, new_name=f"{schedule} (renamed)")
    (left,) = read("schedule_info", name=f"{schedule} (renamed)")["schedules"]
    assert str(left["is_active"]).lower() in ("false", "0")
    assert not read("schedule_info", name=schedule)["schedules"]
    say(f"Left on the server: '{deployment} (renamed)', '{schedule} (renamed)'. Delete both in the Astera client.")
