"""In which kind of browser a member of staff is signed in: all that their own page says of where (ASVS 5.0 V7.5.2)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select

from idp.school.models import StaffVisit

BROWSERS: Final = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
"""What stands in a User-Agent header, and the family that it means. The first that fits: many claim to be others."""


def family(user_agent: str) -> str:
    """ "Firefox, Windows"; "" for what is neither. The header itself is not kept: it can single somebody out."""
    found = (next((name for sign, name in table if sign in user_agent), "") for table in (BROWSERS, SYSTEMS))
    return ", ".join(name for name in found if name)


def note(db: Connection, sid: str, staff_id: str, user_agent: str, now: datetime) -> None:
    """Write down that this session began."""
    db.execute(insert(StaffVisit).values(sid=sid, staff_id=staff_id, browser=family(user_agent), started_at=now))


def browsers(db: Connection, sids: Iterable[str]) -> Mapping[str, str]:
    """The family of each of these sessions' browsers, by sid."""
    asked = select(StaffVisit.sid, StaffVisit.browser).where(StaffVisit.sid.in_(list(sids)))
    return {row.sid: row.browser for row in db.execute(asked)}
