"""What a client may register, value by value and all together."""

from typing import Any

import pytest

from idp.engine.clients.metadata import DEFAULTS, FIELDS, check
from idp.engine.clients.model import Client
from idp.engine.clients.profiles import PROFILES
from tests.client_keys import ClientKey, b64

KEY = ClientKey.generate()
GOOD = {"redirect_uris": ["https://app.example/callback"]}
FAPI = GOOD | {"jwks": KEY.jwks}


def problems(given: dict[str, Any], profile: str = "simple") -> list[str]:
    return check(given, profile)[1]


def test_what_a_client_leaves_out_has_its_default() -> None:
    complete, found = check(GOOD, "simple")
    assert found == []
    assert complete == {**DEFAULTS, **GOOD}


def test_names_that_nobody_registered_are_ignored() -> None:
    complete, found = check(GOOD | {"favourite_colour": "red", "client_name#nl": "Lezen"}, "simple")
    assert (found, set(complete)) == ([], set(FIELDS))


@pytest.mark.parametrize("name", [name for name in FIELDS if name not in ("client_name", "redirect_uris")])
@pytest.mark.parametrize("value", [{"a": 1}, [[1]], 1.5, "\x00", ["\ud800"], [{"keys": []}]])
def test_no_value_of_another_type_gets_in(name: str, value: Any) -> None:
    assert problems(GOOD | {name: value})


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example/cb", "javascript:alert(1)", "data:text/html,x", "https://app.example/cb#x", "https:///cb",
        "https://user@app.example/cb", "https://app.example/c b", "https://app.example/\\cb", "app.example/cb",
        "https://app.example:port/cb", "java\tscript:x", "https://app.example/cb?code=1", "https://app.example/?iss=x",
        "http://localhost:80@evil.example/", "https://[::1", "https://app.example/" + "x" * 2000,
    ],
)  # fmt: skip
def test_t05_t24_redirect_uris_that_are_none(uri: str) -> None:
    assert problems({"redirect_uris": [uri]})[0].startswith("redirect_uris: ")


@pytest.mark.parametrize(
    "uri", ["http://localhost:1/cb", "http://127.0.0.1/cb", "http://[::1]:9/cb", "https://a.b/?q=1"]
)
def test_redirect_uris_that_are_well(uri: str) -> None:
    assert problems({"redirect_uris": [uri]}) == []


def test_b47_keys_are_public_and_strong() -> None:
    rsa, weak = ClientKey.generate("RS256").public, _rsa_1024()
    assert problems(GOOD | {"jwks": {"keys": [rsa, KEY.public, ClientKey.generate("EdDSA").public]}}) == []
    for key in (weak, rsa | {"d": "AQAB"}, {"kty": "oct", "k": "AQAB"}, KEY.public | {"crv": "P-192"}, {"kty": "RSA"}):
        assert problems(GOOD | {"jwks": {"keys": [key]}})[0].startswith("jwks: "), key
    for document in ({}, {"keys": []}, {"keys": {}}, {"keys": [rsa] * 21}, {"keys": ["x"]}):
        assert problems(GOOD | {"jwks": document}), document


def test_jwks_and_jwks_uri_together_are_refused() -> None:
    assert problems(FAPI | {"jwks_uri": "https://app.example/jwks"}) == [
        "jwks_uri: not together with jwks (RFC 7591 2)"
    ]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"grant_types": ["authorization_code"]}, "redirect_uris"),
        (GOOD | {"token_endpoint_auth_method": "none", "grant_types": ["client_credentials"]}, "grant_types"),
        (GOOD | {"token_endpoint_auth_method": "private_key_jwt"}, "jwks"),
        (GOOD | {"token_endpoint_auth_method": "self_signed_tls_client_auth"}, "jwks"),
        (GOOD | {"token_endpoint_auth_method": "tls_client_auth"}, "tls_client_auth_subject_dn"),
        (GOOD | {"require_signed_request_object": True}, "jwks"),
        (GOOD | {"userinfo_encrypted_response_alg": "RSA-OAEP-256"}, "jwks"),
        (GOOD | {"userinfo_encrypted_response_enc": "A128GCM"}, "userinfo_encrypted_response_enc"),
        (GOOD | {"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg"),
        (GOOD | {"id_token_signed_response_alg": "HS256"}, "id_token_signed_response_alg"),
        (GOOD | {"response_types": ["code", "token"]}, "response_types"),
        (GOOD | {"grant_types": ["password"]}, "grant_types"),
    ],
)
def test_what_does_not_fit_together(given: dict[str, Any], named: str) -> None:
    assert problems(given)[0].startswith(named + ":")


