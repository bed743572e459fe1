"""/ict/medewerkers: who works at the school, in which role, with which groups; invitations and the end."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import addresses, employing, factors, invitations, names, staff
from idp.school.addresses import AddressProblem
from idp.school.employing import Colleague, Hire
from idp.school.models.staff import SCHOOL_ROLES
from idp.web import changed
from idp.web.changed import Change, Facts
from idp.web.desk import Desk, Rule, room, typed
from idp.web.errors import not_found
from idp.web.gone import gone
from idp.web.services import Services
from idp.web.session import services
from idp.web.unit import read_db, write_db

DONE = {
    "bij": msgid("Toegevoegd. Er gaat een mail met een link om een wachtwoord te kiezen."),
    "gewijzigd": msgid("Gewijzigd. Het geldt meteen."),
    "uitgenodigd": msgid("Er gaat een nieuwe mail met een link om een wachtwoord te kiezen. De link werkt 7 dagen."),
    "tweede-stap": msgid(
        "De tweede stap is weg. Deze collega is overal uitgelogd en kiest bij het inloggen een nieuwe."
    ),
    "gestopt": msgid("Gestopt. Deze collega is overal uitgelogd en komt er niet meer in."),
}
"""What was done before the page that is shown now."""


def colleagues(desk: Desk) -> ResponseReturnValue:
    """Everybody."""
    return render_template(
        "ict/staff.html", colleagues=employing.colleagues(read_db(), desk.school_id), done=_done(), me=desk.member.id
    )


def new_colleague(desk: Desk) -> ResponseReturnValue:
    """The form for somebody new."""
    return _form(desk, {})


def add_colleague(desk: Desk) -> ResponseReturnValue:
    """Somebody new, who gets a mail."""
    first_name, family_name = names.clean(typed("first_name"), 100), names.clean(typed("family_name"), 200)
    address, role = addresses.check(typed("email")), typed("role")
    problems = {}
    if first_name is None:
        problems["first_name"] = _("Vul een voornaam in.")
    if family_name is None:
        problems["family_name"] = _("Vul een achternaam in.")
    if isinstance(address, AddressProblem):
        problems["email"] = _(address.message, **address.values)
    if role not in SCHOOL_ROLES:
        problems["role"] = _(employing.NO_ROLE)
    if first_name is None or family_name is None or isinstance(address, AddressProblem) or problems:
        return _form(desk, problems), 422
    hire = Hire(first_name, family_name, address, role, frozenset(request.form.getlist("group")))
    keyring = services().keyring
    if employing.employ(write_db(), keyring, desk.school_id, hire, actor=desk.actor, now=now()) is None:
        return _form(desk, {"email": _(employing.TAKEN)}), 422
    return redirect(url_for("ict_staff.colleagues", klaar="bij"), 303)


def colleague(desk: Desk, staff_id: str) -> ResponseReturnValue:
    """One of them."""
    return _page(desk, _find(desk, staff_id), {})


def change_colleague(desk: Desk, staff_id: str) -> ResponseReturnValue:
    """The three buttons of that page."""
    write_db()  # what is looked at here is written in the same transaction
    found = _find(desk, staff_id)
    if "invite" in request.form:
        invitations.send(write_db(), services().keyring, found.id, actor=desk.actor, now=now())
        return redirect(url_for("ict_staff.colleague", staff_id=found.id, klaar="uitgenodigd"), 303)
    if "factors" in request.form:
        return _reset_factors(desk, found)
    if "end" in request.form:
        return _end(desk, found)
    if changes := changed.since(_shown(found)):
        return _page(desk, found, {}, changes), 409
    groups = request.form.getlist("group")
    school_id, role = desk.school_id, typed("role")
    problem = employing.change(write_db(), school_id, found.id, role, groups, actor=desk.actor, now=now())
    if problem is not None:
        return _page(desk, found, {"role": _(problem)}), 422
    return redirect(url_for("ict_staff.colleagues", klaar="gewijzigd"), 303)


def _end(desk: Desk, found: Colleague) -> ResponseReturnValue:
    problem = employing.end(write_db(), desk.school_id, found.id, actor=desk.actor, now=now())
    if problem is not None:
        return _page(desk, found, {"end": _(problem)}), 422
    services().engine.sessions.end_all(write_db(), f"staff:{found.id}", "left", now())
    return redirect(url_for("ict_staff.colleagues", klaar="gestopt"), 303)


def _reset_factors(desk: Desk, found: Colleague) -> ResponseReturnValue:
    """The second factor was lost: gone, everywhere signed out, and a new one after the next password (V6.4.4)."""
    db, ours = write_db(), services()
    if found.id == desk.member.id:  # one's own goes by the security page, which asks for another one first
        raise not_found()
    if not factors.reset(db, ours.keyring, found.id, actor=desk.actor, now=now()):
        return _page(
            desk, found, {"factors": _("Deze collega heeft geen tweede stap. Inloggen gaat met het wachtwoord.")}
        ), 422
    ours.engine.sessions.end_all(db, f"staff:{found.id}", "factors_reset", now())
    return redirect(url_for("ict_staff.colleague", staff_id=found.id, klaar="tweede-stap"), 303)


def _find(desk: Desk, staff_id: str) -> Colleague:
    found = employing.colleague(read_db(), desk.school_id, staff_id)
    if found is None:
        raise gone(desk.member, f"staff:{staff_id}", "/ict/medewerkers")
    return found


def _form(desk: Desk, problems: Mapping[str, str]) -> str:
    groups = staff.groups_of(read_db(), desk.member)
    return render_template(
        "ict/colleague_new.html",
        problems=problems,
        groups=groups,
        roles=SCHOOL_ROLES,
        typed=request.form,
        chosen=request.form.getlist("group"),
    )


def _shown(found: Colleague) -> Facts:
    """What the form of a colleague is made from."""
    return {"role": found.role, "groups": ", ".join(sorted(found.groups.values()))}


def _page(desk: Desk, found: Colleague, problems: Mapping[str, str], changes: Sequence[Change] = ()) -> str:
    return render_template(
        "ict/colleague.html",
        colleague=found,
        problems=problems,
        groups=staff.groups_of(read_db(), desk.member),
        roles=SCHOOL_ROLES,
        done=_done(),
        me=desk.member.id,
        shown=changed.written(_shown(found)),
        changes=changes,
        say=_,
    )


def _done() -> str:
    return str(_(DONE[request.args["klaar"]])) if request.args.get("klaar") in DONE else ""


RULES = (
    Rule("GET", "/ict/medewerkers", "staff.manage", colleagues),
    Rule("GET", "/ict/medewerkers/nieuw", "staff.manage", new_colleague),
    Rule("POST", "/ict/medewerkers/nieuw", "staff.manage", add_colleague),
    Rule("GET", "/ict/medewerkers/<staff_id>", "staff.manage", colleague),
    Rule("POST", "/ict/medewerkers/<staff_id>", "staff.manage", change_colleague),
)


def blueprint(_services: Services) -> Blueprint:
    """The pages."""
    return room("ict_staff", RULES)
