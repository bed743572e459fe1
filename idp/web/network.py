"""/netwerk: pupils of some schools sign in at their network environment, and come back from there.

`begin` is where an environment's own tiles lead to as well (OpenID Connect Core 4). What an environment answers is
believed by the engine or not at all; here a key becomes a pupil, or a page that says what to do.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, g, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_wtf.csrf import CSRFProtect
from markupsafe import Markup

from idp.engine.ports import Login
from idp.engine.requests import claims_parameter, pending
from idp.engine.requests.pending import Pending
from idp.engine.upstream import model
from idp.engine.upstream import sessions as upstream_sessions
from idp.engine.upstream.model import Failed, Upstream
from idp.engine.upstream.redeem import Identity
from idp.engine.upstream.signin import Wish
from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import networks
from idp.school.credentials import Pass
from idp.web.errors import START, PageError, Way, not_found
from idp.web.portal import Tile
from idp.web.services import Services
from idp.web.session import BROWSER, WAYS, continue_id, finish_signin, services, this_browser, waiting_request
from idp.web.unit import read_db, release, write_db

UP = frozenset({"login", "select_account"})
"""What of `prompt` is the environment's matter; consent is ours, and with none nobody comes here."""

WAY_OF = {acr: way for way, (acr, _) in WAYS.items() if acr in model.MEANINGS}


@dataclass(frozen=True, slots=True)
class Problem:
    """A page: its status, and its title and text as Dutch message ids with `network`."""

    status: int
    title: str
    text: str


AGAIN = msgid("Probeer het nog een keer. Lukt het weer niet? Geef dan de code hieronder aan je leerkracht.")
PROBLEMS: Mapping[str, Problem] = {
    "unreachable": Problem(
        503,
        msgid("%(network)s geeft geen antwoord"),
        msgid(
            "Dat ligt niet aan jou. Wacht even en probeer het dan nog een keer. Van sommige scholen mag je ook "
            "rechtstreeks inloggen."
        ),
    ),
    "gone": Problem(
        400,
        msgid("Begin opnieuw met inloggen"),
        msgid("Deze inlogpoging bij %(network)s is al gebruikt, of stond te lang open. Begin opnieuw."),
    ),
    "denied": Problem(
        400,
        msgid("Je bent niet ingelogd"),
        msgid("Het inloggen bij %(network)s is gestopt. Je kunt het opnieuw proberen."),
    ),
    "stale": Problem(
        400,
        msgid("Log opnieuw in bij %(network)s"),
        msgid("De app wil dat je nu opnieuw inlogt, maar %(network)s vroeg je dat niet. Log daar eerst uit."),
    ),
    "unknown": Problem(
        403,
        msgid("Je school heeft je hier nog niet klaargezet"),
        msgid(
            "Je bent goed ingelogd bij %(network)s. Alleen weten wij nog niet wie je bent. Vraag je leerkracht: het "
            "leerlingnummer van %(network)s moet bij jouw naam in de leerlinglijst staan. De ICT-coördinator kan dat "
            "doen. Geef de code hieronder door."
        ),
    ),
    "ambiguous": Problem(
        403,
        msgid("We weten niet zeker wie je bent"),
        msgid(
            "Twee scholen gebruiken hetzelfde leerlingnummer van %(network)s. Daarom laten we niemand binnen. Vraag "
            "je leerkracht om hulp en geef de code hieronder door."
        ),
    ),
    "untrusted": Problem(400, msgid("Het antwoord van %(network)s klopt niet"), AGAIN),
}
"""By the reason of a failure; every other reason is an answer that is not believed."""


def choose() -> ResponseReturnValue:
    """Which of them does your school work with?"""
    waiting, found = waiting_request(), model.names(read_db())
    client = None
    if waiting is not None:
        client = services().engine.registry.find(read_db(), waiting.parameters.get("client_id") or "")
    return render_template(
        "network/choose.html",
        tiles=[(Tile(slug, name, f"/netwerk/{slug}/begin"), _shown(name)) for slug, name in found.items()],
        request_id=continue_id(),
        publisher=client,
    )


def begin(slug: str) -> ResponseReturnValue:
    """Off to the environment. One that sends the browser itself says so with its issuer, letter by letter."""
    upstream = _upstream(slug)
    identifier = continue_id()
    if request.args.get("iss", upstream.issuer) != upstream.issuer:
        raise _problem(upstream, Failed("begin.iss"), identifier)
    wish = _wish(waiting_request())
    release()
    party = services().engine.upstreams
    metadata = party.metadata(upstream, now())
    if isinstance(metadata, Failed):
        raise _problem(upstream, metadata, identifier)
    return redirect(party.ask(write_db(), upstream, metadata, this_browser(), wish, identifier, now()), 303)


