"""The refresh token grant (RFC 6749 6, RFC 9700 4.14): rotation, one family, reuse ends it, ten seconds of grace.

A client whose profile does not rotate keeps one token, which then counts only from the client itself (FAPI 2.0
Security Profile 5.3.2.1); so does the token of a public client that showed a DPoP key (RFC 9449 5).
"""

from datetime import timedelta

from sqlalchemy import bindparam, select, update

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
from idp.engine.tokens.lookup import FAMILY, family_lives
from idp.engine.tokens.resources import chosen
from idp.kernel.prepared import Prepared, Record
from idp.kernel.secrets import fingerprint, random_token

GRACE = timedelta(seconds=10)
"""A client that did not hear our answer may ask again this long, and gets the same successor."""

# The family's row is the lock: one refresh at a time, and none beside its end. (SQLite has one writer anyway.)
_FIND = Prepared(FAMILY.with_for_update(of=GRANT))
_SPEND = Prepared(
    update(REFRESH_TOKEN)
    .where(REFRESH_TOKEN.c.fingerprint == bindparam("presented"), REFRESH_TOKEN.c.used_at.is_(None))
    .values(used_at=bindparam("at"), successor=bindparam("sealed"))
)
_SPENT = Prepared(
    select(REFRESH_TOKEN.c.used_at, REFRESH_TOKEN.c.successor).where(
        REFRESH_TOKEN.c.fingerprint == bindparam("presented")
    )
)
_EXTEND = Prepared(
    update(REFRESH_TOKEN)
    .where(REFRESH_TOKEN.c.fingerprint == bindparam("presented"), REFRESH_TOKEN.c.used_at.is_(None))
    .values(expires_at=bindparam("until"))
)
_NO = GrantError("invalid_grant", "the refresh token is unknown, used, expired or ended")


def exchange(request: TokenRequest) -> TokenAnswer | GrantError:
    """A fresh token set of the same family."""
    token = request.form.get("refresh_token")
    if token is None:
        return GrantError("invalid_request", "refresh_token is missing")
    presented = fingerprint(token)
    row = _FIND.first(request.db, presented=presented)
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


def _bound(request: TokenRequest, row: Record) -> bool:
    """A public client proves with its key that the token is its own; others have proven who they are already."""
    return not request.client.public or row.dpop_jkt in (None, request.binding.jkt)


def _narrowed(asked: str | None, granted: str) -> tuple[str, ...] | None:
    have = granted.split()
    if asked is None:
        return tuple(have)
    wanted = asked.split()
    return None if set(wanted) - set(have) else tuple(s for s in have if s in wanted)


def _next_token(request: TokenRequest, presented: bytes, row: Record, token: str) -> str | None:
    """The refresh token to answer with; None when this one was used before, and not just now."""
    if not request.client.profile.rotates_refresh_tokens:
        until = min(request.now + REFRESH_IDLE, row.expires_at)
        return token if _EXTEND.run(request.db, presented=presented, until=until) else None
    successor = random_token("rt")
    sealed = request.keyring.seal(successor.encode(), _place(presented))
    if not _SPEND.run(request.db, presented=presented, at=request.now, sealed=sealed):
        return _within_grace(request, presented)
    add_refresh_token(request.db, successor, row.id, request.now, row.expires_at)
    return successor


def _within_grace(request: TokenRequest, presented: bytes) -> str | None:
    """The successor that was given before, as long as nobody used it: somebody who did heard our answer."""
    spent = _SPENT.one(request.db, presented=presented)
    if spent.successor is None or request.now - spent.used_at > GRACE:
        return None
    successor = request.keyring.unseal(spent.successor, _place(presented)).decode()
    return successor if _SPENT.one(request.db, presented=fingerprint(successor)).used_at is None else None


def _place(presented: bytes) -> tuple[str, str, str]:
    return ("refresh_token", "successor", presented.hex())
