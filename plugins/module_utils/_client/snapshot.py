# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that is a file: what an export or an audit wrote answers in place of it. Private to this collection.

``snapshot:PATH`` names what an export wrote: a JSON object of the format ``astera.data_stack.snapshot``, version 1, with
``taken_at``, ``url``, and what the server answered, secrets as eight asterisks: ``server``, ``server_config``, ``cluster`` (objects),
``deployments``, ``schedules`` (lists). ``unread`` has an entry for each of them that could not be read: ``msg`` and the keys of a
task's ``error``. ``snapshot:PATH#SERVER`` names one of the servers of an audit's report, which has the same parts under ``snapshot``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .. import _files, _values
from .._errors import AsteraError, RequestError, usage
from .connection import SNAPSHOT
from .session import Session, WritePermission
from .transport import Request, Response

if TYPE_CHECKING:
    from .._redactor import Redactor
    from .connection import Connection

FORMAT = "astera.data_stack.snapshot"
AUDIT = "astera.data_stack.audit"
VERSION = 1
# Path of a request → the part that holds its response, and the type of that.
_PARTS: dict[str, tuple[str, type]] = {
    "/api/ServerInfo": ("server", object),
    "/api/Server/Config": ("server_config", dict),
    "/api/Cluster": ("cluster", dict),
    "/api/Deployments": ("deployments", list),
    "/api/Schedules": ("schedules", list),
}


@dataclass(frozen=True)
class Snapshot:
    """What a server returned before.

    address: as the task gives it. url: of the server. parts: responses, by part. read_errors: errors of the parts without one.
    """

    address: str
    url: str
    parts: dict[str, Any]
    read_errors: dict[str, dict[str, Any]]


class SnapshotSession(Session):
    """Respond to requests that read from a snapshot. No request is sent."""

    def __init__(self, connection: Connection, redactor: Redactor) -> None:
        super().__init__(connection, redactor, transport=_NullTransport)  # type: ignore[arg-type]
        self._snapshot = load(connection.url)

    @property
    def server_url(self) -> str:
        return self._snapshot.url

    def read(self, path: str) -> Response:
        part, _kind = _PARTS.get(path, ("", object))
        error = self._snapshot.read_errors.get(part)
        if error:
            raise RequestError(
                RequestError.REJECTED,
                str(error.get("code")),
                str(error.get("msg")),
                detail=str(error.get("detail") or ""),
                **{key: error.get(key) for key in ("method", "path", "status")},
            )
        if part not in self._snapshot.parts:
            raise AsteraError(
                "not_found", f"{self._snapshot.address} has no response to GET {path}", method="GET", path=path
            )
        return Response(200, {}, json.dumps(self._snapshot.parts[part]).encode())

    def write(self, permit: WritePermission, request: Request, *, repeatable: bool = False) -> Response:
        raise _not_written()


class _NullTransport:
    def __init__(self, _connection: Connection) -> None:
        pass

    def close(self) -> None:
        pass


def require_check_mode(check_mode: bool) -> None:
    """Raise unless in check mode, because a snapshot cannot be changed."""
    if not check_mode:
        raise _not_written()


def _not_written() -> AsteraError:
    return usage(
        "url is a snapshot, which shows what a run would change and cannot be changed itself. Run with --check, or set url to "
        "the address of the server."
    )


def load(address: str) -> Snapshot:
    """Return the snapshot at ``snapshot:PATH`` or ``snapshot:PATH#SERVER``. Raise ``AsteraError`` for what is no snapshot."""
    path, server = _split(address.split(":", 1)[1])
    snapshots = load_all(path)
    if None in snapshots:
        if server is not None:
            raise usage(f"{path} is the snapshot of one server. Remove #{server}.")
        return replace(snapshots[None], address=address)
    names = ", ".join(sorted(map(str, snapshots))[:10])
    if server is None:
        raise usage(f"{path} is the report of several servers. Name one: snapshot:{path}#NAME (there are: {names}).")
    by_id = {found.address: found for found in snapshots.values()}
    found = snapshots.get(server) or by_id.get(f"{SNAPSHOT}{path}#{server}")
    if found is None:
        raise usage(f"{path} has no server {server!r}. Name one of those that there are: {names}.")
    if not found.parts and not found.read_errors:
        raise usage(
            f"the audit {path} could not read the server {server!r}. Run the audit again when the server can be reached."
        )
    return replace(found, address=address)


def load_all(path: str) -> Mapping[str | None, Snapshot]:
    """Return the snapshots of a file by name, without parts where a server could not be read; the only one under None."""
    content = _content(path)
    if content["format"] != AUDIT:
        return {None: _checked(f"{SNAPSHOT}{path}", path, content.get("url"), content)}
    found: dict[str | None, Snapshot] = {}
    for item in _listed(content.get("servers")):
        name, parts = (item.get("name"), item.get("snapshot")) if isinstance(item, dict) else (None, None)
        if not isinstance(name, str):
            raise usage(f"the audit {path} is damaged: a server has no name. Run the audit again.")
        address = f"{SNAPSHOT}{path}#{item.get('id') or name}"
        found[name] = _checked(address, path, item.get("url"), parts if isinstance(parts, dict) else {})
    return found


def _split(place: str) -> tuple[str, str | None]:
    whole = os.path.expanduser(os.path.expandvars(place))
    if "#" not in whole or os.path.exists(whole):
        return whole, None
    path, _sign, server = whole.rpartition("#")
    return path, server


def _content(path: str) -> dict[str, Any]:
    try:
        content = _values.load_json(_files.read_regular(path).decode())
    except OSError as error:
        raise usage(
            f"the snapshot {path or '(no path)'} cannot be read ({error.strerror}). Set the path of a file that exists where "
            "the task runs."
        ) from error
    except ValueError as error:
        raise usage(
            f"{path} is no snapshot, because it is not JSON. Set the .json file of an export or audit."
        ) from error
    kind = content.get("format") if isinstance(content, dict) else None
    if kind not in (FORMAT, AUDIT):
        raise usage(f"{path} is no snapshot. Set the .json file of an export, or the audit.json of an audit.")
    if content.get("version") != VERSION:
        raise usage(
            f"{path} is of version {content.get('version')!r}, and this release of the collection reads version {VERSION}. "
            "Take the snapshot again with this release."
        )
    return content


def _checked(address: str, path: str, url: Any, content: dict[str, Any]) -> Snapshot:
    parts = {part: content[part] for part, _kind in _PARTS.values() if part in content}
    wrong = [part for part, kind in _PARTS.values() if not isinstance(parts.get(part, kind()), kind)]
    wrong += [
        part
        for part in ("deployments", "schedules")
        if not all(isinstance(item, dict) for item in _listed(parts.get(part)))
    ]
    read_errors = content.get("unread") or {}
    if not isinstance(read_errors, dict) or not all(isinstance(item, dict) for item in read_errors.values()):
        wrong.append("unread")
    if wrong:
        raise usage(f"the snapshot {path} is damaged: {wrong[0]} is not of the expected type. Take the snapshot again.")
    return Snapshot(address, str(url or address), parts, read_errors)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
