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
PLAYBOOKS = [folder + f"{template['playbook']}.yml" for template in jobs.TEMPLATES.values() for folder in ("", "deep/")]

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
        assert "canary-token" not in self.printed
        return self.printed

    @property
    def writes(self):
        return [entry for entry in self.controller.writes if "/tokens/" not in entry[1]]

    def changed(self, *options, **changes):
        return int(RECAP.search(self.play(*options, **changes))[1])


@pytest.fixture
def setup(tmp_path):
    with controller.Controller(set(PLAYBOOKS)) as running:
        yield Setup(tmp_path, running)


def test_awx_setup_check_mode_predicts_all_on_an_empty_controller(setup):
    last = setup.controller.store.last
    predicted = setup.changed("--check", awx_setup_operators=["operators"])
    assert predicted > 0
    assert "item=None" not in setup.printed
    assert setup.writes == []
    # A run needs a token, and gives it back.
    assert setup.controller.store.last - last == 3
    assert setup.controller.tokens == {}
    for what in ("project", "job template", "workflow", "order of the workflow steps"):
        assert f"{what} would be created" in setup.printed


def contents(store):
    parts = [store.objects, store.surveys, sorted((key, ids) for key, ids in store.links.items() if ids)]
    return json.dumps(parts, default=str)


def complete(store):
    """Prepare what the administrators of a controller have, and return variables that use all of it."""
    organization = store.add("organizations", name="Default")["id"]
    other = store.add("organizations", name="Other")["id"]
    shared = {"credential_type": store.named("credential_types", "Container Registry")["id"], "inputs": {}}
    registry = store.add("credentials", name="registry", organization=organization, **shared)["id"]
    store.add("credentials", name="registry", organization=other, **shared)
    mail = store.add("notification_templates", name="mail", organization=organization)["id"]
    return {
        "awx_setup_credential_inputs": {
            "username": "automation",
            "password": SECRET,
            "validate_certs": False,
            "timeout": 60,
        },
        "awx_setup_vault_password": SECRET,
        "awx_setup_registry_credential": "registry",
        "awx_setup_project_timeout": 60,
        "awx_setup_notifications": {"error": [mail], "approvals": ["mail"]},
        "awx_setup_operators": ["operators"],
        "awx_setup_approvers": ["operators", "approvers"],
        "awx_setup_schedules": [
            {
                "name": "nightly audit",
                "rrule": "DTSTART:20261201T020000Z RRULE:FREQ=DAILY;INTERVAL=1",
                "answers": {"astera_audit_fail_on_drift": "true"},
            }
        ],
    }, registry


@pytest.mark.shows("role awx_setup", "playbook awx_setup", "guide awx")
def test_awx_setup_creates_everything_once(setup):
    store = setup.controller.store
    variables, registry = complete(store)
    setup.variables.update(variables)
    setup.play()
    _check_contents(store)
    environment = store.named("execution_environments", "Astera execution environment")
    assert (environment["credential"], environment["pull"]) == (registry, "missing")
    kind = store.named("credential_types", "Astera API")
    account = store.named("credentials", "Astera API credential")
    assert account["inputs"] == {
        "username": "automation",
        "password": SECRET,
        "validate_certs": "false",
        "timeout": "60",
    }
    # What belongs to administrators from then on: D4, D5, D9 and D11.
    environment["pull"] = "always"
    account["inputs"].update(password="rotated", username="other", client_key="added in AWX")
    kind["inputs"]["fields"][0]["help_text"] = "of an older version"
    audit = store.named("job_templates", "Astera audit")["id"]
    machine = store.add("credential_types", name="Machine", kind="ssh", inputs={"fields": []})["id"]
    by_hand = store.add("credentials", name="by hand", credential_type=machine, inputs={})["id"]
    store.links["job_templates", audit, "credentials"].append(by_hand)
    before = contents(store)
    assert setup.changed("--check") == setup.changed() == 0
    assert setup.writes == []
    assert contents(store) == before
    assert setup.controller.tokens == {}


