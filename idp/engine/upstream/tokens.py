"""What an ID token or a logout token of an upstream must hold: two tables of checks, the first that fails is told.

The key is chosen by us out of the published ones, and the algorithm out of the configured ones: what a token's header
says of either is only compared with that.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError

from idp.engine.upstream.documents import Documents, Metadata, Patience
from idp.engine.upstream.model import Failed, Upstream

Claims = Mapping[str, Any]

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LEEWAY_S = 30
"""How far two clocks may be apart."""

ISSUED_WITHIN_S = 600
LOGOUT_LIFE_S = 300
MAX_TOKEN = 16 * 1024
MAX_TEXT = 255

ID_TOKEN_TYPES: tuple[str | None, ...] = ("jwt", None)
LOGOUT_TOKEN_TYPES: tuple[str | None, ...] = ("logout+jwt",)
"""Header `typ`, in small letters: one kind of token never passes for the other (RFC 8725 3.11)."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the claims are held against; `now` in seconds since 1970. The last two are an ID token's alone."""

    issuer: str
    client_id: str
    now: int
    nonce: str = ""
    access_token: str = ""


Check = tuple[str, Callable[[Claims, Expected], bool]]


def _text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_TEXT and value.isprintable()


def _moment(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**40


def _optional(name: str, holds: Callable[[object], bool]) -> Check:
    return name, lambda claims, _: name not in claims or holds(claims[name])


def _half_hash(access_token: str) -> str:
    """OIDC Core 3.1.3.6; SHA-256 for each of our algorithms."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def _same(value: object, expected: str) -> bool:
    return isinstance(value, str) and hmac.compare_digest(value.encode("utf-8", "replace"), expected.encode())


def _issued(claims: Claims, expected: Expected) -> bool:
    earliest, latest = expected.now - ISSUED_WITHIN_S, expected.now + LEEWAY_S
    return _moment(claims.get("iat")) and earliest <= claims["iat"] <= latest


def _not_expired(claims: Claims, expected: Expected) -> bool:
    return _moment(claims.get("exp")) and expected.now < claims["exp"] + LEEWAY_S


OURS: tuple[Check, ...] = (
    ("iss", lambda claims, expected: claims.get("iss") == expected.issuer),
    # No other audience is known to us, so none is trusted (OIDC Core 3.1.3.7, 3).
    ("aud", lambda claims, expected: claims.get("aud") in (expected.client_id, [expected.client_id])),
    ("iat", _issued),
    ("exp", _not_expired),
)
"""Both kinds of token (OIDC Core 3.1.3.7; Back-Channel Logout 2.6)."""

ID_TOKEN: tuple[Check, ...] = (
    *OURS,
    ("sub", lambda claims, _: _text(claims.get("sub"))),
    ("azp", lambda claims, expected: claims.get("azp", expected.client_id) == expected.client_id),
    ("nbf", lambda claims, expected: "nbf" not in claims or _begun(claims["nbf"], expected)),
    ("nonce", lambda claims, expected: _same(claims.get("nonce"), expected.nonce)),
    (
        "at_hash",
        lambda claims, expected: "at_hash" not in claims or _same(claims["at_hash"], _half_hash(expected.access_token)),
    ),
    ("events", lambda claims, _: "events" not in claims),  # a logout token is none
    _optional("auth_time", _moment),
    _optional("acr", _text),
    _optional("sid", _text),
)

LOGOUT_TOKEN: tuple[Check, ...] = (
    *OURS,
    ("life", lambda claims, _: claims["exp"] - claims["iat"] <= LOGOUT_LIFE_S),  # ASVS 5.0 V10.5.5
    ("jti", lambda claims, _: _text(claims.get("jti"))),
    ("events", lambda claims, _: _names_the_event(claims.get("events"))),
    ("nonce", lambda claims, _: "nonce" not in claims),
    ("subject", lambda claims, _: "sub" in claims or "sid" in claims),
    _optional("sub", _text),
    _optional("sid", _text),
)


def _begun(moment: object, expected: Expected) -> bool:
    return isinstance(moment, int | float) and _moment(moment) and moment <= expected.now + LEEWAY_S


def _names_the_event(events: object) -> bool:
    return isinstance(events, Mapping) and isinstance(events.get(EVENT), Mapping)


def first_failure(checks: tuple[Check, ...], claims: Claims, expected: Expected) -> Failed | None:
    """The first check that does not hold."""
    return next((Failed(f"token.{name}") for name, holds in checks if not holds(claims, expected)), None)


def verified(
    documents: Documents,
    upstream: Upstream,
    metadata: Metadata,
    token: object,
    typs: tuple[str | None, ...],
    now: datetime,
    patience: Patience,
) -> Claims | Failed:
    """The claims of a token that this upstream signed, with a header `typ` (in small letters) that is one of `typs`."""
    if not isinstance(token, str) or not token.isascii() or len(token) > MAX_TOKEN:
        return Failed("token.form")
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError):
        return Failed("token.form")
    alg, kid, typ = header.get("alg"), header.get("kid"), header.get("typ")
    if not isinstance(alg, str) or alg not in metadata.algorithms:
        return Failed("token.alg")
    if (typ.lower() if isinstance(typ, str) else typ) not in typs:
        return Failed("token.typ")
    if kid is not None and not _text(kid):
        return Failed("token.kid")
    key = documents.key(upstream, metadata.jwks_uri, kid, alg, now, patience)
    if isinstance(key, Failed):
        return key
    try:
        return jwt.decode(token, key, algorithms=[alg]).claims
    except (JoseError, ValueError, RecursionError):
        return Failed("token.signature")
