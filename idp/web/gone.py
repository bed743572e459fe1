"""What a co-ordinator acts on may be gone, because a colleague was first: then that is what the page says."""

from typing import Final
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import format_datetime
from flask_babel import gettext as _

from idp.kernel import audit
from idp.kernel.words import msgid
from idp.school.staff import Member
from idp.web import happenings, naming
from idp.web.errors import PageError, Way, not_found
from idp.web.language import TIMEZONE
from idp.web.unit import read_db

ENDS: Final = frozenset({"device.ended", "address.removed", "group.closed", "staff.ended", "pupil.left"})
"""Acts after which a thing is the school's no longer."""

RECENT: Final = 20
"""Events of one thing that are looked through for its end."""


def gone(member: Member, thing: str, back: str) -> PageError:
    """To be raised for a thing ("device:ID") that is not there: how it ended in the member's own school, or nothing."""
    if member.school_id is None:
        return not_found()
    events = audit.of_school(read_db(), member.school_id, thing, RECENT, 0)
    end = next((event for event in events if event.act in ENDS and event.thing == thing), None)
    if end is None:
        return not_found()
    called = naming.names(read_db(), member.actor, [end.actor])
    told = {
        "what": _(happenings.of(end.act, end.facts).what),
        "who": called.get(end.actor or "", "") or _("het programma zelf"),
        "when": format_datetime(end.at.astimezone(ZoneInfo(TIMEZONE)), "d MMMM, HH:mm", rebase=False),
    }
    return PageError(
        409 if request.method == "POST" else 404,
        msgid("Een collega was je voor"),
        msgid("Hier hoef je niets meer te doen. %(what)s Dat deed %(who)s, op %(when)s."),
        why="gone_meanwhile",
        values=told,
        ways=(Way(msgid("Terug naar de lijst"), back),),
    )
