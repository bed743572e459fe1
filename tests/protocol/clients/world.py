"""Publishers and network environments behind real sockets, and somebody who travels between them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
from flask import Flask
from joserfc.jwk import ECKey
from werkzeug.serving import BaseWSGIServer, make_server

from clients.environment import Settings
from clients.network import app as network_app
from clients.network import environments
from clients.network.environments import Environment
from clients.network.party import Party
from clients.publisher import app as publisher_app
from clients.publisher import publishers
from clients.publisher.publishers import Publisher
from clients.publisher.registration import secrets_of
from tests.visitor import Answer, Caller, Page

LIES = (
    "wrong_aud",
    "wrong_azp",
    "wrong_iss",
    "wrong_nonce",
    "expired",
    "no_at_hash_match",
    "bad_signature",
    "alg_none",
)
"""The modes of an environment in which an ID token does not hold."""


class Traveller(Caller):
    """Goes wherever it is sent, as a browser does; its cookies know hosts and paths, and no ports."""

    def _follow(self, answer: Answer) -> Page:
        for _ in range(10):
            if answer.status not in (301, 302, 303, 307, 308):
                return self._page(answer)
            answer = self.send("GET", urljoin(answer.url, answer.headers["Location"]))
        raise AssertionError(f"redirected without end, last to {answer.url}")

    def step(self, method: str, url: str, **more: Any) -> str:
        """One request that must be answered with a redirect; where to."""
        answer = self.send(method, url, **more)
        assert answer.status == 303, (answer.status, answer.text)
        return urljoin(answer.url, answer.headers["Location"])


@contextmanager
def listening() -> Iterator[BaseWSGIServer]:
    """A server without an app, so that its address can be known before the app is made: set `.app`."""
    server = make_server("127.0.0.1", 0, Flask("empty"), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def address(server: BaseWSGIServer) -> str:
    """Where it listens."""
    return f"http://127.0.0.1:{server.port}"


@dataclass(frozen=True, slots=True)
class World:
    """One publisher whose provider is one network environment: both of them whole, and nothing between them."""

    publisher: Publisher
    environment: Environment
    home: str
    issuer: str

    def traveller(self) -> Traveller:
        """A fresh browser."""
        return Traveller(self.home.removesuffix(f"/{self.publisher.slug}/"))

    def traveller_with(self, browser: Traveller) -> Traveller:
        """A second window of this browser, for another thread: the same cookies as they are now."""
        made = self.traveller()
        made.session.cookies.update(browser.session.cookies)
        return made

    def misbehave(self, mode: str, seconds: float = 0) -> None:
        """From now on the environment is wrong in this way."""
        answer = requests.post(f"{self.issuer}/misbehave", data={"mode": mode, "seconds": seconds}, timeout=5)
        assert answer.json()["mode"] == mode

    def sign_in(self, browser: Traveller, person: str = "noor") -> Page:
        """From the publisher's button to wherever that ends, as this person."""
        return browser.open(self.home + "login").submit(button=f"person={person}")

    def answer(self, browser: Traveller, person: str = "noor") -> str:
        """Sign in, and stop one step earlier: the address with which the browser is sent back to the publisher."""
        page = browser.open(self.home + "login")
        fields = {name: page.select(f"input[name={name}]")[0].get("value") for name in ("form_token", "request")}
        return browser.step("POST", f"{self.issuer}/aanmelden", data=fields | {"person": person})

    def session(self, browser: Traveller) -> dict[str, Any]:
        """What the publisher says of this browser, for programs."""
        found: dict[str, Any] = json.loads(browser.open(self.home + "session.json").text)
        return found


@contextmanager
def world(folder: Path, keys: Path, publisher: str = "malmberg", environment: str = "moo") -> Iterator[World]:
    """A running World; `keys` is a folder whose signing keys may be used again (an RSA key takes a while)."""
    entry = next(one for one in publishers.load() if one.slug == publisher)
    peer = next(one for one in environments.load() if one.slug == environment)
    with listening() as provider, listening() as party:
        issuer, base = f"{address(provider)}/{peer.slug}", address(party)
        (folder / "network").mkdir()
        (folder / "network" / "keys").symlink_to(keys)
        secret = secrets_of([entry], folder / "clients")[entry.slug] or ""
        known = {peer.slug: registered(entry.slug, entry.auth_method, secret, f"{base}/{entry.slug}/")}
        provider.app = network_app.make_app(
            Settings("http://unused.example", "127.0.0.1", address(provider), folder / "network"), [peer], known
        )
        party.app = publisher_app.make_app(Settings(issuer, "127.0.0.1", base, folder / "clients"), [entry])
        yield World(entry, peer, f"{base}/{entry.slug}/", issuer)


def registered(client_id: str, auth_method: str, secret: str, home: str) -> Party:
    """A publisher as an environment knows it."""
    return Party(
        client_id,
        auth_method,
        secret,
        (f"{home}callback",),
        (f"{home}uitgelogd",),
        f"{home}backchannel",
        f"{home}login",
    )


def new_client_key() -> str:
    """A private key for private_key_jwt, as a JWK text."""
    return json.dumps(ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True))
