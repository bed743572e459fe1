"""/groepen/ID/kaarten: the printed cards of a group, as a page and as a PDF.

GET shows the cards as they are, without a code: a badge's code is kept nowhere. POST makes new badges, which ends the
old ones, and answers with the cards on which they stand.
"""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.school import badges, cards, pupils
from idp.school.cards import Card
from idp.school.pictures import BY_KEY
from idp.school.policy import may
from idp.school.pupils import GroupPage
from idp.web.devices import qr_svg
from idp.web.errors import not_found
from idp.web.services import Services
from idp.web.session import current_staff, needs, services
from idp.web.unit import read_db, release, write_db


def look(group_id: str) -> ResponseReturnValue:
    """The cards without a code, who has a badge since when, and the form that makes new ones."""
    page = _group(group_id)
    return _page(page, cards.of_group(page, {}), new=False)


def look_pdf(group_id: str) -> ResponseReturnValue:
    """The same as a PDF."""
    page = _group(group_id)
    return _pdf(page, {}, None)


def print_page(group_id: str) -> ResponseReturnValue:
    """New badges, on a page to print now."""
    page, made, only = _mint(group_id)
    return _page(page, cards.of_group(page, made, only), new=True)


def print_pdf(group_id: str) -> ResponseReturnValue:
    """New badges, as a PDF to print or to keep."""
    return _pdf(*_mint(group_id))


def _mint(group_id: str) -> tuple[GroupPage, Mapping[str, str], list[str] | None]:
    """New badges for the group, or for the one pupil that the form names; the ones before are worth nothing."""
    write_db()  # what is looked at here is written in the same transaction
    page, member = _group(group_id), current_staff()
    if member is None:
        raise not_found()
    wanted = request.form.get("pupil", "")
    only = [wanted] if wanted else None
    if only and wanted not in {row.id for row in page.rows}:
        raise not_found()
    made = badges.mint(write_db(), only or [row.id for row in page.rows], f"staff:{member.id}", now())
    release()  # drawing takes a while
    return page, made, only


def _group(group_id: str) -> GroupPage:
    """The group. Raises PageError 404 for one that is not there, or whose cards are not this member's to print."""
    member = current_staff()
    if member is None:
        raise not_found()
    actor = member.actor
    keyring = services().keyring
    page = pupils.group_page(read_db(), keyring, group_id, lambda thing: may(actor, "cards.print", thing))
    if page is None:
        raise not_found()
    return page


def _page(page: GroupPage, drawn: Sequence[Card], *, new: bool) -> str:
    return render_template(
        "cards/cards.html",
        group=page.group,
        rows=page.rows,
        sheets=[drawn[start : start + cards.PER_PAGE] for start in range(0, len(drawn), cards.PER_PAGE)],
        printed=badges.printed_at(read_db(), [row.id for row in page.rows]),
        pictures=BY_KEY,
        qr=qr_svg,
        new=new,
    )


def _pdf(page: GroupPage, made: Mapping[str, str], only: list[str] | None) -> Response:
    labels = {"pin": _("Pincode"), "picture": _("Wachtwoordplaatje")}
    title = _("Kaarten van %(group)s", group=page.group.name)
    content = cards.pdf(cards.of_group(page, made, only), title, labels)
    name = "kaarten.pdf"  # no name of a group or a child in a file name
    return Response(content, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


def blueprint(_services: Services) -> Blueprint:
    """The page and the PDF."""
    pages, staff_only = Blueprint("cards", __name__), needs("teacher", "ict")
    rules = (
        ("kaarten", look, "GET"),
        ("kaarten", print_page, "POST"),
        ("kaarten.pdf", look_pdf, "GET"),
        ("kaarten.pdf", print_pdf, "POST"),
    )
    for name, view, method in rules:
        pages.add_url_rule(f"/groepen/<group_id>/{name}", view_func=staff_only(view), methods=[method])
    return pages
