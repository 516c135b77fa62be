# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role awx_setup, with the real modules of awx.awx, against a stand-in for AWX. ``make awx-check`` has them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.astera.data_stack.tests.awx import controller, jobs

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles/awx_setup"
AWX = os.environ.get("AWX_COLLECTIONS")
BIN = Path(sys.executable).parent
SECRET = "canary-of-the-servers"
RECAP = re.compile(r"^localhost\s+: ok=\d+\s+changed=(\d+)\s+unreachable=0\s+failed=0", re.M)
NOTHING_TO_RUN = {"set_fact", "assert", "debug"}

pytestmark = pytest.mark.skipif(not AWX, reason="make awx-check fetches awx.awx and runs these")


class Setup:
    """The playbook, run against a controller of its own."""

    def __init__(self, folder, running):
        self.folder = folder
        self.controller = running
        self.tree = AWX
        self.variables = {
            "awx_setup_project_url": "https://git.example.com/astera.git",
            "awx_setup_execution_environment_image": "registry.example.com/astera-ee:1",
            "awx_setup_controller_host": running.url,
            "awx_setup_controller_username": controller.USERNAME,
            "awx_setup_controller_password": controller.PASSWORD,
            "awx_setup_credential_inputs": {"username": "automation", "password": SECRET},
        }

    def play(self, *options, expect=0, playbook="awx_setup", **changes):
        """→ what was printed. No secret is ever in it."""
        self.controller.journal.clear()
        variables = {key: value for key, value in {**self.variables, **changes}.items() if value is not None}
        (self.folder / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
        command = [BIN / "ansible-playbook", f"astera.data_stack.{playbook}", "-e", "@variables.json", "-vv", *options]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "ANSIBLE_COLLECTIONS_PATH": f"{ROOT / '.venv'}:{self.tree}",
            # The strategy that shows arguments with their values, where they are shown.
            "ANSIBLE_STRATEGY": "free",
            "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "true",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "LC_ALL": "C.UTF-8",
        }
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        self.printed = done.stdout + done.stderr
        assert done.returncode == expect, self.printed
        assert SECRET not in self.printed
        assert controller.PASSWORD not in self.printed
        return self.printed

    def changed(self, *options, **changes):
        return int(RECAP.search(self.play(*options, **changes))[1])


@pytest.fixture
def setup(tmp_path):
    playbooks = {f"{template['playbook']}.yml" for template in jobs.TEMPLATES.values()}
    with controller.Controller(playbooks | {f"deep/{name}" for name in playbooks}) as running:
        yield Setup(tmp_path, running)


def test_check_mode_on_an_empty_controller(setup):
    predicted = setup.changed("--check")
    assert predicted > 0
    assert setup.controller.store.last == 0
    for what in ("project", "job templates", "workflow", "order of the steps"):
        assert f"{what} would be created" in setup.printed


@pytest.mark.shows("role awx_setup", "playbook awx_setup", "guide awx")
def test_all_is_created_and_a_second_run_changes_nothing(setup):
    store = setup.controller.store
    # All but the description of what is left out, which only check mode has.
    assert setup.changed() == 11
    kinds = {endpoint: len(items) for endpoint, items in store.objects.items()}
    assert kinds == {**dict.fromkeys(controller.KINDS, 1), "job_templates": 4, "workflow_job_template_nodes": 4}
    _check_contents(store)
    before = json.dumps([store.objects, store.surveys, sorted(store.links.items())], default=str)
    assert setup.changed("--check") == 0
    assert setup.changed() == 0
    written = {entry for entry in setup.controller.writes if not entry[1].startswith("/api/v2/tokens/")}
    assert written == set()
    assert json.dumps([store.objects, store.surveys, sorted(store.links.items())], default=str) == before


def _check_contents(store):
    kind = store.named("credential_types", "Astera server")
    for part in ("inputs", "injectors"):
        assert kind[part] == yaml.safe_load((ROLE / f"files/credential_type/{part}.yml").read_text())
    account = store.named("credentials", "Astera servers' account")
    assert account["inputs"] == {"username": "automation", "password": SECRET}
    for name, template in jobs.TEMPLATES.items():
        made = store.named("job_templates", f"Astera {name}")
        assert (made["playbook"], made["job_type"]) == (f"{template['playbook']}.yml", template["job_type"])
        assert store.surveys[made["id"]] == jobs.survey(name)
        assert store.links["job_templates", made["id"], "credentials"] == [account["id"]]
        assert (made["survey_enabled"], made["ask_credential_on_launch"]) == (True, False)
    chain, node = [], store.named("workflow_job_template_nodes", "audit")
    while node:
        chain.append((node["identifier"], _name_of_job(store, node)))
        following = store.links.get(("workflow_job_template_nodes", node["id"], "success_nodes"), [])
        assert len(following) <= 1
        node = store.one("workflow_job_template_nodes", following[0]) if following else None
    assert chain == [
        ("audit", "Astera audit"),
        ("approve", "Astera approve what the audit found"),
        ("bootstrap", "Astera bootstrap"),
        ("verify", "Astera audit"),
    ]


