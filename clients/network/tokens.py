"""The tokens of an environment: ID tokens, as wrong as its mode wants them, and logout tokens."""

import base64
import hashlib
import json
import secrets

from clients.network.keys import Claims
from clients.network.memory import Grant, Session
from clients.network.misbehaviour import Signs
from clients.network.peer import ID_TOKEN_S, Peer, now

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_TOKEN_S = 120


def id_token(peer: Peer, grant: Grant, access_token: str) -> str:
    """An ID token (OIDC Core 2) for what the code stood for."""
    issued, session = now(), grant.session
    claims: Claims = peer.about(session.person) | {
        "iss": peer.issuer,
        "aud": peer.party.client_id,
        "iat": issued,
        "exp": issued + ID_TOKEN_S,
        "auth_time": session.auth_time,
        "acr": peer.environment.acr,
        "amr": list(peer.environment.amr),
        "sid": session.sid,
        "at_hash": _half_hash(access_token),
    }
    if grant.asked.nonce is not None:
        claims["nonce"] = grant.asked.nonce
    claims = peer.wrong.id_token(claims)
    match peer.wrong.signs:
        case Signs.OWN:
            return peer.keys.sign("JWT", claims)
        case Signs.ROGUE:
            return peer.keys.sign("JWT", claims, peer.keys.rogue)
        case Signs.NOBODY:
            return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."


def logout_token(peer: Peer, session: Session) -> str:
    """A logout token (OpenID Connect Back-Channel Logout 1.0, 2.4) about one session."""
    issued = now()
    claims: Claims = {
        "iss": peer.issuer,
        "aud": peer.party.client_id,
        "iat": issued,
        "exp": issued + LOGOUT_TOKEN_S,
        "jti": secrets.token_urlsafe(16),
        "events": {EVENT: {}},
        "sub": peer.sub(session.person),
        "sid": session.sid,
    }
    return peer.keys.sign("logout+jwt", claims)


def _half_hash(access_token: str) -> str:
    """OIDC Core 3.1.3.6; SHA-256 for RS256 and ES256 alike."""
    return _base64(hashlib.sha256(access_token.encode()).digest()[:16])


def _part(value: Claims) -> str:
    return _base64(json.dumps(value).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
