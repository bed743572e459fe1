"""Demonstrating Proof of Possession over HTTP: RFC 9449, and B45."""

import time
from typing import Any

import pytest
import requests

from tests.proofs import ProofKey
from tests.protocol.party import VERIFIER, Party, read_jwt
from tests.site import Site, registration

KEY = ProofKey.generate()


@pytest.fixture
def bound(site: Site) -> Party:
    """A confidential client that gets only bound tokens."""
    more: dict[str, Any] = {"grant_types": ["authorization_code", "refresh_token", "client_credentials"]}
    site.register(registration("bound", dpop_bound_access_tokens=True, scope="openid profile reports", **more))
    return Party(site, client_id="bound")


@pytest.fixture
def app(site: Site) -> Party:
    """A public client."""
    site.register(registration("app", token_endpoint_auth_method="none", client_secret=None))
    return Party(site, client_id="app", secret=None)


def machine(party: Party, proof: str | None, **form: str) -> requests.Response:
    headers = {"DPoP": proof} if proof is not None else {}
    return party.token(headers, grant_type="client_credentials", scope="reports", **form)


def proof_for(party: Party, endpoint: str = "token_endpoint", method: str = "POST", **more: Any) -> str:
    return more.pop("key", KEY).proof(method, party.metadata[endpoint], **more)


def redeem(party: Party, code: str, proof: str | None) -> requests.Response:
    headers = {"DPoP": proof} if proof is not None else {}
    form = {"code": code, "redirect_uri": party.redirect_uri, "code_verifier": VERIFIER}
    return party.token(headers, grant_type="authorization_code", **form)


def refresh(party: Party, token: str, proof: str | None) -> requests.Response:
    return party.token({"DPoP": proof} if proof else {}, grant_type="refresh_token", refresh_token=token)


def challenge_of(answer: requests.Response) -> str:
    assert answer.status_code == 401, answer.text
    return answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("alg", ["ES256", "EdDSA", "PS256"])
def test_5_a_token_for_a_key(bound: Party, alg: str) -> None:
    key = ProofKey.generate(alg)
    tokens = machine(bound, proof_for(bound, key=key)).json()
    assert tokens["token_type"] == "DPoP"
    told = bound.introspect(tokens["access_token"]).json()
    assert (told["active"], told["token_type"], told["cnf"]) == (True, "DPoP", {"jkt": key.jkt})


def test_b45_a_client_that_must_bind_gets_no_token_without_a_proof(bound: Party) -> None:
    answer = machine(bound, None)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


WRONG: dict[str, dict[str, Any]] = {
    "method": {"htm": "GET"},
    "address": {"htu": "https://elsewhere.example/token"},
    "old": {"iat": int(time.time()) - 3600},
    "ahead": {"iat": int(time.time()) + 10**6},
    "private key": {"head": {"jwk": KEY.public | {"d": "AAAA"}}},
    "no alg": {"head": {"alg": "none"}},
    "typ": {"head": {"typ": "JWT"}},
    "no jti": {"jti": None},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG.keys())
def test_b45_a_wrong_proof_is_refused(bound: Party, changes: dict[str, Any]) -> None:
    answer = machine(bound, proof_for(bound, **changes))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")


def test_b45_a_proof_is_good_once(bound: Party) -> None:
    proof = proof_for(bound)
    assert machine(bound, proof).status_code == 200
    assert machine(bound, proof).json()["error"] == "invalid_dpop_proof"


def test_4_3_two_headers_are_refused(bound: Party) -> None:
    answer = machine(bound, f"{proof_for(bound)}, {proof_for(bound)}")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")


def test_5_a_bad_proof_does_not_spend_the_code(bound: Party) -> None:
    code = bound.code(bound.browser())
    assert redeem(bound, code, None).json()["error"] == "invalid_request"
    assert redeem(bound, code, proof_for(bound, htm="GET")).json()["error"] == "invalid_dpop_proof"
    assert redeem(bound, code, proof_for(bound)).json()["token_type"] == "DPoP"


