# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible makes of values on their way through a role's variables, on whichever ansible-core runs the tests."""

from __future__ import annotations

import json

import pytest
import yaml
from ansible.release import __version__ as ansible_version
from ansible_collections.astera.data_stack.tests import isolated_home
from ansible_collections.astera.data_stack.tests.emulator import Emulator

PLAY = [{"hosts": "astera", "gather_facts": False, "roles": ["astera.data_stack.bootstrap"]}]
LIKE_NUMBERS = ["1.10", "2024_01", "1e3", "0123", "yes"]
KEY = "1234567890_12345"
PASSWORD = "1e3_0"


class Desk:
    def __init__(self, folder, server):
        self.folder, self.server = folder, server
        (folder / "play.yml").write_text(yaml.safe_dump(PLAY), encoding="utf-8")
        (folder / "a.car").write_bytes(b"PK content")

    def play(self, variables, *options, expect=0, **settings):
        """variables: YAML of the group's variables. → what was printed."""
        self.server.clear_requests()
        hosts = {
            "astera_url": self.server.url,
            "astera_username": self.server.username,
            "astera_ca_path": self.server.ca_path,
            "vault_password": self.server.password,
            "ansible_connection": "local",
        }
        (self.folder / "group_vars").mkdir(exist_ok=True)
        (self.folder / "group_vars/astera.yml").write_text(variables, encoding="utf-8")
        (self.folder / "hosts.yml").write_text(
            yaml.safe_dump({"astera": {"hosts": {"astera01": hosts}}}), encoding="utf-8"
        )
        words = ("-i", "hosts.yml", "play.yml", "-e", "astera_retries=0 astera_wait_timeout=0", *options)
        return "".join(isolated_home.run(self.folder, "ansible-playbook", *words, expect=expect, **settings))


@pytest.fixture
def desk(tmp_path):
    with Emulator(password=PASSWORD) as server:
        yield Desk(tmp_path, server)


VALUES = """
astera_password: "{{ vault_password }}"
astera_cluster:
  name: "{{ nothing | default(omit) }}"
  purge_job_info_after: "{{ omit }}"
  purge_event_info_after: "14"
  send_error_info_to_astera: "{{ nothing | default(omit) }}"
  staging_directory: null
  settings: {mailSetup: {host: "1.10"}}
astera_license: {user: Jane, organization: "{{ vault_organization }}", key: "{{ vault_key }}"}
vault_key: "%(key)s"
vault_organization: "2024_01"
astera_deployments:
  %(deployments)s
  - "{{ omit }}"
astera_schedules: "{{ base_schedules }}"
base_schedules:
  - name: Daily
    file_path: 'C:\\a.df'
    start_item: "{{ nothing | default(omit) }}"
    daily: {start_time: 2026-12-01T04:30:00+01:00}
    is_active: "no"
    skip_if_running: null
    trace_level: "{{ omit }}"
"""


@pytest.mark.each_value(native=["true"])
@pytest.mark.parametrize("native", ["true", "false"])
def test_role_values_keep_their_type_A10_A11(desk, native):
    names = [f'- {{name: "{{{{ name{number} }}}}", archive: a.car, comment: "{{{{ omit }}}}"}}' for number in range(5)]
    variables = VALUES % {"key": KEY, "deployments": "\n  ".join(names)}
    variables += "".join(f'name{number}: "{name}"\n' for number, name in enumerate(LIKE_NUMBERS))
    settings = {"ANSIBLE_JINJA2_NATIVE": native, "ANSIBLE_DEPRECATION_WARNINGS": "false"}
    printed = desk.play(variables, **settings)
    state = desk.server.state
    assert sorted(item["name"] for item in state["deployments"]) == sorted(LIKE_NUMBERS)
    assert {item["comment"] for item in state["deployments"]} == {""}
    assert state["license"]["key"] == KEY
    assert state["license"]["organization"] == "2024_01"
    assert state["cluster"]["purgeEventInfoAfter"] == 14
    assert state["cluster"]["mailSetup"]["host"] == "1.10"
    (schedule,) = state["schedules"]
    assert schedule["isActive"] is False
    assert schedule["schedule"]["dailyScheduleBase"]["startTime"].startswith("2026-12-01T04:30:00")
    assert "omit" not in json.dumps(state, default=str)
    assert "changed=3" in printed.replace("changed=4", "changed=3")
    assert "changed=0" in desk.play(variables, **settings)


