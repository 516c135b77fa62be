# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run Ansible's commands in forks of a process that has imported their libraries.

Half of the time that a start of ``ansible-playbook`` costs are imports that depend on no setting. Each process of the tests pays
for them once. A test that signals a command or looks at its process starts a process of its own.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

# None of them reads the environment or a setting of Ansible when it is imported.
LIBRARIES = (
    *(
        "asyncio",
        "cryptography.hazmat.backends.openssl.backend",
        "difflib",
        "email.parser",
        "getpass",
        "importlib.metadata",
    ),
    *("jinja2.nativetypes", "multiprocessing.managers", "requests", "uuid", "yaml", "zipfile"),
    *("ansible.config.manager", "ansible.module_utils.common.collections", "ansible.utils.collection_loader"),
)
MAX_REQUEST_SIZE = 1 << 17


class ForkServer:
    """The process that forks, and the socket to it. It ends with the socket."""

    def __init__(self) -> None:
        self._socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            command = [sys.executable, "-P", __file__, str(other.fileno())]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[other.fileno()])

    def run(
        self, command: list[str | Path], cwd: Path, env: dict[str, str], timeout: float = 600
    ) -> subprocess.CompletedProcess[str]:
        """Run a Python script with arguments, without input."""
        request = json.dumps({"argv": [str(word) for word in command], "cwd": str(cwd), "env": env}).encode()
        assert len(request) < MAX_REQUEST_SIZE
        ours, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
            with other:
                socket.send_fds(self._socket, [request], [other.fileno(), stdout.fileno(), stderr.fileno()])
            ours.settimeout(timeout)
            pid = int(ours.recv(99))
            try:
                status = int(ours.recv(99))
            except BaseException:
                os.killpg(pid, signal.SIGKILL)
                raise
            texts = []
            for file in (stdout, stderr):
                file.seek(0)
                texts.append(file.read().decode())
        return subprocess.CompletedProcess(command, os.waitstatus_to_exitcode(status), *texts)

    def stop(self) -> None:
        self._socket.close()
        self._process.wait()


_running: list[ForkServer] = []


def run(command: list[str | Path], cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command with the server of this process, which the first call starts."""
    if not _running:
        _running.append(ForkServer())
    return _running[0].run(command, cwd, env)


def stop() -> None:
    while _running:
        _running.pop().stop()


def _reap(*_signal: object) -> None:
    """Wait for the children that ended, so that their processor time is counted."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def serve(requests: socket.socket) -> None:
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, _reap)
    while True:
        request, (*files,), *_rest = socket.recv_fds(requests, MAX_REQUEST_SIZE, 3)
        if not request:
            break
        if os.fork() == 0:
            requests.close()
            _supervise(json.loads(request), *files)
            return
        for file in files:
            os.close(file)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _reap()


def _supervise(request: dict, report: int, stdout: int, stderr: int) -> None:
    """Run the command in a child, and report its process ID and its exit status."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        os.close(report)
        _execute(request, stdout, stderr)
        return
    os.write(report, str(pid).encode())
    os.write(report, str(os.waitpid(pid, 0)[1]).encode())
    os._exit(0)


def _execute(request: dict, stdout: int, stderr: int) -> None:
    """Do what a new process would. It ends as a script ends, with all that is registered for the exit."""
    os.setsid()
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    for number, file in ((1, stdout), (2, stderr)):
        os.dup2(file, number)
        os.close(file)
    sys.argv = request["argv"]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        serve(listening)
