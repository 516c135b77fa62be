# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A running emulator: TLS on a free port of 127.0.0.1, in a thread of this process, ended with it."""

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
from .app import Account, Service, application
from .dialect import Dialect
from .faults import CALL, Entry, Fault
from .handlers import Handlers
from .middleware import Middleware
from .store import Store

_CONNECTIONS = itertools.count(1)


class _Protocol(HttpToolsProtocol):
    """Tells the application which connection a request came by, and lets it cut that connection."""

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
        self._socket = _listening(port)
        self.port: int = self._socket.getsockname()[1]
        self.ca_path = str(self._folder / "ca.pem") if tls else None
        self.store = Store(database or f"sqlite:///{self._folder / 'state.db'}", self._identity())
        self.handlers = Handlers(self.store, self.dialect, self.port)
        self.service = Service(self.handlers, {self.username: Account(self.password)})
        self.service.latency = latency
        self.service.restart = self._restart_soon
        self.service.drop_tokens = self.expire_tokens
        middleware = Middleware(application(self.service), partial(control.application, self), self.service)
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
        """In this thread, until a signal ends it."""
        with self:
            announce()
            with contextlib.suppress(KeyboardInterrupt):
                while self._thread.is_alive():
                    self._thread.join(1)

    # What a test sees and does

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
        """Change a ``deployment``, ``schedule``, ``cluster`` or ``server_config`` as another user would."""
        self.handlers.edit(kind, name, keys)

    def seed(self, kind: str, **keys: Any) -> dict[str, Any]:
        """A ``deployment`` or ``schedule`` that was there before."""
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
        """Script a fault; see ``Fault``."""
        self.service.faults.add(Fault(method, path, **how))

    def before(self, method: str, path: str, action: Callable[[], Any], **when: Any) -> None:
        """Have something done when a request has been read, before it is carried out."""
        self.service.faults.add(Fault(method, path, how=CALL, action=action, **when))

    def clear_faults(self) -> None:
        self.service.faults.clear()

    def job_ends(self, file_path: str, status: str) -> None:
        self.handlers.outcomes[file_path] = status

    def expire_tokens(self) -> None:
        with self.store.transaction() as work:
            work.new_secret()

    def add_account(self, username: str, *, lacks: tuple[str, ...] = ()) -> str:
        """One more who may log in, and is answered 403 for the paths that it lacks (may hold ``*``) → its password."""
        password = secrets.token_urlsafe(12)
        self.service.accounts[username] = Account(password, lacks)
        return password

    def log_to(self, write: Callable[[str], Any]) -> None:
        """Have each request written as a line without secrets."""
        self.service.log = lambda entry: write(entry.line())

    def restart(self, seconds: float = 0.0) -> None:
        """Be gone for so long, then listen on the configuration's port if that is free, with all tokens void."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._restart(seconds), self._loop).result()

    # Serving

    def _identity(self) -> str:
        """Which server this is among those that share a database: the same again when it is started on the same folder."""
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
        # Its loop looks for the end only every 0.1 s, which a suite of many short-lived servers would feel.
        ticking = asyncio.create_task(self._server.main_loop())
        await self._stop.wait()
        ticking.cancel()
        # Not its shutdown either, which waits 0.1 s in any case. What still runs is cancelled with the runner.
        for listening in self._server.servers:
            listening.close()
        await self._abort_connections()
        self._socket.close()

    async def _abort_connections(self) -> None:
        """Abort all connections. Those in their TLS handshake are known to the loop only."""
        state, transports = self._server.server_state, asyncio.get_running_loop()._transports  # type: ignore[attr-defined]
        for turn in range(100):
            for transport in list(transports.values()):
                transport.abort()
            # A transport closes its socket in a later turn of the loop.
            if turn > 1 and not state.connections and not state.tasks:
                break
            await asyncio.sleep(0.001)

    def _restart_soon(self) -> None:
        """As a service restarts: nothing listens for a while, then perhaps elsewhere, and all tokens are void."""
        assert self._loop is not None
        self._tasks = self._loop.create_task(self._restart(self.dialect.restart_seconds))

    async def _restart(self, seconds: float) -> None:
        # The answer that led here is still on its way.
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
            self._socket = _listening(wanted)
        except OSError:
            self._socket = _listening(self.port)
        self.port = self._socket.getsockname()[1]
        config, server = self._server.config, self._server

        def protocol() -> asyncio.Protocol:
            return _Protocol(config=config, server_state=server.server_state, app_state={})

        server.servers[:] = [
            await asyncio.get_running_loop().create_server(protocol, sock=self._socket, ssl=config.ssl)
        ]


def _listening(port: int) -> socket.socket:
    # Not create_server: asyncio sets TCP_NODELAY only where the socket says that it speaks TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    listener.listen(512)
    return listener
