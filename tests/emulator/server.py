# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A running emulator: TLS on a free port of 127.0.0.1, in a thread that ends with this process."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
import shutil
import socket
import ssl
import struct
import tempfile
import threading
from collections.abc import Callable
from functools import partial, partialmethod
from pathlib import Path
from typing import Any

import trustme
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from . import control
from .app import Account, Service, make_app
from .dialect import Dialect
from .faults import CALL, Entry, Fault
from .handlers import Handlers
from .middleware import Middleware
from .store import Store

_CONNECTIONS = itertools.count(1)


class _Protocol(HttpToolsProtocol):
    """Identify the connection of each request, so that the application can cut it."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.number = next(_CONNECTIONS)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["emulator.connection"] = self.number
        self.scope["emulator.sever"] = self._sever

    def _sever(self, *, graceful: bool) -> None:
        if graceful:
            self.transport.close()
            return
        peer = self.transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


class Emulator:
    """``with Emulator(Dialect.preset("pascal")) as server:`` → ``server.url``, ``.ca_path``, ``.username``, ``.password``.

    database: an SQLAlchemy URL, by default a new SQLite file. Two emulators on one database are two servers of a cluster.
    """

    def __init__(
        self,
        dialect: Dialect | None = None,
        *,
        tls: bool = True,
        port: int = 0,
        database: str | None = None,
        username: str = "automation",
        password: str | None = None,
        folder: str | None = None,
        latency: float = 0.0,
    ) -> None:
        self.dialect = dialect or Dialect()
        self.username = username
        self.password = password or secrets.token_urlsafe(12)
        self._own_folder = folder is None
        self._folder = Path(folder or tempfile.mkdtemp(prefix="astera-emulator-"))
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        self.ca_path = str(self._folder / "ca.pem") if tls else None
        self.store = Store(database or f"sqlite:///{self._folder / 'state.db'}", self._identity())
        self.handlers = Handlers(self.store, self.dialect, self.port)
        self.service = Service(self.handlers, {self.username: Account(self.password)})
        self.service.latency = latency
        self.service.restart = self._restart_soon
        self.service.drop_tokens = self.expire_tokens
        middleware = Middleware(make_app(self.service), partial(control.make_control_app, self), self.service)
        self._server = uvicorn.Server(
            uvicorn.Config(
                middleware,  # type: ignore[arg-type]
                http=_Protocol,
                log_level="critical",
                lifespan="off",
                timeout_keep_alive=60,
                ws="none",
            )
        )
        self._server.config.load()
        self._server.config.ssl = self._tls_context() if tls else None
        self._thread = threading.Thread(target=self._serve, name="astera-emulator", daemon=True)
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self.ca_path else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Emulator:
        self._thread.start()
        if not self._ready.wait(30):
            raise RuntimeError("the emulator did not start within 30 seconds")
        return self

    def __exit__(self, *error: object) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self.store.close()
        if self._own_folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def serve_forever(self, announce: Callable[[], None]) -> None:
        """Serve until a signal ends this thread."""
        with self:
            announce()
            with contextlib.suppress(KeyboardInterrupt):
                while self._thread.is_alive():
                    self._thread.join(1)

    # What tests read and change

    @property
    def requests(self) -> list[Entry]:
        return self.service.journal.entries()

    @property
    def writes(self) -> list[Entry]:
        return [entry for entry in self.requests if entry.writes]

    @property
    def commits(self) -> list[Entry]:
        return [entry for entry in self.requests if entry.committed]

    def clear_requests(self) -> None:
        self.service.journal.clear()

    @property
    def state(self) -> dict[str, Any]:
        return self.store.snapshot()

    def edit(self, kind: str, name: str | None = None, /, **keys: Any) -> None:
        """Change a ``deployment``, ``schedule``, ``cluster`` or ``server_config`` as another client does."""
        self.handlers.edit(kind, name, keys)

    def seed(self, kind: str, **keys: Any) -> dict[str, Any]:
        """Create a ``deployment`` or ``schedule`` that existed before the first request. Return it."""
        return self.handlers.seed(kind, keys)

    edit_deployment = partialmethod(edit, "deployment")
    edit_schedule = partialmethod(edit, "schedule")
    edit_cluster = partialmethod(edit, "cluster", None)
    edit_server_config = partialmethod(edit, "server_config", None)
    seed_deployment = partialmethod(seed, "deployment")
    seed_schedule = partialmethod(seed, "schedule")

    def remove(self, kind: str, name: str) -> None:
        self.handlers.remove(kind, name)

    def fail(self, method: str, path: str, **how: Any) -> None:
        """Add a fault: see ``Fault``."""
        self.service.faults.add(Fault(method, path, **how))

    def before(self, method: str, path: str, action: Callable[[], Any], **when: Any) -> None:
        """Run an action when a request was read, before its handler runs."""
        self.service.faults.add(Fault(method, path, how=CALL, action=action, **when))

    def clear_faults(self) -> None:
        self.service.faults.clear()

    def set_job_result(self, file_path: str, status: str) -> None:
        """Set the status with which jobs of this file end."""
        self.handlers.job_results[file_path] = status

    def expire_tokens(self) -> None:
        with self.store.transaction() as work:
            work.new_secret()

    def add_account(self, username: str, *, lacks: tuple[str, ...] = ()) -> str:
        """Add an account that gets the status 403 for the paths that it lacks (can contain ``*``). Return its password."""
        password = secrets.token_urlsafe(12)
        self.service.accounts[username] = Account(password, lacks)
        return password

    def log_to(self, write: Callable[[str], Any]) -> None:
        """Log each request as a line without secrets."""
        self.service.log = lambda entry: write(entry.log_line())

    def restart(self, seconds: float = 0.0) -> None:
        """Stop for some seconds, then listen on the configured port if it is free. All tokens become invalid."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._restart(seconds), self._loop).result()

    # Serving

    def _identity(self) -> str:
        """Return the id of this server among those that share a database. It is kept in the directory of the state."""
        file = self._folder / "server-id"
        if not file.exists():
            file.write_text(secrets.token_hex(8), encoding="ascii")
        return file.read_text(encoding="ascii")

    def _tls_context(self) -> ssl.SSLContext:
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1", "localhost")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        authority.cert_pem.write_to_path(str(self._folder / "ca.pem"))
        return context

    def _serve(self) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._run())

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._server.lifespan = self._server.config.lifespan_class(self._server.config)
        await self._server.startup(sockets=[self._socket])
        self._ready.set()
        # The loop of uvicorn checks for the end only every 0.1 s, which would slow down the many short-lived servers of the tests.
        main_loop = asyncio.create_task(self._server.main_loop())
        await self._stop.wait()
        main_loop.cancel()
        # Nor is its shutdown used, which always waits 0.1 s. Remaining tasks are cancelled with the runner.
        for listening in self._server.servers:
            listening.close()
        await self._abort_connections()
        self._socket.close()

    async def _abort_connections(self) -> None:
        """Abort all connections. Those in their TLS handshake are known to the loop only."""
        state, transports = self._server.server_state, asyncio.get_running_loop()._transports  # type: ignore[attr-defined]
        for attempt in range(100):
            for transport in list(transports.values()):
                transport.abort()
            # A transport closes its socket in a later iteration of the loop.
            if attempt > 1 and not state.connections and not state.tasks:
                break
            await asyncio.sleep(0.001)

    def _restart_soon(self) -> None:
        """Restart in the background, as a service does."""
        assert self._loop is not None
        self._tasks = self._loop.create_task(self._restart(self.dialect.restart_seconds))

    async def _restart(self, seconds: float) -> None:
        # The response that caused the restart is still being sent.
        await asyncio.sleep(0.05)
        for server in self._server.servers:
            server.close()
        for connection in list(self._server.server_state.connections):
            connection.transport.close()
        self.expire_tokens()
        await asyncio.sleep(seconds)
        with self.store.transaction() as work:
            wanted = int(work.single("server_config")["port"])
        try:
            self._socket = _listen(wanted)
        except OSError:
            self._socket = _listen(self.port)
        self.port = self._socket.getsockname()[1]
        config, server = self._server.config, self._server

        def protocol() -> asyncio.Protocol:
            return _Protocol(config=config, server_state=server.server_state, app_state={})

        server.servers[:] = [
            await asyncio.get_running_loop().create_server(protocol, sock=self._socket, ssl=config.ssl)
        ]


def _listen(port: int) -> socket.socket:
    # Not socket.create_server, because asyncio sets TCP_NODELAY only for sockets that state their protocol as TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    listener.listen(512)
    return listener
