"""/ict/apparaten: a school's devices and addresses, as its ICT co-ordinator sees them; /apparaat/TOKEN: a browser
becomes a device.

Opening the link spends nothing, so that a chat program that looks at it first takes nothing away; the form does.
"""

import io

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.kernel.needed import WhenNeeded
from idp.kernel.words import msgid
from idp.school import devices
from idp.school.policy import Thing, may
from idp.school.staff import Member
from idp.web import link_guesses
from idp.web.errors import not_found
from idp.web.gone import gone
from idp.web.place import current_place, keep_device
from idp.web.services import Services
from idp.web.session import current_staff, end_sids, needs, services, sign_out
from idp.web.source import address_of
from idp.web.unit import read_db, write_db

segno = WhenNeeded("segno")

LIST = "/ict/apparaten"
NO_NAME = msgid("Geef het apparaat een naam, bijvoorbeeld Tablet 3.")
LONG_NAME = msgid("Deze naam is te lang. Kort is beter: Tablet 3.")


def enrolment_url(issuer: str, token: str) -> str:
    """The address of an enrolment link."""
    return f"{issuer}/apparaat/{token}"


def qr_svg(text: str) -> str:
    """A QR as a piece of a page, to be drawn in the colour of its text."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=True, border=4, svgclass="qr", lineclass=None, omitsize=True, nl=False
    )
    return drawn.getvalue().decode()


def overview() -> ResponseReturnValue:
    """The devices, the addresses, and a form for each."""
    return _list(_ict("device.enrol"))


def new_link() -> ResponseReturnValue:
    """A fresh link with its QR: shown now and kept nowhere."""
    member = _ict("device.enrol")
    token = devices.mint_link(write_db(), member.school_id or "", member.id, now())
    url = enrolment_url(services().issuer, token)
    return render_template("devices/link.html", url=url, qr=qr_svg(url), member=member)


def end(device_id: str) -> ResponseReturnValue:
    """A device is the school's no longer, and whoever came in on it is signed out."""
    member = _ict("device.end")
    sids = devices.end(write_db(), member.school_id or "", device_id, f"staff:{member.id}", now())
    if sids is None:
        raise gone(member, f"device:{device_id}", LIST)
    end_sids(sids, "device_ended", access_lost=True)
    return redirect(f"{LIST}?klaar=apparaat", 303)


def add_address() -> ResponseReturnValue:
    """Register the school's address on the internet."""
    member = _ict("device.enrol")
    typed = request.form.get("network", "")
    refused = devices.add_address(write_db(), member.school_id or "", typed, member.id, now())
    if refused is None:
        return redirect(f"{LIST}?klaar=adres", 303)
    return _list(member, {"network": _(refused.message, **refused.values)}, typed), 422


def remove_address(address_id: str) -> ResponseReturnValue:
    """An address counts no longer, and whoever came in there is signed out."""
    member = _ict("device.end")
    sids = devices.remove_address(write_db(), member.school_id or "", address_id, f"staff:{member.id}", now())
    if sids is None:
        raise gone(member, f"address:{address_id}", LIST)
    end_sids(sids, "address_removed", access_lost=True)
    return redirect(f"{LIST}?klaar=weg", 303)


def look(token: str) -> ResponseReturnValue:
    """What the link would do; it is not spent."""
    return _link_page(token)


def enrol(token: str) -> ResponseReturnValue:
    """This browser becomes a device of the school. Whoever was signed in on it is so no more."""
    name = " ".join(request.form.get("name", "").split())
    problem = NO_NAME if not name else LONG_NAME if len(name) > devices.MAX_NAME else None
    if problem:
        return _link_page(token, {"name": _(problem)}, name), 422
    own = devices.enrol(write_db(), token, name, now())
    if own is None:
        return _link_page(token)
    sign_out("device_enrolled")
    return keep_device(redirect("/school", 303), own)


def _list(member: Member, problems: dict[str, str] | None = None, typed: str = "") -> str:
    here, school_id = current_place(), member.school_id or ""
    return render_template(
        "devices/list.html",
        member=member,
        devices=devices.of_school(read_db(), school_id),
        addresses=devices.addresses_of(read_db(), school_id),
        here=here.device_id if here else None,
        address=address_of(request, services().trusted_proxies),
        typed=typed,
        problems=problems or {},
        done=request.args.get("klaar"),
    )


def _link_page(token: str, problems: dict[str, str] | None = None, name: str = "") -> str:
    link_guesses.count(
        msgid("Er zijn hier te veel links geopend. Probeer het over twee minuten opnieuw."), why="too_many_links"
    )
    link = devices.look_at(read_db(), token, now())
    state = link.state if link else "unknown"
    return render_template(
        "devices/enrol.html", link=link, state=state, name=name, problems=problems or {}, here=current_place()
    )


def _ict(act: str) -> Member:
    """The co-ordinator on this browser. Raises PageError 404 for anybody else."""
    member = current_staff()
    if member is None or not may(member.actor, act, Thing(member.school_id)):
        raise not_found()
    return member


def blueprint(_services: Services) -> Blueprint:
    """The pages of ICT, and the page of a link."""
    pages, ict = Blueprint("devices", __name__), needs("ict")
    pages.add_url_rule(LIST, view_func=ict(overview), methods=["GET"])
    pages.add_url_rule(f"{LIST}/link", view_func=ict(new_link), methods=["POST"])
    pages.add_url_rule(f"{LIST}/<device_id>/einde", view_func=ict(end), methods=["POST"])
    pages.add_url_rule("/ict/adressen", view_func=ict(add_address), methods=["POST"])
    pages.add_url_rule("/ict/adressen/<address_id>/weg", view_func=ict(remove_address), methods=["POST"])
    pages.add_url_rule("/apparaat/<token>", view_func=look, methods=["GET"])
    pages.add_url_rule("/apparaat/<token>", view_func=enrol, methods=["POST"])
    return pages
