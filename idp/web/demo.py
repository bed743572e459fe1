"""/demo: who there is to be and what there is to try, and the mailbox in which the demo's mail arrives.

In a demo only; elsewhere these pages are not there.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from idp.kernel import transports
from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import demo, factors
from idp.school.pictures import BY_KEY
from idp.web.devices import enrolment_url
from idp.web.errors import not_found
from idp.web.services import Services
from idp.web.unit import read_db, write_db

ROLES = {
    "teacher": msgid("leerkracht"),
    "ict": msgid("ICT-coördinator"),
    "operator": msgid("beheerder van het platform"),
}


def blueprint(services: Services) -> Blueprint:
    """The demo's page and mailbox, each for a person and for a program."""
    pages = Blueprint("demo", __name__)

    @pages.before_request
    def only_in_a_demo() -> None:
        if not services.demo:
            raise not_found()

    @pages.get("/demo")
    def overview() -> ResponseReturnValue:
        facts = _facts(services)
        return render_template("demo/overview.html", facts=facts, roles=ROLES, pictures=BY_KEY, code_of=_code_of)

    @pages.get("/demo.json")
    def overview_json() -> ResponseReturnValue:
        return jsonify(_facts(services))

    @pages.get("/demo/postvak")
    def mailbox() -> ResponseReturnValue:
        mails = [found | {"at": datetime.fromisoformat(found["sent_at"])} for found in transports.newest(read_db())]
        return render_template("demo/mailbox.html", mails=mails)

    @pages.get("/demo/postvak.json")
    def mailbox_json() -> ResponseReturnValue:
        return jsonify(transports.newest(read_db()))

    return pages


def _code_of(secret: str) -> str:
    """What the app of somebody with this secret shows now: the demo has no phones."""
    return factors.totp_now(secret, now())


def _facts(services: Services) -> Mapping[str, Any]:
    """Everything that /demo.json says (CONTRACT, "Demo")."""
    told = services.demo_facts()
    token = demo.device_enrolment(write_db(), now())
    return {
        "issuer": services.issuer,
        **demo.facts(read_db(), services.keyring),
        "device_enrolment": enrolment_url(services.issuer, token) if token else None,
        "initial_access_token": told.initial_access_token,
        "publishers": list(told.publishers),
        "networks": list(told.networks),
    }
