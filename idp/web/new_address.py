"""A parent's other e-mail address: asked for on the parent's page, confirmed behind the link in its mailbox."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import address_change, addresses, homes
from idp.school.addresses import AddressProblem
from idp.school.credentials import Fail
from idp.school.households import SignedIn
from idp.web import link_guesses, parent
from idp.web.home import password_problem
from idp.web.services import Services
from idp.web.session import check_password, current_household, services, start_household, touch
from idp.web.unit import read_db, write_db

SAME = msgid("Dit is het e-mailadres dat je al hebt.")


def ask() -> ResponseReturnValue:
    """With the password of the account: a link goes to the new address."""
    household = current_household()
    if household is None:
        return redirect(parent.SIGN_IN, 303)
    if "cancel" in request.form:
        address_change.cancel(write_db(), household.home_account_id)
        touch()
        return redirect(f"{parent.PAGE}?klaar=adres-blijft", 303)
    return _ask(household)


def _ask(household: SignedIn) -> ResponseReturnValue:
    checked = addresses.check(request.form.get("new_address", ""))
    if isinstance(checked, AddressProblem):
        return parent.show(household, {"new_address": _(checked.message, **checked.values)})
    if checked.written == household.address:
        return parent.show(household, {"new_address": _(SAME)})
    refused = parent.password_refused(household, request.form.get("address_password", ""))
    if refused:
        return parent.show(household, {"address_password": refused})
    db, keyring = write_db(), services().keyring
    account = homes.by_id(db, household.home_account_id)
    asked = account is not None and address_change.ask(db, keyring, account, checked, now())
    touch()
    return redirect(f"{parent.PAGE}?klaar={'adres-gevraagd' if asked else 'adres-te-vaak'}", 303)


def look(token: str) -> ResponseReturnValue:
    """The page of the link; spends nothing, and tells a stranger nothing but their own address."""
    return _page(token)


def confirm(token: str) -> ResponseReturnValue:
    """With the password again: the account moves to this address, and is signed in here."""
    wanted = address_change.look(read_db(), token, now())
    password = request.form.get("password", "")
    if wanted is None:
        return _page(token)
    if not password:
        return _page(token, {"password": _("Vul het wachtwoord van je thuisaccount in.")})
    found = check_password("home", wanted.account.address, password)
    if isinstance(found, Fail):
        said = _("Dit is niet het wachtwoord van je thuisaccount.") if found.until is None else password_problem(found)
        return _page(token, {"password": said})
    done = address_change.confirm(write_db(), services().keyring, token, found, now())
    if done != "done":
        return render_template("parent/address_said.html", taken=done == "taken")
    start_household(found)
    return redirect(f"{parent.PAGE}?klaar=adres", 303)


def _page(token: str, problems: Mapping[str, str] | None = None) -> ResponseReturnValue:
    wanted = address_change.look(read_db(), token, now())
    if wanted is None:
        link_guesses.count()
        return render_template("parent/address_said.html", taken=False)
    page = render_template("parent/address.html", address=wanted.address.written, problems=problems or {})
    return page, 422 if problems else 200


def blueprint(_services: Services) -> Blueprint:
    """The form's target and the page of the link."""
    pages = Blueprint("new_address", __name__)
    pages.add_url_rule("/ouder/adres", view_func=ask, methods=["POST"])
    pages.add_url_rule("/adres/<path:token>", view_func=look, methods=["GET"])
    pages.add_url_rule("/adres/<path:token>", view_func=confirm, methods=["POST"])
    return pages