def _check_contents(store):
    kind = store.named("credential_types", "Astera API")
    for part in ("inputs", "injectors"):
        assert kind[part] == yaml.safe_load((ROLE / f"files/credential_type/{part}.yml").read_text())
    ours = [store.named("credentials", f"Astera {name} credential")["id"] for name in ("API", "vault")]
    mail = [item["id"] for item in store.objects["notification_templates"].values()]
    team = {name: store.named("teams", name)["id"] for name in ("operators", "approvers")}
    for name, template in jobs.TEMPLATES.items():
        made = store.named("job_templates", f"Astera {name}")
        assert (made["playbook"], made["job_type"]) == (f"{template['playbook']}.yml", template["job_type"])
        assert store.surveys[made["id"]] == jobs.survey(name)
        assert store.links["job_templates", made["id"], "credentials"] == ours
        assert store.links["job_templates", made["id"], "notification_templates_error"] == mail
        assert made["survey_enabled"] is True
        assert store.links["roles", made["id"] * 2, "teams"] == [team["operators"]]
        # A launch by the API needs no answers but those without a default. D10
        store.check_launch(made["id"], {"astera_job_file_path": "C:\\a.Df"} if name == "run job" else {})
    workflow = store.named("workflow_job_templates", "Astera plan and apply")["id"]
    store.check_launch(workflow, {})
    assert store.links["workflow_job_templates", workflow, "notification_templates_approvals"] == mail
    assert store.links["roles", workflow * 2, "teams"] == [team["operators"]]
    assert sorted(store.links["roles", workflow * 2 + 1, "teams"]) == sorted(team.values())
    schedule = store.named("schedules", "Astera nightly audit")
    assert schedule["unified_job_template"] == store.named("job_templates", "Astera audit")["id"]
    assert edges(store) == {
        ("plan", "failure"): ["approve"],
        ("approve", "success"): ["apply"],
        ("apply", "success"): ["verify"],
    }
    assert {name: _job_of(store, name) for name in ("plan", "approve", "apply", "verify")} == {
        "plan": "Astera audit",
        "approve": "Astera approve the plan",
        "apply": "Astera bootstrap",
        "verify": "Astera audit",
    }
    # Green is in sync: both audits fail on drift, and on a server that could not be checked. D3, D12
    for name in ("plan", "verify"):
        assert store.named(controller.NODE, name)["extra_data"] == {"astera_audit_fail_on_drift": "true"}
    assert (
        store.named("inventory_sources", "Astera inventory source")["inventory"]
        == (store.named("inventories", "Astera servers")["id"])
    )


def edges(store):
    """Return which steps follow which, and when."""
    names = {number: node["identifier"] for number, node in store.objects[controller.NODE].items()}
    return {
        (names[number], way.removesuffix("_nodes")): [names[other] for other in others]
        for (kind, number, way), others in store.links.items()
        if kind == controller.NODE and others
    }


def _job_of(store, node):
    number = store.named(controller.NODE, node)["unified_job_template"]
    return store.objects[store.template(number)][number]["name"]


def _spoil(store):
    store.surveys[store.named("job_templates", "Astera export")["id"]] = {"name": "", "description": "", "spec": []}
    store.named("job_templates", "Astera audit")["job_type"] = "run"
    store.named("credential_types", "Astera API")["injectors"]["env"].pop("ASTERA_CA_PATH")
    store.named("workflow_approval_templates", "Astera approve the plan")["timeout"] = 60
    store.named(controller.NODE, "verify")["extra_data"] = {"astera_audit_fail_on_drift": "false"}
    plan, approve, apply, verify = (
        store.named(controller.NODE, name)["id"] for name in ("plan", "approve", "apply", "verify")
    )
    # Edges around the approval, in each way that there is.
    store.links[controller.NODE, plan, "success_nodes"] = [apply]
    store.links[controller.NODE, plan, "always_nodes"] = [verify]
    store.links[controller.NODE, approve, "failure_nodes"] = [apply]
    store.links[controller.NODE, approve, "success_nodes"].clear()


