"""The number that a pupil has in the school administration, typed by hand: at one school a number is one pupil's."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from idp.kernel import audit
from idp.kernel.words import msgid
from idp.school import names
from idp.school.hold import hold
from idp.school.models import Pupil
from idp.school.roster.checking import FORMULA, LONGEST

UNREADABLE = msgid("Vul het leerlingnummer in zoals het in de leerlingadministratie staat, of laat dit leeg.")
TAKEN = msgid("Dit leerlingnummer is al van %(name)s.")
TAKEN_BY_LEAVER = msgid("Dit leerlingnummer is van %(name)s, die van school is gegaan.")


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a number cannot be this pupil's: a Dutch message id and its values."""

    message: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Free:
    """A number that can be; None = none at all. `returning`: the id of the pupil who left with it, and comes back."""

    key: str | None
    returning: str | None = None


def check(db: Connection, school_id: str, typed: str, name: str, pupil_id: str | None = None) -> Free | Refused:
    """May the pupil with this number be the one who is called `name` (and has this id)? Others wait for the answer."""
    if not typed.strip():
        return Free(None)
    key = names.clean(typed, LONGEST["key"])
    if key is None or key.startswith(FORMULA):
        return Refused(UNREADABLE, {})
    hold(db, school_id)
    columns = (Pupil.id, Pupil.first_name, Pupil.family_name, Pupil.left_at)
    holder = db.execute(select(*columns).where(Pupil.school_id == school_id, Pupil.roster_key == key)).first()
    if holder is None or holder.id == pupil_id:
        return Free(key)
    theirs = f"{holder.first_name} {holder.family_name}"
    if holder.left_at is None:
        return Refused(TAKEN, {"name": theirs})
    # A pupil who comes back is the same one to every publisher; somebody else is not, whatever the number says.
    if pupil_id is None and theirs.casefold() == name.casefold():
        return Free(key, holder.id)
    return Refused(TAKEN_BY_LEAVER, {"name": theirs})


def give(db: Connection, school_id: str, pupil_id: str, key: str | None, *, actor: str, now: datetime) -> None:
    """This number, or none; `check` has said that it is free."""
    mine = update(Pupil).where(Pupil.id == pupil_id, Pupil.school_id == school_id, Pupil.left_at.is_(None))
    if db.execute(mine.values(roster_key=key)).rowcount:
        audit.record(db, "pupil.key", now=now, actor=actor, thing=f"pupil:{pupil_id}", school_id=school_id)
