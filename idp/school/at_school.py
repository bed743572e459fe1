"""Signing in at school: the groups and names that a trusted place may see, and what a child shows there.

There is no password. The place is what makes a PIN, a picture or a press on a tile enough, so every question here takes
the place first, and a pupil of another school is nobody.
"""

import hmac
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from idp.kernel import audit, throttle
from idp.kernel.secrets import KeyRing
from idp.school import badges, child_secrets, devices
from idp.school.child_secrets import Sealed
from idp.school.credentials import Fail, Pass
from idp.school.devices import Place
from idp.school.models import Group, Pupil, School
from idp.school.models.school import ONLY_VIA
from idp.school.names import sort_key

METHOD = func.coalesce(Group.school_method, "pin")
"""How a child shows who it is at school; between two groups by its PIN."""


@dataclass(frozen=True, slots=True)
class GroupHere:
    """A group to choose; `method` is one of SCHOOL_METHODS."""

    id: str
    name: str
    year: int
    method: str


@dataclass(frozen=True, slots=True)
class PupilHere:
    """A tile: the first name, with a letter of the family name where two are called the same."""

    pupil_id: str
    first_name: str
    label: str
    picture: str
    group_id: str | None
    method: str


@dataclass(frozen=True, slots=True)
class _Child:
    pupil_id: str
    school_id: str
    group_id: str | None
    method: str
    sealed: Sealed


def groups(db: Connection, place: Place) -> Sequence[GroupHere]:
    """The groups of this place's school that have pupils, by year, then name."""
    pupils = select(Pupil.id).where(Pupil.group_id == Group.id, Pupil.left_at.is_(None))
    columns = (Group.id, Group.name, Group.year, Group.school_method)
    rows = db.execute(select(*columns).where(Group.school_id == place.school_id, pupils.exists()))
    return sorted((GroupHere(*row) for row in rows), key=lambda one: (one.year, sort_key(one.name), one.id))


def tiles(db: Connection, place: Place, group_id: str) -> Sequence[PupilHere]:
    """The pupils of a group, by first name; none for a group of another school."""
    rows = db.execute(
        select(Pupil.id, Pupil.first_name, Pupil.family_name, Pupil.picture, Group.school_method)
        .join(Group, Group.id == Pupil.group_id)
        .where(Group.id == group_id, Group.school_id == place.school_id, Pupil.left_at.is_(None))
    ).all()
    namesakes = Counter(sort_key(row.first_name) for row in rows)
    ordered = sorted(rows, key=lambda row: (sort_key(row.first_name), sort_key(row.family_name), row.id))
    return [
        PupilHere(
            row.id,
            row.first_name,
            f"{row.first_name} {_initial(row.family_name)}"
            if namesakes[sort_key(row.first_name)] > 1
            else row.first_name,
            row.picture,
            group_id,
            row.school_method,
        )
        for row in ordered
    ]


def _initial(family_name: str) -> str:
    """The letter that a family is filed under: of "van den Berg" the B."""
    word = next((word for word in family_name.split() if word[:1].isupper()), family_name)
    return f"{word[:1].upper()}."


def one(db: Connection, place: Place, pupil_id: str) -> PupilHere | None:
    """One pupil of this place's school."""
    row = db.execute(
        select(Pupil.id, Pupil.first_name, Pupil.first_name, Pupil.picture, Pupil.group_id, METHOD)
        .outerjoin(Group, Group.id == Pupil.group_id)
        .where(Pupil.id == pupil_id, Pupil.school_id == place.school_id, Pupil.left_at.is_(None))
    ).first()
    return None if row is None else PupilHere(row[0], row[1], row[2], row[3], row[4], row[5])


def _child(db: Connection, place: Place, pupil_id: str) -> _Child | None:
    """A child that may sign in here. Who changes its PIN waits for us, and then ends the session that comes of this."""
    row = db.execute(
        select(Pupil.school_id, Pupil.group_id, METHOD, Pupil.pin, Pupil.secret_picture)
        .join(School, School.id == Pupil.school_id)
        .outerjoin(Group, Group.id == Pupil.group_id)
        .where(
            Pupil.id == pupil_id,
            Pupil.school_id == place.school_id,
            Pupil.left_at.is_(None),
            ONLY_VIA.is_(None),
        )
        .with_for_update(read=True, of=Pupil)
    ).first()
    return None if row is None else _Child(pupil_id, row[0], row[1], row[2], Sealed(pupil_id, row[3], row[4]))


def without_secret(db: Connection, place: Place, pupil_id: str, now: datetime) -> Pass | Fail:
    """A press on a tile, which is enough where the group's method is none. Fail "wrong": something has to be shown."""
    child = _child(db, place, pupil_id)
    if child is None:
        return Fail("disabled")
    return _let_in(db, place, child, "school", "none", now) if child.method == "none" else Fail("wrong")


