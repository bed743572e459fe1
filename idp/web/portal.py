"""A child's own page: the apps of its school, the way to a brother or sister, and the way out."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit
from zlib import crc32

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from idp.school import pupils
from idp.web import farewell, network_logout
from idp.web.place import current_place, last_page
from idp.web.services import Services
from idp.web.session import (
    LANDING,
    WAYS,
    current_household,
    current_login,
    end_session,
    onward,
    services,
    sign_out,
    touch,
    waiting,
)
from idp.web.unit import read_db

HOME_ACRS = frozenset(WAYS[way][0] for way in ("home", "home-pin"))
SCHOOL_ACRS = frozenset(WAYS[way][0] for way in ("school", "school-pin", "badge"))
TINTS = 8
"""Colours of tiles (portal.css); a publisher keeps its own at every school."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One app: two letters and a colour to know it by, and where its own sign-in begins."""

    client_id: str
    name: str
    href: str

    @property
    def mark(self) -> str:
        """The initials of its name, or the first two letters of a name of one word."""
        words = self.name.replace("/", " ").split()
        return "".join(word[0] for word in words[:2]).upper() if len(words) > 1 else self.name[:2].capitalize()

    @property
    def tint(self) -> int:
        """1 to TINTS."""
        return crc32(self.client_id.encode()) % TINTS + 1


def portal() -> ResponseReturnValue:
    """Who you are, and a tile for each app."""
    login = current_login()
    kind, _, person = login.subject.partition(":") if login else ("", "", "")
    if kind == "staff":
        return redirect(LANDING["staff"], 303)
    pupil = pupils.by_id(read_db(), person) if kind == "pupil" else None
    if login is None or pupil is None:
        return onward(_door())
    apps = services().directory.apps(read_db(), services().engine.registry, pupil.school_id)
    tiles = [Tile(app.client_id, app.name, start_of(app.start, services().issuer)) for app in apps if app.start]
    touch()
    at_school = login.acr in SCHOOL_ACRS
    return render_template(
        "portal/portal.html", pupil=pupil, tiles=tiles, at_school=at_school, household=current_household()
    )


def _door() -> str:
    """Where who is not signed in begins: at the tiles of a household, at a school's groups, or at the e-mail form."""
    if current_household() is not None:
        return "/thuis/kind"
    return "/school" if current_place() is not None else "/thuis"


def switch() -> ResponseReturnValue:
    """The next child: this one's session ends everywhere, also where the child came from; the household stays."""
    login = current_login()
    end_session("switched")
    if (elsewhere := network_logout.way_on(login)) is not None:
        return farewell.onward(elsewhere)
    if login is not None and login.acr not in HOME_ACRS:
        return farewell.onward(waiting("/school"))
    touch()
    return farewell.onward(waiting("/thuis/kind" if current_household() else "/thuis"))


def out() -> ResponseReturnValue:
    """It all ends: the child's session at every publisher, the household, and the sign-in where the child came from."""
    login = current_login()
    sign_out("signed_out")
    return farewell.onward(network_logout.way_on(login) or last_page(login))


def start_of(login_uri: str, issuer: str) -> str:
    """Where a publisher's own sign-in begins, told that it is to be with us (OIDC Core 4)."""
    parts = urlsplit(login_uri)
    return parts._replace(query=urlencode([*parse_qsl(parts.query), ("iss", issuer)])).geturl()


def blueprint(_services: Services) -> Blueprint:
    """The page and its two buttons."""
    pages = Blueprint("portal", __name__)
    pages.add_url_rule("/portaal", view_func=portal, methods=["GET"])
    pages.add_url_rule("/wissel", view_func=switch, methods=["POST"])
    pages.add_url_rule("/uitloggen", view_func=out, methods=["POST"])
    return pages
