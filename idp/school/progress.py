"""How far groups are with signing in at home: how many pupils stand at Nee/Nee, Ja/Nee and Ja/Ja."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, case, func, select

from idp.school import slots
from idp.school.models import EmailSlot, HomeAccount, Pupil
from idp.school.slots import COLUMNS, Slot


@dataclass(frozen=True, slots=True)
class Progress:
    """Numbers of pupils, by the status that `slots.home_status` gives each of them."""

    empty: int = 0  # Nee/Nee
    waiting: int = 0  # Ja/Nee
    active: int = 0  # Ja/Ja

    @property
    def pupils(self) -> int:
        """All of them."""
        return self.empty + self.waiting + self.active


_ACTIVATED = case((and_(EmailSlot.confirmed_at.is_not(None), HomeAccount.activated_at.is_not(None)), 1), else_=0)
_BEST = func.max(case((EmailSlot.id.is_(None), -1), else_=_ACTIVATED)).label("best")
_FIELDS = {-1: "empty", 0: "waiting", 1: "active"}


def of_groups(db: Connection, group_ids: Iterable[str]) -> Mapping[str, Progress]:
    """The progress of each of these groups, in one statement; a group without pupils has zeros."""
    wanted = list(group_ids)
    counts: dict[str, dict[str, int]] = {group_id: {} for group_id in wanted}
    each = (
        select(Pupil.group_id, _BEST)
        .outerjoin(EmailSlot, EmailSlot.pupil_id == Pupil.id)
        .outerjoin(HomeAccount, HomeAccount.id == EmailSlot.home_account_id)
        .where(Pupil.group_id.in_(wanted), Pupil.left_at.is_(None))
        .group_by(Pupil.id, Pupil.group_id)
        .subquery()
    )
    rows = db.execute(select(each.c.group_id, each.c.best, func.count()).group_by(each.c.group_id, each.c.best))
    for group_id, best, count in rows:
        counts[group_id][_FIELDS[best]] = count
    return {group_id: Progress(**found) for group_id, found in counts.items()}


@dataclass(frozen=True, slots=True)
class RefusedMail:
    """A pupil with an address whose newest mail was refused."""

    pupil_id: str
    name: str
    address: str


def refused_mails(db: Connection, school_id: str) -> Sequence[RefusedMail]:
    """Whom the mail for home does not reach, by name."""
    rows = db.execute(
        select(*COLUMNS, Pupil.first_name + " " + Pupil.family_name)
        .join(HomeAccount, HomeAccount.id == EmailSlot.home_account_id)
        .join(Pupil, Pupil.id == EmailSlot.pupil_id)
        .where(Pupil.school_id == school_id, Pupil.left_at.is_(None))
    )
    filled = {found.id: (found, name) for found, name in ((Slot(*row[:-1]), row[-1]) for row in rows)}
    mails = slots.mails_of(db, [slot for slot, _name in filled.values()])
    refused = [
        RefusedMail(slot.pupil_id, name, slot.address)
        for slot_id, (slot, name) in filled.items()
        if slot_id in mails and mails[slot_id].state == "failed"
    ]
    return sorted(refused, key=lambda one: (one.name.casefold(), one.address))
