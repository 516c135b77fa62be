# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of an audit: one model, four formats, none of which a server's words can break."""

from __future__ import annotations

import copy
import json
import re
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.astera.data_stack.plugins.action import audit_report
from ansible_collections.astera.data_stack.plugins.plugin_utils._audit import pages as _pages
from ansible_collections.astera.data_stack.plugins.plugin_utils._audit import report as _audit
from ansible_collections.astera.data_stack.plugins.plugin_utils._audit.hosts import read_host_result
from ansible_collections.astera.data_stack.plugins.plugin_utils._audit.report import PARTS, HostResult, ReportMetadata
from ansible_collections.astera.data_stack.tests import documents
from ansible_collections.astera.data_stack.tests.fleet import (
    AT,
    CIRCUMSTANCES,
    UNREACHABLE,
    entry,
    fleet,
    plan,
    snapshot,
)

SCHEMA = json.loads((Path(_pages.TEMPLATES).parent / "files/audit.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "\"'`{{ 7*7 }}{% raw %}",
    "a|b\n# heading\r\n- item",
    "\u202egnp.exe\u2066",
    "]]>&amp;<!--",
    "nul\x00 esc\x1b[2J half\ud800 bom\ufeff \u2028",
    "[link](javascript:alert(1)) ``code``",
    "../../etc/passwd#/?%2F",
]


def report(*found, at=AT):
    return _audit.report(found, ReportMetadata(at, "jane", "Audit"))


def one(result, **keys):
    (server,) = report(HostResult("astera01", result, **{"declared": frozenset(PARTS), **keys}))["servers"]
    return server


def states(server):
    return {part["part"]: part["state"] for part in server["parts"]}


def checked(*entries, **keys):
    failed = any(item["error"] for item in entries)
    trouble = {"msg": "1 of 2 objects failed", "error": {**UNREACHABLE, "code": "rejected"}} if failed else {}
    return {
        "failed": failed,
        "plan": list(entries),
        "url": "https://a:9261",
        "snapshot": snapshot(0),
        **trouble,
        **keys,
    }


def daily(start, **keys):
    base = {"typeName": "Astera.Core.DailyScheduleEveryDay", "startTime": start}
    when = {"typeName": "Astera.Core.DailySchedule", "dailyScheduleBase": base}
    return {"id": 1, "name": "Daily", "isActive": True, "schedule": when, **keys}


@pytest.mark.parametrize("size", [0, 1, 30])
def test_report_matches_its_schema(size):
    VALIDATOR.validate(_audit.report(fleet(size), CIRCUMSTANCES))


def test_schema_is_valid_and_complete():
    VALIDATOR.check_schema(SCHEMA)
    model = _audit.report(fleet(13), CIRCUMSTANCES)
    model["servers"][0]["parts"][0]["surprise"] = 1
    assert not VALIDATOR.is_valid(model)


def test_report_has_states_of_parts_and_servers():
    drifted = entry("cluster", fields=[("name", "a", "b")])
    failed = entry("schedule", "B", error={**UNREACHABLE, "msg": "no"})
    assert states(one(checked(entry("server_config"), drifted), declared=frozenset())) == {
        "server_config": "in_sync",
        "license": "not_checked",
        "cluster": "drifted",
        "deployments": "not_checked",
        "schedules": "not_checked",
    }
    assert one(checked(entry("cluster")))["state"] == "in_sync"
    assert one(checked(entry("server_config"), drifted))["state"] == "drifted"
    assert one(checked(drifted, failed))["state"] == "failed"
    assert one(checked(), declared=frozenset())["state"] == "not_checked"
    empty = one(checked(unmanaged={"schedules": ["Old"]}))
    assert (states(empty)["schedules"], empty["parts"][4]["unmanaged"]) == ("in_sync", ["Old"])


def test_report_never_shows_an_unread_part_in_sync():
    """A license is compared with its receipt, and would look fine on a server that does not answer."""
    error = {**UNREACHABLE, "msg": "no"}
    entries = [entry("license"), entry("cluster", error=error)]
    result = checked(*entries, snapshot={"unread": dict.fromkeys(("cluster", "schedules"), error)})
    assert set(list(states(one(result)).values())[1:3]) == {"failed"}
    assert "in_sync" not in states(one(result)).values()
    assert one(result)["counts"]["failed"] == 2
    assert one(result)["error"]["msg"] == "no"
    assert all(part["objects"] == [] for part in one(result)["parts"])


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (None, "not_audited"),
        ({"failed": True, "msg": "'x' is undefined"}, "usage"),
        ({"unreachable": True, "msg": "ssh"}, "unreachable"),
        ({"failed": True, "msg": "m", "error": UNREACHABLE}, "unreachable"),
    ],
)
def test_report_of_an_uncompared_server_has_failed_parts(result, code):
    server = one(result, declared=frozenset({"cluster", "schedules"}))
    assert server["error"]["code"] == code
    assert server["state"] == "failed"
    assert states(server)["cluster"] == states(server)["schedules"] == "failed"
    assert states(server)["deployments"] == "not_checked"


