"""Which living access token is behind a bearer value."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from idp.engine.tables import ACCESS_TOKEN, GRANT
from idp.kernel.secrets import fingerprint

_FIND = (
    select(
        ACCESS_TOKEN.c.client_id,
        ACCESS_TOKEN.c.scope,
        ACCESS_TOKEN.c.expires_at,
        ACCESS_TOKEN.c.grant_id,
        GRANT.c.subject,
        GRANT.c.sub,
        GRANT.c.sid,
        GRANT.c.claims,
        GRANT.c.told,
    )
    .select_from(ACCESS_TOKEN.outerjoin(GRANT))
    .where(
        ACCESS_TOKEN.c.fingerprint == bindparam("token"),
        ACCESS_TOKEN.c.revoked_at.is_(None),
        GRANT.c.ended_at.is_(None),
    )
)


def living(db: Connection, access_token: str, now: datetime) -> Row[*tuple[Any, ...]] | None:
    """client_id, scope, expires_at, grant_id, subject, sub, sid, claims, told; None when it is not (any more)."""
    if not access_token.startswith("at_"):
        return None
    row = db.execute(_FIND, {"token": fingerprint(access_token)}).first()
    return row if row is not None and row.expires_at > now else None
