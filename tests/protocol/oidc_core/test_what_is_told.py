"""OpenID Connect Core 2, 5.1, 5.3, 5.5, 8.1: the ID token, userinfo, and a pseudonym for each publisher."""

import base64
import hashlib
import json

import pytest
import requests
from joserfc import jws
from joserfc.jwk import KeySet

from tests.protocol.party import Party, read_jwt
from tests.site import registration


def test_the_id_token_holds_the_sign_in_and_nothing_of_the_person(party: Party) -> None:
    tokens = party.signed_in()
    header, claims = read_jwt(tokens["id_token"])
    assert header.keys() == {"alg", "kid", "typ"}
    assert claims.keys() == {
        "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash",
    }  # fmt: skip
    assert (claims["iss"], claims["aud"]) == (party.site.issuer, party.client_id)
    assert claims["exp"] - claims["iat"] == 300
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_the_id_token_is_signed_with_a_published_key(party: Party, alg: str) -> None:
    party.site.register(registration("signed-publisher", id_token_signed_response_alg=alg))
    other = Party(party.site, "signed-publisher")
    token = other.signed_in()["id_token"]
    published = KeySet.import_key_set(requests.get(other.metadata["jwks_uri"], timeout=5).json())
    assert jws.deserialize_compact(token, published, algorithms=[alg]).headers()["alg"] == alg


def test_userinfo_tells_what_the_contract_lists_and_no_more(party: Party) -> None:
    tokens = party.signed_in()
    told = party.userinfo(tokens["access_token"]).json()
    assert told.keys() == {"sub", "given_name", "name", "group"}
    assert told["sub"] == party.claims(tokens)["sub"]
    assert told["group"].keys() == {"id", "name", "year"}


def test_userinfo_by_post_with_header_and_with_form(party: Party) -> None:
    token = party.signed_in()["access_token"]
    where = party.metadata["userinfo_endpoint"]
    by_header = requests.post(where, headers={"Authorization": f"Bearer {token}"}, timeout=5)
    by_form = requests.post(where, data={"access_token": token}, timeout=5)
    assert by_header.json() == by_form.json()
    both = requests.post(where, headers={"Authorization": f"Bearer {token}"}, data={"access_token": token}, timeout=5)
    assert both.status_code == 400


def test_b19_a_token_in_the_query_is_refused(party: Party) -> None:
    token = party.signed_in()["access_token"]
    assert (
        requests.get(party.metadata["userinfo_endpoint"], params={"access_token": token}, timeout=5).status_code == 400
    )


def test_without_a_living_token(party: Party) -> None:
    answer = party.userinfo("at_rubbish")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    bare = requests.get(party.metadata["userinfo_endpoint"], timeout=5)
    assert (bare.status_code, "error" in bare.headers["WWW-Authenticate"]) == (401, False)


def test_b35_an_id_token_is_no_access_token(party: Party) -> None:
    tokens = party.signed_in()
    for wrong in (tokens["id_token"], tokens["refresh_token"]):
        assert party.userinfo(wrong).status_code == 401


def test_the_claims_parameter_moves_claims_into_the_id_token_within_the_contract(party: Party) -> None:
    asked = {
        "id_token": {"given_name": None, "family_name": {"essential": True}, "iss": None},
        "userinfo": {"group": {}},
    }
    tokens = party.signed_in(scope="openid", claims=json.dumps(asked))
    claims = party.claims(tokens)
    assert claims["given_name"]
    assert "family_name" not in claims
    assert claims["iss"] == party.site.issuer
    assert party.userinfo(tokens["access_token"]).json().keys() == {"sub", "group"}


@pytest.mark.parametrize(
    "claims", ["[]", "{", '{"userinfo": 1}', '{"id_token": {"x": 1}}', '{"id_token":' * 2000, '"\\ud800"']
)
def test_claims_that_cannot_be_read(party: Party, claims: str) -> None:
    page = party.browser().open(party.authorize_url(claims=claims))
    assert page.query["error"] == "invalid_request"


def test_b38_one_child_is_somebody_else_at_each_publisher_and_the_same_each_time(party: Party) -> None:
    party.site.register(registration("other-publisher"))
    other = Party(party.site, "other-publisher")
    browser = party.browser()
    mine = [party.claims(party.redeem(party.code(browser)).json())["sub"] for _ in range(2)]
    theirs = other.claims(other.redeem(other.code(browser)).json())["sub"]
    assert mine[0] == mine[1] != theirs


def test_b16_userinfo_may_be_read_by_registered_origins_only(party: Party) -> None:
    token = party.signed_in()["access_token"]
    where = party.metadata["userinfo_endpoint"]
    for origin, allowed in (
        (f"https://{party.client_id}.example", True),
        ("https://evil.example", False),
        ("null", False),
    ):
        answer = requests.get(where, headers={"Authorization": f"Bearer {token}", "Origin": origin}, timeout=5)
        assert answer.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)


def test_a_school_without_the_publisher_is_refused(party: Party) -> None:
    closed = registration("closed-publisher", sleutelbos={"claims": ["given_name"], "all_schools": False})
    party.site.register(closed)
    other = Party(party.site, "closed-publisher")
    assert other.site.issuer
    page = party.browser().open(other.authorize_url())
    assert page.query["error"] == "access_denied"
