"""People and schools for tests: each builder writes one thing and gives its id; what a test does not care for is
made up.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, insert, select

from idp.kernel.outbox import Outbox
from idp.kernel.secrets import KeyRing, new_id
from idp.school import addresses, child_secrets, devices, homes, slots
from idp.school.addresses import Address
from idp.school.devices import Place
from idp.school.homes import Account
from idp.school.models import EmailSlot, Group, Pupil, School, Staff, StaffGroup

NOW = datetime(2025, 9, 1, 8, 30, tzinfo=UTC)
KEYRING = KeyRing.parse("k1:" + "A" * 43 + "=")

_NUMBERS = count(1)


def an_address(text: str | None = None) -> Address:
    """An address that can stand in a slot; another one each time."""
    checked = addresses.check(text or f"ouder{next(_NUMBERS)}@thuis.example")
    assert isinstance(checked, Address), checked
    return checked


def a_school(db: Connection, *, name: str = "De Regenboog", network: str | None = None) -> str:
    """A school, without a network environment."""
    school_id = new_id()
    db.execute(insert(School).values(id=school_id, name=name, network=network, created_at=NOW))
    return school_id


def a_group(
    db: Connection,
    school_id: str | None = None,
    *,
    name: str = "Bever",
    year: int = 1,
    login_method: str = "pin",
    school_method: str | None = None,
) -> str:
    """A group; of a school of its own, unless told; at school it signs in as at home, unless told."""
    group_id = new_id()
    methods = {"login_method": login_method, "school_method": school_method or login_method}
    db.execute(insert(Group).values(id=group_id, school_id=school_id or a_school(db), name=name, year=year, **methods))
    return group_id


def a_pupil(
    db: Connection,
    group_id: str | None = None,
    *,
    first_name: str = "Noor",
    family_name: str = "de Vries",
    picture: str = "dog",
    pin: str = "1111",
    secret_picture: str = "apple",
    eck_id: str | None = None,
    roster_key: str | None = None,
    left_at: datetime | None = None,
) -> str:
    """A pupil with both slots empty; of a group of its own, unless told."""
    pupil_id, group_id = new_id(), group_id or a_group(db)
    secret = child_secrets.seal(KEYRING, pupil_id, pin, secret_picture)
    db.execute(
        insert(Pupil).values(
            id=pupil_id,
            school_id=db.execute(select(Group.school_id).where(Group.id == group_id)).scalar_one(),
            group_id=group_id,
            roster_key=roster_key,
            first_name=first_name,
            family_name=family_name,
            picture=picture,
            pin=secret.pin,
            secret_picture=secret.secret_picture,
            eck_id=KEYRING.seal(eck_id.encode(), ("pupil", "eck_id", pupil_id)) if eck_id else None,
            created_at=NOW,
            left_at=left_at,
        )
    )
    return pupil_id


def a_teacher(
    db: Connection,
    school_id: str | None = None,
    *groups: str,
    role: str = "teacher",
    address: str | None = None,
    first_name: str = "Anna",
    family_name: str = "de Wit",
    password_hash: str | None = "the hash of a password",
    ended_at: datetime | None = None,
) -> str:
    """A member of staff with these groups (ids); an operator has no school."""
    staff_id, written = new_id(), an_address(address)
    db.execute(
        insert(Staff).values(
            id=staff_id,
            school_id=None if role == "operator" else school_id or a_school(db),
            role=role,
            first_name=first_name,
            family_name=family_name,
            address=written.written,
            address_key=written.key,
            password_hash=password_hash,
            created_at=NOW,
            ended_at=ended_at,
        )
    )
    for group_id in groups:
        db.execute(insert(StaffGroup).values(staff_id=staff_id, group_id=group_id))
    return staff_id


def a_home(
    db: Connection,
    *pupil_ids: str,
    address: str | None = None,
    activated: bool = True,
    confirmed: bool = True,
    password_hash: str = "the hash of a password",
) -> Account:
    """A home account in the first free slot of each of these pupils; it took them on long ago, unless told."""
    account = homes.ensure(db, an_address(address), NOW)
    if activated:
        homes.activate(db, account.id, password_hash, NOW)
    for pupil_id in pupil_ids:
        taken = {slot.position for slot in slots.of_pupils(db, [pupil_id])}
        db.execute(
            insert(EmailSlot).values(
                id=new_id(),
                pupil_id=pupil_id,
                position=next(position for position in slots.POSITIONS if position not in taken),
                home_account_id=account.id,
                created_at=NOW,
                confirmed_at=NOW if confirmed else None,
            )
        )
    found = homes.by_id(db, account.id)
    assert found is not None
    return found


def queued_mails(db: Connection, template: str | None = None, *, ref: str | None = None) -> Sequence[dict[str, Any]]:
    """What waits in the outbox (about `ref`), the oldest moment first: to, template, facts, locale, ref."""
    waiting = select(Outbox.id, Outbox.ref, Outbox.payload).where(Outbox.kind == "mail", Outbox.payload.is_not(None))
    if ref is not None:
        waiting = waiting.where(Outbox.ref == ref)
    rows = db.execute(waiting.order_by(Outbox.created_at, Outbox.id))
    mails = [
        json.loads(KEYRING.unseal(payload or b"", ("outbox", "payload", identifier))) | {"ref": ref}
        for identifier, ref, payload in rows
    ]
    return [mail for mail in mails if template in (None, mail["template"])]


def link_in(mail: dict[str, Any]) -> str:
    """The token of the link in a queued mail."""
    return str(mail["facts"]["path"]).rsplit("/", 1)[1]


def a_school_address(db: Connection, school_id: str) -> Place:
    """A browser within the registered address of a school."""
    assert devices.add_address(db, school_id, "93.184.216.34", "ict", NOW) is None
    place = devices.find(db, None, "93.184.216.34")
    assert place is not None
    return place


def a_device(db: Connection, school_id: str, name: str = "Tablet 1") -> Place:
    """A device that was enrolled for a school, as the place that it is."""
    token = devices.enrol(db, devices.mint_link(db, school_id, None, NOW), name, NOW)
    place = devices.find(db, token, "203.0.113.7")
    assert place is not None
    return place
