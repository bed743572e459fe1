"""The ends of a sign-in: the publisher's own button, and the provider's logout call."""

from flask import Response, jsonify, request

from clients.browsers import fingerprint, form_is_own
from clients.publisher import problems
from clients.publisher.desk import Desk, now
from clients.publisher.logout_token import Refused
from clients.publisher.pages import signed_out
from clients.publisher.provider import AnswerError, UnreachableError
from clients.responses import see_other


def logout(desk: Desk) -> Response:
    """End here first, whatever the provider says; then let the provider end its part (RP-Initiated Logout 1.0)."""
    browser, who = desk.cookie.read(request), desk.login(request)
    if browser is None or who is None:
        return see_other(desk.home)
    if not form_is_own(browser, request.form.get("form_token", "")):
        return problems.page(desk, "own_form")
    desk.store.forget(desk.slug, fingerprint(browser))
    try:
        if who.refresh_token is not None:
            desk.provider.hand_back(who.refresh_token)
        departure = desk.provider.sign_out(who.id_token, desk.home + "uitgelogd")
    except (UnreachableError, AnswerError):
        return signed_out(desk, "only_here")
    desk.store.keep_attempt(desk.slug, fingerprint(browser), departure.state, {}, now())
    return see_other(departure.url)


def back_from_logout(desk: Desk) -> Response:
    """The browser is back from the provider's sign-out; without our own `state` this page claims nothing."""
    browser = desk.cookie.read(request)
    if browser is None or desk.login(request) is not None:
        return see_other(desk.home)
    begun = desk.store.take_attempt(desk.slug, fingerprint(browser), request.args.get("state", ""), now())
    response = signed_out(desk, None if begun is None else "everywhere")
    desk.cookie.take_back(response)
    return response


def backchannel(desk: Desk) -> Response:
    """OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8: 200 when it is carried out, 400 when it does not hold."""
    texts = request.form.getlist("logout_token")
    if len(texts) != 1:
        return _refused("logout_token is missing, or there more than once")
    try:
        token = desk.provider.read_logout_token(texts[0], now())
    except (UnreachableError, AnswerError):
        # 503 and not 400: the provider may call again when its keys can be read.
        return _answer(jsonify(error="temporarily_unavailable"), 503)
    if isinstance(token, Refused):
        return _refused(token.reason)
    ended = desk.store.end_all(
        desk.slug, jti=token.jti, sub=token.sub, sid=token.sid, expires_at=token.expires_at, now=now()
    )
    if ended is None:
        return _refused("this logout token was used before")
    return Response()


def _refused(reason: str) -> Response:
    return _answer(jsonify(error="invalid_request", error_description=reason), 400)


def _answer(response: Response, status: int) -> Response:
    response.status_code = status
    return response
