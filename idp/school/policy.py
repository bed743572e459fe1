"""Who may do what: the whole table of rights on one screen. Pure; what it needs to know is handed in."""

from dataclasses import dataclass

OWN_GROUP, KEPT_GROUP, OWN_SCHOOL, PLATFORM = "own group", "own group, not lent", "own school", "platform"
"""How an actor stands to a thing. Whoever may act in the own school may so in each of its groups.

A group that was lent to a substitute is an own group, though not a kept one.
"""

RIGHTS: dict[str, dict[str, str]] = {
    # act                 role -> how near the thing must be
    "group.view": {"teacher": OWN_GROUP, "support": OWN_SCHOOL, "ict": OWN_SCHOOL},
    "pupil.view": {"teacher": OWN_GROUP, "support": OWN_SCHOOL, "ict": OWN_SCHOOL},
    "pupil.edit": {"teacher": OWN_GROUP, "ict": OWN_SCHOOL},
    "slot.fill": {"teacher": OWN_GROUP, "ict": OWN_SCHOOL},
    "slot.empty": {"teacher": OWN_GROUP, "ict": OWN_SCHOOL},
    "slot.resend": {"teacher": OWN_GROUP, "support": OWN_SCHOOL, "ict": OWN_SCHOOL},
    "secret.view": {"teacher": OWN_GROUP, "ict": OWN_SCHOOL},
    "pin.change": {"teacher": OWN_GROUP, "ict": OWN_SCHOOL},
    "cards.print": {"teacher": OWN_GROUP, "ict": OWN_SCHOOL},
    "login_method.change": {"teacher": OWN_GROUP, "ict": OWN_SCHOOL},
    "substitute.give": {"teacher": KEPT_GROUP, "ict": OWN_SCHOOL},
    "school_method.change": {"teacher": OWN_GROUP, "ict": OWN_SCHOOL},
    "data.export": {"ict": OWN_SCHOOL},
    "data.erase": {"ict": OWN_SCHOOL},
    "emergency.code": {"teacher": OWN_GROUP, "ict": OWN_SCHOOL},
    "device.enrol": {"ict": OWN_SCHOOL},
    "device.end": {"ict": OWN_SCHOOL},
    "network.change": {"ict": OWN_SCHOOL},
    "school.view": {"ict": OWN_SCHOOL},
    "staff.manage": {"ict": OWN_SCHOOL},
    "group.manage": {"ict": OWN_SCHOOL},
    "pupil.manage": {"ict": OWN_SCHOOL},
    "roster.import": {"ict": OWN_SCHOOL},
    "publisher.manage": {"ict": OWN_SCHOOL},
    "audit.view": {"ict": OWN_SCHOOL},
    "school.merge": {"operator": PLATFORM},
    "support.look_up": {"teacher": OWN_SCHOOL, "support": OWN_SCHOOL, "ict": OWN_SCHOOL, "operator": PLATFORM},
}
"""By act, then role. What does not stand here is refused: an operator runs the platform and sees no pupil."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A member of staff, with the ids of the groups that are theirs; `lent_ids`: those that are a colleague's."""

    id: str
    role: str
    school_id: str | None
    group_ids: frozenset[str]
    lent_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Thing:
    """What is acted on: a group or one of its pupils, a school (no group), or the platform (no school)."""

    school_id: str | None
    group_id: str | None = None


def may(actor: Actor, act: str, thing: Thing) -> bool:
    """May `actor` do `act` to `thing`? Raises KeyError for an act that is not in RIGHTS."""
    needed = RIGHTS[act].get(actor.role)
    return needed is not None and needed in relations(actor, thing)


def relations(actor: Actor, thing: Thing) -> frozenset[str]:
    """Every way in which the actor stands to the thing."""
    if thing.school_id is None:
        return frozenset({PLATFORM}) if actor.school_id is None else frozenset()
    if actor.school_id != thing.school_id:
        return frozenset()
    if thing.group_id is None or thing.group_id not in actor.group_ids:
        return frozenset({OWN_SCHOOL})
    lent = thing.group_id in actor.lent_ids
    return frozenset({OWN_SCHOOL, OWN_GROUP}) if lent else frozenset({OWN_SCHOOL, OWN_GROUP, KEPT_GROUP})
