"""Requests as bytes on the wire, put to a WSGI application without a socket, and what a server would choke on."""

import io
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from idp.engine.http import WsgiApp

_UNFIT = re.compile(r"[^\t\x20-\x7e\x80-\xff]")


@dataclass(frozen=True, slots=True)
class Raw:
    """One request. `headers` are WSGI names (HTTP_DPOP, CONTENT_TYPE) with values in latin-1, as servers hand over."""

    method: str
    path: str
    query: str
    body: bytes
    headers: dict[str, str]


def send(wsgi: WsgiApp, raw: Raw) -> tuple[int, bytes]:
    """(status, body). Raises AssertionError when the answer's head could not be written out."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": raw.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(raw.path).decode("latin-1"),
        "QUERY_STRING": raw.query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(raw.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(raw.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    heads: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        heads.append((status, headers))
        return io.BytesIO().write

    answer = wsgi(environ | raw.headers, start)
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    status, headers = heads[-1]
    for name, value in headers:
        assert not _UNFIT.search(value), f"{name}: {value!r}"
    return int(status[:3]), body
