"""Dutch first, English complete: which of the two this request is answered in."""

from urllib.parse import urlencode

from babel.support import Translations
from flask import Flask, Response, g, request
from flask_babel import Babel, Domain, get_locale

from idp.kernel.words import LOCALES, catalog
from idp.web.services import Services

COOKIE = "sleutelbos_language"
TIMEZONE = "Europe/Amsterdam"
"""In which every page tells the time."""

_YEAR_S = 365 * 24 * 3600


class _Sentences(Domain):  # type: ignore[misc]
    """Our own catalogues, read from the .po files and kept by `words.catalog`."""

    def get_translations(self) -> Translations:
        """The catalogue of this request's language."""
        return catalog(str(get_locale() or "nl"))


_SENTENCES = _Sentences()


class _Babel(Babel):  # type: ignore[misc]
    @property
    def domain_instance(self) -> Domain:
        """What `gettext` asks."""
        return _SENTENCES


def chosen() -> str:
    """What `?lang=` says, or a cookie; then Dutch. What the browser was bought with says nothing about a family."""
    for text in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if text in LOCALES:
            return text
    return "nl"


def prefer(ui_locales: str | None) -> None:
    """What a publisher asks for (OIDC Core 3.1.2.1), until the browser is closed; a person's own choice stands."""
    wanted = [text[:2].lower() for text in (ui_locales or "").split()]
    g.asked_language = next((code for code in wanted if code in LOCALES), None)


def language_url(code: str) -> str:
    """This page in another language; of a form's answer, the page of the form."""
    arguments = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{request.path}?{urlencode([*arguments, ('lang', code)])}"


def install(app: Flask, services: Services) -> None:
    """Make `_` and `lang` work in `app`, and remember a choice."""
    _Babel(app, locale_selector=chosen, default_locale="nl", default_timezone=TIMEZONE)

    def remember(response: Response) -> Response:
        code, asked = request.args.get("lang"), g.get("asked_language")
        if code in LOCALES:
            keep(response, code, _YEAR_S)
        elif asked and COOKIE not in request.cookies:
            keep(response, asked, None)
        return response

    def keep(response: Response, code: str, seconds: int | None) -> None:
        response.set_cookie(
            COOKIE, code, max_age=seconds, secure=services.secure, httponly=True, samesite="Lax", path="/"
        )

    app.after_request(remember)
    app.context_processor(lambda: {"lang": chosen(), "language_url": language_url})
