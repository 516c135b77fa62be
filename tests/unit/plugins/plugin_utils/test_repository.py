# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two spellings of one database are one, and two databases are two."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.astera.data_stack.plugins.plugin_utils._inventory.repository import canonical_uri


def of(server, database="Repo", machine="astera01", provider="SqlServer", **more):
    return canonical_uri({"data_provider": provider, "server": server, "database": database, **more}, machine)


SAME = [
    [
        of("sql.example.com"),
        of("SQL.Example.COM"),
        of(" sql.example.com. "),
        of("tcp:sql.example.com"),
        of("sql.example.com,1433"),
        of("sql.example.com, 1433"),
        of("sql.example.com:1433"),
        of("sql.example.com", port=1433),
        of("sql.example.com", port="1433"),
        of("sql.example.com", port=0),
        of("sql.example.com\\MSSQLSERVER"),
        of("sql.example.com\\any,1433"),
        of("sql.example.com", "REPO"),
        of("sql.example.com", schema="DBO"),
        of("sql.example.com", provider="sqlserver"),
        of("sql.example.com", machine="another"),
    ],
    [of("sql.example.com,1444"), of("sql.example.com", port=1444), of("sql.example.com\\any,1444", port=1433)],
    [of("sql\\PROD"), of("SQL\\prod"), of("sql\\prod", port=1433), of("tcp:sql\\prod", port=0)],
    [of("sql\\test")],
    [of("sql")],
    [of("sql", "Other")],
    [of("sql", schema="etl"), of("sql", schema="ETL")],
    [of("."), of("(local)"), of("localhost"), of("127.0.0.1"), of("[::1]"), of("ASTERA01"), of("(LOCAL),1433")],
    [of(".", machine="astera02")],
    [of(".\\SQLEXPRESS"), of("astera01\\sqlexpress")],
    [of("sql", "Repo", provider="PostgreSQL"), of("sql:5432", "Repo", provider="PostgreSQL", schema="public")],
    [of("sql", "repo", provider="PostgreSQL")],
    [of("sql", "Repo", provider="PostgreSQL", schema="Public")],
    [of("sql", provider="")],
    [of("fe80::1"), of("[fe80::1]"), of("[FE80::1],1433"), of("[fe80::1]:1433")],
    [of("sql", "Maße")],
    [of("sql", "Masse"), of("sql", "MASSE")],
    [of("np:\\\\sql\\pipe\\sql\\query")],
]


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_identity_ignores_spelling(spellings):
    assert len(set(spellings)) == 1


def test_identity_distinguishes_databases():
    for first, second in itertools.combinations(SAME, 2):
        assert not set(first) & set(second)


@pytest.mark.parametrize("given", [{}, {"server": "sql"}, {"database": "x"}, {"server": " ", "database": "x"}])
def test_identity_needs_known_values(given):
    assert canonical_uri({"data_provider": "SqlServer", **given}, "a") is None


# Two megabytes: with a cost that grows with the square of the length, the time limit of a test is over long before.
LONG = 2 * 10**6


@pytest.mark.parametrize(
    "text", [" ", "a ", "\\ ", ",", ", 1", ":", "[", "]", "\\a", ". ", "a,1", "tcp:", "\\,", "a\\ b "], ids=repr
)
def test_identity_takes_linear_time_E10(text):
    server = (text * LONG)[:LONG]
    for form in (server, f"sql{server}", f"sql\\{server}x", f"sql,{server}x"):
        found = of(form)
        assert found is None or found.endswith("/repo")
