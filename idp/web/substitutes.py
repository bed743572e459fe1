"""/groepen/ID/invaller: a colleague has a group for some days."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import substitutes
from idp.school.pupils import OneGroup
from idp.web.groups import own_group
from idp.web.language import TIMEZONE
from idp.web.services import Services
from idp.web.session import needs
from idp.web.unit import read_db, write_db

MOST_DAYS = 14
A_DAY = timedelta(days=1)


def blueprint(_services: Services) -> Blueprint:
    """The page with who has the group now, and its two forms."""
    pages = Blueprint("substitutes", __name__)

    @pages.get("/groepen/<group_id>/invaller")
    @needs("teacher", "ict")
    def look(group_id: str) -> ResponseReturnValue:
        _member, group = own_group(group_id, "substitute.give")
        return _page(group)

    @pages.post("/groepen/<group_id>/invaller")
    @needs("teacher", "ict")
    def act(group_id: str) -> ResponseReturnValue:
        db = write_db()
        member, group = own_group(group_id, "substitute.give")
        who = {"actor": f"staff:{member.id}", "school_id": group.school_id}
        if "end" in request.form:
            substitutes.end(db, group_id, request.form["end"], **who, now=now())
            return redirect(url_for("substitutes.look", group_id=group_id, klaar="gestopt"), 303)
        until = _end_of(request.form.get("until", ""))
        if until is None:
            return _page(group, {"until": _("Kies een dag.")}), 422
        problem = substitutes.give(db, group_id, request.form.get("colleague", ""), until, **who, now=now())
        if problem is not None:
            field = "until" if problem == substitutes.WRONG_DAY else "colleague"
            return _page(group, {field: _(problem)}), 422
        return redirect(url_for("substitutes.look", group_id=group_id, klaar="gegeven"), 303)

    return pages


DONE = {
    "gegeven": msgid("Je collega heeft de groep nu ook."),
    "gestopt": msgid("Je collega heeft de groep niet meer."),
}


def _page(group: OneGroup, problems: dict[str, str] | None = None) -> str:
    today = now().astimezone(ZoneInfo(TIMEZONE)).date()
    done = DONE.get(request.args.get("klaar", ""))
    return render_template(
        "groups/substitute.html",
        group=group,
        have=substitutes.of_group(read_db(), group.id, now()),
        colleagues=substitutes.colleagues(read_db(), group.id, now()),
        last_day=lambda until: until - timedelta(seconds=1),
        first=today,
        last=today + MOST_DAYS * A_DAY,
        until=request.form.get("until", (today + A_DAY).isoformat()),
        chosen=request.form.get("colleague", ""),
        problems=problems or {},
        done=_(done) if done else "",
    )


def _end_of(text: str) -> datetime | None:
    """The end of a day ("2026-03-04") as this country counts days; None = that is no day."""
    try:
        day = date.fromisoformat(text)
        return datetime.combine(day + A_DAY, time.min, ZoneInfo(TIMEZONE))
    except (ValueError, OverflowError):
        return None