def test_two_subjects_of_a_certificate_are_one_too_many() -> None:
    given = GOOD | {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "app.example"}
    assert problems(given) == []
    assert problems(given | {"tls_client_auth_san_ip": "192.0.2.1"})[0].startswith("tls_client_auth_subject_dn")


def test_fapi2_fills_in_what_it_demands() -> None:
    complete, found = check(FAPI, "fapi2")
    assert found == []
    assert complete["token_endpoint_auth_method"] == "private_key_jwt"
    assert complete["require_pushed_authorization_requests"] is True
    assert complete["dpop_bound_access_tokens"] is True


@pytest.mark.parametrize(
    "weaker",
    [
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"token_endpoint_auth_method": "none"},
        {"id_token_signed_response_alg": "RS256"},
        {"authorization_signed_response_alg": "RS256"},
        {"request_object_signing_alg": "RS256"},
        {"token_endpoint_auth_signing_alg": "RS256"},
        {"require_pushed_authorization_requests": False},
        {"dpop_bound_access_tokens": False},
    ],
)
def test_b44_b47_fapi2_takes_nothing_weaker(weaker: dict[str, Any]) -> None:
    (problem,) = problems(FAPI | weaker, "fapi2")
    assert problem.startswith(next(iter(weaker)))


def test_nlgov_clients_have_keys_and_readable_tokens() -> None:
    complete, found = check(FAPI, "nlgov")
    assert (found, complete["access_token_signed_response_alg"]) == ([], "RS256")
    assert problems(FAPI | {"token_endpoint_auth_method": "client_secret_post"}, "nlgov")


def test_an_unknown_profile_is_a_problem_and_not_a_crash() -> None:
    assert problems(GOOD, "strict")[0].startswith("sleutelbos.profile")


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_knows_methods_and_algorithms_that_there_are(profile: str) -> None:
    row = PROFILES[profile]
    assert all(FIELDS["token_endpoint_auth_method"].check(method) is None for method in row.auth_methods)
    assert all(FIELDS["request_object_signing_alg"].check(alg) is None for alg in row.signing_algs)
    assert row.defaults.keys() <= FIELDS.keys()
    assert all(FIELDS[name].check(value) is None for name, value in row.defaults.items())


def test_a_registration_of_an_older_release_is_read_with_todays_defaults() -> None:
    client = Client.parse("old", 1, "simple", None, {"client_name": "Old", "redirect_uris": ["https://a.example/cb"]})
    assert (client.name, client.public, client.jwks, client.request_uris) == ("Old", False, None, frozenset())


def test_a_sector_is_the_clients_own_unless_a_file_says_otherwise() -> None:
    alone, _ = check(GOOD, "simple")
    shared, _ = check(GOOD | {"sector_identifier_uri": "https://Publisher.example/apps.json"}, "simple")
    assert Client.parse("a", 1, "simple", None, alone).sector == "client:a"
    assert Client.parse("a", 1, "simple", None, shared).sector == "host:publisher.example"


def _rsa_1024() -> dict[str, Any]:
    modulus = (1 << 1023) | 1
    return ClientKey.generate("RS256").public | {"n": b64(modulus.to_bytes(128))}
