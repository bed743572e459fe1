"""The start page, and signing in at home: the password of the household, then which child, then the child's own secret.

The server keeps nothing between the steps but the household: the child that a form names is looked for among the
household's children each time, so a step that is skipped, repeated or made up ends at the tiles again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import activation, addresses, credentials, homes, pictures, pupils
from idp.school.credentials import Fail, Pass
from idp.school.homes import Child
from idp.school.households import SignedIn
from idp.web.errors import not_found
from idp.web.services import Services
from idp.web.session import (
    LANDING,
    check_password,
    continue_id,
    current_household,
    current_login,
    finish_signin,
    onward,
    services,
    start_household,
    touch,
    waiting_request,
)
from idp.web.source import source_of
from idp.web.unit import read_db, write_db

PICTURE_AGE_S = 30 * 24 * 3600
MAX_HINT = addresses.MAX_LENGTH

AFTERWARDS = frozenset({"/ouder"})
"""Pages of a household that a sign-in may lead back to: these words, and nothing that anybody else could mean."""

WRONG = msgid("Dit e-mailadres en wachtwoord horen niet bij elkaar. Kijk ze allebei nog eens na.")


def start() -> ResponseReturnValue:
    """Three choices: at home, at school, for staff."""
    login = current_login()
    here = LANDING[login.subject.partition(":")[0]] if login else None
    return render_template("home/start.html", here=here)


def sign_in_page() -> ResponseReturnValue:
    """The household's e-mail and password; a publisher may have sent the address along (OIDC Core 3.1.2.1)."""
    waiting = waiting_request()
    hint = (waiting.parameters.get("login_hint") or "") if waiting else ""
    return sign_in_form(hint[:MAX_HINT])


def sign_in() -> ResponseReturnValue:
    """One answer for a wrong address and a wrong password."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    if not email.strip() or not password:
        return sign_in_form(email, _(WRONG)), 422
    found = check_password("home", email, password)
    if not isinstance(found, Fail):
        return enter(found)
    if found.until is None:
        return sign_in_form(email, _(WRONG)), 422
    return sign_in_form(email, password_problem(found)), 429


def password_problem(failed: Fail) -> str:
    """What to say, in the language of this request, when a household's password was not accepted."""
    if failed.until is None:
        return str(_(WRONG))
    often = _("Er is te vaak een verkeerd wachtwoord ingevuld.")
    wait = ngettext(
        "Probeer het over %(num)s minuut opnieuw.",
        "Probeer het over %(num)s minuten opnieuw.",
        minutes_until(failed.until),
    )
    return f"{often} {wait}"


