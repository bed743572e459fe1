"""Home accounts and the children under one. An account belongs to the address, whatever slots it stands in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from idp.kernel import audit
from idp.kernel.db import insert_into
from idp.kernel.mail import enqueue_mail
from idp.kernel.secrets import KeyRing, new_id
from idp.school import households, links
from idp.school.addresses import Address
from idp.school.models import EmailSlot, Group, HomeAccount, Pupil, School, Staff
from idp.school.models.school import ONLY_VIA


@dataclass(frozen=True, slots=True)
class Account:
    """A home account."""

    id: str
    address: str
    address_key: str
    password_hash: str | None
    activated: bool
    locale: str


@dataclass(frozen=True, slots=True)
class Child:
    """A child under an account: what its tile shows, and how it shows who it is."""

    pupil_id: str
    first_name: str
    picture: str
    login_method: str
    school_id: str
    school_name: str


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """What a mail or a page may say about a slot's child to somebody whose claim is not proven: no more than this."""

    slot_id: str
    pupil_id: str
    first_name: str
    school_name: str
    school_id: str
    filled_by: str | None
    confirmed: bool


METHOD = func.coalesce(Group.login_method, "pin")
"""How a child shows who it is; between two groups (a new school year) by its PIN."""

SIGNS_IN_AT_HOME = (EmailSlot.confirmed_at.is_not(None), Pupil.left_at.is_(None), ONLY_VIA.is_(None))
"""Taken on by the account, still at school, and the school does not leave that to a network environment alone."""

_CHILDLESS = ~select(EmailSlot.id).where(EmailSlot.home_account_id == HomeAccount.id).exists()


def by_key(db: Connection, key: str) -> Account | None:
    """The account of an address."""
    return _one(db, HomeAccount.address_key == key)


def by_id(db: Connection, account_id: str) -> Account | None:
    """The account of an id."""
    return _one(db, HomeAccount.id == account_id)


def _one(db: Connection, which: ColumnElement[bool]) -> Account | None:
    activated = HomeAccount.activated_at.is_not(None)
    row = db.execute(
        select(
            HomeAccount.id,
            HomeAccount.address,
            HomeAccount.address_key,
            HomeAccount.password_hash,
            activated,
            HomeAccount.locale,
        ).where(which)
    ).first()
    return None if row is None else Account(*row)


def ensure(db: Connection, address: Address, now: datetime) -> Account:
    """The account of this address, made when there is none; two at once get the same.

    It is held until the transaction ends, so that whoever empties its last slot meanwhile does not delete it.
    """
    statement = insert_into(db, HomeAccount).values(
        id=new_id(), address=address.written, address_key=address.key, locale="nl", created_at=now
    )
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["address_key"], set_={"address_key": statement.excluded.address_key}
        )
    )
    account = by_key(db, address.key)
    if account is None:
        raise LookupError("an account that was just made")
    return account


def children(db: Connection, account_id: str) -> Sequence[Child]:
    """The children that this account took on and that sign in at home, by first name."""
    rows = db.execute(
        select(Pupil.id, Pupil.first_name, Pupil.picture, METHOD, School.id, School.name)
        .join(EmailSlot, EmailSlot.pupil_id == Pupil.id)
        .join(School, School.id == Pupil.school_id)
        .outerjoin(Group, Group.id == Pupil.group_id)
        .where(EmailSlot.home_account_id == account_id, *SIGNS_IN_AT_HOME)
    )
    return sorted((Child(*row) for row in rows), key=lambda child: (child.first_name.casefold(), child.pupil_id))


def waiting(db: Connection, account_id: str) -> Sequence[SlotFacts]:
    """The children that a teacher gave this account, and that it has not taken on yet, by first name."""
    found = _facts(db, EmailSlot.home_account_id == account_id, EmailSlot.confirmed_at.is_(None))
    return sorted(found, key=lambda facts: (facts.first_name.casefold(), facts.slot_id))


def slot_facts(db: Connection, slot_id: str | None, account_id: str) -> SlotFacts | None:
    """The child of a slot, as long as the slot is this account's."""
    return next(iter(_facts(db, EmailSlot.id == slot_id, EmailSlot.home_account_id == account_id)), None)


def _facts(db: Connection, *which: ColumnElement[bool]) -> Sequence[SlotFacts]:
    taken_on = EmailSlot.confirmed_at.is_not(None)
    rows = db.execute(
        select(EmailSlot.id, Pupil.id, Pupil.first_name, School.name, School.id, EmailSlot.filled_by, taken_on)
        .join(Pupil, Pupil.id == EmailSlot.pupil_id)
        .join(School, School.id == Pupil.school_id)
        .where(*which, Pupil.left_at.is_(None))
    )
    return [SlotFacts(*row) for row in rows]


def activate(db: Connection, account_id: str, password_hash: str, now: datetime) -> bool:
    """The first password, chosen by whoever has the mailbox. False when the account is gone, or has one already."""
    statement = (
        update(HomeAccount)
        .where(HomeAccount.id == account_id, HomeAccount.activated_at.is_(None))
        .values(password_hash=password_hash, activated_at=now)
    )
    if db.execute(statement).rowcount != 1:
        return False
    audit.record(db, "home.activated", now=now, actor=f"home:{account_id}", thing=f"home:{account_id}")
    return True


