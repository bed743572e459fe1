"""ID tokens (OIDC Core 2, 3.1.3): made of a fixed list of claims, and read back as hints."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from idp.engine.algorithms import ALGORITHMS, b64
from idp.engine.keys import KeyStore, Signer
from idp.engine.ports import Authorization

LIFE = timedelta(minutes=5)
TYP = "JWT"
_MAX_HINT = 8192
_OWN = frozenset({"sub", "aud", "exp", "auth_time", "at_hash"})


def make(
    signer: Signer,
    issuer: str,
    authorization: Authorization,
    access_token: str,
    personal: Mapping[str, Any],
    now: datetime,
) -> str:
    """A signed ID token. `personal` are claims about the person that the `claims` parameter asked for.

    Protocol claims are written last: whatever stands in `personal`, it cannot replace iss, aud, exp or nonce.
    """
    login = authorization.login
    if login is None or authorization.sub is None:
        raise ValueError("an ID token is about a sign-in")
    issued = int(now.timestamp())
    claims: dict[str, Any] = dict(personal) | {
        "iss": issuer,
        "sub": authorization.sub,
        "aud": authorization.client_id,
        "exp": issued + int(LIFE.total_seconds()),
        "iat": issued,
        "auth_time": int(login.auth_time.timestamp()),
        "acr": login.acr,
        "amr": list(login.amr),
        "sid": login.sid,
        "at_hash": at_hash(signer.alg, access_token),
    }
    claims.pop("nonce", None)
    if authorization.nonce is not None:
        claims["nonce"] = authorization.nonce
    return signer.sign(TYP, claims)


def at_hash(alg: str, access_token: str) -> str:
    """The left half of the token's hash, base64url (OIDC Core 3.1.3.6); the hash is that of the signature."""
    whole = hashlib.new(ALGORITHMS[alg].digest, access_token.encode()).digest()
    return b64(whole[: len(whole) // 2]).decode()


def read_hint(keys: KeyStore, issuer: str, text: str, now: datetime) -> dict[str, Any] | None:
    """The claims of an ID token that we once signed; expired is fine (RP-Initiated Logout 2). None = not ours.

    Signature first, with our published keys; then type, issuer, and what only an ID token has (T02, B35).
    """
    jwt = keys.read(text, now) if len(text) <= _MAX_HINT else None
    if jwt is None or jwt.typ != TYP or jwt.claims.get("iss") != issuer or not jwt.claims.keys() >= _OWN:
        return None
    return dict(jwt.claims)
