"""/school: on a device of the school a child chooses its group and its picture, and shows its PIN, picture or badge.

The server keeps nothing between the steps but the device: group and pupil stand in the address, and are looked for
among those of the device's school each time, so that a step that is skipped or made up ends at an earlier one.
"""

from flask import Blueprint, g, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from idp.engine.ports import Login
from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import at_school, devices, networks, pupils
from idp.school.at_school import PupilHere
from idp.school.credentials import Fail, Pass
from idp.school.devices import Place
from idp.web import farewell
from idp.web.home import asked, minutes_until
from idp.web.place import DOOR, current_place, group_of, keep_device, tiles_of
from idp.web.services import Services
from idp.web.session import current_login, end_session, finish_signin, onward, services, waiting
from idp.web.unit import read_db, write_db

NO_PIN = msgid("Een pincode is vier cijfers.")
WRONG = {
    "pin": msgid("Dat is niet jouw pincode."),
    "picture": msgid("Dat is niet jouw plaatje."),
    "badge": msgid("Deze kaart kennen we niet. Misschien is er een nieuwe. Vraag het aan je leerkracht."),
    "code": msgid("Deze nood-code klopt niet, of is al gebruikt. Vraag een nieuwe aan je leerkracht."),
}
NOTHING = {
    "pin": NO_PIN,
    "picture": msgid("Kies een plaatje."),
    "badge": msgid("Houd je kaart voor de camera of de scanner."),
    "code": msgid("Vul de nood-code van je leerkracht in."),
}
"""What a child reads after a try, by what it showed."""

BUSY = msgid("Het is even te druk. Wacht twee minuten en probeer het dan nog een keer.")


def page() -> ResponseReturnValue:
    """The groups; with `?group=ID` its tiles; with `?pupil=ID` what that child has to show."""
    place = current_place()
    if place is None or place.network is not None:
        return _no_names(place)
    chosen = at_school.one(read_db(), place, request.args.get("pupil", ""))
    if chosen is not None and "code" in request.args:
        return _code(chosen)
    if chosen is not None and chosen.method != "none":
        return _secret(chosen)
    if "kaart" in request.args:
        return _render("card", problem="")
    return _tiles(place, chosen.group_id if chosen else request.args.get("group"))


def act() -> ResponseReturnValue:
    """A group or a tile was pressed, or something shown."""
    place = current_place()
    if place is None or place.network is not None:
        return onward(DOOR)
    chosen = at_school.one(write_db(), place, request.form.get("pupil", ""))
    if "badge" in request.form:
        return _badge(place, chosen)
    if chosen is None:
        return onward(tiles_of(request.form.get("group")))
    if "code" in request.form:
        return _emergency(place, chosen)
    if "pin" in request.form or "picture" in request.form:
        return _check(place, chosen)
    found = at_school.without_secret(write_db(), place, chosen.pupil_id, now())
    return _in(place, found) if isinstance(found, Pass) else onward(f"{DOOR}?pupil={chosen.pupil_id}")


def done() -> ResponseReturnValue:
    """ "Klaar": the child's session ends everywhere, and the tiles of its group are there for the next one."""
    group_id = group_of(current_login()) or request.form.get("group")
    end_session("done")
    session.clear()
    return farewell.onward(waiting(tiles_of(group_id)))


def _check(place: Place, chosen: PupilHere) -> ResponseReturnValue:
    pin = "".join(request.form.get("pin", "").split())
    if chosen.method == "pin" and not (len(pin) == 4 and pin.isascii() and pin.isdigit()):
        return _secret(chosen, Fail("wrong"))  # no PIN at all: it counts for nothing
    found = at_school.check_secret(
        write_db(),
        services().keyring,
        place,
        chosen.pupil_id,
        pin=pin or None,
        picture=request.form.get("picture") or None,
        now=now(),
    )
    if isinstance(found, Pass):
        return _in(place, found)
    return onward(tiles_of(chosen.group_id)) if found.reason == "disabled" else _secret(chosen, found)