def test_report_explains_a_license_without_a_receipt():
    license = one(checked(entry("cluster")))["parts"][1]
    assert (license["state"], license["note"]) == ("not_checked", _audit.NO_RECEIPT)


def test_report_counts_match_its_content():
    model = _audit.report(fleet(40), CIRCUMSTANCES)
    for level, items in (
        ("servers", model["servers"]),
        ("parts", [part for server in model["servers"] for part in server["parts"]]),
        ("objects", [item for server in model["servers"] for part in server["parts"] for item in part["objects"]]),
    ):
        counts = model["counts"][level]
        assert counts["total"] == len(items) == sum(counts[state] for state in _audit.STATES)
        assert counts["drifted"] == sum(item["state"] == "drifted" for item in items)
    assert all(model["counts"]["servers"][state] for state in _audit.STATES)


def test_report_of_the_same_state_differs_only_in_the_time():
    found = fleet(13)
    first = _audit.report(found, CIRCUMSTANCES)
    later = ReportMetadata(AT + timedelta(hours=3), CIRCUMSTANCES.author, CIRCUMSTANCES.title, CIRCUMSTANCES.facts)
    second = _audit.report(reversed(copy.deepcopy(found)), later)
    assert first["generated"].pop("at") != second["generated"].pop("at")
    assert first == second


def test_report_ids_are_unique_and_made_of_names():
    twins = [entry("schedule", "A/B"), entry("schedule", "A/B"), entry("schedule", "ä")]
    server = one(checked(*twins))
    assert [item["id"] for item in server["parts"][4]["objects"]] == [
        "astera01/schedules/A%2FB",
        "astera01/schedules/A%2FB~2",
        "astera01/schedules/%C3%A4",
    ]
    model = _audit.report(fleet(30), CIRCUMSTANCES)
    ids = re.findall(r'"id": "([^"]+)"', json.dumps([{**server, "snapshot": None} for server in model["servers"]]))
    assert len(ids) == len(set(ids)) > 1000


