"""A pupil's two e-mail slots: fill, replace, empty, send again. A slot and its mail are one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, ScalarSelect, and_, delete, func, insert, select

from idp.kernel import audit, outbox
from idp.kernel.db import insert_into
from idp.kernel.mail import enqueue_mail
from idp.kernel.secrets import KeyRing, new_id
from idp.kernel.words import msgid
from idp.school import homes, links
from idp.school.addresses import Address, AddressProblem
from idp.school.models import EmailSlot, HomeAccount, HomeVisit, Link, Pupil, SlotRefusal

POSITIONS = (1, 2)


@dataclass(frozen=True, slots=True)
class Slot:
    """A filled slot. `opened_at`: when one of its links was first looked at; a scanner of mail may have been first."""

    id: str
    pupil_id: str
    position: int
    home_account_id: str
    address: str
    activated: bool
    opened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """The slot holds this address, and its mail waits in the outbox."""

    slot_id: str


@dataclass(frozen=True, slots=True)
class Emptied:
    """The slot is empty; the engine sessions `sids` came in through it and must end."""

    sids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Replaced:
    """The slot holds another address now; what came in through the old one (`sids`) must end."""

    slot_id: str
    sids: Sequence[str]


COLUMNS = (
    EmailSlot.id,
    EmailSlot.pupil_id,
    EmailSlot.position,
    EmailSlot.home_account_id,
    HomeAccount.address,
    and_(EmailSlot.confirmed_at.is_not(None), HomeAccount.activated_at.is_not(None)),
    select(func.min(Link.opened_at)).where(Link.slot_id == EmailSlot.id).correlate(EmailSlot).scalar_subquery(),
)
"""A Slot, of tables that the statement joins."""


def refused_at(position: int) -> ScalarSelect[datetime]:
    """When somebody said "not my child" in this place of the statement's pupil; none = nobody, or filled since."""
    here = (SlotRefusal.pupil_id == Pupil.id, SlotRefusal.position == position)
    return select(SlotRefusal.at).where(*here).correlate(Pupil).scalar_subquery()


def of_pupils(db: Connection, pupil_ids: Iterable[str]) -> Sequence[Slot]:
    """The filled slots of these pupils, in order."""
    rows = db.execute(
        select(*COLUMNS)
        .join(HomeAccount, HomeAccount.id == EmailSlot.home_account_id)
        .where(EmailSlot.pupil_id.in_(list(pupil_ids)))
        .order_by(EmailSlot.pupil_id, EmailSlot.position)
    )
    return [Slot(*row) for row in rows]


def home_status(slots: Iterable[Slot]) -> str:
    """What the group page shows (PRODUCT rule 2): derived from the slots, never stored."""
    filled = list(slots)
    if not filled:
        return "Nee/Nee"
    return "Ja/Ja" if any(slot.activated for slot in filled) else "Ja/Nee"


def mails_of(db: Connection, filled: Iterable[Slot]) -> Mapping[str, outbox.Outcome]:
    """How the newest mail of each slot stands, by slot id."""
    refs = {_ref(slot.id): slot.id for slot in filled}
    return {refs[ref]: outcome for ref, outcome in outbox.latest(db, refs).items()}


def _ref(slot_id: str) -> str:
    return f"slot:{slot_id}"


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
    """Put an address into an empty slot and queue its mail. The loser of a race is told what happened.

    Raises LookupError when the pupil is not at school.
    """
    account = homes.ensure(db, address, now)
    made = insert_into(db, EmailSlot).values(
        id=new_id(),
        pupil_id=pupil_id,
        position=position,
        home_account_id=account.id,
        filled_by=staff_id,
        created_at=now,
    )
    slot_id = db.execute(made.on_conflict_do_nothing().returning(EmailSlot.id)).scalar()
    if slot_id is None:
        problem = _why_not(db, pupil_id, account.id)
        homes.delete_if_childless(db, keyring, account.id, now)
        return problem
    facts = send_activation(db, keyring, slot_id, account, now)
    if facts is None:
        raise LookupError("a slot of a pupil who is not at school")
    _forget_refusal(db, pupil_id, position)
    _record(db, "slot.filled", facts, _by(staff_id), now, position=position)
    return Filled(slot_id)


def _by(staff_id: str | None) -> str | None:
    return f"staff:{staff_id}" if staff_id else None


def _record(
    db: Connection, act: str, child: homes.SlotFacts, actor: str | None, now: datetime, **more: str | int
) -> None:
    facts = {"slot": child.slot_id, **more}
    audit.record(db, act, now=now, actor=actor, thing=f"pupil:{child.pupil_id}", school_id=child.school_id, facts=facts)


def _why_not(db: Connection, pupil_id: str, account_id: str) -> AddressProblem:
    twice = select(EmailSlot.id).where(EmailSlot.pupil_id == pupil_id, EmailSlot.home_account_id == account_id)
    if db.execute(twice).first() is not None:
        return AddressProblem(msgid("Dit e-mailadres staat al bij deze leerling. Eén keer is genoeg."), {})
    return _CHANGED_MEANWHILE


_CHANGED_MEANWHILE = AddressProblem(
    msgid("Een collega heeft hier net iets veranderd. Kijk of het zo klopt en probeer het anders opnieuw."), {}
)


