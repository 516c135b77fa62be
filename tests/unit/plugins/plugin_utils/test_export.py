# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an export writes is read back as the very same, and what it cannot say, it says."""

from __future__ import annotations

import json
import re

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.astera.data_stack.plugins.plugin_utils._export import files, yaml_text
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
def test_export_is_read_back_by_ansible(value):
    assert read(yaml_text.dump({"variable": value})) == {"variable": value}


@given(TEXTS)
def test_export_marks_text_with_braces_as_untrusted(text):
    if "{{" in text or "{%" in text or "{#" in text:
        assert "!unsafe" in yaml_text.dump({"variable": text})


@given(TEXTS)
def test_export_comment_stays_on_its_line(text):
    """Whatever a server's text holds, the next line is still what it was."""
    assert read(yaml_text.comment(text) + "variable: 1\n") == {"variable": 1}


SNAPSHOT = {"server_config": {"serverProfile": "DEFAULT"}, "cluster": {}, "deployments": [], "schedules": []}


def lines(settings="comment", **parts):
    return files.variables({**SNAPSHOT, **parts}, "https://a:9261", settings)


def test_export_reports_two_objects_of_one_name():
    twins = [{"id": number, "name": "Twin", "clusterArchiveFilePath": "C:\\a.Car"} for number in (1, 2)]
    text = lines(deployments=twins)
    assert read(text)["astera_deployments"] == []
    assert "several deployments have this name" in text
    schedules = [{"id": number, "name": "Twin", "isFile": True, "schedule": {"typeName": "X"}} for number in (1, 2)]
    assert [item["id"] for item in read(lines(schedules=schedules))["astera_schedules"]] == [1, 2]


def not_managed(text):
    """What each part says about members without an option."""
    comments = re.sub(r"\n# ", " ", text)
    return re.findall(r"because no option sets them[^:]*: ([^\n]*?)(?: Not declared.*)?\n", comments)


# As the API spells what has an option, in another case, with what has none beside it.
WHOLE = {
    "server_config": {
        "ServerProfile": "DEFAULT",
        "Future": 1,
        "ServerDbInfo": {"Server": "sql01", "Pool": 5, "IsRepository": True, "Password": ""},
        "ConfigParameters": {"PurgeChunkSize": 1, "Later": None},
        "UpdateDtTm": "2026-01-01T00:00:00Z",
    },
    "cluster": {"Id": 1, "Name": "A", "StagingDirectory": {"Path": "C:\\", "Quota": 1}, "MailSetup": {"Port": 25}},
    "deployments": [
        {"Id": 1, "Name": "D", "ClusterArchiveFilePath": "C:\\a.Car", "UserArchiveFilePath": "", "Tags": None},
        {"Id": 2, "Name": "E", "ClusterArchiveFilePath": "C:\\a.Car", "Owner": "x"},
    ],
    "schedules": [
        {
            "Id": 1,
            "Name": "S",
            "IsFile": True,
            "FilePathResolved": {"Path": "C:\\a.Df", "Exists": True},
            "JobOptions": {"UsePushdownOptimization": True, "Priority": 1},
            "Schedule": {"TypeName": "X"},
            "Expires": 5,
        }
    ],
}


def test_export_names_exactly_the_members_without_an_option_F5():
    assert not_managed(lines(**WHOLE)) == [
        "ConfigParameters.Later, Future, ServerDbInfo.Pool",
        "MailSetup, StagingDirectory.Quota",
        "Owner, Tags",
        "Expires, FilePathResolved.Exists, JobOptions.Priority",
    ]
    assert "settings" not in lines(**WHOLE)


def test_export_declares_members_without_an_option_where_settings_can_hold_them_F5():
    text = lines("declare", **WHOLE)
    assert not_managed(text) == [
        "ConfigParameters.Later, Future, ServerDbInfo.Pool",
        "StagingDirectory.Quota",
        "FilePathResolved.Exists, JobOptions.Priority",
    ]
    document = read(text)
    assert document["astera_cluster"]["settings"] == {"MailSetup": {"Port": 25}}
    assert [item.get("settings") for item in document["astera_deployments"]] == [None, {"Owner": "x"}]
    assert [item["settings"] for item in document["astera_schedules"]] == [{"Expires": 5}]


def test_export_of_a_bare_server_declares_no_secret_F5():
    blank = {"server": "", "user": "", "password": "", "port": 0}
    text = lines(
        server_config={"serverProfile": "", "port": 9261, "serverDbInfo": blank}, cluster={"id": 1, "name": ""}
    )
    assert read(text) == {
        "astera_server_config": {"port": 9261},
        "astera_cluster": {},
        "astera_deployments": [],
        "astera_schedules": [],
    }
    assert "vault_astera_repository_password" not in text


@pytest.mark.parametrize(
    ("info", "known"),
    [
        ({"password": "********"}, True),
        ({"user": "", "password": "********"}, True),
        ({"user": "sa"}, True),
        ({"user": "sa", "password": ""}, True),
        ({"user": "", "password": ""}, False),
        ({"user": None, "password": None}, False),
    ],
)
def test_export_asks_for_a_repository_password_that_there_is_F5(info, known):
    config = read(lines(server_config={"serverDbInfo": info}))["astera_server_config"]
    password = config.get("repository", {}).get("password")
    assert password == ("{{ vault_astera_repository_password }}" if known else None)


