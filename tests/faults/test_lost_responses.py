# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Responses that never come, come late, or come from a proxy: F03 to F07, F16, F21 and F28 to F30 of the fault table."""

from __future__ import annotations

import json

import pytest
from ansible_collections.astera.data_stack.tests import write_scenarios
from ansible_collections.astera.data_stack.tests.modules import changed, failed, writes
from ansible_collections.astera.data_stack.tests.wire_proxy import NetworkFault, WireProxy
from ansible_collections.astera.data_stack.tests.write_scenarios import CREATIONS, READABLE, UPDATES

pytestmark = write_scenarios.EACH_FAULT_ONCE

HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
LOST = [{"how": "reset"}, {"how": "close"}]
SAVES = {
    "/api/Server/Config": "save_server_config",
    "/api/Cluster": "save_cluster",
    "/api/Deployment": "save_deployment",
    "/api/Schedule": "save_schedule",
}


def reached_once(server, scenario):
    """The state is there, by one accepted write."""
    assert scenario.state == scenario.reached
    assert [entry.path for entry in server.commits].count(scenario.path) == 1


@pytest.mark.parametrize("fault", LOST, ids=str)
@pytest.mark.parametrize("name", READABLE)
def test_F03_a_write_that_never_arrived_is_sent_again_once_that_is_known(server, scenario, name, fault):
    server.fail("POST", scenario.path, at="before_read", **fault)
    result = scenario.run()
    if scenario.doubles:
        # A server may take two schedules of one name: what was perhaps received is not sent again.
        failed(result, "outcome_unknown", "unknown")
        assert writes(server) == [scenario.path]
        result = scenario.run()
    assert changed(result)
    reached_once(server, scenario)


@pytest.mark.shows("README: A failure reports whether the write happened")
@pytest.mark.parametrize("place", ["after_commit", "mid_response"])
@pytest.mark.parametrize("name", CREATIONS)
def test_F04_creation_with_lost_response_is_adopted(server, scenario, place):
    server.fail("POST", scenario.path, at=place)
    assert changed(scenario.run())
    reached_once(server, scenario)
    assert not changed(scenario.run())


@pytest.mark.parametrize("place", ["after_commit", "mid_response"])
@pytest.mark.parametrize("name", UPDATES)
def test_F05_update_with_lost_response_is_found(server, scenario, place):
    server.fail("POST", scenario.path, at=place)
    assert changed(scenario.run())
    reached_once(server, scenario)


@pytest.mark.parametrize("late", ["while it is waited for", "when it was given up"])
@pytest.mark.parametrize("name", READABLE)
def test_F06_a_commit_that_comes_late(server, scenario, late):
    """The connection is gone, and the request still on its way: it arrives before the second look, or just before the second try."""
    save = getattr(server.handlers, SAVES[scenario.path])
    seen = {}

    def arrive():
        first = next(entry for entry in server.requests if entry.path == scenario.path and entry.writes)
        save(json.loads(first.body))
        seen["arrived"] = True

    server.fail("POST", scenario.path, at="after_read")
    if late == "while it is waited for":
        # The first list was read to plan, the second at once after the loss.
        server.before("GET", scenario.read, arrive, after=2)
    else:
        server.before("POST", scenario.path, arrive, after=1)
    result = scenario.run()
    if scenario.doubles and late == "when it was given up":
        failed(result, "outcome_unknown", "unknown")
        assert "arrived" not in seen
        return
    assert seen == {"arrived": True}
    assert changed(result)
    assert scenario.state == scenario.reached


@pytest.mark.parametrize("name", READABLE)
def test_F07_a_server_that_works_on_after_the_timeout(server, scenario):
    server.fail("POST", scenario.path, at="after_commit", how="delay", seconds=2.5)
    assert changed(scenario.run(timeout=1))
    reached_once(server, scenario)


@pytest.mark.parametrize("status", [502, 504])
@pytest.mark.parametrize("name", READABLE)
def test_F16_a_proxys_error_page_after_the_commit(server, scenario, status):
    server.fail(
        "POST",
        scenario.path,
        at="after_commit",
        how="status",
        status=status,
        body=HTML,
        headers={"Content-Type": "text/html"},
    )
    assert changed(scenario.run())
    reached_once(server, scenario)


@pytest.mark.parametrize("name", ["license"])
def test_F16_error_page_of_a_proxy_is_quoted_as_text(server, scenario):
    headers = {"Content-Type": "text/html"}
    server.fail("POST", scenario.path, at="after_commit", how="status", status=502, body=HTML, headers=headers)
    result = scenario.run()
    message = failed(result, "outcome_unknown", "unknown")
    assert "502" in message
    assert result["error"]["detail"] == "502 Bad Gateway Bad Gateway"
    assert writes(server) == [scenario.path]


