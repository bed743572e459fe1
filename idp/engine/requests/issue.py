"""Write a grant with its code: one row, one insert."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert

from idp.engine.ports import Login
from idp.engine.requests import pushed
from idp.engine.requests.authorization import AuthorizationRequest
from idp.engine.tables import GRANT
from idp.engine.tokens.claims import names_of
from idp.engine.tokens.pairwise import sub_for
from idp.kernel.secrets import fingerprint, new_id, random_token

FAMILY_LIFE = timedelta(days=180)
"""The absolute end of everything that comes of one authorization."""

_INSERT = insert(GRANT)


def told_names(request: AuthorizationRequest, allowed: frozenset[str]) -> frozenset[str]:
    """What the client would be told: what it asks for, within what the contract allows."""
    return names_of(request.scope, request.claims) & allowed


def issue(
    db: Connection, request: AuthorizationRequest, login: Login, allowed: frozenset[str], now: datetime
) -> str | None:
    """A code of 256 random bits for this login. `allowed` are the claims that the contract lets be told.

    None when the request was pushed and has been used up by another code meanwhile (RFC 9126 7.3).
    """
    if request.pushed is not None and not pushed.spend(db, request.pushed, now):
        return None
    code = random_token("ac")
    db.execute(
        _INSERT,
        {
            "id": new_id(),
            "client_id": request.client.id,
            "subject": login.subject,
            "sub": sub_for(db, request.client, login.subject),
            "sid": login.sid,
            "auth_time": login.auth_time,
            "amr": " ".join(login.amr),
            "acr": login.acr,
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
            "resources": list(request.resources) or None,
        },
    )
    return code
