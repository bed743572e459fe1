"""/groepen/ID/versturen: how far the mails of a group are, in numbers, with a page that looks again if it is asked to.

What a file or a paste changes is done within the request, and their sizes are bounded for it: what takes longer is the
mail. The page looks again by the header Refresh, so without JavaScript; only for whoever asked, who can stop it, and
not for ever (WCAG 2.2.2).
"""

from collections import Counter
from typing import Final

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from idp.school import networks, slot_states
from idp.web.groups import page_of
from idp.web.services import Services
from idp.web.session import needs
from idp.web.unit import read_db

LOOKS: Final = 60
"""How often the page looks again by itself: five minutes, by then whatever waits waits for a mail server."""

EVERY_S: Final = 5


def blueprint(services: Services) -> Blueprint:
    """The page."""
    pages = Blueprint("sending", __name__)

    @pages.get("/groepen/<group_id>/versturen")
    @needs("teacher", "support", "ict")
    def look(group_id: str) -> ResponseReturnValue:
        page = page_of(services, group_id)
        states = {} if page.group.network else slot_states.of_rows(read_db(), page.rows)
        counts = Counter(state.state for found in states.values() for state in found)
        total = sum(counts.values()) - counts["refused"]
        looks = _looks() if counts["queued"] else 0
        body = render_template(
            "groups/sending.html",
            group=page.group,
            network=networks.name_of(page.group.network),
            counts=counts,
            total=total,
            gone=total - counts["queued"],
            looks=looks,
            most=LOOKS,
        )
        response = make_response(body)
        if looks:
            response.headers["Refresh"] = f"{EVERY_S}; url=/groepen/{group_id}/versturen?volg={looks - 1}"
        return response

    return pages


def _looks() -> int:
    """How often the page is still to look again."""
    asked = request.args.get("volg", "")
    return min(int(asked), LOOKS) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 0
