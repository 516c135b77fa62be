# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which database a server's repository is, in one spelling. Pure. Private to this collection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils._values import fold_case

# What the two products listen on, and where they put tables, by default.
_PORTS = {"sqlserver": "1433", "postgresql": "5432"}
_SCHEMAS = {"sqlserver": "dbo", "postgresql": "public"}
# SQL Server calls an instance without a name so.
_DEFAULT_INSTANCE = "mssqlserver"
# The machine on which whoever connects runs: two servers that say so mean two databases.
_HERE = {".", "(local)", "(localdb)", "localhost", "127.0.0.1", "::1"}


def canonical_uri(repository: Mapping[str, Any], machine: str) -> str | None:
    """``[product://]host[\\instance][,port]/database[/schema]``, without what is usual; None if host or database are not known.

    repository: with the options of ``repository`` of ``astera_server_config``.
    machine: on which the Astera server runs, for a database that is local to it.
    """
    provider, server, database, schema = (_text(repository, key) for key in _TEXTS)
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
        # How names compare is a setting of the database; that two of one instance differ in case alone is not to be expected.
        database, schema = _lower(database), _lower(schema)
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
    found = _split_address(server.removeprefix("tcp:").strip())
    if found is None:
        return server, "", beside
    host, instance, own = found
    return (host, "", own) if own else (host, instance, beside)


def _split_address(address: str) -> tuple[str, str, str] | None:
    """``host[\\instance][,port]`` → its parts; None for any other text. Linear in its length, because a server may say anything."""
    if address.startswith("["):
        host, bracket, rest = address[1:].partition("]")
        if not bracket:
            return None
    else:
        head = re.split(r"[\\,]", address, maxsplit=1)[0]
        # An address of IPv6 has colons of its own.
        host = head if head.count(":") > 1 else head.partition(":")[0]
        rest = address[len(host) :]
    place, separator, port = rest.rpartition("," if "," in rest else ":")
    place, port = (place.strip(), port.strip()) if separator else (rest.strip(), "")
    instance = place[1:].strip()
    is_known = not place or (place[0] == "\\" and instance and "," not in instance)
    if not host.strip() or not is_known or (separator and not (port.isascii() and port.isdecimal())):
        return None
    return host.strip().rstrip(".") or ".", instance, port


def _lower(text: str) -> str:
    return fold_case(text).lower()