def test_7_a_bound_token_at_userinfo(bound: Party, party: Party) -> None:
    token = redeem(bound, bound.code(bound.browser()), proof_for(bound)).json()["access_token"]

    def proof(**more: Any) -> str:
        return proof_for(bound, "userinfo_endpoint", "GET", **({"token": token} | more))

    assert bound.userinfo(token, scheme="DPoP", proof=proof()).json()["sub"].startswith("p.")
    for refused in (
        bound.userinfo(token),
        bound.userinfo(token, proof=proof()),
        bound.userinfo(token, scheme="DPoP"),
        bound.userinfo(token, scheme="DPoP", proof=proof(key=ProofKey.generate())),
        bound.userinfo(token, scheme="DPoP", proof=proof(token="at_another")),
        bound.userinfo(token, scheme="DPoP", proof=proof(ath=None)),
        bound.userinfo(token, scheme="DPoP", proof=proof(htm="POST")),
    ):
        said = challenge_of(refused)
        assert said.startswith("DPoP "), said
        assert 'algs="ES256 EdDSA PS256"' in said
        assert 'error="' in said
    used = proof()
    assert bound.userinfo(token, scheme="DPoP", proof=used).status_code == 200
    assert 'error="invalid_dpop_proof"' in challenge_of(bound.userinfo(token, scheme="DPoP", proof=used))
    in_form = requests.post(bound.metadata["userinfo_endpoint"], data={"access_token": token}, timeout=10)
    assert 'DPoP error="invalid_token"' in challenge_of(in_form)


def test_7_a_bearer_token_is_no_dpop_token(party: Party) -> None:
    token = party.signed_in()["access_token"]
    proof = KEY.proof("GET", party.metadata["userinfo_endpoint"], token=token)
    assert 'error="invalid_token"' in challenge_of(party.userinfo(token, scheme="DPoP", proof=proof))


def test_7_two_authorization_headers_are_refused(party: Party) -> None:
    token = party.signed_in()["access_token"]
    answer = party.userinfo(f"{token}, Bearer {token}")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_5_any_client_may_bind_its_tokens(party: Party) -> None:
    tokens = redeem(party, party.code(party.browser()), proof_for(party)).json()
    assert tokens["token_type"] == "DPoP"
    assert read_jwt(tokens["id_token"])[1]["at_hash"]
    # A confidential client has proven who it is: its refresh token works with another key, and without one.
    other = refresh(party, tokens["refresh_token"], proof_for(party, key=ProofKey.generate())).json()
    assert other["token_type"] == "DPoP"
    assert refresh(party, other["refresh_token"], None).json()["token_type"] == "Bearer"


def test_5_the_refresh_token_of_a_public_client_works_with_its_key_alone(app: Party) -> None:
    tokens = redeem(app, app.code(app.browser()), proof_for(app)).json()
    for proof in (None, proof_for(app, key=ProofKey.generate())):
        answer = refresh(app, tokens["refresh_token"], proof)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert refresh(app, tokens["refresh_token"], proof_for(app)).json()["token_type"] == "DPoP"


def test_10_b45_a_code_that_was_asked_for_with_a_key_needs_that_key(party: Party) -> None:
    browser = party.browser()
    for proof in (None, proof_for(party, key=ProofKey.generate())):
        code = party.code(browser, dpop_jkt=KEY.jkt)
        answer = redeem(party, code, proof)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        assert redeem(party, code, proof_for(party)).json()["error"] == "invalid_grant"
    assert redeem(party, party.code(browser, dpop_jkt=KEY.jkt), proof_for(party)).status_code == 200


def test_8_a_client_that_needs_a_nonce_is_given_one(site: Site) -> None:
    site.register(registration("careful", dpop_bound_access_tokens=True, require_dpop_nonce=True))
    party = Party(site, client_id="careful")
    code = party.code(party.browser())
    asked = redeem(party, code, proof_for(party))
    assert (asked.status_code, asked.json()["error"]) == (400, "use_dpop_nonce")
    nonce = asked.headers["DPoP-Nonce"]
    given = redeem(party, code, proof_for(party, nonce=nonce))
    assert given.status_code == 200
    token, where = given.json()["access_token"], ("userinfo_endpoint", "GET")
    again = party.userinfo(token, scheme="DPoP", proof=proof_for(party, *where, token=token))
    assert 'DPoP error="use_dpop_nonce"' in challenge_of(again)
    proof = proof_for(party, *where, token=token, nonce=again.headers["DPoP-Nonce"])
    assert party.userinfo(token, scheme="DPoP", proof=proof).status_code == 200


def test_5_1_metadata_names_the_algorithms(party: Party) -> None:
    assert party.metadata["dpop_signing_alg_values_supported"] == ["ES256", "EdDSA", "PS256"]


def test_a_browser_app_may_send_a_proof_from_its_own_origin(party: Party) -> None:
    origin = party.redirect_uri.rsplit("/", 1)[0]
    answer = requests.options(party.metadata["userinfo_endpoint"], headers={"Origin": origin}, timeout=10)
    assert "DPoP" in answer.headers["Access-Control-Allow-Headers"]
    token = party.signed_in()["access_token"]
    headers = {"Origin": origin, "Authorization": f"Bearer {token}"}
    answer = requests.get(party.metadata["userinfo_endpoint"], headers=headers, timeout=10)
    assert "DPoP-Nonce" in answer.headers["Access-Control-Expose-Headers"]
