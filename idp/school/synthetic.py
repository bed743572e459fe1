"""Schools that do not exist, for trying out sizes: made-up names, addresses that lead nowhere, no mail, many at once.

A school is laid down whole, in the caller's transaction; its number says everything about it but ids and secrets, so
that a run that was broken off goes on with the first number that is missing.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, insert, select

from idp.kernel.secrets import KeyRing, new_id
from idp.school.models import EmailSlot, Group, HomeAccount, Pupil, School, Staff, StaffGroup
from idp.school.roster import joining
from idp.school.roster.joining import Newcomer, Pictures

GROUP_SIZE = 25
WITH_HOME, WITH_SECOND = 0.6, 0.3
"""The share of pupils with a home account, and of those with a second."""

DOMAIN = "synthetisch.invalid"
"""Nobody's, for ever (RFC 2606 section 2)."""

_FIRST = ("Aad", "Bo", "Cato", "Daan", "Evi", "Fien", "Guus", "Hidde", "Isa", "Jip", "Kees", "Lotte", "Mats", "Noor")
_FAMILY = ("Appel", "Beuk", "Ceder", "Den", "Els", "Fijnspar", "Goudes", "Hazelaar", "Iep", "Jeneverbes", "Kastanje")
_GROUPS = ("Bever", "Das", "Egel", "Fuut", "Gans", "Hermelijn", "Ibis", "Jakhals", "Koala", "Lynx", "Mol", "Nerts")

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class LaidDown:
    """A school that was made."""

    school_id: str
    pupils: int
    homes: int


def key_of(number: int) -> str:
    """What a synthetic school is found by."""
    return f"SYNTHETISCH-{number:06}"


def present(db: Connection) -> frozenset[str]:
    """The keys of the synthetic schools that are here."""
    keys = db.execute(select(School.key).where(School.key.startswith("SYNTHETISCH-"))).scalars()
    return frozenset(key for key in keys if key is not None)


def lay_down(
    db: Connection, keyring: KeyRing, number: int, pupils: int, password_hash: str | None, now: datetime
) -> LaidDown:
    """School `number` with so many pupils; every home account and member of staff has the same password."""
    school_id = new_id()
    db.execute(insert(School).values(id=school_id, key=key_of(number), name=f"School {number:06}", created_at=now))
    groups: Rows = [
        {
            "id": new_id(),
            "school_id": school_id,
            "roster_key": f"g{place}",
            "name": f"{_GROUPS[place % len(_GROUPS)]} {place // len(_GROUPS) + 1}",
            "year": place % 8 + 1,
        }
        for place in range(max(1, -(-pupils // GROUP_SIZE)))
    ]
    children = _pupils(keyring, school_id, number, pupils, [group["id"] for group in groups], now)
    accounts, filled = _homes(number, [child["id"] for child in children], password_hash, now)
    staff = _staff(school_id, number, len(groups), password_hash, now)
    links = [
        {"staff_id": member["id"], "group_id": group["id"]} for member, group in zip(staff[1:], groups, strict=True)
    ]
    laid: tuple[tuple[type[Any], Sequence[Mapping[str, Any]]], ...] = (
        (Group, groups),
        (Pupil, children),
        (HomeAccount, accounts),
        (EmailSlot, filled),
        (Staff, staff),
        (StaffGroup, links),
    )
    for table, rows in laid:
        if rows:
            db.execute(insert(cast(Table, table.__table__)), rows)
    return LaidDown(school_id, len(children), len(accounts))


def _pupils(
    keyring: KeyRing, school_id: str, number: int, pupils: int, group_ids: Sequence[str], now: datetime
) -> Rows:
    chance = random.Random(number)  # noqa: S311 (names, no secrets)
    pictures = Pictures(chance=chance)
    rows = []
    for place in range(pupils):
        group_id = group_ids[place // GROUP_SIZE]
        newcomer = Newcomer(chance.choice(_FIRST), f"{chance.choice(_FAMILY)} {place}", group_id, f"{place:06}")
        rows.append(joining.row(keyring, school_id, new_id(), newcomer, pictures.next(group_id), now))
    return rows


def _homes(number: int, pupil_ids: Sequence[str], password_hash: str | None, now: datetime) -> tuple[Rows, Rows]:
    """Activated accounts and confirmed slots; every third child has an elder one under the same account."""
    chance = random.Random(f"homes of {number}")  # noqa: S311
    accounts: Rows = []
    filled: Rows = []
    for place, pupil_id in enumerate(pupil_ids):
        if chance.random() >= WITH_HOME:
            continue
        for position in (1, 2) if chance.random() < WITH_SECOND else (1,):
            shared = position == 1 and place % 3 == 2 and bool(accounts)
            if not shared:
                accounts.append(_account(number, len(accounts), password_hash, now))
            filled.append(
                {
                    "id": new_id(),
                    "pupil_id": pupil_id,
                    "position": position,
                    "home_account_id": accounts[-1]["id"],
                    "created_at": now,
                    "confirmed_at": now,
                }
            )
    return accounts, filled


def _account(number: int, place: int, password_hash: str | None, now: datetime) -> dict[str, Any]:
    address = f"ouder{place}.school{number}@{DOMAIN}"
    return {
        "id": new_id(),
        "address": address,
        "address_key": address,
        "password_hash": password_hash,
        "activated_at": now,
        "locale": "nl",
        "created_at": now,
    }


def _staff(school_id: str, number: int, teachers: int, password_hash: str | None, now: datetime) -> Rows:
    """A co-ordinator, then a teacher for each group."""
    rows = []
    for place in range(teachers + 1):
        address = f"{'leerkracht' if place else 'ict'}{place}.school{number}@{DOMAIN}"
        rows.append(
            {
                "id": new_id(),
                "school_id": school_id,
                "roster_key": f"l{place}",
                "role": "teacher" if place else "ict",
                "first_name": _FIRST[place % len(_FIRST)],
                "family_name": f"{_FAMILY[place % len(_FAMILY)]} {place}",
                "address": address,
                "address_key": address,
                "password_hash": password_hash,
                "created_at": now,
            }
        )
    return rows
