"""The rooms of the house that have pages of their own. A new one is a row here."""

from collections.abc import Callable

from flask import Blueprint

from idp.web import (
    activate,
    board,
    demo,
    device,
    group_acts,
    groups,
    home,
    parent,
    paste,
    portal,
    pupils,
    staff_signin,
    substitutes,
)
from idp.web.services import Services

ROOMS: tuple[Callable[[Services], Blueprint], ...] = (
    activate.blueprint,
    board.blueprint,
    demo.blueprint,
    device.blueprint,
    group_acts.blueprint,
    groups.blueprint,
    home.blueprint,
    parent.blueprint,
    paste.blueprint,
    portal.blueprint,
    pupils.blueprint,
    staff_signin.blueprint,
    substitutes.blueprint,
)


def blueprints(services: Services) -> list[Blueprint]:
    """The blueprint of each room."""
    return [room(services) for room in ROOMS]
