"""A pupil's two e-mail slots: fill, replace, empty, send again. A slot and its mail are one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from idp.kernel import audit
from idp.kernel.mail import enqueue_mail
from idp.kernel.secrets import KeyRing, new_id
from idp.kernel.words import msgid
from idp.school import homes, links
from idp.school.addresses import Address, AddressProblem
from idp.school.models import EmailSlot, HomeAccount, HomeVisit

POSITIONS = (1, 2)


@dataclass(frozen=True, slots=True)
class Slot:
    """A filled slot."""

    id: str
    pupil_id: str
    position: int
    home_account_id: str
    address: str
    activated: bool


@dataclass(frozen=True, slots=True)
class Filled:
    """The slot holds this address, and its mail waits in the outbox."""

    slot_id: str


@dataclass(frozen=True, slots=True)
class Emptied:
    """The slot is empty; the engine sessions `sids` came in through it and must end."""

    sids: Sequence[str]


def of_pupils(db: Connection, pupil_ids: Iterable[str]) -> Sequence[Slot]:
    """The filled slots of these pupils, in order."""
    rows = db.execute(
        select(
            EmailSlot.id,
            EmailSlot.pupil_id,
            EmailSlot.position,
            EmailSlot.home_account_id,
            HomeAccount.address,
            EmailSlot.confirmed_at,
            HomeAccount.activated_at,
        )
        .join(HomeAccount, HomeAccount.id == EmailSlot.home_account_id)
        .where(EmailSlot.pupil_id.in_(list(pupil_ids)))
        .order_by(EmailSlot.pupil_id, EmailSlot.position)
    )
    return [Slot(*row[:5], row[5] is not None and row[6] is not None) for row in rows]


def home_status(slots: Iterable[Slot]) -> str:
    """What the group page shows (PRODUCT rule 2): derived from the slots, never stored."""
    filled = list(slots)
    if not filled:
        return "Nee/Nee"
    return "Ja/Ja" if any(slot.activated for slot in filled) else "Ja/Nee"


def fill(
    db: Connection,
    keyring: KeyRing,
    pupil_id: str,
    position: int,
    address: Address,
    *,
    staff_id: str | None,
    now: datetime,
) -> Filled | AddressProblem:
    """Put an address into an empty slot and queue its mail. The loser of a race is told what happened."""
    account = homes.ensure(db, address, now)
    insert = sqlite_insert if db.dialect.name == "sqlite" else postgresql_insert
    slot_id = db.execute(
        insert(EmailSlot)
        .values(
            id=new_id(),
            pupil_id=pupil_id,
            position=position,
            home_account_id=account.id,
            filled_by=staff_id,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(EmailSlot.id)
    ).scalar()
    if slot_id is None:
        return _why_not(db, pupil_id, account.id)
    send_activation(db, keyring, slot_id, account, now)
    actor = f"staff:{staff_id}" if staff_id else None
    audit.record(
        db,
        "slot.filled",
        now=now,
        actor=actor,
        thing=f"pupil:{pupil_id}",
        facts={"position": position, "slot": slot_id},
    )
    return Filled(slot_id)


def _why_not(db: Connection, pupil_id: str, account_id: str) -> AddressProblem:
    twice = select(EmailSlot.id).where(EmailSlot.pupil_id == pupil_id, EmailSlot.home_account_id == account_id)
    if db.execute(twice).first() is not None:
        return AddressProblem(msgid("Dit e-mailadres staat al bij deze leerling. Eén keer is genoeg."), {})
    return AddressProblem(
        msgid("Een collega heeft hier net een ander e-mailadres ingevuld. Kijk of dat klopt en probeer het opnieuw."),
        {},
    )


def send_activation(db: Connection, keyring: KeyRing, slot_id: str, account: homes.Account, now: datetime) -> None:
    """Mint a link for a slot and queue its mail: for a new address, or for one that has an account already."""
    facts = homes.slot_facts(db, slot_id, account.id)
    if facts is None:
        return
    path = links.path_of("activate", links.mint(db, "activate", account.id, slot_id, now))
    told = {"first_name": facts.first_name, "school": facts.school_name, "path": path}
    template = "confirm" if account.activated else "activate"
    enqueue_mail(db, keyring, account.address, template, told, locale=account.locale, now=now, ref=f"slot:{slot_id}")


def resend(db: Connection, keyring: KeyRing, slot: Slot, *, staff_id: str | None, now: datetime) -> str:
    """(Her)zend: the activation link again, or a reset link for who is activated; an older link keeps working."""
    account = homes.by_id(db, slot.home_account_id)
    if account is None:
        raise LookupError("a slot without its account")
    kind = "reset" if slot.activated else "activate"
    if kind == "reset":
        homes.send_reset(db, keyring, account, now, ref=f"slot:{slot.id}")
    else:
        send_activation(db, keyring, slot.id, account, now)
    audit.record(
        db,
        "slot.resent",
        now=now,
        actor=f"staff:{staff_id}" if staff_id else None,
        thing=f"pupil:{slot.pupil_id}",
        facts={"slot": slot.id, "kind": kind},
    )
    return kind


def empty(db: Connection, keyring: KeyRing, slot_id: str, *, actor: str, why: str, now: datetime) -> Emptied | None:
    """Empty a slot: that account's access to that pupil ends at once. None when it was empty already."""
    gone = db.execute(
        delete(EmailSlot).where(EmailSlot.id == slot_id).returning(EmailSlot.pupil_id, EmailSlot.home_account_id)
    ).first()
    if gone is None:
        return None
    sids = db.execute(
        select(HomeVisit.sid).where(
            HomeVisit.home_account_id == gone.home_account_id, HomeVisit.pupil_id == gone.pupil_id
        )
    ).scalars()
    ended = list(sids)
    homes.delete_if_childless(db, keyring, gone.home_account_id, now)
    audit.record(
        db, "slot.emptied", now=now, actor=actor, thing=f"pupil:{gone.pupil_id}", facts={"slot": slot_id, "why": why}
    )
    return Emptied(ended)
