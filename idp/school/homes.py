"""Home accounts and the children under one. An account belongs to the address, whatever slots it stands in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from idp.kernel import audit
from idp.kernel.mail import enqueue_mail
from idp.kernel.secrets import KeyRing, new_id
from idp.school import links
from idp.school.addresses import Address
from idp.school.models import EmailSlot, Group, HomeAccount, Pupil, School, Staff


@dataclass(frozen=True, slots=True)
class Account:
    """A home account."""

    id: str
    address: str
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


_ACCOUNT = (
    HomeAccount.id,
    HomeAccount.address,
    HomeAccount.password_hash,
    HomeAccount.activated_at,
    HomeAccount.locale,
)


METHOD = func.coalesce(Group.login_method, "pin")
"""How a child shows who it is; between two groups (a new school year) by its PIN."""

SIGNS_IN_AT_HOME = (EmailSlot.confirmed_at.is_not(None), Pupil.left_at.is_(None), School.network.is_(None))
"""Taken on by the account, still at school, and the school has no network environment for it."""


def by_key(db: Connection, key: str) -> Account | None:
    """The account of an address."""
    return _account(db.execute(select(*_ACCOUNT).where(HomeAccount.address_key == key)).first())


def by_id(db: Connection, account_id: str) -> Account | None:
    """The account of an id."""
    return _account(db.execute(select(*_ACCOUNT).where(HomeAccount.id == account_id)).first())


def _account(row: Row[str, str, str | None, datetime | None, str] | None) -> Account | None:
    return None if row is None else Account(row[0], row[1], row[2], row[3] is not None, row[4])


def ensure(db: Connection, address: Address, now: datetime) -> Account:
    """The account of this address, made when there is none; two at once get the same."""
    insert = sqlite_insert if db.dialect.name == "sqlite" else postgresql_insert
    db.execute(
        insert(HomeAccount)
        .values(id=new_id(), address=address.written, address_key=address.key, locale="nl", created_at=now)
        .on_conflict_do_nothing(index_elements=["address_key"])
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


def activate(db: Connection, account_id: str, password_hash: str, now: datetime) -> None:
    """The first or a new password; whoever has the mailbox chose it."""
    db.execute(
        update(HomeAccount).where(HomeAccount.id == account_id).values(password_hash=password_hash, activated_at=now)
    )


def set_hash(db: Connection, account_id: str, password_hash: str) -> None:
    """The same password under newer parameters."""
    db.execute(update(HomeAccount).where(HomeAccount.id == account_id).values(password_hash=password_hash))


def confirm(db: Connection, slot_id: str, account_id: str, now: datetime) -> bool:
    """Yes, this is my child. False when the slot is not this account's any more."""
    statement = (
        update(EmailSlot)
        .where(EmailSlot.id == slot_id, EmailSlot.home_account_id == account_id, EmailSlot.confirmed_at.is_(None))
        .values(confirmed_at=now)
        .returning(EmailSlot.pupil_id)
    )
    pupil_id = db.execute(statement).scalar()
    if pupil_id is None:
        return False
    audit.record(db, "slot.confirmed", now=now, actor=f"home:{account_id}", thing=f"pupil:{pupil_id}")
    return True


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


def slot_facts(db: Connection, slot_id: str | None, account_id: str) -> SlotFacts | None:
    """The child of a slot, as long as the slot is this account's."""
    row = db.execute(
        select(
            EmailSlot.id,
            Pupil.id,
            Pupil.first_name,
            School.name,
            School.id,
            EmailSlot.filled_by,
            EmailSlot.confirmed_at,
        )
        .join(Pupil, Pupil.id == EmailSlot.pupil_id)
        .join(School, School.id == Pupil.school_id)
        .where(EmailSlot.id == slot_id, EmailSlot.home_account_id == account_id, Pupil.left_at.is_(None))
    ).first()
    return None if row is None else SlotFacts(row[0], row[1], row[2], row[3], row[4], row[5], row[6] is not None)


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


def delete_if_childless(db: Connection, keyring: KeyRing, account_id: str, now: datetime) -> bool:
    """An account with no slot left goes, with a mail that says so (only to somebody who once activated it)."""
    statement = (
        delete(HomeAccount)
        .where(HomeAccount.id == account_id)
        .where(~select(EmailSlot.id).where(EmailSlot.home_account_id == account_id).exists())
        .returning(HomeAccount.address, HomeAccount.activated_at, HomeAccount.locale)
    )
    gone = db.execute(statement).first()
    if gone is None:
        return False
    if gone.activated_at is not None:
        enqueue_mail(db, keyring, gone.address, "account_deleted", {}, locale=gone.locale, now=now)
    audit.record(db, "home.deleted", now=now, thing=f"home:{account_id}")
    return True
