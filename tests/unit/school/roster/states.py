"""Schools and rosters as values, for what compares them."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from idp.school import addresses
from idp.school.addresses import Address
from idp.school.roster.plan import Plan
from idp.school.roster.snapshot import GroupNow, PupilNow, Snapshot, StaffNow
from idp.school.roster.values import GroupEntry, PupilEntry, Roster, SchoolEntry, StaffEntry

BEVER, DAS = GroupEntry("g1", "g1", "Bever", 4), GroupEntry("g2", "g2", "Das", 5)


def address(text: str) -> Address:
    found = addresses.check(text)
    assert isinstance(found, Address)
    return found


def child(number: int, group: str | None = "g1", first_name: str | None = "Anna", **more: Any) -> PupilEntry:
    given: dict[str, Any] = {"family_name": f"Aa {number}", "groups": (group,) if group else ()}
    return PupilEntry(str(number), first_name, **(given | more))


def a_roster(pupils: Sequence[PupilEntry], groups: Sequence[GroupEntry] = (BEVER, DAS), **more: Any) -> Roster:
    given: dict[str, Any] = {"covers": frozenset({"groups"})}
    return Roster("edexml", SchoolEntry("99ZZ", "De Regenboog"), tuple(groups), tuple(pupils), **(given | more))


def a_delta(pupils: Sequence[PupilEntry] = (), groups: Sequence[GroupEntry] = (), **more: Any) -> Roster:
    return a_roster(pupils, groups, covers=frozenset(), delta=True, **more)


def member(number: int, *group_ids: str, role: str = "teacher", **more: Any) -> StaffNow:
    given: dict[str, Any] = {
        "key": f"l{number}",
        "first_name": "Juf",
        "family_name": f"J {number}",
        "address_key": f"l{number}@school.example",
        "ended": False,
    }
    return StaffNow(id=f"S{number}", role=role, group_ids=frozenset(group_ids), **(given | more))


def works(number: int, *groups: str, **more: Any) -> StaffEntry:
    given: dict[str, Any] = {
        "first_name": "Juf",
        "family_name": f"J {number}",
        "address": address(f"l{number}@school.example"),
        "groups": groups,
    }
    return StaffEntry(f"l{number}", **(given | more))


def a_school(size: int = 10, staff: Sequence[StaffNow] = (), **more: Any) -> Snapshot:
    """Bever with pupils 0 to size - 1, and an empty Das."""
    pupils = {f"P{n}": PupilNow(f"P{n}", str(n), "Anna", f"Aa {n}", "G1", eck_id=None, left=False) for n in range(size)}
    groups = {"G1": GroupNow("G1", "g1", "Bever", 4), "G2": GroupNow("G2", "g2", "Das", 5)}
    given: dict[str, Any] = {"groups": groups, "pupils": pupils, "staff": {one.id: one for one in staff}}
    return Snapshot("school", "99ZZ", "De Regenboog", **(given | more))


def changed(now: Snapshot, **pupils: Any) -> Snapshot:
    """The same school with one pupil's values changed (`P0={...}`)."""
    rows = dict(now.pupils)
    for pupil_id, values in pupils.items():
        rows[pupil_id] = dataclasses.replace(rows[pupil_id], **values)
    return dataclasses.replace(now, pupils=rows)


def codes(plan: Plan) -> list[str]:
    return [conflict.code for conflict in plan.conflicts]


def everybody(size: int = 10) -> list[PupilEntry]:
    return [child(number) for number in range(size)]
