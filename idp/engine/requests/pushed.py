"""Pushed authorization requests (RFC 9126): sent ahead by the client, kept for minutes, good for one code."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, select, update

from idp.engine.requests.parameters import Parameters
from idp.engine.tables import PUSHED_REQUEST
from idp.kernel.secrets import fingerprint, random_token

PREFIX = "urn:ietf:params:oauth:request_uri:"
LIFE = timedelta(seconds=90)
"""From the push to the browser's arrival (60 to 600 s); the sign-in itself may take as long as it does."""

_INSERT = insert(PUSHED_REQUEST)
_FIND = select(
    PUSHED_REQUEST.c.client_id, PUSHED_REQUEST.c.parameters, PUSHED_REQUEST.c.signed, PUSHED_REQUEST.c.expires_at
).where(PUSHED_REQUEST.c.fingerprint == bindparam("mark"), PUSHED_REQUEST.c.used_at.is_(None))
_SPEND = (
    update(PUSHED_REQUEST)
    .where(PUSHED_REQUEST.c.fingerprint == bindparam("mark"), PUSHED_REQUEST.c.used_at.is_(None))
    .values(used_at=bindparam("at"))
    .returning(PUSHED_REQUEST.c.client_id)
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the client is told (RFC 9126 2.2)."""

    request_uri: str
    expires_in: int


def keep(db: Connection, client_id: str, given: Parameters, now: datetime) -> Kept:
    """Store a request that was checked; its name has 256 random bits."""
    name = random_token("pr")
    db.execute(
        _INSERT,
        {
            "fingerprint": fingerprint(name),
            "client_id": client_id,
            "parameters": dict(given.values),
            "signed": given.signed,
            "created_at": now,
            "expires_at": now + LIFE,
        },
    )
    return Kept(PREFIX + name, int(LIFE.total_seconds()))


def find(db: Connection, request_uri: str, client_id: str, now: datetime) -> Parameters | None:
    """What was pushed under this name by this client; None when it is another's, expired or used up."""
    mark = fingerprint(request_uri.removeprefix(PREFIX))
    row = db.execute(_FIND, {"mark": mark}).first()
    if row is None or row.client_id != client_id or row.expires_at <= now:
        return None
    return Parameters(row.parameters, pushed=mark, signed=row.signed)


def spend(db: Connection, mark: bytes, now: datetime) -> bool:
    """Use it up, in one statement; False when it was used before."""
    return db.execute(_SPEND, {"mark": mark, "at": now}).first() is not None
