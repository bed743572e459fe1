"""Devices of the demo's main school, and its children in front of them."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from idp.engine.tables import SESSION
from idp.kernel.clock import now
from idp.school import badges, child_secrets
from idp.school.child_secrets import Sealed
from idp.school.models import Group, Pupil, School
from tests.site import Site
from tests.visitor import Page, Visitor


@dataclass(frozen=True, slots=True)
class Child:
    """A child of the demo, with everything that it could show."""

    id: str
    first_name: str
    group: str
    pin: str
    picture: str


def children_of(site: Site, group: str, school: str = "De Regenboog") -> list[Child]:
    """The children of a group of a school, by roster."""
    with site.database.read() as db:
        rows = db.execute(
            select(Pupil.id, Pupil.first_name, Pupil.group_id, Pupil.pin, Pupil.secret_picture)
            .join(Group, Group.id == Pupil.group_id)
            .join(School, School.id == Group.school_id)
            .where(Group.name == group, School.name == school)
            .order_by(Pupil.roster_key)
        ).all()
    found = []
    for row in rows:
        sealed = Sealed(row.id, row.pin, row.secret_picture)
        pin, picture = (read(site.keyring, sealed) for read in (child_secrets.pin_of, child_secrets.secret_picture_of))
        found.append(Child(row.id, row.first_name, row.group_id, pin, picture))
    return found


def enrolment(site: Site) -> str:
    """The path of a fresh enrolment link, as the demo tells it."""
    url = json.loads(Visitor(site.wsgi).open("/demo.json").text)["device_enrolment"]
    return str(url).removeprefix(site.issuer)


def a_tablet(site: Site, visitor: Visitor | None = None, name: str = "Tablet 1") -> Visitor:
    """A browser that is a device of the school."""
    visitor = visitor or Visitor(site.wsgi)
    page = visitor.open(enrolment(site)).submit({"name": name})
    assert page.path == "/school", page.text
    return visitor


def at_tile(tablet: Visitor, child: Child, start: str = "/school") -> Page:
    """From the groups to what this child has to show (or, where that is nothing, to where it ends up)."""
    return tablet.open(start).submit(button=f"group={child.group}").submit(button=f"pupil={child.id}")


def a_badge(site: Site, child: Child) -> str:
    """A card of this child, just printed."""
    with site.database.write() as db:
        return badges.mint(db, [child.id], "staff:x", now())[child.id]


def a_code(site: Site, child: Child) -> str:
    """An emergency code for this child."""
    with site.database.write() as db:
        return badges.make_code(db, site.keyring, child.id, "anna", now()) or ""


def signed_in_as(site: Site) -> tuple[str, str]:
    """Whose the newest live session is, and how it came about."""
    with site.database.read() as db:
        rows = select(SESSION.c.subject, SESSION.c.acr).where(SESSION.c.ended_at.is_(None))
        subject, acr = db.execute(rows.order_by(SESSION.c.started_at.desc()).limit(1)).one()
    return str(subject).removeprefix("pupil:"), str(acr).rsplit(":", 1)[1]


def live_sessions(site: Site) -> int:
    """How many sessions there are."""
    with site.database.read() as db:
        return len(db.execute(select(SESSION.c.sid).where(SESSION.c.ended_at.is_(None))).all())


def names_in(page: Page, children: list[Child]) -> list[Any]:
    """Which of these first names stand on the page."""
    return [child.first_name for child in children if child.first_name in page.text]
