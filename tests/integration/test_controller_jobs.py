# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The job templates of the role awx_setup, run as AWX runs them."""

from __future__ import annotations

import json
import re

import pytest
from ansible_collections.astera.data_stack.tests import documents
from ansible_collections.astera.data_stack.tests.awx import jobs
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


NODES = {node["identifier"]: node for node in jobs.ROLE_VARIABLES["__awx_setup_nodes"]}


def step(job, node, **more):
    """Run a step of the workflow, with the answers that its node has."""
    answers = {**NODES[node].get("extra_data", {}), **more.pop("answers", {})}
    return job(NODES[node]["job_template"], answers, **more)


@pytest.mark.full
def test_workflow_succeeds_only_in_sync_D3_D12(server, job, wanted, tmp_path):
    folder = {"astera_audit_dir": str(tmp_path / "report")}
    plan = step(job, "plan", answers=folder, **wanted)
    # Drift makes the plan fail, which leads to the approval. Who approves reads the summary in the output of the job.
    assert plan.status == "failed"
    assert server.writes == []
    summary = (tmp_path / "report/audit.md").read_text().splitlines()
    assert "| server_profile |" in "\n".join(summary).replace("`", "")
    for line in filter(None, summary):
        assert json.dumps(line, ensure_ascii=False) in plan.stdout
    apply = step(job, "apply", **wanted)
    assert apply.status == "successful", apply.stdout
    assert apply.changed > 0
    assert server.state["server_config"]["serverProfile"] == "ServerProfile2"
    verify = step(job, "verify", answers=folder, **wanted)
    assert verify.status == "successful", verify.stdout
    # Another client changes the server before the last step: the step is red.
    server.edit_cluster(purgeJobInfoAfter=7)
    assert step(job, "verify", answers=folder, **wanted).status == "failed"
    for one in (plan, apply, verify):
        readable(one)
    kept_no_secret(server, plan, apply, verify)


@pytest.mark.parametrize("node", ["plan", "verify"])
def test_workflow_step_fails_if_it_checked_nothing_D3(server, job, node, tmp_path):
    """The login is refused; nothing is declared."""
    folder = {"astera_audit_dir": str(tmp_path / "report")}
    inputs = {"username": server.username, "password": "wrong", "allow_http": "true"}
    cluster = {"astera_cluster": {"purge_job_info_after": 30}}
    declared = cluster if node == "plan" else {}
    assert step(job, node, answers=folder, inputs=inputs, **declared).status == "failed"
    assert server.writes == []


@pytest.mark.full
def test_audit_job_can_fail_on_drift(server, job, wanted, tmp_path):
    answers = {"astera_audit_fail_on_drift": "true", "astera_audit_dir": str(tmp_path / "report")}
    audit = job("audit", answers, **wanted)
    assert audit.status == "failed"
    assert server.writes == []
    kept_no_secret(server, audit)


@pytest.mark.full
def test_export_job_writes_the_state_of_the_server(server, job, tmp_path):
    server.seed("deployment", name="Sales", comment="as it was")
    export = job("export", {"astera_export_dir": str(tmp_path / "exported")})
    assert export.status == "successful", export.stdout
    assert "as it was" in (tmp_path / "exported/astera01.yml").read_text()
    assert server.writes == []
    readable(export)
    kept_no_secret(server, export)


@pytest.mark.shows("playbook run_job")
def test_run_job_template_runs_a_job(server, job):
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
            "has 1 lines that are not of the form",
        ),
    ],
)
def test_survey_value_is_rejected_with_the_reason(server, job, template, answers, words):
    refused = job(template, answers)
    assert refused.status == "failed"
    assert words in json.dumps(refused.results("runner_on_failed"))
    assert server.writes == []


@pytest.mark.full
def test_run_job_template_requires_one_server(server, job):
    hosts = {name: {"astera_url": server.url} for name in ("astera01", "astera02")}
    refused = job("run job", {"astera_job_file_path": "C:\\a.Df"}, hosts=hosts)
    assert refused.status == "failed"
    assert "the limit matches 2. Set the limit to one server" in json.dumps(refused.results("runner_on_failed"))
    assert server.requests == []


@pytest.mark.full
def test_credential_can_hold_a_token_alone(server, job, tmp_path):
    with open(server.ca_path, encoding="utf-8") as file:
        inputs = {"token": server.service.token("automation", remember=False), "ca_certificate": file.read()}
    export = job("export", {"astera_export_dir": str(tmp_path / "exported")}, inputs=inputs)
    assert export.status == "successful", export.stdout
    assert documents.leaks(export.texts(), {"token": inputs["token"]}) == []


@pytest.mark.full
def test_credential_without_the_certificate_is_rejected(server, job, tmp_path):
    inputs = {"username": server.username, "password": server.password}
    export = job("export", {"astera_export_dir": str(tmp_path / "exported")}, inputs=inputs)
    assert export.status == "failed"
    assert "tls" in json.dumps(export.results("runner_on_failed"))
