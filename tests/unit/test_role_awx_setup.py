# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role awx_setup says what the tables, the other roles and its own documentation say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import (
    CONNECTION_OPTIONS,
    environment_variable,
)
from ansible_collections.astera.data_stack.plugins.test.installed_collection import installed_collection
from ansible_collections.astera.data_stack.tests import doc_snippets
from ansible_collections.astera.data_stack.tests.awx import validation

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles/awx_setup"


def loaded(path):
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


VARIABLES = loaded("roles/awx_setup/vars/main.yml")
SPECS = loaded("roles/awx_setup/meta/argument_specs.yml")["argument_specs"]
OPTIONS = SPECS["main"]["options"]
INPUTS = loaded("roles/awx_setup/files/credential_type/inputs.yml")
INJECTORS = loaded("roles/awx_setup/files/credential_type/injectors.yml")
FIELDS = {field["id"]: field for field in INPUTS["fields"]}
TEMPLATES = VARIABLES["__awx_setup_job_templates"]
PLAYBOOKS = [template["playbook"] for template in TEMPLATES]
# Where the servers are is said by the inventory, and a certificate is text in AWX and a file in a job.
ELSEWHERE = {"url"}
AS_TEXT = {"ca_path": "ca_certificate", "client_cert": "client_certificate"}
FIELD = {option: AS_TEXT.get(option, option) for option in CONNECTION_OPTIONS}
# Option → the file of a job that has the text.
FILE = {"ca_path": "ca", "client_cert": "client_cert", "client_key": "client_key"}
# Survey types and the types of the options that take their answers.
TYPES = {"integer": "int", "text": "str", "textarea": "str", "multiplechoice": "bool"}


def survey(playbook):
    return json.loads((ROLE / f"files/surveys/{playbook}.json").read_text(encoding="utf-8"))


def options_of(playbook):
    """What a template's play takes, with types."""
    if playbook == "run_job":
        play = loaded("playbooks/run_job.yml")[0]
        return play["tasks"][0]["ansible.builtin.validate_argument_spec"]["argument_spec"]
    return doc_snippets.role_specs()[playbook]


def test_credential_type_has_the_connection_options():
    assert set(FIELDS) == {FIELD[option] for option in set(CONNECTION_OPTIONS) - ELSEWHERE}
    assert set(INJECTORS["env"]) == {environment_variable(option) for option in set(CONNECTION_OPTIONS) - ELSEWHERE}


@pytest.mark.parametrize("option", sorted(set(CONNECTION_OPTIONS) - ELSEWHERE))
def test_credential_type_field_matches_its_option(option):
    spec, field = CONNECTION_OPTIONS[option], FIELDS[FIELD[option]]
    # The path of a key is no secret, and its text is.
    assert field.get("secret", False) is (spec.get("no_log", False) or option == "client_key")
    if spec["type"] == "bool":
        # A checkbox that was not touched would be false, for validate_certs of all.
        assert (field["choices"], field["default"]) == (["true", "false"], str(spec["default"]).lower())
    elif "default" in spec:
        assert f"The default is {spec['default']}." in field["help_text"]
    expected = f"{{{{ {option} }}}}"
    if option in FILE:
        name = FILE[option]
        expected = f"{{% if {FIELD[option]} %}}{{{{ tower.filename.{name} }}}}{{% endif %}}"
        assert INJECTORS["file"][f"template.{name}"] == f"{{{{ {FIELD[option]} }}}}"
    assert INJECTORS["env"][environment_variable(option)] == expected


def test_credential_type_is_valid_for_a_controller():
    validation.check_credential_type({"kind": "cloud", "inputs": INPUTS, "injectors": INJECTORS})
    with pytest.raises(validation.Refused, match="undefined field"):
        validation.check_credential_type({"kind": "cloud", "inputs": {}, "injectors": INJECTORS})