def back(slug: str) -> ResponseReturnValue:
    """The environment's answer: spent first, then believed or not, and then a pupil of ours."""
    upstream, party = _upstream(slug), services().engine.upstreams
    answer = request.args
    if any(len(answer.getlist(name)) > 1 for name in answer):
        raise _problem(upstream, Failed("answer.twice"), None)
    browser = request.cookies.get(services().cookie(BROWSER))
    attempt = party.spend(write_db(), slug, answer.get("state", ""), browser, now())
    release()
    if isinstance(attempt, Failed):
        raise _problem(upstream, attempt, None)
    identity = party.redeem(upstream, attempt, answer, now())
    if isinstance(identity, Failed):
        raise _problem(upstream, identity, attempt.request_id)
    waiting = pending.find(read_db(), attempt.request_id or "", browser, now())
    if waiting is not None and _too_old(waiting, identity):
        raise _problem(upstream, Failed("stale"), attempt.request_id)
    found = networks.pupil_of(write_db(), slug, identity.key)
    if isinstance(found, str):
        raise _problem(upstream, Failed(found), attempt.request_id)
    way = WAY_OF[identity.acr] if identity.acr is not None else "network"
    response = finish_signin(Pass(f"pupil:{found.pupil_id}", way, identity.auth_time))
    started: Login = g.started
    upstream_sessions.link(write_db(), services().keyring, slug, started.sid, identity, now())
    if waiting is not None:
        response.location = f"/authorize?continue={attempt.request_id}"
    return response


def backchannel(slug: str) -> ResponseReturnValue:
    """The environment says that somebody signed out there (OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8)."""
    upstream, engine = _upstream(slug), services().engine
    release()
    given = request.form.getlist("logout_token")
    claims = (
        upstream_sessions.read_logout_token(engine.upstreams.documents, upstream, given[0], now())
        if len(given) == 1
        else Failed("token.form")
    )
    if not isinstance(claims, Failed):
        ended = upstream_sessions.end_by(write_db(), engine.sessions, slug, claims, now())
        if not isinstance(ended, Failed):
            return "", 200, {"Cache-Control": "no-store"}
        claims = ended
    status = 503 if claims.reason == "unreachable" else 400
    return jsonify(error="invalid_request", error_description=claims.reason), status, {"Cache-Control": "no-store"}


def signed_out(slug: str) -> ResponseReturnValue:
    """Where an environment sends the browser after its own end; `daar=nog`: it may have kept its sign-in."""
    upstream = _upstream(slug)
    return render_template("network/signed_out.html", upstream=upstream, still_there=request.args.get("daar") == "nog")


def _shown(name: str) -> Markup:
    """A name that may be broken where a new word begins: MijnOnderwijsPortaal on a phone."""
    return Markup("<wbr>").join(re.split(r"(?<=[a-z/])(?=[A-Z])", name))


def _upstream(slug: str) -> Upstream:
    found = model.find(read_db(), services().keyring, slug)
    if found is not None:
        return found
    if slug not in networks.NETWORKS:
        raise not_found()
    raise PageError(
        404,
        msgid("%(network)s werkt hier nog niet"),
        msgid("Deze omgeving is nog niet aangesloten. Vraag je leerkracht hoe je kunt inloggen."),
        why="network_missing",
        values={"network": networks.NETWORKS[slug]},
        facts={"network": slug},
    )


def _problem(upstream: Upstream, failed: Failed, identifier: str | None) -> PageError:
    problem = PROBLEMS.get(failed.reason, PROBLEMS["untrusted"])
    more = f"?continue={identifier}" if identifier else ""
    again = Way(msgid("Probeer het opnieuw"), f"/netwerk/{upstream.slug}/begin{more}")
    direct = identifier or failed.reason == "unreachable"
    other = Way(msgid("Kies een andere manier"), f"/thuis{more}") if direct else START
    return PageError(
        problem.status,
        problem.title,
        problem.text,
        why="network_refused",
        values={"network": upstream.name},
        ways=(other,) if problem.status == 403 else (again, other),
        facts={"network": upstream.slug, "reason": failed.reason},
    )


def _wish(waiting: Pending | None) -> Wish:
    language = str(get_locale())
    if waiting is None:
        return Wish(ui_locales=language)
    given = waiting.parameters
    essential = claims_parameter.essential_acr(claims_parameter.parse(given.get("claims"))) or frozenset[str]()
    return Wish(
        prompt=tuple(word for word in (given.get("prompt") or "").split() if word in UP),
        max_age=_max_age(waiting),
        acr=frozenset((given.get("acr_values") or "").split()) | essential,
        ui_locales=language,
    )


def _max_age(waiting: Pending) -> int | None:
    given = waiting.parameters.get("max_age")
    return int(given) if given is not None and given.isascii() and given.isdigit() else None


def _too_old(waiting: Pending, identity: Identity) -> bool:
    """Does the request that waits want a newer sign-in than the environment made (`prompt=login`, `max_age`)?"""
    if "login" in (waiting.parameters.get("prompt") or "").split():
        return identity.auth_time < waiting.created_at
    max_age = _max_age(waiting)
    return max_age is not None and identity.auth_time < waiting.created_at - timedelta(seconds=max_age)


def blueprint(_services: Services, csrf: CSRFProtect) -> Blueprint:
    """These pages, and the one endpoint that environments themselves call."""
    pages = Blueprint("network", __name__)
    pages.add_url_rule("/netwerk", view_func=choose, methods=["GET"])
    pages.add_url_rule("/netwerk/<slug>/begin", view_func=begin, methods=["GET"])
    pages.add_url_rule("/netwerk/<slug>/terug", view_func=back, methods=["GET"])
    pages.add_url_rule("/netwerk/<slug>/uitgelogd", view_func=signed_out, methods=["GET"])
    pages.add_url_rule("/netwerk/<slug>/backchannel", view_func=csrf.exempt(backchannel), methods=["POST"])
    return pages
