"""A sign-in: away to the provider, and back. Nothing is believed that this very browser did not begin."""

from urllib.parse import unquote

from flask import Response, request

from clients.browsers import fingerprint, form_is_own, new_value
from clients.publisher import problems
from clients.publisher.desk import Desk, now
from clients.publisher.provider import AnswerError, UnreachableError
from clients.publisher.store import Login
from clients.responses import see_other

_MAX_HINT = 200


def login(desk: Desk) -> Response:
    """Begin; also for a start elsewhere (OIDC Core 4): `iss` must be ours, and `target_link_uri` a page of ours."""
    asked = request.values
    if asked.get("iss", desk.provider.issuer) != desk.provider.issuer:
        return problems.page(desk, "other_issuer")
    target = asked.get("target_link_uri", desk.home)
    if not is_own_page(desk.home, target):
        return problems.page(desk, "wrong_start")
    hint = asked.get("login_hint", "")
    try:
        departure = desk.provider.sign_in(desk.home + "callback", hint if len(hint) <= _MAX_HINT else None)
    except UnreachableError:
        return problems.page(desk, "unreachable")
    except AnswerError:
        return problems.page(desk, "answer")
    browser = desk.cookie.read(request) or new_value()
    remembered = {**departure.data, "target": target}
    desk.store.keep_attempt(desk.slug, fingerprint(browser), departure.state, remembered, now())
    response = see_other(departure.url)
    desk.cookie.give(response, browser)
    return response


def callback(desk: Desk) -> Response:
    """The provider's answer: whose it is (RFC 9207), whether this browser asked for it (state), and only then what."""
    answer = request.args
    if any(len(answer.getlist(name)) > 1 for name in answer):
        return problems.page(desk, "answer")
    if answer.get("iss") != desk.provider.issuer:
        return problems.page(desk, "other_issuer")
    browser = desk.cookie.read(request)
    begun = (
        desk.store.take_attempt(desk.slug, fingerprint(browser), answer.get("state", ""), now()) if browser else None
    )
    if browser is None or begun is None or "code_verifier" not in begun:
        # A page that was loaded again, or a second window: who is signed in here stays so, and sees that.
        return see_other(desk.home) if desk.login(request) else problems.page(desk, "other_attempt")
    if "error" in answer:
        return problems.page(desk, answer["error"])
    try:
        said = desk.provider.redeem(answer.get("code", ""), begun)
    except UnreachableError:
        return problems.page(desk, "unreachable")
    except AnswerError:
        return problems.page(desk, "answer")
    signed_in = Login(
        sub=said.id_token_claims["sub"],
        sid=said.id_token_claims.get("sid"),
        id_token=said.id_token,
        refresh_token=said.refresh_token,
        id_token_claims=said.id_token_claims,
        userinfo=said.userinfo,
        told_at=now(),
    )
    return _welcome(desk, browser, signed_in, begun["target"])


def _welcome(desk: Desk, browser: str, signed_in: Login, target: str) -> Response:
    """A browser that signs in gets a new cookie: one that somebody planted beforehand is worth nothing (T22)."""
    fresh = new_value()
    if not desk.store.begin(desk.slug, fingerprint(fresh), signed_in):
        return problems.page(desk, "ended_meanwhile")
    desk.store.forget(desk.slug, fingerprint(browser))
    response = see_other(target)
    desk.cookie.give(response, fresh)
    return response


def ask_again(desk: Desk) -> Response:
    """Ask the provider what it tells today, with the refresh token (a publisher with offline_access)."""
    browser, who = desk.cookie.read(request), desk.login(request)
    if browser is None or who is None or who.refresh_token is None:
        return see_other(desk.home)
    if not form_is_own(browser, request.form.get("form_token", "")):
        return problems.page(desk, "own_form")
    try:
        userinfo, refresh_token = desk.provider.ask_again(who.refresh_token, who.sub)
    except UnreachableError:
        return problems.page(desk, "unreachable")
    except AnswerError:
        desk.store.forget(desk.slug, fingerprint(browser))
        return problems.page(desk, "not_told")
    desk.store.renew(desk.slug, fingerprint(browser), refresh_token, userinfo, now())
    return see_other(desk.home)


def is_own_page(home: str, target: str) -> bool:
    """Does `target` lie below `home`, however it is read? (A browser takes %2e%2e for .. and \\ for /.)"""
    plain = unquote(target)
    if not target.startswith(home) or "\\" in plain or any(character <= " " for character in plain):
        return False
    return not {".", ".."} & set(plain[len(home) :].partition("?")[0].partition("#")[0].split("/"))
