"""A child's own page: the apps of its school, the way to a brother or sister, and the way out."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from idp.directory import App
from idp.school import pupils
from idp.web import farewell
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
TINTS = 6
"""Colours of tiles (portal.css); a publisher keeps its own wherever it stands."""


def portal() -> ResponseReturnValue:
    """Who you are, and a tile for each app."""
    login = current_login()
    kind, _, person = login.subject.partition(":") if login else ("", "", "")
    if kind == "staff":
        return redirect(LANDING["staff"], 303)
    pupil = pupils.by_id(read_db(), person) if kind == "pupil" else None
    if pupil is None:
        return onward("/thuis/kind" if current_household() else "/thuis")
    apps = services().directory.apps(read_db(), services().engine.registry, pupil.school_id)
    tiles = [(app, start_of(app.start, services().issuer), _tint(app)) for app in apps if app.start]
    touch()
    return render_template("portal/portal.html", pupil=pupil, tiles=tiles, household=current_household())


def switch() -> ResponseReturnValue:
    """The next child: this one's session ends everywhere, the household stays."""
    login = current_login()
    end_session("switched")
    if login is not None and login.acr not in HOME_ACRS:
        return farewell.onward(waiting("/school"))
    touch()
    return farewell.onward(waiting("/thuis/kind" if current_household() else "/thuis"))


def out() -> ResponseReturnValue:
    """It all ends: the child's session at every publisher, and the household."""
    sign_out("signed_out")
    return farewell.onward("/uitgelogd")


def start_of(login_uri: str, issuer: str) -> str:
    """Where a publisher's own sign-in begins, told that it is to be with us (OIDC Core 4)."""
    parts = urlsplit(login_uri)
    return parts._replace(query=urlencode([*parse_qsl(parts.query), ("iss", issuer)])).geturl()


def _tint(app: App) -> int:
    return sum(app.client_id.encode()) % TINTS + 1


def blueprint(_services: Services) -> Blueprint:
    """The page and its two buttons."""
    pages = Blueprint("portal", __name__)
    pages.add_url_rule("/portaal", view_func=portal, methods=["GET"])
    pages.add_url_rule("/wissel", view_func=switch, methods=["POST"])
    pages.add_url_rule("/uitloggen", view_func=out, methods=["POST"])
    return pages
