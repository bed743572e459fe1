"""No value of one kind does anything where another kind is asked for (T02, B35; OWASP ASVS 5.0 V9.2.2)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from idp.engine.clients.registry import Registry
from idp.engine.keys import KeyStore
from idp.engine.logout.backchannel import Deliverer
from idp.kernel import clock
from idp.kernel.outbound import Outbound
from tests.protocol.device.board import DEVICE, start
from tests.protocol.party import Party, read_jwt
from tests.protocol.pushing import pushed
from tests.site import Site, registration

GRANTS = ["authorization_code", "refresh_token", "client_credentials", DEVICE]


@pytest.fixture(scope="module")
def everything(shared_site: Site) -> Party:
    """A client that is registered for all of it."""
    more: dict[str, Any] = {"userinfo_signed_response_alg": "RS256", "access_token_signed_response_alg": "RS256"}
    shared_site.register(
        registration("everything", grant_types=GRANTS, scope="openid profile reports", **more),
        registration("opaque", grant_types=GRANTS),
    )
    return Party(shared_site, client_id="everything")


@pytest.fixture(scope="module")
def values(everything: Party) -> dict[str, str]:
    """One living value of each kind."""
    party, opaque = everything, Party(everything.site, client_id="opaque")
    browser = party.browser()
    tokens = party.redeem(party.code(browser)).json()
    plain = opaque.redeem(opaque.code(browser)).json()
    device = start(party)
    sid = read_jwt(tokens["id_token"])[1]["sid"]
    engine_made = _logout_token(party, sid)
    return {
        "code": party.code(browser),
        "access token (JWT)": tokens["access_token"],
        "access token (opaque)": plain["access_token"],
        "refresh token": tokens["refresh_token"],
        "ID token": tokens["id_token"],
        "logout token": engine_made,
        "signed userinfo": party.userinfo(tokens["access_token"]).text,
        "introspection JWT": party.introspect("x", {"Accept": "application/token-introspection+jwt"}).text,
        "device code": device["device_code"],
        "user code": device["user_code"],
        "request_uri": pushed(party),
        "browser session": browser.session.cookies["sleutelbos_session"],
        "household": browser.session.cookies["sleutelbos_household"],
        "signed answer": _jarm(party, browser),
    }


def _logout_token(party: Party, sid: str) -> str:
    """As the worker makes them."""
    site = party.site
    keys = KeyStore(site.database, site.keyring)
    deliverer = Deliverer(site.issuer, site.database, Registry(), keys, Outbound(loopback=True))
    return deliverer.logout_token(party.client_id, "RS256", {"sub": "p.x", "sid": sid}, clock.now())


def _jarm(party: Party, browser: Any) -> str:
    page = browser.open(party.authorize_url(response_mode="query.jwt"))
    found: str = page.query["response"]
    return found


def _refused(answer: requests.Response, *errors: str) -> bool:
    return answer.status_code in (400, 401) and answer.json()["error"] in errors


Place = Callable[[Party, str], bool]
PLACES: dict[str, tuple[frozenset[str], Place]] = {
    "userinfo": (
        frozenset({"access token (JWT)", "access token (opaque)"}),
        lambda party, value: _refused(party.userinfo(value), "invalid_token"),
    ),
    "code": (
        frozenset({"code"}),
        lambda party, value: _refused(party.redeem(value), "invalid_grant"),
    ),
    "refresh": (
        frozenset({"refresh token"}),
        lambda party, value: _refused(party.refresh(value), "invalid_grant"),
    ),
    "device": (
        frozenset({"device code"}),
        lambda party, value: _refused(party.token(grant_type=DEVICE, device_code=value), "invalid_grant"),
    ),
    "introspection": (
        frozenset({"access token (JWT)", "refresh token"}),
        lambda party, value: party.introspect(value).content == b'{"active":false}',
    ),
    "request_uri": (
        frozenset({"request_uri"}),
        lambda party, value: _local_error(party, value),
    ),
    "registration": (
        frozenset(),
        lambda party, value: _no_registration(party, value),
    ),
    "session cookie": (
        frozenset({"browser session"}),
        lambda party, value: _no_session(party, value),
    ),
    "id_token_hint": (
        frozenset({"ID token"}),
        lambda party, value: _no_hint(party, value),
    ),
    "user code": (
        frozenset({"user code"}),
        lambda party, value: _no_device(party, value),
    ),
    "client secret": (
        frozenset(),
        lambda party, value: _refused(_as(party, value).introspect("x"), "invalid_client"),
    ),
}


def _as(party: Party, secret: str) -> Party:
    return Party(party.site, client_id=party.client_id, secret=secret, metadata=party.metadata)


def _local_error(party: Party, value: str) -> bool:
    query = {"client_id": party.client_id, "request_uri": f"urn:ietf:params:oauth:request_uri:{value}"}
    where = party.metadata["authorization_endpoint"]
    answer = requests.get(where, params=query, allow_redirects=False, timeout=10)
    return answer.status_code == 400 and "Location" not in answer.headers


def _no_registration(party: Party, value: str) -> bool:
    headers = {"Authorization": f"Bearer {value}", "Content-Type": "application/json"}
    body = json.dumps({"redirect_uris": ["https://new.example/cb"]})
    answer = requests.post(party.metadata["registration_endpoint"], data=body, headers=headers, timeout=10)
    return answer.status_code == 401


def _no_session(party: Party, value: str) -> bool:
    cookies = {"sleutelbos_session": value}
    answer = requests.get(f"{party.site.issuer}/portaal", cookies=cookies, allow_redirects=False, timeout=10)
    return answer.status_code == 303


def _no_hint(party: Party, value: str) -> bool:
    """At the logout endpoint a question, and at the front door nobody whom we know."""
    browser = party.browser()
    asked = browser.open(f"{party.metadata['end_session_endpoint']}?id_token_hint={value}")
    silent = browser.open(party.authorize_url(prompt="none", id_token_hint=value))
    return asked.path == "/logout" and silent.query.get("error") == "login_required"


def _no_device(party: Party, value: str) -> bool:
    return party.browser().open("/koppel").submit({"code": value}).status == 422


KINDS = (
    "code", "access token (JWT)", "access token (opaque)", "refresh token", "ID token", "logout token",
    "signed userinfo", "introspection JWT", "device code", "user code", "request_uri", "browser session", "household",
    "signed answer",
)  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_every_other_kind_is_refused(everything: Party, values: dict[str, str], place: str) -> None:
    own, refuses = PLACES[place]
    assert set(values) == set(KINDS)
    wrong = [kind for kind in KINDS if kind not in own and not refuses(everything, values[kind])]
    assert not wrong


def test_revocation_takes_tokens_and_nothing_else(everything: Party, values: dict[str, str]) -> None:
    for kind in set(KINDS) - {"access token (JWT)", "refresh token"}:
        everything.revoke(values[kind])
    assert everything.introspect(values["access token (JWT)"]).json()["active"] is True
    assert everything.introspect(values["refresh token"]).json()["active"] is True
    assert everything.redeem(values["code"]).status_code == 200
