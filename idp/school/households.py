"""A home account signed in on one browser: the tiles stay, while one child after another comes and goes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy import ColumnElement, Connection, insert, select, update

from idp.kernel.secrets import fingerprint, random_token
from idp.school.models import HomeAccount, HomeVisit, Household

IDLE, ABSOLUTE = timedelta(hours=2), timedelta(hours=12)
"""An afternoon of homework; a shared computer forgets the household the same evening (ASVS V7.3)."""

TOUCH_EVERY = timedelta(minutes=1)
BY_PASSKEY = "home-passkey"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The household on this browser; `started_at` is when the password was given, or (`by_passkey`) a passkey shown."""

    token: str
    home_account_id: str
    address: str
    locale: str
    started_at: datetime
    by_passkey: bool = False

    def way_of(self, way: str) -> str:
        """How a child came in ("home", "home-pin") through this household: "home-passkey" where one was shown."""
        return way.replace("home", BY_PASSKEY, 1) if self.by_passkey else way


def start(
    db: Connection,
    home_account_id: str,
    now: datetime,
    *,
    browser: str = "",
    address: str = "",
    by_passkey: bool = False,
) -> str:
    """The cookie's value of a new household. `browser`: its family; `address`: kept only roughly."""
    token = random_token("hh")
    db.execute(
        insert(Household).values(
            fingerprint=fingerprint(token),
            home_account_id=home_account_id,
            started_at=now,
            seen_at=now,
            way=BY_PASSKEY if by_passkey else None,
            browser=browser or None,
            network=roughly(address) or None,
        )
    )
    return token


def roughly(address: str) -> str:
    """The first half of an IPv4 address, or the first third of an IPv6 network: a provider and a region, no home."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return ":".join(found.exploded.split(":")[:2]) + ":x"
        found = found.ipv4_mapped
    return ".".join(str(found).split(".")[:2]) + ".x.x"


def find(db: Connection, token: str | None, now: datetime) -> SignedIn | None:
    """Whose household this cookie is; None = nobody's, or not any more."""
    if not token:
        return None
    row = db.execute(
        select(Household.home_account_id, HomeAccount.address, HomeAccount.locale, Household.started_at, Household.way)
        .join(HomeAccount, HomeAccount.id == Household.home_account_id)
        .where(
            Household.fingerprint == fingerprint(token),
            Household.ended_at.is_(None),
            Household.seen_at > now - IDLE,
            Household.started_at > now - ABSOLUTE,
        )
    ).first()
    return None if row is None else SignedIn(token, *row[:-1], by_passkey=row.way == BY_PASSKEY)


def touch(db: Connection, token: str, now: datetime) -> None:
    """It was used just now; written down at most once a minute."""
    db.execute(
        update(Household)
        .where(Household.fingerprint == fingerprint(token), Household.seen_at < now - TOUCH_EVERY)
        .values(seen_at=now)
    )


def end(db: Connection, token: str, now: datetime) -> list[str]:
    """Sign the household out of this browser; returns the engine sessions of its children there, to be ended."""
    return _end(db, fingerprint(token), now)


def _end(db: Connection, mark: bytes, now: datetime) -> list[str]:
    db.execute(
        update(Household).where(Household.fingerprint == mark, Household.ended_at.is_(None)).values(ended_at=now)
    )
    return list(db.execute(select(HomeVisit.sid).where(HomeVisit.household == mark)).scalars())


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser on which a home account is signed in. `key` names it on a page and opens nothing.

    `family` ("Firefox, Windows") and `network` ("82.168.x.x") are "" when they are not known.
    """

    key: str
    here: bool
    started_at: datetime
    seen_at: datetime
    family: str
    network: str


_KEY_LETTERS = 16


def browsers(db: Connection, household: SignedIn, now: datetime) -> list[Browser]:
    """Where this account is signed in, this browser first, then the newest."""
    rows = db.execute(
        select(
            Household.fingerprint, Household.started_at, Household.seen_at, Household.browser, Household.network
        ).where(*_live(household, now))
    )
    here = fingerprint(household.token)
    found = [
        Browser(mark.hex()[:_KEY_LETTERS], mark == here, started_at, seen_at, family or "", network or "")
        for mark, started_at, seen_at, family, network in rows
    ]
    return sorted(found, key=lambda browser: (browser.here, browser.started_at), reverse=True)


def end_browser(db: Connection, household: SignedIn, key: str, now: datetime) -> list[str]:
    """Sign this account out of one of its browsers; returns the engine sessions of its children there, to be ended."""
    marks = db.execute(select(Household.fingerprint).where(*_live(household, now))).scalars().all()
    return [sid for mark in marks if mark.hex()[:_KEY_LETTERS] == key for sid in _end(db, mark, now)]


def _live(household: SignedIn, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Household.home_account_id == household.home_account_id,
        Household.ended_at.is_(None),
        Household.seen_at > now - IDLE,
        Household.started_at > now - ABSOLUTE,
    )


def end_others(db: Connection, home_account_id: str, now: datetime) -> list[str]:
    """Sign this account out everywhere (a new password); returns the engine sessions to be ended."""
    db.execute(
        update(Household)
        .where(Household.home_account_id == home_account_id, Household.ended_at.is_(None))
        .values(ended_at=now)
    )
    return list(db.execute(select(HomeVisit.sid).where(HomeVisit.home_account_id == home_account_id)).scalars())


def hold(db: Connection, household: SignedIn) -> bool:
    """Is it still signed in? If so it stays until this transaction ends: asked right before a child goes in.

    Whoever signs it out at the same moment waits for us, and then finds the session that came of it and ends it.
    """
    mine = select(Household.fingerprint).where(
        Household.fingerprint == fingerprint(household.token), Household.ended_at.is_(None)
    )
    return db.execute(mine.with_for_update(read=True)).first() is not None


def visit(db: Connection, household: SignedIn, pupil_id: str, sid: str, now: datetime) -> None:
    """A child of this household went in, with this engine session."""
    db.execute(
        insert(HomeVisit).values(
            sid=sid,
            home_account_id=household.home_account_id,
            pupil_id=pupil_id,
            household=fingerprint(household.token),
            started_at=now,
        )
    )