OMITTED = """
astera_password: "%s"
astera_server_config: "{{ nothing | default(omit) }}"
astera_license: "{{ nothing | default(omit) }}"
astera_cluster: "{{ nothing | default(omit) }}"
astera_schedules: "{{ nothing | default(omit) }}"
astera_cluster_id: "{{ nothing | default(omit) }}"
"""


def test_role_skips_a_part_that_is_omitted_A10(desk):
    desk.play(OMITTED % PASSWORD + 'astera_deployments: "{{ nothing | default(omit) }}"\n')
    assert desk.server.writes == []


def test_omitted_pause_is_no_pause_A2_A10(desk):
    """The option of the module that it is passed to is true by default. Before 2.19, Ansible refuses it."""
    refused = tuple(map(int, ansible_version.split(".")[:2])) < (2, 19)
    deployments = "astera_deployments: [{name: Sales, archive: a.car}]\n"
    pause = 'astera_pause_during_deploy: "{{ nothing | default(omit) }}"\n'
    desk.play(OMITTED % PASSWORD + deployments + pause, expect=2 if refused else 0)
    assert [entry for entry in desk.server.commits if entry.path == "/api/Cluster"] == []
    assert [item["name"] for item in desk.server.state["deployments"]] == ([] if refused else ["Sales"])


def test_role_values_can_be_json_strings(desk):
    given = {
        "astera_password": PASSWORD,
        "astera_cluster": json.dumps({"purge_job_info_after": 31}),
        "astera_deployments": json.dumps([{"name": "Sales", "archive": "a.car"}]),
        "astera_schedules": "",
        "astera_license": None,
        "astera_pause_during_deploy": "false",
        "astera_delegate_to": "",
    }
    printed = desk.play("{}", "-e", json.dumps(given))
    assert "changed=2" in printed
    assert desk.server.state["cluster"]["purgeJobInfoAfter"] == 31
    assert [item["name"] for item in desk.server.state["deployments"]] == ["Sales"]
    assert [entry.json["pauseAllServers"] for entry in desk.server.commits if entry.path == "/api/Cluster"] == [False]


EMPTY_DICTS, EMPTY_LISTS = ({}, "{}", ""), ("[]", "")


@pytest.mark.parametrize(
    ("dicts", "lists"),
    [
        pytest.param(EMPTY_DICTS, EMPTY_LISTS, id="each"),
        *(pytest.param([value] * 3, (), marks=pytest.mark.full) for value in EMPTY_DICTS),
        *(pytest.param((), [value] * 2, marks=pytest.mark.full) for value in EMPTY_LISTS),
    ],
)
def test_role_skips_an_empty_part(desk, dicts, lists):
    given = dict(zip(("astera_server_config", "astera_license", "astera_cluster"), dicts, strict=False))
    given |= dict(zip(("astera_deployments", "astera_schedules"), lists, strict=False))
    printed = desk.play("{}", "-e", json.dumps({"astera_password": PASSWORD, **given}))
    assert "changed=0" in printed
    assert desk.server.writes == []


def test_role_names_the_part_of_malformed_json(desk):
    given = {"astera_password": PASSWORD, "astera_server_config": '{"server_profile": '}
    printed = desk.play("{}", "-e", json.dumps(given), expect=2)
    assert "server_config must be a dictionary and is text that is not valid JSON. Correct its value" in printed
    assert desk.server.requests == []


