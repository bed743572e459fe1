"""The parent's own page: the children and who else has access, what publishers were told, where this account is signed
in, the password, the language of the mails, and "forget me". The address and passkeys have rooms of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.directory import Told
from idp.kernel.clock import now
from idp.kernel.words import LOCALES, msgid
from idp.school import activation, address_change, forgetting, home_passkeys, homes, households, password_rules, slots
from idp.school.credentials import Fail
from idp.school.homes import Child
from idp.school.households import SignedIn
from idp.web.home import password_problem
from idp.web.services import Services
from idp.web.session import (
    check_password,
    current_household,
    current_login,
    end_sids,
    services,
    sign_out,
    start_household,
    touch,
)
from idp.web.unit import read_db, release, write_db

PAGE = "/ouder"
SIGN_IN = f"/thuis?naar={PAGE}"

NOTES = {
    "wachtwoord": msgid("Je wachtwoord is veranderd. Op andere apparaten ben je uitgelogd."),
    "apparaat": msgid("Dat apparaat is uitgelogd."),
    "taal": msgid("Je krijgt onze mails voortaan in deze taal."),
    "kind": msgid("Dit kind kan nu met dit account inloggen."),
    "adres-gevraagd": msgid("Kijk in de mail van je nieuwe e-mailadres. Daar staat een link die één uur werkt."),
    "adres-te-vaak": msgid("Naar dat e-mailadres zijn al een paar mails gestuurd. Probeer het over een uur opnieuw."),
    "adres-blijft": msgid("Je e-mailadres blijft zoals het is."),
    "adres": msgid("Je e-mailadres is veranderd. Je oude e-mailadres krijgt daar bericht van."),
    "sleutel": msgid("Vanaf nu kun je inloggen met dit apparaat. Je wachtwoord blijft ook werken."),
    "sleutel-mis": msgid("Dat lukte niet. Er is niets veranderd. Probeer het nog eens."),
    "sleutel-weg": msgid("Met die sleutel kan niemand meer inloggen."),
    "geen-kind": msgid("Dit e-mailadres is weggehaald bij dat kind. De leerkracht krijgt bericht."),
}
"""What was just done, by what the page's address says of it."""

OTHER_ACCESS = {
    None: msgid("Alleen jij. Er is geen ander e-mailadres ingevuld."),
    False: msgid("Er is nog een e-mailadres ingevuld, maar dat is nog niet in gebruik."),
    True: msgid("Ook een ander thuisaccount kan met dit kind inloggen."),
}
"""Who else has access to a child, by whether the other slot is activated (None: it is empty). Never the address."""


@dataclass(frozen=True, slots=True)
class ChildRow:
    """One child on the page. `other`: a key of OTHER_ACCESS."""

    child: Child
    other: bool | None
    told: list[Told]


def page() -> ResponseReturnValue:
    """All of it on one page."""
    household = current_household()
    if household is None:
        return redirect(SIGN_IN, 303)
    touch()
    return show(household)


def change_password() -> ResponseReturnValue:
    """The old one and a new one; every other browser is signed out."""
    household = current_household()
    if household is None:
        return redirect(SIGN_IN, 303)
    account_id = household.home_account_id
    new = request.form.get("new_password", "")
    problem = password_rules.problem(new, homes.password_words(read_db(), account_id))
    if problem is not None:
        return show(household, {"new_password": _(problem)})
    refused = password_refused(household, request.form.get("current_password", ""))
    if refused:
        return show(household, {"current_password": refused})
    release()
    hashed = services().passwords.hash(new)
    sids = homes.new_password(write_db(), services().keyring, account_id, hashed, now())
    end_sids(sids or (), "password_changed")
    start_household(account_id)
    return _done("wachtwoord")


def end_browser() -> ResponseReturnValue:
    """Sign this account out on one of its browsers."""
    household = current_household()
    if household is None:
        return redirect(SIGN_IN, 303)
    end_sids(households.end_browser(write_db(), household, request.form.get("browser", ""), now()), "ended_by_parent")
    touch()
    return _done("apparaat")


def set_language() -> ResponseReturnValue:
    """The language of the mails."""
    household = current_household()
    if household is None:
        return redirect(SIGN_IN, 303)
    wanted = request.form.get("locale", "")
    if wanted not in LOCALES:
        return redirect(PAGE, 303)
    homes.set_locale(write_db(), household.home_account_id, wanted)
    touch()
    return _done("taal")


