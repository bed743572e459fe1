"""Where this browser stands: on a device of a school, within a school's addresses, or at neither."""

from flask import g, request
from werkzeug.wrappers import Response

from idp.engine.ports import Login
from idp.school import devices, pupils
from idp.school.devices import Place
from idp.web.session import services
from idp.web.source import address_of
from idp.web.unit import read_db

DOOR = "/school"
DEVICE = "sleutelbos_device"

_YEAR_S = 365 * 24 * 3600


def current_place() -> Place | None:
    """The place that a school trusts, if this is one; asked once in a request."""
    if "place" not in g:
        ours = services()
        token = request.cookies.get(ours.cookie(DEVICE))
        g.place = devices.find(read_db(), token, address_of(request, ours.trusted_proxies))
    found: Place | None = g.place
    return found


def tiles_of(group_id: str | None) -> str:
    """The tiles of a group. An id is letters and digits; with anything else it is all groups."""
    return f"{DOOR}?group={group_id}" if group_id and group_id.isascii() and group_id.isalnum() else DOOR


def group_of(login: Login | None) -> str | None:
    """The group of the child that is, or just was, signed in; None = it was no child, or it has none."""
    kind, _, person = login.subject.partition(":") if login else ("", "", "")
    pupil = pupils.by_id(read_db(), person) if kind == "pupil" else None
    return pupil.group_id if pupil is not None else None


def last_page(login: Login | None) -> str:
    """Where a sign-out ends; in a classroom the page leads back to the tiles of the class."""
    group_id = group_of(login) if current_place() is not None else None
    return f"/uitgelogd?group={group_id}" if group_id else "/uitgelogd"


def keep_device(response: Response, token: str | None = None) -> Response:
    """Put a device's token into its cookie, or keep the one that it has for another year."""
    ours = services()
    token = token or request.cookies.get(ours.cookie(DEVICE))
    if token:
        response.set_cookie(
            ours.cookie(DEVICE), token, max_age=_YEAR_S, secure=ours.secure, httponly=True, samesite="Lax", path="/"
        )
    return response
