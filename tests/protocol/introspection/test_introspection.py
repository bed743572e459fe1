"""Token introspection: RFC 7662, the JWT answers of RFC 9701, B34, and what it must never tell (T43)."""

import json
from typing import Any

import pytest
import requests
from joserfc import jwe, jwk

from idp.engine.clients import registration as stored
from idp.kernel.clock import now
from tests.protocol.party import Party, read_jwt
from tests.site import SECRET, Site, registration

API = "https://api.example/v1"
JWT = {"Accept": "application/token-introspection+jwt"}


@pytest.fixture
def stranger(site: Site) -> Party:
    """Another publisher."""
    site.register(registration("stranger"))
    return Party(site, client_id="stranger")


@pytest.fixture
def caller(site: Site) -> Party:
    """A publisher that may ask tokens for the API."""
    site.register(registration("caller", resources=[API]))
    return Party(site, client_id="caller")


@pytest.fixture
def api(site: Site) -> Party:
    """The server of the API."""
    site.register(registration("api", protected_resources=[API], grant_types=["client_credentials"]))
    return Party(site, client_id="api")


def test_2_2_what_a_client_is_told_of_its_own_token(party: Party) -> None:
    tokens = party.signed_in()
    identity = read_jwt(tokens["id_token"])[1]
    answer = party.introspect(tokens["access_token"])
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json()
    assert told | {"iat": 0, "exp": 0} == {
        "active": True,
        "iss": party.metadata["issuer"],
        "client_id": party.client_id,
        "sub": identity["sub"],
        "aud": party.metadata["issuer"],
        "scope": "openid profile",
        "token_type": "Bearer",
        "acr": identity["acr"],
        "auth_time": identity["auth_time"],
        "iat": 0,
        "exp": 0,
    }
    assert told["exp"] - told["iat"] == tokens["expires_in"]


def test_2_2_what_a_client_is_told_of_its_own_refresh_token(party: Party) -> None:
    tokens = party.signed_in()
    told = party.introspect(tokens["refresh_token"]).json()
    assert told["active"] is True
    assert told["exp"] - told["iat"] == 14 * 24 * 3600
    assert "token_type" not in told
    party.refresh(tokens["refresh_token"])
    assert party.introspect(tokens["refresh_token"]).json() == {"active": False}


def test_2_1_the_hint_is_only_a_hint(party: Party) -> None:
    token = party.signed_in()["access_token"]
    for hint in ("access_token", "refresh_token", "nonsense"):
        assert party.introspect(token, token_type_hint=hint).json()["active"] is True


def test_b34_without_client_authentication_401(party: Party, site: Site) -> None:
    token = party.signed_in()["access_token"]
    where = party.metadata["introspection_endpoint"]
    for form in ({"token": token}, {"token": token, "client_id": party.client_id}):
        answer = requests.post(where, data=form, timeout=10)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert "WWW-Authenticate" in answer.headers
    site.register(registration("app", token_endpoint_auth_method="none", client_secret=None))
    answer = Party(site, client_id="app", secret=None).introspect(token)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_b34_everything_else_is_the_same_bytes(party: Party, stranger: Party, site: Site) -> None:
    tokens = party.signed_in()
    ended = party.signed_in()
    party.revoke(ended["refresh_token"])
    code = party.code(party.browser())
    answers = [
        stranger.introspect(tokens["access_token"]),
        stranger.introspect(tokens["refresh_token"]),
        *(party.introspect(token) for token in (
            "at_unknown", "rt_unknown", "unknown", "é", "x" * 5000, code, tokens["id_token"],
            ended["access_token"], ended["refresh_token"], "eyJhbGciOiJub25lIn0.e30.",
        )),
    ]  # fmt: skip
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b'{"active":false}')}
    assert len({tuple(k for k in answer.headers if k != "Date") for answer in answers}) == 1


def test_2_1_a_request_without_a_token(party: Party) -> None:
    answer = party.post("introspection_endpoint", {})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert requests.get(party.metadata["introspection_endpoint"], timeout=10).status_code == 405


