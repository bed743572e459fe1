"""Behind a mailed link: choose a password, take a child on or refuse it, choose another password.

Opening the page does nothing, however often and by whom (mail scanners open every link); only its form does.
"""

from collections.abc import Mapping

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import activation, homes, links, password_rules
from idp.school.activation import Shown
from idp.school.credentials import Fail
from idp.web import link_guesses
from idp.web.home import enter, password_problem
from idp.web.language import chosen as chosen_language
from idp.web.services import Services
from idp.web.session import check_password, end_sids, services
from idp.web.unit import read_db, release, write_db

FORMS = {"new": "activate/new.html", "known": "activate/known.html", "reset": "activate/reset.html"}
"""The page of a link that does something, by its state."""

SAID = {
    "done": (
        msgid("Dit is al klaar"),
        msgid("%(first_name)s kan al thuis inloggen met jouw e-mailadres en wachtwoord."),
    ),
    "used": (
        msgid("Deze link is al gebruikt"),
        msgid("Een link werkt één keer. Heb je een wachtwoord gekozen? Log dan daarmee in."),
    ),
    "expired": (
        msgid("Deze link is te oud"),
        msgid("Een link werkt maar een tijdje, voor de veiligheid. Je kunt meteen een nieuwe krijgen."),
    ),
    "gone": (
        msgid("Deze link hoort nergens meer bij"),
        msgid("De school heeft dit e-mailadres weggehaald of veranderd. Klopt dat niet? Vraag het aan de leerkracht."),
    ),
    "unknown": (
        msgid("Deze link klopt niet"),
        msgid("Misschien is er een stukje afgevallen. Open de mail en klik op de link, of kopieer de link helemaal."),
    ),
}
"""What is said about a link that does nothing (any more), by its state: title and text."""

RENEWABLE = frozenset({"used", "expired"})
"""States in which the mailbox can have a new link."""


def look(kind: str, token: str = "") -> ResponseReturnValue:
    """The page of a link, as things stand."""
    shown = activation.look(read_db(), kind, token, now())
    if shown is None:
        link_guesses.count()
    elif shown.first_look:
        links.note_opened(write_db(), token, now())
    return _page(shown)


def act(kind: str, token: str = "") -> ResponseReturnValue:
    """The form of that page."""
    shown = activation.look(read_db(), kind, token, now())
    if "again" in request.form:
        return _send_again(kind, token)
    if shown is None or not shown.open:
        return _page(shown)
    if shown.child is not None and request.form.get("confirm") == "no":
        return _refuse(token, shown)
    if shown.state == "known":
        return _accept(token, shown)
    return _choose(kind, token, shown)


def _choose(kind: str, token: str, shown: Shown) -> ResponseReturnValue:
    """A first password, or another one."""
    if shown.account is None:
        return _page(shown)
    password = request.form.get("password", "")
    problem = password_rules.problem(password, homes.password_words(read_db(), shown.account.id))
    if problem is not None:
        return _page(shown, {"password": _(problem)})
    release()
    hashed = services().passwords.hash(password)
    if kind == "reset":
        return _reset(token, hashed)
    db, keyring = write_db(), services().keyring
    if activation.start(db, keyring, token, hashed, now()) is None:
        return _look_again(kind, token)
    homes.set_locale(db, shown.account.id, chosen_language())
    return enter(shown.account.id)


def _reset(token: str, hashed: str) -> ResponseReturnValue:
    was = activation.reset(write_db(), services().keyring, token, hashed, now())
    if was is None:
        return _look_again("reset", token)
    end_sids(was.sids, "password_reset")
    return enter(was.account_id)


def _accept(token: str, shown: Shown) -> ResponseReturnValue:
    """ "Yes, this is my child", with the password of the account."""
    password = request.form.get("password", "")
    if shown.account is None or request.form.get("confirm") != "yes":
        return _page(shown, {"confirm": _("Kies ja of nee.")})
    if not password:
        return _page(shown, {"password": _("Vul het wachtwoord van je thuisaccount in.")})
    found = check_password("home", shown.account.address, password)
    if isinstance(found, Fail):
        said = _("Dit is niet het wachtwoord van je thuisaccount.") if found.until is None else password_problem(found)
        return _page(shown, {"password": said})
    if activation.accept(write_db(), services().keyring, token, found, now()) is None:
        return _look_again("activate", token)
    return enter(found)


def _refuse(token: str, shown: Shown) -> ResponseReturnValue:
    """ "No, this is not my child": whoever has the mail may say so."""
    emptied = activation.refuse(write_db(), services().keyring, token, now())
    if emptied is None:
        return _look_again("activate", token)
    end_sids(emptied.sids, "slot_emptied", access_lost=True)
    return render_template("activate/refused.html", child=shown.child)


def _send_again(kind: str, token: str) -> ResponseReturnValue:
    activation.send_again(write_db(), services().keyring, kind, token, now())
    return render_template("activate/sent.html")


def _look_again(kind: str, token: str) -> ResponseReturnValue:
    """Somebody else was first, or the slot was emptied in between."""
    return _page(activation.look(read_db(), kind, token, now()))


def _page(shown: Shown | None, problems: Mapping[str, str] | None = None) -> ResponseReturnValue:
    if shown is not None and shown.open:
        page = render_template(FORMS[shown.state], child=shown.child, account=shown.account, problems=problems or {})
        return page, 422 if problems else 200
    state = shown.state if shown else "unknown"
    title, text = SAID[state]
    first_name = shown.child.first_name if shown and shown.child else ""
    page = render_template(
        "activate/said.html", state=state, title=_(title), text=_(text, first_name=first_name), again=state in RENEWABLE
    )
    return page, 404 if shown is None else 200


def blueprint(_services: Services) -> Blueprint:
    """The page behind each kind of link; a link that lost its end has a page as well."""
    pages = Blueprint("activate", __name__)
    for kind, path in (("activate", "activeer"), ("reset", "herstel")):
        for method, view in (("GET", look), ("POST", act)):
            which = {"kind": kind}
            pages.add_url_rule(f"/{path}/", f"{kind}_{method}_bare", view, methods=[method], defaults=which)
            pages.add_url_rule(f"/{path}/<path:token>", f"{kind}_{method}", view, methods=[method], defaults=which)
    return pages