def replace(
    db: Connection, keyring: KeyRing, slot: Slot, address: Address, *, staff_id: str | None, now: datetime
) -> Replaced | AddressProblem:
    """Empty a slot and fill it with another address, or leave everything as it was.

    Another spelling of the address that is there changes nothing. `slot` is what the teacher saw: when a colleague
    changed it meanwhile, nothing happens.
    """
    account = homes.by_id(db, slot.home_account_id)
    if account is not None and account.address_key == address.key:
        return Replaced(slot.id, [])
    undo = db.begin_nested()
    emptied = empty(db, keyring, slot.id, actor=_by(staff_id), why="replaced", now=now)
    if emptied is None:
        undo.rollback()
        return _CHANGED_MEANWHILE
    filled = fill(db, keyring, slot.pupil_id, slot.position, address, staff_id=staff_id, now=now)
    if isinstance(filled, AddressProblem):
        undo.rollback()
        return filled
    undo.commit()
    return Replaced(filled.slot_id, emptied.sids)


def send_activation(
    db: Connection, keyring: KeyRing, slot_id: str, account: homes.Account, now: datetime
) -> homes.SlotFacts | None:
    """Mint a link for a slot and queue its mail: for a new address, or for one that has an account already.

    None, and no mail, when the slot is not this account's or the pupil not at school.
    """
    facts = homes.slot_facts(db, slot_id, account.id)
    if facts is None:
        return None
    path = links.path_of("activate", links.mint(db, "activate", account.id, slot_id, now))
    told = {"first_name": facts.first_name, "school": facts.school_name, "path": path}
    template = "confirm" if account.activated else "activate"
    enqueue_mail(db, keyring, account.address, template, told, locale=account.locale, now=now, ref=_ref(slot_id))
    return facts


def newest_of(db: Connection, account_id: str) -> str | None:
    """The id of the slot that was filled last with this account."""
    mine = select(EmailSlot.id).where(EmailSlot.home_account_id == account_id)
    slot_id: str | None = db.execute(mine.order_by(EmailSlot.created_at.desc(), EmailSlot.id).limit(1)).scalar()
    return slot_id


def resend(db: Connection, keyring: KeyRing, slot: Slot, *, staff_id: str | None, now: datetime) -> str:
    """(Her)zend: "activate" (the link again) or "reset" (for who is activated); older links keep working.

    "gone" when the slot was emptied meanwhile.
    """
    account = homes.by_id(db, slot.home_account_id)
    facts = homes.slot_facts(db, slot.id, slot.home_account_id)
    if account is None or facts is None:
        return "gone"
    kind = "reset" if account.activated and facts.confirmed else "activate"
    if kind == "reset":
        homes.send_reset(db, keyring, account, now, ref=_ref(slot.id))
    else:
        send_activation(db, keyring, slot.id, account, now)
    _record(db, "slot.resent", facts, _by(staff_id), now, kind=kind)
    return kind


def empty(
    db: Connection, keyring: KeyRing, slot_id: str, *, actor: str | None, why: str, now: datetime
) -> Emptied | None:
    """Empty a slot: that account's access to that pupil ends at once. None when it was empty already.

    Its mail does not leave any more, unless it is under way; then the page of its link says that the slot is gone.
    """
    gone = db.execute(
        delete(EmailSlot)
        .where(EmailSlot.id == slot_id)
        .returning(EmailSlot.pupil_id, EmailSlot.home_account_id, EmailSlot.position)
    ).first()
    if gone is None:
        return None
    outbox.withdraw(db, _ref(slot_id), now=now)
    if why == "refused":
        _forget_refusal(db, gone.pupil_id, gone.position)
        db.execute(insert(SlotRefusal).values(pupil_id=gone.pupil_id, position=gone.position, at=now))
    sids = db.execute(
        select(HomeVisit.sid).where(
            HomeVisit.home_account_id == gone.home_account_id, HomeVisit.pupil_id == gone.pupil_id
        )
    )
    emptied = Emptied(list(sids.scalars()))
    homes.delete_if_childless(db, keyring, gone.home_account_id, now, asked=why == "forgotten")
    school_id = db.execute(select(Pupil.school_id).where(Pupil.id == gone.pupil_id)).scalar()
    facts = {"slot": slot_id, "why": why}
    audit.record(
        db, "slot.emptied", now=now, actor=actor, thing=f"pupil:{gone.pupil_id}", school_id=school_id, facts=facts
    )
    return emptied


def _forget_refusal(db: Connection, pupil_id: str, position: int) -> None:
    db.execute(delete(SlotRefusal).where(SlotRefusal.pupil_id == pupil_id, SlotRefusal.position == position))


def empty_all(db: Connection, keyring: KeyRing, account_id: str, *, why: str, now: datetime) -> Emptied:
    """Empty every slot of an account, which then is no more (a parent said: forget me)."""
    mine = select(EmailSlot.id).where(EmailSlot.home_account_id == account_id).order_by(EmailSlot.id)
    sids: list[str] = []
    for slot_id in db.execute(mine).scalars().all():
        emptied = empty(db, keyring, slot_id, actor=f"home:{account_id}", why=why, now=now)
        sids += emptied.sids if emptied else []
    return Emptied(sids)
