"""/groepen: the groups of a teacher, or of the whole school for an ICT co-ordinator, and the page of one group."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from idp.kernel.words import msgid
from idp.school import networks, progress, pupils, staff
from idp.school.pictures import BY_KEY
from idp.school.policy import may
from idp.web.errors import not_found
from idp.web.services import Services
from idp.web.session import current_staff, needs
from idp.web.unit import read_db

LEGEND = {
    "Nee/Nee": msgid("Nog geen e-mailadres ingevuld."),
    "Ja/Nee": msgid("E-mailadres ingevuld. De ouder heeft nog geen wachtwoord gekozen."),
    "Ja/Ja": msgid("Klaar: deze leerling kan thuis inloggen."),
}
"""What each status of the column Thuislogin means; the words themselves are the same in every language."""


def blueprint(services: Services) -> Blueprint:
    """The two pages."""
    pages = Blueprint("groups", __name__)

    @pages.get("/groepen")
    @needs("teacher", "support", "ict", "operator")
    def groups() -> ResponseReturnValue:
        member = current_staff()
        if member is None:
            raise not_found()
        found = staff.groups_of(read_db(), member)
        counts = progress.of_groups(read_db(), [group.id for group in found])
        return render_template(
            "groups/list.html",
            member=member,
            network=networks.name_of(member.network),
            groups=[(group, counts[group.id]) for group in found],
            legend=LEGEND,
        )

    @pages.get("/groepen/<group_id>")
    @needs("teacher", "support", "ict")
    def group(group_id: str) -> ResponseReturnValue:
        page = _page_of(services, group_id)
        only = request.args.get("toon")
        return render_template(
            "groups/group.html",
            group=page.group,
            teachers=page.teachers,
            pictures=BY_KEY,
            network=networks.name_of(page.group.network),
            rows=[row for row in page.rows if only not in LEGEND or row.home_status == only],
            counts={status: sum(row.home_status == status for row in page.rows) for status in LEGEND},
            total=len(page.rows),
            only=only if only in LEGEND else None,
            legend=LEGEND,
            saved=next((row for row in page.rows if row.id == request.args.get("gewijzigd")), None),
        )

    return pages


def _page_of(services: Services, group_id: str) -> pupils.GroupPage:
    """The group's page. Raises PageError 404 for a group that is not there, or not this member's."""
    member = current_staff()
    if member is None:
        raise not_found()
    actor = staff.actor_of(read_db(), member)
    page = pupils.group_page(read_db(), services.keyring, group_id, lambda thing: may(actor, "group.view", thing))
    if page is None:
        raise not_found()
    return page
