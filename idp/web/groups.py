"""/groepen: the groups of a teacher, or of the whole school for an ICT co-ordinator, and the page of one group."""

from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from idp.kernel.words import msgid
from idp.school import networks, progress, pupils, slot_states, staff
from idp.school.pictures import BY_KEY
from idp.school.policy import may
from idp.school.pupils import OneGroup
from idp.school.staff import Member
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


SAID = ("geplakt", "overgeslagen", "herinnerd", "vandaag", "wachtend", "geweigerd", "codes")
"""What this page's address may say was just done; see templates/groups/said.html."""


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
        return _one(page_of(services, group_id))

    return pages


def _one(page: pupils.GroupPage) -> str:
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
        revealed=page.revealed,
        only=only if only in LEGEND else None,
        legend=LEGEND,
        saved=next((row for row in page.rows if row.id == request.args.get("gewijzigd")), None),
        states={} if page.group.network else slot_states.of_rows(read_db(), page.rows),
        said=_said(),
        say=_,
    )


def own_group(group_id: str, act: str) -> tuple[Member, OneGroup]:
    """The member on this browser and the group. Raises PageError 404 unless the member may do this to the group."""
    member, found = current_staff(), pupils.group_by_id(read_db(), group_id)
    if member is None or found is None or not may(member.actor, act, found.thing):
        raise not_found()
    return member, found


def page_of(services: Services, group_id: str, act: str = "group.view") -> pupils.GroupPage:
    """The group with its pupils. Raises PageError 404 unless the member on this browser may do this to it."""
    member = current_staff()
    if member is None:
        raise not_found()
    permits, reveals = (partial(may, member.actor, each) for each in (act, "secret.view"))
    page = pupils.group_page(read_db(), services.keyring, group_id, permits, reveals)
    if page is None:
        raise not_found()
    return page


def to_group(group_id: str, **said: int) -> Response:
    """303 to the group's page, which says what was done (names of SAID)."""
    return redirect(f"/groepen/{group_id}?{urlencode(said)}", 303)


def _said() -> dict[str, int]:
    """What was just done to the whole group: numbers alone, from the address of the page."""
    return {
        name: int(text)
        for name in SAID
        if (text := request.args.get(name, "")).isdecimal() and text.isascii() and len(text) < 6
    }
