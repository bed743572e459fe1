"""/ict/groepen and /ict/leerlingen: groups and pupils by hand."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import employing, groups, names, pupils, staff
from idp.school.pupils import OneGroup, OnePupil
from idp.school.roster import joining, leaving, moving
from idp.school.roster.joining import Newcomer
from idp.web.desk import Desk, Rule, room, typed
from idp.web.errors import not_found
from idp.web.ict_staff import CHANGED
from idp.web.services import Services
from idp.web.session import services
from idp.web.unit import read_db, write_db

DONE = {
    "bij": msgid("De groep is er. Zet er leerlingen en leerkrachten in."),
    "gewijzigd": msgid("Gewijzigd. Het geldt meteen."),
    "gesloten": msgid("De groep is gesloten."),
    "leerling": msgid("De leerling staat in de groep, met een plaatje en een pincode."),
    "weg": msgid("De leerling is van school. De toegang is meteen uit, thuis en op school."),
}
NAME = msgid("Vul een naam in van hoogstens 100 tekens.")
YEAR = msgid("Kies een jaargroep van 1 tot en met 8.")


def all_groups(desk: Desk) -> ResponseReturnValue:
    """The groups, and who is in none."""
    return _list(desk, {})


def add_group(desk: Desk) -> ResponseReturnValue:
    """A new group."""
    name, year, problems = _group_form()
    if problems:
        return _list(desk, problems), 422
    group_id = groups.add(write_db(), desk.school_id, name, year, actor=desk.actor, now=now())
    return redirect(url_for("ict_groups.one_group", group_id=group_id, klaar="bij"), 303)


def one_group(desk: Desk, group_id: str) -> ResponseReturnValue:
    """One group."""
    return _group(desk, _find_group(desk, group_id), {})


def change_group(desk: Desk, group_id: str) -> ResponseReturnValue:
    """Its buttons."""
    db = write_db()  # what is looked at here is written in the same transaction
    group = _find_group(desk, group_id)
    if "close" in request.form:
        problem = groups.close(db, desk.school_id, group.id, actor=desk.actor, now=now())
        if problem is not None:
            return _group(desk, group, {"close": _(problem)}), 422
        return redirect(url_for("ict_groups.all_groups", klaar="gesloten"), 303)
    if "add_pupil" in request.form:
        return _join(desk, group)
    name, year, problems = _group_form()
    if not problems and typed("shown") != _shown(desk, group):
        return _group(desk, group, {"name": _(CHANGED)}), 409
    if problems:
        return _group(desk, group, problems), 422
    if (name, year) != (group.name, group.year):
        groups.change(db, desk.school_id, group.id, name, year, actor=desk.actor, now=now())
    groups.teach(db, desk.school_id, group.id, request.form.getlist("teacher"), actor=desk.actor, now=now())
    return redirect(url_for("ict_groups.one_group", group_id=group.id, klaar="gewijzigd"), 303)


def one_pupil(desk: Desk, pupil_id: str) -> ResponseReturnValue:
    """One pupil."""
    return _pupil(desk, _find_pupil(desk, pupil_id), {})


def change_pupil(desk: Desk, pupil_id: str) -> ResponseReturnValue:
    """Another name, another group, or off to another school."""
    db = write_db()
    pupil = _find_pupil(desk, pupil_id)
    if "leave" in request.form:
        keyring, sessions = services().keyring, services().engine.sessions
        for subject in leaving.leave(db, keyring, pupil.id, actor=desk.actor, why="by_hand", now=now()):
            sessions.end_all(db, subject, "left", now())
        return redirect(_list_of(pupil), 303)
    first_name, family_name, problems = _pupil_form()
    target = typed("group") or None
    if target is not None and target not in {group.id for group in staff.groups_of(db, desk.member)}:
        problems["group"] = _("Kies een groep van deze school.")
    if not problems and typed("shown") != _pupil_shown(pupil):
        return _pupil(desk, pupil, {"first_name": _(CHANGED)}), 409
    if problems:
        return _pupil(desk, pupil, problems), 422
    if (first_name, family_name) != (pupil.first_name, pupil.family_name):
        written = {pupil.id: (first_name, family_name)}
        moving.rename_all(db, desk.school_id, written, actor=desk.actor, now=now())
    groups.place(db, desk.school_id, pupil.id, target, actor=desk.actor, now=now())
    return redirect(url_for("ict_groups.one_pupil", pupil_id=pupil.id, klaar="gewijzigd"), 303)


def _join(desk: Desk, group: OneGroup) -> ResponseReturnValue:
    first_name, family_name, problems = _pupil_form()
    if problems:
        return _group(desk, group, problems), 422
    newcomer = Newcomer(first_name, family_name, group.id)
    joining.join(write_db(), services().keyring, desk.school_id, newcomer, actor=desk.actor, now=now())
    return redirect(url_for("ict_groups.one_group", group_id=group.id, klaar="leerling"), 303)


def _list_of(pupil: OnePupil) -> str:
    """Where a pupil stood who is gone."""
    if pupil.group_id is None:
        return url_for("ict_groups.all_groups", klaar="weg")
    return url_for("ict_groups.one_group", group_id=pupil.group_id, klaar="weg")


def _group_form() -> tuple[str, int, dict[str, str]]:
    name, year = names.clean(typed("name"), 100), typed("year")
    problems = {} if name else {"name": str(_(NAME))}
    if year not in {str(known) for known in groups.YEARS}:
        problems["year"] = str(_(YEAR))
    return name or "", 0 if "year" in problems else int(year), problems


def _pupil_form() -> tuple[str, str, dict[str, str]]:
    first_name, family_name = names.clean(typed("first_name"), 100), names.clean(typed("family_name"), 200)
    problems = {}
    if first_name is None:
        problems["first_name"] = str(_("Vul een voornaam in."))
    if family_name is None:
        problems["family_name"] = str(_("Vul een achternaam in."))
    return first_name or "", family_name or "", problems


def _find_group(desk: Desk, group_id: str) -> OneGroup:
    found = pupils.group_by_id(read_db(), group_id)
    if found is None or found.school_id != desk.school_id:
        raise not_found()
    return found


def _find_pupil(desk: Desk, pupil_id: str) -> OnePupil:
    found = pupils.by_id(read_db(), pupil_id)
    if found is None or found.school_id != desk.school_id:
        raise not_found()
    return found


def _shown(desk: Desk, group: OneGroup) -> str:
    """What the form of a group was made from."""
    teachers = sorted(one.id for one in employing.colleagues(read_db(), desk.school_id) if group.id in one.groups)
    return " ".join((str(group.year), group.name, *teachers))


def _pupil_shown(pupil: OnePupil) -> str:
    return " ".join((pupil.group_id or "-", pupil.first_name, pupil.family_name))


def _list(desk: Desk, problems: Mapping[str, str]) -> str:
    return render_template(
        "ict/groups.html",
        groups=staff.groups_of(read_db(), desk.member),
        colleagues=employing.colleagues(read_db(), desk.school_id),
        unplaced=groups.pupils_of(read_db(), desk.school_id, None),
        years=groups.YEARS,
        problems=problems,
        typed=request.form,
        done=_done(),
    )


def _group(desk: Desk, group: OneGroup, problems: Mapping[str, str]) -> str:
    return render_template(
        "ict/group.html",
        group=group,
        pupils=groups.pupils_of(read_db(), desk.school_id, group.id),
        colleagues=employing.colleagues(read_db(), desk.school_id),
        shown=_shown(desk, group),
        years=groups.YEARS,
        problems=problems,
        typed=request.form,
        done=_done(),
    )


def _pupil(desk: Desk, pupil: OnePupil, problems: Mapping[str, str]) -> str:
    return render_template(
        "ict/pupil.html",
        pupil=pupil,
        groups=staff.groups_of(read_db(), desk.member),
        shown=_pupil_shown(pupil),
        problems=problems,
        done=_done(),
    )


def _done() -> str:
    return str(_(DONE[request.args["klaar"]])) if request.args.get("klaar") in DONE else ""


RULES = (
    Rule("GET", "/ict/groepen", "group.manage", all_groups),
    Rule("POST", "/ict/groepen", "group.manage", add_group),
    Rule("GET", "/ict/groepen/<group_id>", "group.manage", one_group),
    Rule("POST", "/ict/groepen/<group_id>", "group.manage", change_group),
    Rule("GET", "/ict/leerlingen/<pupil_id>", "pupil.manage", one_pupil),
    Rule("POST", "/ict/leerlingen/<pupil_id>", "pupil.manage", change_pupil),
)


def blueprint(_services: Services) -> Blueprint:
    """The pages."""
    return room("ict_groups", RULES)
