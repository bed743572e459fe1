"""Do what was checked: every slot with its mail, in one transaction, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from idp.kernel import audit
from idp.kernel.secrets import KeyRing
from idp.school import addresses, home_login, homes
from idp.school.addresses import Address
from idp.school.bulk.checking import Wishes
from idp.school.home_login import Plan
from idp.school.models import Pupil
from idp.school.slots import Emptied


@dataclass(frozen=True, slots=True)
class Saved:
    """How many pupils got how many addresses; the engine sessions `sids` came in through an old one and must end."""

    pupils: int
    addresses: int
    sids: Sequence[str]


def save(
    db: Connection, keyring: KeyRing, group_id: str, wishes: Wishes, *, staff_id: str, school_id: str, now: datetime
) -> Saved | None:
    """Fill the slots that `checking` found. None, and nothing of it, when anything is no longer as it was looked at."""
    here = select(Pupil.id).where(Pupil.group_id == group_id, Pupil.left_at.is_(None))
    if not wishes.keys() <= set(db.execute(here).scalars()):
        return None
    undo = db.begin_nested()
    _hold_accounts(db, wishes, now)
    sids: list[str] = []
    for pupil_id in sorted(wishes):
        steps = home_login.plan(db, pupil_id, wishes[pupil_id])
        done = (
            home_login.carry_out(db, keyring, pupil_id, steps, staff_id=staff_id, now=now)
            if isinstance(steps, Plan)
            else steps
        )
        if not isinstance(done, Emptied):
            undo.rollback()
            return None
        sids += done.sids
    undo.commit()
    saved = Saved(len(wishes), sum(map(len, wishes.values())), sids)
    facts = {"pupils": saved.pupils, "addresses": saved.addresses}
    thing, actor = f"group:{group_id}", f"staff:{staff_id}"
    audit.record(db, "group.pasted", now=now, actor=actor, thing=thing, school_id=school_id, facts=facts)
    return saved


def _hold_accounts(db: Connection, wishes: Wishes, now: datetime) -> None:
    """In one order, so that two teachers with the same parents do not wait for one another."""
    wanted = {checked.key: checked for checked in _addresses(wishes)}
    for key in sorted(wanted):
        homes.ensure(db, wanted[key], now)


def _addresses(wishes: Wishes) -> Sequence[Address]:
    checked = (addresses.check(wish.typed) for wished in wishes.values() for wish in wished.values())
    return [address for address in checked if isinstance(address, Address)]