def test_awx_setup_repairs_manual_changes(setup):
    store = setup.controller.store
    setup.variables.update(complete(store)[0])
    setup.play()
    _spoil(store)
    assert setup.changed("--check") == setup.changed() == 4
    _check_contents(store)
    # Nothing of the role stays, and all else does.
    others = {kind: {name_of(item) for item in items.values()} for kind, items in store.objects.items()}
    store.add("projects", name="Astera project", organization=store.named("organizations", "Other")["id"])
    store.synchronized[store.last] = ("successful", set())
    setup.play(awx_setup_state="absent", awx_setup_project_url=None)
    left = {kind: {name_of(item) for item in items.values()} for kind, items in store.objects.items()}
    stays = ("organizations", "teams", "notification_templates")
    assert {kind: names for kind, names in left.items() if names and kind != "workflow_approval_templates"} == {
        **{kind: others[kind] for kind in stays},
        "credential_types": {"Vault", "Container Registry"},
        "credentials": {"registry"},
        "projects": {"Astera project"},
    }


def name_of(item):
    return item.get("name") or item.get("identifier")


def test_awx_setup_keeps_two_organizations_apart_D6(setup):
    store = setup.controller.store
    setup.play()
    before = contents(store)
    printed = setup.play(expect=2, awx_setup_organization="Second")
    assert "belongs to another organization" in printed
    assert "awx_setup_prefix" in printed
    assert setup.writes == []
    assert contents(store) == before
    # With a prefix of its own, and with credentials that both have by one name.
    vault = store.named("credential_types", "Vault")["id"]
    second = store.add("organizations", name="Second")["id"]
    for organization in (second, store.named("organizations", "Default")["id"], None):
        store.add("credentials", name="vault", organization=organization, credential_type=vault, inputs={})
    changes = {"awx_setup_organization": "Second", "awx_setup_prefix": "Second ", "awx_setup_credentials": ["vault"]}
    setup.play(**changes)
    made = store.named("job_templates", "Second audit")["id"]
    own = next(item for item in store.objects["credentials"].values() if item["organization"] == second)
    assert own["id"] in store.links["job_templates", made, "credentials"]
    for name in ("vault", "nothing"):
        printed = setup.play(
            expect=2, awx_setup_organization="Third", awx_setup_prefix="3", awx_setup_credentials=[name]
        )
        assert "Give the id of the one that is meant" in printed or "Create it" in printed
        assert setup.writes == []


def test_awx_setup_syncs_the_project_until_it_has_its_playbooks_D7(setup):
    store = setup.controller.store
    store.repository = None
    setup.play(expect=2)
    store.repository = {"audit.yml"}
    assert "does not have bootstrap.yml, export.yml, run_job.yml in this branch" in setup.play(expect=2)
    assert store.objects["job_templates"] == {}
    store.repository = set(PLAYBOOKS)
    setup.play()
    assert store.named("job_templates", "Astera bootstrap")


def test_awx_setup_rejects_changed_fields_before_the_first_write_D5(setup):
    store = setup.controller.store
    inputs = yaml.safe_load((ROLE / "files/credential_type/inputs.yml").read_text())
    inputs["fields"] = [field for field in inputs["fields"] if field["id"] != "client_key"]
    kind = store.add("credential_types", name="Astera API", kind="cloud", inputs=inputs, injectors={})["id"]
    store.add("credentials", name="mine", credential_type=kind, inputs={})
    printed = setup.play(expect=2)
    assert "client_key" in printed
    assert "Rename the credential type" in printed
    assert setup.writes == []


def test_awx_setup_names_the_permission_that_an_account_lacks(setup):
    store = setup.controller.store
    store.superuser = False
    store.add("organizations", name="Default")
    assert "Only a system administrator of AWX can create the credential type" in setup.play(expect=2)
    assert setup.writes == []
    parts = {
        part: yaml.safe_load((ROLE / f"files/credential_type/{part}.yml").read_text())
        for part in ("inputs", "injectors")
    }
    text = "Login to Astera Integration Servers for the collection astera.data_stack"
    store.add("credential_types", name="Astera API", kind="cloud", description=text, **parts)
    # With a token that is given, there is no login, and the token stays.
    setup.controller.tokens[0] = "given-token"
    login = {"awx_setup_controller_username": None, "awx_setup_controller_password": None}
    setup.play(awx_setup_controller_token="given-token", **login)
    assert setup.controller.tokens == {0: "given-token"}
    assert store.named("workflow_job_templates", "Astera plan and apply")


