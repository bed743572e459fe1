"""Access tokens that a resource server can read by itself (RFC 9068), for clients that are registered for them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from idp.engine.keys import Signer
from idp.engine.ports import Authorization
from idp.engine.tokens.binding import Binding
from idp.kernel.secrets import new_id

TYP = "at+jwt"


def make(
    signer: Signer,
    issuer: str,
    authorization: Authorization,
    sub: str,
    binding: Binding,
    now: datetime,
    life: timedelta,
) -> str:
    """A signed access token. It is kept by its fingerprint like an opaque one, so that it can be revoked here."""
    issued = int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": sub,
        "aud": audience(authorization.resources, issuer),
        "client_id": authorization.client_id,
        "iat": issued,
        "exp": issued + int(life.total_seconds()),
        "jti": new_id(),
        "scope": " ".join(authorization.scope),
    }
    if authorization.login is not None:
        login = authorization.login
        claims |= {"auth_time": int(login.auth_time.timestamp()), "acr": login.acr, "amr": list(login.amr)}
    if binding.confirmation is not None:
        claims["cnf"] = dict(binding.confirmation)
    return signer.sign(TYP, claims)


def audience(resources: Sequence[str], issuer: str) -> str | list[str]:
    """Whom a token is for: the resources of RFC 8707, or the issuer's own userinfo endpoint (RFC 9068 3)."""
    if not resources:
        return issuer
    return resources[0] if len(resources) == 1 else list(resources)
