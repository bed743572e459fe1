"""Both slots on one form: what a teacher's wishes come to, and that it is all of it or nothing."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from idp.kernel.db import Database
from idp.school import activation, home_login, slots
from idp.school.addresses import Address, key_for_lookup
from idp.school.home_login import Plan, Wish, weigh
from idp.school.slots import Emptied, Slot
from tests.builders import KEYRING, NOW, a_group, a_home, a_pupil, a_teacher, link_in, queued_mails

A, B, C = "a@thuis.example", "b@thuis.example", "c@thuis.example"
TYPED = st.sampled_from(["", A, B, C, A.upper(), f" {B} ", "geen adres"])
SLOTS = st.sampled_from([{}, {1: A}, {2: A}, {1: A, 2: B}])


def standing(filled: dict[int, str]) -> dict[int, Slot]:
    """Slots with these addresses."""
    return {
        position: Slot(f"slot-{position}", "pupil", position, f"home-{address}", address, False)
        for position, address in filled.items()
    }


def after(filled: dict[int, str], plan: Plan) -> dict[int, str]:
    """What stands in the slots once a plan is carried out."""
    left = dict(filled)
    for slot in plan.emptied:
        del left[slot.position]
    for slot, address in plan.replaced:
        left[slot.position] = address.key
    for position, address in plan.filled:
        assert position not in left
        left[position] = address.key
    return left


@given(SLOTS, TYPED, TYPED)
def test_a_form_that_shows_what_stands_comes_to_what_was_typed(filled: dict[int, str], one: str, two: str) -> None:
    wishes = {1: Wish(one, filled.get(1, "")), 2: Wish(two, filled.get(2, ""))}
    found = weigh(standing(filled), wishes)
    wanted = sorted(key_for_lookup(text) for text in (one, two) if text.strip())
    if not isinstance(found, Plan):
        assert "geen adres" in wanted or len(set(wanted)) < len(wanted)
        return
    assert sorted(after(filled, found).values()) == wanted
    kept = {slot.position for slot in found.emptied} | {slot.position for slot, _ in found.replaced}
    assert all(
        key_for_lookup(filled[position]) not in wanted for position in kept
    )  # an address that stays keeps its slot


@given(SLOTS, SLOTS, TYPED, TYPED)
def test_what_changed_meanwhile_is_overwritten_only_by_who_saw_it(
    shown: dict[int, str], stands: dict[int, str], one: str, two: str
) -> None:
    wishes = {1: Wish(one, shown.get(1, "")), 2: Wish(two, shown.get(2, ""))}
    found = weigh(standing(stands), wishes)
    if not isinstance(found, Plan):
        return
    result = after(stands, found)
    for position, wish in wishes.items():
        changed = shown.get(position, "") != stands.get(position, "")
        if changed and stands.get(position):
            assert stands[position] in result.values()
        if wish.typed.strip() == shown.get(position, "") and stands.get(position):
            assert stands[position] in result.values()


@pytest.mark.parametrize(
    ("filled", "one", "two"), [({1: A, 2: B}, B, A), ({1: A}, "", A), ({2: A}, A.upper(), ""), ({}, "", " ")]
)
def test_an_address_that_only_moves_asks_for_nothing(filled: dict[int, str], one: str, two: str) -> None:
    wishes = {1: Wish(one, filled.get(1, "")), 2: Wish(two, filled.get(2, ""))}
    assert weigh(standing(filled), wishes) == Plan([], [], [])


def test_a_wish_without_what_was_shown_is_held_against_what_stands() -> None:
    found = weigh(standing({1: A}), {1: Wish(B, None)})
    assert isinstance(found, Plan)
    assert [(slot.address, address.key) for slot, address in found.replaced] == [(A, B)]


def test_a_slot_that_no_wish_is_about_stays() -> None:
    assert weigh(standing({1: A, 2: B}), {}) == Plan([], [], [])


def test_the_problem_stands_where_the_teacher_typed() -> None:
    assert list(weigh(standing({1: A, 2: B}), {1: Wish(B, A), 2: Wish(B, B)})) == [1]  # type: ignore[arg-type]
    assert list(weigh(standing({1: A, 2: B}), {1: Wish(A, A), 2: Wish(A, B)})) == [2]  # type: ignore[arg-type]


def carried_out(db: Connection, pupil_id: str, *wishes: Wish, now: datetime = NOW) -> Emptied | home_login.Problems:
    """Plan and do it."""
    plan = home_login.plan(db, pupil_id, dict(enumerate(wishes, 1)))
    assert isinstance(plan, Plan), plan
    return home_login.carry_out(db, KEYRING, pupil_id, plan, staff_id="anna", now=now)


def test_each_new_address_gets_a_mail_and_each_lost_one_its_end(database: Database) -> None:
    with database.write() as db:
        pupil_id = a_pupil(db)
        account = a_home(db, pupil_id, address=A)
        assert carried_out(db, pupil_id, Wish(B, A), Wish(C, "")) == Emptied([])
        assert sorted(mail["to"] for mail in queued_mails(db, "activate")) == [B, C]
        assert [mail["to"] for mail in queued_mails(db, "account_deleted")] == [account.address]
        assert [place.address for place in home_login.look(db, pupil_id)] == [B, C]


def test_when_one_half_fails_in_the_end_the_other_did_not_happen(database: Database) -> None:
    with database.write() as db:
        pupil_id = a_pupil(db)
        a_home(db, pupil_id, address=A)
        (slot,) = slots.of_pupils(db, [pupil_id])
        gone = Slot("gone", pupil_id, 2, slot.home_account_id, C, False)
        plan = Plan([slot], [(gone, Address(B, B))], [])
        assert isinstance(home_login.carry_out(db, KEYRING, pupil_id, plan, staff_id="anna", now=NOW), dict)
        assert slots.of_pupils(db, [pupil_id]) == [slot]
        assert queued_mails(db) == []


def test_a_refusal_is_seen_at_its_place_until_it_is_filled_again(database: Database) -> None:
    with database.write() as db:
        group_id = a_group(db)
        pupil_id, _teacher = a_pupil(db, group_id), a_teacher(db, None, group_id)
        carried_out(db, pupil_id, Wish("", ""), Wish(A, ""))
        token = link_in(queued_mails(db, "activate")[0])
        later = NOW + timedelta(hours=1)
        activation.refuse(db, KEYRING, token, later)
        assert [place.refused_at for place in home_login.look(db, pupil_id)] == [None, later]
        carried_out(db, pupil_id, Wish(B, ""), now=later)
        assert [place.refused_at for place in home_login.look(db, pupil_id)] == [None, later]
        carried_out(db, pupil_id, Wish(B, B), Wish(C, ""), now=later + timedelta(hours=1))
        carried_out(db, pupil_id, Wish(B, B), Wish("", C), now=later + timedelta(hours=2))
        assert [place.refused_at for place in home_login.look(db, pupil_id)] == [None, None]


def test_a_slot_that_a_teacher_emptied_was_refused_by_nobody(database: Database) -> None:
    with database.write() as db:
        pupil_id = a_pupil(db)
        carried_out(db, pupil_id, Wish(A, ""))
        carried_out(db, pupil_id, Wish("", A))
        assert [place.refused_at for place in home_login.look(db, pupil_id)] == [None, None]
