"""/ict/gegevens: what is known of one child, to be handed over or erased; and who left and will be erased."""

import json

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.directory import DEPARTED
from idp.kernel import audit
from idp.kernel.clock import now
from idp.school import dossier, staff
from idp.school.dossier import Known
from idp.school.policy import Thing, may
from idp.school.staff import Member
from idp.web.errors import not_found
from idp.web.services import Services
from idp.web.session import current_staff, needs, services
from idp.web.unit import read_db, write_db

LIST = "/ict/gegevens"
CHILD = "/ict/leerling/<pupil_id>/gegevens"


def overview() -> ResponseReturnValue:
    """Look a child up by name; who left, and when it is erased."""
    member = current_staff()
    if member is None or not may(staff.actor_of(read_db(), member), "data.export", Thing(member.school_id)):
        raise not_found()
    school_id, part = member.school_id or "", " ".join(request.args.get("naam", "").split())[:100]
    return render_template(
        "privacy/overview.html",
        member=member,
        part=part,
        found=dossier.named(read_db(), school_id, part) if part else None,
        departed=dossier.departed(read_db(), school_id),
        after=DEPARTED,
        done=request.args.get("klaar") == "gewist",
    )


def child(pupil_id: str) -> ResponseReturnValue:
    """What there is, in numbers, and the two buttons."""
    _member, known = _find(pupil_id, "data.export")
    return _page(known)


def download(pupil_id: str) -> ResponseReturnValue:
    """All of it as a file."""
    member, _known = _find(pupil_id, "data.export")
    ours = services()
    data = ours.directory.export(read_db(), ours.engine.registry, pupil_id)
    school, actor = member.school_id, f"staff:{member.id}"
    audit.record(write_db(), "data.exported", now=now(), actor=actor, thing=f"pupil:{pupil_id}", school_id=school)
    file = Response(json.dumps(data, ensure_ascii=False, indent=2), mimetype="application/json")
    # No name in the file's: it ends up in the list of downloads of a shared computer.
    file.headers["Content-Disposition"] = f'attachment; filename="gegevens-{pupil_id}.json"'
    return file


def erase(pupil_id: str) -> ResponseReturnValue:
    """The child's first name is typed first: this cannot be taken back."""
    member, known = _find(pupil_id, "data.erase")
    typed = " ".join(request.form.get("first_name", "").split())
    if typed.casefold() != known.first_name.casefold():
        return _page(known, {"first_name": _("Typ de voornaam precies zoals die hierboven staat.")}), 422
    ours, why = services(), "departed" if known.left_at else "asked"
    actor = f"staff:{member.id}"
    ours.directory.erase(write_db(), ours.engine.sessions, pupil_id, now(), actor=actor, why=why)
    return redirect(f"{LIST}?klaar=gewist", 303)


def _page(known: Known, problems: dict[str, str] | None = None) -> str:
    ours = services()
    data = ours.directory.export(read_db(), ours.engine.registry, known.id) or {}
    publishers = sorted({one["name"] for one in data["told"]})
    return render_template("privacy/child.html", known=known, data=data, publishers=publishers, problems=problems or {})


def _find(pupil_id: str, act: str) -> tuple[Member, Known]:
    """The member and the child, also one that left. Raises PageError 404 unless the member may do this."""
    member, known = current_staff(), dossier.find(read_db(), pupil_id)
    if member is None or known is None or not may(staff.actor_of(read_db(), member), act, known.thing):
        raise not_found()
    return member, known


def blueprint(_services: Services) -> Blueprint:
    """The pages."""
    pages, ict = Blueprint("privacy", __name__), needs("ict")
    pages.add_url_rule(LIST, view_func=ict(overview), methods=["GET"])
    for rule, view, method in ((CHILD, child, "GET"), (f"{CHILD}.json", download, "GET"), (CHILD, erase, "POST")):
        pages.add_url_rule(rule, view_func=ict(view), methods=[method])
    return pages
