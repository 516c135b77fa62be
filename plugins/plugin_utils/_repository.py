# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which database a server's repository is, in one spelling. Pure. Private to this collection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# What the two products listen on, and where they put tables, if nobody says otherwise.
_PORTS = {"sqlserver": "1433", "postgresql": "5432"}
_SCHEMAS = {"sqlserver": "dbo", "postgresql": "public"}
# SQL Server calls an instance without a name so.
_DEFAULT_INSTANCE = "mssqlserver"
# The machine on which whoever connects runs: two servers that say so mean two databases.
_HERE = {".", "(local)", "(localdb)", "localhost", "127.0.0.1", "::1"}
_ADDRESS = re.compile(
    r"(?:tcp:)?\s*(?P<host>\[[^\]]+\]|[^\\,:]*:[^\\,:]*:[^\\,]*|[^\\,:]+?)\s*"
    r"(?:\\\s*(?P<instance>[^,]+?)\s*)?(?:[,:]\s*(?P<port>\d+)\s*)?"
)


def identity(repository: Mapping[str, Any], machine: str) -> str | None:
    """``[product://]host[\\instance][,port]/database[/schema]``, without what is usual; None if host or database are not known.

    repository: with the options of ``repository`` of ``astera_server_config``.
    machine: on which the Astera server runs, for a database that is local to it.
    """
    provider, server, database, schema = (_text(repository, key) for key in _TEXTS)
    if not server or not database:
        return None
    kind = provider.casefold()
    host, instance, port = _address(server.casefold(), _text(repository, "port"))
    if host in _HERE:
        host = machine.casefold()
    if port == _PORTS.get(kind):
        port = ""
    if port or instance == _DEFAULT_INSTANCE:
        instance = ""
    if kind == "sqlserver":
        # How names compare is a setting of the database; that two of one instance differ in case alone is not to be expected.
        database, schema = database.casefold(), schema.casefold()
    place = host + (f"\\{instance}" if instance else "") + (f",{port}" if port else "")
    found = [f"{kind}://{place}" if kind else place, database, "" if schema == _SCHEMAS.get(kind) else schema]
    return "/".join(filter(None, found))


_TEXTS = ("data_provider", "server", "database", "schema")


def _text(repository: Mapping[str, Any], key: str) -> str:
    value = repository.get(key)
    return "" if value is None else str(value).strip()


def _address(server: str, port: str) -> tuple[str, str, str]:
    """→ host, instance, port. A port leads to one instance, whatever name is beside it; the usual one may be left over."""
    beside = "" if port == "0" else port
    match = _ADDRESS.fullmatch(server)
    if not match:
        return server, "", beside
    host = match["host"].strip("[]").rstrip(".") or "."
    return (host, "", match["port"]) if match["port"] else (host, match["instance"] or "", beside)
