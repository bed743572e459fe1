"""The table of rights, cell by cell."""

from itertools import product

import pytest

from idp.school.models.staff import ROLES
from idp.school.policy import KEPT_GROUP, OWN_GROUP, OWN_SCHOOL, PLATFORM, RIGHTS, Actor, Thing, may

OWN = Thing("school", "own")
NEXT_DOOR = Thing("school", "other")
NO_GROUP = Thing("school", None)
ELSEWHERE = Thing("elsewhere", "own")
NOWHERE = Thing(None)


def _actor(role: str) -> Actor:
    return Actor("somebody", role, None if role == "operator" else "school", frozenset({"own"}))


def test_the_table_is_this_one() -> None:
    both = {"teacher": OWN_GROUP, "ict": OWN_SCHOOL}
    acts = (
        "group.view pupil.view pupil.edit slot.fill slot.empty slot.resend pin.change cards.print login_method.change "
        "school_method.change emergency.code"
    )
    alone = {act: {"ict": OWN_SCHOOL} for act in ("device.enrol", "device.end", "network.change")}
    lending = {"substitute.give": {"teacher": KEPT_GROUP, "ict": OWN_SCHOOL}}
    assert dict.fromkeys(acts.split(), both) | alone | lending == RIGHTS


@pytest.mark.parametrize(("act", "role"), list(product(RIGHTS, ROLES)))
def test_who_may_do_what_to_what(act: str, role: str) -> None:
    allowed = {
        "teacher": (not act.startswith(("device.", "network.")), False, False, False, False),
        "ict": (True, True, True, False, False),
        "operator": (False, False, False, False, False),
    }[role]
    things = (OWN, NEXT_DOOR, NO_GROUP, ELSEWHERE, NOWHERE)
    assert tuple(may(_actor(role), act, thing) for thing in things) == allowed


@pytest.mark.parametrize("act", list(RIGHTS))
def test_a_substitute_may_what_the_teacher_may_but_lend_the_group_on(act: str) -> None:
    substitute = Actor("somebody", "teacher", "school", frozenset({"own"}), frozenset({"own"}))
    assert may(substitute, act, OWN) == (may(_actor("teacher"), act, OWN) and act != "substitute.give")


def test_an_act_that_is_not_in_the_table_cannot_be_asked_for() -> None:
    with pytest.raises(KeyError):
        may(_actor("ict"), "pupil.rename", OWN)


def test_a_role_that_is_not_in_the_table_may_nothing() -> None:
    assert not any(may(_actor("janitor"), act, OWN) for act in RIGHTS)


def test_the_relations_have_names_of_their_own() -> None:
    assert {near for roles in RIGHTS.values() for near in roles.values()} <= {
        OWN_GROUP,
        KEPT_GROUP,
        OWN_SCHOOL,
        PLATFORM,
    }
