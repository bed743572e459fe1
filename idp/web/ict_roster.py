"""/ict/inlezen: a roster is uploaded, looked at, and carried out; /ict/schooljaar does the same without a file."""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import invitations
from idp.school.roster import apply as applying
from idp.school.roster import decoding, detect, drafts, new_year, plan, snapshot
from idp.school.roster.checking import MAX_PUPILS
from idp.school.roster.plan import Plan
from idp.school.roster.stale import Change
from idp.school.roster.values import Problem, Roster
from idp.web.desk import Desk, Rule, allow_files, room
from idp.web.errors import not_found
from idp.web.services import Services
from idp.web.session import services
from idp.web.unit import read_db, write_db

MARGIN = 64 * 1024
"""What a form has around its file."""

KINDS = {"school": msgid("school"), "group": msgid("groep"), "pupil": msgid("leerling"), "staff": msgid("medewerker")}
HOW = {"added": msgid("erbij gekomen"), "changed": msgid("veranderd"), "gone": msgid("weg")}
"""Of what changed while somebody was looking."""

NO_FILE = Problem(0, "", msgid("Kies eerst een bestand."))


def upload_form(_desk: Desk) -> ResponseReturnValue:
    """Where a file is chosen."""
    return _upload([])


def upload(desk: Desk) -> ResponseReturnValue:
    """A file comes in: what is wrong with it, or what it would change."""
    sent = request.files.get("file")
    data = sent.read(decoding.MAX_BYTES + 1) if sent is not None else b""
    if sent is None or not (sent.filename or data):
        return _upload([NO_FILE]), 422
    reading = detect.read(data)
    if not isinstance(reading, Roster):
        return _upload(reading), 422
    made = plan.compare(snapshot.take(read_db(), services().keyring, desk.school_id, reading), reading)
    return _keep(desk, made)


def new_school_year(desk: Desk) -> ResponseReturnValue:
    """Every group goes up a year: what that would change."""
    return _keep(desk, new_year.plan(snapshot.take(read_db(), services().keyring, desk.school_id)))


def preview(desk: Desk, draft_id: str) -> ResponseReturnValue:
    """What would change; nothing has changed yet."""
    return _preview(draft_id, _find(desk, draft_id))


def carry_out(desk: Desk, draft_id: str) -> ResponseReturnValue:
    """Do it, look again, or leave it."""
    db, keyring = write_db(), services().keyring
    made = _find(desk, draft_id)
    if "drop" in request.form:
        drafts.drop(db, desk.school_id, desk.member.id)
        return redirect(url_for("ict_roster.upload_form"), 303)
    if "again" in request.form:
        seen = snapshot.take(db, keyring, desk.school_id, made.roster)
        return _keep(desk, new_year.plan(seen) if made.roster is None else plan.compare(seen, made.roster))
    confirmed = request.form.getlist("confirm")
    done = applying.apply(db, keyring, made, confirmed=confirmed, actor=desk.actor, now=now())
    if isinstance(done, applying.Unconfirmed):
        problem = _("Zet eerst een vinkje bij alles wat je moet bekijken.")
        return _preview(draft_id, made, problem=problem), 422
    if isinstance(done, applying.Stale):
        return _preview(draft_id, made, changes=done.changes), 409
    _settle(desk, done)
    return render_template("ict/roster_done.html", counts=made.counts, invited=len(done.invited))


def _settle(desk: Desk, done: applying.Applied) -> None:
    """Whoever left is signed out, and whoever came to work here is invited: in the same transaction."""
    db, ours = write_db(), services()
    for subject in done.ended:
        ours.engine.sessions.end_all(db, subject, "left", now())
    for staff_id in done.invited:
        invitations.send(db, ours.keyring, staff_id, actor=desk.actor, now=now())
    drafts.drop(db, desk.school_id, desk.member.id)


def _keep(desk: Desk, made: Plan) -> ResponseReturnValue:
    draft_id = drafts.keep(write_db(), services().keyring, desk.school_id, desk.member.id, made, now())
    return redirect(url_for("ict_roster.preview", draft_id=draft_id), 303)


def _find(desk: Desk, draft_id: str) -> Plan:
    found = drafts.find(read_db(), services().keyring, desk.school_id, desk.member.id, draft_id, now())
    if found is None:
        raise not_found()
    return found


def _upload(problems: Sequence[Problem]) -> str:
    return render_template(
        "ict/roster.html", problems=problems, say=_, most=decoding.MAX_BYTES // 2**20, pupils=MAX_PUPILS
    )


def _preview(draft_id: str, made: Plan, *, problem: str = "", changes: Sequence[Change] = ()) -> str:
    return render_template(
        "ict/roster_plan.html",
        draft_id=draft_id,
        plan=made,
        ticked=request.form.getlist("confirm"),
        problem=problem,
        changes=changes,
        kinds=KINDS,
        how=HOW,
        say=_,
        group_names={ref: _name_of(made, ref) for ref in _refs(made)},
    )


def _refs(made: Plan) -> set[str]:
    found = {joiner.ref for joiner in made.joiners if joiner.ref is not None}
    for one in (*made.staff.joiners, *made.staff.groups):
        found.update(getattr(one, "refs", ()) or getattr(one, "gets", ()))
    return found


def _name_of(made: Plan, ref: str) -> str:
    """What the group will be called that a file points at."""
    named = {group.ref: group.name for group in made.new_groups}
    group_id = made.group_ids.get(ref)
    changed = {group.group_id: group.name for group in made.changed_groups}
    if ref in named or group_id is None:
        return named.get(ref, ref)
    known = made.made_from.groups.get(group_id)
    return changed.get(group_id) or (known.name if known else ref)


RULES = (
    Rule("GET", "/ict/inlezen", "roster.import", upload_form),
    Rule("POST", "/ict/inlezen", "roster.import", upload),
    Rule("GET", "/ict/inlezen/<draft_id>", "roster.import", preview),
    Rule("POST", "/ict/inlezen/<draft_id>", "roster.import", carry_out),
    Rule("POST", "/ict/schooljaar", "roster.import", new_school_year),
)


def blueprint(_services: Services) -> Blueprint:
    """The pages."""
    pages = room("ict_roster", RULES)
    allow_files(pages, "ict_roster.upload", "roster.import", decoding.MAX_BYTES + MARGIN)
    return pages
