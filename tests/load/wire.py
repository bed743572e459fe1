"""The smallest HTTP/1.1 client that keeps a connection open, so that the load costs less than what it measures."""

import socket
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, the raw head and the body."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: bytes) -> bytes:
        """The value of a header, b"" when it is not there."""
        at = self.head.lower().find(b"\r\n" + name.lower() + b":")
        if at < 0:
            return b""
        return self.head[at + len(name) + 3 : self.head.find(b"\r\n", at + 2)].strip()


class Wire:
    """One connection to one server."""

    def __init__(self, host: str, port: int) -> None:
        self._host = f"{host}:{port}".encode()
        self._socket = socket.create_connection((host, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def get(self, path: str, headers: bytes = b"") -> Answer:
        """GET `path`; `headers` are whole lines with their line ends."""
        return self._ask(b"GET " + path.encode() + b" HTTP/1.1\r\nHost: " + self._host + b"\r\n" + headers + b"\r\n")

    def post(self, path: str, form: bytes, headers: bytes = b"") -> Answer:
        """POST a form."""
        head = (
            b"POST " + path.encode() + b" HTTP/1.1\r\nHost: " + self._host
            + b"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
            + str(len(form)).encode() + b"\r\n" + headers + b"\r\n"
        )  # fmt: skip
        return self._ask(head + form)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _ask(self, request: bytes) -> Answer:
        self._socket.sendall(request)
        data = self._rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head, body = data[: end + 2], data[end + 4 :]
        answer = Answer(int(head[9:12]), head, b"")
        length = int(answer.header(b"content-length") or 0)
        while len(body) < length:
            body += self._more()
        self._rest = body[length:]
        return Answer(answer.status, head, body[:length])

    def _more(self) -> bytes:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the server hung up")
        return data