def test_role_inputs_match_the_credential_type_D8():
    options = OPTIONS["awx_setup_credential_inputs"]["options"]
    assert {name: spec.get("no_log", False) for name, spec in options.items()} == {
        name: field.get("secret", False) for name, field in FIELDS.items()
    }
    # A switch can be given as a boolean, and AWX is sent a string.
    switches = {name for name, field in FIELDS.items() if "choices" in field}
    assert set(VARIABLES["__awx_setup_switches"]) == switches
    assert {name for name, spec in options.items() if spec["type"] == "bool"} == switches


@pytest.mark.shows("role awx_setup", "guide awx")
@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_survey_has_the_variables_of_its_play(playbook):
    content = survey(playbook)
    validation.check_survey(content)
    options = options_of(playbook)
    for question in content["spec"]:
        spec = options[question["variable"]]
        kind = "str" if spec["type"] == "path" else spec["type"]
        assert TYPES[question["type"]] == kind, question["variable"]
        default = str(spec["default"]).lower() if kind == "bool" else spec.get("default", question["default"])
        assert question["default"] == default, question["variable"]
        # AWX refuses a launch by its API without an answer to a required question, also if there is a default.
        assert question["required"] is (question["default"] == "" and bool(spec.get("required")))


@pytest.mark.shows("playbook awx_setup", "playbook awx_project")
def test_project_has_a_playbook_for_each_template():
    project = ROLE / "files/project"
    assert sorted(path.stem for path in project.glob("*.yml")) == sorted(
        [*PLAYBOOKS, "inventory", "execution-environment"]
    )
    for playbook in PLAYBOOKS:
        (play,) = yaml.safe_load((project / f"{playbook}.yml").read_text(encoding="utf-8"))
        assert play["ansible.builtin.import_playbook"] == f"astera.data_stack.{playbook}"
        assert (ROOT / f"playbooks/{playbook}.yml").exists()


def test_project_variables_are_those_of_the_roles():
    declared = loaded("roles/awx_setup/files/project/group_vars/astera/main.yml")
    assert set(declared) <= set(options_of("bootstrap"))
    known = doc_snippets.module_spec("astera_server")["argument_spec"]
    for name, part in declared.items():
        assert set(part) <= set(known[name.removeprefix("astera_")]["options"])


def ways(node):
    return {name: node[name] for name in ("success", "failure") if node[name]}


def test_workflow_is_green_only_after_an_audit_without_drift_D3_D12():
    nodes = {node["identifier"]: node for node in VARIABLES["__awx_setup_nodes"]}
    strict = {"astera_audit_fail_on_drift": "true"}
    kinds = {template["name"]: template["job_type"] for template in TEMPLATES}
    followed = {name for node in nodes.values() for others in ways(node).values() for name in others}
    assert set(nodes) - followed == {"plan"}
    for name, node in nodes.items():
        # Where the workflow can end with success, an audit has found every server in sync.
        if not node["success"]:
            assert (node["job_template"], node["extra_data"], kinds["audit"]) == ("audit", strict, "check"), name
    # Only drift asks for an approval, and only an approval lets anything be written.
    assert nodes["plan"]["failure"] == ["approve"]
    assert [name for name, node in nodes.items() if "apply" in node["success"] + node["failure"]] == ["approve"]
    assert nodes["approve"].get("job_template") is None
    assert ways(nodes["approve"]) == {"success": ["apply"]}
    # What the workflow's survey asks does not take the place of that.
    workflow = json.loads((ROLE / "files/surveys/workflow.json").read_text(encoding="utf-8"))
    validation.check_survey(workflow)
    questions = {question["variable"]: question for name in ("bootstrap", "audit") for question in survey(name)["spec"]}
    assert all(question == questions[question["variable"]] for question in workflow["spec"])
    assert not {question["variable"] for question in workflow["spec"]} & set(strict)


def test_credential_type_marks_secrets():
    secret = {name for name, spec in OPTIONS.items() if spec.get("no_log")}
    assert secret == {
        f"awx_setup_{name}"
        for name in ("credential_inputs", "vault_password", "controller_password", "controller_token")
    }


def test_installed_collection_is_detected():
    assert installed_collection("astera.data_stack")
    assert not installed_collection("astera.nothing")
    assert not installed_collection("nobody.nothing")
