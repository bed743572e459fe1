"""/leerkracht: a member of staff shows who they are, with e-mail and password.

The second factor has its place between `_who` and `finish_signin`: `Pass.way` says how many there were.
"""

import re

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from idp.kernel.clock import now
from idp.school.addresses import MAX_LENGTH
from idp.school.credentials import Fail, Pass
from idp.web.home import password_problem
from idp.web.services import Services
from idp.web.session import LANDING, check_password, continue_id, current_staff, finish_signin

OWN_PAGES = re.compile(r"/(?:groepen|leerlingen|ict|hulp)(?:/[a-z0-9-]{1,40}){0,2}")
"""Where a sign-in may lead back to: pages of staff, and nothing that anybody else could mean."""


def blueprint(_services: Services) -> Blueprint:
    """The one page."""
    pages = Blueprint("staff_signin", __name__)

    @pages.get("/leerkracht")
    def form() -> ResponseReturnValue:
        if current_staff() is not None and continue_id() is None:
            return redirect(_back_to(), 303)
        return _page()

    @pages.post("/leerkracht")
    def sign_in() -> ResponseReturnValue:
        who = _who(request.form.get("email", ""), request.form.get("password", ""))
        if not isinstance(who, Fail):
            onward = finish_signin(who)
            return redirect(_back_to(), 303) if onward.location == LANDING["staff"] else onward
        return _page(password_problem(who)), 422 if who.until is None else 429

    return pages


def _who(address: str, password: str) -> Pass | Fail:
    """The first factor. A form with nothing in it counts for nothing."""
    if not address.strip() or not password:
        return Fail("wrong")
    found = check_password("staff", address, password)
    return found if isinstance(found, Fail) else Pass(f"staff:{found}", "staff", now())


def _back_to() -> str:
    """The page that asked for this sign-in, or the groups."""
    path = request.values.get("naar", "")
    return path if OWN_PAGES.fullmatch(path) else LANDING["staff"]


def _page(problem: str = "") -> str:
    email = request.form.get("email", "")[:MAX_LENGTH]
    return render_template(
        "staff_signin/sign_in.html", problem=problem, email=email, back=_back_to(), request_id=continue_id()
    )
