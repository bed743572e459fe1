"""/hulp: a member of staff types in a support code, and reads what happened, when, to whom, and what to do next."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel import audit, throttle
from idp.kernel.clock import now
from idp.web import happenings, naming
from idp.web.desk import Desk, Rule, room
from idp.web.services import Services
from idp.web.unit import read_db, write_db


def ask(_desk: Desk) -> ResponseReturnValue:
    """The field for a code."""
    return _page({})


def look_up(desk: Desk) -> ResponseReturnValue:
    """What the code means."""
    typed = request.form.get("code", "")[:100]
    if not typed.strip():
        return _page({"code": _("Vul een code in.")}), 422
    if isinstance(throttle.take(write_db(), "support_code", desk.member.id, now()), throttle.Locked):
        return _page({"code": _("Je hebt heel veel codes opgezocht. Wacht tien minuten.")}), 429
    found = audit.find(read_db(), typed)
    if found is None:
        sentence = _("Deze code is er niet (meer). Een code heeft acht letters en cijfers, zonder I, O, 0 en 1.")
        return _page({"code": sentence}), 404
    at, act, actor, thing, facts = found
    member = desk.member.actor
    said, called = happenings.of(act, facts), naming.names(read_db(), member, (actor, thing))
    return render_template(
        "support/support.html",
        problems={},
        code=typed,
        at=at,
        what=_(said.what),
        do=_(said.do or happenings.NOTHING),
        who=called.get(actor or "", ""),
        whom=called.get(thing or "", ""),
        page=str(facts.get("page", "")).removeprefix("unknown"),
    )


def _page(problems: dict[str, str]) -> str:
    return render_template("support/support.html", problems=problems, code=request.form.get("code", "")[:100], at=None)


RULES = (
    Rule("GET", "/hulp", "support.look_up", ask),
    Rule("POST", "/hulp", "support.look_up", look_up),
)


def blueprint(_services: Services) -> Blueprint:
    """The one page."""
    return room("support", RULES)
