"""What can be told about a pupil or a member of staff. Asked at every sign-in and at userinfo: one statement each.

Which of these values a publisher hears is the contract's matter (`contracts.told`); here stand all of them.
"""

from collections.abc import Mapping
from typing import cast

from sqlalchemy import Connection, Table, bindparam, select

from idp.kernel.prepared import Prepared
from idp.kernel.secrets import KeyRing
from idp.school import years
from idp.school.models import Group, Pupil, School, Staff

Value = str | Mapping[str, str | int]
Facts = dict[str, Value]
"""Claim name -> value (CONTRACT of the names: `contracts.CLAIMS`); what is not known is absent."""

LOCALE = "nl"

_PUPIL, _GROUP = cast(Table, Pupil.__table__), cast(Table, Group.__table__)
_SCHOOL, _STAFF = cast(Table, School.__table__), cast(Table, Staff.__table__)

_PUPIL_FACTS = Prepared(
    select(
        _PUPIL.c.first_name,
        _PUPIL.c.family_name,
        _SCHOOL.c.id,
        _SCHOOL.c.name,
        _GROUP.c.id,
        _GROUP.c.name,
        _GROUP.c.year,
        _PUPIL.c.eck_id,
    )
    .select_from(
        _PUPIL.join(_SCHOOL, _SCHOOL.c.id == _PUPIL.c.school_id).outerjoin(_GROUP, _GROUP.c.id == _PUPIL.c.group_id)
    )
    .where(_PUPIL.c.id == bindparam("id"), _PUPIL.c.left_at.is_(None))
)
_STAFF_FACTS = Prepared(
    select(_STAFF.c.first_name, _STAFF.c.family_name, _SCHOOL.c.id, _SCHOOL.c.name)
    .select_from(_STAFF.outerjoin(_SCHOOL, _SCHOOL.c.id == _STAFF.c.school_id))
    .where(_STAFF.c.id == bindparam("id"), _STAFF.c.ended_at.is_(None))
)
_ACTIVE = Prepared(select(_PUPIL.c.id).where(_PUPIL.c.id == bindparam("id"), _PUPIL.c.left_at.is_(None)))
_STAFF_SCHOOL = Prepared(select(_STAFF.c.school_id).where(_STAFF.c.id == bindparam("id"), _STAFF.c.ended_at.is_(None)))


def facts(db: Connection, keyring: KeyRing, pupil_id: str) -> Facts | None:
    """All claim values of a pupil; None when there is no such pupil at school (any more).

    `name` is the first name: a family name leaves under its own claim only, and so by contract.
    """
    row = _PUPIL_FACTS.first(db, id=pupil_id)
    if row is None:
        return None
    first_name, family_name, school_id, school_name, group_id, group_name, year, eck_id = row
    told: Facts = {
        "given_name": first_name,
        "name": first_name,
        "locale": LOCALE,
        "family_name": family_name,
        "school": {"id": school_id, "name": school_name},
        "role": "pupil",
    }
    if group_id is not None:
        told["group"] = {"id": group_id, "name": group_name, "year": years.told(year)}
    if eck_id is not None:
        told["eck_id"] = keyring.unseal(eck_id, ("pupil", "eck_id", pupil_id)).decode()
    return told


def staff_facts(db: Connection, staff_id: str) -> Facts | None:
    """All claim values of a member of staff; None when there is no such member in service (any more)."""
    row = _STAFF_FACTS.first(db, id=staff_id)
    if row is None:
        return None
    first_name, family_name, school_id, school_name = row
    told: Facts = {
        "given_name": first_name,
        "name": first_name,
        "locale": LOCALE,
        "family_name": family_name,
        "role": "staff",
    }
    if school_id is not None:
        told["school"] = {"id": school_id, "name": school_name}
    return told


def active(db: Connection, pupil_id: str) -> bool:
    """Is this a pupil who is at school?"""
    return _ACTIVE.first(db, id=pupil_id) is not None


def staff_active(db: Connection, staff_id: str) -> bool:
    """Is this a member of staff who is in service?"""
    return _STAFF_SCHOOL.first(db, id=staff_id) is not None


def staff_school(db: Connection, staff_id: str) -> str | None:
    """The school of a member of staff in service; None for an operator, or nobody."""
    school_id: str | None = _STAFF_SCHOOL.scalar(db, id=staff_id)
    return school_id