@pytest.mark.parametrize(
    ("cluster", "kind", "windows", "hits"),
    [
        ({}, "none", 0, 0),
        ({"pauseServersFrom": "01:00", "pauseServersTo": "02:00"}, "none", 0, 0),
        ({"pauseAllServers": True}, "always", 1, 7),
        ({"pauseAllServers": True, "pauseServersFrom": "04:00", "pauseServersTo": "05:00"}, "daily", 7, 7),
        ({"pauseAllServers": True, "pauseServersFrom": "04:31", "pauseServersTo": "05:00"}, "daily", 7, 0),
        ({"pauseAllServers": True, "pauseServersFrom": "16:00", "pauseServersTo": "04:31"}, "daily", 8, 7),
        (
            {"pauseAllServers": "true", "pauseServersFrom": "0001-01-01T04:30:00", "pauseServersTo": "4:31"},
            "daily",
            7,
            7,
        ),
        (
            {
                "pauseAllServers": True,
                "pauseServersFrom": "2026-11-25T00:00:00Z",
                "pauseServersTo": "2026-11-27T00:00:00Z",
            },
            "once",
            1,
            2,
        ),
        ({"pauseAllServers": True, "pauseServersFrom": "noon", "pauseServersTo": "05:00"}, "unknown", 0, 0),
        ({"pauseAllServers": True, "pauseServersFrom": "04:00"}, "unknown", 0, 0),
    ],
)
def test_report_has_pauses_and_the_runs_in_them(cluster, kind, windows, hits):
    stamped = {"updateDtTm": "2026-11-20T00:00:00-07:00", **cluster}
    taken = {"cluster": stamped, "schedules": [daily("2026-11-01T04:30:00-07:00")], "unread": {}}
    server = one(checked(snapshot=taken))
    assert (server["pause"]["kind"], len(server["pause"]["windows"])) == (kind, windows)
    (schedule,) = server["schedules"]
    assert len(schedule["runs"]) == 7
    assert len(schedule["paused"]) == hits
    assert set(schedule["paused"]) <= set(schedule["runs"])


def test_report_has_no_runs_of_unknown_schedules():
    weekly = {**daily(""), "schedule": {"typeName": "Astera.Core.WeeklySchedule"}}
    idle = daily("2026-11-01T04:30:00Z", isActive=False)
    found = one(checked(snapshot={"schedules": [weekly, idle], "unread": {}}))["schedules"]
    assert [(item["known"], item["active"], item["runs"]) for item in found] == [(False, True, []), (True, False, [])]
    assert found[0]["kind"] == "WeeklySchedule"


# The four formats


def hostile():
    """A fleet that says these words wherever a server or an inventory can say something."""
    found = []
    for text in HOSTILE:
        fields = [(text, text, {text: [text]})]
        wrong = {**UNREACHABLE, "msg": text, "detail": text, "path": text}
        entries = [entry("schedule", text, fields), entry("deployment", text, error=wrong)]
        taken = {**snapshot(0), "schedules": [daily("2026-11-01T04:30:00Z", name=text)]}
        taken["cluster"] = {"pauseAllServers": True, "pauseServersFrom": text, "pauseServersTo": text}
        found.append(
            HostResult(text, checked(*entries, msg=text, url=text, unmanaged={"schedules": [text]}, snapshot=taken))
        )
    return _audit.report(found, ReportMetadata(AT, HOSTILE[0], HOSTILE[1]))


def test_report_formats_survive_hostile_words():
    model = hostile()
    VALIDATOR.validate(model)
    pages = _pages.render(model)
    assert json.loads(pages["audit.json"]) == model
    suites = ET.fromstring(pages["audit.xml"])
    assert {suite.get("name") for suite in suites} == {
        re.sub(r"[\n\t]", " ", _audit.printable(text)) for text in HOSTILE
    }
    html = pages["audit.html"]
    assert html.count("<script") == html.count("</script") == 2
    assert "<img" not in html
    assert "alert(1)</" not in html.replace(_pages._source("audit.js"), "")
    data = html.split('id="data">')[1].split("</script>")[0]
    assert not re.search("[<>&\u2028]", data)
    assert json.loads(data)["servers"][0]["name"] in map(_audit.printable, HOSTILE)


def test_markdown_escapes_hostile_words():
    text = _pages.render(hostile())["audit.md"]
    assert not re.search(r"^(# heading|- item)", text, re.M)
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert "<script>" not in outside
    assert "](javascript" not in outside
    assert not re.search("[\u202e\u2066\u2028\x00\x1b]", text)
    for line in text.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in (4, 7), line


