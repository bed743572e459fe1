"""Rows for work outside the database (mail, logout calls), written in the transaction that causes the work.

`enqueue` is called by whoever causes the work; `idp.kernel.worker` leases the rows (`idp.kernel.leases`), hands each
to the `Handler` of its kind and settles it with what the handler says. Delivery is at least once: the rows of a worker
that dies come back when its lease runs out. `CARE` says for each kind how patient we are; a kind that does not stand
there cannot be queued.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Connection,
    Index,
    LargeBinary,
    String,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from idp.kernel.db import Base, Id, insert_into
from idp.kernel.secrets import KeyRing, UnsealError, new_id
from idp.kernel.words import msgid


@dataclass(frozen=True, slots=True)
class Care:
    """How long to wait after each try (the last wait repeats), when to give up, how many at the same time."""

    waits: tuple[int, ...]  # seconds
    give_up: timedelta  # after this age, and only when each wait was used once
    at_once: int


CARE = {
    # RFC 5321 4.5.4.1: four to five days. A password of ours that expired on Friday costs no mail.
    "mail": Care((5, 15, 60, 300, 900, 1800, 3600), timedelta(days=5), 4),
    "backchannel_logout": Care((1, 5, 30, 120, 600, 3600), timedelta(hours=24), 24),
}


WITHDRAWN = msgid("Niet verstuurd: de reden verviel voordat de mail weg was.")
"""The outcome of a row that was taken back."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """It arrived; `outcome` holds the other side's words."""

    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The other side will never take it: no further try."""

    outcome: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now; try again after the kind's next wait."""

    outcome: str


@dataclass(frozen=True, slots=True)
class Later:
    """We ourselves wait until `until`; it does not count as a try, and is never given up."""

    outcome: str
    until: datetime


Result = Delivered | Refused | Retry | Later
Handler = Callable[[Mapping[str, Any], int], Result]
"""Called with the payload and the number of this try (from 1), outside any transaction."""


