"""An end at the environment is an end here, and ours is an end there; the publishers hear of both."""

import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64encode

from clients.network.keys import Claims, Keys
from idp.engine.upstream.tokens import EVENT
from tests.protocol.party import Party, answer_of
from tests.protocol.upstream.world import BY_SLUG, Pupil, Upstream


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return holds()


def _at_publisher(there: Upstream, pupil: Pupil, party: Party) -> dict[str, Any]:
    """Signed in through MOO, and at a publisher; its tokens."""
    there.arrive(pupil, "moo")
    tokens: dict[str, Any] = party.redeem(answer_of(pupil.open(party.authorize_url()))["code"]).json()
    assert party.userinfo(tokens["access_token"]).status_code == 200
    return tokens


def test_the_button_of_the_environment(there: Upstream, pupil: Pupil, party: Party) -> None:
    tokens, another = _at_publisher(there, pupil, party), there.pupil()
    there.arrive(another, "moo", 1)
    pupil.open(f"{there.base}/moo/").submit(form="/moo/uitloggen")
    assert _within(5, lambda: not pupil.signed_in)
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert another.signed_in


@pytest.mark.parametrize("button", ["/uitloggen", "/wissel"])
def test_our_own_buttons(there: Upstream, pupil: Pupil, party: Party, button: str) -> None:
    tokens = _at_publisher(there, pupil, party)
    page = pupil.open("/portaal").submit(form=button)
    assert page.path == "/netwerk/moo/uitgelogd"
    assert "bij de apps van school en bij MOO" in page.words
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert not pupil.signed_in
    assert pupil.open("/netwerk/moo/begin").heading == "Wie ben je?"  # the environment asks again


def test_the_end_here_does_not_depend_on_the_environment(there: Upstream, pupil: Pupil) -> None:
    there.arrive(pupil, "moo")
    there.misbehave("moo", "down")
    pupil.open("/portaal").submit(form="/uitloggen")
    there.misbehave("moo", "none")
    assert not pupil.signed_in


def test_a_publisher_ends_it_everywhere_and_gets_the_browser_back_where_it_says(
    there: Upstream, pupil: Pupil, party: Party
) -> None:
    hint = _at_publisher(there, pupil, party)["id_token"]
    assert pupil.open(f"/logout?id_token_hint={hint}").path == "/netwerk/moo/uitgelogd"
    hint = _at_publisher(there, pupil, party)["id_token"]
    back = "https://demo-publisher.example/out"
    assert pupil.open(f"/logout?id_token_hint={hint}&post_logout_redirect_uri={back}").url == back


def _with_the_public_key(keys: Keys, claims: Claims) -> str:
    """HS256 under what everybody knows."""
    parts = ({"alg": "HS256", "typ": "logout+jwt", "kid": keys.own.kid}, claims)
    message = ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts)
    mac = hmac.digest(keys.own.as_pem(private=False), message.encode(), "sha256")
    return f"{message}.{urlsafe_b64encode(mac).decode()}"


class Signer:
    """Signs as MOO does, about the session that a browser has there."""

    def __init__(self, there: Upstream, folder: Path) -> None:
        self.there, self.keys = there, Keys("moo", BY_SLUG["moo"].id_token_alg, folder / "keys")

    def claims(self, **changes: Any) -> Claims:
        """A good logout token about Noor, with `changes`; None leaves a claim out."""
        now = int(time.time())
        good: Claims = {
            "iss": f"{self.there.base}/moo",
            "aud": "sleutelbos",
            "iat": now,
            "exp": now + 120,
            "jti": f"jti-{time.monotonic_ns()}",
            "events": {EVENT: {}},
            "sub": "moo-0001",
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def send(self, token: str) -> requests.Response:
        """As the environment does."""
        return requests.post(
            f"{self.there.site.issuer}/netwerk/moo/backchannel", data={"logout_token": token}, timeout=10
        )


@pytest.fixture
def signer(there: Upstream, kept_keys: Path) -> Signer:
    return Signer(there, kept_keys)


def test_a_logout_token_about_a_person_ends_all_of_theirs_once(there: Upstream, pupil: Pupil, signer: Signer) -> None:
    second = there.pupil()
    there.arrive(pupil, "moo")
    there.arrive(second, "moo")
    token = signer.keys.sign("logout+jwt", signer.claims())
    answer = signer.send(token)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert not pupil.signed_in
    assert not second.signed_in
    pupil.open("/netwerk/moo/begin")
    assert pupil.signed_in
    assert signer.send(token).json()["error_description"] == "token.jti"
    assert pupil.signed_in


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "somebody-else"}, "token.aud"),
        ({"aud": ["sleutelbos", "somebody-else"]}, "token.aud"),
        ({"iss": "https://somebody-else.example"}, "token.iss"),
        ({"exp": 1}, "token.exp"),
        ({"exp": None}, "token.exp"),
        ({"exp": int(time.time()) + 86400}, "token.life"),
        ({"iat": None}, "token.iat"),
        ({"jti": None}, "token.jti"),
        ({"events": None}, "token.events"),
        ({"events": {"x": {}}}, "token.events"),
        ({"nonce": "n"}, "token.nonce"),
        ({"sub": None}, "token.subject"),
        ({"sub": 7}, "token.sub"),
    ],
)
def test_a_logout_token_that_does_not_hold(
    there: Upstream, pupil: Pupil, signer: Signer, changes: dict[str, Any], reason: str
) -> None:
    there.arrive(pupil, "moo")
    answer = signer.send(signer.keys.sign("logout+jwt", signer.claims(**changes)))
    assert (answer.status_code, answer.json()["error_description"]) == (400, reason)
    assert pupil.signed_in


def test_a_logout_token_that_is_none(there: Upstream, pupil: Pupil, signer: Signer) -> None:
    there.arrive(pupil, "moo")
    keys, claims = signer.keys, signer.claims()
    stranger = ECKey.generate_key("P-256")
    unknown = jwt.encode({"alg": "RS256", "typ": "logout+jwt", "kid": "unknown"}, claims, keys.own)
    other_alg = jwt.encode({"alg": "ES256", "typ": "logout+jwt", "kid": keys.own.kid}, claims, stranger)
    for token, reason in (
        (keys.sign("JWT", claims), "token.typ"),
        (keys.sign("logout+jwt", claims, keys.rogue), "token.signature"),
        (unknown, "token.kid"),
        (other_alg, "token.alg"),
        (_with_the_public_key(keys, claims), "token.alg"),
        ("x.y", "token.form"),
        ("x" * 20000, "token.form"),
        ("", "token.form"),
    ):
        answer = signer.send(token)
        assert (answer.status_code, answer.json()["error_description"]) == (400, reason)
    assert pupil.signed_in


def test_nobody_who_is_signed_in_is_no_error(signer: Signer) -> None:
    assert signer.send(signer.keys.sign("logout+jwt", signer.claims(sub="moo-0004"))).status_code == 200
