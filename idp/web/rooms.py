"""The rooms of the house that have pages of their own. A new one is a row here."""

from collections.abc import Callable

from flask import Blueprint

from idp.web import (
    activate,
    at_school,
    board,
    cards,
    demo,
    device,
    devices,
    enrolment,
    group_acts,
    groups,
    home,
    home_passkey,
    ict,
    ict_audit,
    ict_groups,
    ict_publishers,
    ict_roster,
    ict_staff,
    invitation,
    login_methods,
    new_address,
    operator,
    operator_publishers,
    operator_schools,
    parent,
    paste,
    portal,
    privacy,
    pupils,
    school_network,
    security,
    staff_forgotten,
    staff_signin,
    step_up,
    substitutes,
    support,
)
from idp.web.services import Services

ROOMS: tuple[Callable[[Services], Blueprint], ...] = (
    activate.blueprint,
    at_school.blueprint,
    board.blueprint,
    cards.blueprint,
    demo.blueprint,
    device.blueprint,
    devices.blueprint,
    enrolment.blueprint,
    group_acts.blueprint,
    groups.blueprint,
    home.blueprint,
    ict.blueprint,
    ict_audit.blueprint,
    ict_groups.blueprint,
    ict_publishers.blueprint,
    ict_roster.blueprint,
    ict_staff.blueprint,
    invitation.blueprint,
    login_methods.blueprint,
    operator.blueprint,
    operator_publishers.blueprint,
    operator_schools.blueprint,
    home_passkey.blueprint,
    new_address.blueprint,
    parent.blueprint,
    paste.blueprint,
    portal.blueprint,
    privacy.blueprint,
    pupils.blueprint,
    school_network.blueprint,
    security.blueprint,
    staff_forgotten.blueprint,
    staff_signin.blueprint,
    step_up.blueprint,
    substitutes.blueprint,
    support.blueprint,
)


def blueprints(services: Services) -> list[Blueprint]:
    """The blueprint of each room."""
    return [room(services) for room in ROOMS]