def answer_child() -> ResponseReturnValue:
    """Yes or no to a child that waits for this account."""
    household = current_household()
    if household is None:
        return redirect(SIGN_IN, 303)
    account_id = household.home_account_id
    facts = homes.slot_facts(read_db(), request.form.get("slot"), account_id)
    said = request.form.get("confirm")
    if facts is None or facts.confirmed or said not in ("yes", "no"):
        return redirect(PAGE, 303)
    db, keyring = write_db(), services().keyring
    touch()
    if said == "yes":
        homes.confirm(db, keyring, facts.slot_id, account_id, now())
        return _done("kind")
    emptied = activation.refuse_child(db, keyring, account_id, facts, now())
    end_sids(emptied.sids if emptied else (), "slot_emptied", access_lost=True)
    return _done("geen-kind")


def forget() -> ResponseReturnValue:
    """All of this account, at once; the receipt tells what went."""
    household = current_household()
    if household is None:
        return redirect(SIGN_IN, 303)
    refused = password_refused(household, request.form.get("password", ""))
    if refused:
        return show(household, {"password": refused})
    gone = forgetting.forget_home(write_db(), services().keyring, household.home_account_id, now())
    end_sids(gone.sids if gone else (), "forgotten", access_lost=True)
    sign_out("forgotten")
    session["receipt"] = {"at": now().isoformat(), "children": gone.children if gone else 0}
    return redirect("/ouder/vergeten", 303)


def forgotten() -> ResponseReturnValue:
    """It is done: the receipt, once, on the browser that asked for it."""
    receipt = session.pop("receipt", None) or {}
    at = datetime.fromisoformat(receipt["at"]) if receipt else None
    return render_template("parent/forgotten.html", at=at, children=receipt.get("children", 0))


def password_refused(household: SignedIn, password: str) -> str:
    """What to say when this is not the password of the account that is signed in; "" = it is."""
    if not password:
        return str(_("Vul je wachtwoord in."))
    found = check_password("home", household.address, password)
    if not isinstance(found, Fail):
        return ""
    return str(_("Dit is niet je wachtwoord.")) if found.until is None else password_problem(found)


def _done(what: str) -> ResponseReturnValue:
    return redirect(f"{PAGE}?klaar={what}", 303)


def show(household: SignedIn, problems: Mapping[str, str] | None = None) -> ResponseReturnValue:
    """The page, with what is wrong with a form on it."""
    db = read_db()
    login, note = current_login(), NOTES.get(request.args.get("klaar", ""))
    body = render_template(
        "parent/parent.html",
        household=household,
        rows=_rows(household),
        waiting=homes.waiting(db, household.home_account_id),
        passkeys=home_passkeys.of(db, household.home_account_id),
        browsers=households.browsers(db, household, now()),
        new_address=address_change.waiting(db, household.home_account_id, now()),
        child_is_in=login is not None and login.subject.startswith("pupil:"),
        other_access=OTHER_ACCESS,
        note=_(note) if note and not problems else "",
        problems=problems or {},
    )
    return body, 422 if problems else 200


def _rows(household: SignedIn) -> list[ChildRow]:
    db, registry, directory = read_db(), services().engine.registry, services().directory
    children = homes.children(db, household.home_account_id)
    filled = slots.of_pupils(db, [child.pupil_id for child in children])
    others = {slot.pupil_id: slot.activated for slot in filled if slot.home_account_id != household.home_account_id}
    return [
        ChildRow(child, others.get(child.pupil_id), directory.told_to(db, registry, f"pupil:{child.pupil_id}"))
        for child in children
    ]


ROUTES = (
    (PAGE, page, "GET"),
    ("/ouder/wachtwoord", change_password, "POST"),
    ("/ouder/apparaat", end_browser, "POST"),
    ("/ouder/taal", set_language, "POST"),
    ("/ouder/kind", answer_child, "POST"),
    ("/ouder/vergeten", forget, "POST"),
    ("/ouder/vergeten", forgotten, "GET"),
)


def blueprint(_services: Services) -> Blueprint:
    """The page and what it does."""
    pages = Blueprint("parent", __name__)
    for rule, view, method in ROUTES:
        pages.add_url_rule(rule, view_func=view, methods=[method])
    return pages
