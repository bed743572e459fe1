"""/ict/netwerk: the ICT co-ordinator says whether pupils sign in with us or in the school's network environment."""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.engine.upstream import model
from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import networks
from idp.school.networks import Way
from idp.school.policy import Thing, may
from idp.school.staff import Member
from idp.web import changed
from idp.web.changed import Change, Facts
from idp.web.errors import not_found
from idp.web.services import Services
from idp.web.session import current_staff, end_sids, needs, services
from idp.web.unit import read_db, write_db

PAGE = "/ict/netwerk"
NOT_HERE = msgid("Kies een van deze mogelijkheden.")


def look() -> ResponseReturnValue:
    """How the school works now, and what it can choose."""
    return _page(_ict())


def change() -> ResponseReturnValue:
    """Another way: whoever is signed in came in the old way, and signs in again. Slots and accounts stay."""
    member = _ict()
    school_id, after = member.school_id or "", _way()
    before = networks.way_of(write_db(), school_id)
    if changes := changed.since(_shown(before)):
        return _page(member, changes=changes), 409
    if after.network is not None and after.network != before.network and after.network not in model.names(read_db()):
        return _page(member, NOT_HERE), 422
    if before == after:
        return redirect(PAGE, 303)
    if not networks.change(write_db(), school_id, before, after, actor=f"staff:{member.id}", now=now()):
        return _page(member, changes=changed.since(_shown(networks.way_of(write_db(), school_id)))), 409
    end_sids(services().directory.signed_in_at(write_db(), school_id), "network_changed", access_lost=True)
    return redirect(f"{PAGE}?klaar=ja", 303)


def _way() -> Way:
    slug = request.form.get("network", "") or None
    return Way(slug, slug is not None and request.form.get("direct_too") == "yes")


def _shown(way: Way) -> Facts:
    """What the form is made from."""
    return {"network": way.network or "", "direct_too": "yes" if way.direct_too else ""}


def _page(member: Member, problem: str = "", changes: Sequence[Change] = ()) -> str:
    imported, school_id = model.names(read_db()), member.school_id or ""
    way = networks.way_of(read_db(), school_id)
    return render_template(
        "school_network/choose.html",
        member=member,
        way=way,
        shown=changed.written(_shown(way)),
        changes=changes,
        networks=[(slug, name, slug in imported) for slug, name in networks.NETWORKS.items()],
        keys=networks.keys_of(read_db(), school_id),
        problem=_(problem) if problem else "",
        done=request.args.get("klaar") == "ja",
    )


def _ict() -> Member:
    member = current_staff()
    if member is None or not may(member.actor, "network.change", Thing(member.school_id)):
        raise not_found()
    return member


def blueprint(_services: Services) -> Blueprint:
    """The page and its form."""
    pages = Blueprint("school_network", __name__)
    pages.add_url_rule(PAGE, view_func=needs("ict")(look), methods=["GET"])
    pages.add_url_rule(PAGE, view_func=needs("ict")(change), methods=["POST"])
    return pages
