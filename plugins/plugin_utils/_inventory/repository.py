# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Identify the database of a server's repository, however it is spelled. Pure. Private to this collection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...module_utils._values import fold_case

# The defaults of the two products.
_PORTS = {"sqlserver": "1433", "postgresql": "5432"}
_SCHEMAS = {"sqlserver": "dbo", "postgresql": "public"}
# The name of an unnamed instance of SQL Server.
_DEFAULT_INSTANCE = "mssqlserver"
# The host of the client itself: two servers with one of these have two databases.
_HERE = {".", "(local)", "(localdb)", "localhost", "127.0.0.1", "::1"}


def canonical_uri(repository: Mapping[str, Any], machine: str) -> str | None:
    """Return ``[product://]host[\\instance][,port]/database[/schema]`` without defaults, or None if host or database are unknown.

    repository: with the options of ``repository`` of ``astera_server_config``.
    machine: on which the Astera server runs, for a database that is local to it.
    """
    provider, server, database, schema = (
        _text(repository, key) for key in ("data_provider", "server", "database", "schema")
    )
    if not server or not database:
        return None
    kind = _lower(provider)
    host, instance, port = _address(_lower(server), _text(repository, "port"))
    if host in _HERE:
        host = _lower(machine)
    if port == _PORTS.get(kind):
        port = ""
    if port or instance == _DEFAULT_INSTANCE:
        instance = ""
    if kind == "sqlserver":
        # Whether case counts is a setting of the database. Two databases of an instance are not expected to differ in case alone.
        database, schema = _lower(database), _lower(schema)
    place = host + (f"\\{instance}" if instance else "") + (f",{port}" if port else "")
    found = [f"{kind}://{place}" if kind else place, database, "" if schema == _SCHEMAS.get(kind) else schema]
    return "/".join(filter(None, found))


def _text(repository: Mapping[str, Any], key: str) -> str:
    value = repository.get(key)
    return "" if value is None else str(value).strip()


def _address(server: str, port: str) -> tuple[str, str, str]:
    """Return host, instance and port of ``host[\\instance][,port]``. A port leads to one instance, whatever name is beside it."""
    usual_port = "" if port == "0" else port
    place, own_port = "".join(server.split()).removeprefix("tcp:"), ""
    if "," in place:
        place, _comma, own_port = place.rpartition(",")
    elif place.count(":") == 1 or "]:" in place:
        place, _colon, own_port = place.rpartition(":")
    host, backslash, instance = place.partition("\\")
    is_known = host and "\\" not in instance and bool(instance) == bool(backslash)
    if not is_known or not re.fullmatch("[0-9]*", own_port):
        return server, "", usual_port
    return host.strip("[]").rstrip(".") or ".", "" if own_port else instance, own_port or usual_port


def _lower(text: str) -> str:
    return fold_case(text).lower()