def minutes_until(moment: datetime) -> int:
    """Whole minutes, rounded up: after so many it works again."""
    return max(1, -(-int((moment - now()).total_seconds()) // 60))


def enter(home_account_id: str, *, by_passkey: bool = False) -> Response:
    """The household is signed in on this browser: to the page it asked for, its only child, or else the tiles."""
    start_household(home_account_id, by_passkey=by_passkey)
    if back := _afterwards():
        return redirect(back, 303)
    household = current_household()
    children = homes.children(read_db(), home_account_id)
    if household is not None and len(children) == 1:
        passed = credentials.pass_without_secret(write_db(), household, children[0].pupil_id)
        if isinstance(passed, Pass):
            return finish_signin(passed)
    return onward("/thuis/kind")


def children_page() -> ResponseReturnValue:
    """Who are you? With `?pupil=ID`: show it, with your PIN or your picture."""
    household = current_household()
    if household is None:
        return onward("/thuis")
    children = homes.children(read_db(), household.home_account_id)
    chosen = _among(children, request.args.get("pupil"))
    if chosen is None or not _shows_secret(children, chosen):
        return _tiles(household, children)
    return _secret_page(household, children, chosen)


def choose() -> ResponseReturnValue:
    """A tile was pressed, or a PIN or picture given."""
    household = current_household()
    if household is None:
        return onward("/thuis")
    touch()
    children = homes.children(read_db(), household.home_account_id)
    chosen = _among(children, request.form.get("pupil"))
    if chosen is None:
        return onward("/thuis/kind")
    if "pin" in request.form or "picture" in request.form:
        return _check_secret(household, children, chosen)
    passed = credentials.pass_without_secret(write_db(), household, chosen.pupil_id)
    if isinstance(passed, Pass):
        return finish_signin(passed)
    return onward(f"/thuis/kind?pupil={chosen.pupil_id}" if passed.reason == "wrong" else "/thuis/kind")


def forgot_page() -> ResponseReturnValue:
    """Ask for a link to choose another password."""
    return render_template("home/forgot.html", email=request.args.get("email", "")[:MAX_HINT], problems={}, **asked())


def forgot() -> ResponseReturnValue:
    """The same answer for every address, whoever's it is."""
    email = request.form.get("email", "")
    checked = addresses.check(email)
    if isinstance(checked, addresses.AddressProblem):
        problems = {"email": _(checked.message, **checked.values)}
        return render_template("home/forgot.html", email=email[:MAX_HINT], problems=problems, **asked()), 422
    source = source_of(request, services().trusted_proxies)
    activation.request_reset(write_db(), services().keyring, email, source, now())
    return onward("/thuis/vergeten/verstuurd")


def forgot_sent() -> ResponseReturnValue:
    """Look in your mail, and what to do when nothing comes."""
    return render_template("home/forgot_sent.html", **asked())


def picture(key: str) -> ResponseReturnValue:
    """The drawing of a picture. Its address says what it shows, and never whose it is."""
    file = pictures.drawing(key)
    if file is None:
        raise not_found()
    return send_file(file, mimetype="image/svg+xml", max_age=PICTURE_AGE_S)


def sign_in_form(email: str, problem: str = "") -> str:
    """The page with e-mail and password, and what is wrong."""
    household = None if continue_id() else current_household()
    shown = {"email": email, "problem": problem, "household": household, "back": _afterwards()}
    return render_template("home/sign_in.html", **shown, **asked())


def _afterwards() -> str | None:
    """Where the household wanted to be before it signed in; an app that waits goes first."""
    wanted = request.values.get("naar", "")
    return wanted if wanted in AFTERWARDS and continue_id() is None else None


def _among(children: Sequence[Child], pupil_id: str | None) -> Child | None:
    return next((child for child in children if child.pupil_id == pupil_id), None)


def _shows_secret(children: Sequence[Child], chosen: Child) -> bool:
    return chosen.login_method != "none" and len(children) > 1


def _tiles(household: SignedIn, children: Sequence[Child]) -> str:
    waiting = homes.waiting(read_db(), household.home_account_id)
    template = "home/tiles.html" if children else "home/no_children.html"
    return render_template(template, children=children, waiting=waiting, **asked())


def _check_secret(household: SignedIn, children: Sequence[Child], chosen: Child) -> ResponseReturnValue:
    pin = "".join(request.form.get("pin", "").split())
    if chosen.login_method == "pin" and not (len(pin) == 4 and pin.isascii() and pin.isdigit()):
        return _secret_page(household, children, chosen, Fail("wrong"))  # no PIN at all: it counts for nothing
    found = credentials.check_child_secret(
        write_db(),
        services().keyring,
        household.home_account_id,
        chosen.pupil_id,
        pin=pin or None,
        picture=request.form.get("picture") or None,
        now=now(),
    )
    if isinstance(found, Pass):
        return finish_signin(found)
    return onward("/thuis/kind") if found.reason == "disabled" else _secret_page(household, children, chosen, found)


def _secret_page(
    household: SignedIn, children: Sequence[Child], chosen: Child, failed: Fail | None = None
) -> ResponseReturnValue:
    others = [child for child in children if child is not chosen]
    until = credentials.child_locked(read_db(), household.home_account_id, chosen.pupil_id, now())
    if until is not None:
        page = render_template(
            "home/locked.html", child=chosen, minutes=minutes_until(until), children=others, **asked()
        )
        return page, 429 if failed else 200
    grid = pupils.picture_grid(read_db(), services().keyring, chosen.pupil_id)
    page = render_template(
        f"home/{chosen.login_method}.html", child=chosen, problem=_told(failed, chosen), grid=grid, **asked()
    )
    return page, 422 if failed else 200


def _told(failed: Fail | None, chosen: Child) -> str:
    """What a child reads after a try."""
    if failed is None:
        return ""
    if failed.left is None:
        return str(_("Een pincode is vier cijfers.") if chosen.login_method == "pin" else _("Kies een plaatje."))
    wrong = _("Dat is niet jouw pincode.") if chosen.login_method == "pin" else _("Dat is niet jouw plaatje.")
    left = ngettext("Je mag het nog %(num)s keer proberen.", "Je mag het nog %(num)s keer proberen.", failed.left)
    return f"{wrong} {left}"


def asked() -> dict[str, Any]:
    """What every page of these says about the request that waits: its id, and the app that it is for."""
    waiting = waiting_request()
    if waiting is None:
        return {"request_id": None, "publisher": None}
    client = services().engine.registry.find(read_db(), waiting.parameters.get("client_id") or "")
    return {"request_id": continue_id(), "publisher": client}


ROUTES = (
    ("/", start, "GET"),
    ("/thuis", sign_in_page, "GET"),
    ("/thuis", sign_in, "POST"),
    ("/thuis/kind", children_page, "GET"),
    ("/thuis/kind", choose, "POST"),
    ("/thuis/vergeten", forgot_page, "GET"),
    ("/thuis/vergeten", forgot, "POST"),
    ("/thuis/vergeten/verstuurd", forgot_sent, "GET"),
    ("/plaatjes/<key>.svg", picture, "GET"),
)


def blueprint(_services: Services) -> Blueprint:
    """These pages."""
    pages = Blueprint("home", __name__)
    for rule, view, method in ROUTES:
        pages.add_url_rule(rule, view_func=view, methods=[method])
    return pages
