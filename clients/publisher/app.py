"""All publishers in one Flask app: one blueprint each, and a front page with their tiles."""

from collections.abc import Callable, Iterable
from functools import partial
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, make_response, render_template
from werkzeug.exceptions import HTTPException

from clients import environment
from clients.browsers import BrowserCookie
from clients.environment import Settings
from clients.publisher import pages, publishers, sign_in, sign_out
from clients.publisher.desk import Desk
from clients.publisher.provider import Provider
from clients.publisher.publishers import Publisher
from clients.publisher.registration import secrets_of
from clients.publisher.store import STORE, Store
from clients.responses import harden

View = Callable[[Desk], Response]

ROUTES: tuple[tuple[str, tuple[str, ...], View], ...] = (
    ("/", ("GET",), pages.home),
    ("/session.json", ("GET",), pages.session),
    ("/kleur.css", ("GET",), pages.colours),
    ("/login", ("GET", "POST"), sign_in.login),
    ("/callback", ("GET",), sign_in.callback),
    ("/ververs", ("POST",), sign_in.ask_again),
    ("/logout", ("POST",), sign_out.logout),
    ("/uitgelogd", ("GET",), sign_out.back_from_logout),
    ("/backchannel", ("POST",), sign_out.backchannel),
)
"""Below `/SLUG`, for every publisher."""


def from_environment() -> Flask:
    """The app of `python -m clients.publisher`."""
    return make_app(environment.read("CLIENTS", "http://localhost:5001"), publishers.load())


def make_app(settings: Settings, entries: Iterable[Publisher]) -> Flask:
    """The app with these publishers."""
    every = tuple(entries)
    app = Flask(__name__)
    # A form's answer leads to the provider's sign-out, and a browser holds the whole way to this policy.
    harden(app, f"form-action 'self' {_origin(settings.issuer)}")
    store = Store(settings.data / STORE)
    secrets = secrets_of(every, settings.data)
    for publisher in every:
        provider = Provider(settings.issuer, publisher, secrets[publisher.slug])
        cookie = BrowserCookie(f"pub_{publisher.slug}", f"/{publisher.slug}/", settings.secure)
        app.register_blueprint(blueprint(Desk(publisher, settings.base, provider, store, cookie)))
    app.add_url_rule("/", "front", partial(_front, every))
    app.add_url_rule("/kleuren.css", "colours", partial(pages.stylesheet, every))
    app.register_error_handler(HTTPException, _http_problem)
    return app


def blueprint(desk: Desk) -> Blueprint:
    """The pages of one publisher."""
    made = Blueprint(desk.slug, __name__, url_prefix=f"/{desk.slug}")
    for rule, methods, view in ROUTES:
        made.add_url_rule(rule, view.__name__, partial(view, desk), methods=methods)
    return made


def _front(every: Iterable[Publisher]) -> Response:
    return make_response(render_template("front.html", publishers=every))


def _http_problem(error: HTTPException) -> Response:
    return make_response(render_template("not_here.html", status=error.code), error.code or 500)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
