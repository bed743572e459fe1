"""/ict: where an ICT co-ordinator starts. What needs somebody, and the way to the rest."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from idp.kernel import audit
from idp.kernel.clock import now
from idp.school import employing, groups, networks, progress, staff
from idp.web.desk import Desk, Rule, choices_of, choices_of_roles, role_name, room
from idp.web.services import Services
from idp.web.unit import read_db

OLD_DAYS = 35
"""After which a roster is called old: schools send one a month."""


def start(desk: Desk) -> ResponseReturnValue:
    """The start page."""
    db, school_id = read_db(), desk.school_id
    found = staff.groups_of(db, desk.member)
    counts = progress.of_groups(db, [group.id for group in found])
    colleagues = employing.colleagues(db, school_id)
    applied = audit.history(db, f"school:{school_id}", ("roster.applied",))
    read_at = applied[-1].at if applied else None
    network = networks.name_of(desk.member.network)
    return render_template(
        "ict/start.html",
        member=desk.member,
        network=network,
        refused=[] if network else progress.refused_mails(db, school_id),
        without=[] if network else [(group, counts[group.id]) for group in found if counts[group.id].empty],
        groups=len(found),
        pupils=sum(one.pupils for one in counts.values()),
        unplaced=len(groups.pupils_of(db, school_id, None)),
        colleagues=len(colleagues),
        waiting=[one for one in colleagues if not one.ready],
        read_at=read_at,
        old=read_at is not None and (now() - read_at).days > OLD_DAYS,
    )


RULES = (Rule("GET", "/ict", "school.view", start),)


def blueprint(_services: Services) -> Blueprint:
    """The one page; and what every page of staff may ask."""
    pages = room("ict", RULES)
    asked = (role_name, choices_of, choices_of_roles)
    pages.app_context_processor(lambda: {one.__name__: one for one in asked})
    return pages
