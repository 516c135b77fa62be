# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job template's play as a controller runs it: with ansible-runner, the credential type's injectors and a survey's answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import ansible_runner
import yaml
from ansible_collections.astera.data_stack.tests import isolated_home
from jinja2.sandbox import ImmutableSandboxedEnvironment

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles/awx_setup"
BIN = Path(sys.executable).parent
ROLE_VARIABLES = yaml.safe_load((ROLE / "vars/main.yml").read_text(encoding="utf-8"))
TEMPLATES = {item["name"]: item for item in ROLE_VARIABLES["__awx_setup_job_templates"]}


def survey(name: str) -> dict[str, Any]:
    return json.loads((ROLE / f"files/surveys/{TEMPLATES[name]['playbook']}.json").read_text(encoding="utf-8"))


def injected(folder: Path, inputs: dict[str, str]) -> dict[str, str]:
    """What the credential type puts into a job's environment: all of its variables, those of fields left empty, too."""
    kind = ROLE / "files/credential_type"
    injectors = yaml.safe_load((kind / "injectors.yml").read_text(encoding="utf-8"))
    fields = yaml.safe_load((kind / "inputs.yml").read_text(encoding="utf-8"))["fields"]
    assert set(inputs) <= {field["id"] for field in fields}
    filled = {**{field["id"]: field["default"] for field in fields if "default" in field}, **inputs}
    sandbox = ImmutableSandboxedEnvironment()
    files = {}
    for label, template in injectors["file"].items():
        path = folder / f"injected-{label}"
        path.write_text(sandbox.from_string(template).render(filled), encoding="utf-8")
        path.chmod(0o400)
        files[label.split(".")[1]] = str(path)
    names = {**filled, "tower": {"filename": files}}
    return {name: sandbox.from_string(template).render(names) for name, template in injectors["env"].items()}


class Job:
    """A finished job: ``status``, ``events``, ``stdout``, and the folder with all that the runner kept of it."""

    def __init__(
        self,
        folder: Path,
        template: str,
        server: Any,
        answers: dict[str, Any] | None = None,
        hosts: dict[str, dict[str, Any]] | None = None,
        inputs: dict[str, str] | None = None,
        verbosity: int = 0,
        environment: dict[str, str] | None = None,
        **variables: Any,
    ) -> None:
        self.folder = folder / f"job-{len(list(folder.iterdir()))}"
        shutil.copytree(ROLE / "files/project", self.folder / "project")
        shutil.rmtree(self.folder / "project/group_vars")
        (self.folder / "env").mkdir()
        (self.folder / "inventory").mkdir()
        login = {"username": server.username, "password": server.password}
        login["ca_certificate"] = Path(server.ca_path).read_text(encoding="utf-8")
        group = {"vars": variables, "hosts": hosts or {"astera01": {"astera_url": server.url}}}
        (self.folder / "inventory/hosts.yml").write_text(yaml.safe_dump({"astera": group}), encoding="utf-8")
        self._run(
            template,
            str(self.folder / "inventory/hosts.yml"),
            answers,
            {**injected(self.folder / "env", login if inputs is None else inputs), **(environment or {})},
            verbosity,
        )

    def _run(
        self,
        template: str,
        inventory: str,
        answers: dict[str, Any] | None,
        environment: dict[str, str],
        verbosity: int = 0,
        options: str = "",
    ) -> None:
        asked = {question["variable"]: question["default"] for question in survey(template)["spec"]}
        check = "--diff --check" if TEMPLATES[template]["job_type"] == "check" else "--diff"
        done = ansible_runner.run(
            private_data_dir=str(self.folder),
            playbook=f"{TEMPLATES[template]['playbook']}.yml",
            inventory=inventory,
            extravars={**asked, **(answers or {}), "awx_job_id": 7, "awx_user_name": "operator"},
            envvars={
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv"),
                "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
                "ANSIBLE_FORCE_COLOR": "True",
                "HOME": str(self.folder / "home"),
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                **environment,
            },
            verbosity=verbosity,
            cmdline=f"{check} {options}".strip(),
            quiet=True,
        )
        self.status = done.status
        self.events = list(done.events)
        self.stdout = "".join(event["stdout"] for event in self.events)

    def texts(self) -> str:
        """All that a controller keeps: events, output, facts. The command's environment it replaces by one without secrets."""
        kept = [path for path in (self.folder / "artifacts").rglob("*") if path.is_file() and path.name != "command"]
        assert any(path.parent.name == "job_events" for path in kept)
        return "\n".join(path.read_text(encoding="utf-8") for path in kept)

    def results(self, kind: str = "runner_on_ok") -> list[dict[str, Any]]:
        return [event["event_data"]["res"] for event in self.events if event["event"] == kind]

    @property
    def task_names(self) -> list[str]:
        return [event["event_data"]["name"] for event in self.events if event["event"] == "playbook_on_task_start"]

    @property
    def changed(self) -> int:
        (stats,) = (event["event_data"] for event in self.events if event["event"] == "playbook_on_stats")
        return sum(stats["changed"].values())


def sync_inventory(project: Path, expect: int | None = 0) -> str:
    """Return what a controller's sync of the project's inventory gets: it has no password of a vault."""
    command = [BIN / "ansible-inventory", "--list", "--export", "-i", "inventory.yml", "--playbook-dir", "."]
    environment = isolated_home.environment(project.parent, ANSIBLE_INVENTORY_UNPARSED_FAILED="True")
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert expect is None or done.returncode == expect, done.stdout + done.stderr
    return done.stdout if done.returncode == 0 else done.stdout + done.stderr


class ProjectJob(Job):
    """A job of a whole project: its inventory is synchronized elsewhere, and the controller's own script repeats it."""

    def __init__(
        self, folder: Path, template: str, project: Path, vault_password: Path, answers: dict[str, Any] | None = None
    ) -> None:
        self.folder = folder / f"job-{len(list(folder.iterdir()))}"
        synchronized = self.folder / "sync"
        # A checkout has none of the files that git does not know, and its own place.
        shutil.copytree(project, synchronized)
        self.imported = sync_inventory(synchronized)
        shutil.rmtree(synchronized)
        shutil.copytree(project, self.folder / "project")
        for name in ("env", "inventory"):
            (self.folder / name).mkdir()
        script = self.folder / "inventory/hosts"
        script.write_text(f"#!{sys.executable}\nprint({json.dumps(json.loads(self.imported))!r})\n", encoding="utf-8")
        script.chmod(0o700)
        self._run(template, str(script), answers, {}, options=f"--vault-password-file {vault_password}")
