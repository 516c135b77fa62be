# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The job templates of the role awx_setup, run as AWX runs them."""

from __future__ import annotations

import json
import re

import pytest
from ansible_collections.astera.data_stack.tests import documents
from ansible_collections.astera.data_stack.tests.awx.jobs import Job


@pytest.fixture
def wanted(tmp_path):
    """The variables of the inventory."""
    (tmp_path / "files").mkdir()
    variables = documents.document(tmp_path / "files")
    del variables["astera_license"]["receipt_path"]
    return {**variables, "astera_license_receipt_dir": str(tmp_path / "files/receipts")}


@pytest.fixture
def job(tmp_path, server):
    (tmp_path / "jobs").mkdir()

    def start(template, answers=None, **more):
        server.clear_requests()
        return Job(tmp_path / "jobs", template, server, answers, **more)

    return start


def kept_no_secret(server, *jobs):
    secrets = {**documents.CANARIES, "login password": server.password}
    for job in jobs:
        assert documents.leaks(job.texts(), secrets) == []
        assert documents.leaks(job.stdout, secrets) == []


def readable(job):
    """Names are sentences, and no template that was not filled in."""
    for name in job.task_names:
        assert re.match(r"^([a-z_.]+ : )?[A-Z][^{}]+$", name), name
        assert " " in name or name in ("Report",), name


@pytest.mark.full
def test_the_workflow_audit_bootstrap_audit(server, job, wanted, tmp_path):
    folder = {"astera_audit_dir": str(tmp_path / "report")}
    first = job("audit", folder, **wanted)
    assert first.status == "successful", first.stdout
    assert server.writes == []
    drift = json.loads((tmp_path / "report/audit.json").read_text())
    done = job("bootstrap", **wanted)
    assert done.status == "successful", done.stdout
    assert done.changed > 0
    assert server.state["server_config"]["serverProfile"] == "ServerProfile2"
    again = job("audit", {**folder, "astera_audit_fail_on_drift": "true"}, **wanted)
    assert again.status == "successful", again.stdout
    assert server.writes == []
    assert json.loads((tmp_path / "report/audit.json").read_text()) != drift
    assert job("bootstrap", **wanted).changed == 0
    for one in (first, done, again):
        readable(one)
    kept_no_secret(server, first, done, again)


@pytest.mark.full
def test_an_audit_may_be_asked_to_fail(server, job, wanted, tmp_path):
    answers = {"astera_audit_fail_on_drift": "true", "astera_audit_dir": str(tmp_path / "report")}
    audit = job("audit", answers, **wanted)
    assert audit.status == "failed"
    assert server.writes == []
    kept_no_secret(server, audit)


@pytest.mark.full
def test_export(server, job, tmp_path):
    server.seed("deployment", name="Sales", comment="as it was")
    export = job("export", {"astera_export_dir": str(tmp_path / "exported")})
    assert export.status == "successful", export.stdout
    assert "as it was" in (tmp_path / "exported/astera01.yml").read_text()
    assert server.writes == []
    readable(export)
    kept_no_secret(server, export)


@pytest.mark.shows("playbook run_job")
def test_run_job(server, job):
    answers = {
        "astera_job_file_path": "C:\\Flows\\CloseDay.Wf",
        "astera_job_parameters": 'Variables.region=south=east\n\n Variables . day = {"a": 1} \n',
    }
    ran = job("run job", answers)
    assert ran.status == "successful", ran.stdout
    (start,) = server.writes
    assert start.path == "/api/CommandLineProcessor"
    sent = [tuple(parameter.values()) for parameter in start.json["Parameters"]]
    assert sent == [("Variables", "region", "south=east"), ("Variables", "day", '{"a": 1}')]
    said = json.dumps(ran.results()[-1])
    assert "Completed" in said
    readable(ran)
    kept_no_secret(server, ran)


@pytest.mark.each_value(template=["bootstrap"])
@pytest.mark.parametrize(
    ("template", "answers", "words"),
    [
        ("bootstrap", {"astera_wait_timeout": "soon"}, "astera_wait_timeout"),
        ("audit", {"astera_audit_fail_on_drift": "perhaps"}, "astera_audit_fail_on_drift"),
        ("run job", {"astera_job_file_path": ""}, "astera_job_file_path is empty"),
        ("run job", {"astera_job_file_path": "C:\\a.Df", "astera_job_wait_timeout": "soon"}, "astera_job_wait_timeout"),
        (
            "run job",
            {"astera_job_file_path": "C:\\a.Df", "astera_job_parameters": "A.b=1\nno"},
            "1 of its lines not of the form",
        ),
    ],
)
def test_a_wrong_answer_is_refused_in_words(server, job, template, answers, words):
    refused = job(template, answers)
    assert refused.status == "failed"
    assert words in json.dumps(refused.results("runner_on_failed"))
    assert server.writes == []


@pytest.mark.full
def test_a_job_runs_on_one_server(server, job):
    hosts = {name: {"astera_url": server.url} for name in ("astera01", "astera02")}
    refused = job("run job", {"astera_job_file_path": "C:\\a.Df"}, hosts=hosts)
    assert refused.status == "failed"
    assert "2 are meant: name one as the limit" in json.dumps(refused.results("runner_on_failed"))
    assert server.requests == []


@pytest.mark.full
def test_a_credential_with_a_token_alone(server, job, tmp_path):
    with open(server.ca_path, encoding="utf-8") as file:
        inputs = {"token": server.service.token("automation", remember=False), "ca_certificate": file.read()}
    export = job("export", {"astera_export_dir": str(tmp_path / "exported")}, inputs=inputs)
    assert export.status == "successful", export.stdout
    assert documents.leaks(export.texts(), {"token": inputs["token"]}) == []


@pytest.mark.full
def test_a_credential_without_the_certificate_is_refused_as_such(server, job, tmp_path):
    inputs = {"username": server.username, "password": server.password}
    export = job("export", {"astera_export_dir": str(tmp_path / "exported")}, inputs=inputs)
    assert export.status == "failed"
    assert "tls" in json.dumps(export.results("runner_on_failed"))
