"""OpenID Connect Back-Channel Logout 1.0: every publisher that saw the session is told, and told once."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from idp import app
from tests.protocol.party import Party
from tests.site import Site, registration

EVENT = "http://schemas.openid.net/event/backchannel-logout"


class Publisher:
    """The receiving end: answers with `status`, keeps what came with the moment at which it came."""

    def __init__(self) -> None:
        self.status = 200
        self.tokens: list[str] = []
        self.at: list[float] = []


@contextmanager
def listening() -> Iterator[tuple[str, Publisher]]:
    """A real server on loopback."""
    publisher = Publisher()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            publisher.tokens.append(parse_qs(body)["logout_token"][0])
            publisher.at.append(time.monotonic())
            self.send_response(publisher.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}/backchannel", publisher
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def site(fresh_site: Site) -> Site:
    """These tests count what is in the outbox."""
    return fresh_site


@pytest.fixture
def publisher(party: Party) -> Iterator[Publisher]:
    """`party` with an address for logout calls."""
    with listening() as (address, heard):
        party.site.register(registration(backchannel_logout_uri=address))
        yield heard


def test_a_sign_out_reaches_the_publisher_within_a_second(party: Party, publisher: Publisher) -> None:
    stop = threading.Event()
    worker = app.build_worker(party.site.settings, party.site.database, party.site.keyring)
    thread = threading.Thread(target=worker.run_forever, args=(stop,), daemon=True)
    thread.start()
    browser = party.browser()
    tokens = party.redeem(party.code(browser)).json()
    before = time.monotonic()
    browser.open("/portaal").submit(form="/uitloggen")
    while not publisher.tokens and time.monotonic() < before + 5:
        time.sleep(0.01)
    stop.set()
    thread.join()
    assert publisher.at[0] - before < 1
    claims = _read(party, publisher.tokens[0])
    mine = party.claims(tokens)
    assert (claims["sub"], claims["sid"]) == (mine["sub"], mine["sid"])


def _read(party: Party, token: str) -> dict[str, object]:
    published = KeySet.import_key_set(requests.get(party.metadata["jwks_uri"], timeout=5).json())
    decoded = jwt.decode(token, published, algorithms=["RS256"])
    assert decoded.header["typ"] == "logout+jwt"
    return dict(decoded.claims)


def test_the_logout_token_is_as_the_standard_says(party: Party, publisher: Publisher) -> None:
    browser = party.browser()
    party.redeem(party.code(browser))
    browser.open("/portaal").submit(form="/uitloggen")
    party.site.deliver()
    claims = _read(party, publisher.tokens[0])
    assert claims.keys() == {"iss", "aud", "iat", "exp", "jti", "events", "sub", "sid"}
    assert (claims["iss"], claims["aud"]) == (party.site.issuer, party.client_id)
    assert claims["events"] == {EVENT: {}}
    assert claims["exp"] - claims["iat"] <= 120  # type: ignore[operator]


def test_each_publisher_that_saw_the_session_is_told_once_and_no_other(party: Party, publisher: Publisher) -> None:
    with listening() as (address, unseen):
        party.site.register(registration("other-publisher", backchannel_logout_uri=address))
        browser = party.browser()
        for _ in range(3):
            party.redeem(party.code(browser))
        browser.open("/portaal").submit(form="/uitloggen")
        party.site.deliver()
        party.site.deliver()
        assert (len(publisher.tokens), len(unseen.tokens)) == (1, 0)


def test_t33_a_refusal_is_not_retried_and_the_operator_sees_it(party: Party, publisher: Publisher) -> None:
    publisher.status = 400
    browser = party.browser()
    party.redeem(party.code(browser))
    browser.open("/portaal").submit(form="/uitloggen")
    party.site.deliver()
    (failure,) = party.site.failures()
    assert (failure.kind, failure.state, failure.outcome) == ("backchannel_logout", "failed", "400")


def test_t33_a_publisher_that_is_down_is_tried_again(party: Party, publisher: Publisher) -> None:
    publisher.status = 503
    browser = party.browser()
    party.redeem(party.code(browser))
    browser.open("/portaal").submit(form="/uitloggen")
    party.site.deliver()
    (failure,) = party.site.failures()
    assert (failure.state, failure.attempts, failure.outcome) == ("queued", 1, "503")


def test_switching_child_tells_the_publisher_too(party: Party, publisher: Publisher) -> None:
    number = next(n for n, home in enumerate(party.site.people()["homes"]) if len(home["children"]) > 1)
    browser = party.browser(number)
    party.redeem(party.code(browser))
    page = browser.open("/portaal").submit(form="/wissel")
    assert page.path == "/thuis/kind"
    party.site.deliver()
    assert len(publisher.tokens) == 1


def test_a_publisher_without_an_address_queues_nothing(party: Party) -> None:
    browser = party.browser()
    party.redeem(party.code(browser))
    browser.open("/portaal").submit(form="/uitloggen")
    party.site.deliver()
    assert party.site.failures() == []
