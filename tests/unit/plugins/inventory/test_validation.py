# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the inventory rejects: the message names the file and the remedy, and never a secret."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.tests.inventories import Refused

SECRET = "canary-in-clear"
HEAD = {"format": "astera.data_stack.snapshot", "version": 1, "url": "https://a:9261"}
AUDIT = {**HEAD, "format": "astera.data_stack.audit"}


def refusal(read, **options):
    with pytest.raises(Refused) as caught:
        read(**options)
    return " ".join(str(caught.value).split())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"server": []}, ["server is not an option", "Use one of", "servers"]),
        ({"cache": True}, ["cache is not an option"]),
        ({"servers": "a"}, ["servers must be a list"]),
        ({"servers": [{"url": "https://a:1"}]}, ["entry 1", "has no name"]),
        ({"servers": ["a"]}, ["entry 1", "must be a dictionary"]),
        ({"servers": {"a": "https://a:1"}}, ["the server a", "must be a dictionary"]),
        ({"servers": [{"name": "a"}, {"name": "a"}]}, ["a is listed twice"]),
        ({"servers": [{"name": "a2"}, {"name": "a[1:3]"}]}, ["a2 is listed twice"]),
        ({"servers": [{"name": "a[1]"}]}, ["a[1] is not a range", "begin:end", "astera[01:03]"]),
        ({"servers": [{"name": "a[1:"}]}, ["a[1: is not a range"]),
        ({"servers": [{"name": "a[03:01]", "url": "https://a:1"}]}, ["a[03:01] is a range without hosts"]),
        ({"servers": {"a[1:2]": {"url": "https://a:1"}}}, ["a[1:2] cannot share one url", "inventory_hostname"]),
        ({"servers": {"a": {"astera_url": "x"}}}, ["a has an unknown key astera_url", "below vars"]),
        ({"servers": {"a": {"vars": ["x"]}}}, ["vars of the server a", "dictionary"]),
        ({"servers": {"a b": {}}}, ["'a b'", "name of a host"]),
        ({"servers": {"{{ a }}": {}}}, ["name of a host"]),
        ({"servers": {"": {}}}, ["name of a host"]),
        ({"servers": [{"name": 7}]}, ["7", "name of a host"]),
        ({"servers": {"a": {"url": "a:9261"}}}, ["the server a", "https://host:9261"]),
        ({"servers": {"a": {"url": f"https://u:{SECRET}@a"}}}, ["the server a", "contains credentials"]),
        ({"exports": ["nowhere"]}, ["nowhere do not exist", "create an empty directory"]),
        ({"exports": ["some.astera.yml"]}, ["some.astera.yml is no export", "'plugin'", "host_vars"]),
    ],
)
def test_inventory_rejects_a_bad_configuration(desk, options, words):
    message = refusal(desk.read, **options)
    assert [word for word in ["some.astera.yml", *words] if word not in message] == []
    assert SECRET not in message


