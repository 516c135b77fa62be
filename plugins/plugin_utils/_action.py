# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a task in Ansible's own process, or as an ordinary module on its target. Private to this collection.

A module needs a new Python process, its imports and its packaging, about 0.3 s. In the process of Ansible a task needs none of
them. It runs there on a local connection without become, and for Windows hosts, which have no Python to run a module.
Otherwise it runs on the target, so that an unreachable target is reported as unreachable.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from ansible import constants as C
from ansible import context
from ansible.errors import AnsibleError, AnsibleFileNotFound
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils import _files, _task
from ..module_utils._arguments import check_dicts, collect_secret_values, redact_arguments
from ..module_utils._client.connection import given_options
from ..module_utils._client.upload import open_for_upload
from ..module_utils._engine.fields import find_files
from ..module_utils._errors import AsteraError, usage
from ..module_utils._kinds.registry import OPERATIONS
from ..module_utils._redactor import Redactor
from ._compat import task_arguments
from ._coordination import Caller, Coordinator
from ._runtime import InProcessRuntime, task_environment

_WITHOUT_PYTHON = ("winrm", "psrp")
_TERMINAL = sys.stdout is not None and sys.stdout.isatty()


class AsteraAction(ActionBase):
    """One task of any astera_* module."""

    _supports_check_mode = True
    _supports_async = True
    _supports_diff = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        self._operation = OPERATIONS[self._module_name()]
        specs = _task.argument_spec(self._operation)["argument_spec"]
        arguments = self._given_arguments(task_arguments(self._task, self._templar, variables, specs))
        hosts = tuple(map(str, variables.get("ansible_play_hosts") or ()))
        play = str(self._task.get_play()._uuid)
        caller = Caller(str(variables.get("inventory_hostname")), play, self._task.check_mode, hosts)
        coordinator = Coordinator(C.DEFAULT_LOCAL_TMP, caller)
        result = coordinator.run(self._operation, arguments, lambda given: self._attempt(given, variables))
        return self._display_result(result, caller.host)

    def _given_arguments(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments of a task. A part that is empty declares nothing, and neither does one that is null."""
        parts = self._operation.omit_if_empty
        given = given_options(arguments)
        return {option: None if option in parts and value == {} else value for option, value in given.items()}

    def _module_name(self) -> str:
        """Return the short name of the module that the task's name leads to, as ansible-core finds it."""
        loader = self._shared_loader_obj.module_loader
        found = loader.find_plugin_with_context(self._task.action, collection_list=self._task.collections)
        return str(found.resolved_fqcn or self._task.action).rpartition(".")[2]

    def _attempt(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        with contextlib.ExitStack() as cleanup:
            # A path that is a dict or list is rejected with the other arguments.
            files = [
                file
                for file in find_files(self._operation.options, arguments)
                if not isinstance(file[0][file[1]], (dict, list))
            ]
            try:
                check_dicts(_task.argument_spec(self._operation)["argument_spec"], arguments)
                for holder, option, kind in files:
                    holder[option] = self._local_file(kind, option, str(holder[option]), cleanup)
            except AsteraError as error:
                return self._failed(arguments, error)
            if self._can_run_in_process():
                return self._run_in_process(arguments, variables)
            return self._run_as_module(arguments, files, variables)

    def _display_result(self, result: dict[str, Any], host: str) -> dict[str, Any]:
        """Return the result as it is displayed: with differences if requested, otherwise after a line for each object."""
        if self._task.diff:
            return result
        if not self._task.no_log:
            # The output of another callback must stay as it is, for example JSON.
            to_stderr = C.DEFAULT_STDOUT_CALLBACK != "default"
            for line in describe_changes(result):
                Display().display(f"{host} => {line}", color=C.COLOR_CHANGED, stderr=to_stderr)
        # With --diff Ansible shows a diff even if the task has ``diff: false``.
        return {key: value for key, value in result.items() if key != "diff"} if context.CLIARGS.get("diff") else result

    def _failed(self, arguments: dict[str, Any], error: AsteraError) -> dict[str, Any]:
        params = {**dict.fromkeys(_task.argument_spec(self._operation)["argument_spec"]), **arguments}
        return _task.failed_result(self._operation, params, error)

    def _can_run_in_process(self) -> bool:
        if self._task.async_val:
            return False
        transport = getattr(self._connection, "transport", "")
        if transport in _WITHOUT_PYTHON:
            return True
        return transport == "local" and not self._play_context.become and not _task.missing_libraries()

    # As an ordinary module

    def _run_as_module(self, arguments: dict[str, Any], files: list[Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Copy the files to the target, and remove them with their directory."""
        try:
            for holder, option, kind in files:
                open_for_upload(kind, option, holder[option])[0].close()
        except AsteraError as error:
            return self._failed(arguments, error)
        carried: dict[str, str] = {}
        for holder, option, _kind in files:
            path = holder[option]
            if path not in carried:
                carried[path] = self._transfer(path, len(carried))
            holder[option] = carried[path]
        result = self._execute_module(
            module_name=self._task.action,
            module_args=arguments,
            task_vars=task_vars,
            wrap_async=self._task.async_val,
        )
        if carried and not self._task.async_val:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def _transfer(self, path: str, number: int) -> str:
        """Copy a file to the target under its own name, because the server stores it under that name."""
        shell = self._connection._shell
        if not shell.tmpdir:
            self._make_tmp_path()
        folder = shell.join_path(shell.tmpdir, str(number))
        self._low_level_execute_command(f"mkdir {shell.quote(folder)}", sudoable=False)
        target = shell.join_path(folder, os.path.basename(path))
        self._transfer_file(path, target)
        self._fixup_perms2((shell.tmpdir, folder, target))
        return target

    # In this process

    def _run_in_process(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        problem = _task.missing_libraries()
        if problem:
            message = missing_required_lib(problem[0])
            return {"failed": True, "msg": message, "exception": problem[1], "error": usage(message).as_dict()}
        _freeze_existing_objects()
        changes: dict[str, str] = {}
        self._compute_environment_string(changes)
        with task_environment({name: str(value) for name, value in changes.items()}):
            return self._validate_and_run(arguments, task_vars)

    def _validate_and_run(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        spec = _task.argument_spec(self._operation)
        del spec["supports_check_mode"]
        checked = ArgumentSpecValidator(**spec).validate(arguments)
        params = {**dict.fromkeys(spec["argument_spec"]), **checked.validated_parameters}
        specs = spec["argument_spec"]

        def redactor() -> Redactor:
            return Redactor({*map(str, checked._no_log_values), *collect_secret_values(specs, params)})

        if checked.error_messages:
            message = _task.format_argument_error(self._argument_error(checked), redactor())
            result = {"failed": True, "msg": message, "error": usage(message).as_dict()}
            params = checked.validated_parameters
        else:
            in_loop = bool(self._task.loop is not None or self._task.loop_with)
            runtime = InProcessRuntime(C.DEFAULT_LOCAL_TMP, in_loop, self._report_progress)
            result = _task.run_task(
                self._operation, params, check_mode=self._task.check_mode, given=arguments, runtime=runtime
            )
        if not result.get("warnings"):
            result.pop("warnings", None)
        if _shows_invocation(task_vars):
            result["invocation"] = {"module_args": redact_arguments(specs, params, redactor())}
        return result

    def _argument_error(self, checked: Any) -> str:
        message = checked.errors[0].msg
        if isinstance(checked.errors[0], UnsupportedError):
            return f"Unsupported parameters for ({self._task.action}) module: {message}"
        return message

    def _report_progress(self, line: str) -> None:
        """Display a line during a long upload or wait, only on a terminal."""
        if _TERMINAL:
            Display().v(line)

    def _local_file(self, kind: str, option: str, given: str, cleanup: contextlib.ExitStack) -> str:
        """Return the path of a local file, found and decrypted as ``copy`` does. Raise if it cannot be decrypted."""
        path = os.path.expanduser(os.path.expandvars(given))
        try:
            path = self._find_needle("files", path)
        except AnsibleFileNotFound:
            # A playbook of a collection that a project imports does not search the project, where the run was started.
            path = os.path.abspath(path) if os.path.isfile(path) else path
        if not os.path.isfile(path):
            # The task itself rejects a directory or a pipe, as it does a missing or an empty file.
            return path
        try:
            readable = self._loader.get_real_file(path)
        except AnsibleError as error:
            # An error of reading does not mean that the file is not encrypted.
            open_for_upload(kind, option, path)[0].close()
            raise usage(f"{option} {path} cannot be read. Make it a file that Ansible can read and decrypt.") from error
        if readable == path:
            return path
        # What the server stores is named after the file, which must not be named after a temporary one.
        cleanup.callback(self._loader.cleanup_tmp_file, readable)
        folder = tempfile.mkdtemp(dir=C.DEFAULT_LOCAL_TMP)
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        return _files.link_or_copy(readable, os.path.join(folder, os.path.basename(path)))


def describe_changes(result: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each object that a task changed or failed to change, as the items of a loop would show."""
    if result.get("plan") and result.get("window_opened"):
        yield "all servers of the cluster: paused meanwhile"
    for entry in result.get("plan") or []:
        kind, name = entry["kind"], entry["name"]
        label = kind if name == kind else f"{kind} {name!r}"
        if entry["error"]:
            yield f"{label}: failed" if result.get("failed") else f"{label}: cannot be predicted yet"
        elif entry["changed"]:
            yield f"{label}: {entry['action']}"


@functools.cache
def _freeze_existing_objects() -> None:
    """Exclude Ansible's own objects from garbage collection in the worker, which ends with the task.

    To look through them again and again takes longer than the work of a task with thousands of objects.
    """
    if multiprocessing.parent_process():
        gc.freeze()


def _shows_invocation(task_vars: dict[str, Any]) -> bool:
    """Return whether the result has the invocation, which ansible-core 2.21 and later make optional."""
    try:
        return bool(C.config.get_config_value("INJECT_INVOCATION", variables=task_vars))
    except AnsibleError:
        return True