def _badge(place: Place, chosen: PupilHere | None) -> ResponseReturnValue:
    found = at_school.check_badge(write_db(), place, request.form["badge"], chosen.pupil_id if chosen else None, now())
    if isinstance(found, Pass):
        return _in(place, found)
    if chosen is not None and chosen.method == "badge":
        return _secret(chosen, found)
    return _render("card", problem=_told("badge", found)), _status(found)


def _emergency(place: Place, chosen: PupilHere) -> ResponseReturnValue:
    found = at_school.check_emergency(
        write_db(), services().keyring, place, chosen.pupil_id, request.form["code"], now()
    )
    return _in(place, found) if isinstance(found, Pass) else _code(chosen, found)


def _in(place: Place, passed: Pass) -> ResponseReturnValue:
    response = finish_signin(passed)
    started: Login = g.started
    devices.visit(write_db(), place, passed.subject.removeprefix("pupil:"), started.sid, now())
    return keep_device(response)


def _no_names(place: Place | None) -> str:
    """Not a school's device, or one of a school whose pupils sign in elsewhere: no group and no name."""
    if place is None:
        return _render("not_here")
    return _render("elsewhere", slug=place.network, network=networks.name_of(place.network), school=place.school_name)


def _tiles(place: Place, group_id: str | None) -> str:
    groups = at_school.groups(read_db(), place)
    group = next((group for group in groups if group.id == group_id), None)
    if group is None:
        return _render("groups", place=place, groups=groups)
    return _render("tiles", group=group, children=at_school.tiles(read_db(), place, group.id), problem="")


def _secret(chosen: PupilHere, failed: Fail | None = None) -> ResponseReturnValue:
    until = at_school.locked(read_db(), chosen.pupil_id, now()) if chosen.method != "badge" else None
    if until is not None:
        page = _render("locked", child=chosen, minutes=minutes_until(until), **_ways(chosen))
        return page, 429 if failed else 200
    by_picture = chosen.method == "picture"
    grid = pupils.picture_grid(read_db(), services().keyring, chosen.pupil_id) if by_picture else ()
    problem = _told(chosen.method, failed) if failed else ""
    folder = "at_school" if chosen.method == "badge" else "home"
    page = render_template(
        f"{folder}/{chosen.method}.html", child=chosen, grid=grid, problem=problem, **_ways(chosen), **asked()
    )
    return page, _status(failed)


def _code(chosen: PupilHere, failed: Fail | None = None) -> ResponseReturnValue:
    ways = _ways(chosen) | {"code_url": None}
    return _render("code", child=chosen, problem=_told("code", failed) if failed else "", **ways), _status(failed)


def _ways(chosen: PupilHere) -> dict[str, str | None]:
    """Where the form of a child goes, and the ways from there."""
    return {"door": DOOR, "back": tiles_of(chosen.group_id), "code_url": f"{DOOR}?pupil={chosen.pupil_id}&code=ja"}


def _told(shown: str, failed: Fail) -> str:
    if failed.reason == "locked":
        return str(_(BUSY))
    if failed.reason == "wrong" and failed.left is None:
        return str(_(NOTHING[shown]))
    if failed.left is None:
        return str(_(WRONG[shown]))
    left = ngettext("Je mag het nog %(num)s keer proberen.", "Je mag het nog %(num)s keer proberen.", failed.left)
    return f"{_(WRONG[shown])} {left}"


def _status(failed: Fail | None) -> int:
    if failed is None:
        return 200
    return 429 if failed.reason == "locked" else 422


def _render(name: str, **facts: object) -> str:
    return render_template(f"at_school/{name}.html", **facts, **asked())


def blueprint(_services: Services) -> Blueprint:
    """The page, its forms, and the end."""
    pages = Blueprint("at_school", __name__)
    pages.add_url_rule(DOOR, view_func=page, methods=["GET"])
    pages.add_url_rule(DOOR, view_func=act, methods=["POST"])
    pages.add_url_rule(f"{DOOR}/klaar", view_func=done, methods=["POST"])
    return pages
