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


SEEN = ("group.view", "pupil.view", "slot.resend")
"""What IB/RT may as well."""

TAUGHT = [
    "pupil.edit",
    "slot.fill",
    "slot.empty",
    "pin.change",
    "secret.view",
    "cards.print",
    "login_method.change",
    "school_method.change",
    "emergency.code",
    "substitute.give",
]
"""What a teacher may with own groups."""

ADMINISTERED = [
    "device.enrol",
    "device.end",
    "network.change",
    "data.export",
    "data.erase",
    "school.view",
    "staff.manage",
    "group.manage",
    "pupil.manage",
    "roster.import",
    "publisher.manage",
    "audit.view",
]
"""What only the ICT co-ordinator may."""


def test_the_table_is_this_one() -> None:
    assert {
        **{act: {"teacher": OWN_GROUP, "support": OWN_SCHOOL, "ict": OWN_SCHOOL} for act in SEEN},
        **{act: {"teacher": OWN_GROUP, "ict": OWN_SCHOOL} for act in TAUGHT},
        **{act: {"ict": OWN_SCHOOL} for act in ADMINISTERED},
        "support.look_up": {"teacher": OWN_SCHOOL, "support": OWN_SCHOOL, "ict": OWN_SCHOOL, "operator": PLATFORM},
        "substitute.give": {"teacher": KEPT_GROUP, "ict": OWN_SCHOOL},
        "school.merge": {"operator": PLATFORM},
    } == RIGHTS


@pytest.mark.parametrize(("act", "role"), list(product(RIGHTS, ROLES)))
def test_who_may_do_what_to_what(act: str, role: str) -> None:
    nothing, school = (False,) * 5, (True, True, True, False, False)
    allowed = {
        "teacher": (act in (*SEEN, *TAUGHT, "substitute.give"), False, False, False, False),
        "support": school if act in SEEN else nothing,
        "ict": school,
        "operator": nothing,
    }[role]
    if act in ("support.look_up", "school.merge"):
        others = school if act == "support.look_up" else nothing
        allowed = (False,) * 4 + (True,) if role == "operator" else others
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
