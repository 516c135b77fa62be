# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the files of an export on the controller."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.astera.data_stack.plugins.module_utils import _files
from ansible_collections.astera.data_stack.plugins.plugin_utils._compat import untag
from ansible_collections.astera.data_stack.plugins.plugin_utils._export import files

_ARGUMENTS = {
    "dest": {"type": "path", "required": True},
    "name": {"type": "str", "required": True},
    "snapshot": {"type": "dict", "required": True},
    "url": {"type": "str", "required": True},
    "server": {"type": "raw"},
    "settings": {"type": "str", "choices": list(files.SETTINGS), "default": files.COMMENT},
}


class ActionModule(ActionBase):
    _supports_check_mode = True
    _supports_diff = True
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, given = self.validate_argument_spec(_ARGUMENTS)
        given = untag(given)
        directory = os.path.abspath(given["dest"])
        stem = os.path.join(directory, files.file_stem(given["name"]))
        paths = {"variables": f"{stem}.yml", "snapshot": f"{stem}.json"}
        try:
            if os.path.lexists(directory):
                _files.check_private_directory(directory)
            before = {kind: _read(path) for kind, path in paths.items()}
            after = _contents(given, before["snapshot"])
            changed = [kind for kind in paths if before[kind] != after[kind]]
            for kind in [] if self._task.check_mode else changed:
                _files.write_atomically(paths[kind], after[kind].encode())
        except (OSError, UnicodeDecodeError) as error:
            raise AnsibleActionFail(
                f"The export cannot be written to {directory} ({getattr(error, 'strerror', None) or error}). Give a directory of your own "
                "as astera_export_dir."
            ) from error
        except ValueError as error:
            raise AnsibleActionFail(str(error)) from error
        result: dict[str, Any] = {"changed": bool(changed), "files": paths}
        if changed and self._task.diff:
            result["diff"] = [_diff(paths[kind], before[kind], after[kind]) for kind in changed]
        return result


def _contents(given: dict[str, Any], previous: str | None) -> dict[str, str]:
    snapshot = files.settled(given["snapshot"], files.parsed(previous))
    taken_at = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "variables": files.variables(snapshot, given["url"], given["settings"]),
        "snapshot": files.snapshot_file(snapshot, given["url"], taken_at, given["server"], previous),
    }


def _diff(path: str, before: str | None, after: str) -> dict[str, str]:
    return {"before_header": path, "after_header": path, "before": before or "", "after": after}


def _read(path: str) -> str | None:
    try:
        return _files.read_regular(path).decode()
    except FileNotFoundError:
        return None
