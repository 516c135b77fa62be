# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of the server in a database: objects, settings, files and jobs. Servers that share it are a cluster."""

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
# Deployments and schedules: a document each, with the id that the server assigned.
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


# Documents that each server has for itself. All others are in the repository that servers share.
_PER_SERVER = ("server_config", "license", "secret")
_LOCK_STATEMENT = "SELECT pg_advisory_xact_lock(9261)"
MAX_CONTENT_SIZE = 8 * 2**20


@dataclass(frozen=True)
class File:
    """An uploaded file. content: None for a file larger than ``MAX_CONTENT_SIZE``, of which only the hash is stored."""

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
            if size <= MAX_CONTENT_SIZE:
                pieces.append(piece)
        return cls(name, digest.hexdigest(), size, b"".join(pieces) if size <= MAX_CONTENT_SIZE else None)


class Store:
    """The database. url: an SQLAlchemy URL. server: the id of this server."""

    def __init__(self, url: str, server: str) -> None:
        self.server = server
        # SQLite cleans up its files whenever the last connection is closed: one stays open.
        if "sqlite" in url:
            self.engine = create_engine(url, connect_args={"timeout": 30})
        else:
            self.engine = create_engine(url, poolclass=NullPool)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _tune_sqlite)
            event.listen(self.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        if self.engine.dialect.name == "postgresql":
            event.listen(self.engine, "begin", lambda connection: connection.exec_driver_sql(_LOCK_STATEMENT))
        _METADATA.create_all(self.engine)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a transaction. Transactions of all servers on one database run one after the other."""
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
        return f"{kind} of {self._server}" if kind in _PER_SERVER else kind

    def next_id(self, kind: str) -> int:
        number = (self.single(f"last {kind}") or 0) + 1
        self.put_single(f"last {kind}", number)
        return number

    def tick(self) -> int:
        """Return the time in units of 100 ns, never the same twice."""
        now = max(time.time_ns() // 100, (self.single("last tick") or 0) + 1)
        self.put_single("last tick", now)
        return now

    def secret(self) -> str:
        """Return the secret that signs tokens."""
        secret = self.single("secret")
        if secret is None:
            secret = secrets.token_hex(32)
            self.put_single("secret", secret)
        return secret

    def new_secret(self) -> None:
        self.put_single("secret", secrets.token_hex(32))

    def has_file(self, path: str) -> bool:
        return self.connection.execute(select(_FILES.c.path).where(_FILES.c.path == path)).first() is not None

    def put_file(self, path: str, file: File) -> None:
        self.connection.execute(_FILES.delete().where(_FILES.c.path == path))
        values = {"path": path, "sha256": file.sha256, "size": file.size, "content": file.content}
        self.connection.execute(_FILES.insert().values(values))


def _tune_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=OFF"):
        connection.execute(f"PRAGMA {pragma}")