def test_junit_matches_the_model():
    model = _audit.report(fleet(30), CIRCUMSTANCES)
    suites = ET.fromstring(_pages.render(model)["audit.xml"])
    cases = suites.findall(".//testcase")
    assert int(suites.get("tests")) == len(cases) == model["counts"]["servers"]["total"] * 6
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suites.get(count)) == len(suites.findall(f".//{tag}")) > 0
        for suite in suites:
            assert int(suite.get(count)) == len(suite.findall(f".//{tag}"))
    assert len(suites.findall(".//failure")) == model["counts"]["parts"]["drifted"]
    assert len(suites.findall(".//skipped")) == model["counts"]["parts"]["not_checked"]
    drift = next(case for case in cases if case.find("failure") is not None and case.get("name") == "cluster")
    assert "purge_job_info_after: 365 -> 30" in drift.find("failure").text


def test_markdown_shows_each_difference_and_each_failure():
    model = _audit.report(fleet(13), CIRCUMSTANCES)
    text = _pages.render(model)["audit.md"]
    assert "| `purge_job_info_after` | `365` | `30` |" in text
    assert "`unreachable`: Could not connect" in text
    assert text.count("\n### ") == model["counts"]["objects"]["drifted"]
    assert text.count("\n## ") == model["counts"]["servers"]["drifted"] + model["counts"]["servers"]["failed"] + 2


def test_page_sends_no_requests():
    html = _pages.render(_audit.report(fleet(3), CIRCUMSTANCES))["audit.html"]
    code = html.split('<script type="application/json"')[0] + _pages._source("audit.js") + _pages._source("audit.css")
    addresses = set(re.findall(r"https?://[^\s\"'<]+", code))
    assert {address for address in addresses if "example.com" not in address} <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\bsrc=|@import|url\(|fetch\(|XMLHttpRequest|WebSocket|EventSource|innerHTML|eval\(", code)
    assert "default-src 'none'" in html


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "No server was audited."),
        (1, "1 server, in sync."),
        (2, "2 servers, all in sync."),
        (30, "30 servers: 19 in sync, 7 drifted, 2 failed and 2 not checked."),
    ],
)
def test_summary_is_one_sentence(size, words):
    model = _audit.report(fleet(size), CIRCUMSTANCES)
    assert _pages.summarize(model) == words
    pages = _pages.render(model)
    assert words in pages["audit.md"]
    assert words in pages["audit.html"]


def test_report_accepts_plans_of_other_sizes():
    assert one({**plan(1, 0), "url": None})["counts"]["in_sync"] == 5


def test_report_of_an_option_error_quotes_no_secret():
    """Before 2.19 it quotes the whole of a variable in which something is undefined."""
    known = {
        "astera_server_config": {"repository": {"password": documents.CANARIES["repository password"]}},
        "astera_license": {"key": documents.CANARIES["license key"]},
        "astera_deployments": [{"name": "A", "config_content": documents.CANARIES["configuration"]}],
        "astera_password": "canary login",
    }
    canaries = {**documents.CANARIES, "login": "canary login"}
    said = f"{known!r}: 'nowhere' is undefined"
    assert sorted(documents.leaks(said, canaries)) == sorted(canaries)
    found = read_host_result("a", {**known, "__audit_result": {"failed": True, "msg": said}})
    assert documents.leaks(found.result["msg"], canaries) == []
    assert found.result["msg"].endswith("'nowhere' is undefined")


def without_key(result, key):
    """As redaction of a word leaves it: the key is asterisks, wherever it stands."""

    def masked(value):
        if isinstance(value, dict):
            return {"********" if name == key else name: masked(item) for name, item in value.items()}
        return [masked(item) for item in value] if isinstance(value, list) else value

    return masked(result)


RESULT_KEYS = [
    "plan", "unmanaged", "snapshot", "kind", "name", "action", "changed", "fields", "error", "outcome", "path", "before", "after",
    "deployments", "schedules", "cluster", "unread",
]  # fmt: skip


