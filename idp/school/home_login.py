"""A pupil's home login as its teacher sees and changes it: both slots on one form, all of it or nothing.

`look` is what the page shows. `plan` reads what was typed, against what the page showed when it was opened, and says
what is wrong or what has to happen; `carry_out` does that. A field that was left as it was asks for nothing, so
that two teachers on one pupil meet only where both typed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from idp.kernel.outbox import Outcome
from idp.kernel.secrets import KeyRing
from idp.kernel.words import msgid
from idp.school import addresses, slots
from idp.school.addresses import Address, AddressProblem
from idp.school.models import Pupil, SlotRefusal
from idp.school.slots import POSITIONS, Emptied, Slot

TWICE = AddressProblem(msgid("Dit e-mailadres staat al bij deze leerling. Eén keer is genoeg."), {})
CHANGED = msgid(
    "Een collega heeft dit intussen veranderd in %(now)s. Wil je toch jouw adres? Klik dan nog een keer op Wijzig."
)
CLEARED = msgid("Dit vak is intussen leeggemaakt. Wil je toch jouw adres? Klik dan nog een keer op Wijzig.")


@dataclass(frozen=True, slots=True)
class Place:
    """One of the two slots. `mail`: its newest mail; `refused_at`: when somebody said "not my child", if nobody
    filled it since.
    """

    position: int
    slot: Slot | None
    mail: Outcome | None
    refused_at: datetime | None

    @property
    def address(self) -> str:
        """What stands in it; "" = nothing."""
        return self.slot.address if self.slot else ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What came back for one slot. `shown`: the address that the page had there when it was opened; None = unknown."""

    typed: str
    shown: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to happen: slots to empty, slots that get another address, addresses for a free place."""

    emptied: Sequence[Slot]
    replaced: Sequence[tuple[Slot, Address]]
    filled: Sequence[tuple[int, Address]]


Problems = Mapping[int, AddressProblem]
"""By position."""


def look(db: Connection, pupil_id: str) -> Sequence[Place]:
    """The two places of a pupil."""
    current = _current(db, pupil_id)
    mails = slots.mails_of(db, current.values())
    refused = _refusals(db, pupil_id)
    return [
        Place(position, slot, mails.get(slot.id) if slot else None, None if slot else refused.get(position))
        for position in POSITIONS
        for slot in (current.get(position),)
    ]


def plan(db: Connection, pupil_id: str, wishes: Mapping[int, Wish]) -> Plan | Problems:
    """What these wishes come to. The pupil is held until the transaction ends: one teacher after the other."""
    db.execute(select(Pupil.id).where(Pupil.id == pupil_id).with_for_update()).all()
    return weigh(_current(db, pupil_id), wishes)


def weigh(current: Mapping[int, Slot], wishes: Mapping[int, Wish]) -> Plan | Problems:
    """The decision itself. An address that only moves to the other place stays where it is: its account keeps it."""
    problems: dict[int, AddressProblem] = {}
    final: dict[int, Address | None] = {}
    for position in POSITIONS:
        stands = current[position].address if position in current else ""
        wanted = _wanted(stands, wishes.get(position))
        if isinstance(wanted, AddressProblem):
            problems[position] = wanted
        else:
            final[position] = wanted
    first, second = final.get(1), final.get(2)
    if first is not None and second is not None and first.key == second.key:
        problems[2 if wishes.get(2) and _touched(current, 2, wishes[2]) else 1] = TWICE
    return problems or _steps(current, final)


def _wanted(stands: str, wish: Wish | None) -> Address | AddressProblem | None:
    """The address that belongs in a place where `stands` stands now; None = it belongs empty."""
    standing = Address(stands, addresses.key_for_lookup(stands)) if stands else None
    shown = stands if wish is None or wish.shown is None else wish.shown
    if wish is None or wish.typed.strip() == shown:
        return standing
    wanted = addresses.check(wish.typed) if wish.typed.strip() else None
    if isinstance(wanted, AddressProblem) or shown == stands or _key(wanted) == _key(standing):
        return wanted
    return AddressProblem(CHANGED, {"now": stands}) if stands else AddressProblem(CLEARED, {})


def _key(address: Address | None) -> str | None:
    return address.key if address else None


def _touched(current: Mapping[int, Slot], position: int, wish: Wish) -> bool:
    shown = wish.shown if wish.shown is not None else current[position].address if position in current else ""
    return wish.typed.strip() != shown


def _steps(current: Mapping[int, Slot], final: Mapping[int, Address | None]) -> Plan:
    keys = {position: addresses.key_for_lookup(slot.address) for position, slot in current.items()}
    wanted = {address.key for address in final.values() if address}
    leaving = {position: slot for position, slot in current.items() if keys[position] not in wanted}
    free = [position for position in POSITIONS if position not in current or position in leaving]
    replaced: list[tuple[Slot, Address]] = []
    filled: list[tuple[int, Address]] = []
    for position, address in final.items():
        if address is None or address.key in keys.values():
            continue
        place = position if position in free else free[0]
        free.remove(place)
        slot = leaving.pop(place, None)
        if slot is None:
            filled.append((place, address))
        else:
            replaced.append((slot, address))
    return Plan(list(leaving.values()), replaced, filled)


def carry_out(
    db: Connection, keyring: KeyRing, pupil_id: str, steps: Plan, *, staff_id: str, now: datetime
) -> Emptied | Problems:
    """Do what `plan` found, with a mail for each new address; all of it, or nothing and what went wrong.

    The engine sessions that must end are told, as when a slot is emptied.
    """
    undo = db.begin_nested()
    ended: list[str] = []
    for slot in steps.emptied:
        emptied = slots.empty(db, keyring, slot.id, actor=f"staff:{staff_id}", why="emptied", now=now)
        ended += emptied.sids if emptied else []
    for slot, address in steps.replaced:
        replaced = slots.replace(db, keyring, slot, address, staff_id=staff_id, now=now)
        if isinstance(replaced, AddressProblem):
            undo.rollback()
            return {slot.position: replaced}
        ended += replaced.sids
    for position, address in steps.filled:
        filled = slots.fill(db, keyring, pupil_id, position, address, staff_id=staff_id, now=now)
        if isinstance(filled, AddressProblem):
            undo.rollback()
            return {position: filled}
    undo.commit()
    return Emptied(ended)


def _current(db: Connection, pupil_id: str) -> dict[int, Slot]:
    return {slot.position: slot for slot in slots.of_pupils(db, [pupil_id])}


def _refusals(db: Connection, pupil_id: str) -> Mapping[int, datetime]:
    """Where somebody said "not my child", by position, as long as nobody filled that place again."""
    rows = db.execute(select(SlotRefusal.position, SlotRefusal.at).where(SlotRefusal.pupil_id == pupil_id))
    return {row.position: row.at for row in rows}
