"""/ict/uitgevers: which publishers the school works with, what each may be told, and what that is for one child."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.school import contracts, groups, pupils, staff
from idp.school.contracts import CLAIMS, Standing
from idp.web import changed
from idp.web.changed import Change, Facts
from idp.web.desk import Desk, Rule, room, typed
from idp.web.errors import not_found
from idp.web.services import Services
from idp.web.session import services
from idp.web.unit import read_db, write_db

ORDER = ("given_name", "name", "family_name", "group", "school", "role", "locale", "eck_id")
"""In which order claims stand on a page; every one of `contracts.CLAIMS`."""


def publishers(desk: Desk) -> ResponseReturnValue:
    """All of them, on or off."""
    found = contracts.of_school(read_db(), desk.school_id)
    return render_template("ict/publishers.html", publishers=found, order=ORDER, done="klaar" in request.args)


def publisher(desk: Desk, client_id: str) -> ResponseReturnValue:
    """One of them, and what it sees of a child."""
    return _page(desk, _find(desk, client_id), {})


def change_publisher(desk: Desk, client_id: str) -> ResponseReturnValue:
    """On with these claims, or off. A claim that the publisher never asked for cannot be given."""
    db = write_db()
    found = _find(desk, client_id)
    if changes := changed.since(_shown(found)):
        return _page(desk, found, {}, changes), 409
    if typed("open") == "yes":
        wanted = set(request.form.getlist("claim")) & (found.asks | found.told)
        contracts.agree(db, desk.school_id, client_id, wanted, now(), desk.actor)
    elif typed("open") == "no":
        contracts.close(db, desk.school_id, client_id, now(), desk.actor)
    else:
        return _page(desk, found, {"open": _("Kies aan of uit.")}), 422
    return redirect(url_for("ict_publishers.publishers", klaar="ja"), 303)


def _find(desk: Desk, client_id: str) -> Standing:
    standing = contracts.of_school(read_db(), desk.school_id)
    found = next((one for one in standing if one.client_id == client_id), None)
    if found is None:
        raise not_found()
    return found


def _shown(found: Standing) -> Facts:
    """What a form is made from."""
    told = " ".join(name for name in ORDER if name in found.told)
    return {"open": "yes" if found.open else "", "claims": told}


def _page(desk: Desk, found: Standing, problems: Mapping[str, str], changes: Sequence[Change] = ()) -> str:
    db, pupil_id = read_db(), request.args.get("leerling", "")
    pupil = pupils.by_id(db, pupil_id) if pupil_id else None
    if pupil_id and (pupil is None or pupil.school_id != desk.school_id):
        raise not_found()
    seen = services().directory.claims(db, f"pupil:{pupil_id}", found.client_id, CLAIMS) if pupil else None
    return render_template(
        "ict/publisher.html",
        publisher=found,
        order=[name for name in ORDER if name in found.asks | found.told],
        shown=changed.written(_shown(found)),
        changes=changes,
        groups=[(group, groups.pupils_of(db, desk.school_id, group.id)) for group in staff.groups_of(db, desk.member)],
        pupil=pupil,
        seen=None if seen is None else [(name, seen[name]) for name in ORDER if name in seen],
        problems=problems,
    )


RULES = (
    Rule("GET", "/ict/uitgevers", "publisher.manage", publishers),
    Rule("GET", "/ict/uitgevers/<client_id>", "publisher.manage", publisher),
    Rule("POST", "/ict/uitgevers/<client_id>", "publisher.manage", change_publisher),
)


def blueprint(_services: Services) -> Blueprint:
    """The pages."""
    return room("ict_publishers", RULES)
