"""Pupils as their teachers see them: the group page, one pupil, the printed cards, and a new PIN."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, and_, func, select, update

from idp.kernel import audit, throttle
from idp.kernel.secrets import KeyRing
from idp.school import child_secrets, homes, slots
from idp.school.child_secrets import Sealed
from idp.school.models import EmailSlot, Group, HomeAccount, Pupil, School, Staff, StaffGroup
from idp.school.models.school import ONLY_VIA
from idp.school.names import sort_key
from idp.school.pictures import Picture, grid_for
from idp.school.policy import Thing
from idp.school.slots import Slot


@dataclass(frozen=True, slots=True)
class OnePupil:
    """A pupil who is at school; the two methods, at home and at school, are the group's (a PIN, between two groups)."""

    id: str
    school_id: str
    school_name: str
    network: str | None  # slug of the environment that the school leaves signing in to: home slots do not apply
    group_id: str | None
    group_name: str | None
    login_method: str
    school_method: str
    first_name: str
    family_name: str
    picture: str
    roster_key: str | None

    @property
    def name(self) -> str:
        """As it stands in a list."""
        return f"{self.first_name} {self.family_name}"

    @property
    def thing(self) -> Thing:
        """What the table of rights looks at."""
        return Thing(self.school_id, self.group_id)


@dataclass(frozen=True, slots=True)
class OneGroup:
    """A group; `login_method` is how its pupils show who they are at home, `school_method` at school."""

    id: str
    school_id: str
    school_name: str
    network: str | None
    name: str
    year: int
    login_method: str
    school_method: str

    @property
    def thing(self) -> Thing:
        """What the table of rights looks at."""
        return Thing(self.school_id, self.id)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One line of the group page, or one card: `pin` and `secret_picture` (a key) if the group signs in with it."""

    id: str
    first_name: str
    family_name: str
    picture: str
    pin: str | None
    secret_picture: str | None
    home_status: str
    slots: Sequence[Slot]
    refused: Mapping[int, datetime]  # by position: when somebody said "not my child", if nobody filled it since


@dataclass(frozen=True, slots=True)
class GroupPage:
    """All that the group page shows; `teachers` by name. Not `revealed`: the rows hold no PIN and no picture."""

    group: OneGroup
    teachers: Sequence[str]
    rows: Sequence[GroupRow]
    revealed: bool = True


_PUPIL = (
    Pupil.id,
    Pupil.school_id,
    School.name,
    ONLY_VIA,
    Pupil.group_id,
    Group.name,
    homes.METHOD,
    func.coalesce(Group.school_method, "pin"),
    Pupil.first_name,
    Pupil.family_name,
    Pupil.picture,
    Pupil.roster_key,
)

_GROUP = (
    Group.id,
    Group.school_id,
    School.name,
    ONLY_VIA,
    Group.name,
    Group.year,
    Group.login_method,
    Group.school_method,
)


def _anybody(_thing: Thing) -> bool:
    return True


def by_id(db: Connection, pupil_id: str) -> OnePupil | None:
    """A pupil; None when there is none, or not at school any more."""
    row = db.execute(
        select(*_PUPIL)
        .join(School, School.id == Pupil.school_id)
        .outerjoin(Group, Group.id == Pupil.group_id)
        .where(Pupil.id == pupil_id, Pupil.left_at.is_(None))
    ).first()
    return None if row is None else OnePupil(*list(row))


def group_by_id(db: Connection, group_id: str) -> OneGroup | None:
    """A group; None when there is none."""
    row = db.execute(select(*_GROUP).join(School, School.id == Group.school_id).where(Group.id == group_id)).first()
    return None if row is None else OneGroup(*row)


def group_page(
    db: Connection,
    keyring: KeyRing,
    group_id: str,
    permits: Callable[[Thing], bool] = _anybody,
    reveals: Callable[[Thing], bool] = _anybody,
) -> GroupPage | None:
    """The group, its teachers and its pupils by first name, in two statements.

    None when there is no such group, or `permits` says no. Where `reveals` says no, nobody's secret was looked at.
    """
    found = db.execute(
        select(*_GROUP, Staff.first_name, Staff.family_name)
        .join(School, School.id == Group.school_id)
        .outerjoin(StaffGroup, StaffGroup.group_id == Group.id)
        .outerjoin(Staff, and_(Staff.id == StaffGroup.staff_id, Staff.ended_at.is_(None)))
        .where(Group.id == group_id)
    ).all()
    if not found:
        return None
    first: Sequence[Any] = found[0]
    group = OneGroup(*first[: len(_GROUP)])
    if not permits(group.thing):
        return None
    revealed = reveals(group.thing)
    teachers = sorted((f"{row.first_name} {row.family_name}" for row in found if row.first_name), key=str.casefold)
    methods = (group.login_method, group.school_method) if revealed else ()
    return GroupPage(group, teachers, _rows(db, keyring, group, methods), revealed)


def _rows(db: Connection, keyring: KeyRing, group: OneGroup, methods: Sequence[str]) -> Sequence[GroupRow]:
    columns = (
        *(Pupil.id, Pupil.first_name, Pupil.family_name, Pupil.picture, Pupil.pin, Pupil.secret_picture),
        *map(slots.refused_at, slots.POSITIONS),
    )
    found: Iterable[Sequence[Any]] = db.execute(
        select(*columns, *slots.COLUMNS)
        .outerjoin(EmailSlot, EmailSlot.pupil_id == Pupil.id)
        .outerjoin(HomeAccount, HomeAccount.id == EmailSlot.home_account_id)
        .where(Pupil.group_id == group.id, Pupil.left_at.is_(None))
        .order_by(Pupil.id, EmailSlot.position)
    )
    rows = []
    for (pupil_id, first_name, family_name, picture, pin, secret_picture, *refused), lines in groupby(
        found, key=lambda row: tuple(row[: len(columns)])
    ):
        sealed = Sealed(pupil_id, pin, secret_picture)
        filled = [Slot(*line[len(columns) :]) for line in lines if line[len(columns)] is not None]
        rows.append(
            GroupRow(
                pupil_id,
                first_name,
                family_name,
                picture,
                child_secrets.pin_of(keyring, sealed) if "pin" in methods else None,
                child_secrets.secret_picture_of(keyring, sealed) if "picture" in methods else None,
                slots.home_status(filled),
                filled,
                {position: at for position, at in zip(slots.POSITIONS, refused, strict=True) if at is not None},
            )
        )
    return sorted(rows, key=lambda row: _by_name(row.first_name, row.family_name, row.id))


def _by_name(first_name: str, family_name: str, pupil_id: str) -> tuple[str, str, str]:
    return sort_key(first_name), sort_key(family_name), pupil_id


def following(db: Connection, pupil: OnePupil) -> str | None:
    """The id of the pupil who comes next on the group page; None after the last one."""
    columns = (Pupil.first_name, Pupil.family_name, Pupil.id)
    names = db.execute(select(*columns).where(Pupil.group_id == pupil.group_id, Pupil.left_at.is_(None)))
    mine = _by_name(pupil.first_name, pupil.family_name, pupil.id)
    later = [key for key in (_by_name(*row) for row in names) if key > mine]
    return min(later)[2] if later else None


def secret_of(db: Connection, keyring: KeyRing, pupil: OnePupil) -> str | None:
    """The PIN, or the key of the password picture, as the group's method at home says; None = it needs neither."""
    sealed = _sealed(db, pupil.id)
    if sealed is None or pupil.login_method == "none":
        return None
    by_pin = pupil.login_method == "pin"
    return (child_secrets.pin_of if by_pin else child_secrets.secret_picture_of)(keyring, sealed)


