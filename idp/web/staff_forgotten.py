"""A member of staff forgot the password: a mailed link, and another one. The second factor is asked for as ever."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.school import addresses, password_rules, staff_passwords
from idp.web.home import MAX_HINT
from idp.web.services import Services
from idp.web.session import services
from idp.web.source import source_of
from idp.web.unit import read_db, release, write_db


def ask() -> ResponseReturnValue:
    """The form."""
    return render_template("staff_signin/forgot.html", email="", problems={})


def asked() -> ResponseReturnValue:
    """The same answer for every address, whoever's it is."""
    email = request.form.get("email", "")
    checked = addresses.check(email)
    if isinstance(checked, addresses.AddressProblem):
        problems = {"email": _(checked.message, **checked.values)}
        return render_template("staff_signin/forgot.html", email=email[:MAX_HINT], problems=problems), 422
    source = source_of(request, services().trusted_proxies)
    staff_passwords.request_reset(write_db(), services().keyring, email, source, now())
    return redirect("/leerkracht/vergeten/verstuurd", 303)


def sent() -> ResponseReturnValue:
    """Look in your mail, and what to do when nothing comes."""
    return render_template("staff_signin/forgot_sent.html")


def choose(token: str) -> ResponseReturnValue:
    """The page behind the link; looking spends nothing."""
    return _page(token)


def chosen(token: str) -> ResponseReturnValue:
    """Its form: the new password."""
    member = staff_passwords.whose(read_db(), token, now())
    if member is None:
        return _page(token)
    password = request.form.get("password", "")
    problem = password_rules.problem(password, staff_passwords.words(member))
    if problem is not None:
        return _page(token, _(problem))
    release()
    hashed = services().passwords.hash(password)
    staff_id = staff_passwords.reset(write_db(), services().keyring, token, hashed, now())
    if staff_id is None:
        return _page(token)
    services().engine.sessions.end_all(write_db(), f"staff:{staff_id}", "password_reset", now())
    return render_template("staff_signin/reset_done.html")


def _page(token: str, problem: str = "") -> ResponseReturnValue:
    member = staff_passwords.whose(read_db(), token, now())
    if member is None:
        return render_template("staff_signin/reset_old.html")
    page = render_template(
        "staff_signin/reset.html", member=member, token=token, problems={"password": problem} if problem else {}
    )
    return page, 422 if problem else 200


ROUTES = (
    ("/leerkracht/vergeten", ask, "GET"),
    ("/leerkracht/vergeten", asked, "POST"),
    ("/leerkracht/vergeten/verstuurd", sent, "GET"),
    ("/leerkracht/herstel/<token>", choose, "GET"),
    ("/leerkracht/herstel/<token>", chosen, "POST"),
)


def blueprint(_services: Services) -> Blueprint:
    """These pages."""
    pages = Blueprint("staff_forgotten", __name__)
    for rule, view, method in ROUTES:
        pages.add_url_rule(rule, view_func=view, methods=[method])
    return pages
