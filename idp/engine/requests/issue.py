"""Write a grant with its code: one row, one insert."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from idp.engine.ports import Login
from idp.engine.requests import granting
from idp.engine.requests.authorization import AuthorizationRequest
from idp.engine.tokens.claims import names_of
from idp.engine.tokens.pairwise import sub_for
from idp.kernel.secrets import fingerprint, new_id, random_token

CODE_LIFE = timedelta(seconds=60)
FAMILY_LIFE = timedelta(days=180)
"""The absolute end of everything that comes of one authorization."""


def told_names(request: AuthorizationRequest, allowed: frozenset[str]) -> frozenset[str]:
    """What the client would be told: what it asks for, within what the contract allows."""
    return names_of(request.scope, request.claims) & allowed


def issue(
    db: Connection, request: AuthorizationRequest, login: Login, allowed: frozenset[str], now: datetime
) -> str | None:
    """A code of 256 random bits for this login; None = the sign-in has ended meanwhile.

    `allowed` are the claims that the contract lets be told.
    """
    code = random_token("ac")
    grant = {
        "id": new_id(),
        "client_id": request.client.id,
        "sub": sub_for(db, request.client, login.subject),
        "scope": " ".join(request.scope),
        "claims": dict(request.claims) or None,
        "told": sorted(told_names(request, allowed)),
        "nonce": request.nonce,
        "offline": "offline_access" in request.scope,
        "created_at": now,
        "expires_at": now + FAMILY_LIFE,
        "code": fingerprint(code),
        "code_expires_at": now + CODE_LIFE,
        "redirect_uri": request.reply_to.redirect_uri,
        "code_challenge": request.code_challenge,
    }
    return code if granting.write(db, login, grant) else None
