"""What is behind a bearer value: a living access token, or a refresh token with its family and its sign-in."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from idp.engine.sessions import AGES
from idp.engine.tables import ACCESS_TOKEN, CLIENT, GRANT, REFRESH_TOKEN, SESSION
from idp.kernel.prepared import Prepared, Record
from idp.kernel.secrets import fingerprint

STARTS = ("at_", "eyJ")
"""Of opaque tokens and of JWTs (RFC 9068). Both are found by the fingerprint of the whole, so a JWT that differs from
the one that we made in a single bit is unknown, whatever its signature says."""

_FIND = Prepared(
    select(
        ACCESS_TOKEN.c.client_id,
        ACCESS_TOKEN.c.scope,
        ACCESS_TOKEN.c.issued_at,
        ACCESS_TOKEN.c.expires_at,
        ACCESS_TOKEN.c.grant_id,
        ACCESS_TOKEN.c.resources,
        ACCESS_TOKEN.c.jkt,
        ACCESS_TOKEN.c.x5t,
        GRANT.c.subject,
        GRANT.c.sub,
        GRANT.c.sid,
        GRANT.c.claims,
        GRANT.c.told,
        GRANT.c.auth_time,
        GRANT.c.acr,
        CLIENT.c.version.label("client_version"),
    )
    .select_from(ACCESS_TOKEN.join(CLIENT, CLIENT.c.id == ACCESS_TOKEN.c.client_id).outerjoin(GRANT))
    .where(
        ACCESS_TOKEN.c.fingerprint == bindparam("token"),
        ACCESS_TOKEN.c.revoked_at.is_(None),
        CLIENT.c.disabled_at.is_(None),
        GRANT.c.ended_at.is_(None),
    )
)


def living(db: Connection, access_token: str, now: datetime) -> Record | None:
    """The columns of _FIND; None when it is no access token of ours, or not any more."""
    if not access_token.startswith(STARTS):
        return None
    row = _FIND.first(db, token=fingerprint(access_token))
    return row if row is not None and row.expires_at > now else None


_OF_FAMILY = (
    "id", "client_id", "subject", "sub", "sid", "auth_time", "amr", "acr", "scope", "claims", "told", "offline",
    "expires_at", "ended_at", "dpop_jkt", "resources",
)  # fmt: skip
FAMILY: Select[Any] = (
    select(
        *(GRANT.c[name] for name in _OF_FAMILY),
        REFRESH_TOKEN.c.issued_at.label("issued_at"),
        REFRESH_TOKEN.c.expires_at.label("idle_until"),
        REFRESH_TOKEN.c.used_at.label("spent_at"),
        SESSION.c.started_at.label("signed_in_at"),
        SESSION.c.ended_at.label("signed_out_at"),
    )
    .select_from(REFRESH_TOKEN.join(GRANT).outerjoin(SESSION, SESSION.c.sid == GRANT.c.sid))
    .where(REFRESH_TOKEN.c.fingerprint == bindparam("presented"))
)
"""A refresh token with its family and its sign-in."""

REFRESH = Prepared(FAMILY)


def family_lives(row: Record, now: datetime) -> bool:
    """May this row of FAMILY still be used? Idle and absolute age (ASVS 5.0 V10.4.8), and the sign-in, unless offline.

    The sign-in's idle time does not count here: somebody who works in the client's app does not come by at ours.
    """
    if row.ended_at is not None or row.idle_until <= now or row.expires_at <= now:
        return False
    if row.offline:
        return True
    signed_in = row.signed_in_at is not None and row.signed_out_at is None
    return signed_in and now - row.signed_in_at <= AGES[row.acr].absolute
