# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report of an emulated server is that server's dialect, as far as reads can show it."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.tests import modules
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator
from ansible_collections.astera.data_stack.tests.emulator.reports import dialect_from_report

# The settings that reads show, each with the values that can be told from the others.
OBSERVABLE = {
    **{
        name: Dialect.values()[name]
        for name in """
        token_name deployment_activation cluster_get config_password unknown_id_status path_case key_case
        numbers_as_strings booleans_as_numbers content_type list_shape timestamp_digits job_status denial_body unknown_keys
        empty_as moving_members
        """.split()
    },
    "timestamp_offset": ("-07:00", "Z", ""),
    "start_time": ("as_sent", "naive"),
    "unknown_job": ("Invalid", "Unknown", "404"),
}
# Settings that a server shows only with these values of others.
SHOWN_WITH = {
    "job_status": ("unknown_job", ("Invalid", "Unknown")),
    "unknown_job": ("job_status", ("json_string", "object")),
    "deployment_activation": ("booleans_as_numbers", (False,)),
    "unknown_keys": ("deployment_activation", ("shown", "hidden")),
}


def _is_met(name, value):
    return any(row[name] == value and is_shown(name, row) for row in ROWS)


def is_shown(name, row):
    other, values = SHOWN_WITH.get(name, (name, (row[name],)))
    return row[other] in values


# Each value once, many settings at a time: they are read from different parts of a report.
ROWS = [
    {name: values[number % len(values)] for name, values in OBSERVABLE.items()}
    for number in range(max(map(len, OBSERVABLE.values())))
]
while missing := {name: value for name, values in OBSERVABLE.items() for value in values if not _is_met(name, value)}:
    ROWS.append({**ROWS[0], **missing})


@pytest.fixture
def report_of():
    """→ the report of a server of a dialect, with objects of each kind, and what the server was asked."""

    def read(dialect):
        with Emulator(dialect) as server:
            server.edit_server_config(
                serverDbInfo={"server": "sql", "database": "R", "user": "sa", "password": "canary"}
            )
            server.seed("deployment", name="Sales", clusterArchiveFilePath="C:\\D\\sales.car", comment="")
            start = {"startTime": "2026-12-01T04:30:00+01:00", "typeName": "Astera.Core.DailyScheduleEveryDay"}
            when = {"dailyScheduleBase": start, "typeName": "Astera.Core.DailySchedule"}
            if dialect.start_time == "naive":
                start["startTime"] = start["startTime"][:19]
            server.seed("schedule", name="Daily", deploymentId=1, schedule=when)
            server.clear_requests()
            result = modules.run("astera_compatibility_info", {**modules.connection(server), "pause_between_reads": 0})
            assert not result["failed"], result
            return result, server.requests

    return read


@pytest.mark.parametrize("row", ROWS, ids=map(str, range(len(ROWS))))
def test_report_replay_gives_the_dialect(report_of, row):
    result, _requests = report_of(Dialect(**row))
    found = dialect_from_report(result["report"])
    expected = {name: value for name, value in row.items() if is_shown(name, row)}
    assert {name: getattr(found, name) for name in expected} == expected


def test_report_of_the_default_server_is_the_default_dialect(report_of):
    result, requests = report_of(Dialect())
    assert dialect_from_report(result["report"]) == Dialect()
    assert {entry.method for entry in requests if entry.path != "/api/account/login"} == {"GET"}
