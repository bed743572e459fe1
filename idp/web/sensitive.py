"""Which acts of a school's staff ask who they are once more, when the sign-in is older than ten minutes (`step_up`).

The table is kept before any view runs, so a view does not have to remember it. A page is asked for again after the
confirmation; a form goes on with what was typed into it. Who may not do the act at all is left to the view, which finds
nothing. Not in it, on purpose: what a teacher does in front of the class (a PIN, an emergency code, an address).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue

from idp.school.policy import RIGHTS
from idp.web.session import current_staff
from idp.web.step_up import confirm_at, confirm_here, is_fresh


@dataclass(frozen=True, slots=True)
class Sensitive:
    """`act`: of `policy.RIGHTS`, by which the page itself goes. `buttons`: only when one of these is pressed."""

    act: str
    buttons: tuple[str, ...] = ()


SENSITIVE: Final[Mapping[str, Sensitive]] = {
    # Who works here, as what, and with which second step; an end.
    "GET /ict/medewerkers/nieuw": Sensitive("staff.manage"),
    "POST /ict/medewerkers/nieuw": Sensitive("staff.manage"),
    "GET /ict/medewerkers/<staff_id>": Sensitive("staff.manage"),
    "POST /ict/medewerkers/<staff_id>": Sensitive("staff.manage"),
    # A whole roster, the end of a group, the end of a pupil.
    "POST /ict/inlezen/<draft_id>": Sensitive("roster.import", ("apply",)),
    "POST /ict/groepen/<group_id>": Sensitive("group.manage", ("close",)),
    "POST /ict/leerlingen/<pupil_id>": Sensitive("pupil.manage", ("leave",)),
    # What publishers are told, and where pupils sign in.
    "POST /ict/uitgevers/<client_id>": Sensitive("publisher.manage"),
    "GET /ict/netwerk": Sensitive("network.change"),
    "POST /ict/netwerk": Sensitive("network.change"),
    # Where the names of children are shown without any password.
    "POST /ict/apparaten/link": Sensitive("device.enrol"),
    "POST /ict/apparaten/<device_id>/einde": Sensitive("device.end"),
    "POST /ict/adressen": Sensitive("device.enrol"),
    "POST /ict/adressen/<address_id>/weg": Sensitive("device.end"),
    # All that is known of a child, or nothing any more.
    "GET /ict/leerling/<pupil_id>/gegevens": Sensitive("data.export"),
    "GET /ict/leerling/<pupil_id>/gegevens.json": Sensitive("data.export"),
    "POST /ict/leerling/<pupil_id>/gegevens": Sensitive("data.erase"),
    # A new card is a key on paper, and ends the one before it.
    "POST /groepen/<group_id>/kaarten": Sensitive("cards.print"),
    "POST /groepen/<group_id>/kaarten.pdf": Sensitive("cards.print"),
}
"""Method and rule -> what is asked. Acts of operators and of members' own accounts ask in their own rooms."""


def install(app: Flask) -> None:
    """Keep the table; after the form's token was looked at."""
    app.before_request(_ask)


def _ask() -> ResponseReturnValue | None:
    method = "GET" if request.method == "HEAD" else request.method
    row = SENSITIVE.get(f"{method} {request.url_rule.rule}") if request.url_rule else None
    if row is None or (row.buttons and not any(button in request.form for button in row.buttons)):
        return None
    member = current_staff()
    if member is None or member.role not in RIGHTS[row.act] or is_fresh():
        return None
    return redirect(confirm_at(request.path.removesuffix(".json")), 303) if method == "GET" else confirm_here(member)
