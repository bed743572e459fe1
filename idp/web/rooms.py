"""The rooms of the house that have pages of their own. A new one is a row here."""

from collections.abc import Callable

from flask import Blueprint

from idp.web.services import Services

ROOMS: tuple[Callable[[Services], Blueprint], ...] = ()


def blueprints(services: Services) -> list[Blueprint]:
    """The blueprint of each room."""
    return [room(services) for room in ROOMS]
