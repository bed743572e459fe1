"""Store a client's metadata: one version after the other."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from idp.engine.tables import CLIENT
from idp.kernel.secrets import fingerprint


def store(
    db: Connection,
    client_id: str,
    registration: Mapping[str, Any],
    *,
    profile: str,
    secret: str | None,
    now: datetime,
) -> str:
    """Insert or replace; returns "added", "changed" or "unchanged". `registration` has passed `metadata.check`."""
    values = {
        "registration": dict(registration),
        "profile": profile,
        "secret_fingerprint": fingerprint(secret) if secret else None,
        "disabled_at": None,
    }
    columns = (CLIENT.c.registration, CLIENT.c.profile, CLIENT.c.secret_fingerprint, CLIENT.c.disabled_at)
    row = db.execute(select(*columns).where(CLIENT.c.id == client_id)).mappings().first()
    if row is None:
        db.execute(insert(CLIENT).values(id=client_id, version=1, created_at=now, updated_at=now, **values))
        return "added"
    if dict(row) == values:
        return "unchanged"
    db.execute(
        update(CLIENT).where(CLIENT.c.id == client_id).values(version=CLIENT.c.version + 1, updated_at=now, **values)
    )
    return "changed"


def disable(db: Connection, client_id: str, now: datetime) -> bool:
    """Refuse this client from now on; False when it is unknown."""
    statement = (
        update(CLIENT)
        .where(CLIENT.c.id == client_id)
        .values(disabled_at=now, version=CLIENT.c.version + 1)
        .returning(CLIENT.c.id)
    )
    return db.execute(statement).first() is not None
