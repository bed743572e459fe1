"""/beheer/scholen: the schools, a new one with its first ICT co-ordinator, one that goes when two operators say so."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import addresses, factors, invitations, school_deletion, schools
from idp.school.schools import SchoolRow
from idp.school.staff import Member
from idp.web.errors import not_found
from idp.web.services import Services
from idp.web.session import current_staff, needs, services
from idp.web.step_up import fresh
from idp.web.unit import read_db, write_db

PAGE = "/beheer/scholen"

NOTES = {
    "gevraagd": msgid("Een andere beheerder moet het verwijderen binnen zeven dagen bevestigen."),
    "ingetrokken": msgid("De school blijft."),
    "samengevoegd": msgid("De scholen zijn samengevoegd. De andere school staat nog in de lijst, leeg."),
    "verwijderd": msgid("De school is verwijderd, met alles wat erbij hoorde."),
    "weggehaald": msgid("De tweede stap is weggehaald. De ICT-coördinator kreeg een mail en is overal uitgelogd."),
    "gemaild": msgid("De ICT-coördinator krijgt een mail met een link om een wachtwoord te kiezen."),
    "uitgenodigd": msgid("De school is er. De ICT-coördinator kreeg een uitnodiging per mail."),
}
"""What was just done, by what the page's address says of it."""


def listing() -> ResponseReturnValue:
    """The schools, or those that hold some words."""
    return _list_page()


def found() -> ResponseReturnValue:
    """A new school, and its first ICT co-ordinator."""
    name, first_name, family_name, email = (
        " ".join(request.form.get(field, "").split()) for field in ("name", "first_name", "family_name", "email")
    )
    key = request.form.get("key", "").strip() or None
    problems = {
        field: _("Vul dit in, met hoogstens %(num)s tekens.", num=most)
        for field, text, most in (
            ("name", name, 200),
            ("first_name", first_name, 100),
            ("family_name", family_name, 200),
        )
        if not 0 < len(text) <= most
    }
    if key and len(key) > 40:
        problems["key"] = _("Vul dit in, met hoogstens %(num)s tekens.", num=40)
    address = addresses.check(email)
    if isinstance(address, addresses.AddressProblem):
        problems["email"] = _(address.message, **address.values)
    if problems or isinstance(address, addresses.AddressProblem):
        return _list_page(problems)
    first = (first_name, family_name, address)
    actor = f"staff:{_operator().id}"
    school_id = schools.found(write_db(), services().keyring, name, key, first, actor=actor, now=now())
    if school_id is None:
        return _list_page({"email": _("Met dit e-mailadres werkt al iemand, of een andere school heeft dit nummer.")})
    return redirect(f"{PAGE}/{school_id}?klaar=uitgenodigd", 303)


def one(school_id: str) -> ResponseReturnValue:
    """One school: its numbers, its co-ordinators, and whether it is to go."""
    school, db = _school(school_id), read_db()
    asked = school_deletion.waiting(db, school_id, now())
    return render_template(
        "operator/school.html",
        school=school,
        coordinators=schools.coordinators(db, school_id),
        asked=asked,
        mine=asked is not None and asked.asked_by == _operator().id,
        note=_note(),
    )


def delete(school_id: str) -> ResponseReturnValue:
    """`step`: ask, confirm (by another operator) or withdraw."""
    _school(school_id)
    step, me = request.form.get("step", ""), _operator().id
    if step == "ask":
        school_deletion.ask(write_db(), school_id, me, now())
        return redirect(f"{PAGE}/{school_id}?klaar=gevraagd", 303)
    if step == "withdraw":
        school_deletion.withdraw(write_db(), school_id, me, now())
        return redirect(f"{PAGE}/{school_id}?klaar=ingetrokken", 303)
    sessions = services().engine.sessions
    if step == "confirm" and services().directory.delete_school(write_db(), sessions, school_id, me, now()):
        return redirect(f"{PAGE}?klaar=verwijderd", 303)
    return redirect(f"{PAGE}/{school_id}", 303)


def reset_factors(school_id: str) -> ResponseReturnValue:
    """An ICT co-ordinator lost every factor: take them away. Somebody checked, outside this program, who asks."""
    staff_id = _coordinator(school_id)
    factors.reset(write_db(), services().keyring, staff_id, actor=f"staff:{_operator().id}", now=now())
    services().engine.sessions.end_all(write_db(), f"staff:{staff_id}", "factors_reset", now())
    return redirect(f"{PAGE}/{school_id}?klaar=weggehaald", 303)


def invite_again(school_id: str) -> ResponseReturnValue:
    """A link to choose a password with, for a co-ordinator who has none yet, or lost it."""
    invitations.send(
        write_db(), services().keyring, _coordinator(school_id), actor=f"staff:{_operator().id}", now=now()
    )
    return redirect(f"{PAGE}/{school_id}?klaar=gemaild", 303)


def _coordinator(school_id: str) -> str:
    """The co-ordinator of this school that the form names. Raises PageError 404."""
    staff_id = request.form.get("staff", "")
    if staff_id not in {one.id for one in schools.coordinators(read_db(), school_id)}:
        raise not_found()
    return staff_id


def _operator() -> Member:
    member = current_staff()
    if member is None:
        raise not_found()
    return member


def _school(school_id: str) -> SchoolRow:
    school = schools.by_id(read_db(), school_id)
    if school is None:
        raise not_found()
    return school


def _note() -> str:
    note = NOTES.get(request.args.get("klaar", ""))
    return str(_(note)) if note else ""


def _list_page(problems: Mapping[str, str] | None = None) -> ResponseReturnValue:
    words = request.args.get("zoek", "").strip()[:100]
    page = render_template(
        "operator/schools.html",
        schools=schools.search(read_db(), words),
        words=words,
        most=schools.MOST,
        note="" if problems else _note(),
        problems=problems or {},
        given=request.form,
    )
    return page, 422 if problems else 200


ROUTES = (
    (PAGE, listing, "GET"),
    (PAGE, found, "POST"),
    (f"{PAGE}/<school_id>", one, "GET"),
    (f"{PAGE}/<school_id>/verwijderen", fresh(PAGE + "/{school_id}")(delete), "POST"),
    (f"{PAGE}/<school_id>/uitnodiging", fresh(PAGE + "/{school_id}")(invite_again), "POST"),
    (f"{PAGE}/<school_id>/tweede-stap", fresh(PAGE + "/{school_id}")(reset_factors), "POST"),
)


def blueprint(_services: Services) -> Blueprint:
    """These pages, for operators."""
    pages = Blueprint("operator_schools", __name__)
    for rule, view, method in ROUTES:
        pages.add_url_rule(rule, f"{view.__name__}_{method}", needs("operator")(view), methods=[method])
    return pages
