"""The end of a sign-in at an environment: its own button, or the relying party's request (RP-Initiated Logout 1.0)."""

import logging
import threading
from urllib.parse import urlencode

import requests
from flask import Response, request
from joserfc.errors import JoseError

from clients.browsers import form_is_own
from clients.network import people, tokens
from clients.network.memory import Session
from clients.network.peer import Peer
from clients.responses import see_other

PATIENCE_S = 3
log = logging.getLogger(__name__)


def sign_out(peer: Peer) -> Response:
    """The person's own button: the end here, and the relying party is told."""
    browser = peer.cookie.read(request)
    if not form_is_own(browser, request.form.get("form_token", "")):
        return people.refused(peer)
    session = peer.sessions.take(browser)
    if session is not None:
        threading.Thread(target=tell, args=(peer, session), name=f"logout-{peer.slug}", daemon=True).start()
    return people.signed_out(peer)


def end_session(peer: Peer) -> Response:
    """Only an ID token of this browser's own session ends it without a question; only then is there a way back."""
    browser, session = peer.cookie.read(request), peer.session(request)
    asked = request.values
    hint = _hint(peer, asked.get("id_token_hint", ""))
    if session is not None and hint != session.sid:
        return people.confirm_sign_out(peer, browser or "")
    peer.sessions.take(browser)
    back = asked.get("post_logout_redirect_uri", "")
    if hint is None or back not in peer.party.post_logout_redirect_uris:
        return people.signed_out(peer)
    state = asked.get("state")
    return see_other(back if state is None else f"{back}{'&' if '?' in back else '?'}{urlencode({'state': state})}")


def tell(peer: Peer, session: Session) -> None:
    """Post the logout token; once, and what becomes of it is only logged (best effort)."""
    with requests.Session() as http:
        # A proxy of the environment is not for a call to this very machine.
        http.trust_env = False
        try:
            answer = http.post(
                peer.party.backchannel_logout_uri,
                data={"logout_token": tokens.logout_token(peer, session)},
                timeout=PATIENCE_S,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            log.info("%s: logout call failed: %s", peer.slug, type(error).__name__)
            return
        log.info("%s: logout call answered %s", peer.slug, answer.status_code)


def _hint(peer: Peer, token: str) -> str | None:
    """The session that an ID token of ours was about; None = not ours. An expired one is fine."""
    try:
        claims = peer.keys.read(token)
    except (JoseError, ValueError):
        return None
    return claims.get("sid") if claims.get("aud") == peer.party.client_id and "events" not in claims else None
