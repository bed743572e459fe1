"""Token revocation (RFC 7009)."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from idp.engine.clients.model import Client
from idp.engine.tables import ACCESS_TOKEN, GRANT, REFRESH_TOKEN
from idp.engine.tokens.lookup import STARTS
from idp.kernel.secrets import fingerprint


def revoke(db: Connection, client: Client, token: str, now: datetime) -> None:
    """Revoke an access token, or a refresh token with everything of its family; another client's: no effect."""
    mark = fingerprint(token)
    if token.startswith(STARTS):
        db.execute(
            update(ACCESS_TOKEN)
            .where(
                ACCESS_TOKEN.c.fingerprint == mark,
                ACCESS_TOKEN.c.client_id == client.id,
                ACCESS_TOKEN.c.revoked_at.is_(None),
            )
            .values(revoked_at=now)
        )
    elif token.startswith("rt_"):
        family = select(REFRESH_TOKEN.c.grant_id).where(REFRESH_TOKEN.c.fingerprint == mark).scalar_subquery()
        db.execute(
            update(GRANT)
            .where(GRANT.c.id == family, GRANT.c.client_id == client.id, GRANT.c.ended_at.is_(None))
            .values(ended_at=now)
        )
