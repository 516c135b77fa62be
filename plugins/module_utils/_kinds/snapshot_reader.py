# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server has, read as far as it can be read. Private to this collection."""

from __future__ import annotations

from typing import Any

from .._engine.lists import TaskContext
from .._errors import AsteraError
from .._secrets import mask
from .plan_entry import PlanEntry
from .volatile import find_volatile

# Part → its kind. No request that reads a license is published.
_READABLE = {
    "server_config": "server_config",
    "cluster": "cluster",
    "deployments": "deployment",
    "schedules": "schedule",
}
_LISTS = ("deployments", "schedules")
# After one of these, no other read would succeed, and rejected logins get accounts locked.
_CONNECTION_ERRORS = ("unreachable", "tls", "authentication", "timeout")


def is_connection_error(error: AsteraError) -> bool:
    return error.code in _CONNECTION_ERRORS


def read_snapshot(
    context: TaskContext, entries: list[PlanEntry], pause: int | None, failure: AsteraError | None
) -> dict[str, Any]:
    """Return the parts that can be read. Raise if there is none, unless the task has failed already.

    entries: objects of the same task, whose reads are used again. pause: the seconds before a second read, which shows the members
    that the server changes by itself.
    """
    found, errors = _read_parts(context, entries, fresh=False)
    if not found and not failure:
        raise next(iter(errors.values()))
    if found and pause is not None:
        context.api.session.clock.sleep(pause)
        again, more = _read_parts(context, entries, fresh=True)
        errors = {**more, **errors}
        found = {part: value for part, value in found.items() if part not in more}
        found["volatile"] = find_volatile(found, again)
    unread = {part: {"msg": error.message, **error.as_dict()} for part, error in errors.items()}
    return {**found, "unread": unread}


def _read_parts(
    context: TaskContext, entries: list[PlanEntry], *, fresh: bool
) -> tuple[dict[str, Any], dict[str, AsteraError]]:
    """Return the parts, and the errors of those that cannot be read."""
    found: dict[str, Any] = {}
    errors: dict[str, AsteraError] = {}
    connection_error = next(
        (entry.error for entry in entries if entry.error and is_connection_error(entry.error)), None
    )
    for part in _READABLE:
        try:
            if connection_error:
                raise connection_error
            found[part] = mask(_read_part(context, entries, part, fresh))
        except AsteraError as error:
            errors[part] = error
            connection_error = error if is_connection_error(error) else connection_error
    return found, errors


def _read_part(context: TaskContext, entries: list[PlanEntry], part: str, fresh: bool) -> Any:
    """Return a part as it was when the plan was made. Read it if nothing was planned of it, or with ``fresh``."""
    kind = _READABLE[part]
    if part in _LISTS:
        return list(context.lists.get_index(kind, fresh=fresh).items.values())
    planned = [entry.current for entry in entries if entry.kind == kind and isinstance(entry.current, dict)]
    return planned[0] if planned and not fresh else getattr(context.api, part)()
