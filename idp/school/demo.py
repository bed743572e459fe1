"""The demo's schools, people and homes: laid down once, and told as they stand at the moment."""

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from idp.kernel.secrets import KeyRing, Passwords, new_id
from idp.school import addresses, child_secrets, devices, factors, homes, pupils, slots, staff
from idp.school.addresses import Address
from idp.school.demo_people import (
    BEVER,
    DIRECT_SCHOOLS,
    HOMES,
    NETWORK_SCHOOLS,
    NOT_ACTIVATED,
    OPERATOR,
    REGENBOOG,
    DemoHome,
    DemoSchool,
    DemoStaff,
)
from idp.school.models import EmailSlot, Group, Pupil, School, Staff, StaffFactor, StaffGroup
from idp.school.pictures import PUPIL_PICTURES

_STAFF = (*(person for school in (*DIRECT_SCHOOLS, *NETWORK_SCHOOLS) for person in school.staff), OPERATOR)
_SINCE = timedelta(days=60)
"""How long ago the demo's homes were activated."""


def seed(db: Connection, keyring: KeyRing, passwords: Passwords, now: datetime) -> None:
    """Lay the demo's people down; nothing happens when they are there."""
    if staff.by_key(db, _address(OPERATOR.address).key) is not None:
        return
    hashes = _hashes(passwords, [person.password for person in _STAFF] + [home.password for home in HOMES])
    everybody: dict[str, str] = {}
    for school in DIRECT_SCHOOLS:
        everybody |= _school(db, keyring, school, hashes, now)
    for school in NETWORK_SCHOOLS:
        _school(db, keyring, school, hashes, now)
    _members(db, None, (OPERATOR,), {}, hashes, now)
    _factors(db, keyring, now)
    teacher = staff.by_key(db, _address(REGENBOOG.staff[0].address).key)
    filled_by = teacher.id if teacher else None
    for home in HOMES:
        _home(db, home, [everybody[child] for child in home.children], hashes[home.password], filled_by, now)
    for child, texts in NOT_ACTIVATED.items():
        for position, text in enumerate(texts, 1):
            slots.fill(db, keyring, everybody[child], position, _address(text), staff_id=filled_by, now=now)


def _hashes(passwords: Passwords, wanted: Iterable[str]) -> dict[str, str]:
    """Each password's hash; a few at a time, because the first start of a demo is waited for."""
    distinct = sorted(set(wanted))
    with ThreadPoolExecutor(4) as pool:
        return dict(zip(distinct, pool.map(passwords.hash, distinct), strict=True))


def _address(text: str) -> Address:
    checked = addresses.check(text)
    if not isinstance(checked, Address):
        raise ValueError("an address of the demo that is none")
    return checked


def _school(
    db: Connection, keyring: KeyRing, school: DemoSchool, hashes: dict[str, str], now: datetime
) -> dict[str, str]:
    """A school with its groups, pupils and staff; the pupils' ids by name."""
    school_id = new_id()
    db.execute(insert(School).values(id=school_id, name=school.name, network=school.network, created_at=now))
    groups: dict[str, str] = {}
    ids: dict[str, str] = {}
    for group in school.groups:
        groups[group.name] = group_id = new_id()
        db.execute(
            insert(Group).values(
                id=group_id,
                school_id=school_id,
                name=group.name,
                year=group.year,
                login_method=group.login_method,
                school_method=group.school_method,
            )
        )
        rows = [
            _pupil(keyring, school, len(ids) + place, name, now) | {"school_id": school_id, "group_id": group_id}
            for place, name in enumerate(group.pupils)
        ]
        db.execute(insert(Pupil), rows)
        ids |= {name: row["id"] for name, row in zip(group.pupils, rows, strict=True)}
    _members(db, school_id, school.staff, groups, hashes, now)
    return ids


def _pupil(keyring: KeyRing, school: DemoSchool, place: int, name: str, now: datetime) -> dict[str, Any]:
    pupil_id, roster_key = new_id(), f"{school.roster}-{place + 1:04}"
    first_name, _, family_name = name.partition(" ")
    secret = child_secrets.seal(keyring, pupil_id, child_secrets.new_pin(), child_secrets.new_secret_picture())
    # An ECK iD is received and never made: this one says that it is none.
    eck_id = f"https://ketenid.example/nep/{hashlib.sha256(roster_key.encode()).hexdigest()}"
    return {
        "id": pupil_id,
        "roster_key": roster_key,
        "first_name": first_name,
        "family_name": family_name,
        "picture": PUPIL_PICTURES[place % len(PUPIL_PICTURES)].key,
        "pin": secret.pin,
        "secret_picture": secret.secret_picture,
        "eck_id": keyring.seal(eck_id.encode(), ("pupil", "eck_id", pupil_id)),
        "created_at": now,
    }


