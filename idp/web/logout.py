"""/logout: a publisher asks that the person be signed out (OpenID Connect RP-Initiated Logout 1.0)."""

from collections.abc import Mapping

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFProtect

from idp.engine.logout.rp_initiated import Contradiction, Decision, Flaw, Hint, decide
from idp.engine.ports import Login
from idp.engine.requests import parameters
from idp.engine.tokens.id_token import read_hint
from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.web import farewell, network_logout
from idp.web.errors import PageError
from idp.web.place import current_place, last_page, tiles_of
from idp.web.services import Services
from idp.web.session import current_login, sign_out
from idp.web.unit import read_db

FLAW = "fout"

FLAWS: Mapping[str, str] = {
    Flaw.NO_HINT: msgid("bij een post_logout_redirect_uri hoort een id_token_hint."),
    Flaw.BAD_HINT: msgid("de id_token_hint is niet van ons of klopt niet."),
    Flaw.BAD_URI: msgid("de post_logout_redirect_uri is niet zo geregistreerd."),
}
"""What the page tells the maker of the app."""

FIELDS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales", "logout_hint")


def blueprint(services: Services, csrf: CSRFProtect) -> Blueprint:
    """The logout endpoint, its question and its last page."""
    pages = Blueprint("logout", __name__)
    csrf.exempt(pages)  # publishers post to /logout; the answer to our question is protected by hand

    @pages.route("/logout", methods=["GET", "POST"])
    def logout() -> ResponseReturnValue:
        asked = _asked()
        decision = _decide(services, asked)
        if decision.confirm and current_login() is not None:
            return render_template("logout/confirm.html", fields=asked, flaw=_sentence(decision.flaw))
        return _end(decision)

    @pages.post("/logout/ja")
    def confirmed() -> ResponseReturnValue:
        asked = _asked()  # first: the form's own check reads the body, once and for all
        csrf.protect()
        return _end(_decide(services, asked))

    @pages.get("/uitgelogd")
    def signed_out() -> ResponseReturnValue:
        place = current_place()
        classroom = place is not None and place.network is None
        tiles = tiles_of(request.args.get("group")) if classroom else None
        return render_template("logout/done.html", tiles=tiles, flaw=_sentence(request.args.get(FLAW)))

    return pages


def _asked() -> dict[str, str]:
    raw = request.query_string if request.method == "GET" else request.get_data(cache=True)
    try:
        pairs = parameters.pairs(raw.decode("utf-8", "surrogateescape"))
    except parameters.UnreadableError as error:
        raise _unreadable() from error
    found = [(name, value) for name, value in pairs if name in FIELDS and value]
    if len(dict(found)) != len(found):
        raise _unreadable()
    return dict(found)


def _decide(services: Services, asked: dict[str, str]) -> Decision:
    engine, db, at = services.engine, read_db(), now()
    claims = read_hint(engine.keys, engine.issuer, asked.get("id_token_hint", ""), at)
    hint = Hint(str(claims.get("aud")), claims.get("sid")) if claims is not None else None
    client_id = asked.get("client_id")
    decision = decide(
        login=current_login(),
        hint=hint,
        hinted="id_token_hint" in asked,
        client_id=client_id,
        client=engine.registry.find(db, hint.client_id if hint else client_id or ""),
        post_logout_redirect_uri=asked.get("post_logout_redirect_uri"),
        state=asked.get("state"),
    )
    if isinstance(decision, Contradiction):
        raise _unreadable()
    return decision


def _end(decision: Decision) -> ResponseReturnValue:
    login = current_login()
    sign_out("rp_logout")
    return farewell.onward(decision.location or network_logout.way_on(login) or _ours(login, decision.flaw))


def _ours(login: Login | None, flaw: Flaw | None) -> str:
    page = last_page(login)
    if flaw is None:
        return page
    return f"{page}{'&' if '?' in page else '?'}{FLAW}={flaw}"


def _sentence(flaw: str | None) -> str | None:
    return _(FLAWS[flaw]) if flaw is not None and flaw in FLAWS else None


def _unreadable() -> PageError:
    return PageError(
        400,
        msgid("Uitloggen lukte zo niet"),
        msgid("De uitlogvraag van de app klopt niet. Je kunt hier zelf uitloggen."),
        why="logout_refused",
    )
