"""All environments in one Flask app: one blueprint each, and a front page."""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from flask import Blueprint, Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from clients import environment
from clients.browsers import BrowserCookie
from clients.environment import Settings
from clients.network import authorize, environments, machine, people, sign_out
from clients.network.environments import Environment
from clients.network.keys import Keys
from clients.network.misbehaviour import MODES
from clients.network.party import Party, parties
from clients.network.peer import Peer
from clients.responses import harden

View = Callable[[Peer], Response]
SECONDS = re.compile(r"[0-9]{1,2}(\.[0-9])?")
LOOPBACK = ("127.0.0.1", "::1")

MACHINE_ROUTES: tuple[tuple[str, tuple[str, ...], View], ...] = (
    ("/.well-known/openid-configuration", ("GET",), machine.discovery),
    ("/jwks", ("GET",), machine.jwks),
    ("/token", ("POST",), machine.token),
    ("/userinfo", ("GET", "POST"), machine.userinfo),
)
"""What a slow environment is slow at: a person waits for a page, the relying party for these."""

ROUTES: tuple[tuple[str, tuple[str, ...], View], ...] = (
    ("/", ("GET",), people.home),
    ("/authorize", ("GET", "POST"), authorize.authorize),
    ("/aanmelden", ("POST",), authorize.sign_in),
    ("/uitloggen", ("POST",), sign_out.sign_out),
    ("/end_session", ("GET", "POST"), sign_out.end_session),
    *MACHINE_ROUTES,
)


def from_environment() -> Flask:
    """The app of `python -m clients.network`."""
    settings = environment.read("NETWORKS", "http://localhost:5002")
    every = environments.load()
    return make_app(settings, every, parties(every, settings.issuer, settings.data))


def make_app(settings: Settings, entries: Iterable[Environment], clients: Mapping[str, Party]) -> Flask:
    """The app with these environments; `clients` is the relying party of each, by slug."""
    every = tuple(entries)
    app = Flask(__name__)
    # No form-action: a browser holds the whole way behind a form to it, and the way back to a publisher is long.
    harden(app)
    for entry in every:
        cookie = BrowserCookie(f"net_{entry.slug}", f"/{entry.slug}/", settings.secure)
        keys = Keys(entry.slug, entry.id_token_alg, settings.data / "keys")
        app.register_blueprint(blueprint(Peer(entry, settings.base, clients[entry.slug], keys, cookie)))
    app.add_url_rule("/", "front", partial(_front, every))
    app.add_url_rule("/kleuren.css", "colours", partial(_colours, every))
    app.register_error_handler(HTTPException, _http_problem)
    return app


def blueprint(peer: Peer) -> Blueprint:
    """The pages and endpoints of one environment."""
    made = Blueprint(peer.slug, __name__, url_prefix=f"/{peer.slug}")
    for rule, methods, view in ROUTES:
        slow = (rule, methods, view) in MACHINE_ROUTES
        made.add_url_rule(rule, view.__name__, partial(_answer, peer, view, slow), methods=methods)
    made.add_url_rule("/misbehave", "misbehave", partial(_misbehave, peer), methods=("GET", "POST"))
    return made


def _answer(peer: Peer, view: View, may_be_slow: bool) -> Response:
    if peer.wrong.down:
        return make_response(render_template("down.html", environment=peer.environment), 503)
    if peer.wrong.slow and may_be_slow:
        time.sleep(peer.delay_s)
    return view(peer)


def _misbehave(peer: Peer) -> Response:
    """`mode` is a name of MODES, `seconds` how slow "slow" is. From this machine, and from no page of another site."""
    if request.remote_addr not in LOOPBACK or "Origin" in request.headers:
        return make_response(jsonify(error="only from this machine"), 403)
    if request.method == "POST":
        mode, seconds = request.form.get("mode", ""), request.form.get("seconds", "8")
        if mode not in MODES or not SECONDS.fullmatch(seconds):
            return make_response(jsonify(error="no such mode", modes=list(MODES)), 400)
        peer.mode, peer.delay_s = mode, float(seconds)
    return jsonify(mode=peer.mode, seconds=peer.delay_s)


def _front(every: Iterable[Environment]) -> Response:
    return make_response(render_template("front.html", environments=every))


def _colours(every: Iterable[Environment]) -> Response:
    response = make_response("".join(f".van-{one.slug} {{ --brand: {one.colour}; }}\n" for one in every))
    response.content_type = "text/css; charset=utf-8"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _http_problem(error: HTTPException) -> Response:
    return make_response(render_template("not_here.html", status=error.code), error.code or 500)
