# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook ``compatibility``: a report and a page for each server, and nothing of what is on it."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from ansible_collections.astera.data_stack.tests import canaries, isolated_home
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator
from ansible_collections.astera.data_stack.tests.emulator.reports import dialect_from_report, load_report

RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=\d+\s+failed=(\d+)", re.M)
SECRETS = {"login": "canary-login-password", "repository": "canary-stored-password"}


def play(folder, hosts, *options, expect=0):
    """→ changed and failed tasks of each host, and what was printed."""
    variables = {
        name: {
            "astera_url": server.url,
            "astera_username": server.username,
            "astera_password": server.password if name != "refused" else "canary-wrong",
            "astera_ca_path": str(server.ca_path),
            "astera_retries": 0,
        }
        for name, server in hosts.items()
    }
    (folder / "inventory.yml").write_text(yaml.safe_dump({"astera": {"hosts": variables}}), encoding="utf-8")
    words = ("-i", "inventory.yml", "astera.data_stack.compatibility", "-vvv", *options)
    printed = "".join(isolated_home.run(folder, "ansible-playbook", *words, expect=expect))
    return {host: (int(changed), int(failed)) for host, changed, failed in RECAP.findall(printed)}, printed


@pytest.mark.shows("playbook compatibility", "guide compatibility")
def test_compatibility_playbook_writes_a_report_and_a_page(tmp_path):
    dialect = Dialect(key_case="pascal", list_shape="wrapped", numbers_as_strings=True)
    with (
        Emulator(dialect, password=SECRETS["login"]) as server,
        Emulator(password=SECRETS["login"]) as other,
    ):
        server.edit_server_config(serverDbInfo={"server": "sql", "password": SECRETS["repository"]})
        server.seed("deployment", name="canary deployment")
        hosts = {"one/two%.example.com": server, "refused": other}
        recap, printed = play(tmp_path, hosts, expect=2)
        assert recap["refused"][1] == 1
        requests = {(entry.method, entry.path) for entry in server.requests}
    folder = tmp_path / "astera-compatibility"
    assert sorted(path.name for path in folder.iterdir()) == [
        "one%2Ftwo%25.example.com.json",
        "one%2Ftwo%25.example.com.md",
    ]
    report = load_report(folder / "one%2Ftwo%25.example.com.json")
    found = dialect_from_report(report)
    assert (found.key_case, found.list_shape, found.numbers_as_strings) == ("pascal", "wrapped", True)
    page = (folder / "one%2Ftwo%25.example.com.md").read_text(encoding="utf-8")
    assert page.startswith("# Compatibility report of an Astera Integration Server\n")
    assert page.endswith("\n")
    texts = json.dumps(report) + page
    assert "canary" not in texts
    assert canaries.leaks(texts + printed, SECRETS) == []
    assert {method for method, path in requests if path != "/api/account/login"} == {"GET"}


@pytest.mark.full
def test_compatibility_playbook_writes_nothing_in_check_mode_and_nothing_twice(tmp_path):
    with Emulator(password=SECRETS["login"]) as server:
        hosts = {"one": server}
        play(tmp_path, hosts, "--check")
        assert not (tmp_path / "astera-compatibility").exists()
        play(tmp_path, hosts)
        again, _printed = play(tmp_path, hosts)
        assert again == {"one": (0, 0)}
