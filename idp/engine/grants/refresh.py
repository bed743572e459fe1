"""The refresh token grant (RFC 6749 6, RFC 9700 4.14): rotation, one family, reuse ends it, ten seconds of grace."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from idp.engine.grants.request import GrantError, TokenAnswer, TokenRequest, authorization_of, end_family
from idp.engine.tables import GRANT, REFRESH_TOKEN
from idp.engine.tokens.issue import add_refresh_token
from idp.kernel.secrets import KeyRing, fingerprint

GRACE = timedelta(seconds=10)
"""A client that did not hear our answer may ask again this long, and gets the same successor."""

_FIND = (
    select(
        GRANT,
        REFRESH_TOKEN.c.used_at.label("used_at"),
        REFRESH_TOKEN.c.expires_at.label("idle_until"),
        REFRESH_TOKEN.c.successor.label("successor"),
    )
    .select_from(REFRESH_TOKEN.join(GRANT))
    .where(REFRESH_TOKEN.c.fingerprint == bindparam("presented"))
)
_SPEND = (
    update(REFRESH_TOKEN)
    .where(REFRESH_TOKEN.c.fingerprint == bindparam("presented"), REFRESH_TOKEN.c.used_at.is_(None))
    .values(used_at=bindparam("at"))
    .returning(REFRESH_TOKEN.c.grant_id)
)
_SUCCESSOR = (
    update(REFRESH_TOKEN)
    .where(REFRESH_TOKEN.c.fingerprint == bindparam("presented"))
    .values(successor=bindparam("sealed"))
)
_LOCK = (
    update(GRANT)
    .where(GRANT.c.id == bindparam("grant"))
    .values(created_at=GRANT.c.created_at)
    .returning(GRANT.c.ended_at)
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
    if row is None or row.client_id != request.client.id or not _alive(request, row):
        return _NO
    scope = _narrowed(request.form.get("scope"), row.scope)
    if scope is None:
        return GrantError("invalid_scope", "a refresh may narrow the scope, never widen it")
    if request.subjects.may_open(request.db, row.subject, request.client.id) is None:
        end_family(request.db, row.id, request.now)
        return _NO
    # One refresh of a family at a time, and none beside its revocation: the family's row is the lock.
    if request.db.execute(_LOCK, {"grant": row.id}).scalar_one() is not None:
        return _NO
    successor = _next_token(request, presented, row, token)
    if successor is None:
        end_family(request.db, row.id, request.now)
        return _NO
    authorization = authorization_of(row, scope, nonce=None)
    return request.issuer.token_set(request.db, request.client, authorization, request.now, successor)


def _alive(request: TokenRequest, row: Row[*tuple[Any, ...]]) -> bool:
    return row.ended_at is None and row.idle_until > request.now and row.expires_at > request.now


def _narrowed(asked: str | None, granted: str) -> tuple[str, ...] | None:
    have = granted.split()
    if asked is None:
        return tuple(have)
    wanted = asked.split()
    return None if set(wanted) - set(have) else tuple(s for s in have if s in wanted)


def _next_token(request: TokenRequest, presented: bytes, row: Row[*tuple[Any, ...]], token: str) -> str | None:
    """The refresh token to answer with; None when this one was used before, and not just now."""
    if not request.client.profile.rotates_refresh_tokens:
        return token
    spent = request.db.execute(_SPEND, {"presented": presented, "at": request.now}).first()
    if spent is not None:
        successor = add_refresh_token(request.db, row.id, request.now, row.expires_at)
        sealed = request.keyring.seal(successor.encode(), _place(presented))
        request.db.execute(_SUCCESSOR, {"presented": presented, "sealed": sealed})
        return successor
    return _within_grace(request.db, request.keyring, presented, request.now)


def _within_grace(db: Connection, keyring: KeyRing, presented: bytes, now: datetime) -> str | None:
    used = db.execute(_FIND, {"presented": presented}).one()
    if used.successor is None or used.used_at is None or now - used.used_at > GRACE:
        return None
    return keyring.unseal(used.successor, _place(presented)).decode()


def _place(presented: bytes) -> tuple[str, str, str]:
    return ("refresh_token", "successor", presented.hex())
