"""The userinfo endpoint: OIDC Core 5.3, signed and encrypted answers, and its description as a resource (RFC 9728)."""

import json
from datetime import timedelta
from typing import Any

import pytest
import requests
from joserfc import jwe, jwk, jws

from idp.kernel import clock
from tests.protocol.party import Party, read_jwt
from tests.site import Site, registration


def where(party: Party) -> str:
    endpoint: str = party.metadata["userinfo_endpoint"]
    return endpoint


def test_5_3_1_the_token_comes_in_the_header_or_in_a_form(party: Party) -> None:
    token = party.signed_in()["access_token"]
    header = {"Authorization": f"Bearer {token}"}
    answers = [
        requests.get(where(party), headers=header, timeout=10),
        requests.post(where(party), headers=header, timeout=10),
        requests.post(where(party), headers={"Authorization": f"bearer {token}"}, timeout=10),
        requests.post(where(party), data={"access_token": token}, timeout=10),
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].headers["Content-Type"] == "application/json"
    assert answers[0].headers["Cache-Control"] == "no-store"


def test_6750_2_one_place_only(party: Party) -> None:
    token = party.signed_in()["access_token"]
    both = {"Authorization": f"Bearer {token}"}
    answer = requests.post(where(party), headers=both, data={"access_token": token}, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_b19_never_in_the_query(party: Party) -> None:
    token = party.signed_in()["access_token"]
    answer = requests.get(where(party), params={"access_token": token}, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_6750_3_without_a_token_there_is_a_challenge_and_no_error(party: Party) -> None:
    answer = requests.get(where(party), timeout=10)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    assert "DPoP " in answer.headers["WWW-Authenticate"]
    assert "error=" not in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("token", ["at_unknown", "x", "é", "eyJ.e30.", "a b", "at_" + "x" * 5000])
def test_6750_3_1_a_token_that_is_none(party: Party, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".encode()}
    answer = requests.get(where(party), headers=headers, timeout=10)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')


def test_5_3_2_a_token_without_openid_is_not_enough(party: Party) -> None:
    token = party.signed_in(scope="profile", nonce=None)["access_token"]
    answer = party.userinfo(token)
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


def test_a_machine_s_own_token_is_about_nobody(site: Site) -> None:
    site.register(registration("machine", grant_types=["client_credentials"], scope="reports"))
    party = Party(site, client_id="machine")
    token = party.token(grant_type="client_credentials").json()["access_token"]
    assert party.userinfo(token).status_code == 401


@pytest.mark.parametrize("alg", ["RS256", "ES256", "PS256", "EdDSA"])
def test_5_3_2_a_signed_answer_says_whose_it_is_and_for_whom(site: Site, alg: str) -> None:
    site.register(registration("signed", userinfo_signed_response_alg=alg))
    party = Party(site, client_id="signed")
    tokens = party.signed_in()
    answer = party.userinfo(tokens["access_token"])
    assert answer.headers["Content-Type"] == "application/jwt"
    head, claims = read_jwt(answer.text)
    assert head["alg"] == alg
    assert (claims["iss"], claims["aud"]) == (party.metadata["issuer"], "signed")
    assert claims["sub"] == read_jwt(tokens["id_token"])[1]["sub"]
    keys = requests.get(party.metadata["jwks_uri"], timeout=10).json()["keys"]
    key = jwk.import_key(next(key for key in keys if key["kid"] == head["kid"]))
    assert jws.deserialize_compact(answer.text, key, algorithms=[alg]).payload


PAIRS = [("RSA-OAEP-256", "A256GCM"), ("RSA-OAEP-256", "A128CBC-HS256"), ("ECDH-ES", "A256GCM"),
         ("ECDH-ES", "A128CBC-HS256")]  # fmt: skip


@pytest.mark.parametrize(("alg", "enc"), PAIRS)
@pytest.mark.parametrize("signed", [None, "ES256"])
def test_5_3_2_an_encrypted_answer(site: Site, alg: str, enc: str, signed: str | None) -> None:
    key = jwk.RSAKey.generate_key(2048) if alg.startswith("RSA") else jwk.ECKey.generate_key("P-256")
    # A key to sign with stands in front: it is not the one to encrypt to.
    other = jwk.RSAKey.generate_key(2048).as_dict(private=False) | {"use": "sig"}
    keys = {"keys": [other, key.as_dict(private=False) | {"use": "enc"}]}
    more: dict[str, Any] = {"userinfo_encrypted_response_alg": alg, "userinfo_encrypted_response_enc": enc}
    site.register(registration("secret", jwks=keys, userinfo_signed_response_alg=signed, **more))
    party = Party(site, client_id="secret")
    tokens = party.signed_in()
    opened = jwe.decrypt_compact(party.userinfo(tokens["access_token"]).text, key, algorithms=[alg, enc])
    assert opened.plaintext is not None
    text = opened.plaintext.decode()
    claims = read_jwt(text)[1] if signed else json.loads(text)
    assert claims["sub"] == read_jwt(tokens["id_token"])[1]["sub"]
    assert claims["aud"] == "secret"


def test_5_3_2_a_client_without_a_key_to_encrypt_to_is_told_so(site: Site) -> None:
    keys = {"keys": [jwk.RSAKey.generate_key(2048).as_dict(private=False) | {"use": "sig"}]}
    site.register(registration("keyless", jwks=keys, userinfo_encrypted_response_alg="RSA-OAEP-256"))
    party = Party(site, client_id="keyless")
    answer = party.userinfo(party.signed_in()["access_token"])
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")


def test_b16_cors_is_for_registered_origins_of_this_client(party: Party, site: Site) -> None:
    site.register(registration("elsewhere"))
    token = party.signed_in()["access_token"]
    for origin, allowed in {
        "https://demo-publisher.example": "https://demo-publisher.example",
        "https://elsewhere.example": None,
        "null": None,
        "https://evil.example": None,
    }.items():
        headers = {"Authorization": f"Bearer {token}", "Origin": origin}
        answer = requests.get(where(party), headers=headers, timeout=10)
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed


def test_a_token_ends_with_its_hour(party: Party, site: Site) -> None:
    token = party.signed_in()["access_token"]
    with clock.frozen(clock.now() + timedelta(minutes=10)):
        assert party.userinfo(token).status_code == 401


def test_9728_3_userinfo_is_described_where_its_challenge_says(party: Party) -> None:
    challenge = requests.get(where(party), timeout=10).headers["WWW-Authenticate"]
    address = challenge.split('resource_metadata="')[1].split('"')[0]
    described = requests.get(address, timeout=10).json()
    assert described["resource"] == where(party)
    assert described["authorization_servers"] == [party.metadata["issuer"]]
    assert described["bearer_methods_supported"] == ["header", "body"]
    assert described["dpop_signing_alg_values_supported"] == party.metadata["dpop_signing_alg_values_supported"]


def test_9728_3_1_and_so_is_the_issuer_as_a_resource(party: Party) -> None:
    issuer = party.metadata["issuer"]
    answer = requests.get(f"{issuer}/.well-known/oauth-protected-resource", timeout=10)
    assert answer.json()["resource"] == issuer
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert set(party.metadata["protected_resources"]) == {issuer, where(party)}


def test_9728_4_metadata_lists_the_algorithms_of_answers(party: Party) -> None:
    for kind in ("userinfo", "introspection"):
        assert set(party.metadata[f"{kind}_signing_alg_values_supported"]) >= {"RS256", "ES256", "PS256", "EdDSA"}
        assert "RSA-OAEP-256" in party.metadata[f"{kind}_encryption_alg_values_supported"]
        assert "A256GCM" in party.metadata[f"{kind}_encryption_enc_values_supported"]
