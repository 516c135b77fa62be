# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A snapshot in place of a server: what is no snapshot is refused, and so is every run."""

from __future__ import annotations

import json

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._client import transport
from ansible_collections.astera.data_stack.tests import modules, write_scenarios
from ansible_collections.astera.data_stack.tests.modules import failed

HEAD = {"format": "astera.data_stack.snapshot", "version": 1}
PARTS = {"server_config": {}, "cluster": {"id": 1, "pauseAllServers": False}, "deployments": [], "schedules": []}
AUDIT = {"format": "astera.data_stack.audit", "version": 1, "servers": [{"name": "a#1", "snapshot": PARTS}]}


@pytest.fixture(autouse=True)
def nobody(monkeypatch):
    def refuse(*_anything):
        raise AssertionError("a request was sent")

    monkeypatch.setattr(transport.Transport, "send", refuse)


@pytest.fixture
def written(tmp_path):
    def write(content, name="snapshot.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return f"snapshot:{path}"

    return write


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["snapshot.json", "not JSON"]),
        ('{"format"', ["not JSON"]),
        ("[" * 100_000, ["not JSON"]),
        ("[]", ["is no snapshot", "export"]),
        ({"format": "another", "version": 1}, ["is no snapshot", "audit.json"]),
        ({**HEAD, "version": 2}, ["version 2", "reads version 1"]),
        ({**HEAD, "version": None}, ["version None"]),
        ({**HEAD, "cluster": []}, ["damaged", "cluster"]),
        ({**HEAD, "schedules": {}}, ["damaged", "schedules"]),
        ({**HEAD, "deployments": [1]}, ["damaged", "deployments"]),
        ({**HEAD, "unread": {"cluster": "no"}}, ["damaged", "unread"]),
        (AUDIT, ["several servers", "#NAME", "a#1"]),
    ],
)
def test_snapshot_rejects_other_files(written, content, words):
    message = failed(modules.run("astera_cluster_info", {"url": written(content)}), "usage", "not_committed")
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("{folder}/missing.json", ["missing.json", "No such file", "where the task runs"]),
        ("{folder}", ["directory"]),
        ("", ["(no path)"]),
        ("{folder}/audit.json#missing", ["no server 'missing'", "there are: a"]),
        ("{folder}/audit.json#down", ["could not read the server 'down'"]),
        ("{folder}/one.json#a", ["of one server", "Remove #a"]),
    ],
)
def test_snapshot_rejects_a_url_without_a_snapshot(written, tmp_path, place, words):
    servers = [{"name": "a", "snapshot": PARTS}, {"name": "down", "snapshot": None}]
    written({**AUDIT, "servers": servers}, "audit.json")
    written({**HEAD, **PARTS}, "one.json")
    url = "snapshot:" + place.format(folder=tmp_path)
    message = failed(modules.run("astera_cluster_info", {"url": url}), "usage", "not_committed")
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize("name", write_scenarios.SCENARIOS)
def test_snapshot_requires_check_mode(written, tmp_path, name):
    job = write_scenarios.SCENARIOS[name]
    options = (
        {**job.prepare(None, tmp_path), "url": written({**HEAD, **PARTS})} if not job.before else dict(job.options)
    )
    options["url"] = written({**HEAD, **PARTS})
    message = failed(modules.run(f"astera_{job.module}", options), "usage", "not_committed")
    assert "snapshot" in message
    assert "--check" in message


def test_snapshot_url_can_come_from_the_environment(written, monkeypatch):
    monkeypatch.setenv("ASTERA_URL", written({**HEAD, **PARTS}))
    assert modules.run("astera_cluster_info", {})["cluster"]["id"] == 1


def test_snapshot_path_can_contain_a_number_sign(written, tmp_path):
    assert modules.run("astera_cluster_info", {"url": written({**HEAD, **PARTS}, "a#b.json")})["cluster"]["id"] == 1
    assert modules.run("astera_cluster_info", {"url": written(AUDIT, "all#1.json") + "#a#1"})["failed"]


def test_snapshot_without_a_part_is_not_absence(written):
    url = written({**HEAD, "deployments": []})
    failed(modules.run("astera_schedule_info", {"url": url}), "not_found", "not_committed")
    failed(modules.run("astera_cluster", {"url": url, "name": "X"}, check=True), "not_found", "not_committed")


def test_snapshot_has_no_jobs(written):
    url = written({**HEAD, **PARTS})
    message = failed(modules.run("astera_job_info", {"url": url, "id": "1"}), "not_found", "not_committed")
    assert "GET /api/Job/1/Status" in message
