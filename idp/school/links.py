"""Mailed links: minted when a mail is queued, looked at as often as anybody likes, spent once.

A new link does not touch an older one: whichever the parent finds first in the mailbox works until it expires.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from idp.kernel.secrets import fingerprint, random_token
from idp.school.models import Link

LIFE = {"activate": timedelta(days=7), "reset": timedelta(hours=1)}


@dataclass(frozen=True, slots=True)
class Seen:
    """A link as it stands: `state` is fresh, used or expired; `opened`: its page was looked at before."""

    state: str
    kind: str
    home_account_id: str
    slot_id: str | None
    opened: bool = False


def mint(db: Connection, kind: str, home_account_id: str, slot_id: str | None, now: datetime) -> str:
    """A new link's token; only the mail holds it."""
    token = random_token("ln")
    db.execute(
        insert(Link).values(
            fingerprint=fingerprint(token),
            kind=kind,
            home_account_id=home_account_id,
            slot_id=slot_id,
            created_at=now,
            expires_at=now + LIFE[kind],
        )
    )
    return token


def look_at(db: Connection, kind: str, token: str, now: datetime) -> Seen | None:
    """What this link is, without spending it; None = there never was such a link."""
    row = db.execute(
        select(Link.kind, Link.home_account_id, Link.slot_id, Link.used_at, Link.expires_at, Link.opened_at).where(
            Link.fingerprint == fingerprint(token), Link.kind == kind
        )
    ).first()
    if row is None:
        return None
    state = "used" if row.used_at is not None else "expired" if row.expires_at <= now else "fresh"
    return Seen(state, row.kind, row.home_account_id, row.slot_id, row.opened_at is not None)


def note_opened(db: Connection, token: str, now: datetime) -> None:
    """The page of a link is looked at for the first time; it may be a scanner of mail that looks. Spends nothing."""
    db.execute(
        update(Link).where(Link.fingerprint == fingerprint(token), Link.opened_at.is_(None)).values(opened_at=now)
    )


def spend(db: Connection, kind: str, token: str, now: datetime) -> Seen | None:
    """Spend a fresh link, by one statement; None when somebody else was first, or it is no fresh link."""
    row = db.execute(
        update(Link)
        .where(
            Link.fingerprint == fingerprint(token),
            Link.kind == kind,
            Link.used_at.is_(None),
            Link.expires_at > now,
        )
        .values(used_at=now)
        .returning(Link.kind, Link.home_account_id, Link.slot_id)
    ).first()
    return None if row is None else Seen("fresh", row.kind, row.home_account_id, row.slot_id)


def path_of(kind: str, token: str) -> str:
    """The page that a link leads to."""
    return f"/{'activeer' if kind == 'activate' else 'herstel'}/{token}"
