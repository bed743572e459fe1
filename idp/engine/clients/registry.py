"""Finds clients. A parsed client is kept as long as its version stands, so that a change takes effect at once."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from idp.engine.clients.model import Client
from idp.engine.tables import CLIENT
from idp.kernel.prepared import Prepared

_VERSION = Prepared(select(CLIENT.c.version).where(CLIENT.c.id == bindparam("id"), CLIENT.c.disabled_at.is_(None)))
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
        version = _VERSION.scalar(db, id=client_id)
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

    def at(self, db: Connection, client_id: str, version: int) -> Client | None:
        """The client at a version that the caller has just read beside something else: most often no statement."""
        kept = self._parsed.get(client_id)
        return kept if kept is not None and kept.version == version else self.find(db, client_id)

    def all(self, db: Connection) -> Sequence[Client]:
        """Every client that is not disabled, by name."""
        rows = db.execute(select(CLIENT.c.id, CLIENT.c.version).where(CLIENT.c.disabled_at.is_(None))).all()
        found = [client for row in rows if (client := self.at(db, row.id, row.version)) is not None]
        return sorted(found, key=lambda client: client.name.casefold())