def test_inventory_rejects_other_files_as_exports(desk):
    desk.put("notes.txt", "")
    assert "notes.txt is no export. Set a directory" in refusal(desk.read, exports=["exports/notes.txt"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"astera_license:\n  key: {SECRET}\n  x: [\nastera_cluster: {{}}\n", ["cannot be read as YAML from line"]),
        ("", ["is no export"]),
        ("- 1\n", ["is no export", "has no variables"]),
        ("- hosts: all\n", ["is no export"]),
        ("ansible_host: x\n", ["is no export", "'ansible_host'", "host_vars"]),
        ("{{ x }}: 1\n", ["cannot be read as YAML"]),
        ("astera_cluster: []\n", ["damaged", "astera_cluster", "a dictionary"]),
        ("astera_schedules: {}\n", ["damaged", "astera_schedules", "a list"]),
        ("astera_cluster: {name: '{{ x }}'}\n", ["a template, astera_cluster.name", "!unsafe", "host_vars"]),
        ("astera_cluster: {name: '{% x %}'}\n", ["a template, astera_cluster.name"]),
        ("astera_cluster: {name: '#jinja2: x'}\n", ["a template, astera_cluster.name"]),
        ("astera_cluster: {name: '{{ vault_x | upper }}'}\n", ["a template, astera_cluster.name"]),
        ("astera_cluster: {name: 'x {{ vault_x }}'}\n", ["a template, astera_cluster.name"]),
        ("astera_deployments: [{comment: a}, {comment: '{{ x }}'}]\n", ["a template, astera_deployments[2].comment"]),
        (f"astera_password: {SECRET}\n", ["in clear text, astera_password"]),
        (f"astera_server_config: {{repository: {{password: {SECRET}}}}}\n", ["in clear", "repository.password"]),
        (f"astera_license: {{key: {SECRET}}}\n", ["in clear text, astera_license.key", "vault_NAME"]),
        (
            f"astera_deployments: [{{config_content: {SECRET}}}]\n",
            ["in clear text, astera_deployments[1].config_content"],
        ),
        (f"astera_cluster: {{settings: {{mail: {{pwd: {SECRET}}}}}}}\n", ["in clear", "settings.mail.pwd"]),
        (f"astera_cluster: {{settings: {{password: !unsafe '{{{{ {SECRET} }}}}'}}}}\n", ["in clear"]),
        ("astera_license: {key: 12345678}\n", ["in clear text, astera_license.key"]),
    ],
)
def test_inventory_rejects_bad_export_variables(desk, exported, content, words):
    path = desk.put("a.yml", content)
    message = refusal(exported)
    assert [word for word in ["some.astera.yml", str(path), *words] if word not in message] == []
    assert SECRET not in message
    assert "12345678" not in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", ["not JSON"]),
        ({"format": "another"}, ["is no snapshot"]),
        ({**HEAD, "version": 2}, ["reads version 1"]),
        ({**HEAD, "server_config": []}, ["damaged", "server_config"]),
        ({**HEAD, "url": f"https://u:{SECRET}@a"}, ["no usable snapshot", "contains credentials"]),
        ({**HEAD, "url": "{{ x }}"}, ["no usable snapshot"]),
        ({**AUDIT, "servers": [{"id": "a"}]}, ["damaged", "no name"]),
        ({**AUDIT, "servers": ["a"]}, ["damaged", "no name"]),
        ({**AUDIT, "servers": [{"name": "a", "url": "ftp://a"}]}, ["no usable snapshot of a"]),
        ({**AUDIT, "servers": [{"name": "a", "snapshot": {"cluster": 1}}]}, ["damaged", "cluster"]),
    ],
)
def test_inventory_rejects_a_bad_snapshot(desk, exported, content, words):
    path = desk.put("a.json", content)
    message = refusal(exported)
    assert [word for word in ["some.astera.yml", str(path), *words] if word not in message] == []
    assert SECRET not in message


def test_inventory_rejects_a_binary_file(desk, exported):
    (desk.exports / "a.yml").write_bytes(b"astera_cluster: {name: '\xff'}\n")
    assert "a.yml cannot be read" in refusal(exported)


def test_inventory_rejects_two_files_of_one_server(desk, exported):
    desk.put("a.yml", "astera_cluster: {}\n")
    desk.put("a.yaml", "astera_cluster: {}\n")
    message = refusal(exported)
    assert "a.yaml and" in message
    assert "a.yml are both about the server a. Keep one of them." in message


def test_inventory_rejects_an_audit_and_an_export_of_one_server(desk):
    desk.export("a")
    desk.put("audit.json", {**AUDIT, "servers": [{"name": "a"}]})
    message = refusal(desk.read, exports=["exports"])
    assert "a.json and" in message
    assert "audit.json are both about the server a. Keep one of them." in message


def test_inventory_rejects_an_invalid_host_name(desk, exported):
    desk.put("a {{ b }}.yml", "astera_cluster: {}\n")
    assert "cannot be the name of a host" in refusal(exported)


@pytest.mark.parametrize(
    "content",
    [
        "astera_license: {user: x, organization: y, key: '{{ vault_astera_license_key }}'}\n",
        "astera_server_config: {update_password: always, repository: {password: ''}}\n",
        "astera_cluster: {settings: {passwordLength: 8, tokens: false}}\n",
        "astera_cluster:\nastera_schedules: []\n",
    ],
)
def test_inventory_accepts_manual_edits_of_an_export(desk, exported, content):
    desk.put("a.yml", content)
    hosts, _groups = exported({"vault_astera_license_key": SECRET})
    assert set(hosts["a"]) > {"astera_inventory"}
