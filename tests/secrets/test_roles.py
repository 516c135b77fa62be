# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles leave when a controller runs them: job events and artifacts, the files of an audit, those of an export."""

from __future__ import annotations

import json
import stat
from types import SimpleNamespace

import pytest
from ansible_collections.astera.data_stack.tests.awx.jobs import Job
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator

from .conftest import GIVEN, SECRETS, fetched, kept_secrets, tasks

pytestmark = pytest.mark.each_value

PROXY = "canary-proxy@pass:word"
DOCUMENTS = {
    "audit": {"audit.html", "audit.json", "audit.md", "audit.xml"},
    "export": {"astera01.json", "astera01.yml"},
}


# Job, and whether Ansible displays the arguments of tasks.
JOBS = [("audit", False), ("bootstrap", False), ("bootstrap", True), ("export", False)]
MORE_JOBS = [("audit", True), *JOBS, ("export", True)]


@pytest.fixture(scope="module", params=[JOBS, pytest.param(MORE_JOBS, marks=pytest.mark.full)], ids=["few", "all"])
def ran(request, tmp_path_factory):
    """Each job once, against a server that shows what it keeps, and another that quotes all that a task knows."""
    folder = tmp_path_factory.mktemp("jobs")
    (folder / "jobs").mkdir()
    (folder / "files").mkdir()
    dialect = Dialect(config_password="echo", unknown_keys=True)
    password = GIVEN["login password"]
    with Emulator(dialect, password=password) as server, Emulator(dialect, password=password) as quoting:
        for each in (server, quoting):
            kept_secrets(each)
        variables = {f"astera_{name}": value for name, value in tasks(folder / "files")["server"].items()}
        variables["astera_license_receipt_dir"] = str(folder / "files")
        # Without a receipt an audit sends the license to no server.
        words = "; ".join(str(value) for name, value in GIVEN.items() if name not in ("license key", "secret of a job"))
        quoting.fail("GET", "/api/Cluster", how="status", status=400, body=f"{words} refused".encode(), times=999)
        both = {
            "astera01": {"astera_url": server.url},
            "quoting": {"astera_url": quoting.url, "astera_validate_certs": False},
        }
        answers = {"astera_audit_dir": str(folder / "audit"), "astera_export_dir": str(folder / "export")}
        proxies = dict.fromkeys(("https_proxy", "http_proxy"), "http://user:canary-proxy%40pass%3Aword@127.0.0.1:1")
        jobs = {}
        for name, arguments in request.param:
            shown = {"ANSIBLE_INJECT_INVOCATION": "true", "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": str(arguments)}
            told = {key: value for key, value in answers.items() if name in key}
            more = {"hosts": both if name == "audit" else None, "verbosity": 4, "environment": {**proxies, **shown}}
            jobs[name, arguments] = Job(folder / "jobs", name, server, told, **more, **variables)
        secrets = {**SECRETS, "proxy": PROXY, **fetched(server)}
        yield SimpleNamespace(folder=folder, jobs=jobs, secrets=secrets)


def test_S01_S11_a_role_leaves_no_secret_with_the_runner(ran, search):
    """Nor where Ansible is told to show the arguments of tasks: then the runner keeps them, too."""
    for name, job in ran.jobs.items():
        assert search([job.stdout, job.texts()], ran.secrets) == [], name
        assert job.status == "successful", job.stdout
    assert ran.jobs["bootstrap", False].changed >= 5
    assert "module_args" in ran.jobs["bootstrap", False].texts()
    assert "task_args" in ran.jobs["bootstrap", True].texts()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_S25_the_files_of_a_role_hold_no_secret(ran, search, name):
    files = {path.name: path for path in (ran.folder / name).iterdir()}
    assert set(files) == DOCUMENTS[name]
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in files.values()} == {0}
    texts = {file: path.read_text(encoding="utf-8") for file, path in files.items()}
    assert {file: found for file, text in texts.items() if (found := search([text], ran.secrets))} == {}
    if name == "audit":
        report = json.loads(texts["audit.json"])
        states = {server["name"]: server["state"] for server in report["servers"]}
        assert states == {"astera01": "drifted", "quoting": "failed"}
        assert "********" in texts["audit.json"]
        assert all("refused" in text for text in texts.values())
