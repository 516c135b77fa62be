# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the result of an audit from the variables of a host. Private to this collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...module_utils import _task
from ...module_utils._arguments import collect_no_log_values
from ...module_utils._kinds.document import Server
from ...module_utils._redactor import Redactor
from ...module_utils._secrets import collect_secrets, wrap_secrets
from .._compat import untag
from .report import PARTS, HostResult


def read_host_result(name: str, variables: Any) -> HostResult:
    """Return the result of a host.

    variables: as they are written, because to evaluate the documents of hundreds of servers takes as long as the audit.
    """
    known = variables if isinstance(variables, Mapping) else {}
    declared = frozenset(part for part in PARTS if known.get(f"astera_{part}") not in (None, {}))
    url = known.get("astera_url")
    written_out = isinstance(url, str) and "{" not in url and "@" not in url
    result = untag(known["__audit_result"]) if isinstance(known.get("__audit_result"), Mapping) else None
    if result and "msg" in result and "error" not in result:
        result["msg"] = _secrets_of(known)(str(result["msg"]))
    return HostResult(name, result, declared, untag(url) if written_out else None)


def _secrets_of(known: Mapping[str, Any]) -> Redactor:
    """Return a redactor for Ansible's own messages, which before 2.19 quote a whole variable that has an undefined part."""
    options = _task.argument_spec(Server)["argument_spec"]
    given = {option: untag(known[f"astera_{option}"]) for option in options if f"astera_{option}" in known}
    return Redactor([*collect_secrets(wrap_secrets(given)), *collect_no_log_values(options, given)])
