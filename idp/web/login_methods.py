"""/groepen/ID/inloggen: how the children of a group show who they are, at school and at home; and
/leerlingen/ID/noodcode: the way in for a child that lost what it shows.
"""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.school import badges, groups, networks, pupils
from idp.school.models.school import METHODS, SCHOOL_METHODS
from idp.school.policy import may
from idp.school.pupils import OneGroup, OnePupil
from idp.school.staff import Member
from idp.web import changed, methods
from idp.web.changed import Change, Facts
from idp.web.errors import not_found
from idp.web.services import Services
from idp.web.session import current_staff, needs, services
from idp.web.unit import read_db, write_db


def look(group_id: str) -> ResponseReturnValue:
    """Both choices as they stand."""
    return _form(_group(group_id)[1], {})


def save(group_id: str) -> ResponseReturnValue:
    """Both choices, or the one that the form has."""
    write_db()  # what is looked at here is written in the same transaction
    member, group = _group(group_id)
    actor, at = f"staff:{member.id}", now()
    if changes := changed.since(_shown(group)):
        return _form(group, {}, changes), 409
    wanted = {name: request.form.get(name) for name in ("school_method", "login_method")}
    allowed = {"school_method": SCHOOL_METHODS, "login_method": METHODS}
    wrong = {name: _("Kies een van de mogelijkheden.") for name, to in wanted.items() if to and to not in allowed[name]}
    if wrong:
        return _form(group, wrong), 422
    school, home = wanted["school_method"], wanted["login_method"]
    if school and school != group.school_method:
        groups.set_school_method(write_db(), group.id, school, actor, at)
    if home and home != group.login_method:
        groups.set_login_method(write_db(), group.id, home, actor, at)
    return redirect(f"/groepen/{group.id}/inloggen?klaar=ja", 303)


def code_page(pupil_id: str) -> ResponseReturnValue:
    """What an emergency code is, and the button."""
    return render_template("login_methods/code.html", pupil=_pupil(pupil_id)[1], code=None)


def make_code(pupil_id: str) -> ResponseReturnValue:
    """A fresh code: shown now and kept nowhere."""
    write_db()
    member, pupil = _pupil(pupil_id)
    code = badges.make_code(write_db(), services().keyring, pupil.id, member.id, now())
    if code is None:
        raise not_found()
    return render_template(
        "login_methods/code.html", pupil=pupil, code=f"{code[:3]} {code[3:]}", until=now() + badges.CODE_LIFE
    )


def _shown(group: OneGroup) -> Facts:
    """What the form is made from."""
    return {"school_method": group.school_method, "login_method": group.login_method}


def _form(group: OneGroup, problems: dict[str, str], changes: Sequence[Change] = ()) -> str:
    return render_template(
        "login_methods/methods.html",
        group=group,
        network=networks.name_of(group.network),
        names=methods.NAMES,
        meanings=methods.MEANINGS,
        school_methods=SCHOOL_METHODS,
        home_methods=METHODS,
        shown=changed.written(_shown(group)),
        changes=changes,
        problems=problems,
        done=request.args.get("klaar"),
    )


def _group(group_id: str) -> tuple[Member, OneGroup]:
    """Raises PageError 404 unless the member may change how this group signs in, at school and at home."""
    member, group = current_staff(), pupils.group_by_id(read_db(), group_id)
    if member is None or group is None:
        raise not_found()
    actor = member.actor
    if not all(may(actor, act, group.thing) for act in ("school_method.change", "login_method.change")):
        raise not_found()
    return member, group


def _pupil(pupil_id: str) -> tuple[Member, OnePupil]:
    """Raises PageError 404 unless the member may make a code for this pupil, whose school has devices of its own."""
    member, pupil = current_staff(), pupils.by_id(read_db(), pupil_id)
    if member is None or pupil is None or pupil.network is not None:
        raise not_found()
    if not may(member.actor, "emergency.code", pupil.thing):
        raise not_found()
    return member, pupil


def blueprint(_services: Services) -> Blueprint:
    """The two pages and their forms."""
    pages, staff_only = Blueprint("login_methods", __name__), needs("teacher", "ict")
    rules = (
        ("/groepen/<group_id>/inloggen", look, "GET"),
        ("/groepen/<group_id>/inloggen", save, "POST"),
        ("/leerlingen/<pupil_id>/noodcode", code_page, "GET"),
        ("/leerlingen/<pupil_id>/noodcode", make_code, "POST"),
    )
    for rule, view, method in rules:
        pages.add_url_rule(rule, view_func=staff_only(view), methods=[method])
    return pages
