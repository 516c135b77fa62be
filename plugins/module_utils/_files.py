# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every write to the local file system: private directories, atomic writes, locks and state files. Private to this collection.

Directories are created with mode 0700 and files with mode 0600, whatever the umask. Links, other users' files and everything
that is not a regular file are refused. Functions raise ``OSError``; ``StateFile`` raises ``AsteraError``.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from typing import Any

from ._client.waiting import poll
from ._errors import COMMITTED, AsteraError

MAX_STEM_LENGTH = 60
MAX_STATE_SIZE = 1 << 20
# Seconds to wait for a process that only reads or replaces a state file, which takes it a moment.
MAX_LOCK_WAIT = 0.5
LOCK_POLL_INTERVAL = 0.01
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_OPEN_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC


def file_name(*identity: str) -> str:
    """Return the name of the JSON file of an identity: a readable stem, and a hash that keeps apart what is apart."""
    stem = _UNSAFE.sub("-", "-".join(identity))[:MAX_STEM_LENGTH].strip("-.")
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:16]
    return f"{stem or 'state'}-{digest}.json"


def resolve_path(path: str, *identity: str) -> str:
    """Return the path of the file of an identity: in the directory if the path ends with a slash, otherwise the path itself."""
    return os.path.join(path, file_name(*identity)) if path.endswith("/") else path


def make_private_directory(path: str) -> None:
    """Create a directory and its missing parents with mode 0700. Refuse an existing one that is a link or another user's."""
    level = path = os.path.abspath(path)
    missing = []
    while not os.path.lexists(level):
        missing.append(level)
        level = os.path.dirname(level)
    for level in reversed(missing):
        with contextlib.suppress(FileExistsError):
            os.mkdir(level, 0o700)
    check_private_directory(path)


def check_private_directory(path: str) -> None:
    state = os.lstat(path)
    if stat.S_ISLNK(state.st_mode):
        raise OSError(errno.ELOOP, "a symbolic link")
    if not stat.S_ISDIR(state.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, "not a directory")
    _check_owner(state)


def open_regular(path: str, flags: int = os.O_RDONLY) -> int:
    """Open a regular file. Never wait for the other end of a pipe."""
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "a directory" if stat.S_ISDIR(state.st_mode) else "not a regular file")
    return descriptor


def read_regular(path: str) -> bytes:
    with open(open_regular(path), "rb") as file:
        return file.read()


def open_private(path: str, flags: int = os.O_RDONLY) -> int:
    """Open a regular file that only this user can have written, and never follow a link."""
    descriptor = open_regular(path, flags | os.O_NOFOLLOW)
    try:
        state = os.fstat(descriptor)
        _check_owner(state)
        if state.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(errno.EPERM, "writable by other users")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_private(path: str) -> bytes:
    with open(open_private(path), "rb") as file:
        return file.read()


def read_json(path: str) -> dict[str, Any]:
    """Return the JSON object in a private file, or an empty one if it cannot be read."""
    try:
        content = json.loads(read_private(path))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_json(path: str, content: dict[str, Any]) -> None:
    write_atomically(path, json.dumps(content).encode())


def write_atomically(path: str, content: bytes) -> None:
    """Write or replace a file as a whole, so that a reader never sees half of it."""
    directory = os.path.dirname(path) or "."
    make_private_directory(directory)
    descriptor, temporary = tempfile.mkstemp(dir=directory, prefix=".astera-")
    try:
        _write(descriptor, content)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def create_exclusively(path: str, content: bytes) -> None:
    """Create a file. Raise ``FileExistsError`` if there is one, also if it appears at the same moment."""
    make_private_directory(os.path.dirname(path) or ".")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPEN_FLAGS, 0o600)
    try:
        _write(descriptor, content)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise


def link_or_copy(source: str, path: str) -> str:
    """Give a file a second name in a private directory. Copy it where the file system has no hard links."""
    try:
        os.link(source, path)
    except OSError:
        shutil.copyfile(source, path)
    return path