@pytest.mark.parametrize("key", RESULT_KEYS)
def test_audit_of_a_result_without_its_keys_is_failed_E1(key):
    """A server that shows a secret such as plan must not make its own drift invisible."""
    drifted = checked(
        entry("cluster", fields=[("name", "a", "b")]), unmanaged={"schedules": ["Old"], "deployments": []}
    )
    server = one(without_key(drifted, key))
    assert (server["state"], server["error"]["code"]) == ("failed", "not_audited")
    assert "change that secret" in server["error"]["msg"]
    assert states(server)["cluster"] == "failed"


@pytest.mark.parametrize("result", [{}, {"changed": False}, {"plan": {}}, {"plan": [{}]}, {"********": True}])
def test_audit_of_a_result_without_a_plan_is_failed_E1(result):
    server = one({"snapshot": {"unread": {}}, **result}, declared=frozenset())
    assert server["state"] == "failed"
    VALIDATOR.validate(report(HostResult("a", result)))


def test_audit_of_a_result_with_masked_values_is_still_drift_E1():
    masked = entry("deployment", "********", [("comment", "********", "********")])
    assert one(checked(masked))["state"] == "drifted"
    hidden = {**entry("cluster", fields=[("name", "a", "b")]), "kind": "********"}
    assert one(checked(hidden))["state"] == "failed"


def test_markdown_of_a_fleet_without_pauses_has_no_heading_on_them_F11():
    quiet = checked(entry("cluster"), snapshot={**snapshot(0), "schedules": [daily("2026-11-01T04:30:00Z")]})
    assert "into a pause" not in _pages.render(report(HostResult("a", quiet)))["audit.md"]
    stamped = {"pauseAllServers": True, "updateDtTm": "2026-11-20T00:00:00Z"}
    paused = checked(snapshot={"cluster": stamped, "schedules": [daily("2026-11-01T04:30:00Z")], "unread": {}})
    text = _pages.render(report(HostResult("a", quiet), HostResult("b", paused)))["audit.md"]
    assert text.count("Runs during a pause of the cluster") == 1
    assert "- b: Daily, 7 of 7 runs, the first at 2026-11-24 04:30" in text


def test_junit_shows_null_lists_and_booleans_as_json_F11():
    values = [("a", None, [1, "x"]), ("b", True, False), ("c", "text", {"k": None})]
    xml = _pages.render(report(HostResult("a", checked(entry("cluster", fields=values)))))["audit.xml"]
    (failure,) = ET.fromstring(xml).findall(".//failure")
    assert failure.text.splitlines()[1:4] == ['  a: null -> [1, "x"]', "  b: true -> false", '  c: text -> {"k": null}']


def test_summary_says_that_no_server_was_checked_D3():
    """An audit that checked nothing is no success."""
    down = HostResult("a", {"failed": True, "msg": "m", "error": UNREACHABLE}, frozenset({"cluster"}))
    for found in ([down], [HostResult("a", checked(), frozenset())], [down, HostResult("b", checked(), frozenset())]):
        model = report(*found)
        assert _audit.checked(model) == 0
        assert _pages.summarize(model).endswith(" No server was checked.")
    model = report(down, HostResult("b", checked(entry("cluster"))))
    assert _audit.checked(model) == 1
    assert _pages.summarize(model) == "2 servers: 1 in sync and 1 failed."
    assert _pages.summarize(report()) == "No server was audited."


def test_audit_report_that_cannot_be_written_is_an_error_F4(tmp_path):
    """A directory has the name of one of the files."""
    (tmp_path / "audit.html").mkdir()
    with pytest.raises(AnsibleActionFail, match="cannot be written to"):
        audit_report._write(str(tmp_path), _pages.render(report()))
    assert {path.name for path in tmp_path.iterdir()} <= {"audit.json", "audit.xml", "audit.md", "audit.html"}
