# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members that a server changes by itself, such as next run, counters and heartbeats. Pure. Private to this collection.

Which members these are is not published, so that they are found by observation: their values differ although no client
wrote the object in between. A path is dotted; ``[]`` stands for every item of a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import _values
from .._engine.kind import SERVER_KEYS
from . import cluster, deployment, schedule, server_config

_FIELDS = {
    "server_config": server_config.FIELDS,
    "cluster": cluster.FIELDS,
    "deployments": deployment.KEYS,
    "schedules": (*schedule.KEYS, *schedule.DAILY_KEYS),
}
Paths = dict[str, list[str]]


def find_volatile(first: dict[str, Any], second: dict[str, Any], *, stamped: bool = False) -> Paths:
    """Return the paths below each part of a snapshot whose values differ between two reads.

    An object with another ``updateDtTm`` was written, and says nothing. What has an option is configuration, whatever it does.
    stamped: much time passed between the reads, so that only objects with an ``updateDtTm`` count.
    """
    found: Paths = {}
    for part, fields in _FIELDS.items():
        managed = {item.key.casefold() for item in fields} | {key.casefold() for key in SERVER_KEYS}
        paths: set[str] = set()
        for old, new in _pairs(first.get(part), second.get(part)):
            stamps = [_values.get(item, "updateDtTm") for item in (old, new)]
            if stamps[0] == stamps[1] and (stamps[0] or not stamped):
                paths.update(_differences(old, new, ""))
        found[part] = sorted(path for path in paths if path.casefold() not in managed)
    return {part: paths for part, paths in found.items() if paths}


def remove_members(value: Any, paths: set[str], path: str = "") -> Any:
    """Return a part of a snapshot without the members at these paths, which begin below each object of a list."""
    if isinstance(value, list):
        return [remove_members(item, paths, path and _join(path, "[]")) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: remove_members(item, paths, _join(path, key))
        for key, item in value.items()
        if _join(path, key) not in paths
    }


def _pairs(first: Any, second: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each object of both reads; those of a list by their ids."""
    if isinstance(first, dict) and isinstance(second, dict):
        yield first, second
    elif isinstance(first, list) and isinstance(second, list):
        known = {_values.to_int(_values.get(item, "id")): item for item in first if isinstance(item, dict)}
        for item in second:
            old = known.get(_values.to_int(_values.get(item, "id"))) if isinstance(item, dict) else None
            if old is not None:
                yield old, item


def _differences(first: Any, second: Any, path: str) -> Iterator[str]:
    if isinstance(first, dict) and isinstance(second, dict):
        for key in first.keys() & second.keys():
            yield from _differences(first[key], second[key], _join(path, key))
    elif isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        for old, new in zip(first, second):
            yield from _differences(old, new, _join(path, "[]"))
    elif first != second:
        yield path


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
