"""/leerkracht/beveiliging: a member of staff sees and changes how they sign in, and where they are signed in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import factors, password_rules, staff_passwords, staff_visits
from idp.school.credentials import Fail, Pass
from idp.school.staff import Member
from idp.web.enrolment import enrolling
from idp.web.errors import not_found
from idp.web.home import password_problem
from idp.web.services import Services
from idp.web.session import check_password, continue_id, current_login, current_staff, end_sids, needs, services
from idp.web.step_up import SECURITY, confirm_signin, fresh, own_page
from idp.web.unit import read_db, release, write_db

NOTES = {
    "wachtwoord": msgid("Je wachtwoord is veranderd. Op andere apparaten ben je uitgelogd."),
    "toegevoegd": msgid("De tweede stap is toegevoegd. Kijk hieronder of je ergens ingelogd bent waar dat niet hoort."),
    "weggehaald": msgid("De tweede stap is weggehaald. Kijk hieronder of je ergens ingelogd bent waar dat niet hoort."),
    "laatste": msgid("Dit is je laatste tweede stap. Voeg eerst een andere toe."),
    "sessie": msgid("Daar ben je nu uitgelogd."),
    "herstelcode": msgid("Je hebt een herstelcode gebruikt. Heb je je telefoon niet meer? Stel dan een nieuwe in."),
    "passkey-mis": msgid("De passkey is niet toegevoegd. Probeer het nog eens."),
}
"""What was just done, by what the page's address says of it."""

ROLES = ("teacher", "support", "ict", "operator")


@dataclass(frozen=True, slots=True)
class Where:
    """One place where the member is signed in. `browser`: "Firefox, Windows", or "" when nobody knows."""

    sid: str
    browser: str
    since: datetime
    seen_at: datetime | None
    here: bool


def page() -> ResponseReturnValue:
    """All of it; or, in the middle of a first sign-in, the choice of a second step."""
    if current_staff() is None and enrolling() is not None:
        back = own_page(request.values.get("naar", ""))
        return render_template("security/first.html", back=back, request_id=continue_id())
    whole: ResponseReturnValue = needs(*ROLES)(_page)()
    return whole


@needs(*ROLES)
@fresh(SECURITY)
def remove_factor() -> ResponseReturnValue:
    """Take one away."""
    member = _member()
    done = factors.remove(write_db(), services().keyring, member.id, request.form.get("factor", ""), now())
    return _done("laatste" if isinstance(done, Fail) else "weggehaald" if done else "")


@needs(*ROLES)
def change_password() -> ResponseReturnValue:
    """The old one and a new one; every other browser is signed out (ASVS 5.0 V7.4.3)."""
    member = _member()
    new = request.form.get("new_password", "")
    problem = password_rules.problem(new, staff_passwords.words(member))
    if problem is not None:
        return _page({"new_password": _(problem)})
    old = request.form.get("current_password", "")
    found = check_password("staff", member.address, old) if old else Fail("wrong")
    if isinstance(found, Fail):
        refused = password_problem(found) if found.until else _("Dit is niet je wachtwoord.")
        return _page({"current_password": refused})
    release()
    hashed = services().passwords.hash(new)
    staff_passwords.change(write_db(), services().keyring, member.id, hashed, now())
    _end(member, lambda where: not where.here, "password_changed")
    login = current_login()
    strong = login is not None and login.acr.endswith("mfa")
    confirm_signin(Pass(f"staff:{member.id}", "staff-mfa" if strong else "staff", login.auth_time if login else now()))
    return _done("wachtwoord")


@needs(*ROLES)
def end_session() -> ResponseReturnValue:
    """Sign out in another place, or in all of them (`sid`=all)."""
    member, wanted = _member(), request.form.get("sid", "")
    _end(member, lambda where: not where.here and wanted in (where.sid, "all"), "ended_by_member")
    return _done("sessie")


def _member() -> Member:
    member = current_staff()
    if member is None:
        raise not_found()
    return member


def _places(member: Member) -> list[Where]:
    login, db = current_login(), read_db()
    found = services().engine.sessions.live(db, f"staff:{member.id}", now())
    browsers = staff_visits.browsers(db, [one.sid for one in found])
    return [
        Where(
            one.sid, browsers.get(one.sid, ""), one.started_at, one.seen_at, login is not None and one.sid == login.sid
        )
        for one in found
    ]


def _end(member: Member, which: Callable[[Where], bool], why: str) -> None:
    end_sids([where.sid for where in _places(member) if which(where)], why, access_lost=True)


def _done(what: str) -> ResponseReturnValue:
    return redirect(f"{SECURITY}?{urlencode({'klaar': what})}" if what else SECURITY, 303)


def _page(problems: Mapping[str, str] | None = None) -> ResponseReturnValue:
    member, note = _member(), NOTES.get(request.args.get("klaar", ""))
    body = render_template(
        "security/page.html",
        member=member,
        factors=factors.of(read_db(), member.id),
        codes_left=factors.recovery_left(read_db(), member.id),
        must=member.role in factors.MUST,
        places=_places(member),
        note=_(note) if note and not problems else "",
        problems=problems or {},
    )
    return body, 422 if problems else 200


ROUTES = (
    (SECURITY, page, "GET"),
    (f"{SECURITY}/weg", remove_factor, "POST"),
    (f"{SECURITY}/wachtwoord", change_password, "POST"),
    (f"{SECURITY}/sessie", end_session, "POST"),
)


def blueprint(_services: Services) -> Blueprint:
    """The page and what it does."""
    pages = Blueprint("security", __name__)
    for rule, view, method in ROUTES:
        pages.add_url_rule(rule, view_func=view, methods=[method])
    return pages
