# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server of raw bytes, for HTTP that no web framework would send: cut short, dripped, garbled, too early, too large."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator

Handler = Callable[[socket.socket], None]


class RawServer:
    """Each accepted connection is given to the handler; what the handler read of a request is kept."""

    def __init__(self, handler: Handler, context: ssl.SSLContext | None = None) -> None:
        self._handler = handler
        self._context = context
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> RawServer:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        stop_listening(self._listener)
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._context:
                client = self._context.wrap_socket(client, server_side=True)
            with client:
                self._handler(client)


def stop_listening(listener: socket.socket) -> None:
    """Close also for the thread that waits in accept: closing alone leaves the port open until the next connection."""
    with contextlib.suppress(OSError):  # macOS closes a listening socket at once, and has nothing to shut down
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def read_request(client: socket.socket) -> bytes:
    """Head and body of one request, as long as its Content-Length says."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(65536)
        if not piece:
            return data
        data += piece
    head, _end, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        piece = client.recv(65536)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body


def answering(*pieces: bytes, pause: float = 0.0) -> Handler:
    """Read a request, then send the pieces with a pause between them, then close."""

    def handler(client: socket.socket) -> None:
        read_request(client)
        for piece in pieces:
            client.sendall(piece)
            time.sleep(pause)

    return handler


def http(status: int, body: bytes = b"", *headers: str, reason: str = "X") -> bytes:
    lines = [f"HTTP/1.1 {status} {reason}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def resetting(client: socket.socket) -> None:
    """Close so that the other side sees a reset."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def drip(content: bytes, pause: float) -> Iterator[bytes]:
    for place in range(len(content)):
        time.sleep(pause)
        yield content[place : place + 1]