@pytest.mark.parametrize("name", READABLE)
def test_F21_write_with_empty_response_is_read_back(server, scenario):
    server.fail("POST", scenario.path, at="after_commit", how="status", status=204)
    assert changed(scenario.run())
    reached_once(server, scenario)


@pytest.mark.parametrize("content", [b"", b"null", b"[]"])
@pytest.mark.parametrize("name", ["cluster"])
def test_F21_an_object_that_is_read_as_nothing_is_a_failure(server, scenario, content):
    server.fail("GET", scenario.read, how="status", status=200, body=content, times=10)
    failed(scenario.run(), "invalid_response", "not_committed")
    assert writes(server) == []


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b'"There is not enough space on the disk."'), (507, b""), (200, b""), (200, b'""'), (200, b"null")],
    ids=str,
)
def test_F29_an_upload_that_is_not_stored_is_not_deployed(server, scenario, status, body):
    server.fail("POST", "/api/Upload*", how="status", status=status, body=body, times=50)
    result = scenario.run(retries=1)
    assert result["failed"]
    assert "/api/Deployment" not in writes(server)
    if status == 500:
        assert "not enough space" in result["msg"]
    server.clear_faults()
    assert changed(scenario.run())


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_F30_an_upload_that_is_cut_off_leaves_nothing_that_is_used(server, scenario, tmp_path, reset):
    (tmp_path / "sales.car").write_bytes(b"PK\x03\x04" + bytes(2_000_000))
    with WireProxy(server.port, up=NetworkFault(cut=1_000_000, reset=reset)) as wire:
        result = scenario.run(url=f"https://127.0.0.1:{wire.port}", retries=1)
    assert result["failed"]
    assert server.state["deployments"] == []
    with WireProxy(server.port, up=NetworkFault(cut=1_000_000, reset=reset), times=1) as wire:
        assert changed(scenario.run(url=f"https://127.0.0.1:{wire.port}"))
    (stored,) = server.state["deployments"]
    assert stored["clusterArchiveFilePath"] in server.state["files"]
    assert len(server.state["files"]) == 1


@pytest.mark.parametrize("status", [413, 401])
def test_F31_an_upload_that_is_refused_before_it_is_read(server, scenario, tmp_path, status):
    (tmp_path / "sales.car").write_bytes(b"PK\x03\x04" + bytes(32_000_000))
    server.fail("POST", "/api/UploadFile", at="before_read", how="status", status=status, times=100)
    for _repeat in range(4):
        result = scenario.run()
        assert result["error"]["status"] == status
        assert failed(result, "authentication" if status == 401 else "rejected", "not_committed")
        assert server.state["deployments"] == []


def test_F32_a_file_that_changes_while_it_is_sent_is_not_deployed(server, scenario, tmp_path):
    path = tmp_path / "sales.car"
    path.write_bytes(b"PK\x03\x04" + bytes(8_000_000))
    server.before("POST", "/api/UploadFile", lambda: path.write_bytes(b"PK\x03\x04 other"), at="after_read")
    result = scenario.run()
    assert "changed" in failed(result, "usage", "not_committed")
    assert server.state["deployments"] == []


@pytest.mark.parametrize(
    "answer",
    ["C:\\Astera\\x.Car", "x.Car", "/srv/astera/x.car", "\\\\files\\share\\x.Car", '"C:\\x.Car"'],
)
@pytest.mark.parametrize("form", ["json", "plain"])
def test_F33_the_path_of_an_upload_is_taken_as_it_is(server, scenario, answer, form):
    body = json.dumps(answer) if form == "json" else answer
    server.fail("POST", "/api/UploadFile", at="after_commit", how="status", status=200, body=body.encode())
    assert changed(scenario.run())
    assert server.state["deployments"][0]["clusterArchiveFilePath"] == answer


@pytest.mark.parametrize(
    "body", [b"<html>stored</html>", b"{}", b'{"a": "b"}', b"[1]", b"17", b"C:\\a\r\nb.Car"], ids=str
)
def test_F33_upload_response_without_a_path_is_a_failure(server, scenario, body):
    server.fail("POST", "/api/UploadFile", at="after_commit", how="status", status=200, body=body)
    failed(scenario.run(), "invalid_response", "unknown")
    assert server.state["deployments"] == []
