"""What is done with tokens: refreshing, asking about them, binding them to a key."""

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.load.run import Operation
from tests.load.wire import Answer, Wire
from tests.proofs import ProofKey

PROOFS = 16_000
"""More than a round of four seconds uses up."""

FORM = b"grant_type=client_credentials&scope=reports"


@dataclass(slots=True)
class Refresh:
    """Each connection refreshes a family of its own, over and over; `sign_in` gives the first token set of one."""

    where: str
    credentials: bytes
    sign_in: Any
    _tokens: dict[Wire, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, wire: Wire) -> None:
        token = self._tokens.get(wire) or self._first(wire)
        form = b"grant_type=refresh_token&refresh_token=" + token.encode()
        answer = wire.post(self.where, form, self.credentials)
        if answer.status != 200:
            raise SystemExit(f"no refresh: {answer.status} {answer.body.decode()}")
        self._tokens[wire] = json.loads(answer.body)["refresh_token"]

    def _first(self, wire: Wire) -> str:
        with self._lock:
            self.sign_in(wire)
            token: str = self.sign_in.last["refresh_token"]
        return token


def proof(key: ProofKey, method: str, url: str, token: str | None = None) -> bytes:
    """The header with a fresh proof."""
    return f"DPoP: {key.proof(method, url, token=token)}\r\n".encode()


@dataclass(slots=True)
class Bound:
    """Requests with a fresh proof each (RFC 9449): `send` gets the DPoP header.

    The proofs of a round are signed before it, so that the load's own ES256 is no part of what is measured.
    """

    key: ProofKey
    method: str
    url: str
    token: str | None
    send: Callable[[Wire, bytes], Answer]
    _ready: deque[bytes] = field(default_factory=deque)

    def prepare(self) -> None:
        """Sign as many as a round needs; they are good for a minute."""
        self._ready = deque(self._sign() for _ in range(PROOFS))

    def __call__(self, wire: Wire) -> None:
        answer = self.send(wire, self._ready.popleft() if self._ready else self._sign())
        if answer.status != 200:
            raise SystemExit(f"{self.url}: {answer.status} {answer.body.decode()}")

    def _sign(self) -> bytes:
        return proof(self.key, self.method, self.url, self.token)


def bound_userinfo(url: str, issuer: str, key: ProofKey, token: str) -> Bound:
    """GET userinfo with a token that is bound to a key."""
    where, authorization = url.removeprefix(issuer), f"Authorization: DPoP {token}\r\n".encode()
    return Bound(key, "GET", url, token, lambda wire, proven: wire.get(where, authorization + proven))


def bound(url: str, issuer: str, credentials: bytes) -> Bound:
    """A machine's own token, bound to an ES256 key."""
    where = url.removeprefix(issuer)
    return Bound(
        ProofKey.generate(), "POST", url, None, lambda wire, proven: wire.post(where, FORM, credentials + proven)
    )


def introspection(where: str, credentials: bytes, token: str) -> Operation:
    """Ask about one's own token (RFC 7662)."""
    form = b"token=" + token.encode()

    def operation(wire: Wire) -> None:
        answer = wire.post(where, form, credentials)
        if answer.status != 200 or not json.loads(answer.body)["active"]:
            raise SystemExit(f"not active: {answer.status} {answer.body.decode()}")

    return operation
