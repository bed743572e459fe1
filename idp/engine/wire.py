"""The machine endpoints' own request and answer: as much of HTTP as they need, read strictly, before any framework."""

import json
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]

MAX_BODY = 64 * 1024
FORM = "application/x-www-form-urlencoded"
REPEATABLE = frozenset({"resource"})
"""May stand there more than once (RFC 8707 2); the values are joined by a space, which no resource holds."""

NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
JSON = ("Content-Type", "application/json")


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers and a body; `error` is the OAuth error that the body holds."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    error: str | None = None

    def send(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Write it out; a HEAD gets the headers alone."""
        lines = [*self.headers, ("Content-Length", str(len(self.body)))]
        start_response(STATUS_LINES[self.status], lines)
        return (b"",) if environ["REQUEST_METHOD"] == "HEAD" else (self.body,)


STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class RefusedError(Exception):
    """The request is not one that the endpoint reads; `answer` says so. Raised before anything was written."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def error(status: int, code: str, description: str, *headers: tuple[str, str]) -> Answer:
    """An error answer of RFC 6749 5.2."""
    body = json.dumps({"error": code, "error_description": description}).encode()
    return Answer(status, body, (JSON, *NO_STORE, *headers), code)


def require_method(environ: Environ, *allowed: str) -> None:
    """405 with Allow for anything else. Raises RefusedError."""
    if environ["REQUEST_METHOD"] not in allowed:
        raise RefusedError(error(405, "invalid_request", "wrong method", ("Allow", ", ".join(allowed))))


def read_form(environ: Environ) -> dict[str, str]:
    """The form of a POST. Raises RefusedError: 400 for another content type, a query or a doubled name; 413."""
    content_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if content_type != FORM:
        raise RefusedError(error(400, "invalid_request", f"send the body as {FORM}"))
    if environ.get("QUERY_STRING"):
        raise RefusedError(error(400, "invalid_request", "nothing may stand in the query"))
    body = _body(environ)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as bad:
        raise RefusedError(error(400, "invalid_request", "the body is not form-encoded UTF-8")) from bad
    form = dict(pairs)
    if len(form) != len(pairs):
        form = _joined(pairs)
    if "\x00" in body.decode() or any("\x00" in value for value in form.values()):
        raise RefusedError(error(400, "invalid_request", "a NUL character"))
    return {name: value for name, value in form.items() if value}


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    form: dict[str, str] = {}
    for name, value in pairs:
        if name in form and name not in REPEATABLE:
            raise RefusedError(error(400, "invalid_request", "a parameter stands there twice"))
        form[name] = f"{form[name]} {value}" if name in form else value
    return form


def read_json(environ: Environ, code: str) -> dict[str, Any]:
    """The JSON object of a request. Raises RefusedError with `code`: 400 for anything else; 413."""
    content_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if content_type != JSON[1]:
        raise RefusedError(error(400, code, f"send the body as {JSON[1]}"))
    try:
        parsed = json.loads(_body(environ))
        # What no database can keep as JSON is refused here: halves of surrogate pairs, infinities, NUL.
        if not isinstance(parsed, dict) or "\\u0000" in json.dumps(parsed, allow_nan=False):
            raise ValueError("not an object")
        json.dumps(parsed, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as bad:
        raise RefusedError(error(400, code, "the body is not a JSON object")) from bad
    return parsed


def _body(environ: Environ) -> bytes:
    stated: str = environ.get("CONTENT_LENGTH") or ""
    if stated and not (stated.isascii() and stated.isdigit()):
        raise RefusedError(error(400, "invalid_request", "a wrong Content-Length"))
    if len(stated) > 9 or int(stated or 0) > MAX_BODY:
        raise RefusedError(error(413, "invalid_request", "at most 64 kB"))
    # Without a length only what comes in pieces has an end; one byte more than allowed is read of it, never all.
    ends = "HTTP_TRANSFER_ENCODING" in environ or environ.get("wsgi.input_terminated", False)
    length = int(stated) if stated else MAX_BODY + 1 if ends else 0
    body: bytes = environ["wsgi.input"].read(length)
    if len(body) > MAX_BODY:
        raise RefusedError(error(413, "invalid_request", "at most 64 kB"))
    return body


def cors(environ: Environ, origins: Set[str]) -> tuple[tuple[str, str], ...]:
    """Only for a registered origin of this very client, and never null (B16)."""
    origin = environ.get("HTTP_ORIGIN")
    if origin is None or origin not in origins:
        return ()
    exposed = ("Access-Control-Expose-Headers", "DPoP-Nonce, WWW-Authenticate")
    return (("Access-Control-Allow-Origin", origin), exposed, ("Vary", "Origin"))


def bearer(environ: Environ) -> str | None:
    """The token of `Authorization: Bearer` (RFC 6750 2.1), or None."""
    header: str = environ.get("HTTP_AUTHORIZATION", "")
    return header[7:].strip() if header[:7].lower() == "bearer " else None
