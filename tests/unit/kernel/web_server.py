"""A web server on loopback that behaves as badly as a test wants."""

import re
import socket
import ssl
import time
from collections.abc import Callable

from tests.loopback import LoopbackServer


class WebServer(LoopbackServer):
    """A web server on loopback that does with each connection as it is told; `requests` are what came."""

    def __init__(self, talk: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self.requests: list[bytes] = []
        self._talk, self._context = talk, context

    def serve(self, connection: socket.socket) -> None:
        """One request and its answer."""
        if self._context:
            connection = self._context.wrap_socket(connection, server_side=True)
        self.requests.append(_request(connection))
        self._talk(connection)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)


def saying(text: str, body: bytes = b"") -> Callable[[socket.socket], None]:
    """An answer of these lines."""
    return lambda connection: connection.sendall(text.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)


def trickling(start: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    """An answer that begins with `start` and then never ends, a drop at a time."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(400):
            connection.sendall(drop)
            time.sleep(0.05)

    return talk


def silent(connection: socket.socket) -> None:
    """No answer at all, for as long as anybody waits."""
    connection.recv(1)


def _request(connection: socket.socket) -> bytes:
    """One request with its body, or whatever came before the other side stopped."""
    got = b""
    while piece := connection.recv(65536):
        got += piece
        head, ends, body = got.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        # What is not ASCII is a TLS hello: nothing more comes until it is answered.
        if not got.isascii() or (ends and len(body) >= int(length[1] if length else 0)):
            break
    return got