def check_secret(
    db: Connection,
    keyring: KeyRing,
    place: Place,
    pupil_id: str,
    *,
    pin: str | None = None,
    picture: str | None = None,
    now: datetime,
) -> Pass | Fail:
    """Is this the child's PIN or picture, as its group's school method says? Nothing given counts for nothing."""
    child = _child(db, place, pupil_id)
    if child is None or child.method not in ("pin", "picture"):
        return Fail("disabled")
    by_pin = child.method == "pin"
    given = pin if by_pin else picture
    if not given:
        return Fail("wrong")
    counters = (
        ("school_secret", pupil_id),
        ("school_device", _device_key(place, child)),
        ("group_secret", child.group_id or child.school_id),
    )
    taken = _take(db, counters, now)
    if isinstance(taken, throttle.Locked):
        return Fail("locked", taken.until)
    secret = (child_secrets.pin_of if by_pin else child_secrets.secret_picture_of)(keyring, child.sealed)
    if hmac.compare_digest(secret.encode(), given.encode("utf-8", "replace")):
        throttle.clear(db, *counters[0])
        for counter in counters[1:]:
            throttle.give_back(db, *counter)
        return _let_in(db, place, child, "school-pin", child.method, now)
    _refused(db, place, child, child.method, now)
    locked = throttle.look(db, *counters[0], now)
    return Fail("locked", locked.until) if locked is not None else Fail("wrong", left=taken.left)


def check_badge(db: Connection, place: Place, text: str, pupil_id: str | None, now: datetime) -> Pass | Fail:
    """Whose badge is this? With `pupil_id` it has to be that child's. It works in every group: the cards carry it."""
    if not text.strip():
        return Fail("wrong")
    counter = ("badge_source", place.key)
    taken = throttle.take(db, *counter, now)
    if isinstance(taken, throttle.Locked):
        return Fail("locked", taken.until)
    owner = badges.owner_of(db, text)
    child = _child(db, place, owner) if owner is not None and pupil_id in (None, owner) else None
    # Looked at again under the child's lock: who prints a new card at this moment was first, or waits for us.
    if child is None or badges.owner_of(db, text) != owner:
        audit.record(db, "signin.failed", now=now, actor=place.actor, school_id=place.school_id, facts={"way": "badge"})
        return Fail("unknown")
    throttle.give_back(db, *counter)
    return _let_in(db, place, child, "badge", "badge", now)


def check_emergency(
    db: Connection, keyring: KeyRing, place: Place, pupil_id: str, text: str, now: datetime
) -> Pass | Fail:
    """Is this the code that a teacher made for this child? A child that is locked by wrong tries gets in with it."""
    child = _child(db, place, pupil_id)
    if child is None:
        return Fail("disabled")
    if not text.strip():
        return Fail("wrong")
    counter = ("school_device", _device_key(place, child))
    taken = throttle.take(db, *counter, now)
    if isinstance(taken, throttle.Locked):
        return Fail("locked", taken.until)
    if not badges.spend_code(db, keyring, pupil_id, text, now):
        _refused(db, place, child, "emergency", now)
        return Fail("unknown")
    throttle.give_back(db, *counter)
    throttle.clear(db, "school_secret", pupil_id)
    return _let_in(db, place, child, "school-pin", "emergency", now)


def locked(db: Connection, pupil_id: str, now: datetime) -> datetime | None:
    """Until when this child may not try at school; None = it may. Counts nothing."""
    found = throttle.look(db, "school_secret", pupil_id, now)
    return found.until if found else None


def _device_key(place: Place, child: _Child) -> str:
    """What tries on one device are counted for; within the school's addresses a class counts as one device."""
    return place.key if place.device_id else f"{place.key} {child.group_id}"


def _take(db: Connection, counters: Sequence[tuple[str, str]], now: datetime) -> throttle.Taken | throttle.Locked:
    """Count a try from near to far; the nearest one's answer. A try that is refused on the way counts nowhere."""
    nearest: throttle.Taken | None = None
    for place, counter in enumerate(counters):
        taken = throttle.take(db, *counter, now)
        if isinstance(taken, throttle.Locked):
            for earlier in counters[:place]:
                throttle.give_back(db, *earlier)
            return taken
        nearest = nearest or taken
    if nearest is None:
        raise ValueError("nothing counts this try")
    return nearest


def _let_in(db: Connection, place: Place, child: _Child, way: str, shown: str, now: datetime) -> Pass | Fail:
    if not devices.hold(db, place):
        return Fail("disabled")
    thing = f"pupil:{child.pupil_id}"
    facts = {"way": shown}
    audit.record(db, "signin.child", now=now, actor=place.actor, thing=thing, school_id=child.school_id, facts=facts)
    return Pass(thing, way, now)


def _refused(db: Connection, place: Place, child: _Child, shown: str, now: datetime) -> None:
    facts = {"way": shown, "reason": "wrong"}
    thing = f"pupil:{child.pupil_id}"
    audit.record(db, "signin.failed", now=now, actor=place.actor, thing=thing, school_id=child.school_id, facts=facts)
