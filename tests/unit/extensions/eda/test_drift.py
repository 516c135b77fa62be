# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source drift: who is told of, when, and of what never."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import yaml
from ansible_collections.astera.data_stack.plugins.plugin_utils._audit import report as _audit
from ansible_collections.astera.data_stack.plugins.plugin_utils._audit.report import HostResult, ReportMetadata
from ansible_collections.astera.data_stack.tests.eda_runner import module, play
from ansible_collections.astera.data_stack.tests.fleet import AT, UNREACHABLE, entry, fleet, snapshot
from hypothesis import given, settings
from hypothesis import strategies as st

DRIFT = module("drift")
URL = "https://graz01:9261"


def report(*found, hours=0):
    return _audit.report(found, ReportMetadata(AT + timedelta(hours=hours), "jane", "Audit"))


def server(*entries, name="graz01", **keys):
    return HostResult(name, {"failed": False, "plan": list(entries), "url": URL, "snapshot": {"unread": {}}, **keys})


def unreachable(seconds=30, code="unreachable"):
    error = {**UNREACHABLE, "code": code}
    return HostResult(
        "graz01", {"failed": True, "msg": f"no answer after {seconds} s", "error": error}, frozenset(), URL
    )


IN_SYNC = server(entry("deployment", "Sales"))
COMMENT = server(entry("deployment", "Sales", fields=[("comment", "a", "b")]))
OTHER_COMMENT = server(entry("deployment", "Sales", fields=[("comment", "c", "b")]))
MORE = server(
    entry("cluster", fields=[("name", "a", "b")]), entry("deployment", "Sales", fields=[("comment", "a", "b")])
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "audit.json"


def writer(path, *found, hours=0):
    return lambda: path.write_text(json.dumps(report(*found, hours=hours)), encoding="utf-8")


def states(rounds):
    return [[event["drift"]["state"] for event in events] for events in rounds]


def test_drift_event_has_all_that_a_rule_needs(path):
    ((event,),) = play("drift", {"path": str(path)}, writer(path, MORE, server(entry("cluster"), name="linz01")))
    assert event == {
        "drift": {
            "server": "graz01",
            "url": URL,
            "state": "drifted",
            "parts": ["cluster", "deployments"],
            "objects": [
                {"kind": "cluster", "name": "cluster", "state": "drifted", "action": "update", "fields": ["name"]},
                {"kind": "deployment", "name": "Sales", "state": "drifted", "action": "update", "fields": ["comment"]},
            ],
            "counts": {"parts": 2, "objects": 2, "fields": 2},
            "error": None,
            "generated_at": "2026-11-24T09:30:00Z",
            "report": str(path),
        },
        "meta": {"hosts": ["graz01"]},
    }


def test_drift_event_of_a_failed_server_says_why(path):
    ((event,),) = play("drift", {"path": str(path)}, writer(path, unreachable()))
    assert event["drift"]["state"] == "failed"
    assert event["drift"]["error"] == {"code": "unreachable", "status": None, "outcome": "not_committed"}


@pytest.mark.parametrize(
    ("first", "second", "news"),
    [
        (COMMENT, COMMENT, []),
        (unreachable(30), unreachable(31), []),
        (COMMENT, OTHER_COMMENT, ["drifted"]),
        (COMMENT, MORE, ["drifted"]),
        (COMMENT, unreachable(), ["failed"]),
        (unreachable(), unreachable(code="tls"), ["failed"]),
        (COMMENT, IN_SYNC, ["in_sync"]),
        (IN_SYNC, IN_SYNC, []),
        (COMMENT, server(), []),
    ],
)
def test_drift_reports_only_new_findings(path, first, second, news):
    steps = [writer(path, first), writer(path, second, hours=1), writer(path, second, hours=2), None]
    rounds = states(play("drift", {"path": str(path)}, *steps))
    assert rounds[1:] == [news, [], []]


def test_drift_reports_a_finding_that_returns(path):
    steps = [writer(path, one, hours=hours) for hours, one in enumerate([COMMENT, IN_SYNC, COMMENT])]
    assert states(play("drift", {"path": str(path)}, *steps)) == [["drifted"], ["in_sync"], ["drifted"]]


def test_drift_ignores_servers_that_a_report_lacks(path):
    other = server(entry("cluster"), name="linz01")
    steps = [writer(path, one, hours=hours) for hours, one in enumerate([COMMENT, other, COMMENT])]
    assert states(play("drift", {"path": str(path)}, *steps)) == [["drifted"], [], []]


@pytest.mark.parametrize("before", [None, COMMENT])
def test_drift_waits_for_a_complete_report(path, caplog, before):
    whole = json.dumps(report(unreachable()))
    steps = [writer(path, before)] if before else [None]
    steps += [lambda half=whole[:size]: path.write_text(half) for size in (0, 1, len(whole) // 2, len(whole) - 1)]
    steps += [path.unlink, None, lambda: path.write_text(whole)]
    rounds = states(play("drift", {"path": str(path)}, *steps))
    assert rounds == [["drifted"] if before else [], [], [], [], [], [], [], ["failed"]]
    # Once for each reason, however often it is looked at.
    said = [record.getMessage() for record in caplog.records]
    missing = f"{path} cannot be read (No such file or directory). Waiting for the report of the audit."
    assert said == [missing] * (not before) + [
        f"{path} is not complete yet. Waiting for the report of the audit.",
        missing,
    ]


def test_drift_logs_an_error_again_when_it_returns(path, caplog):
    def half():
        path.write_text("{")

    play("drift", {"path": str(path)}, half, None, writer(path, COMMENT), half, None)
    assert len(caplog.records) == 2


def test_drift_reads_an_unchanged_file_once(path, monkeypatch):
    looked = []
    report_of = DRIFT._report
    monkeypatch.setattr(DRIFT, "_report", lambda *given: looked.append(1) or report_of(*given))
    play("drift", {"path": str(path)}, writer(path, COMMENT), None, writer(path, COMMENT), None, writer(path, MORE))
    assert len(looked) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "is not the report of an audit"),
        ('{"format": "astera.data_stack.export"}', "is not the report of an audit"),
        ('{"format": "astera.data_stack.audit", "version": 2}', "has version 2"),
    ],
)
def test_drift_fails_on_a_file_that_is_not_a_report(path, content, said):
    path.write_text(content)
    with pytest.raises(ValueError, match=said):
        play("drift", {"path": str(path)}, None)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({}, "path is missing"),
        ({"path": ""}, "path is missing"),
        ({"path": "a", "poll_interval": 0}, "at least 0.1"),
        ({"path": "a", "poll_interval": "often"}, "at least 0.1"),
        ({"path": "a", "poll_interval": float("nan")}, "at least 0.1"),
        ({"path": "a", "delay": 1}, "no option delay"),
    ],
)
def test_drift_rejects_bad_options(args, said):
    with pytest.raises(ValueError, match=said):
        play("drift", args, None)


