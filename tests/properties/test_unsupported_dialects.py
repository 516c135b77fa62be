# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers on which some work cannot be done: it is refused in true words, and nothing is written on a guess."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.tests import dialects
from ansible_collections.astera.data_stack.tests.emulator import Dialect
from ansible_collections.astera.data_stack.tests.modules import changed, failed, writes

DAILY = {"start_time": "2026-12-01T04:30:00+01:00"}


def on(setting):
    """The server with each value of a setting that stops something."""
    values = dialects.STOPPING[setting]
    return pytest.mark.parametrize(
        "server", [Dialect(**{setting: value}) for value in values], indirect=True, ids=values
    )


@on("empty_list")
def test_list_that_is_not_found_is_not_empty(server, run, car):
    failed(run("deployment", name="Sales", archive=car()), "not_found", "not_committed")
    assert writes(server) == []
    server.seed("deployment", name="Another's")
    assert changed(run("deployment", name="Sales", archive=car()))


@on("login_requires")
def test_login_that_needs_more_than_a_password_is_sent_once_N3_N7(server, run):
    parts = {"server_config": {"server_profile": "DEFAULT"}, "cluster": {"name": "A"}, "continue_on_error": True}
    for module, options in (("server_config", parts["server_config"]), ("cluster", {"name": "A"}), ("server", parts)):
        server.clear_requests()
        message = failed(run(module, **options), "authentication", "not_committed")
        for words in ("username and password", "no repository yet", "locked", "email address not confirmed"):
            assert words in message
        assert [entry.path for entry in server.requests] == ["/api/account/login"]
    # By hand, in the vendor's client.
    server.edit_server_config(serverDbInfo={"dataProvider": "SqlServer"})
    server.service.confirmed.add(server.username)
    assert changed(run("cluster", name="A"))


@on("paging")
def test_F38_what_is_on_another_page_is_not_absent(server, run, car):
    for name in ("A", "B", "C"):
        server.seed("deployment", name=name)
    for name in ("A", "C", "D"):
        message = failed(run("deployment", name=name, archive=car()), "invalid_response", "not_committed")
        assert "one page" in message
    assert writes(server) == []


@on("license_wrapper")
def test_license_key_is_sent_in_the_published_form_only(server, run):
    options = {"user": "Jane", "organization": "Example Ltd", "key": "canary-license-key"}
    assert "required" in failed(run("license", **options), "rejected", "not_committed")
    assert writes(server) == ["/api/License/Key"]


@on("name_normalization")
def test_name_that_the_server_changes_is_reported(server, run, car):
    result = run("deployment", name="Sales", archive=car())
    assert "SALES" in failed(result, "ambiguous_name", "committed")
    assert result["changed"] is True
    server.clear_requests()
    failed(run("deployment", name="Sales", archive=car()), "ambiguous_name", "not_committed")
    assert writes(server) == []
    assert not changed(run("deployment", name="SALES", archive=car()))


@on("start_time")
def test_start_time_without_its_offset_is_different(server, run):
    result = run("schedule", name="Daily", file_path="C:\\a.Df", daily=DAILY)
    assert "daily" in failed(result, "rejected", "committed")
    raw = {
        "typeName": "Astera.Core.DailySchedule",
        "dailyScheduleBase": {
            "typeName": "Astera.Core.DailyScheduleEveryDay",
            "startTime": "2026-12-01T05:30:00",
        },
    }
    assert changed(run("schedule", name="Daily", schedule=raw))
    assert not changed(run("schedule", name="Daily", schedule=raw))
