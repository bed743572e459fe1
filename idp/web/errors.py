"""Every failure is a page in plain words with a support code. Nothing else renders errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from idp.kernel.audit import new_support_code
from idp.kernel.clock import now
from idp.kernel.secrets import BusyError
from idp.kernel.words import msgid
from idp.web.services import Services
from idp.web.source import source_of
from idp.web.unit import undo, write_db

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Way:
    """A next step that the page offers: a Dutch message id, and where it leads."""

    label: str
    href: str


START = Way(msgid("Naar het begin"), "/")


class PageError(Exception):
    """Answer with a page. `title` and `text` are Dutch message ids; what was written so far is kept below 500."""

    def __init__(
        self,
        status: int,
        title: str,
        text: str,
        *,
        why: str,
        values: Mapping[str, str] | None = None,
        ways: Sequence[Way] = (START,),
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(why)
        self.status, self.title, self.text, self.why = status, title, text, why
        self.values, self.ways, self.facts = dict(values or {}), tuple(ways), dict(facts or {})


def not_found() -> PageError:
    """There is no such thing, or none for you: the two look the same."""
    return PageError(404, msgid("Deze pagina is er niet"), _TEXTS[404], why="not_found")


_TEXTS = {
    400: msgid("Er ging iets mis met wat je browser stuurde. Ga terug en probeer het nog eens."),
    404: msgid("Misschien is het adres verkeerd overgenomen, of mag je dit niet zien."),
    405: msgid("Deze pagina kun je zo niet openen. Begin opnieuw vanaf het begin."),
    413: msgid("Wat je stuurde is te groot."),
    500: msgid("Er ging bij ons iets mis. Er is niets verloren. Probeer het over een minuut nog eens."),
    503: msgid("Het is even heel druk. Wacht een paar tellen en probeer het dan nog eens."),
}
_CSRF = msgid("Deze pagina stond te lang open, of je bent intussen uitgelogd. Probeer het nog een keer.")
_TITLES = {
    400: msgid("Dat lukte niet"),
    404: msgid("Deze pagina is er niet"),
    503: msgid("Even wachten"),
}
_SORRY = msgid("Dat ging mis")


def install(app: Flask, services: Services) -> None:
    """Answer every failure of `app`."""

    def page_error(error: PageError) -> ResponseReturnValue:
        return _page(error, services)

    def csrf_error(_error: CSRFError) -> ResponseReturnValue:
        again = Way(msgid("Probeer het nog een keer"), request.path if request.method == "POST" else "/")
        failure = PageError(400, _TITLES[400], _CSRF, why="csrf", ways=(again, START), facts={"path": request.path})
        return _page(failure, services)

    def http_error(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if status < 400:
            return error.get_response()
        text = _TEXTS.get(status, _TEXTS[400] if status < 500 else _TEXTS[500])
        title = _TITLES.get(status, _SORRY)
        return _page(PageError(status, title, text, why=f"http_{status}"), services)

    def busy(_error: Exception) -> ResponseReturnValue:
        response = make_response(_page(PageError(503, _TITLES[503], _TEXTS[503], why="busy"), services))
        response.headers["Retry-After"] = "5"
        return response

    def fault(error: Exception) -> ResponseReturnValue:
        # The words of an exception may hold what nobody should read in a log; its kind and place do not.
        log.error("page.failed", path=request.url_rule.rule if request.url_rule else "", error=type(error).__name__,
                  exc_info=_without_values(error))  # fmt: skip
        if isinstance(error, DataError):  # a text that this database cannot hold: PostgreSQL and U+0000
            undo()
            return _page(PageError(400, _TITLES[400], _TEXTS[400], why="unstorable"), services)
        if isinstance(error, PoolTimeoutError) or (isinstance(error, DBAPIError) and error.connection_invalidated):
            return busy(error)
        return _page(PageError(500, _SORRY, _TEXTS[500], why="fault"), services)

    app.register_error_handler(PageError, page_error)
    app.register_error_handler(CSRFError, csrf_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(BusyError, busy)
    app.register_error_handler(Exception, fault)


def _without_values(error: Exception) -> Exception:
    # SQLAlchemy prints a statement's parameters, which are people's data.
    if isinstance(error, DBAPIError):
        error.hide_parameters = True
    return error


def _page(error: PageError, services: Services) -> ResponseReturnValue:
    code = _written_down(error, services)
    # Without `lazy` strings: the texts are translated here, for the language of this request.
    body = render_template(
        "error.html",
        title=_(error.title, **error.values),
        text=_(error.text, **error.values),
        ways=[(_(way.label), way.href) for way in error.ways],
        code=code,
    )
    return body, error.status, {"X-Support-Code": code}


def _written_down(error: PageError, services: Services) -> str:
    """The support code of this failure, or of the flood that it is part of."""
    source, at = source_of(request, services.trusted_proxies), now()
    flood = services.refusals.flood(source, at)
    if flood is not None:
        return flood
    act = f"page.{error.why}"
    facts = error.facts | {"status": error.status, "page": request.url_rule.rule if request.url_rule else "unknown"}
    try:
        if error.status < 500:
            return services.refusals.write(write_db(), act, source=source, now=at, actor=_who(), facts=facts)
        undo()
        with services.database.write() as db:
            return services.refusals.write(db, act, source=source, now=at, facts=facts)
    except SQLAlchemyError as failure:
        log.error("audit.unreachable", error=type(failure).__name__)
        return new_support_code()


def _who() -> str | None:
    """Whoever is signed in on this browser, for the page where a support code is looked up."""
    return current_user.login.subject if current_user.is_authenticated else None
