"""/ict/logboek: what happened at the own school, on pages and as a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel import audit
from idp.kernel.audit import Event
from idp.school import employing
from idp.school.roster import sheet
from idp.web import happenings, naming
from idp.web.desk import Desk, Rule, room
from idp.web.language import TIMEZONE
from idp.web.services import Services
from idp.web.unit import read_db

AT_ONCE, IN_A_FILE = 50, 20_000
"""Events on a page, and in a file."""


@dataclass(frozen=True, slots=True)
class Line:
    """An event as somebody reads it."""

    at: datetime
    what: str
    who: str
    whom: str
    about: str | None  # the subject, to see only its events


def log_book(desk: Desk) -> ResponseReturnValue:
    """The newest first; of one person only, when asked."""
    about, page = request.args.get("wie", ""), _page_number()
    found = audit.of_school(read_db(), desk.school_id, about, AT_ONCE + 1, (page - 1) * AT_ONCE)
    return render_template(
        "ict/audit.html",
        lines=_lines(desk, found[:AT_ONCE]),
        more=len(found) > AT_ONCE,
        page=page,
        about=about,
        called=naming.names(read_db(), desk.member.actor, [about]).get(about, ""),
        colleagues=employing.colleagues(read_db(), desk.school_id),
    )


def log_file(desk: Desk) -> ResponseReturnValue:
    """The same as a file for a spreadsheet."""
    found = audit.of_school(read_db(), desk.school_id, request.args.get("wie", ""), IN_A_FILE, 0)
    zone = ZoneInfo(TIMEZONE)
    rows = [
        (line.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"), line.what, line.who, line.whom)
        for line in _lines(desk, found)
    ]
    content = sheet.export((_("Wanneer"), _("Wat"), _("Door wie"), _("Over wie")), rows)
    disposition = {"Content-Disposition": 'attachment; filename="logboek.csv"'}
    return Response(content, mimetype="text/csv", headers=disposition)


def _lines(desk: Desk, events: Sequence[Event]) -> list[Line]:
    subjects = [subject for event in events for subject in (event.actor, event.thing)]
    called = naming.names(read_db(), desk.member.actor, subjects)
    return [
        Line(
            event.at,
            str(_(happenings.of(event.act, event.facts).what)),
            called.get(event.actor or "", ""),
            called.get(event.thing or "", ""),
            event.thing,
        )
        for event in events
    ]


def _page_number() -> int:
    written = request.args.get("pagina", "1")
    return min(int(written), 10_000) if written.isascii() and written.isdecimal() and int(written) else 1


RULES = (
    Rule("GET", "/ict/logboek", "audit.view", log_book),
    Rule("GET", "/ict/logboek.csv", "audit.view", log_file),
)


def blueprint(_services: Services) -> Blueprint:
    """The two."""
    return room("ict_audit", RULES)
