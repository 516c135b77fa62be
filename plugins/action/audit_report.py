# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the report of an audit on the controller, out of what the hosts' tasks have left in their variables."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.ansible_release import __version__ as ansible_version
from ansible.plugins.action import ActionBase
from ansible_collections.astera.data_stack.plugins.module_utils import _files
from ansible_collections.astera.data_stack.plugins.module_utils._version import COLLECTION_VERSION
from ansible_collections.astera.data_stack.plugins.plugin_utils._audit.hosts import read_host_result
from ansible_collections.astera.data_stack.plugins.plugin_utils._audit.pages import render, summarize
from ansible_collections.astera.data_stack.plugins.plugin_utils._audit.report import ReportMetadata, checked, report

_ARGUMENTS = {
    "dest": {"type": "path", "required": True},
    "servers": {"type": "list", "elements": "str", "required": True},
    "title": {"type": "str", "default": "Audit of Astera Integration Servers"},
    "author": {"type": "str", "default": ""},
}


class ActionModule(ActionBase):
    _supports_check_mode = True
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _valid, given = self.validate_argument_spec(_ARGUMENTS)
        hosts = (task_vars or {})["hostvars"]
        found = [read_host_result(name, hosts.raw_get(name)) for name in map(str, given["servers"])]
        facts = {"collection": COLLECTION_VERSION, "ansible": str(ansible_version)}
        metadata = ReportMetadata(datetime.now(timezone.utc), str(given["author"]), str(given["title"]), facts)
        model = report(found, metadata)
        folder = os.path.abspath(str(given["dest"]))
        contents = render(model)
        files = _write(folder, contents)
        # A report is not a change of anything: changed stays what the audit says of the servers.
        result = {"checked": checked(model), "counts": model["counts"], "files": files, "msg": summarize(model)}
        return {"changed": False, **result, "markdown": contents["audit.md"], "stats": _stats(result)}


def _stats(result: dict[str, Any]) -> dict[str, Any]:
    """What the jobs after this one may go by."""
    servers = {
        "servers" if state == "total" else state: number for state, number in result["counts"]["servers"].items()
    }
    others = {
        "checked": result["checked"],
        "drifted_objects": result["counts"]["objects"]["drifted"],
        "summary": result["msg"],
        "report": result["files"]["html"],
    }
    return {f"astera_audit_{name}": value for name, value in {**servers, **others}.items()}


def _write(folder: str, contents: dict[str, str]) -> dict[str, str]:
    """Replace each file as a whole, so that no reader finds half a report. Only the owner can read it."""
    try:
        for name, content in contents.items():
            _files.write_atomically(os.path.join(folder, name), content.encode())
    except OSError as error:
        raise AnsibleActionFail(
            f"The report cannot be written to {folder} ({error.strerror}). Set astera_audit_dir to a directory that you can write to."
        ) from error
    return {name.rpartition(".")[2]: os.path.join(folder, name) for name in contents}