def test_drift_reads_the_reports_of_this_collection():
    assert (DRIFT.FORMAT, DRIFT.VERSION) == (_audit.FORMAT, _audit.VERSION)
    assert set(DRIFT.NEEDS_ATTENTION) == {_audit.DRIFTED, _audit.FAILED}


def test_drift_documentation_matches_the_code(path):
    options = yaml.safe_load(DRIFT.DOCUMENTATION)["options"]
    assert {name for name, spec in options.items() if spec.get("required")} == {"path"}
    defaults = {name: spec["default"] for name, spec in options.items() if "default" in spec}
    assert DRIFT._options({"path": str(path)}) == (str(path), defaults["poll_interval"])
    ((event,),) = play("drift", {"path": str(path), **defaults}, writer(path, MORE))
    assert set(yaml.safe_load(DRIFT.RETURN)["drift"]["contains"]) == set(event["drift"])


def test_drift_reports_a_large_fleet():
    model = _audit.report(fleet(30), ReportMetadata(AT, "jane", "Audit"))
    told = DRIFT.ReportedFindings()
    events = told.events(model, "/audit.json")
    assert [event["drift"]["server"] for event in events] == [
        one["name"] for one in model["servers"] if one["state"] in ("drifted", "failed")
    ]
    assert len(events) == model["counts"]["servers"]["drifted"] + model["counts"]["servers"]["failed"] > 0
    assert sum(event["drift"]["counts"]["fields"] for event in events) == model["counts"]["fields"]
    assert told.events(model, "/audit.json") == []


