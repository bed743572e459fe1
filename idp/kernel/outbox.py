"""Rows for work outside the database (mail, logout calls), written in the transaction that causes the work.

`enqueue` is called by whoever causes the work; `idp.kernel.worker` carries it out. Delivery is at least once:
a worker that dies in between leaves its lease to run out, and another takes the row.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Connection, Index, LargeBinary, String, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from idp.kernel.db import Base, Id
from idp.kernel.secrets import KeyRing, new_id

LEASE = timedelta(seconds=60)
"""Longer than any one delivery may take."""


class Outbox(Base):
    """One piece of work. The payload is sealed at (outbox, payload, id) and wiped when the work is done."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'done', 'failed')", name="state"),
        Index("ix_outbox_state_due_at", "state", "due_at"),
        Index("ix_outbox_ref_created_at", "ref", "created_at"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    ref: Mapped[str | None] = mapped_column(String(100))  # what it is about, "slot:ID": its outcome is shown there
    once: Mapped[str | None] = mapped_column(String(200), unique=True)
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    lease: Mapped[str | None] = mapped_column(Id)  # the lease under which a worker holds it now
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int]
    outcome: Mapped[str | None] = mapped_column(String(500))  # the other side's words, without personal data
    ended_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Work:
    """A leased row: what to do, and under which lease it is finished."""

    id: str
    kind: str
    payload: dict[str, Any]
    attempts: int
    created_at: datetime
    lease: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a row stands: queued, done or failed; the other side's words; since when."""

    state: str
    words: str | None
    at: datetime
    attempts: int


def enqueue(
    db: Connection,
    keyring: KeyRing,
    kind: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    ref: str | None = None,
    once: str | None = None,
) -> str | None:
    """Add work to this transaction; its id, or None when work with the same `once` was added before."""
    identifier = new_id()
    insert = sqlite_insert if db.dialect.name == "sqlite" else postgresql_insert
    statement = (
        insert(Outbox)
        .values(
            id=identifier,
            kind=kind,
            ref=ref,
            once=once,
            payload=keyring.seal(json.dumps(payload).encode(), ("outbox", "payload", identifier)),
            state="queued",
            created_at=now,
            due_at=now,
            attempts=0,
        )
        .on_conflict_do_nothing(index_elements=["once"])
        .returning(Outbox.id)
    )
    return db.execute(statement).scalar()


def has_due(db: Connection, now: datetime) -> bool:
    """Is there anything to do? A read, so that an idle worker never takes the writer's place."""
    return db.execute(select(Outbox.id).where(*_due(now)).limit(1)).first() is not None


def lease(db: Connection, keyring: KeyRing, now: datetime, most: int) -> list[Work]:
    """Take up to `most` due rows, for LEASE. Two workers never take the same row: the condition stands twice."""
    identifier = new_id()
    due = select(Outbox.id).where(*_due(now)).order_by(Outbox.due_at).limit(most).scalar_subquery()
    statement = (
        update(Outbox)
        .where(Outbox.id.in_(due), *_due(now))
        .values(lease=identifier, leased_until=now + LEASE, attempts=Outbox.attempts + 1)
        .returning(Outbox.id, Outbox.kind, Outbox.payload, Outbox.attempts, Outbox.created_at)
    )
    return [
        Work(
            row.id,
            row.kind,
            json.loads(keyring.unseal(row.payload or b"", ("outbox", "payload", row.id))),
            row.attempts,
            row.created_at,
            identifier,
        )
        for row in db.execute(statement)
    ]


def finish(db: Connection, work: Work, state: str, words: str, now: datetime) -> None:
    """The work is `done` or `failed`: the payload is wiped. Nothing happens when the lease was lost meanwhile."""
    db.execute(
        update(Outbox)
        .where(Outbox.id == work.id, Outbox.lease == work.lease)
        .values(state=state, outcome=words[:500], ended_at=now, payload=None, lease=None, leased_until=None)
    )


def postpone(db: Connection, work: Work, words: str, due_at: datetime) -> None:
    """Try again at `due_at`."""
    db.execute(
        update(Outbox)
        .where(Outbox.id == work.id, Outbox.lease == work.lease)
        .values(outcome=words[:500], due_at=due_at, lease=None, leased_until=None)
    )


def latest(db: Connection, refs: Iterable[str]) -> dict[str, Outcome]:
    """How the newest row about each `ref` stands; a ref without a row is absent."""
    wanted = list(refs)
    rows = db.execute(
        select(Outbox.ref, Outbox.state, Outbox.outcome, Outbox.ended_at, Outbox.created_at, Outbox.attempts)
        .where(Outbox.ref.in_(wanted))
        .order_by(Outbox.created_at)
    )
    return {row.ref: Outcome(row.state, row.outcome, row.ended_at or row.created_at, row.attempts) for row in rows}


def oldest_due(db: Connection, now: datetime) -> timedelta:
    """How long the oldest row that should have left is waiting; zero = nothing waits."""
    oldest = db.execute(select(func.min(Outbox.due_at)).where(Outbox.state == "queued")).scalar()
    return max(timedelta(0), now - oldest) if oldest else timedelta(0)


def _due(now: datetime) -> tuple[Any, ...]:
    free = or_(Outbox.leased_until.is_(None), Outbox.leased_until <= now)
    return (Outbox.state == "queued", Outbox.due_at <= now, free)
