"""Builders of outbox rows, and a look at what stands there."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from idp.kernel import leases
from idp.kernel.db import Database
from idp.kernel.leases import Work
from idp.kernel.outbox import Outbox, Result, enqueue
from idp.kernel.secrets import KeyRing

RING_TEXT = "k1:" + "A" * 43 + "="
RING = KeyRing.parse(RING_TEXT)
NOW = datetime(2025, 9, 1, 8, 30, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def queue(database: Database, kind: str = "mail", number: Any = 1, *, at: datetime = NOW, **more: Any) -> str | None:
    """One row whose payload says `number`; its id."""
    with database.write() as db:
        return enqueue(db, RING, kind, {"number": number}, now=at, **more)


def take(
    database: Database, at: datetime = NOW, *, kind: str = "mail", most: int = 100, ring: KeyRing = RING
) -> list[Work]:
    """Lease what is due, as a worker does: look in one transaction, take in the next."""
    with database.read() as db:
        ids = leases.due(db, kind, at, most)
    with database.write() as db:
        return leases.lease(db, ring, ids, at)


def settle(database: Database, work: Work, result: Result, at: datetime = NOW) -> bool:
    """Write down how it went."""
    with database.write() as db:
        return leases.settle(db, work, result, at)


def numbers(works: Iterable[Work]) -> list[Any]:
    """What the payloads say."""
    return [work.payload and work.payload["number"] for work in works]


def rows(database: Database) -> list[Row[Any]]:
    """All of the outbox, in the order in which it was queued."""
    with database.read() as db:
        return list(db.execute(select(Outbox.__table__).order_by(Outbox.created_at)))


def row(database: Database) -> Row[Any]:
    """The only row."""
    (only,) = rows(database)
    return only
