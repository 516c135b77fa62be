# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server keeps: objects, settings, files and jobs, in one database. Several servers may share it: a cluster."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy import (
    JSON,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    select,
)
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

_METADATA = MetaData()
# Deployments and schedules: a document each, with the key that the server gave it.
_OBJECTS = Table(
    "objects",
    _METADATA,
    Column("kind", String, primary_key=True),
    Column("id", Integer, primary_key=True),
    Column("body", JSON),
)
# The configuration, the cluster's settings, the license, counters: one document of each.
_SINGLES = Table("singles", _METADATA, Column("kind", String, primary_key=True), Column("body", JSON))
_FILES = Table(
    "files",
    _METADATA,
    Column("path", String, primary_key=True),
    Column("sha256", String),
    Column("size", Integer),
    Column("content", LargeBinary),
)


# These are a server's own; all else is in the repository that servers share.
_OWN = ("server_config", "license", "secret")
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(9261)"
KEPT_BYTES = 8 * 2**20


@dataclass(frozen=True)
class File:
    """An uploaded file. content: None where it is larger than ``KEPT_BYTES``, for then only its hash is kept."""

    name: str
    sha256: str
    size: int
    content: bytes | None

    @classmethod
    def read(cls, name: str, source: BinaryIO) -> File:
        digest, size, pieces = hashlib.sha256(), 0, []
        source.seek(0)
        while piece := source.read(2**18):
            digest.update(piece)
            size += len(piece)
            if size <= KEPT_BYTES:
                pieces.append(piece)
        return cls(name, digest.hexdigest(), size, b"".join(pieces) if size <= KEPT_BYTES else None)


class Store:
    """url: an SQLAlchemy URL. server: which of the servers on it this is."""

    def __init__(self, url: str, server: str) -> None:
        self.server = server
        # SQLite tidies up its files whenever the last connection is closed: one stays open.
        if "sqlite" in url:
            self.engine = create_engine(url, connect_args={"timeout": 30})
        else:
            self.engine = create_engine(url, poolclass=NullPool)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _tune)
            event.listen(self.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        if self.engine.dialect.name == "postgresql":
            event.listen(self.engine, "begin", lambda connection: connection.exec_driver_sql(_ONE_AT_A_TIME))
        _METADATA.create_all(self.engine)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """All or nothing, one at a time: what two servers on one repository do to each other is an order of these."""
        with self.engine.begin() as connection:
            yield Transaction(connection, self.server)

    def snapshot(self) -> dict[str, Any]:
        with self.transaction() as work:
            kinds = ("server_config", "cluster", "license")
            found: dict[str, Any] = {kind: work.single(kind) for kind in kinds}
            found.update(deployments=work.objects("deployment"), schedules=work.objects("schedule"))
            found["jobs"] = work.objects("job")
            rows = work.connection.execute(select(_FILES))
            found["files"] = {
                row.path: {"sha256": row.sha256, "size": row.size, "content": row.content} for row in rows
            }
            return found

    def close(self) -> None:
        self.engine.dispose()


class Transaction:
    def __init__(self, connection: Connection, server: str) -> None:
        self.connection = connection
        self._server = server

    def objects(self, kind: str) -> list[dict[str, Any]]:
        query = select(_OBJECTS.c.body).where(_OBJECTS.c.kind == kind).order_by(_OBJECTS.c.id)
        return list(self.connection.execute(query).scalars())

    def object(self, kind: str, number: int) -> dict[str, Any] | None:
        query = select(_OBJECTS.c.body).where(_OBJECTS.c.kind == kind, _OBJECTS.c.id == number)
        return self.connection.execute(query).scalar()

    def put_object(self, kind: str, body: dict[str, Any]) -> None:
        self.remove_object(kind, body["id"])
        self.connection.execute(_OBJECTS.insert().values(kind=kind, id=body["id"], body=body))

    def remove_object(self, kind: str, number: int) -> None:
        self.connection.execute(_OBJECTS.delete().where(_OBJECTS.c.kind == kind, _OBJECTS.c.id == number))

    def single(self, kind: str) -> Any:
        query = select(_SINGLES.c.body).where(_SINGLES.c.kind == self._key(kind))
        return self.connection.execute(query).scalar()

    def put_single(self, kind: str, body: Any) -> None:
        key = self._key(kind)
        self.connection.execute(_SINGLES.delete().where(_SINGLES.c.kind == key))
        self.connection.execute(_SINGLES.insert().values(kind=key, body=body))

    def _key(self, kind: str) -> str:
        return f"{kind} of {self._server}" if kind in _OWN else kind

    def next_id(self, kind: str) -> int:
        number = (self.single(f"last {kind}") or 0) + 1
        self.put_single(f"last {kind}", number)
        return number

    def tick(self) -> int:
        """The time in units of 100 ns, never the same twice."""
        now = max(time.time_ns() // 100, (self.single("last tick") or 0) + 1)
        self.put_single("last tick", now)
        return now

    def secret(self) -> str:
        """What tokens are signed with."""
        known = self.single("secret")
        if known is None:
            known = secrets.token_hex(32)
            self.put_single("secret", known)
        return known

    def new_secret(self) -> None:
        self.put_single("secret", secrets.token_hex(32))

    def has_file(self, path: str) -> bool:
        return self.connection.execute(select(_FILES.c.path).where(_FILES.c.path == path)).first() is not None

    def put_file(self, path: str, file: File) -> None:
        self.connection.execute(_FILES.delete().where(_FILES.c.path == path))
        values = {"path": path, "sha256": file.sha256, "size": file.size, "content": file.content}
        self.connection.execute(_FILES.insert().values(values))


def _tune(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=OFF"):
        connection.execute(f"PRAGMA {pragma}")
