"""How a worker takes rows of the outbox: by one conditional UPDATE each time, under a lease that runs out."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, update

from idp.kernel.outbox import CARE, Delivered, Later, Outbox, Result, Retry
from idp.kernel.secrets import KeyRing, UnsealError, new_id

LEASE = timedelta(seconds=30)
"""How long a worker holds a row without renewing: after its death, how long the row waits for another one."""

PER_REF = 4
"""Deliveries at the same time about one `ref` (one publisher), so that a slow one leaves room for the others."""


LOOK_AT = 500
"""Of how many of the oldest rows that are due we take our pick; what they leave out comes with the next look."""

_ADDRESS = re.compile(r"[^\s<>]+(?:@|%40)[^\s<>]+", re.IGNORECASE)
"""An address, also as it stands in a link."""


@dataclass(frozen=True, slots=True)
class Work:
    """A leased row. `payload` is None when it cannot be opened with the keys that we have."""

    id: str
    kind: str
    ref: str | None
    payload: Mapping[str, Any] | None
    attempts: int
    created_at: datetime
    lease: str


def due(db: Connection, kind: str, now: datetime, most: int, in_flight: Iterable[Work] = ()) -> list[str]:
    """Ids of up to `most` rows to lease now, the oldest first, at most PER_REF per `ref` with those `in_flight`."""
    mine = list(in_flight)
    busy: dict[str, int] = {}
    for work in mine:
        if work.ref is not None:
            busy[work.ref] = busy.get(work.ref, 0) + 1
    free = {ref: PER_REF - count for ref, count in busy.items() if count < PER_REF}
    full = busy.keys() - free.keys()
    # What we hold ourselves is not for us, even if the database was away for longer than the lease. A ref without room
    # is left out before we look at the oldest, or its thousands would hide everybody else's.
    oldest = (
        select(Outbox.id, Outbox.ref, Outbox.due_at)
        .where(Outbox.kind == kind, _free(now), Outbox.id.not_in([work.id for work in mine]))
        .where(or_(Outbox.ref.is_(None), Outbox.ref.not_in(full)))
        .order_by(Outbox.due_at)
        .limit(LOOK_AT)
        .subquery()
    )
    rank = func.row_number().over(partition_by=func.coalesce(oldest.c.ref, oldest.c.id), order_by=oldest.c.due_at)
    waiting = select(oldest, rank.label("rank")).subquery()
    room = case(free, value=waiting.c.ref, else_=PER_REF) if free else PER_REF
    rows = select(waiting.c.id).where(waiting.c.rank <= room).order_by(waiting.c.due_at).limit(most)
    return list(db.execute(rows).scalars())


def lease(
    db: Connection, keyring: KeyRing, ids: Iterable[str], now: datetime, *, lasting: timedelta = LEASE
) -> list[Work]:
    """Take those of `ids` that are still free, by one conditional UPDATE."""
    identifier = new_id()
    # SKIP LOCKED (nothing on SQLite) keeps two workers from waiting for each other, in whatever order they take rows.
    free = select(Outbox.id).where(Outbox.id.in_(list(ids)), _free(now)).with_for_update(skip_locked=True)
    statement = (
        update(Outbox)
        .where(Outbox.id.in_(free), _free(now))
        .values(lease=identifier, leased_until=now + lasting, attempts=Outbox.attempts + 1)
        .returning(Outbox.id, Outbox.kind, Outbox.ref, Outbox.payload, Outbox.attempts, Outbox.created_at)
    )
    return [
        Work(row.id, row.kind, row.ref, _open(keyring, row.id, row.payload), row.attempts, row.created_at, identifier)
        for row in db.execute(statement)
    ]


def renew(db: Connection, held: Iterable[Work], now: datetime, *, lasting: timedelta = LEASE) -> None:
    """Hold these rows for longer, as far as they are still ours."""
    mine = [and_(Outbox.id == work.id, Outbox.lease == work.lease) for work in held]
    if mine:
        db.execute(update(Outbox).where(or_(*mine)).values(leased_until=now + lasting))


def settle(db: Connection, work: Work, result: Result, now: datetime) -> bool:
    """Write down how it went, by one conditional UPDATE; False when another worker took the row meanwhile."""
    values: dict[str, Any] = {"outcome": _clean(result.outcome), "lease": None, "leased_until": None}
    care = CARE[work.kind]
    if isinstance(result, Later):
        # Not before the next second, whatever was said: a row that is due at once would be taken again and again.
        values |= {"due_at": max(result.until, now + timedelta(seconds=1)), "attempts": work.attempts - 1}
    elif isinstance(result, Retry) and (
        now - work.created_at < care.give_up or work.attempts <= len(care.waits)  # it may have waited for us
    ):
        wait = care.waits[min(work.attempts, len(care.waits)) - 1]
        values |= {"due_at": now + timedelta(seconds=wait)}
    else:
        state = "done" if isinstance(result, Delivered) else "failed"
        values |= {"state": state, "ended_at": now, "payload": None}
    statement = update(Outbox).where(Outbox.id == work.id, Outbox.lease == work.lease).values(values)
    return db.execute(statement).rowcount == 1


def _free(now: datetime) -> ColumnElement[bool]:
    unheld = or_(Outbox.leased_until.is_(None), Outbox.leased_until <= now)
    return and_(Outbox.state == "queued", Outbox.due_at <= now, unheld)


def _open(keyring: KeyRing, identifier: str, sealed: bytes | None) -> dict[str, Any] | None:
    try:
        payload: dict[str, Any] = json.loads(keyring.unseal(sealed or b"\0", ("outbox", "payload", identifier)))
    except UnsealError:
        return None
    return payload


def _clean(words: str) -> str:
    # Servers like to repeat the address that they refuse, and this column is read by staff and operators.
    visible = "".join(letter if letter.isprintable() else " " for letter in words)
    return _ADDRESS.sub("…", " ".join(visible.split()))[:500]
