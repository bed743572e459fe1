"""Counters in the database that are taken before the work they guard (OWASP ASVS 5.0 V6.3.1).

Every way to sign in asks `take` first. The count is one statement, so that trying in parallel gains nothing, and the
key is made by the caller out of what the try leads to (an account's id, a normalised address), never out of how it
was spelled.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, String, and_, case, delete, literal, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from idp.kernel.db import Base, Utc


class Throttle(Base):
    """How often something was tried in the window that began at `since`."""

    __tablename__ = "throttle"
    bucket: Mapped[str] = mapped_column(String(200), primary_key=True)  # "limit:hash of the key"
    since: Mapped[datetime]
    count: Mapped[int]
    locked_until: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` tries within `window`; the last of them locks for `lock`."""

    count: int
    window: timedelta
    lock: timedelta


LIMITS = {
    # One account, wherever from: a guesser gets 20 tries in ten minutes; the owner waits at most that long.
    "home_password": Limit(20, timedelta(minutes=10), timedelta(minutes=10)),
    "staff_password": Limit(20, timedelta(minutes=10), timedelta(minutes=10)),
    # One address of the network: a school of hundreds behind one address at 08:30 is no attack.
    "password_source": Limit(600, timedelta(minutes=10), timedelta(minutes=2)),
    # One child of one home account: PIN and picture are short, so five in a row (PRODUCT rule 8).
    "child_secret": Limit(5, timedelta(hours=12), timedelta(minutes=5)),
    "forgot_address": Limit(5, timedelta(hours=1), timedelta(hours=1)),
    "forgot_source": Limit(100, timedelta(hours=1), timedelta(minutes=10)),
    "link_source": Limit(300, timedelta(minutes=10), timedelta(minutes=2)),
    "mail_address": Limit(20, timedelta(hours=1), timedelta(hours=1)),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """Go on; `left` tries remain after this one."""

    left: int


@dataclass(frozen=True, slots=True)
class Locked:
    """Not now; try again at `until`."""

    until: datetime


def take(db: Connection, limit: str, key: str, now: datetime) -> Taken | Locked:
    """Count one try against `limit` for `key`, in one statement. Raises KeyError for an unknown limit."""
    rule = LIMITS[limit]
    table = Throttle.__table__.c
    fresh = or_(
        and_(table.locked_until.is_not(None), table.locked_until <= now),
        and_(table.locked_until.is_(None), table.since <= now - rule.window),
    )
    until = literal(now + rule.lock, Utc)
    fills = and_(table.locked_until.is_(None), table.count + 1 >= rule.count)
    first = until if rule.count == 1 else literal(None, Utc)
    insert = sqlite_insert if db.dialect.name == "sqlite" else postgresql_insert
    statement = (
        insert(Throttle)
        .values(bucket=_bucket(limit, key), since=now, count=1, locked_until=first)
        .on_conflict_do_update(
            index_elements=["bucket"],
            set_={
                "count": case((fresh, 1), else_=table.count + 1),
                "since": case((fresh, literal(now, Utc)), else_=table.since),
                "locked_until": case((fresh, first), (fills, until), else_=table.locked_until),
            },
        )
        .returning(table.count, table.locked_until)
    )
    count, locked_until = db.execute(statement).one()
    if count <= rule.count:
        return Taken(rule.count - count)
    return Locked(locked_until or now + rule.lock)


def look(db: Connection, limit: str, key: str, now: datetime) -> Locked | None:
    """Is it locked now? Counts nothing."""
    until = db.execute(select(Throttle.locked_until).where(Throttle.bucket == _bucket(limit, key))).scalar()
    return Locked(until) if until is not None and until > now else None


def clear(db: Connection, limit: str, key: str) -> None:
    """Start again: the right answer was given."""
    db.execute(delete(Throttle).where(Throttle.bucket == _bucket(limit, key)))


def _bucket(limit: str, key: str) -> str:
    # A hash, because the key may be an address, and this table is nobody's address book.
    return f"{limit}:{hashlib.sha256(key.encode()).hexdigest()[:40]}"