class Outbox(Base):
    """One piece of work. The payload is sealed at (outbox, payload, id) and wiped when the work is done or failed."""

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
class Outcome:
    """How a row stands: `queued`, `done` or `failed`; the other side's words so far; since when; how many tries."""

    state: str
    outcome: str | None
    at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A row that an operator should know of: given up (`failed`), or tried in vain and waiting until `due_at`."""

    id: str
    kind: str
    ref: str | None
    state: str
    outcome: str | None
    attempts: int
    created_at: datetime
    due_at: datetime


def enqueue(
    db: Connection,
    keyring: KeyRing,
    kind: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    ref: str | None = None,
    once: str | None = None,
    due_at: datetime | None = None,
) -> str | None:
    """Add work to this transaction; its id, or None when work with the same `once` was added before.

    `payload` is JSON; `kind` stands in CARE (KeyError); `ref` (100) names what it is about, for `latest`;
    `due_at` holds it back until then.
    """
    _ = CARE[kind]
    identifier = new_id()
    statement = (
        insert_into(db, Outbox)
        .values(
            id=identifier,
            kind=kind,
            ref=ref,
            once=once,
            payload=keyring.seal(json.dumps(payload).encode(), ("outbox", "payload", identifier)),
            state="queued",
            created_at=now,
            due_at=due_at or now,
            attempts=0,
        )
        .on_conflict_do_nothing(index_elements=["once"])
        .returning(Outbox.id)
    )
    return db.execute(statement).scalar()


def hold_back(db: Connection, identifier: str, until: datetime) -> None:
    """Let a row that was just queued wait until `until`."""
    db.execute(update(Outbox).where(Outbox.id == identifier, Outbox.state == "queued").values(due_at=until))


def latest(db: Connection, refs: Iterable[str]) -> dict[str, Outcome]:
    """How the newest row about each `ref` stands; a ref without a row is absent."""
    rows = db.execute(
        select(Outbox.ref, Outbox.state, Outbox.outcome, Outbox.ended_at, Outbox.created_at, Outbox.attempts)
        .where(Outbox.ref.in_(list(refs)))
        .order_by(Outbox.created_at)
    )
    return {row.ref: Outcome(row.state, row.outcome, row.ended_at or row.created_at, row.attempts) for row in rows}


def failures(db: Connection, most: int = 200) -> list[Failure]:
    """What was given up, and what has not gone through so far, the newest first."""
    columns = (Outbox.id, Outbox.kind, Outbox.ref, Outbox.state, Outbox.outcome, Outbox.attempts)
    tried = and_(Outbox.state == "queued", Outbox.outcome.is_not(None), Outbox.lease.is_(None))
    rows = (
        select(*columns, Outbox.created_at, Outbox.due_at)
        .where(or_(Outbox.state == "failed", tried))
        .order_by(Outbox.created_at.desc())
        .limit(most)
    )
    return [Failure(*row) for row in db.execute(rows)]


def counts(db: Connection) -> Mapping[str, int]:
    """How many rows there are of each state."""
    return dict(db.execute(select(Outbox.state, func.count()).group_by(Outbox.state)).all())


def retry(db: Connection, identifier: str, *, now: datetime) -> bool:
    """Try a waiting row now; False when it is not waiting (what failed for good has lost its payload)."""
    statement = update(Outbox).where(Outbox.id == identifier, Outbox.state == "queued", Outbox.lease.is_(None))
    return db.execute(statement.values(due_at=now)).rowcount == 1


def withdraw(db: Connection, ref: str, *, now: datetime) -> int:
    """What waits about `ref` has lost its reason: it fails with our own words, and its payload is wiped; how many.

    What a worker holds at this moment is under way and arrives. One whose lease ran out is nobody's any more.
    """
    return _withdraw(db, Outbox.ref == ref, now)


def withdraw_where(
    db: Connection, keyring: KeyRing, kind: str, unwanted: Callable[[Mapping[str, Any]], bool], *, now: datetime
) -> int:
    """The same for what waits of `kind` and whose payload is `unwanted`. Opens every waiting payload: for rare acts."""
    waiting = select(Outbox.id, Outbox.payload).where(Outbox.kind == kind, *_unheld(now))
    found = []
    for identifier, sealed in db.execute(waiting).all():
        try:
            payload = json.loads(keyring.unseal(sealed or b"", ("outbox", "payload", identifier)))
        except UnsealError:
            continue
        if unwanted(payload):
            found.append(identifier)
    return sum(_withdraw(db, Outbox.id == identifier, now) for identifier in found)


def _withdraw(db: Connection, which: ColumnElement[bool], now: datetime) -> int:
    gone = {"state": "failed", "outcome": WITHDRAWN, "payload": None, "ended_at": now, "lease": None}
    return db.execute(update(Outbox).where(which, *_unheld(now)).values(gone)).rowcount


def _unheld(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Outbox.state == "queued", or_(Outbox.leased_until.is_(None), Outbox.leased_until <= now))


def unname(db: Connection, *, containing: str, once: Iterable[str] = (), refs: Iterable[str] = ()) -> None:
    """Somebody is erased: take these keys and refs, and every key with this id in it, off the rows that have them."""
    named = or_(Outbox.once.in_(list(once)), Outbox.once.contains(containing, autoescape=True))
    db.execute(update(Outbox).where(named).values(once=literal("erased:") + Outbox.id))
    db.execute(update(Outbox).where(Outbox.ref.in_(list(refs))).values(ref=None))


def unname_all(db: Connection, ids: Iterable[str]) -> None:
    """The same for many, in one pass: every key and every ref with one of these ids in it."""
    known, named = set(ids), or_(Outbox.once.is_not(None), Outbox.ref.is_not(None))
    rows = db.execute(select(Outbox.id, Outbox.once, Outbox.ref).where(named))
    found = [{"row": row.id} for row in rows if known.intersection(_WORD.findall(f"{row.once} {row.ref}"))]
    if found:
        this = update(Outbox).where(Outbox.id == bindparam("row"))
        db.execute(this.values(once=literal("erased:") + Outbox.id, ref=None), found)


_WORD = re.compile(r"\w+")


def oldest_due(db: Connection, now: datetime) -> timedelta:
    """How long the oldest row that should have left is waiting; zero = nothing waits."""
    oldest = db.execute(select(func.min(Outbox.due_at)).where(Outbox.state == "queued")).scalar()
    return max(timedelta(0), now - oldest) if oldest else timedelta(0)
