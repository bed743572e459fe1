"""The refresh token grant (RFC 6749 6, RFC 9700 4.14): rotation, one family, reuse ends it, ten seconds of grace.

A client whose profile does not rotate keeps one token, which then counts only from the client itself (FAPI 2.0
Security Profile 5.3.2.1); so does the token of a public client that showed a DPoP key (RFC 9449 5).
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from idp.engine.grants.request import (
    WRONG_RESOURCE,
    GrantError,
    TokenAnswer,
    TokenRequest,
    authorization_of,
    end_family,
)
from idp.engine.tables import GRANT, REFRESH_TOKEN
from idp.engine.tokens.issue import REFRESH_IDLE, add_refresh_token
from idp.engine.tokens.lookup import REFRESH, family_lives
from idp.engine.tokens.resources import chosen
from idp.kernel.secrets import fingerprint, random_token

GRACE = timedelta(seconds=10)
"""A client that did not hear our answer may ask again this long, and gets the same successor."""

# The family's row is the lock: one refresh at a time, and none beside its end. (SQLite has one writer anyway.)
_FIND = REFRESH.with_for_update(of=GRANT)
_SPEND = (
    update(REFRESH_TOKEN)
    .where(REFRESH_TOKEN.c.fingerprint == bindparam("presented"), REFRESH_TOKEN.c.used_at.is_(None))
    .values(used_at=bindparam("at"), successor=bindparam("sealed"))
    .returning(REFRESH_TOKEN.c.grant_id)
)
_SPENT = select(REFRESH_TOKEN.c.used_at, REFRESH_TOKEN.c.successor).where(
    REFRESH_TOKEN.c.fingerprint == bindparam("presented")
)
_EXTEND = (
    update(REFRESH_TOKEN)
    .where(REFRESH_TOKEN.c.fingerprint == bindparam("presented"), REFRESH_TOKEN.c.used_at.is_(None))
    .values(expires_at=bindparam("until"))
    .returning(REFRESH_TOKEN.c.grant_id)
)
_NO = GrantError("invalid_grant", "the refresh token is unknown, used, expired or ended")


def exchange(request: TokenRequest) -> TokenAnswer | GrantError:
    """A fresh token set of the same family."""
    token = request.form.get("refresh_token")
    if token is None:
        return GrantError("invalid_request", "refresh_token is missing")
    presented = fingerprint(token)
    row = request.db.execute(_FIND, {"presented": presented}).first()
    # Another client's token is refused without a word about whether it exists, and without harm to its owner.
    if (
        row is None
        or row.client_id != request.client.id
        or not family_lives(row, request.now)
        or not _bound(request, row)
    ):
        return _NO
    scope = _narrowed(request.form.get("scope"), row.scope)
    if scope is None:
        return GrantError("invalid_scope", "a refresh may narrow the scope, never widen it")
    resources = chosen(request.form.get("resource"), row.resources or (), one=request.client.reads_access_tokens)
    if resources is None:
        return WRONG_RESOURCE
    if request.subjects.may_open(request.db, row.subject, request.client.id) is None:
        end_family(request.db, row.id, request.now)
        return _NO
    successor = _next_token(request, presented, row, token)
    if successor is None:
        end_family(request.db, row.id, request.now)
        return _NO
    authorization = authorization_of(row, scope, None, resources)
    return request.issuer.token_set(request.db, request.client, authorization, request.now, successor, request.binding)


def _bound(request: TokenRequest, row: Row[*tuple[Any, ...]]) -> bool:
    """A public client proves with its key that the token is its own; others have proven who they are already."""
    return not request.client.public or row.dpop_jkt in (None, request.binding.jkt)


def _narrowed(asked: str | None, granted: str) -> tuple[str, ...] | None:
    have = granted.split()
    if asked is None:
        return tuple(have)
    wanted = asked.split()
    return None if set(wanted) - set(have) else tuple(s for s in have if s in wanted)


def _next_token(request: TokenRequest, presented: bytes, row: Row[*tuple[Any, ...]], token: str) -> str | None:
    """The refresh token to answer with; None when this one was used before, and not just now."""
    if not request.client.profile.rotates_refresh_tokens:
        until = min(request.now + REFRESH_IDLE, row.expires_at)
        kept = request.db.execute(_EXTEND, {"presented": presented, "until": until}).first()
        return token if kept is not None else None
    successor = random_token("rt")
    sealed = request.keyring.seal(successor.encode(), _place(presented))
    spent = request.db.execute(_SPEND, {"presented": presented, "at": request.now, "sealed": sealed}).first()
    if spent is None:
        return _within_grace(request, presented)
    add_refresh_token(request.db, successor, row.id, request.now, row.expires_at)
    return successor


def _within_grace(request: TokenRequest, presented: bytes) -> str | None:
    """The successor that was given before, as long as nobody used it: somebody who did heard our answer."""
    used_at, sealed = request.db.execute(_SPENT, {"presented": presented}).one()
    if sealed is None or request.now - used_at > GRACE:
        return None
    successor = request.keyring.unseal(sealed, _place(presented)).decode()
    used_at, _ = request.db.execute(_SPENT, {"presented": fingerprint(successor)}).one()
    return successor if used_at is None else None


def _place(presented: bytes) -> tuple[str, str, str]:
    return ("refresh_token", "successor", presented.hex())