@contextlib.contextmanager
def locked(path: str) -> Iterator[None]:
    """Hold the lock of a lock file. Continue without it where the file system has no locks, as some network file systems."""
    descriptor = -1
    try:
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _OPEN_FLAGS, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _try_lock(descriptor: int, kind: int) -> bool:
    """Return whether the lock is free, or the file system has no locks."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def _write(descriptor: int, content: bytes) -> None:
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _check_owner(state: os.stat_result) -> None:
    if state.st_uid not in (os.geteuid(), 0):
        raise PermissionError(errno.EPERM, "owned by another user")


class StateFile:
    """A JSON file of this side that outlives a run, and that two runs never both own.

    option: the option that names it, for messages. content: what it holds; empty if there is none, or if it is damaged.
    It is created exclusively. After that, it is replaced or removed only if it is still what this object has read or written, and no
    other process keeps it.
    """

    option = ""
    format = 1

    def __init__(self, path: str) -> None:
        self.path = path
        # The open file whose lock shows other processes that this one is alive.
        self._kept: int | None = None
        self.reload()

    def reload(self) -> None:
        """Read the file again."""
        self._raw = self._read()
        self.content = self._parse()

    @property
    def exists(self) -> bool:
        return self._raw is not None

    def check_writable(self) -> None:
        """Refuse a path that could not be written once it must be."""
        directory = os.path.dirname(os.path.abspath(self.path))
        try:
            if os.path.lexists(directory):
                check_private_directory(directory)
        except OSError as error:
            raise self._unusable(f"is in {directory}, which is {error.strerror}") from error
        while not os.path.lexists(directory):
            directory = os.path.dirname(directory)
        if not os.path.isdir(directory) or not os.access(directory, os.W_OK):
            raise self._unusable(f"cannot be written, because {directory} is not a writable directory")

    @property
    def in_use(self) -> bool:
        """Whether a living process keeps the file, other than by this object. False where the file system has no locks."""
        if self._kept is not None or not self.exists:
            return False
        try:
            descriptor = open_private(self.path)
        except OSError:
            return False
        try:
            return not _try_lock(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)

    def keep(self) -> None:
        """Hold the lock of the file until it is removed, or released, or the process ends, however it ends. Raise if the file is no
        longer the one that is known.

        Without locks, as on some network file systems, the file is kept by its content alone.
        """
        is_kept = self._kept is not None
        try:
            if self._kept is None:
                self._kept = open_private(self.path, os.O_RDWR)
                self._lock(self._kept)
            same = os.path.samestat(os.fstat(self._kept), os.stat(self.path))
            if not same or os.pread(self._kept, MAX_STATE_SIZE, 0) != self._raw:
                raise self.conflict("was taken over by another run while this one used it")
        except (AsteraError, OSError) as error:
            if not is_kept:
                self.release()
            if isinstance(error, FileNotFoundError):
                raise self.conflict("was removed while this run used it") from error
            if isinstance(error, OSError):
                raise self._unusable(f"cannot be used ({error.strerror})") from error
            raise

    def _lock(self, descriptor: int) -> None:
        if not poll(lambda: _try_lock(descriptor, fcntl.LOCK_EX), MAX_LOCK_WAIT, LOCK_POLL_INTERVAL):
            raise self.in_use_conflict()

    def release(self) -> None:
        if self._kept is not None:
            os.close(self._kept)
            self._kept = None

    def save(self, content: dict[str, Any]) -> None:
        raw = json.dumps({"format": self.format, **content}).encode()
        try:
            if self.exists:
                with self._hold():
                    write_atomically(self.path, raw)
            else:
                create_exclusively(self.path, raw)
        except FileExistsError as error:
            raise self.conflict("was created by another run a moment ago") from error
        except OSError as error:
            raise self._unusable(f"cannot be written ({error.strerror})") from error
        self._raw, self.content = raw, content

    def remove(self) -> None:
        try:
            if os.path.lexists(self.path):
                with self._hold():
                    os.unlink(self.path)
        except OSError as error:
            raise self._unusable(f"cannot be removed ({error.strerror})", outcome=COMMITTED) from error
        self.release()
        self._raw, self.content = None, {}

    def conflict(self, cause: str) -> AsteraError:
        return AsteraError(
            "conflict",
            f"{self.option} {self.path} {cause}. Wait for the run that uses it. If there is none, set force to true to take the "
            "file over, or remove it.",
        )

    def in_use_conflict(self, cause: str = "") -> AsteraError:
        message = f"{self.option} {self.path} is in use by a task that is still in progress{cause}. Wait for its end."
        return AsteraError("conflict", message)

    def _unusable(self, cause: str, **known: Any) -> AsteraError:
        message = f"{self.option} {self.path} {cause}. Give the path of a file in a directory of your own."
        return AsteraError("usage", message, **known)

    @contextlib.contextmanager
    def _hold(self) -> Iterator[None]:
        """Keep other runs from replacing the file, and raise if it is no longer the one that is known."""
        is_kept = self._kept is not None
        self.keep()
        try:
            yield
        finally:
            if not is_kept:
                self.release()

    def _read(self) -> bytes | None:
        try:
            return read_private(self.path)
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise AsteraError(
                "conflict",
                f"{self.option} {self.path} cannot be used ({error.strerror}). Make it private to the user that runs the task, "
                "or remove it.",
            ) from error
        except OSError as error:
            raise self._unusable(f"cannot be used ({error.strerror})") from error

    def _parse(self) -> dict[str, Any]:
        """Return nothing for a file of unknown content: only the caller knows whether it can be replaced."""
        try:
            content = json.loads(self._raw or b"")
        except (ValueError, RecursionError):
            return {}
        known = isinstance(content, dict) and content.get("format") == self.format
        return {key: value for key, value in content.items() if key != "format"} if known else {}