def new_password(
    db: Connection, keyring: KeyRing, account_id: str, password_hash: str, now: datetime
) -> Sequence[str] | None:
    """Another password for an activated account, which hears of it by mail; it is signed out everywhere.

    Returns the engine sessions to be ended; None when there is no such account (any more).
    """
    statement = (
        update(HomeAccount)
        .where(HomeAccount.id == account_id, HomeAccount.activated_at.is_not(None))
        .values(password_hash=password_hash)
        .returning(HomeAccount.address, HomeAccount.locale)
    )
    row = db.execute(statement).first()
    if row is None:
        return None
    enqueue_mail(db, keyring, row.address, "password_changed", {}, locale=row.locale, now=now)
    audit.record(db, "home.password", now=now, actor=f"home:{account_id}", thing=f"home:{account_id}")
    return households.end_others(db, account_id, now)


def set_locale(db: Connection, account_id: str, locale: str) -> None:
    """The language ("nl" or "en") in which this account gets its mail."""
    db.execute(update(HomeAccount).where(HomeAccount.id == account_id).values(locale=locale))


def password_words(db: Connection, account_id: str) -> Sequence[str]:
    """What anybody near would try as this account's password: the address, the children, their schools."""
    rows = db.execute(
        select(HomeAccount.address, Pupil.first_name, Pupil.family_name, School.name)
        .outerjoin(EmailSlot, EmailSlot.home_account_id == HomeAccount.id)
        .outerjoin(Pupil, Pupil.id == EmailSlot.pupil_id)
        .outerjoin(School, School.id == Pupil.school_id)
        .where(HomeAccount.id == account_id)
    )
    return sorted({word for row in rows for word in row if word})


def confirm(db: Connection, keyring: KeyRing, slot_id: str, account_id: str, now: datetime) -> SlotFacts | None:
    """Yes, this is my child. None when the slot is not this account's (any more), or was taken on before.

    The child's other account, if it has one, hears of it: an address that a teacher put there for themselves shows.
    """
    statement = (
        update(EmailSlot)
        .where(EmailSlot.id == slot_id, EmailSlot.home_account_id == account_id, EmailSlot.confirmed_at.is_(None))
        .values(confirmed_at=now)
    )
    facts = slot_facts(db, slot_id, account_id)
    if facts is None or db.execute(statement).rowcount != 1:
        return None
    actor, thing = f"home:{account_id}", f"pupil:{facts.pupil_id}"
    audit.record(db, "slot.confirmed", now=now, actor=actor, thing=thing, school_id=facts.school_id)
    others = db.execute(
        select(HomeAccount.address, HomeAccount.locale)
        .join(EmailSlot, EmailSlot.home_account_id == HomeAccount.id)
        .where(EmailSlot.pupil_id == facts.pupil_id, EmailSlot.id != slot_id, EmailSlot.confirmed_at.is_not(None))
    )
    told = {"first_name": facts.first_name, "school": facts.school_name, "path": "/ouder"}
    for address, locale in others.all():
        enqueue_mail(db, keyring, address, "second_home", told, locale=locale, now=now, once=f"second_home:{slot_id}")
    return facts


def tell_teacher_of_refusal(db: Connection, keyring: KeyRing, facts: SlotFacts, now: datetime) -> None:
    """The parent said: not my child. Whoever filled the slot hears which child and why, and nothing of the address."""
    teacher = db.execute(select(Staff.address).where(Staff.id == facts.filled_by, Staff.ended_at.is_(None))).scalar()
    if teacher is None:
        return
    path = f"/leerlingen/{facts.pupil_id}/wijzigen"
    told = {"first_name": facts.first_name, "path": path}
    enqueue_mail(db, keyring, teacher, "child_refused", told, locale="nl", now=now)


def send_reset(db: Connection, keyring: KeyRing, account: Account, now: datetime, ref: str | None = None) -> None:
    """Mail a link to choose a new password."""
    path = links.path_of("reset", links.mint(db, "reset", account.id, None, now))
    enqueue_mail(db, keyring, account.address, "reset", {"path": path}, locale=account.locale, now=now, ref=ref)


def delete_if_childless(
    db: Connection, keyring: KeyRing, account_id: str, now: datetime, *, asked: bool = False
) -> bool:
    """An account with no slot left goes, with a mail that says so (only to somebody who once activated it).

    `asked`: its owner wanted that; otherwise its last child went.
    """
    # First held, then looked at: a slot that is being filled with it at this moment is seen, or gets a new account.
    db.execute(select(HomeAccount.id).where(HomeAccount.id == account_id).with_for_update()).all()
    statement = (
        delete(HomeAccount)
        .where(HomeAccount.id == account_id, _CHILDLESS)
        .returning(HomeAccount.address, HomeAccount.activated_at, HomeAccount.locale)
    )
    gone = db.execute(statement).first()
    if gone is None:
        return False
    if gone.activated_at is not None:
        told = {"asked": True} if asked else {}
        enqueue_mail(db, keyring, gone.address, "account_deleted", told, locale=gone.locale, now=now)
    audit.record(db, "home.deleted", now=now, thing=f"home:{account_id}")
    return True


def forget_unused(db: Connection, now: datetime) -> None:
    """Drop accounts that no slot leads to and that nobody ever activated."""
    unused = (HomeAccount.activated_at.is_(None), HomeAccount.created_at < now - timedelta(hours=1), _CHILDLESS)
    held = db.execute(select(HomeAccount.id).where(*unused).with_for_update(skip_locked=True)).scalars().all()
    db.execute(delete(HomeAccount).where(HomeAccount.id.in_(held), _CHILDLESS))
