"""Access tokens as JWTs (RFC 9068), for resources (RFC 8707), and dead where they were revoked."""

import json
from typing import Any

import pytest
import requests
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc import jwk, jws

from tests.protocol.party import Party, read_jwt
from tests.site import Site, registration

API, OTHER = "https://api.example/v1", "https://other.example/"
GRANTS = ["authorization_code", "refresh_token", "client_credentials"]


@pytest.fixture
def reader(site: Site) -> Party:
    """A client whose access tokens are JWTs, for either of two APIs or for userinfo."""
    more: dict[str, Any] = {"access_token_signed_response_alg": "ES256", "resources": [API, OTHER]}
    site.register(registration("reader", scope="openid profile reports", grant_types=GRANTS, **more))
    return Party(site, client_id="reader")


@pytest.fixture
def api(site: Site) -> Party:
    """The server of the first API."""
    site.register(registration("api", protected_resources=[API], grant_types=["client_credentials"]))
    return Party(site, client_id="api")


def signed_in(party: Party, **changes: str | None) -> dict[str, Any]:
    return party.signed_in(**changes)


def test_2_1_the_header(reader: Party) -> None:
    head, _ = read_jwt(signed_in(reader)["access_token"])
    assert (head["typ"], head["alg"]) == ("at+jwt", "ES256")
    keys = requests.get(reader.metadata["jwks_uri"], timeout=10).json()["keys"]
    assert head["kid"] in {key["kid"] for key in keys if key["alg"] == "ES256"}


def test_2_2_the_claims_of_a_person_s_token(reader: Party) -> None:
    tokens = signed_in(reader)
    claims, identity = (read_jwt(tokens[name])[1] for name in ("access_token", "id_token"))
    assert claims["iss"] == claims["aud"] == reader.metadata["issuer"]
    assert claims["client_id"] == "reader"
    assert claims["scope"] == "openid profile"
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] == 600
    assert {name: claims[name] for name in ("sub", "acr", "amr", "auth_time")} == {
        name: identity[name] for name in ("sub", "acr", "amr", "auth_time")
    }
    assert claims.keys() == {"iss", "aud", "sub", "client_id", "iat", "exp", "jti", "scope", "acr", "amr", "auth_time"}


def test_2_2_every_token_has_a_jti_of_its_own(reader: Party) -> None:
    tokens = signed_in(reader)
    again = reader.refresh(tokens["refresh_token"]).json()
    assert read_jwt(tokens["access_token"])[1]["jti"] != read_jwt(again["access_token"])[1]["jti"]


def test_2_2_a_machine_s_own_token(reader: Party) -> None:
    token = reader.token(grant_type="client_credentials", scope="reports", resource=API).json()["access_token"]
    _, claims = read_jwt(token)
    assert (claims["sub"], claims["client_id"], claims["aud"]) == ("reader", "reader", API)
    assert "auth_time" not in claims


def test_4_a_resource_server_reads_it_with_a_library_that_we_did_not_write(reader: Party) -> None:
    token = signed_in(reader, resource=API)["access_token"]
    keys = requests.get(reader.metadata["jwks_uri"], timeout=10).json()

    class Validator(JWTBearerTokenValidator):  # type: ignore[misc]
        def get_jwks(self) -> Any:
            return jwk.KeySet.import_key_set({"keys": [key for key in keys["keys"] if key["alg"] == "ES256"]})

    validator = Validator(issuer=reader.metadata["issuer"], resource_server=API)
    claims = validator.authenticate_token(token)
    validator.validate_token(claims, ["profile"], None)
    assert claims["client_id"] == "reader"


def test_9068_6_it_opens_userinfo(reader: Party) -> None:
    tokens = signed_in(reader)
    assert reader.userinfo(tokens["access_token"]).json()["sub"] == read_jwt(tokens["id_token"])[1]["sub"]


def test_a_revoked_one_is_dead_here_at_once(reader: Party) -> None:
    token = signed_in(reader)["access_token"]
    assert reader.introspect(token).json()["active"] is True
    assert reader.revoke(token).status_code == 200
    assert reader.introspect(token).json() == {"active": False}
    assert reader.userinfo(token).status_code == 401


def test_one_that_was_signed_by_us_but_never_given_out_is_unknown(reader: Party, site: Site) -> None:
    token = signed_in(reader)["access_token"]
    head, body, signature = token.split(".")
    assert reader.userinfo(f"{head}.{body}.{signature[:-1]}").status_code == 401
    _, claims = read_jwt(token)
    key = jwk.ECKey.generate_key("P-256", private=True)
    forged = jws.serialize_compact({"alg": "ES256", "typ": "at+jwt"}, json.dumps(claims), key, ["ES256"])
    assert reader.userinfo(forged).status_code == 401
    unsigned = jws.serialize_compact({"alg": "none"}, json.dumps(claims), key, ["none"])
    assert reader.userinfo(unsigned).status_code == 401


def test_8707_2_2_the_audience_is_the_resource(reader: Party) -> None:
    tokens = signed_in(reader, resource=API)
    assert read_jwt(tokens["access_token"])[1]["aud"] == API
    again = reader.refresh(tokens["refresh_token"], resource=API).json()
    assert read_jwt(again["access_token"])[1]["aud"] == API


def test_10_3_1_a_token_for_an_api_does_not_open_userinfo(reader: Party) -> None:
    answer = reader.userinfo(signed_in(reader, resource=API)["access_token"])
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("resource", [OTHER, "https://nowhere.example/", "not an address"])
def test_8707_2_2_only_what_was_granted(reader: Party, resource: str) -> None:
    browser = reader.browser()
    answer = reader.redeem(reader.code(browser, resource=API), resource=resource)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")
    tokens = reader.redeem(reader.code(browser, resource=API)).json()
    answer = reader.refresh(tokens["refresh_token"], resource=resource)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")


def test_8707_2_only_what_is_registered(reader: Party, party: Party) -> None:
    answer = party.token(grant_type="client_credentials", resource=API)
    assert answer.json()["error"] == "unauthorized_client"
    answer = reader.token(grant_type="client_credentials", resource="https://nowhere.example/")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")


def test_t43_a_resource_server_meets_a_pseudonym_of_its_own(reader: Party, api: Party) -> None:
    tokens = signed_in(reader, resource=API)
    own = read_jwt(tokens["id_token"])[1]["sub"]
    at_the_api = read_jwt(tokens["access_token"])[1]["sub"]
    assert at_the_api.startswith("p.")
    assert at_the_api != own
    assert api.introspect(tokens["access_token"]).json()["sub"] == at_the_api


def test_b35_it_is_no_id_token_hint(reader: Party) -> None:
    token = signed_in(reader)["access_token"]
    browser = reader.browser()
    page = browser.open(f"{reader.metadata['end_session_endpoint']}?id_token_hint={token}")
    assert page.path == "/logout"
    assert browser.open("/portaal").path == "/portaal"


def test_a_client_that_is_not_registered_for_them_gets_opaque_ones(party: Party) -> None:
    assert party.signed_in()["access_token"].startswith("at_")