def test_export_has_variables_for_declared_secrets_only():
    cluster = {"mailSetup": {"password": "********", "port": 25}}
    assert "vault_astera_cluster" not in lines(cluster=cluster)
    text = lines("declare", cluster=cluster)
    (variable,) = set(re.findall(r"vault_astera_cluster\w+", text))
    settings = read(text)["astera_cluster"]["settings"]
    assert settings["mailSetup"]["port"] == 25
    assert settings["mailSetup"]["password"] == "{{ " + variable + " }}"


@pytest.mark.parametrize("part", ["server_config", "deployments", "schedules"])
def test_export_fails_if_a_part_could_not_be_read(part):
    with pytest.raises(ValueError, match=part):
        lines(unread={part: {"status": 403, "msg": "no"}})


def written(snapshot, previous=None, taken_at="2026-01-01T00:00:00Z", server=None):
    text = json.dumps(previous) if isinstance(previous, dict) else previous
    return files.snapshot_file(snapshot, "https://a:9261", taken_at, server, text)


def weekly(stamp, moved, **more):
    when = {"typeName": "Weekly", "days": ["Monday"], "nextRun": moved}
    return {"id": 1, "name": "W", "isFile": True, "updateDtTm": stamp, "schedule": when, "runs": moved, **more}


def test_snapshot_keeps_its_time_while_nothing_else_differs():
    first = written(SNAPSHOT)
    assert written(SNAPSHOT, first, "2026-02-01T00:00:00Z") == first
    other = written({**SNAPSHOT, "schedules": [{"id": 1}]}, first, "2026-02-01T00:00:00Z")
    assert json.loads(other)["taken_at"] == "2026-02-01T00:00:00Z"


@pytest.mark.parametrize("previous", ["", "[", "[1]", "null", '{"format": "x"}', '{"volatile": 1}', "5", None])
def test_snapshot_replaces_a_file_that_is_no_snapshot(previous):
    assert written(SNAPSHOT, previous) == written(SNAPSHOT)


def test_snapshot_leaves_out_what_differs_between_two_reads_A13():
    whole = {**SNAPSHOT, "schedules": [weekly("t", 1)], "volatile": {"schedules": ["schedule.nextRun", "runs"]}}
    moved = {**whole, "schedules": [weekly("t", 2)]}
    assert written(moved, written(whole), "2026-02-01T00:00:00Z") == written(whole)
    assert lines(**moved) == lines(**whole)
    assert "nextRun" not in read(lines("declare", **whole))["astera_schedules"][0]["schedule"]
    assert "settings" not in read(lines("declare", **whole))["astera_schedules"][0]


def test_export_learns_from_the_previous_one_what_moves_slowly_A13():
    """Between two exports only an object that was not written can tell."""
    first = json.loads(written({**SNAPSHOT, "schedules": [weekly("t", 1)], "cluster": {"beat": 1}}))
    later = {**SNAPSHOT, "schedules": [weekly("t", 2)], "cluster": {"beat": 2}}
    second = json.loads(written(later, first))
    assert second["volatile"] == {"schedules": ["runs", "schedule.nextRun"]}
    assert second["schedules"][0]["schedule"] == {"typeName": "Weekly", "days": ["Monday"]}
    assert second["cluster"] == {"beat": 2}
    # It is known from then on, also of an object that was written.
    third = {**later, "schedules": [weekly("u", 3, traceLevel="Job")]}
    assert json.loads(written(third, second))["volatile"] == second["volatile"]
    assert written({**later, "schedules": [weekly("t", 4)]}, second, "2027-01-01T00:00:00Z") == written(later, first)


def test_export_takes_no_written_object_for_a_moving_one_A13():
    first = json.loads(written({**SNAPSHOT, "schedules": [weekly("t", 1)]}))
    assert "volatile" not in json.loads(written({**SNAPSHOT, "schedules": [weekly("u", 2)]}, first))


def test_export_ignores_a_damaged_list_of_moving_members_A13():
    first = json.loads(written(SNAPSHOT))
    for damaged in (1, {"schedules": 1}, {"schedules": [1, None]}, {"other": ["x"]}):
        assert json.loads(written(SNAPSHOT, {**first, "volatile": damaged})).get("volatile") is None


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ({"version": "10", "uptime": 1}, {"version": "10", "uptime": 2}, True),
        ({"version": "10"}, {"version": "11"}, False),
        ({"uptime": 1}, {"uptime": 2}, True),
        ({"version": "10"}, None, False),
        (None, {"version": "10"}, False),
        ("up for 1 s", "up for 2 s", True),
    ],
)
def test_snapshot_changes_with_the_version_of_the_server_only_A13(before, after, same):
    first = written(SNAPSHOT, server=before)
    second = written(SNAPSHOT, first, "2026-02-01T00:00:00Z", after)
    assert (second == first) is same
    assert same or json.loads(second).get("server") == after


def test_comment_names_a_member_alike_before_and_after_it_moved_A13():
    still = {**SNAPSHOT, "cluster": {"activity": {"beat": 1, "kept": 2}, "stagingDirectory": {"path": "C", "free": 1}}}
    moving = {**still, "volatile": {"cluster": ["activity.beat", "stagingDirectory.free"]}}
    assert lines(**still) == lines(**moving)
    assert not_managed(lines(**moving)) == ["activity, stagingDirectory.free"]
