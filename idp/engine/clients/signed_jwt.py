"""A JWT that a client signed (a client assertion, a request object), read strictly (RFC 7515 5.2, RFC 8725).

Nothing in its header leads anywhere: no `jwk`, `jku`, `x5u` or `x5c` is looked at, and `crit` is refused.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature

from idp.engine.algorithms import ALGORITHMS, PublicKey, unb64

MAX_LENGTH = 16 * 1024
AHEAD_S = 10
"""How far a client's clock may run before ours (FAPI 2.0 Security Profile 5.3.2.1)."""

LATEST = 1e12
"""Far beyond any time that is meant; infinities and what is no number fail the comparison."""

SAME_AS = {"Ed25519": "EdDSA"}
"""RFC 9864 2.2: one algorithm under two names."""


@dataclass(frozen=True, slots=True)
class SignedJwt:
    """A JWT whose signature nobody has looked at yet. `alg` may be anything."""

    alg: str
    kid: str | None
    typ: str
    claims: Mapping[str, Any]
    message: bytes
    signature: bytes

    def signed_by(self, keys: Iterable[PublicKey]) -> bool:
        """Does one of these keys, each fit for `alg`, prove the signature?"""
        algorithm = ALGORITHMS[SAME_AS.get(self.alg, self.alg)]
        return any(_verifies(algorithm.verify, key, self) for key in keys)


def parse(text: str) -> SignedJwt | None:
    """Read a compact JWS with a JSON object in it, unverified; None when it is not one."""
    if len(text) > MAX_LENGTH or text.count(".") != 2 or not text.isascii():
        return None
    head, body, signature = text.split(".")
    try:
        header, claims = (_object(unb64(part)) for part in (head, body))
        raw_signature = unb64(signature)
    except (ValueError, RecursionError):
        return None
    alg, kid, typ = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(alg, str) or not isinstance(typ, str) or "crit" in header or header.get("b64", True) is not True:
        return None
    if kid is not None and not isinstance(kid, str):
        return None
    return SignedJwt(alg, kid, typ, claims, f"{head}.{body}".encode(), raw_signature)


def moment(claims: Mapping[str, Any], name: str) -> float | None:
    """The NumericDate under this name (RFC 7519 2); None when there is none. Raises ValueError for anything else."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LATEST:
        raise ValueError(name)
    return float(value)


def not_yet(claims: Mapping[str, Any], now: datetime) -> bool:
    """Do iat or nbf lie in the future? Raises ValueError."""
    latest = now.timestamp() + AHEAD_S
    return any((at := moment(claims, name)) is not None and at > latest for name in ("iat", "nbf"))


def _object(raw: bytes) -> dict[str, Any]:
    found = json.loads(raw)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    if b"\\u" in raw:
        json.dumps(found, ensure_ascii=False).encode()  # half of a surrogate pair is no character
    return found


def _verifies(verify: Any, key: PublicKey, jwt: SignedJwt) -> bool:
    try:
        verify(key, jwt.signature, jwt.message)
    except (InvalidSignature, ValueError):
        return False
    return True