def _name_of_job(store, node):
    return next(
        items[node["unified_job_template"]]["name"]
        for items in store.objects.values()
        if node["unified_job_template"] in items
    )


def _spoil_survey(store):
    store.surveys[store.named("job_templates", "Astera export")["id"]] = {"name": "", "description": "", "spec": []}


def _spoil_link(store):
    node = store.named("workflow_job_template_nodes", "approve")
    store.links["workflow_job_template_nodes", node["id"], "success_nodes"].clear()


def _spoil_credential_type(store):
    store.named("credential_types", "Astera server")["injectors"]["env"].pop("ASTERA_CA_PATH")


def _spoil_template(store):
    store.named("job_templates", "Astera audit")["job_type"] = "run"


def _spoil_credential(store):
    store.named("credentials", "Astera servers' account")["inputs"]["username"] = "somebody"


def _spoil_approval(store):
    store.named("workflow_approval_templates", "Astera approve what the audit found")["timeout"] = 60


def _lose_a_step(store):
    node = store.named("workflow_job_template_nodes", "verify")
    before = store.named("workflow_job_template_nodes", "bootstrap")
    store.links["workflow_job_template_nodes", before["id"], "success_nodes"].clear()
    del store.objects["workflow_job_template_nodes"][node["id"]]


def test_what_was_changed_by_hand_is_repaired(setup):
    store = setup.controller.store
    setup.play()
    spoilers = (_spoil_survey, _spoil_link, _spoil_credential_type, _spoil_template, _spoil_credential, _spoil_approval)
    for spoil in spoilers:
        spoil(store)
    # Three of them belong to two tasks: the job templates, and the steps.
    assert setup.changed("--check") == setup.changed() == 5
    _check_contents(store)
    assert setup.changed() == 0
    _lose_a_step(store)
    assert setup.changed("--check") == setup.changed() == 2
    _check_contents(store)


def test_without_an_account_each_job_asks_for_one(setup):
    changes = {
        "awx_setup_credential_inputs": None,
        "awx_setup_prefix": "Test: ",
        "awx_setup_playbook_folder": "deep",
        "awx_setup_inventory_file": "",
        "awx_setup_organization": "Data",
    }
    setup.play(**changes)
    store = setup.controller.store
    made = store.named("job_templates", "Test: bootstrap")
    assert made["ask_credential_on_launch"] is True
    assert made["playbook"] == "deep/bootstrap.yml"
    assert store.objects["inventory_sources"] == store.objects["credentials"] == {}
    assert store.named("projects", "Test: project")["organization"] == store.named("organizations", "Data")["id"]
    assert setup.changed(**changes) == 0


def test_ansible_controller_is_taken_where_it_is_installed(setup):
    twin = setup.folder / "tree/ansible_collections/ansible/controller"
    shutil.copytree(Path(AWX) / "ansible_collections/awx/awx", twin)
    setup.tree = str(setup.folder / "tree")
    setup.play()
    assert "ansible.controller" in setup.printed
    assert setup.controller.store.named("projects", "Astera project")


def test_neither_collection_is_a_failure_in_words(setup):
    setup.tree = str(setup.folder)
    assert "ansible-galaxy collection install awx.awx" in setup.play(expect=2)
    assert setup.controller.journal == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"awx_setup_project_url": None}, "awx_setup_project_url"),
        ({"awx_setup_credential_inputs": {"user": "x"}}, "user. Supported parameters include"),
    ],
)
def test_bad_variables_are_refused_before_the_first_call(setup, changes, words):
    assert words in setup.play(expect=2, **changes)
    assert setup.controller.journal == []


@pytest.mark.shows("playbook awx_project")
def test_the_project_is_laid_out_once(setup):
    folder = setup.folder / "project"
    wanted = {"awx_setup_project_folder": str(folder), "playbook": "awx_project"}
    assert setup.changed("--check", **wanted) == 1
    assert not folder.exists()
    assert setup.changed(**wanted) == 1
    expected = {str(path.relative_to(ROLE / "files/project")) for path in (ROLE / "files/project").rglob("*")}
    assert {str(path.relative_to(folder)) for path in folder.rglob("*")} == expected
    (folder / "inventory.yml").write_text("mine\n")
    assert setup.changed(**wanted) == 0
    assert (folder / "inventory.yml").read_text() == "mine\n"


def test_every_option_is_one_that_the_modules_have():
    tasks = yaml.safe_load((ROLE / "tasks/main.yml").read_text(encoding="utf-8"))
    calls = [task for outer in tasks for task in outer.get("block", [outer]) if "action" in task]
    names = [f"awx.awx.{call['action'].rpartition('.')[2]}" for call in calls]
    assert len(names) == 11
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": AWX}
    command = [BIN / "ansible-doc", "--json", *sorted(set(names))]
    documented = json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
    for name, call in zip(names, calls, strict=True):
        assert set(call["args"]) <= set(documented[name]["doc"]["options"]), call["name"]
