# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module's real ``main()``, run in this process with arguments as Ansible would give them."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import re
from collections.abc import Iterator
from typing import Any
from unittest import mock

from ansible.module_utils import basic
from ansible.module_utils.common import warnings

_MODULES = "ansible_collections.astera.data_stack.plugins.modules"
_SUPPORT = {"_ansible_remote_tmp": "/tmp", "_ansible_keep_remote_files": False, "_ansible_diff": True}


def run(name: str, options: dict[str, Any], *, check: bool = False) -> dict[str, Any]:
    """→ the module's result, ``failed`` included, and ``text``: all that it printed."""
    module = importlib.import_module(f"{_MODULES}.{name}")
    printed = io.StringIO()
    arguments = {**options, **_SUPPORT, "_ansible_check_mode": check}
    # What a process of its own would start with.
    for kept in ("_global_warnings", "_global_deprecations"):
        getattr(warnings, kept, []).clear()
    with _arguments(arguments), _on_a_target(), contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        module.main()
    text = _without_registered(printed.getvalue())
    result = {"failed": False, "warnings": [], **json.loads(text), "text": text}
    return {**result, "warnings": [_message(warning) for warning in result["warnings"]]}


def _without_registered(text: str) -> str:
    """From ansible-core 2.22 on, a module tells the controller what to mask: no part of its result."""
    told = json.loads(text)
    return json.dumps(told) if told.pop("_ansible_new_secrets", None) else text


def run_kind(kind: Any, server: Any, runtime: Any, *, check: bool = False, **options: Any) -> dict[str, Any]:
    """Run the task of a kind in this process, with the defaults of its options → the result."""
    from ansible_collections.astera.data_stack.plugins.module_utils import _task

    spec = _task.argument_spec(kind)["argument_spec"]
    params = {option: value.get("default") for option, value in spec.items()} | connection(server) | options
    return _task.run_task(kind, params, check_mode=check, runtime=runtime)


def connection(server: Any) -> dict[str, Any]:
    """The options with which a task reaches an emulated server."""
    return {"url": server.url, "username": server.username, "password": server.password, "ca_path": server.ca_path}


def changed(result: dict[str, Any]) -> bool:
    assert not result["failed"], result["msg"]
    return result["changed"]


def failed(result: dict[str, Any], code: str, outcome: str) -> str:
    """The message of a task that failed in just this way."""
    assert result["failed"], result
    error = result["error"]
    assert (error["code"], error["outcome"]) == (code, outcome), result["msg"]
    # What a server answered is an answer to something (F10).
    assert error["status"] is None or (error["method"] and error["path"]), result
    # One sentence has no final period, two have one. Words of a server are not checked.
    assert error["detail"] or not re.search(r"[^./]{2}\.( [A-Z][^.:]*[^.)]|\. .*|\.)$", result["msg"]), result["msg"]
    return result["msg"]


def writes(server: Any) -> list[str]:
    return [entry.path for entry in server.writes]


def _message(warning: Any) -> str:
    return warning["event"]["msg"] if isinstance(warning, dict) else warning


@contextlib.contextmanager
def _arguments(arguments: dict[str, Any]) -> Iterator[None]:
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:
        content = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
        with mock.patch.object(basic, "_ANSIBLE_ARGS", content):
            yield
    else:
        with patch_module_args(arguments):
            yield


def _on_a_target() -> contextlib.AbstractContextManager[Any]:
    """In a process that has loaded a plugin of the controller, Ansible shows a module's warnings instead of returning them."""
    try:
        from ansible.module_utils import _internal
    except ImportError:
        return contextlib.nullcontext()
    # ansible-core 2.18 has the package without this flag.
    return (
        mock.patch.object(_internal, "is_controller", False)
        if hasattr(_internal, "is_controller")
        else contextlib.nullcontext()
    )
