"""A file makes teachers, changes them and ends them; of anybody else it keeps its hands off. No database."""

import dataclasses
from typing import Any

from idp.school.roster.plan import Plan, compare
from idp.school.roster.snapshot import Snapshot
from idp.school.roster.values import Gone, StaffEntry
from tests.unit.school.roster.states import a_delta, a_roster, a_school, address, codes, everybody, member, works

STAFF = [member(1, "G1"), member(2, "G2"), member(3), member(4)]


def with_staff(*entries: StaffEntry, now: Snapshot | None = None, **more: Any) -> Plan:
    covers = {"covers": frozenset({"groups", "staff"})}
    return compare(now or a_school(staff=STAFF), a_roster(everybody(), staff=entries, **(covers | more)))


def test_staff_that_did_not_change_stay() -> None:
    assert with_staff(works(1, "g1"), works(2, "g2"), works(3), works(4)).empty


def test_a_teacher_joins_changes_and_goes() -> None:
    plan = with_staff(works(1, "g2"), works(2, "g2", family_name="K"), works(9, "g1"), works(4))
    assert [(one.key, one.refs) for one in plan.staff.joiners] == [("l9", ("g1",))]
    assert [(one.staff_id, one.family_name) for one in plan.staff.changed] == [("S2", "K")]
    assert [(one.staff_id, one.gets, one.loses) for one in plan.staff.groups] == [("S1", ("g2",), ("G1",))]
    assert [one.staff_id for one in plan.staff.leavers] == ["S3"]


def test_a_teacher_without_a_key_is_known_by_address_and_gets_the_key() -> None:
    now = a_school(staff=[dataclasses.replace(STAFF[0], key=None)])
    plan = with_staff(works(1, "g1"), now=now)
    assert [(one.staff_id, one.key) for one in plan.staff.changed] == [("S1", "l1")]
    assert not plan.staff.joiners


def test_no_file_makes_ends_or_readdresses_a_coordinator() -> None:
    now = a_school(staff=[member(1, role="ict"), member(2, role="ict")])
    plan = with_staff(works(1, address=address("other@school.example")), now=now)
    assert not plan.staff.leavers
    assert not plan.staff.changed


def test_a_teachers_new_address_is_taken_over_unless_it_is_somebody_elses() -> None:
    plan = with_staff(works(1, "g1", address=address("new@school.example")), works(2, "g2"), works(3), works(4))
    assert [one.address and one.address.written for one in plan.staff.changed] == ["new@school.example"]
    taken = dataclasses.replace(a_school(staff=STAFF), taken=frozenset({"new@school.example"}))
    plan = with_staff(
        works(1, "g1", address=address("new@school.example")), works(2, "g2"), works(3), works(4), now=taken
    )
    assert plan.empty
    plan = with_staff(works(1, "g1", address=address("l2@school.example")), works(2, "g2"), works(3), works(4))
    assert plan.empty


def test_an_address_of_another_school_makes_no_account_and_tells_nothing_of_that_school() -> None:
    now = dataclasses.replace(a_school(staff=STAFF), taken=frozenset({"l9@school.example"}))
    plan = with_staff(works(1, "g1"), works(2, "g2"), works(3), works(4), works(9), now=now)
    assert plan.empty
    assert [notice.values for notice in plan.notices] == [{"name": "Juf J 9"}]


def test_the_address_of_a_colleague_makes_no_second_account() -> None:
    plan = with_staff(
        works(1, "g1"), works(2, "g2"), works(3), works(4), works(9, address=address("l1@school.example"))
    )
    assert plan.empty
    assert len(plan.notices) == 1


def test_without_an_address_there_is_no_account() -> None:
    plan = with_staff(works(1, "g1"), works(2, "g2"), works(3), works(4), works(9, address=None))
    assert plan.empty
    assert len(plan.notices) == 1


def test_who_ended_comes_back_as_the_same_person() -> None:
    now = a_school(staff=[dataclasses.replace(STAFF[0], ended=True, group_ids=frozenset())])
    assert [one.returning for one in with_staff(works(1, "g1"), now=now).staff.joiners] == ["S1"]


def test_many_teachers_who_stop_have_to_be_confirmed() -> None:
    assert codes(with_staff(works(1, "g1"), works(2, "g2"))) == ["staff_leavers"]
    assert codes(with_staff(works(1, "g1"), works(2, "g2"), works(3))) == []


def test_a_file_without_staff_leaves_them_alone() -> None:
    assert compare(a_school(staff=STAFF), a_roster(everybody())).empty


def test_a_delta_changes_a_teachers_groups_by_what_was_added_and_taken_away() -> None:
    delta = a_delta(staff=(StaffEntry("l1", None, None, None, ("g2",), frozenset()),))
    [change] = compare(a_school(staff=STAFF), delta).staff.groups
    assert (change.gets, change.loses) == (("g2",), ())
    delta = a_delta(staff=(StaffEntry("l1", None, None, None, (), frozenset({"g1"})),), gone=Gone(frozenset({"l3"})))
    plan = compare(a_school(staff=STAFF), delta)
    assert [(one.gets, one.loses) for one in plan.staff.groups] == [((), ("G1",))]
    assert [one.staff_id for one in plan.staff.leavers] == ["S3"]
