"""Every way to show who you are, at home and for staff. Values only; each try is counted before it is looked at.

Hashing a password is slow and must not hold the database's one writer, so a password check comes in two halves:
`begin_password` in one transaction, `Passwords.verify` outside any, `finish_password` in the next. A child's PIN or
picture is compared inside the transaction that then signs the child in.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from idp.kernel import audit, throttle
from idp.kernel.mail import enqueue_mail
from idp.kernel.secrets import KeyRing
from idp.school import addresses, child_secrets, homes
from idp.school.child_secrets import Sealed
from idp.school.households import SignedIn
from idp.school.models import EmailSlot, Group, HomeAccount, Pupil, School, Staff


@dataclass(frozen=True, slots=True)
class Pass:
    """Somebody showed who they are. `subject`: "pupil:ID" or "staff:ID"; `way`: a key of `idp.web.session.WAYS`."""

    subject: str
    way: str
    auth_time: datetime


@dataclass(frozen=True, slots=True)
class Fail:
    """Not let in: "wrong", "locked" (until `until`), or "disabled" (no way in for this person, whatever is given).

    `left`: how often a child may still try before it is locked, when a try was counted.
    """

    reason: str
    until: datetime | None = None
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A counted try to sign in with a password; `account_id` is None when the address leads to nobody."""

    account_id: str | None
    password_hash: str | None
    address_key: str
    kind: str  # "home" or "staff"
    source: str

    @property
    def whose(self) -> str:
        """What tries are counted for: the account, however its address was spelled; or the address of nobody."""
        return self.account_id or f"nobody:{self.address_key}"

    @property
    def counters(self) -> tuple[tuple[str, str], tuple[str, str], tuple[str, str]]:
        """The limits that count this try, from near to far: this place, the account from this place, the account."""
        here = f"{self.whose} from {self.source}"
        return (
            ("password_source", self.source),
            (f"{self.kind}_password", here),
            (f"{self.kind}_password_all", self.whose),
        )


_TABLE: dict[str, type[HomeAccount] | type[Staff]] = {"home": HomeAccount, "staff": Staff}
_LIVE = {"home": HomeAccount.activated_at.is_not(None), "staff": Staff.ended_at.is_(None)}
"""Who can sign in with a password at all."""
_DOOR = {"home": "/thuis", "staff": "/leerkracht"}
"""Where they do so."""


def begin_password(db: Connection, kind: str, address_text: str, source: str, now: datetime) -> Attempt | Fail:
    """Count a try of `kind` ("home" or "staff") before any hash; commit before hashing. Fail: "locked".

    A try that is refused near by does not count farther off: a guesser in one place cannot lock the owner out.
    """
    key = addresses.key_for_lookup(address_text)
    table = _TABLE[kind]
    row = db.execute(select(table.id, table.password_hash).where(table.address_key == key, _LIVE[kind])).first()
    account_id, password_hash = (None, None) if row is None else row
    attempt = Attempt(account_id, password_hash, key, kind, source)
    for limit, whose in attempt.counters:
        taken = throttle.take(db, limit, whose, now)
        if isinstance(taken, throttle.Locked):
            return Fail("locked", taken.until)
    return attempt


def finish_password(db: Connection, keyring: KeyRing, attempt: Attempt, right: bool, now: datetime) -> str | Fail:
    """The id of the account or member whose password it was. `right`: what `Passwords.verify` said."""
    if right and _unchanged(db, attempt):
        place, account_here, account = attempt.counters
        throttle.give_back(db, *place)
        throttle.clear(db, *account_here)
        throttle.give_back(db, *account)
        who = f"{attempt.kind}:{attempt.account_id}"
        audit.record(db, "signin.password", now=now, actor=who, thing=who)
        return str(attempt.account_id)
    known = f"{attempt.kind}:{attempt.account_id}" if attempt.account_id else None
    audit.record(db, "signin.failed", now=now, thing=known, facts={"way": attempt.kind, "reason": "wrong"})
    locked = throttle.look(db, *attempt.counters[-1], now)
    if locked is not None and attempt.account_id is not None:
        _tell_owner(db, keyring, attempt, locked.until, now)
    return Fail("wrong")


def _unchanged(db: Connection, attempt: Attempt) -> bool:
    """Is the account still there, and its password still the one that was compared?"""
    table = _TABLE[attempt.kind]
    statement = select(table.id).where(
        table.id == attempt.account_id, table.password_hash == attempt.password_hash, _LIVE[attempt.kind]
    )
    return db.execute(statement).first() is not None


def _tell_owner(db: Connection, keyring: KeyRing, attempt: Attempt, until: datetime, now: datetime) -> None:
    """Once per lock: somebody somewhere tries many passwords on your account."""
    table = _TABLE[attempt.kind]
    address = db.execute(select(table.address).where(table.id == attempt.account_id)).scalar()
    account = homes.by_id(db, attempt.account_id or "") if attempt.kind == "home" else None
    once = f"sign_in_trouble:{attempt.whose}:{until.isoformat()}"
    if address is not None:
        locale = account.locale if account else "nl"
        told = {"path": _DOOR[attempt.kind]}
        enqueue_mail(db, keyring, address, "sign_in_trouble", told, locale=locale, now=now, once=once)


