# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of an export: the variables of the role ``bootstrap``, and the snapshot. Pure: no I/O, no clock, no Ansible.

Both stay the same as long as only members differ that the server changes by itself. Private to this collection.
"""

from __future__ import annotations

import json
from typing import Any

from ...module_utils import _files, _values
from ...module_utils._client import snapshot as _snapshot
from ...module_utils._kinds.volatile import find_volatile, remove_members
from .objects import PARTS, ExportedObject, ExportState, export_objects
from .yaml_text import comment, dump

# What becomes of members that have no option: named in a comment and not managed, or declared as settings.
COMMENT, DECLARE = SETTINGS = ("comment", "declare")


def file_stem(host: str) -> str:
    """Return the name of a host's files without the extension. A name with a slash gets a replacement that no other host has."""
    return _files.file_name(host)[: -len(".json")] if "/" in host else host


def variables(snapshot: dict[str, Any], url: str, settings: str = COMMENT) -> str:
    """Return the YAML file. Raise ``ValueError`` if a part could not be read, because what is missing would look absent."""
    unread = readable(snapshot)
    snapshot = settled(snapshot)
    export = ExportState(settings == DECLARE, snapshot.get("volatile", {}))
    parts = export_objects(snapshot, export)
    text = "---\n" + comment(
        f"The state of {url}, as variables of the role astera.data_stack.bootstrap. Empty values are omitted. The role does not "
        "change what is omitted."
    )
    if export.secrets:
        text += "#\n" + comment(
            "The server does not return secrets. Set these variables, and encrypt their values with ansible-vault:"
        )
        text += "".join(comment(f"{name}: {what}", indent="  ") for name, what in export.secrets.items())
    blocks = [
        _single(parts["server_config"], "server_config", export),
        _LICENSE,
        comment(unread["cluster"]) if "cluster" in unread else _single(parts["cluster"], "cluster", export),
        *(_list(parts[part], part, export) for part in ("deployments", "schedules")),
    ]
    return "\n".join([text, *blocks])


def readable(snapshot: dict[str, Any]) -> dict[str, str]:
    """Return why the optional parts could not be read: that a server returns a cluster's settings is only assumed."""
    unread = snapshot.get("unread") or {}
    for part, error in unread.items():
        if part != "cluster" or error.get("status") not in (404, 405):
            raise ValueError(
                f"failed to read the part {part}, and the export is not complete without it: {error.get('msg')}"
            )
    return {
        part: f"The part {part} cannot be read from this server: {error.get('msg')}" for part, error in unread.items()
    }


_LICENSE = """\
# The API does not return the license. To manage it, uncomment these lines:
# astera_license:
#   user: Jane Doe
#   organization: Example Ltd
#   key: "{{ vault_astera_license_key }}"
"""
_LISTS = {
    "deployments": "The API does not return the content of an archive. archive_server_path is the path of the archive on this server. "
    "Before you use these variables for another server, copy the files to these paths, or set archive and config instead.",
    "schedules": "",
}


def _single(items: list[ExportedObject], part: str, export: ExportState) -> str:
    options = items[0].options if items else {}
    notes = [*(items[0].notes if items else []), *_unset(part, export)]
    return "".join(map(comment, notes)) + dump({f"astera_{part}": options})


def _list(items: list[ExportedObject], part: str, export: ExportState) -> str:
    text = "".join(map(comment, filter(None, [_LISTS[part], *_unset(part, export)])))
    text += f"astera_{part}:\n" if any(item.options for item in items) else f"astera_{part}: []\n"
    for item in items:
        lines = "".join(map(comment, item.notes)) + (dump([item.options]) if item.options else "")
        text += "".join(f"  {line}" if line.strip() else line for line in _lines(lines))
    return text


def _lines(text: str) -> list[str]:
    """Split at line feeds only, because YAML keeps other line ends inside quotes."""
    return [line + "\n" for line in text.split("\n")[:-1]]


def _unset(part: str, export: ExportState) -> list[str]:
    """Return what is not managed, and why, in the same words for the same server."""
    unset, moving = export.unset.get(part) or set(), set(export.volatile.get(part) or ())
    if not export.declares_settings:
        unset = unset | {path for path in moving if not _parents(path) & unset}
        return _named("Not managed, because no option sets them", unset)
    return [
        *_named("Not managed, because no option sets them and settings cannot hold them", unset),
        *_named("Not declared, because the server changes them by itself", moving),
    ]


def _named(what: str, names: set[str]) -> list[str]:
    return [f"{what}: {', '.join(sorted(names))}"] if names else []


def _parents(path: str) -> set[str]:
    names = path.split(".")
    return {".".join(names[:count]) for count in range(1, len(names))}


# The snapshot


def settled(snapshot: dict[str, Any], previous: Any = None) -> dict[str, Any]:
    """Return the snapshot without what the server changes by itself.

    That is what differed between its two reads, what the previous export knew, and what differs from the previous export in an object
    that was not written since.
    """
    known = previous if _is_snapshot(previous) else {}
    observed = find_volatile(known, snapshot, stamped=True)
    paths = {part: set(observed.get(part, ())) | _paths(snapshot, part) | _paths(known, part) for part in PARTS}
    stable = {part: remove_members(snapshot[part], paths[part]) for part in PARTS if part in snapshot}
    found = {part: sorted(names) for part, names in paths.items() if names}
    return {**snapshot, **stable, **({"volatile": found} if found else {})}


def _is_snapshot(content: Any) -> bool:
    head = (_snapshot.FORMAT, _snapshot.VERSION)
    return isinstance(content, dict) and (content.get("format"), content.get("version")) == head


def _paths(snapshot: dict[str, Any], part: str) -> set[str]:
    found = snapshot.get("volatile")
    paths = found.get(part) if isinstance(found, dict) else None
    return {path for path in paths if isinstance(path, str)} if isinstance(paths, list) else set()


def parsed(previous: str | None) -> Any:
    """Return the previous snapshot, None if there is none that can be read."""
    try:
        return _values.load_json(previous or "")
    except (ValueError, RecursionError):
        return None


def snapshot_file(
    snapshot: dict[str, Any], url: str, taken_at: str, server: Any = None, previous: str | None = None
) -> str:
    """Return the JSON file that ``url: snapshot:…`` reads.

    ``taken_at`` and ``server`` stay those of the previous file if nothing else differs. Of ``server`` only its version counts: it has no
    published form, and is likely to hold what the server is doing just now.
    """
    readable(snapshot)
    before = parsed(previous)
    head = {"format": _snapshot.FORMAT, "version": _snapshot.VERSION, "taken_at": taken_at, "url": url}
    content = {**head, **settled(snapshot, before), **({} if server is None else {"server": server})}
    if _is_snapshot(before) and _version(before.get("server")) == _version(server):
        kept = {key: before[key] for key in ("taken_at", "server") if key in before}
        if {**content, **kept} == before:
            content = before
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def _version(server: Any) -> Any:
    return str(_values.get(server, "version")) if isinstance(server, dict) else type(server).__name__