def _members(
    db: Connection,
    school_id: str | None,
    people: Sequence[DemoStaff],
    groups: dict[str, str],
    hashes: dict[str, str],
    now: datetime,
) -> None:
    for person in people:
        staff_id, address = new_id(), _address(person.address)
        db.execute(
            insert(Staff).values(
                id=staff_id,
                school_id=school_id,
                role=person.role,
                first_name=person.first_name,
                family_name=person.family_name,
                address=address.written,
                address_key=address.key,
                password_hash=hashes[person.password],
                created_at=now,
            )
        )
        for name in person.groups:
            db.execute(insert(StaffGroup).values(staff_id=staff_id, group_id=groups[name]))


def _factors(db: Connection, keyring: KeyRing, now: datetime) -> None:
    """An app for each who must have a second factor; its secret stands in /demo.json instead of on a phone."""
    for staff_id in db.execute(select(Staff.id).where(Staff.role.in_(factors.MUST))).scalars().all():
        factor_id, secret = new_id(), factors.new_totp_secret()
        db.execute(
            insert(StaffFactor).values(
                id=factor_id,
                staff_id=staff_id,
                kind="totp",
                secret=keyring.seal(secret.encode(), ("staff_factor", "secret", factor_id)),
                name="Demo",
                created_at=now,
                counter=0,
            )
        )


def _home(
    db: Connection, home: DemoHome, children: Sequence[str], password_hash: str, filled_by: str | None, now: datetime
) -> None:
    """An account that was activated some time ago: its mails are long gone."""
    then = now - _SINCE
    account = homes.ensure(db, _address(home.address), then)
    homes.activate(db, account.id, password_hash, then)
    for pupil_id in children:
        taken = {slot.position for slot in slots.of_pupils(db, [pupil_id])}
        db.execute(
            insert(EmailSlot).values(
                id=new_id(),
                pupil_id=pupil_id,
                position=next(position for position in slots.POSITIONS if position not in taken),
                home_account_id=account.id,
                filled_by=filled_by,
                created_at=then,
                confirmed_at=then,
            )
        )


def facts(db: Connection, keyring: KeyRing) -> dict[str, Any]:
    """`staff`, `homes` and `unused` of /demo.json, as the database stands now: a PIN that was changed shows."""
    return {"staff": _staff_facts(db, keyring), "homes": _home_facts(db, keyring), "unused": _unused(db)}


def _staff_facts(db: Connection, keyring: KeyRing) -> list[dict[str, Any]]:
    found = []
    for person in _STAFF:
        member = staff.by_key(db, _address(person.address).key)
        if member is None:
            continue
        found.append(
            {
                "role": member.role,
                "email": member.address,
                "password": person.password,
                "totp_secret": factors.totp_secret(db, keyring, member.id),
                "school": member.school_name,
                "groups": [{"id": group.id, "name": group.name} for group in staff.groups_of(db, member)],
            }
        )
    return found


def _home_facts(db: Connection, keyring: KeyRing) -> list[dict[str, Any]]:
    found = []
    for home in HOMES:
        account = homes.by_key(db, _address(home.address).key)
        if account is None or not account.activated:
            continue
        children = [_child_facts(db, keyring, child) for child in homes.children(db, account.id)]
        found.append({"email": account.address, "password": home.password, "children": children})
    return found


def _child_facts(db: Connection, keyring: KeyRing, child: homes.Child) -> dict[str, Any]:
    pupil = pupils.by_id(db, child.pupil_id)
    secret = pupils.secret_of(db, keyring, pupil) if pupil else None
    return {"pupil": child.pupil_id, "first_name": child.first_name, "method": child.login_method, "secret": secret}


def _unused(db: Connection) -> dict[str, Any] | None:
    """A pupil of group Bever with both slots empty; None when somebody filled them all."""
    row = db.execute(
        select(Pupil.id, Pupil.group_id, Pupil.first_name)
        .join(Group, Group.id == Pupil.group_id)
        .join(School, School.id == Pupil.school_id)
        .where(School.name == REGENBOOG.name, Group.name == BEVER.name, Pupil.left_at.is_(None))
        .where(~select(EmailSlot.id).where(EmailSlot.pupil_id == Pupil.id).exists())
        .order_by(Pupil.roster_key)
        .limit(1)
    ).first()
    return None if row is None else {"pupil": row[0], "group": row[1], "first_name": row[2]}


def device_enrolment(db: Connection, now: datetime) -> str | None:
    """The token of a fresh enrolment link of the main school."""
    school_id = db.execute(select(School.id).where(School.name == REGENBOOG.name).limit(1)).scalar()
    return None if school_id is None else devices.mint_link(db, school_id, None, now)
