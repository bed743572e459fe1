"""/beheer: the platform in one look, and its keys, its outbox, its limits and its log. No page names a pupil."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.engine import keys as signing_keys
from idp.kernel import audit, outbox
from idp.kernel.clock import now
from idp.kernel.db import size_mib
from idp.kernel.throttle import LIMITS, Limit
from idp.kernel.words import msgid
from idp.web.errors import not_found
from idp.web.health import not_ready
from idp.web.services import Services
from idp.web.session import current_staff, needs, services
from idp.web.step_up import fresh
from idp.web.unit import read_db, release, write_db

SIZES = {
    "schools": msgid("Scholen"),
    "pupils": msgid("Leerlingen"),
    "home_accounts": msgid("Thuisaccounts"),
    "sessions": msgid("Lopende sessies"),
}
KEY_STATES = {
    "next": msgid("gepubliceerd, nog niet in gebruik"),
    "active": msgid("in gebruik"),
    "retired": msgid("tekent niets meer"),
}
LIMIT_REASONS: Mapping[str, str] = {
    "home_password": msgid("Eén thuisaccount, vanaf één plek."),
    "home_password_all": msgid("Eén thuisaccount, vanaf alle plekken samen. Ruim en kort: het treft ook de eigenaar."),
    "staff_password": msgid("Eén account van een school, vanaf één plek."),
    "staff_password_all": msgid("Eén account van een school, vanaf alle plekken samen."),
    "password_source": msgid("Alle wachtwoorden vanaf één plek: een hele school achter één adres is geen aanval."),
    "reminder": msgid("Een herinnering voor één e-mailadres: elke ochtend hoogstens één, zo loopt geen postvak vol."),
    "child_secret": msgid("De pincode of het plaatje van één kind thuis. Broers en zussen gaan door."),
    "school_secret": msgid("De pincode of het plaatje van één kind op school, los van thuis."),
    "school_device": msgid("Foute pincodes en plaatjes op één schoolapparaat."),
    "group_secret": msgid("Foute pincodes en plaatjes van één groep, op alle apparaten."),
    "badge_source": msgid("Pasjes vanaf één plek: tegen een scanner die op hol slaat."),
    "otp": msgid("De tweede stap van één medewerker."),
    "passkey_source": msgid("Vragen om een passkey vanaf één plek."),
    "device_code": msgid("Codes voor het digibord vanaf één plek."),
    "support_code": msgid("Supportcodes die één medewerker opzoekt."),
    "refusal_source": msgid(
        "Weigeringen vanaf één plek met elk een eigen code. Daarna delen ze er een; niemand wacht."
    ),
    "refusal_all": msgid("Hetzelfde vanaf alle plekken samen: zo loopt de database niet vol."),
    "forgot_address": msgid("Wachtwoord vergeten voor één e-mailadres: een vreemde vult geen postvak."),
    "forgot_source": msgid("Wachtwoord vergeten vanaf één plek."),
    "link_source": msgid("Onbekende links vanaf één plek."),
    "mail_address": msgid("Mail naar één e-mailadres. Wat te veel is vertrekt later, en gaat nooit verloren."),
}
"""Whom each limit counts, and what a lock does to somebody who has done nothing wrong."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the page of limits."""

    name: str
    reason: str
    limit: Limit


def overview() -> ResponseReturnValue:
    """Sizes and health on one page."""
    sizes = services().directory.sizes(read_db(), now())
    waiting, states = outbox.oldest_due(read_db(), now()), outbox.counts(read_db())
    grown = [
        (_("Regels in het logboek"), audit.count(read_db())),
        (_("Logboek, de laatste dag"), audit.count(read_db(), now() - timedelta(days=1))),
        (_("Database, in MB"), f"{size_mib(read_db()):.0f}"),
    ]
    release()  # what follows looks at the database by itself
    return render_template(
        "operator/overview.html",
        problem=not_ready(services()),
        waiting=int(waiting.total_seconds()),
        failed=states.get("failed", 0),
        queued=states.get("queued", 0),
        grown=grown,
        sizes=[(_(label), sizes.get(kind, 0)) for kind, label in SIZES.items()],
    )


def keys() -> ResponseReturnValue:
    """The signing keys and what each is for at this moment."""
    listed = signing_keys.listing(read_db(), now())
    return render_template(
        "operator/keys.html", keys=listed, states=KEY_STATES, rotated=request.args.get("klaar") == "gewisseld"
    )


def rotate_keys() -> ResponseReturnValue:
    """Publish the next keys; they take over when every copy of the JWKS has them."""
    takes_over = signing_keys.rotate(write_db(), services().keyring, now())
    _record("keys.rotated", takes_over=takes_over.isoformat())
    return redirect("/beheer/sleutels?klaar=gewisseld", 303)


def outbox_page() -> ResponseReturnValue:
    """What was not delivered, or not yet."""
    return render_template(
        "operator/outbox.html", rows=outbox.failures(read_db()), tried=request.args.get("klaar") == "opnieuw"
    )


def try_again() -> ResponseReturnValue:
    """One waiting row leaves now."""
    identifier = request.form.get("row", "")
    if outbox.retry(write_db(), identifier, now=now()):
        _record("outbox.retried", row=identifier)
    return redirect("/beheer/postbus?klaar=opnieuw", 303)


def limits() -> ResponseReturnValue:
    """Every limit, with its reason."""
    rules = [Rule(name, _(LIMIT_REASONS[name]) if name in LIMIT_REASONS else "", rule) for name, rule in LIMITS.items()]
    return render_template("operator/limits.html", rules=rules)


def log_book() -> ResponseReturnValue:
    """What happened: by act, support code and day. Ids only."""
    act, code, day = (request.args.get(name, "").strip()[:60] for name in ("act", "code", "dag"))
    since = _day(day)
    found = audit.search(
        read_db(), act=act, support_code=code, since=since, until=since + timedelta(days=1) if since else None
    )
    return render_template("operator/log.html", events=found, act=act, code=code, day=day if since else "")


def _day(text: str) -> datetime | None:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return day if 2000 <= day.year < 3000 else None


def _record(act: str, **facts: str) -> None:
    member = current_staff()
    if member is None:
        raise not_found()
    audit.record(write_db(), act, now=now(), actor=f"staff:{member.id}", facts=facts)


ROUTES = (
    ("/beheer", overview, "GET"),
    ("/beheer/sleutels", keys, "GET"),
    ("/beheer/sleutels", fresh("/beheer/sleutels")(rotate_keys), "POST"),
    ("/beheer/postbus", outbox_page, "GET"),
    ("/beheer/postbus", try_again, "POST"),
    ("/beheer/limieten", limits, "GET"),
    ("/beheer/logboek", log_book, "GET"),
)


def blueprint(_services: Services) -> Blueprint:
    """These pages, for operators."""
    pages = Blueprint("operator", __name__)
    for rule, view, method in ROUTES:
        pages.add_url_rule(rule, f"{view.__name__}_{method}", needs("operator")(view), methods=[method])
    return pages