@pytest.mark.parametrize(
    ("given", "paused"),
    [
        ("yes", True),
        # test_role_values_can_be_json_strings has "false".
        *(
            pytest.param(*case, marks=pytest.mark.full)
            for case in (("false", False), ("True", True), ("0", False), ("n", False))
        ),
    ],
)
def test_pause_during_deploy_takes_each_boolean_A2(desk, given, paused):
    given = {"astera_pause_during_deploy": given, "astera_deployments": [{"name": "Sales", "archive": "a.car"}]}
    desk.play("{}", "-e", json.dumps({"astera_password": PASSWORD, **given}))
    pauses = [entry.json["pauseAllServers"] for entry in desk.server.commits if entry.path == "/api/Cluster"]
    assert pauses == ([True, False] if paused else [])


def test_start_at_task_works_B8(desk):
    given = {"astera_password": PASSWORD, "astera_deployments": [{"name": "Sales", "archive": "a.car"}]}
    desk.play("{}", "-e", json.dumps(given), "--start-at-task", "Deploy the archives")
    assert [item["name"] for item in desk.server.state["deployments"]] == ["Sales"]


@pytest.mark.parametrize("way", ["apply", "play"])
def test_check_mode_is_that_of_the_task_A12(tmp_path, way):
    """A real run inside --check fails where it fails; check mode that the play asks for runs to its end on a bare server."""
    from ansible_collections.astera.data_stack.tests.emulator import Dialect

    variables = {
        "astera_password": PASSWORD,
        "astera_server_config": {"repository": {"data_provider": "PostgreSQL", "database": "Repository"}},
        "astera_deployments": [{"name": "Sales", "archive": "a.car"}],
    }
    with Emulator(Dialect(unconfigured="refused"), password=PASSWORD) as server:
        desk = Desk(tmp_path, server)
        play = {"hosts": "astera", "gather_facts": False}
        if way == "play":
            play.update(check_mode=True, roles=["astera.data_stack.bootstrap"])
        else:
            task = {"name": "astera.data_stack.bootstrap", "apply": {"check_mode": False}}
            play["tasks"] = [{"ansible.builtin.include_role": task}]
        (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
        options = ["-e", json.dumps(variables)]
        if way == "play":
            printed = desk.play("{}", *options)
            assert "Nothing can be predicted here" in " ".join(printed.split())
            assert server.writes == []
        else:
            desk.play("{}", *options, "--check", expect=2)
            assert [entry.path for entry in server.commits] == ["/api/Server/Config"]


def test_role_obeys_diff_false_beside_a_registered_now_A14_A16(desk):
    """A variable of a user's may have any name: the role calls nothing that it would hide."""
    (desk.folder / "play.yml").write_text(yaml.safe_dump([{**PLAY[0], "diff": False}]), encoding="utf-8")
    given = {"astera_password": PASSWORD, "now": {"x": 1}, "range": 1, "astera_cluster": {"name": "A"}}
    printed = desk.play("{}", "--diff", "-e", json.dumps(given))
    assert "+++ after" not in printed
    assert "astera01 => cluster: update" in printed
    assert desk.server.state["cluster"]["name"] == "A"


SHADOWED = """
astera_password: "{{ vault_password }}"
lookup: {found: nothing}
query: {found: nothing}
astera_cluster: {name: PRODUCTION}
"""


@pytest.mark.parametrize(
    ("role", "tasks"),
    [
        ("bootstrap", ["main"]),
        ("audit", ["main", "report"]),
        pytest.param("export", ["main"], marks=pytest.mark.full),
        pytest.param("maintenance", ["begin", "end"], marks=pytest.mark.full),
    ],
)
def test_role_works_where_a_variable_is_named_lookup(desk, role, tasks):
    included = [
        {"ansible.builtin.include_role": {"name": f"astera.data_stack.{role}", "tasks_from": name}} for name in tasks
    ]
    command = {"ansible.builtin.command": "true", "delegate_to": "localhost", "register": "lookup"}
    play = [{"hosts": "astera", "gather_facts": False, "tasks": [command, *included]}]
    (desk.folder / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
    desk.play(
        SHADOWED,
        *("-e", f"astera_export_dir={desk.folder}/export astera_audit_dir={desk.folder}/audit"),
        *("-e", f"astera_maintenance_dir={desk.folder}/state"),
    )
    assert desk.server.requests