def test_a_token_ends_with_the_sign_in(party: Party) -> None:
    browser = party.browser()
    tokens = party.redeem(party.code(browser)).json()
    browser.open("/portaal").submit(form="/uitloggen")
    for name in ("access_token", "refresh_token"):
        assert party.introspect(tokens[name]).json() == {"active": False}


def test_a_disabled_client_s_tokens_are_inactive_to_its_api(caller: Party, api: Party, site: Site) -> None:
    token = caller.signed_in(resource=API)["access_token"]
    assert api.introspect(token).json()["active"] is True
    with site.database.write() as db:
        stored.disable(db, "caller", now())
    assert api.introspect(token).json() == {"active": False}


def test_4_a_resource_server_is_told_of_tokens_that_are_for_it(caller: Party, api: Party, stranger: Party) -> None:
    browser = caller.browser()
    token = caller.redeem(caller.code(browser, resource=API)).json()["access_token"]
    other = caller.redeem(caller.code(browser)).json()["access_token"]
    told = api.introspect(token).json()
    assert (told["active"], told["aud"], told["client_id"]) == (True, API, "caller")
    assert api.introspect(other).json() == {"active": False}
    assert stranger.introspect(token).json() == {"active": False}


def test_t43_a_resource_server_is_not_told_who_the_person_is_to_the_publisher(caller: Party, api: Party) -> None:
    tokens = caller.signed_in(resource=API)
    first, second = (api.introspect(tokens["access_token"]).json() for _ in range(2))
    assert first["sub"] == second["sub"] != read_jwt(tokens["id_token"])[1]["sub"]
    assert caller.introspect(tokens["access_token"]).json()["sub"] == read_jwt(tokens["id_token"])[1]["sub"]


def test_9701_5_a_signed_answer(party: Party) -> None:
    token = party.signed_in()["access_token"]
    answer = party.introspect(token, JWT)
    assert answer.headers["Content-Type"] == "application/token-introspection+jwt"
    head, claims = read_jwt(answer.text)
    assert (head["typ"], head["alg"]) == ("token-introspection+jwt", "RS256")
    assert claims.keys() == {"iss", "aud", "iat", "token_introspection"}
    assert (claims["iss"], claims["aud"]) == (party.metadata["issuer"], party.client_id)
    assert claims["token_introspection"] == party.introspect(token).json()


def test_9701_5_a_signed_answer_says_no_more_of_an_inactive_token(party: Party) -> None:
    _, claims = read_jwt(party.introspect("at_unknown", JWT).text)
    assert claims["token_introspection"] == {"active": False}


@pytest.mark.parametrize("alg", ["ES256", "PS256", "EdDSA"])
def test_9701_6_in_the_algorithm_of_the_client(site: Site, alg: str) -> None:
    site.register(registration("picky", introspection_signed_response_alg=alg))
    head, _ = read_jwt(Party(site, client_id="picky").introspect("at_unknown", JWT).text)
    assert head["alg"] == alg


@pytest.mark.parametrize(("alg", "kind"), [("RSA-OAEP-256", "RSA"), ("ECDH-ES", "EC")])
def test_9701_5_signed_and_then_encrypted(site: Site, alg: str, kind: Any) -> None:
    key = jwk.RSAKey.generate_key(2048) if kind == "RSA" else jwk.ECKey.generate_key("P-256")
    public = key.as_dict(private=False) | {"use": "enc", "kid": "e1"}
    more: dict[str, Any] = {"introspection_encrypted_response_alg": alg, "jwks": {"keys": [public]}}
    site.register(registration("secret", introspection_encrypted_response_enc="A256GCM", **more))
    answer = Party(site, client_id="secret").introspect("at_unknown", JWT)
    opened = jwe.decrypt_compact(answer.text, key, algorithms=[alg, "A256GCM"])
    assert opened.headers()["cty"] == "JWT"
    assert opened.headers()["kid"] == "e1"
    assert opened.plaintext is not None
    head, claims = read_jwt(opened.plaintext.decode())
    assert head["typ"] == "token-introspection+jwt"
    assert claims["token_introspection"] == {"active": False}


def test_no_answer_holds_the_secret_of_anybody(party: Party) -> None:
    token = party.signed_in()["access_token"]
    assert SECRET not in json.dumps(party.introspect(token).json())
