"""The authorization endpoint: who asks, what is asked, who is signed in, and the answer, with `iss` (RFC 9207)."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from flask import Response, request
from werkzeug.datastructures import MultiDict

from clients.browsers import fingerprint, new_value
from clients.network import people
from clients.network.memory import Asked, Grant, Pending, Session
from clients.network.peer import Peer, now
from clients.responses import see_other

Given = MultiDict[str, str]
_PROMPTS = frozenset({"none", "login", "select_account", "consent"})

CHECKS: tuple[tuple[str, str, Callable[[Given], bool]], ...] = (
    ("invalid_request", "a parameter more than once", lambda g: all(len(g.getlist(name)) == 1 for name in g)),
    ("unsupported_response_type", "only code", lambda g: g.get("response_type") == "code"),
    ("invalid_scope", "scope must hold openid", lambda g: "openid" in g.get("scope", "").split()),
    ("invalid_request", "code_challenge_method must be S256", lambda g: g.get("code_challenge_method") == "S256"),
    (
        "invalid_request",
        "code_challenge is missing or malformed",
        lambda g: re.fullmatch(r"[A-Za-z0-9_-]{43}", g.get("code_challenge", "")) is not None,
    ),
    ("invalid_request", "no such prompt", lambda g: _prompt(g) <= _PROMPTS),
    ("invalid_request", "prompt none stands alone", lambda g: "none" not in _prompt(g) or len(_prompt(g)) == 1),
    ("invalid_request", "max_age is a number", lambda g: re.fullmatch(r"[0-9]{0,9}", g.get("max_age", "")) is not None),
)
"""In this order; the first that does not hold is the answer."""


def authorize(peer: Peer) -> Response:
    """RFC 6749 4.1.1, OIDC Core 3.1.2. Nothing is sent to an address that is not registered."""
    given = request.values
    redirect_uri = given.get("redirect_uri", "")
    if given.get("client_id") != peer.party.client_id or redirect_uri not in peer.party.redirect_uris:
        return people.refused(peer)
    asked = Asked(
        redirect_uri, given.get("state"), given.get("nonce"), given.get("code_challenge", ""), given.get("scope", "")
    )
    for error, description, holds in CHECKS:
        if not holds(given):
            return answer(peer, asked, {"error": error, "error_description": description})
    session = peer.session(request)
    if session is not None and _good_enough(session, given):
        return with_code(peer, asked, session)
    if "none" in _prompt(given):
        return answer(peer, asked, {"error": "login_required"})
    browser = peer.cookie.read(request) or new_value()
    waiting = peer.pending.put(Pending(asked, fingerprint(browser)))
    return people.sign_in_page(peer, browser, waiting)


def sign_in(peer: Peer) -> Response:
    """A person was picked: sign in on this browser, and go on where it came from."""
    who = people.picked(peer)
    if who is None:
        return people.refused(peer)
    browser = peer.cookie.read(request) or ""
    pending = peer.pending.take(request.form.get("request"))
    session = people.start_session(peer, who)
    if pending is None or pending.browser != fingerprint(browser):
        response = see_other(f"{peer.issuer}/")
    else:
        response = with_code(peer, pending.asked, session.value)
    peer.cookie.give(response, session.cookie)
    return response


def with_code(peer: Peer, asked: Asked, session: Session) -> Response:
    """The answer that carries a code."""
    return answer(peer, asked, {"code": peer.codes.put(Grant(asked, session))})


def answer(peer: Peer, asked: Asked, fields: Mapping[str, str]) -> Response:
    """Send the browser back (303), with `state` as it came and `iss`."""
    state = {} if asked.state is None else {"state": asked.state}
    everything = {**fields, **state, "iss": peer.wrong.answer_iss or peer.issuer}
    mark = "&" if "?" in asked.redirect_uri else "?"
    return see_other(f"{asked.redirect_uri}{mark}{urlencode(everything)}")


def _good_enough(session: Session, given: Given) -> bool:
    """Is this sign-in what the request wants (OIDC Core 3.1.2.1: prompt, max_age)?"""
    if _prompt(given) & {"login", "select_account"}:
        return False
    max_age = given.get("max_age", "")
    return not max_age or now() - session.auth_time <= int(max_age)


def _prompt(given: Given) -> frozenset[str]:
    return frozenset(given.get("prompt", "").split())
