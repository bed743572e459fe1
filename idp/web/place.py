"""Where this browser stands: on a device of a school, within a school's addresses, or at neither."""

from flask import g, request
from werkzeug.wrappers import Response

from idp.school import devices
from idp.school.devices import Place
from idp.web.session import services
from idp.web.source import address_of
from idp.web.unit import read_db

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


def keep_device(response: Response, token: str | None = None) -> Response:
    """Put a device's token into its cookie, or keep the one that it has for another year."""
    ours = services()
    token = token or request.cookies.get(ours.cookie(DEVICE))
    if token:
        response.set_cookie(
            ours.cookie(DEVICE), token, max_age=_YEAR_S, secure=ours.secure, httponly=True, samesite="Lax", path="/"
        )
    return response