def secrets_shown(db: Connection, keyring: KeyRing, pupil: OnePupil) -> tuple[str | None, str | None]:
    """The PIN and the key of the password picture; each None where the group uses it neither at school nor at home."""
    sealed, methods = _sealed(db, pupil.id), (pupil.login_method, pupil.school_method)
    if sealed is None:
        return None, None
    pin = child_secrets.pin_of(keyring, sealed) if "pin" in methods else None
    return pin, child_secrets.secret_picture_of(keyring, sealed) if "picture" in methods else None


def picture_grid(db: Connection, keyring: KeyRing, pupil_id: str) -> Sequence[Picture]:
    """The twelve pictures that this child chooses its own from, in a new order each time; none for nobody."""
    sealed = _sealed(db, pupil_id)
    if sealed is None:
        return []
    return grid_for(pupil_id, child_secrets.secret_picture_of(keyring, sealed), random.SystemRandom())


def _sealed(db: Connection, pupil_id: str) -> Sealed | None:
    row = db.execute(
        select(Pupil.id, Pupil.pin, Pupil.secret_picture).where(Pupil.id == pupil_id, Pupil.left_at.is_(None))
    ).first()
    return None if row is None else Sealed(*row)


def set_pin(db: Connection, keyring: KeyRing, pupil_id: str, pin: str, actor: str, now: datetime) -> str | None:
    """Give a pupil a new PIN; None = done, else what is wrong, as a Dutch message id. Locks on the old PIN end.

    Who came in with the old PIN stays in: the caller ends the pupil's sessions.
    """
    problem = child_secrets.pin_problem(pin)
    if problem is None:
        sealed = keyring.seal(pin.encode(), ("pupil", "pin", pupil_id))
        _change(db, pupil_id, {"pin": sealed}, "pupil.pin", actor, now)
    return problem


def set_secret_picture(
    db: Connection, keyring: KeyRing, pupil_id: str, key: str, actor: str, now: datetime
) -> str | None:
    """Give a pupil a new password picture; as `set_pin`."""
    problem = child_secrets.picture_problem(key)
    if problem is None:
        sealed = keyring.seal(key.encode(), ("pupil", "secret_picture", pupil_id))
        _change(db, pupil_id, {"secret_picture": sealed}, "pupil.secret_picture", actor, now)
    return problem


def _change(db: Connection, pupil_id: str, values: dict[str, bytes], act: str, actor: str, now: datetime) -> None:
    statement = update(Pupil).where(Pupil.id == pupil_id, Pupil.left_at.is_(None)).values(values)
    school_id = db.execute(statement.returning(Pupil.school_id)).scalar()
    if school_id is None:
        raise LookupError("a pupil who is not at school")
    for account_id in db.execute(select(EmailSlot.home_account_id).where(EmailSlot.pupil_id == pupil_id)).scalars():
        throttle.clear(db, "child_secret", child_secrets.throttle_key(account_id, pupil_id))
    throttle.clear(db, "school_secret", pupil_id)
    audit.record(db, act, now=now, actor=actor, thing=f"pupil:{pupil_id}", school_id=school_id)
