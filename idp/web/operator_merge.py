"""/beheer/scholen/ID/samenvoegen: another school joins this one; first what that would mean, and then it is done."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import schools
from idp.school.roster import merge
from idp.school.roster.merge import Merge, Unmerged
from idp.school.schools import SchoolRow
from idp.web.desk import Desk, Rule, room
from idp.web.errors import not_found
from idp.web.operator_schools import PAGE as SCHOOLS
from idp.web.services import Services
from idp.web.session import services
from idp.web.step_up import fresh
from idp.web.unit import read_db, write_db

PAGE = f"{SCHOOLS}/<school_id>/samenvoegen"

MOVES = {
    "group": msgid("Groepen"),
    "pupil": msgid("Leerlingen, met hun thuisaccounts en pasjes"),
    "former_pupil": msgid("Leerlingen die van school zijn"),
    "staff": msgid("Medewerkers, met hun rol en groepen"),
    "former_staff": msgid("Medewerkers die weg zijn"),
    "device": msgid("Apparaten van de school"),
    "address": msgid("Internetadressen van de school"),
}
"""What goes along, by what `merge.plan` counts."""

NOT_YET = msgid("Zet eerst een vinkje bij alles wat je moet bekijken.")


@fresh()
def look(_desk: Desk, school_id: str) -> ResponseReturnValue:
    """Which school joins this one; then what that would mean. Nothing is changed."""
    into, gone_id = _school(school_id), request.args.get("met", "")
    if gone_id:
        return _plan_page(into, _school(gone_id), _plan(school_id, gone_id))
    words = request.args.get("zoek", "").strip()[:100]
    found = [one for one in schools.search(read_db(), words) if one.id != school_id]
    return render_template("operator/merge_choose.html", into=into, found=found, words=words, most=schools.MOST)


@fresh()
def carry_out(desk: Desk, school_id: str) -> ResponseReturnValue:
    """`seen`: what the operator looked at. When that is not so any more, they are told what changed instead."""
    db, gone_id, seen = write_db(), request.form.get("met", ""), request.form.get("seen", "")
    into, gone, made = _school(school_id), _school(gone_id), _plan(school_id, gone_id)
    if seen != made.seen:
        return _stale_page(into, gone, seen), 409
    ours, confirmed = services(), request.form.getlist("confirm")
    done = ours.directory.merge_schools(db, ours.engine.sessions, made, confirmed, desk.actor, now())
    if isinstance(done, Unmerged) and not done.stale:
        return _plan_page(into, gone, made, problem=_(NOT_YET)), 422
    if isinstance(done, Unmerged):
        return _stale_page(into, gone, seen), 409
    return redirect(f"{SCHOOLS}/{school_id}?klaar=samengevoegd", 303)


def _school(school_id: str) -> SchoolRow:
    found = schools.by_id(read_db(), school_id)
    if found is None:
        raise not_found()
    return found


def _plan(school_id: str, gone_id: str) -> Merge:
    try:
        return merge.plan(read_db(), school_id, gone_id)
    except (LookupError, ValueError) as error:
        raise not_found() from error


def _stale_page(into: SchoolRow, gone: SchoolRow, seen: str) -> str:
    """How it is now, and what is not as it was."""
    made = _plan(into.id, gone.id)
    return _plan_page(into, gone, made, changed=made.changed_since(seen))


def _plan_page(
    into: SchoolRow,
    gone: SchoolRow,
    made: Merge,
    *,
    problem: str = "",
    changed: Mapping[str, tuple[int, int]] | None = None,
) -> str:
    return render_template(
        "operator/merge.html",
        into=into,
        gone=gone,
        made=made,
        moves=[(_(label), made.counts[kind]) for kind, label in MOVES.items() if made.counts[kind]],
        stale=changed is not None,
        changed=[(_(MOVES[kind]), then, count) for kind, (then, count) in (changed or {}).items()],
        problem=problem,
        ticked=request.form.getlist("confirm"),
        say=_,
    )


RULES = (
    Rule("GET", PAGE, "school.merge", look),
    Rule("POST", PAGE, "school.merge", carry_out),
)


def blueprint(_services: Services) -> Blueprint:
    """The page and its form."""
    return room("operator_merge", RULES)
