# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an export writes is read back as the very same, and what it cannot say, it says."""

from __future__ import annotations

import json
import re

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.astera.data_stack.plugins.plugin_utils import _export, _yaml
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=30),
    st.text("{}%#! :-\n\t'\"&*?|>0123yesno~", max_size=20),
    st.sampled_from(["0123", "1:30", "{{ x }}", "#jinja2: y", "!unsafe", "~", "\n", " x", "x\n", "\x85", "\ufeff"]),
)
VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS.filter(bool), inner, max_size=4)),
    max_leaves=10,
)


def read(text):
    """As Ansible reads a file of variables."""
    return plainly(DataLoader().load(text))


def plainly(value):
    if isinstance(value, dict):
        return {str(key): plainly(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plainly(item) for item in value]
    return str(value) if isinstance(value, str) else value


@given(VALUES)
def test_ansible_reads_back_what_was_written(value):
    assert read(_yaml.dump({"variable": value})) == {"variable": value}


@given(TEXTS)
def test_a_text_with_braces_is_never_a_template(text):
    if "{{" in text or "{%" in text or "{#" in text:
        assert "!unsafe" in _yaml.dump({"variable": text})


@given(TEXTS)
def test_a_comment_ends_where_it_should(text):
    """Whatever a server's text holds, the next line is still what it was."""
    assert read(_yaml.comment(text) + "variable: 1\n") == {"variable": 1}


SNAPSHOT = {"server_config": {"serverProfile": "DEFAULT"}, "cluster": {}, "deployments": [], "schedules": []}


def lines(**parts):
    return _export.variables({**SNAPSHOT, **parts}, "https://a:9261")


def test_two_of_one_name_are_told():
    twins = [{"id": number, "name": "Twin", "clusterArchiveFilePath": "C:\\a.Car"} for number in (1, 2)]
    text = lines(deployments=twins)
    assert read(text)["astera_deployments"] == []
    assert "several deployments have this name" in text
    schedules = [{"id": number, "name": "Twin", "isFile": True, "schedule": {"typeName": "X"}} for number in (1, 2)]
    assert [item["id"] for item in read(lines(schedules=schedules))["astera_schedules"]] == [1, 2]


def test_what_has_no_option_is_named():
    text = lines(server_config={"serverProfile": "DEFAULT", "futureKey": 1})
    assert "No option sets these" in text
    assert "futureKey" in text
    assert "futureKey" not in read(text)["astera_server_config"]


def test_secrets_are_variables_to_set():
    text = lines(cluster={"mailSetup": {"password": "********", "port": 25}})
    (variable,) = set(re.findall(r"vault_astera_cluster\w+", text))
    settings = read(text)["astera_cluster"]["settings"]
    assert settings["mailSetup"]["port"] == 25
    assert settings["mailSetup"]["password"] == "{{ " + variable + " }}"


@pytest.mark.parametrize("part", ["server_config", "deployments", "schedules"])
def test_a_part_that_could_not_be_read_stops_the_export(part):
    with pytest.raises(ValueError, match=part):
        lines(unread={part: {"status": 403, "msg": "no"}})


def test_the_time_of_a_snapshot_is_kept_while_nothing_else_differs():
    first = _export.snapshot_file(SNAPSHOT, "https://a:9261", "2026-01-01T00:00:00Z")
    assert _export.snapshot_file(SNAPSHOT, "https://a:9261", "2026-02-01T00:00:00Z", previous=first) == first
    other = _export.snapshot_file(
        {**SNAPSHOT, "schedules": [{"id": 1}]}, "https://a:9261", "2026-02-01T00:00:00Z", previous=first
    )
    assert json.loads(other)["taken_at"] == "2026-02-01T00:00:00Z"
