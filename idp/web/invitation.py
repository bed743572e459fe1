"""/uitnodiging/TOKEN: a member of staff chooses a password, behind a mailed link.

Opening the page spends nothing. Who has chosen signs in next: the link itself lets nobody in.
"""

from collections.abc import Mapping

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import invitations, password_rules
from idp.school.invitations import Invited
from idp.web import link_guesses
from idp.web.services import Services
from idp.web.session import services
from idp.web.unit import read_db, release, write_db

SAID = {
    "used": (
        msgid("Deze link is al gebruikt"),
        msgid("Je hebt met deze link al een wachtwoord gekozen. Log daarmee in."),
    ),
    "expired": (
        msgid("Deze link is te oud"),
        msgid("Een link werkt 7 dagen. Kies op de inlogpagina Wachtwoord vergeten, dan krijg je een nieuwe."),
    ),
    "gone": (
        msgid("Deze link hoort nergens meer bij"),
        msgid("Je account of je e-mailadres is veranderd. Vraag het aan de ICT-coördinator van je school."),
    ),
    "unknown": (
        msgid("Deze link klopt niet"),
        msgid("Misschien is er een stukje afgevallen. Open de mail en klik op de link, of kopieer de link helemaal."),
    ),
}
"""What is said about a link that does nothing (any more): title and text."""


def look(token: str = "") -> ResponseReturnValue:
    """The page of a link, as things stand."""
    found = invitations.look(read_db(), token, now())
    if found is None:
        link_guesses.count()
    return _page(found)


def choose(token: str = "") -> ResponseReturnValue:
    """The form of that page."""
    found = invitations.look(read_db(), token, now())
    if found is None or found.state != "fresh":
        return _page(found)
    password = request.form.get("password", "")
    problem = password_rules.problem(password, found.words)
    if problem is not None:
        return _page(found, {"password": _(problem)})
    release()
    hashed = services().passwords.hash(password)
    staff_id = invitations.accept(write_db(), token, hashed, now())
    if staff_id is None:
        return _page(invitations.look(read_db(), token, now()))
    # Whoever came in with an older password may not be this member.
    services().engine.sessions.end_all(write_db(), f"staff:{staff_id}", "password_changed", now())
    return render_template("invitation/done.html", invited=found)


def _page(found: Invited | None, problems: Mapping[str, str] | None = None) -> ResponseReturnValue:
    if found is not None and found.state == "fresh":
        page = render_template("invitation/choose.html", invited=found, problems=problems or {})
        return page, 422 if problems else 200
    title, text = SAID[found.state if found else "unknown"]
    page = render_template("invitation/said.html", title=_(title), text=_(text))
    return page, 404 if found is None else 200


def blueprint(_services: Services) -> Blueprint:
    """The page; a link that lost its end has one as well."""
    pages = Blueprint("invitation", __name__)
    for path in ("/uitnodiging/", "/uitnodiging/<path:token>"):
        name = "bare" if path.endswith("/") else "token"
        pages.add_url_rule(path, f"look_{name}", look, methods=["GET"])
        pages.add_url_rule(path, f"choose_{name}", choose, methods=["POST"])
    return pages
