"""A roster beside a school: who joins, moves, is renamed and leaves; and what a person has to look at. No database."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.school.roster.changes import ClosedGroup, EckId, GroupChange, Joiner, Leaver, Mover, NewGroup, Renamed
from idp.school.roster.plan import compare, fingerprint
from idp.school.roster.snapshot import GroupNow, Snapshot
from idp.school.roster.values import Gone, GroupEntry, PupilEntry, SchoolEntry
from tests.unit.school.roster.states import (
    BEVER,
    DAS,
    a_delta,
    a_roster,
    a_school,
    changed,
    child,
    codes,
    everybody,
    member,
)

STAFF = [member(1, "G1"), member(2, "G2")]


def test_a_file_that_says_what_is_there_changes_nothing() -> None:
    plan = compare(a_school(), a_roster(everybody()))
    assert plan.empty
    assert not plan.conflicts


def test_a_new_school_has_only_joiners() -> None:
    plan = compare(Snapshot(), a_roster([child(1)]))
    assert plan.joiners == (Joiner("1", "Anna", "Aa 1", "g1"),)
    assert plan.new_groups == (NewGroup("g1", "g1", "Bever", 4), NewGroup("g2", "g2", "Das", 5))
    assert (plan.school_key, plan.school_name, plan.empty) == ("99ZZ", "De Regenboog", False)
    assert not plan.conflicts


def test_pupils_are_matched_by_key_and_never_by_name() -> None:
    plan = compare(a_school(), a_roster([*everybody()[1:], child(99, family_name="Aa 0")]))
    assert [joiner.key for joiner in plan.joiners] == ["99"]
    assert plan.leavers == (Leaver("P0", "Anna Aa 0", "Bever"),)
    assert codes(plan) == ["lookalikes"]


def test_a_pupil_moves() -> None:
    plan = compare(a_school(), a_roster([child(0, "g2"), *everybody()[1:]]))
    assert plan.movers == (Mover("P0", "Anna Aa 0", "Bever", "Das", "g2"),)
    assert not plan.closed_groups


def test_a_pupil_may_go_to_a_new_group_or_to_none() -> None:
    new = GroupEntry("g3", "g3", "Egel", 6)
    plan = compare(a_school(), a_roster([child(0, "g3"), child(1, None), *everybody()[2:]], [BEVER, DAS, new]))
    assert [(mover.pupil_id, mover.after, mover.ref) for mover in plan.movers] == [
        ("P0", "Egel", "g3"),
        ("P1", None, None),
    ]


def test_a_pupil_is_renamed_and_gets_an_eck_id() -> None:
    plan = compare(a_school(), a_roster([child(0, first_name="Ans", eck_id="https://x"), *everybody()[1:]]))
    assert plan.renamed == (Renamed("P0", "Anna Aa 0", "Ans", "Aa 0"),)
    assert plan.eck_ids == (EckId("P0", "https://x"),)


def test_an_eck_id_that_a_file_does_not_name_is_kept() -> None:
    now = changed(a_school(), P0={"eck_id": "https://x"})
    assert compare(now, a_roster(everybody())).empty
    assert not compare(now, a_roster([child(0, eck_id="https://x"), *everybody()[1:]])).eck_ids


def test_who_left_comes_back_as_the_same_person() -> None:
    now = changed(a_school(), P0={"left": True, "group_id": None})
    plan = compare(now, a_roster(everybody()))
    assert plan.joiners == (Joiner("0", "Anna", "Aa 0", "g1", returning="P0"),)
    assert not plan.conflicts


def test_who_was_added_by_hand_is_left_alone() -> None:
    now = changed(a_school(), P0={"key": None})
    plan = compare(now, a_roster(everybody()[1:]))
    assert plan.empty


def test_a_newcomer_with_the_name_of_one_added_by_hand_is_looked_at() -> None:
    now = changed(a_school(), P0={"key": None})
    plan = compare(now, a_roster([*everybody()[1:], child(77, family_name="aa 0")]))
    assert codes(plan) == ["lookalikes"]
    assert plan.conflicts[0].values == {"count": "1", "names": "Anna aa 0"}


@pytest.mark.parametrize(("leave", "conflict"), [(3, []), (4, ["leavers"]), (10, ["leavers"])])
def test_many_leavers_have_to_be_confirmed(leave: int, conflict: list[str]) -> None:
    plan = compare(a_school(), a_roster([*everybody()[leave:], child(50)]))
    assert len(plan.leavers) == leave
    assert codes(plan) == conflict
    assert [one.code for one in plan.unconfirmed([])] == conflict
    assert not plan.unconfirmed(["leavers"])


def test_an_administration_that_gave_everybody_another_key_is_seen() -> None:
    again = [child(number + 1000, family_name=f"Aa {number}") for number in range(10)]
    assert codes(compare(a_school(), a_roster(again))) == ["leavers", "lookalikes"]


def test_a_file_of_another_school_is_stopped_whatever_is_confirmed() -> None:
    plan = compare(dataclasses.replace(a_school(), key="11AA"), a_roster(everybody()))
    assert codes(plan) == ["other_school"]
    assert plan.unconfirmed(["other_school"]) == plan.conflicts


def test_a_school_without_a_key_gets_that_of_the_file() -> None:
    plan = compare(dataclasses.replace(a_school(), key=None), a_roster(everybody()))
    assert (plan.school_key, plan.empty) == ("99ZZ", False)


def test_a_file_without_a_key_fits_the_school_that_it_is_given_to() -> None:
    plan = compare(a_school(), dataclasses.replace(a_roster(everybody()), school=SchoolEntry()))
    assert (plan.school_key, plan.empty) == ("99ZZ", True)


def test_a_group_is_known_by_its_key_whatever_its_name() -> None:
    plan = compare(a_school(), a_roster(everybody(), [GroupEntry("g1", "g1", "Bevers", 5), DAS]))
    assert plan.changed_groups == (GroupChange("G1", "Bever", "Bevers", 5, "g1"),)
    assert not plan.new_groups


def test_a_group_without_a_key_is_known_by_its_name_and_gets_the_key() -> None:
    now = dataclasses.replace(a_school(), groups={"G1": GroupNow("G1", None, "bever", 3)})
    plan = compare(now, a_roster(everybody()))
    assert plan.changed_groups == (GroupChange("G1", "bever", "Bever", 4, "g1"),)
    assert [new.name for new in plan.new_groups] == ["Das"]


def test_a_name_never_takes_the_group_of_another_key() -> None:
    renamed = [GroupEntry("g9", "g9", "Bever", 4), GroupEntry("g1", "g1", "Anders", 4), DAS]
    plan = compare(a_school(), a_roster([child(0, "g9"), *everybody()[1:]], renamed))
    assert [new.ref for new in plan.new_groups] == ["g9"]
    assert [change.group_id for change in plan.changed_groups] == ["G1"]


def test_a_sheet_that_knows_groups_by_name_finds_them_and_renames_nothing() -> None:
    sheet = [GroupEntry("bever", None, "BEVER", None)]
    plan = compare(a_school(), a_roster([child(number, "bever") for number in range(10)], sheet))
    assert plan.empty


def test_two_groups_of_one_name_stop_a_file_that_knows_names_only() -> None:
    now = dataclasses.replace(a_school(), groups={n: GroupNow(n, n, "Bever", 4) for n in ("G1", "G2")})
    plan = compare(now, a_roster(everybody(), [GroupEntry("g1", None, "Bever", 4)]))
    assert codes(plan) == ["group_name_twice"]
    assert plan.unconfirmed(["group_name_twice"])


def test_a_new_group_needs_a_year() -> None:
    plan = compare(a_school(), a_roster(everybody(), [BEVER, DAS, GroupEntry("g3", "g3", "Geel", None)]))
    assert codes(plan) == ["group_without_year"]
    assert plan.conflicts[0].values == {"name": "Geel"}


def test_a_group_that_nobody_is_in_any_more_closes() -> None:
    plan = compare(a_school(), a_roster([child(number, "g2") for number in range(10)], [DAS]))
    assert plan.closed_groups == (ClosedGroup("G1", "Bever"),)


def test_a_group_in_which_somebody_without_a_key_stays_does_not_close() -> None:
    now = changed(a_school(), P0={"key": None})
    plan = compare(now, a_roster([child(number, "g2") for number in range(1, 10)], [DAS]))
    assert not plan.closed_groups


def test_an_empty_group_made_by_hand_stays() -> None:
    groups = {**a_school().groups, "G3": GroupNow("G3", None, "Plus", 8)}
    assert compare(dataclasses.replace(a_school(), groups=groups), a_roster(everybody())).empty


def test_a_file_without_groups_leaves_them_alone() -> None:
    pupils = [child(number, None) for number in range(10)]
    assert compare(a_school(), a_roster(pupils, [], covers=frozenset())).empty


def test_a_delta_touches_only_what_it_names() -> None:
    delta = a_delta([child(0, first_name="Ans", groups=None)], gone=Gone(people=frozenset({"1", "unknown"})))
    plan = compare(a_school(), delta)
    assert [one.pupil_id for one in plan.renamed] == ["P0"]
    assert [one.pupil_id for one in plan.leavers] == ["P1"]
    assert [plan.movers, plan.closed_groups, plan.new_groups, plan.changed_groups] == [()] * 4


def test_a_delta_moves_by_what_was_added_and_taken_away() -> None:
    delta = a_delta(
        [
            PupilEntry("0", None, None, ("g2",), frozenset({"g1"})),
            PupilEntry("1", None, None, (), frozenset({"g1"})),
            PupilEntry("2", None, None, (), frozenset({"gym"})),
        ]
    )
    moved = [(mover.pupil_id, mover.after) for mover in compare(a_school(), delta).movers]
    assert moved == [("P0", "Das"), ("P1", None)]


def test_a_delta_about_a_class_that_is_no_group_here_says_so() -> None:
    plan = compare(a_school(), a_delta([PupilEntry("0", None, None, ("gym",))]))
    assert not plan.movers
    assert [notice.values for notice in plan.notices] == [{"key": "0"}]


def test_a_delta_that_puts_a_child_in_two_groups_is_stopped() -> None:
    plan = compare(a_school(), a_delta([PupilEntry("0", None, None, ("g1", "g2"))]))
    assert codes(plan) == ["two_groups"]


def test_a_delta_about_somebody_unknown_without_a_name_is_stopped() -> None:
    assert codes(compare(a_school(), a_delta([PupilEntry("77", None, None, ("g1",))]))) == ["unknown_pupil"]


def test_a_delta_closes_a_group_when_nobody_stays() -> None:
    gone = Gone(groups=frozenset({"g2", "g1"}))
    assert compare(a_school(), a_delta(gone=gone)).closed_groups == (ClosedGroup("G2", "Das"),)


def test_a_delta_needs_a_school() -> None:
    assert "new_school" in codes(compare(Snapshot(), a_delta([child(0, groups=None)])))


def test_a_fingerprint_is_that_of_the_state() -> None:
    one, other = a_school(staff=STAFF), a_school(staff=[*STAFF[1:], STAFF[0]])
    assert fingerprint(one) == fingerprint(other)
    assert "Anna" not in fingerprint(one)
    states = [
        changed(one, P0={"first_name": "Ans"}),
        changed(one, P0={"group_id": "G2"}),
        changed(one, P0={"eck_id": "x"}),
        changed(one, P0={"left": True}),
        a_school(9, staff=STAFF),
        a_school(staff=STAFF[1:]),
        dataclasses.replace(one, name="Anders"),
        dataclasses.replace(one, taken=frozenset({"x"})),
    ]
    assert len({fingerprint(state) for state in [one, *states]}) == 9


ENTRY = st.builds(
    lambda number, group, first_name: child(number, group, first_name=first_name),
    st.integers(0, 12),
    st.sampled_from(["g1", "g2", None]),
    st.sampled_from(["Anna", "Bas"]),
)


@given(st.lists(ENTRY, max_size=12, unique_by=lambda entry: entry.key), st.integers(0, 8), st.booleans())
def test_every_pupil_ends_up_in_exactly_one_list(entries: list[PupilEntry], size: int, delta: bool) -> None:
    plan = compare(a_school(size), a_delta(entries) if delta else a_roster(entries))
    named, here = {entry.key for entry in entries}, {str(number) for number in range(size)}
    assert {joiner.key for joiner in plan.joiners} == named - here
    gone = set() if delta else here - named
    assert {leaver.pupil_id for leaver in plan.leavers} == {f"P{key}" for key in gone}
    touched = [one.pupil_id for one in plan.movers] + [one.pupil_id for one in plan.leavers]
    assert len(touched) == len(set(touched))
    assert {mover.pupil_id for mover in plan.movers} <= {f"P{key}" for key in named & here}
