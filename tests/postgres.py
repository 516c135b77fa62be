# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A PostgreSQL of its own for one test run: on a free port of 127.0.0.1, ended with it."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path


class Missing(Exception):
    """PostgreSQL is not installed, or no account can run it here."""


def programs() -> Path:
    """Where Debian's package has them; ``initdb`` is not in the PATH there."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    other = shutil.which("initdb")
    if other is None:
        raise Missing("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    return Path(other).parent


@contextlib.contextmanager
def running() -> Iterator[str]:
    """→ an SQLAlchemy URL of an empty database. It refuses to run as root, so that then another user does."""
    bin_folder = programs()
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="astera-postgres-"))
    try:
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        password = secrets.token_urlsafe(12)
        (folder / "password").write_text(password, encoding="ascii")
        (folder / "password").chmod(0o644)
        data, login = folder / "data", ["-U", "astera", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}"]
        _run(user, [bin_folder / "initdb", "-D", data, *login, "--no-sync", "-E", "UTF8", "--locale=C"], folder)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c fsync=off -c unix_socket_directories={folder}"
        server = subprocess.Popen(
            [bin_folder / "postgres", "-D", data, *options.split()],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **_as(user),
        )
        try:
            _await(port, server)
            yield f"postgresql+psycopg://astera:{password}@127.0.0.1:{port}/postgres"
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def another(url: str) -> str:
    """An empty database beside that of the URL."""
    import psycopg

    name = f"repository_{secrets.token_hex(4)}"
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{url.rpartition('/')[0]}/{name}"


def _user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Missing("PostgreSQL does not run as root, and there is no other user")


def _as(user: pwd.struct_passwd | None) -> dict[str, int | list[int]]:
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def _run(user: pwd.struct_passwd | None, command: list[object], folder: Path) -> None:
    done = subprocess.run(
        list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False, timeout=120, **_as(user)
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    import psycopg

    until = time.monotonic() + 60
    problem = ""
    while time.monotonic() < until:
        assert server.poll() is None, "PostgreSQL did not start"
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="nobody", dbname="postgres", connect_timeout=2).close()
        except psycopg.OperationalError as error:
            problem = str(error)
            # That it asks for a password, or refuses, is an answer.
            if "password" in problem or "authentication" in problem:
                return
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"PostgreSQL did not start in time: {problem}")
