"""A passkey of a home account: shown at /thuis instead of e-mail and password, added and taken away on /ouder.

The script asks for options and sends the browser's answer as an ordinary form; without it there is the password.
"""

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel import throttle
from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import home_passkeys, homes, staff_visits
from idp.school.ceremony import Here
from idp.school.credentials import Fail
from idp.school.homes import Account
from idp.web import parent
from idp.web.home import enter, sign_in_form
from idp.web.services import Services
from idp.web.session import current_household, services, this_browser, touch
from idp.web.source import source_of
from idp.web.unit import read_db, write_db

NOT_HERE = msgid("Met deze sleutel kun je hier niet inloggen. Log in met je e-mailadres en wachtwoord.")
MAX_NAME = 60


def sign_in_options() -> ResponseReturnValue:
    """What the browser is to ask of a passkey."""
    source = source_of(request, services().trusted_proxies)
    if isinstance(throttle.take(write_db(), "passkey_source", source, now()), throttle.Locked):
        return _json("{}", 429)
    return _json(home_passkeys.ask_to_show(write_db(), _here(), now()))


def sign_in() -> ResponseReturnValue:
    """A passkey's answer: the household is signed in, as with the password."""
    found = home_passkeys.check(write_db(), _here(), request.form.get("credential", ""), now())
    if isinstance(found, Fail):
        return sign_in_form("", _(NOT_HERE)), 422
    return enter(found, by_passkey=True)


def options() -> ResponseReturnValue:
    """With the password: what the browser is to ask of a new passkey."""
    household, account = current_household(), _account()
    if household is None or account is None:
        return _json("{}", 403)
    if parent.password_refused(household, request.form.get("passkey_password", "")):
        return _json("{}", 403)
    return _json(home_passkeys.ask_to_add(write_db(), _here(), account, now()))


def add() -> ResponseReturnValue:
    """The browser made one. Only who gave the password got a challenge to answer."""
    account = _account()
    if account is None:
        return redirect(parent.SIGN_IN, 303)
    touch()
    family = staff_visits.family(request.headers.get("User-Agent", ""))
    name = " ".join(request.form.get("passkey_name", "").split())[:MAX_NAME] or family or _("Sleutel")
    answer = request.form.get("credential", "")
    added = home_passkeys.add(write_db(), services().keyring, _here(), account, answer, name, now())
    return redirect(f"{parent.PAGE}?klaar={'sleutel' if added else 'sleutel-mis'}", 303)


def remove() -> ResponseReturnValue:
    """With the password: a passkey opens nothing any more."""
    household, account = current_household(), _account()
    if household is None or account is None:
        return redirect(parent.SIGN_IN, 303)
    refused = parent.password_refused(household, request.form.get("remove_password", ""))
    if refused:
        return parent.show(household, {"remove_password": refused})
    home_passkeys.remove(write_db(), services().keyring, account, request.form.get("passkey", ""), now())
    touch()
    return redirect(f"{parent.PAGE}?klaar=sleutel-weg", 303)


def _account() -> Account | None:
    household = current_household()
    return homes.by_id(read_db(), household.home_account_id) if household else None


def _here() -> Here:
    return Here(services().issuer, this_browser())


def _json(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="application/json")


def blueprint(_services: Services) -> Blueprint:
    """The forms' targets."""
    pages = Blueprint("home_passkey", __name__)
    for rule, view in (
        ("/thuis/sleutel", sign_in_options),
        ("/thuis/sleutel/klaar", sign_in),
        ("/ouder/sleutel", options),
        ("/ouder/sleutel/klaar", add),
        ("/ouder/sleutel/weg", remove),
    ):
        pages.add_url_rule(rule, f"post_{view.__name__}", view, methods=["POST"])
    return pages