def test_awx_setup_names_the_next_step_without_a_credential_D4(setup):
    changes = {
        "awx_setup_credential_inputs": None,
        "awx_setup_prefix": "Test: ",
        "awx_setup_playbook_folder": "deep",
        "awx_setup_inventory_file": "",
        "awx_setup_organization": "Data",
        "awx_setup_pull_policy": "never",
    }
    assert "Attach either to the job templates" in setup.play(**changes)
    store = setup.controller.store
    made = store.named("job_templates", "Test: bootstrap")
    assert made["playbook"] == "deep/bootstrap.yml"
    assert store.objects["inventory_sources"] == store.objects["credentials"] == {}
    assert store.named("projects", "Test: project")["organization"] == store.named("organizations", "Data")["id"]
    assert store.named("execution_environments", "Test: execution environment")["pull"] == "never"
    kind = store.named("credential_types", "Test: API")["id"]
    mine = store.add("credentials", name="mine", credential_type=kind, inputs={})["id"]
    store.links["job_templates", made["id"], "credentials"] = [mine]
    assert setup.changed(**changes) == 0
    assert store.links["job_templates", made["id"], "credentials"] == [mine]
    # In check mode a credential that does not exist yet keeps nothing else from being compared.
    changes["awx_setup_credential_inputs"] = setup.variables["awx_setup_credential_inputs"]
    assert setup.changed("--check", **changes) == 1
    assert "item=Each job template" not in setup.printed
    # A given credential replaces the one of its type, of which a template has one.
    setup.play(**changes)
    given = store.named("credentials", "Test: API credential")["id"]
    assert store.links["job_templates", made["id"], "credentials"] == [given]
    # The inputs are sent again only when that is asked for, over what is there. D9
    account = store.objects["credentials"][given]
    account["inputs"].update(password="rotated", timeout="90")
    setup.play(**changes, awx_setup_update_credentials=True)
    assert account["inputs"] == {"username": "automation", "password": SECRET, "timeout": "90"}


def test_awx_setup_uses_ansible_controller_if_installed(setup):
    twin = setup.folder / "tree/ansible_collections/ansible/controller"
    shutil.copytree(Path(AWX) / "ansible_collections/awx/awx", twin)
    lookup = twin / "plugins/lookup/controller_api.py"
    lookup.write_text(lookup.read_text().replace("awx.awx.auth_plugin", "ansible.controller.auth_plugin"))
    setup.tree = str(setup.folder / "tree")
    setup.play()
    assert "ansible.controller" in setup.printed
    assert setup.controller.store.named("projects", "Astera project")


def test_awx_setup_fails_without_either_collection(setup):
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
def test_awx_setup_rejects_bad_variables_before_the_first_request(setup, changes, words):
    assert words in setup.play(expect=2, **changes)
    assert setup.controller.journal == []


@pytest.mark.shows("playbook awx_project")
def test_awx_setup_writes_the_project_once(setup):
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


def test_awx_setup_passes_only_options_that_the_modules_have():
    files = [
        yaml.safe_load((ROLE / f"tasks/{name}.yml").read_text(encoding="utf-8"))
        for name in ("main", "present", "absent")
    ]
    tasks = [
        task for file in files for outer in file for task in [*outer.get("block", [outer]), *outer.get("always", [])]
    ]
    calls = [task for task in tasks if "action" in task]
    names = [f"awx.awx.{call['action'].rpartition('.')[2]}" for call in calls]
    assert len(set(names)) == 15
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": AWX}
    command = [BIN / "ansible-doc", "--json", *sorted(set(names))]
    documented = json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
    for name, call in zip(names, calls, strict=True):
        assert set(call["args"]) <= set(documented[name]["doc"]["options"]), call["name"]
