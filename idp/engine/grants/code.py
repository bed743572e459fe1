"""The authorization code grant (RFC 6749 4.1.3, RFC 7636 4.6): a code is spent by one statement, right or wrong."""

from sqlalchemy import bindparam, func, select, update

from idp.engine.grants.request import (
    WRONG_RESOURCE,
    GrantError,
    TokenAnswer,
    TokenRequest,
    authorization_of,
    end_family,
    first_tokens,
)
from idp.engine.requests import pkce
from idp.engine.tables import GRANT
from idp.engine.tokens.resources import chosen
from idp.kernel.prepared import Prepared, Record
from idp.kernel.secrets import fingerprint

_SPEND = Prepared(
    update(GRANT)
    .where(GRANT.c.code == bindparam("presented"), GRANT.c.code_used_at.is_(None))
    .values(code_used_at=bindparam("at"), dpop_jkt=func.coalesce(GRANT.c.dpop_jkt, bindparam("key")))
    .returning(GRANT)
)
_SPENT = select(GRANT.c.id).where(GRANT.c.code == bindparam("presented"))
_NO = GrantError("invalid_grant", "the code is unknown, used, expired, or was issued for another request")


def redeem(request: TokenRequest) -> TokenAnswer | GrantError:
    """Tokens for a code. Any one thing wrong (client, age, redirect URI, verifier, key, used): invalid_grant."""
    code = request.form.get("code")
    if code is None:
        return GrantError("invalid_request", "code is missing")
    presented = fingerprint(code)
    row = _SPEND.first(request.db, presented=presented, at=request.now, key=request.family_key)
    if row is None:
        # RFC 6749 4.1.2: a second use may be a theft, so whatever came of the first is dead.
        replayed = request.db.execute(_SPENT, {"presented": presented}).scalar()
        if replayed is not None:
            end_family(request.db, replayed, request.now)
        return _NO
    if not _fits(request, row):
        end_family(request.db, row.id, request.now)
        return _NO
    resources = chosen(request.form.get("resource"), row.resources or (), one=request.client.reads_access_tokens)
    if resources is None:
        end_family(request.db, row.id, request.now)
        return WRONG_RESOURCE
    return first_tokens(request, row, authorization_of(row, tuple(row.scope.split()), row.nonce, resources))


def _fits(request: TokenRequest, row: Record) -> bool:
    """The truth table of T01: all of it, every time."""
    return (
        row.client_id == request.client.id
        and row.ended_at is None
        and row.code_expires_at > request.now
        and row.redirect_uri == request.form.get("redirect_uri")
        and pkce.proves(request.form.get("code_verifier", ""), row.code_challenge)
        and row.dpop_jkt in (None, request.binding.jkt)
    )