def rehash(db: Connection, attempt: Attempt, password_hash: str) -> None:
    """Keep the same password under newer parameters; a password that was changed meanwhile stays."""
    table = _TABLE[attempt.kind]
    statement = update(table).where(table.id == attempt.account_id, table.password_hash == attempt.password_hash)
    db.execute(statement.values(password_hash=password_hash))


@dataclass(frozen=True, slots=True)
class _Child:
    first_name: str
    school_id: str
    login_method: str
    sealed: Sealed


def _child(db: Connection, home_account_id: str, pupil_id: str) -> _Child | None:
    """A child that this account took on and that signs in at home; its slot stays until this transaction ends."""
    # The lock: whoever empties the slot waits for us, and then finds the session that comes of this and ends it.
    row = db.execute(
        select(Pupil.first_name, Pupil.school_id, homes.METHOD, Pupil.pin, Pupil.secret_picture)
        .join(EmailSlot, EmailSlot.pupil_id == Pupil.id)
        .join(School, School.id == Pupil.school_id)
        .outerjoin(Group, Group.id == Pupil.group_id)
        .where(Pupil.id == pupil_id, EmailSlot.home_account_id == home_account_id, *homes.SIGNS_IN_AT_HOME)
        .with_for_update(read=True, of=EmailSlot)
    ).first()
    return None if row is None else _Child(row[0], row[1], row[2], Sealed(pupil_id, row[3], row[4]))


def check_child_secret(
    db: Connection,
    keyring: KeyRing,
    household_account_id: str,
    child_pupil_id: str,
    *,
    pin: str | None,
    picture: str | None,
    now: datetime,
) -> Pass | Fail:
    """Is this the child's PIN or picture, as its group's login method says? Five wrong tries lock it for this account.

    The fifth wrong one answers "locked" at once. Nothing given at all is "wrong", and counts for nothing.
    """
    child = _child(db, household_account_id, child_pupil_id)
    if child is None or child.login_method == "none":
        return Fail("disabled")
    by_pin = child.login_method == "pin"
    given = pin if by_pin else picture
    if not given:
        return Fail("wrong")
    whose = child_secrets.throttle_key(household_account_id, child_pupil_id)
    taken = throttle.take(db, "child_secret", whose, now)
    if isinstance(taken, throttle.Locked):
        return Fail("locked", taken.until)
    secret = (child_secrets.pin_of if by_pin else child_secrets.secret_picture_of)(keyring, child.sealed)
    right = hmac.compare_digest(secret.encode(), given.encode("utf-8", "replace"))
    actor, thing = f"home:{household_account_id}", f"pupil:{child_pupil_id}"
    act = "signin.child" if right else "signin.failed"
    seen = {"way": child.login_method} if right else {"way": child.login_method, "reason": "wrong"}
    audit.record(db, act, now=now, actor=actor, thing=thing, school_id=child.school_id, facts=seen)
    if right:
        throttle.clear(db, "child_secret", whose)
        return Pass(thing, "home-pin", now)
    locked = throttle.look(db, "child_secret", whose, now)
    if taken.left > 0 or locked is None:
        return Fail("wrong", left=taken.left)
    _tell_parent(db, keyring, household_account_id, child_pupil_id, child, locked.until, now)
    return Fail("locked", locked.until)


def _tell_parent(
    db: Connection,
    keyring: KeyRing,
    account_id: str,
    pupil_id: str,
    child: _Child,
    until: datetime,
    now: datetime,
) -> None:
    """Once per lock: your child is locked for some minutes."""
    actor, thing = f"home:{account_id}", f"pupil:{pupil_id}"
    audit.record(db, "signin.locked", now=now, actor=actor, thing=thing, school_id=child.school_id)
    account = homes.by_id(db, account_id)
    if account is not None:
        told = {"first_name": child.first_name, "path": "/ouder"}
        once = f"child_locked:{account_id}:{pupil_id}:{until.isoformat()}"
        enqueue_mail(db, keyring, account.address, "child_locked", told, locale=account.locale, now=now, once=once)


def child_locked(db: Connection, home_account_id: str, pupil_id: str, now: datetime) -> datetime | None:
    """Until when this child is locked for this account; None = it may try. Counts nothing."""
    found = throttle.look(db, "child_secret", child_secrets.throttle_key(home_account_id, pupil_id), now)
    return found.until if found else None


def pass_without_secret(db: Connection, household: SignedIn, child_pupil_id: str) -> Pass | Fail:
    """A child that needs to show nothing of its own: its group's method is none, or the account has no other child."""
    child = _child(db, household.home_account_id, child_pupil_id)
    if child is None:
        return Fail("disabled")
    if child.login_method != "none" and len(homes.children(db, household.home_account_id)) > 1:
        return Fail("wrong")
    return Pass(f"pupil:{child_pupil_id}", "home", household.started_at)
