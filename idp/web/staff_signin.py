"""/leerkracht: a member of staff shows who they are, with e-mail and password and then a second factor, or a passkey.

Between the two there is no session: `half_signin` keeps one row for this browser. Who has no second factor and must
have one sets it up in between (`enrolment`).
"""

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from idp.kernel import throttle
from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import factors, half_signin, passkeys, staff
from idp.school.addresses import MAX_LENGTH
from idp.school.ceremony import Here
from idp.school.credentials import Fail, Pass
from idp.school.staff import Member
from idp.web.home import password_problem
from idp.web.services import Services
from idp.web.session import (
    LANDING,
    check_password,
    continue_id,
    current_staff,
    drop_cookie,
    finish_signin,
    onward,
    services,
    set_cookie,
    this_browser,
)
from idp.web.source import source_of
from idp.web.step_up import SECURITY, code_problem, own_page
from idp.web.unit import read_db, write_db

HALF = "sleutelbos_half"
"""The cookie of a sign-in that is half done."""

NO_PASSKEY = msgid("Met deze passkey kun je hier niet inloggen. Log in met je wachtwoord.")


def form() -> ResponseReturnValue:
    """E-mail and password, or a passkey."""
    if current_staff() is not None and continue_id() is None:
        return redirect(back_to(), 303)
    return _page()


def sign_in() -> ResponseReturnValue:
    """The first factor. A form with nothing in it counts for nothing."""
    address, password = request.form.get("email", ""), request.form.get("password", "")
    found = check_password("staff", address, password) if address.strip() and password else Fail("wrong")
    if isinstance(found, Fail):
        return _page(password_problem(found)), 422 if found.until is None else 429
    member = staff.by_id(read_db(), found)
    if member is not None and (member.role in factors.MUST or factors.has(read_db(), member.id)):
        set_cookie(HALF, half_signin.begin(write_db(), member.id, now()))
        return _along("/leerkracht/code" if factors.has(read_db(), member.id) else SECURITY)
    return finish(Pass(f"staff:{found}", "staff", now()))


def code_form() -> ResponseReturnValue:
    """The second factor."""
    member = half_member()
    return _along("/leerkracht") if member is None else _code_page(member)


def code() -> ResponseReturnValue:
    """A code from the app, or a recovery code."""
    member = half_member()
    if member is None:
        return _along("/leerkracht")
    found = factors.check_code(write_db(), services().keyring, member.id, request.form.get("otp", ""), now())
    if isinstance(found, Fail):
        return _code_page(member, code_problem(found)), 422 if found.until is None else 429
    if finish_half() is None:
        return _along("/leerkracht")
    went = finish(Pass(f"staff:{member.id}", "staff-mfa", now()))
    # Whoever needed one of the last ways in had better look at what is left of them.
    return redirect(f"{SECURITY}?klaar=herstelcode", 303) if found == "recovery" and continue_id() is None else went


def passkey_options() -> ResponseReturnValue:
    """What the browser is to ask a passkey, as JSON for the script of the page."""
    source = source_of(request, services().trusted_proxies)
    if isinstance(throttle.take(write_db(), "passkey_source", source, now()), throttle.Locked):
        return Response("{}", 429, content_type="application/json")
    asked = passkeys.ask_to_show(write_db(), here(), now())
    return Response(asked, content_type="application/json")


def passkey() -> ResponseReturnValue:
    """A passkey's answer: two factors at once, whatever was given before."""
    found = passkeys.check(write_db(), here(), request.form.get("credential", ""), None, now())
    if isinstance(found, Fail):
        return _page(_(NO_PASSKEY)), 422
    finish_half()
    return finish(Pass(f"staff:{found}", "staff-passkey", now()))


def here() -> Here:
    """This site and this browser, for a passkey."""
    return Here(services().issuer, this_browser())


def half_member() -> Member | None:
    """Whose password was given in this browser, a moment ago."""
    token = request.cookies.get(services().cookie(HALF))
    return half_signin.find(read_db(), token, now()) if token else None


def finish_half() -> str | None:
    """The half-done sign-in of this browser is used: its member's id, once."""
    token = request.cookies.get(services().cookie(HALF))
    if not token:
        return None
    drop_cookie(HALF)
    return half_signin.finish(write_db(), token, now())


def finish(passed: Pass) -> BaseResponse:
    """The session is there: on to the publisher's request, or the page that asked for this sign-in."""
    went = finish_signin(passed)
    if went.location != LANDING["staff"]:
        return went
    member = staff.by_id(read_db(), passed.subject.partition(":")[2])
    return redirect(back_to(member), 303)


def back_to(member: Member | None = None) -> str:
    """The page that asked for this sign-in, or where the work of this member is."""
    member = member or current_staff()
    start = "/beheer" if member is not None and member.role == "operator" else LANDING["staff"]
    return own_page(request.values.get("naar", "")) or start


def _along(path: str) -> BaseResponse:
    """The next step, with what this sign-in is for."""
    back = own_page(request.values.get("naar", ""))
    return onward(f"{path}?naar={back}" if back else path)


def _asked() -> dict[str, str | None]:
    return {"back": own_page(request.values.get("naar", "")), "request_id": continue_id()}


def _page(problem: str = "") -> str:
    email = request.form.get("email", "")[:MAX_LENGTH]
    return render_template("staff_signin/sign_in.html", problem=problem, email=email, **_asked())


def _code_page(member: Member, problem: str = "") -> str:
    kinds = {factor.kind for factor in factors.of(read_db(), member.id)}
    problems = {"otp": problem} if problem else {}
    return render_template("staff_signin/code.html", kinds=kinds, problems=problems, **_asked())


ROUTES = (
    ("/leerkracht", form, "GET"),
    ("/leerkracht", sign_in, "POST"),
    ("/leerkracht/code", code_form, "GET"),
    ("/leerkracht/code", code, "POST"),
    ("/leerkracht/passkey", passkey_options, "POST"),
    ("/leerkracht/passkey/klaar", passkey, "POST"),
)


def blueprint(_services: Services) -> Blueprint:
    """The steps of signing in."""
    pages = Blueprint("staff_signin", __name__)
    for rule, view, method in ROUTES:
        pages.add_url_rule(rule, view_func=view, methods=[method])
    return pages
