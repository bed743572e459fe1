"""/koppel: somebody confirms a board or tablet that has no keyboard of its own (RFC 8628 3.3).

The code leads to a pending request like any other step; who has to sign in first does so through the front door, and
comes back to the question which app it is, and yes or no.
"""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.engine.requests import pending
from idp.engine.requests.devices import PARAMETER, Waiting, normal, written
from idp.engine.requests.parameters import Parameters
from idp.engine.tokens.claims import names_of
from idp.kernel.clock import now
from idp.kernel.throttle import Locked, give_back, take
from idp.kernel.words import msgid
from idp.web.errors import START, PageError, Way
from idp.web.services import Services
from idp.web.session import continue_id, current_login, keep_request, services, touch, waiting_request
from idp.web.source import source_of
from idp.web.unit import read_db, write_db

LIMIT = "device_code"
MAX_CODE = 20
AGAIN = Way(msgid("Andere code invullen"), "/koppel")

UNKNOWN = msgid("Deze code kennen we niet, of hij is verlopen. Kijk goed op het bord, of vraag daar een nieuwe code.")
LOCKED = msgid("Er zijn te veel codes geprobeerd. Wacht even en probeer het dan opnieuw.")


def blueprint(_services: Services) -> Blueprint:
    """The code, and the question."""
    pages = Blueprint("device", __name__)
    pages.add_url_rule("/koppel", view_func=code_page, methods=["GET"])
    pages.add_url_rule("/koppel", view_func=look_up, methods=["POST"])
    pages.add_url_rule("/koppel/bevestig", view_func=question, methods=["GET"])
    pages.add_url_rule("/koppel/bevestig", view_func=answer, methods=["POST"])
    return pages


def code_page() -> ResponseReturnValue:
    """The form; a code in the address (a QR code) is filled in, and does nothing yet."""
    return _form(request.args.get("code", ""))


def look_up() -> ResponseReturnValue:
    """Which device shows this code? Each try is counted for the place that it comes from (RFC 8628 5.1)."""
    typed, ours = request.form.get("code", "")[:MAX_CODE], services()
    place = source_of(request, ours.trusted_proxies)
    if isinstance(take(write_db(), LIMIT, place, now()), Locked):
        return _form(typed, _(LOCKED)), 429
    found = ours.engine.devices.look_up(write_db(), typed, now())
    if found is None:
        return _form(typed, _(UNKNOWN)), 422
    give_back(write_db(), LIMIT, place)
    asked = Parameters({"client_id": found.client.id, PARAMETER: found.id, "user_code": written(normal(typed) or "")})
    return redirect(f"/authorize?continue={keep_request(asked)}", 303)


def question() -> ResponseReturnValue:
    """Which app it is, what it would be told, and whether the code is the one on the board (RFC 8628 5.4)."""
    found, login = _waiting(), current_login()
    if login is None:
        return redirect(f"/authorize?continue={continue_id()}", 303)
    ours, db = services(), read_db()
    allowed = ours.directory.may_open(db, login.subject, found.client.id)
    if allowed is None:
        raise _not_this_app()
    names = names_of(found.scope, {}) & allowed
    facts = ours.directory.claims(db, login.subject, found.client.id, names) or {}
    waiting = waiting_request()
    code = waiting.parameters.get("user_code") if waiting else ""
    return render_template(
        "device/question.html", publisher=found.client.name, facts=facts, code=code, request_id=continue_id()
    )


def answer() -> ResponseReturnValue:
    """Yes or no; either is the end of the question."""
    found, login, identifier = _waiting(), current_login(), continue_id() or ""
    devices = services().engine.devices
    if request.form.get("confirm") != "yes":
        pending.end(write_db(), identifier, now())
        devices.deny(write_db(), found.id, now())
        return render_template("device/done.html", confirmed=False, publisher=found.client.name)
    if login is None:
        return redirect(f"/authorize?continue={identifier}", 303)
    allowed = services().directory.may_open(read_db(), login.subject, found.client.id)
    if allowed is None:
        raise _not_this_app()
    touch()
    pending.end(write_db(), identifier, now())
    if not devices.approve(write_db(), found.id, login, allowed, now()):
        raise _gone()
    return render_template("device/done.html", confirmed=True, publisher=found.client.name)


def _form(code: str, problem: str = "") -> str:
    return render_template("device/code.html", code=code[:MAX_CODE], problem=problem)


def _waiting() -> Waiting:
    """The device of this browser's question. Raises PageError when it is answered, or waited too long."""
    waiting = waiting_request()
    request_id = waiting.parameters.values.get(PARAMETER) if waiting is not None else None
    found = services().engine.devices.find(read_db(), request_id, now()) if request_id is not None else None
    if found is None:
        raise _gone()
    return found


def _gone() -> PageError:
    return PageError(
        400,
        msgid("Dit scherm wacht niet meer"),
        msgid("Er is al geantwoord, of het duurde te lang. Vraag op het bord een nieuwe code."),
        why="device_gone",
        ways=(AGAIN, START),
    )


def _not_this_app() -> PageError:
    return PageError(
        403,
        msgid("Deze app hoort niet bij jouw school"),
        msgid("Jouw school werkt niet met deze app. Vraag het aan je leerkracht."),
        why="device_not_allowed",
    )