def test_drift_event_has_no_values():
    value = "canary/value-of-a-setting"
    drifted = server(entry("deployment", "Sales", fields=[("comment", value, f"{value}2")]))
    assert value not in json.dumps(DRIFT.ReportedFindings().events(report(drifted), ""))


HIDING = [
    "{{ 7 * 7 }}",
    "a{",
    "}b",
    "{% if 1 %}",
    "{# x #}",
    "$ANSIBLE_VAULT;1.1;AES256",
    "a\nb",
    "\u202eexe",
    "x" * 1025,
]


@pytest.mark.parametrize("text", HIDING)
def test_drift_event_has_no_text_that_hides_a_template_E8(text):
    """Wherever a server can put one: in a name, in an option, in an error."""
    error = {**UNREACHABLE, "msg": text, "detail": text, "path": text}
    fields = [(text, text, text), (f"settings.{text}", 1, 2)]
    failed = {"failed": True, "msg": text, "error": error, "snapshot": snapshot(0)}
    found = server(entry("deployment", text, fields), entry("schedule", "Load", error=error), **failed)
    (event,) = DRIFT.ReportedFindings().events(report(found), "/audit.json")
    assert text not in json.dumps(event, ensure_ascii=False)
    assert [item["name"] for item in event["drift"]["objects"]] == [DRIFT.WITHHELD, "Load"]
    assert event["drift"]["objects"][0]["fields"] == [DRIFT.WITHHELD] * 2
    assert (event["drift"]["state"], event["drift"]["server"], event["meta"]["hosts"]) == (
        "failed",
        "graz01",
        ["graz01"],
    )


def test_drift_event_keeps_the_names_that_people_give_E8():
    names = ["Sales (EU) #1", "50% load", "C# $1 & <x> [y] 'z' \"q\" `t`", "東京", "D:\\Flows\\a.car", ""]
    assert DRIFT.without_templates(names) == names


@given(st.recursive(st.text() | st.integers() | st.none() | st.booleans(), st.lists, max_leaves=9))
def test_drift_event_text_has_no_delimiter_even_when_joined_E8(value):
    def texts(item):
        return [text for one in item for text in texts(one)] if isinstance(item, list) else [item]

    mark_untrusted = texts(DRIFT.without_templates(value))
    joined = "".join(item for item in mark_untrusted if isinstance(item, str))
    assert not set(joined) & {"{", "}"}
    assert joined.isprintable()
    assert [item for item in mark_untrusted if not isinstance(item, str)] == [
        item for item in texts(value) if not isinstance(item, str)
    ]


def test_drift_event_of_a_host_with_a_template_as_its_name_limits_a_play_to_no_host_E8():
    """With an empty list ansible-rulebook would run the playbook on all hosts."""
    (event,) = DRIFT.ReportedFindings().events(
        report(server(entry("cluster", fields=[("name", 1, 2)]), name="{{ x }}")), ""
    )
    assert event["meta"]["hosts"] == [event["drift"]["server"]] == [DRIFT.WITHHELD]


@settings(deadline=None)
@given(st.lists(st.sampled_from([IN_SYNC, COMMENT, MORE, unreachable(), server()]), max_size=12), st.randoms())
def test_drift_events_give_the_last_known_state(history, chance):
    """The events alone give the last known state, and no event repeats another."""
    told, known, last = DRIFT.ReportedFindings(), "in_sync", None
    for hours, found in enumerate(history):
        model = report(found, hours=hours)
        for _again in range(chance.randint(1, 2)):
            for event in told.events(model, ""):
                said = {**event["drift"], "generated_at": None}
                assert said != last
                known, last = said["state"], said
        actual = model["servers"][0]["state"]
        assert actual in (known, "not_checked")
