"""Write a grant with its code: one row, one insert."""

from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import Connection

from idp.engine.ports import Login
from idp.engine.requests import granting, pushed
from idp.engine.requests.authorization import AuthorizationRequest
from idp.engine.tokens.claims import names_of
from idp.engine.tokens.pairwise import sub_for
from idp.kernel.secrets import fingerprint, new_id, random_token

FAMILY_LIFE = timedelta(days=180)
"""The absolute end of everything that comes of one authorization."""


class NotIssued(Enum):
    """Why there is no code after all."""

    USED_UP = "the pushed request was used for another code meanwhile (RFC 9126 7.3)"
    SIGNED_OUT = "the sign-in has ended meanwhile"


def told_names(request: AuthorizationRequest, allowed: frozenset[str]) -> frozenset[str]:
    """What the client would be told: what it asks for, within what the contract allows."""
    return names_of(request.scope, request.claims) & allowed


def issue(
    db: Connection, request: AuthorizationRequest, login: Login, allowed: frozenset[str], now: datetime
) -> str | NotIssued:
    """A code of 256 random bits for this login. `allowed` are the claims that the contract lets be told."""
    if request.pushed is not None and not pushed.spend(db, request.pushed, now):
        return NotIssued.USED_UP
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
        "code_expires_at": now + request.client.profile.code_life,
        "redirect_uri": request.reply_to.redirect_uri,
        "code_challenge": request.code_challenge,
        "dpop_jkt": request.dpop_jkt,
        "resources": list(request.resources) or None,
    }
    return code if granting.write(db, login, grant) else NotIssued.SIGNED_OUT
