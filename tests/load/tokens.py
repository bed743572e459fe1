"""What is done with tokens: refreshing, asking about them, binding them to a key."""

import json
import threading
from dataclasses import dataclass, field
from typing import Any

from tests.load.run import Operation
from tests.load.server import Provider
from tests.load.wire import Wire
from tests.proofs import ProofKey

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


def bound_userinfo(url: str, issuer: str, key: ProofKey, token: str) -> Operation:
    """GET userinfo with a token that is bound to a key: a fresh proof each time (RFC 9449 7)."""
    where, authorization = url.removeprefix(issuer), f"Authorization: DPoP {token}\r\n".encode()

    def operation(wire: Wire) -> None:
        answer = wire.get(where, authorization + proof(key, "GET", url, token))
        if answer.status != 200:
            raise SystemExit(f"no userinfo: {answer.status} {answer.body.decode()}")

    return operation


def bound(server: Provider, where: str, credentials: bytes) -> Operation:
    """A machine's own token, bound to an ES256 key: a fresh proof each time (RFC 9449)."""
    key = ProofKey.generate()

    def operation(wire: Wire) -> None:
        answer = wire.post(where, FORM, credentials + proof(key, "POST", server.issuer + where))
        if answer.status != 200:
            raise SystemExit(f"no bound token: {answer.status} {answer.body.decode()}")

    return operation


def introspection(where: str, credentials: bytes, token: str) -> Operation:
    """Ask about one's own token (RFC 7662)."""
    form = b"token=" + token.encode()

    def operation(wire: Wire) -> None:
        answer = wire.post(where, form, credentials)
        if answer.status != 200 or not json.loads(answer.body)["active"]:
            raise SystemExit(f"not active: {answer.status} {answer.body.decode()}")

    return operation
