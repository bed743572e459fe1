"""A web server of somebody else's on loopback: what lies there, and how often it was fetched."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Lying:
    """What one path answers with, and after how many seconds."""

    body: bytes
    status: int = 200
    location: str | None = None
    after_s: float = 0


@dataclass(slots=True)
class Hosted:
    """The server's address, its documents by path, and a count of the calls."""

    base: str
    documents: dict[str, Lying] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)

    def put(self, path: str, body: str | bytes, status: int = 200, **more: float) -> str:
        """Let `body` lie at `path`; its address."""
        raw = body if isinstance(body, bytes) else body.encode()
        self.documents[path] = Lying(raw, status, after_s=more.get("after_s", 0))
        return self.base + path

    def redirect(self, path: str, to: str) -> str:
        """Let `path` lead somewhere else; its address."""
        self.documents[path] = Lying(b"", 302, to)
        return self.base + path


@contextmanager
def hosted() -> Iterator[Hosted]:
    """A server that lives as long as the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.calls[self.path] += 1
            plain = self.path.partition("?")[0]
            found = here.documents.get(self.path) or here.documents.get(plain) or Lying(b"", 404)
            time.sleep(found.after_s)
            self.send_response(found.status)
            if found.location is not None:
                self.send_header("Location", found.location)
            self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here = Hosted(f"http://localhost:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
