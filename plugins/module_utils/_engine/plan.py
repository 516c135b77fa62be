# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The difference between what a task asks for and what the server has. Pure: no I/O, no clock, no Ansible.

``changed``, the diff, the payload and check mode's result all come from one list of changes. Private to this collection.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from .. import _values
from .._secrets import MASK, collect_secrets, mask
from . import compare
from .fields import DesiredField, key_parts


@dataclass(frozen=True)
class Change:
    """One field that differs: the option's dotted name, the value before and after as the diff shows them."""

    field: str
    before: Any
    after: Any
    secret: bool = False


@dataclass(frozen=True)
class Plan:
    """changes: empty when there is nothing to do.
    payload: the whole object to send, secrets inside as ``Secret``. Without changes it is the object as it was read.
    before, after: the managed fields as the diff shows them, under the options' names.
    """

    changes: tuple[Change, ...]
    payload: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def needed(self) -> bool:
        return bool(self.changes)

    @property
    def visible(self) -> tuple[Change, ...]:
        """Return the changes that can be verified by a read."""
        return tuple(change for change in self.changes if not change.secret)

    def with_value(self, key: str, value: Any) -> Plan:
        """Return the plan with another value at a dotted key of the payload."""
        payload = copy.deepcopy(self.payload)
        set_value(payload, key, value)
        return replace(self, payload=payload)


EMPTY_PLAN = Plan((), {}, {}, {})


def plan(
    desired: Iterable[DesiredField],
    current: dict[str, Any] | None,
    template: dict[str, Any],
    *,
    write_secrets: bool = False,
) -> Plan:
    """Return the plan that sets the desired values in the object as it was read, or in the template for a new object.

    Every other key stays as it is, timestamps to the last digit. write_secrets: a secret is a change by itself. Otherwise it is
    only sent with other changes, because it cannot be compared.
    """
    fields = list(desired)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    changes = [change for item in fields if not item.field.secret for change in _compare(item, current, before, after)]
    changed = {change.field for change in changes}
    payload = template if current is None else current
    if changes or write_secrets:
        payload = copy.deepcopy(payload)
        for item in fields:
            if item.field.secret:
                changes.append(Change(item.field.option, None, MASK, secret=True))
                _nest(after, item.field.option, MASK)
            if item.field.secret or item.field.option in changed:
                set_value(payload, item.field.key, item.value)
            else:
                _include_with_changes(payload, after, item)
    return Plan(tuple(changes), payload, before, after)


def _compare(
    desired: DesiredField, current: dict[str, Any] | None, before: dict[str, Any], after: dict[str, Any]
) -> Iterator[Change]:
    """Yield the change of a field, if it is one, and add the field to what the plan shows."""
    value = get_value(current, desired.field.key)
    shown = desired.value if desired.display is None else desired.display
    old, new = mask(compare.pick(desired.format(value), shown)), mask(shown)
    if current is not None and desired.field.is_equal(desired.value, value):
        _nest(before, desired.field.option, old)
        _nest(after, desired.field.option, old)
        return
    # Where only secrets differ, both sides would look the same, and Ansible would show no difference.
    looks_equal = old == new
    if current is not None and not looks_equal:
        _nest(before, desired.field.option, old)
    _nest(after, desired.field.option, new)
    yield Change(desired.field.option, None if looks_equal else old, new)


def diff(plan: Plan, label: str) -> dict[str, Any]:
    """Return a plan in the form in which Ansible shows differences."""
    return {
        "before_header": label,
        "after_header": label,
        "before": mask(plan.before),
        "after": mask(plan.after),
    }


def get_value(obj: dict[str, Any] | None, key: str) -> Any:
    """Return the value at a dotted key in any case. A path can be a string or an object with ``path``."""
    value: Any = obj
    for part in key_parts(key):
        if isinstance(value, str) and part == "path":
            return value
        if not isinstance(value, dict):
            return None
        value = _values.get(value, part)
    return value


def set_value(obj: dict[str, Any], key: str, value: Any) -> None:
    """Set the value at a dotted key, in the spelling and the type that the server uses."""
    *parents, last = key_parts(key)
    for part in parents:
        name = _values.find_key(obj, part) or part
        inner = obj.get(name)
        if isinstance(inner, str) and last == "path":
            obj[name] = value
            return
        if not isinstance(inner, dict):
            inner = obj[name] = {}
        obj = inner
    name = _values.find_key(obj, last) or last
    obj[name] = compare.deep_merge(obj.get(name), value)


def _include_with_changes(payload: dict[str, Any], after: dict[str, Any], desired: DesiredField) -> None:
    """Add a desired value that is not a change by itself to the payload of other changes.

    A secret inside a free-form value, because the server might have withheld the old one, and a value whose key the server does not
    show, because its absence might not mean the same. The diff shows that the secret is written.
    """
    if collect_secrets(desired.value) or not _has_key(payload, desired.field.key):
        set_value(payload, desired.field.key, desired.value)
    if collect_secrets(desired.value):
        _nest(after, desired.field.option, mask(desired.value))


def _has_key(obj: dict[str, Any], key: str) -> bool:
    inner: Any = obj
    for part in key_parts(key):
        if not isinstance(inner, dict):
            return True
        name = _values.find_key(inner, part)
        if name is None:
            return False
        inner = inner[name]
    return True


def _nest(shown: dict[str, Any], option: str, value: Any) -> None:
    outer, dot, inner = option.partition(".")
    if dot:
        shown.setdefault(outer, {})[inner] = value
    else:
        shown[outer] = value
