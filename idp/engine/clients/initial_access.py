"""Initial access tokens (RFC 7591 3): who may register clients, and on what terms."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from idp.engine.tables import INITIAL_ACCESS_TOKEN
from idp.kernel.secrets import fingerprint, random_token

Terms = Mapping[str, Any]
"""What clients registered with a token are worth; the engine reads `public_subjects`, `session_management` (bool)."""


def issue_initial_access_token(
    db: Connection, now: datetime, *, terms: Terms | None = None, life: timedelta | None = None
) -> str:
    """A new token, shown once. `terms` go to `ports.Welcome` with each client; no `life`: until it is revoked."""
    token = random_token("ia")
    values = {
        "fingerprint": fingerprint(token),
        "terms": dict(terms or {}),
        "created_at": now,
        "expires_at": now + life if life is not None else None,
        "used": 0,
    }
    db.execute(insert(INITIAL_ACCESS_TOKEN).values(values))
    return token


def terms_of(db: Connection, token: str, now: datetime) -> Terms | None:
    """What a living token allows; None when it is unknown, revoked or expired. Uses nothing."""
    columns = (INITIAL_ACCESS_TOKEN.c.terms, INITIAL_ACCESS_TOKEN.c.expires_at)
    row = db.execute(
        select(*columns).where(
            INITIAL_ACCESS_TOKEN.c.fingerprint == fingerprint(token), INITIAL_ACCESS_TOKEN.c.revoked_at.is_(None)
        )
    ).first()
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    terms: Terms = row.terms
    return terms


def use(db: Connection, token: str) -> bool:
    """Count one registration; False when the token was revoked meanwhile."""
    statement = (
        update(INITIAL_ACCESS_TOKEN)
        .where(INITIAL_ACCESS_TOKEN.c.fingerprint == fingerprint(token), INITIAL_ACCESS_TOKEN.c.revoked_at.is_(None))
        .values(used=INITIAL_ACCESS_TOKEN.c.used + 1)
        .returning(INITIAL_ACCESS_TOKEN.c.used)
    )
    return db.execute(statement).first() is not None


def revoke_initial_access_token(db: Connection, token: str, now: datetime) -> bool:
    """Nobody registers with it from here on; the clients that did are kept. False when it was not alive."""
    statement = (
        update(INITIAL_ACCESS_TOKEN)
        .where(INITIAL_ACCESS_TOKEN.c.fingerprint == fingerprint(token), INITIAL_ACCESS_TOKEN.c.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(INITIAL_ACCESS_TOKEN.c.used)
    )
    return db.execute(statement).first() is not None
