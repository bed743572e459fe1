"""/ict/groepen and /ict/leerlingen: groups and pupils by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import employing, groups, names, pupils, roster_keys, staff, years
from idp.school.pupils import OneGroup, OnePupil
from idp.school.roster import joining, leaving, moving
from idp.school.roster.joining import Newcomer
from idp.web import changed
from idp.web.changed import Change, Facts
from idp.web.desk import Desk, Rule, room, typed
from idp.web.errors import not_found
from idp.web.gone import gone
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
YEAR = msgid("Kies een jaargroep van 1 tot en met 8, of S.")


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
    if changes := changed.since(_shown(desk, group)):
        return _group(desk, group, {}, changes), 409
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
    if changes := changed.since(_pupil_shown(pupil)):
        return _pupil(desk, pupil, {}, changes), 409
    wanted, problems = _pupil_form(desk, pupil)
    target = typed("group") or None
    if target is not None and target not in {group.id for group in staff.groups_of(db, desk.member)}:
        problems["group"] = _("Kies een groep van deze school.")
    if problems:
        return _pupil(desk, pupil, problems), 422
    _write(desk, pupil, wanted)
    groups.place(db, desk.school_id, pupil.id, target, actor=desk.actor, now=now())
    return redirect(url_for("ict_groups.one_pupil", pupil_id=pupil.id, klaar="gewijzigd"), 303)


def _join(desk: Desk, group: OneGroup) -> ResponseReturnValue:
    wanted, problems = _pupil_form(desk)
    if problems:
        return _group(desk, group, problems), 422
    key = wanted.key
    newcomer = Newcomer(wanted.first_name, wanted.family_name, group.id, key.key, returning=key.returning)
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
    chosen = years.read(year)
    if chosen is None:
        problems["year"] = str(_(YEAR))
    return name or "", chosen or 0, problems


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was typed for a pupil."""

    first_name: str
    family_name: str
    key: roster_keys.Free


def _pupil_form(desk: Desk, pupil: OnePupil | None = None) -> tuple[_Wanted, dict[str, str]]:
    first_name, family_name = names.clean(typed("first_name"), 100), names.clean(typed("family_name"), 200)
    problems = {}
    if first_name is None:
        problems["first_name"] = str(_("Vul een voornaam in."))
    if family_name is None:
        problems["family_name"] = str(_("Vul een achternaam in."))
    key = roster_keys.check(
        write_db(), desk.school_id, typed("roster_key"), f"{first_name} {family_name}", pupil.id if pupil else None
    )
    if isinstance(key, roster_keys.Refused):
        problems["roster_key"] = _(key.message, **key.values)
        key = roster_keys.Free(None)
    return _Wanted(first_name or "", family_name or "", key), problems


def _write(desk: Desk, pupil: OnePupil, wanted: _Wanted) -> None:
    db = write_db()
    if (wanted.first_name, wanted.family_name) != (pupil.first_name, pupil.family_name):
        written = {pupil.id: (wanted.first_name, wanted.family_name)}
        moving.rename_all(db, desk.school_id, written, actor=desk.actor, now=now())
    if wanted.key.key != pupil.roster_key:
        roster_keys.give(db, desk.school_id, pupil.id, wanted.key.key, actor=desk.actor, now=now())


def _find_group(desk: Desk, group_id: str) -> OneGroup:
    found = pupils.group_by_id(read_db(), group_id)
    if found is None:
        raise gone(desk.member, f"group:{group_id}", "/ict/groepen")
    if found.school_id != desk.school_id:
        raise not_found()
    return found


def _find_pupil(desk: Desk, pupil_id: str) -> OnePupil:
    found = pupils.by_id(read_db(), pupil_id)
    if found is None:
        raise gone(desk.member, f"pupil:{pupil_id}", "/ict/groepen")
    if found.school_id != desk.school_id:
        raise not_found()
    return found


def _shown(desk: Desk, group: OneGroup) -> Facts:
    """What the form of a group is made from."""
    teachers = [one.name for one in employing.colleagues(read_db(), desk.school_id) if group.id in one.groups]
    return {"name": group.name, "year": str(group.year), "teachers": ", ".join(teachers)}


def _pupil_shown(pupil: OnePupil) -> Facts:
    """What the form of a pupil is made from."""
    names = {"first_name": pupil.first_name, "family_name": pupil.family_name}
    return {**names, "roster_key": pupil.roster_key or "", "group": pupil.group_name or ""}


def _list(desk: Desk, problems: Mapping[str, str]) -> str:
    return render_template(
        "ict/groups.html",
        groups=staff.groups_of(read_db(), desk.member),
        colleagues=employing.colleagues(read_db(), desk.school_id),
        unplaced=groups.pupils_of(read_db(), desk.school_id, None),
        years=years.YEARS,
        problems=problems,
        typed=request.form,
        done=_done(),
    )


def _group(desk: Desk, group: OneGroup, problems: Mapping[str, str], changes: Sequence[Change] = ()) -> str:
    return render_template(
        "ict/group.html",
        group=group,
        pupils=groups.pupils_of(read_db(), desk.school_id, group.id),
        colleagues=employing.colleagues(read_db(), desk.school_id),
        shown=changed.written(_shown(desk, group)),
        changes=changes,
        years=years.YEARS,
        problems=problems,
        typed=request.form if problems else {},
        done=_done(),
    )


def _pupil(desk: Desk, pupil: OnePupil, problems: Mapping[str, str], changes: Sequence[Change] = ()) -> str:
    return render_template(
        "ict/pupil.html",
        pupil=pupil,
        groups=staff.groups_of(read_db(), desk.member),
        shown=changed.written(_pupil_shown(pupil)),
        changes=changes,
        typed=request.form if problems else {},
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
