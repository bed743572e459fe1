"""Client assertions: private_key_jwt (RFC 7523 3, OIDC Core 9, FAPI 2.0 Security Profile 5.3.2.1)."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from idp.engine.clients.model import Client
from idp.engine.clients.signed_jwt import AHEAD_S, SignedJwt, moment, not_yet
from idp.engine.once import Once
from idp.engine.tables import CLIENT_ASSERTION
from idp.kernel.secrets import fingerprint

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_LIFE_S = 300
MAX_JTI = 255
TYPES = frozenset({"jwt", "client-authentication+jwt"})
"""What `typ` may say, in whatever case (RFC 7515 4.1.9); the last is what RFC 7523bis asks for. A DPoP proof or a token
of ours is no assertion."""

_ASSERTIONS = Once(CLIENT_ASSERTION)


def names(jwt: SignedJwt) -> str | None:
    """The client that it speaks for: `iss` and `sub` are the same (RFC 7523 3, checks 1 and 2)."""
    issuer, subject = jwt.claims.get("iss"), jwt.claims.get("sub")
    return subject if isinstance(subject, str) and subject == issuer else None


def problem(jwt: SignedJwt, client: Client, issuer: str, token_endpoint: str, now: datetime) -> str | None:
    """What is wrong with its claims for this client; its signature is somebody else's matter."""
    profile = client.profile
    if jwt.alg not in profile.signing_algs or client.token_endpoint_auth_signing_alg not in (None, jwt.alg):
        return "signed with an algorithm that this client may not use"
    if jwt.typ.lower() not in TYPES:
        return "typ is of another kind of token"
    audience = jwt.claims.get("aud")
    if isinstance(audience, list) and len(audience) == 1 and profile.token_endpoint_as_audience:
        audience = audience[0]
    # RFC 9700 4.3.3: an audience beside ours may belong to a server that passes assertions on.
    if audience != issuer and not (profile.token_endpoint_as_audience and audience == token_endpoint):
        return "aud must be the issuer"
    try:
        expires = moment(jwt.claims, "exp")
        early = not_yet(jwt.claims, now)
    except ValueError:
        return "a time is no number"
    if expires is None or not now.timestamp() < expires <= now.timestamp() + MAX_LIFE_S + AHEAD_S:
        return "exp must lie ahead, by at most five minutes"
    if early:
        return "iat or nbf lie in the future"
    jti = jwt.claims.get("jti")
    return None if isinstance(jti, str) and 0 < len(jti) <= MAX_JTI else "jti is missing"


def spend(db: Connection, jwt: SignedJwt) -> bool:
    """One statement: True for the first who shows this assertion, False for everybody after (T26)."""
    jti = fingerprint(f"{jwt.claims['sub']}\x1f{jwt.claims['jti']}")
    until = datetime.fromtimestamp(float(jwt.claims["exp"]), UTC)
    return _ASSERTIONS.spend(db, jti, until)
