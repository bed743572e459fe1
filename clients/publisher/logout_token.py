"""Logout tokens as a receiver checks them (OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LEEWAY_S = 60
MAX_LIFE_S = 600
"""The specification advises two minutes. Ours is the time that a `jti` must be remembered."""
_MAX_TOKEN = 8192


@dataclass(frozen=True, slots=True)
class LogoutToken:
    """Whose sign-ins end: of `sid`, or of `sub` everywhere. Not to be accepted twice until `expires_at` (seconds)."""

    jti: str
    sub: str | None
    sid: str | None
    expires_at: int


@dataclass(frozen=True, slots=True)
class Refused:
    """What is wrong with it. `unknown_key`: the keys that we know may be too old."""

    reason: str
    unknown_key: bool = False


def read(text: str, *, keys: KeySet, issuer: str, client_id: str, alg: str, now: int) -> LogoutToken | Refused:
    """The token in `text`, when every check holds: signature first, with the one algorithm of this client."""
    if len(text) > _MAX_TOKEN:
        return Refused("longer than a logout token is")
    try:
        token = jwt.decode(text, keys, algorithms=[alg])
        _standard_claims(issuer, client_id, now).validate(token.claims)
    except InvalidKeyIdError:
        return Refused("signed with a key that is not published", unknown_key=True)
    except (JoseError, ValueError) as error:
        return Refused(f"not a valid token: {error}")
    problem = _problem(token.header, token.claims)
    if problem is not None:
        return Refused(problem)
    claims = token.claims
    return LogoutToken(claims["jti"], claims.get("sub"), claims.get("sid"), int(claims["exp"]) + LEEWAY_S)


def _standard_claims(issuer: str, client_id: str, now: int) -> JWTClaimsRegistry:
    return JWTClaimsRegistry(
        now,
        LEEWAY_S,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        iat={"essential": True},
        exp={"essential": True},
        jti={"essential": True},
    )


def _problem(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str | None:
    """What makes it a logout token, and no other kind of token."""
    if str(header.get("typ", "")).lower().removeprefix("application/") != "logout+jwt":
        return "typ is not logout+jwt"
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        return "events does not hold the logout event"
    if "nonce" in claims:
        return "it holds a nonce, so it may be an ID token"
    subject = [claims[name] for name in ("sub", "sid") if name in claims]
    if not subject or not all(isinstance(value, str) and value for value in subject):
        return "neither sub nor sid says whose sign-in ends"
    if claims["exp"] - claims["iat"] > MAX_LIFE_S:
        return f"it lives longer than {MAX_LIFE_S} s"
    return None
