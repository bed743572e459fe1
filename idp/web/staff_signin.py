"""/leerkracht: a member of staff shows who they are, with e-mail and password.

The second factor has its place between `_who` and `finish_signin`: `Pass.way` says how many there were.
"""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from idp.kernel.clock import now
from idp.school.addresses import MAX_LENGTH
from idp.school.credentials import Fail, Pass
from idp.web.home import password_problem
from idp.web.services import Services
from idp.web.session import LANDING, check_password, continue_id, current_staff, finish_signin


def blueprint(_services: Services) -> Blueprint:
    """The one page."""
    pages = Blueprint("staff_signin", __name__)

    @pages.get("/leerkracht")
    def form() -> ResponseReturnValue:
        if current_staff() is not None and continue_id() is None:
            return redirect(LANDING["staff"], 303)
        return _page()

    @pages.post("/leerkracht")
    def sign_in() -> ResponseReturnValue:
        who = _who(request.form.get("email", ""), request.form.get("password", ""))
        if not isinstance(who, Fail):
            return finish_signin(who)
        return _page(password_problem(who)), 422 if who.until is None else 429

    return pages


def _who(address: str, password: str) -> Pass | Fail:
    """The first factor. A form with nothing in it counts for nothing."""
    if not address.strip() or not password:
        return Fail("wrong")
    found = check_password("staff", address, password)
    return found if isinstance(found, Fail) else Pass(f"staff:{found}", "staff", now())


def _page(problem: str = "") -> str:
    email = request.form.get("email", "")[:MAX_LENGTH]
    return render_template("staff_signin/sign_in.html", problem=problem, email=email, request_id=continue_id())
