"""Finds clients. A parsed client is kept as long as its version stands, so that a change takes effect at once."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from idp.engine.clients.model import Client
from idp.engine.tables import CLIENT

_VERSION = select(CLIENT.c.version).where(CLIENT.c.id == bindparam("id"), CLIENT.c.disabled_at.is_(None))
_WHOLE = select(
    CLIENT.c.version,
    CLIENT.c.profile,
    CLIENT.c.secret_fingerprint,
    CLIENT.c.old_secret_fingerprint,
    CLIENT.c.old_secret_until,
    CLIENT.c.registration,
).where(CLIENT.c.id == bindparam("id"), CLIENT.c.disabled_at.is_(None))


class Registry:
    """The clients that are registered and not disabled."""

    def __init__(self) -> None:
        self._parsed: dict[str, Client] = {}

    def find(self, db: Connection, client_id: str) -> Client | None:
        """The client of this id, as it stands now; None = unknown or disabled."""
        if not client_id or len(client_id) > 200 or "\x00" in client_id:
            return None
        version = db.execute(_VERSION, {"id": client_id}).scalar()
        if version is None:
            return None
        kept = self._parsed.get(client_id)
        if kept is not None and kept.version == version:
            return kept
        row = db.execute(_WHOLE, {"id": client_id}).one()
        old = (row.old_secret_fingerprint, row.old_secret_until) if row.old_secret_fingerprint else None
        client = Client.parse(client_id, row.version, row.profile, row.secret_fingerprint, row.registration, old)
        self._parsed[client_id] = client
        return client

    def all(self, db: Connection) -> Sequence[Client]:
        """Every client that is not disabled, by name."""
        ids = db.execute(select(CLIENT.c.id).where(CLIENT.c.disabled_at.is_(None))).scalars().all()
        found = [client for identifier in ids if (client := self.find(db, identifier)) is not None]
        return sorted(found, key=lambda client: client.name.casefold())
