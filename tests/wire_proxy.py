# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between a client and a server, on the level of TCP: late, slow, cut, reset, or silent, with TLS inside or without."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from dataclasses import dataclass

from ansible_collections.astera.data_stack.tests.raw_server import stop_listening


@dataclass
class NetworkFault:
    """What happens to the bytes of one direction of each connection.

    cut: how many pass before the connection is closed (``reset``: torn). rate: bytes a second. latency: seconds before
    each piece. silent: they are taken, and nothing is passed on.
    """

    cut: int | None = None
    reset: bool = False
    rate: float | None = None
    latency: float = 0.0
    silent: bool = False


class WireProxy:
    """``with WireProxy(server.port) as wire:`` → ``wire.port``; ``up`` is what the client sends. Harms end after ``times`` connections."""

    def __init__(
        self, target: int, *, up: NetworkFault | None = None, down: NetworkFault | None = None, times: int = 10**9
    ) -> None:
        self.target = target
        self.up, self.down, self.times = up or NetworkFault(), down or NetworkFault(), times
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()

    def __enter__(self) -> WireProxy:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        stop_listening(self._listener)
        for one in list(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            harmed = self.connections <= self.times
            threading.Thread(target=self._pass, args=(client, harmed), daemon=True).start()

    def _pass(self, client: socket.socket, harmed: bool) -> None:
        """Both directions in one thread: a socket that another thread reads from cannot be torn, only closed."""
        with client, socket.create_connection(("127.0.0.1", self.target)) as server, contextlib.suppress(OSError):
            self._open |= {client, server}
            ways = {
                client: (server, self.up if harmed else NetworkFault()),
                server: (client, self.down if harmed else NetworkFault()),
            }
            passed = dict.fromkeys(ways, 0)
            while True:
                for source in select.select(list(ways), [], [])[0]:
                    sink, harm = ways[source]
                    data = source.recv(65536 if harm.rate is None else 64)
                    if not data:
                        return
                    if harm.silent:
                        continue
                    time.sleep(harm.latency + (len(data) / harm.rate if harm.rate else 0))
                    if harm.cut is not None and passed[source] + len(data) >= harm.cut:
                        sink.sendall(data[: harm.cut - passed[source]])
                        if harm.reset:
                            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                        return
                    passed[source] += len(data)
                    sink.sendall(data)
