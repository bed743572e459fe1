"""Counters in the database that are taken before the work they guard (OWASP ASVS 5.0 V6.3.1).

Every way to sign in asks `take` first. The count is one statement, so that trying in parallel gains nothing, and the
key is made by the caller out of what the try leads to (an account's id, a normalised address), never out of how it
was spelled.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, String, and_, case, delete, literal, null, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from idp.kernel.db import Base, Utc, insert_into


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
    # One account's password, tried from one place: a guesser there gets 20 tries; the owner elsewhere is not locked.
    "home_password": Limit(20, timedelta(minutes=10), timedelta(minutes=10)),
    # The same account from everywhere, taken after the row above: wide and short, since it stops the owner too.
    "home_password_all": Limit(200, timedelta(minutes=10), timedelta(minutes=2)),
    # The same two for the accounts of staff.
    "staff_password": Limit(20, timedelta(minutes=10), timedelta(minutes=10)),
    "staff_password_all": Limit(200, timedelta(minutes=10), timedelta(minutes=2)),
    # All accounts from one place: a school of hundreds behind one address at 08:30 is no attack.
    "password_source": Limit(600, timedelta(minutes=10), timedelta(minutes=2)),
    # A child of one home account: PIN and picture are short, so five in a row; brothers and sisters go on.
    "child_secret": Limit(5, timedelta(hours=12), timedelta(minutes=5)),
    # A child on a school device: five in a row as well, and apart from home, so that neither locks the other.
    "school_secret": Limit(5, timedelta(hours=12), timedelta(minutes=5)),
    # Wrong PINs and pictures of all children on one school device: a class makes dozens, a guesser hundreds.
    "school_device": Limit(120, timedelta(minutes=10), timedelta(minutes=2)),
    # Wrong PINs and pictures of one group on all devices: who tries one PIN on every child meets this one.
    "group_secret": Limit(60, timedelta(minutes=10), timedelta(minutes=2)),
    # Badges held up in one place: a badge is long and random; this only stops a scanner that runs wild.
    "badge_source": Limit(300, timedelta(minutes=10), timedelta(minutes=2)),
    # The second factor of one member of staff: six digits, so six tries.
    "otp": Limit(6, timedelta(minutes=10), timedelta(minutes=10)),
    # Challenges for passkeys, asked for in one place: nobody guesses a signature; this bounds the rows.
    "passkey_source": Limit(300, timedelta(minutes=10), timedelta(minutes=2)),
    # User codes of the device grant, typed in one place (RFC 8628 5.1).
    "device_code": Limit(20, timedelta(minutes=10), timedelta(minutes=10)),
    # Support codes that one member of staff looks up.
    "support_code": Limit(60, timedelta(minutes=10), timedelta(minutes=10)),
    # Refusals that are written down one by one, from one place: beyond it they share a support code, and nobody waits.
    "refusal_source": Limit(300, timedelta(minutes=10), timedelta(minutes=10)),
    # The same from everywhere: what a flood out of many places can add to the database, some 15,000 rows an hour.
    "refusal_all": Limit(2500, timedelta(minutes=10), timedelta(minutes=10)),
    # "I forgot my password" for one address: a mailbox is not filled by a stranger.
    "forgot_address": Limit(5, timedelta(hours=1), timedelta(hours=1)),
    # The same from one place for all addresses.
    "forgot_source": Limit(100, timedelta(hours=1), timedelta(minutes=10)),
    # Reminders about one e-mail slot: a teacher may press the button every morning, and nobody's mailbox is filled.
    "reminder": Limit(1, timedelta(hours=18), timedelta(hours=18)),
    # Mailed links opened in one place: a link is long and random, so this too only keeps the noise out.
    "link_source": Limit(300, timedelta(minutes=10), timedelta(minutes=2)),
    # Mail to one address, whatever for: what is beyond it leaves later, and is never dropped.
    "mail_address": Limit(60, timedelta(hours=1), timedelta(minutes=15)),
}
"""Every limit of the program. What a lock does to somebody who has done nothing wrong stands beside it (T11): the tight
ones belong to one place of the network or one trusted device, the ones over all places are wide and short.
"""


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
    statement = (
        insert_into(db, Throttle)
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


def give_back(db: Connection, limit: str, key: str) -> None:
    """Uncount a try that was right, where a counter is shared and counts the wrong ones (a device, a group).

    Never `clear` those: a guesser would put in a right answer of their own now and then.
    """
    kept = Throttle.count - 1
    locked_until = case((kept >= LIMITS[limit].count, Throttle.locked_until), else_=null())
    mine = and_(Throttle.bucket == _bucket(limit, key), Throttle.count > 0)
    db.execute(update(Throttle).where(mine).values(count=kept, locked_until=locked_until))


def clear(db: Connection, limit: str, key: str) -> None:
    """Start again: the right answer was given."""
    db.execute(delete(Throttle).where(Throttle.bucket == _bucket(limit, key)))


def prune(db: Connection, now: datetime) -> None:
    """Forget the counters that no limit looks at any more."""
    longest = max(rule.window + rule.lock for rule in LIMITS.values())
    over = or_(Throttle.locked_until.is_(None), Throttle.locked_until <= now)
    db.execute(delete(Throttle).where(Throttle.since <= now - longest, over))


def _bucket(limit: str, key: str) -> str:
    # A hash, because the key may be an address, and this table is nobody's address book.
    return f"{limit}:{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"
