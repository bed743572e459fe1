"""FAPI 2.0 Security Profile Final (SP) and Message Signing Final (MS): what a client of profile fapi2 may ask, and how.

The token side (proofs, binding, refresh without rotation) has its own file.
"""

import secrets
import time
from datetime import timedelta
from typing import Any

import pytest
import requests

from idp.kernel import clock
from tests.client_keys import ClientKey, unsigned
from tests.protocol.key_party import KeyParty, key_party
from tests.protocol.party import VERIFIER, answer_of, basic, read_jwt
from tests.protocol.pushing import address, push, pushed
from tests.site import SECRET, Site
from tests.visitor import Caller

FAPI: dict[str, Any] = {
    "sleutelbos": {"profile": "fapi2", "claims": ["given_name"], "all_schools": True},
    "grant_types": ["authorization_code"],
    "request_uris": ["https://fapi.example/object"],
}


@pytest.fixture
def strict(site: Site) -> KeyParty:
    return key_party(site, "fapi", **FAPI)


@pytest.fixture
def signing(site: Site) -> KeyParty:
    """A client of Message Signing: signed requests, signed answers."""
    return key_party(site, "fapi", **FAPI, require_signed_request_object=True, response_modes=["jwt"])


def proof(key: ClientKey, method: str, url: str, ahead_s: int = 0) -> dict[str, str]:
    """A DPoP header (RFC 9449 4.2)."""
    public = {name: value for name, value in key.public.items() if name != "kid"}
    claims = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": url, "iat": int(time.time()) + ahead_s}
    return {"DPoP": key.sign(claims, typ="dpop+jwt", jwk=public, kid=None)}


def redeem(party: KeyParty, code: str, key: ClientKey) -> requests.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": party.redirect_uri}
    header = proof(key, "POST", party.metadata["token_endpoint"])
    return party.token(header, **form, code_verifier=VERIFIER)


def refused(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_sp_5_3_2_a_whole_sign_in(strict: KeyParty) -> None:
    key, browser = ClientKey.generate(), strict.browser()
    code = answer_of(browser.open(address(strict, pushed(strict))))["code"]
    answer = redeem(strict, code, key)
    assert answer.status_code == 200, answer.text
    assert answer.json()["token_type"] == "DPoP"
    assert read_jwt(answer.json()["id_token"])[0]["alg"] in ("PS256", "ES256", "EdDSA")


def test_b42_sp_5_3_2_2_nothing_but_pushed(strict: KeyParty) -> None:
    stranger = Caller(strict.site.issuer)
    plain = answer_of(stranger.open(strict.authorize_url()))
    assert (plain["error"], plain["iss"], plain["state"]) == (
        "invalid_request",
        strict.site.issuer,
        "state-of-this-test",
    )
    assert answer_of(stranger.open(strict.by_value(strict.signed())))["error"] == "invalid_request"


def test_b44_sp_5_3_2_1_no_other_client_authentication(strict: KeyParty) -> None:
    endpoint, form = strict.metadata["pushed_authorization_request_endpoint"], strict.parameters()
    for headers, more in (
        ({"Authorization": basic("fapi", SECRET)}, {}),
        ({}, {"client_secret": SECRET}),
        ({}, {}),
    ):
        answer = requests.post(endpoint, data=form | more, headers=headers, timeout=10)
        assert refused(answer) == (401, "invalid_client")


def test_b44_sp_5_3_2_1_the_audience_is_the_issuer_as_a_single_text(strict: KeyParty) -> None:
    us = strict.site.issuer
    for audience in (
        strict.metadata["token_endpoint"], strict.metadata["pushed_authorization_request_endpoint"], [us],
        [us, strict.metadata["token_endpoint"]], us + "/",
    ):  # fmt: skip
        form = strict.parameters() | strict.assertion_form(strict.key.assertion("fapi", audience))
        answer = requests.post(strict.metadata["pushed_authorization_request_endpoint"], data=form, timeout=10)
        assert refused(answer) == (401, "invalid_client"), audience


def test_b44_b47_sp_5_4_rs256_is_not_enough(site: Site) -> None:
    party = key_party(site, "fapi", alg="PS256", **FAPI)
    assert push(party).status_code == 201
    party.key = ClientKey("RS256", party.key.kid, party.key.private, party.key.public)
    assert refused(push(party)) == (401, "invalid_client")


def test_b44_an_assertion_is_good_once_at_all_endpoints(strict: KeyParty) -> None:
    form = strict.assertion_form()
    assert push(strict, **form).status_code == 201
    assert refused(push(strict, **form)) == (401, "invalid_client")
    assert refused(strict.token(grant_type="authorization_code", code="x", **form)) == (401, "invalid_client")


def test_b46_sp_5_3_2_1_clocks(strict: KeyParty) -> None:
    now, me, us = int(time.time()), "fapi", strict.site.issuer
    ahead = strict.assertion_form(strict.key.assertion(me, us, iat=now + 8, nbf=now + 8))
    far = strict.assertion_form(strict.key.assertion(me, us, iat=now + 75, nbf=now + 75))
    assert push(strict, **ahead).status_code == 201
    assert refused(push(strict, **far)) == (401, "invalid_client")


def test_sp_5_3_2_2_a_pushed_request_of_somebody_else(site: Site, strict: KeyParty) -> None:
    other = key_party(site, "fapi-two", **FAPI)
    page = strict.browser().open(address(other, pushed(strict)))
    assert (page.status, page.path) == (400, "/authorize")


def test_sp_5_3_2_2_pkce_and_redirect_uri(strict: KeyParty) -> None:
    assert refused(push(strict, code_challenge=None)) == (400, "invalid_request")
    assert refused(push(strict, code_challenge_method="plain")) == (400, "invalid_request")
    assert refused(push(strict, redirect_uri=None)) == (400, "invalid_request")
    assert refused(push(strict, redirect_uri=strict.redirect_uri + "/x")) == (400, "invalid_request")
    assert refused(push(strict, request_uri="https://fapi.example/object")) == (400, "invalid_request")
    assert refused(push(strict, response_type="code id_token")) == (400, "unsupported_response_type")


def test_rfc9449_10_1_a_proof_at_the_push_binds_the_code(strict: KeyParty) -> None:
    mine, other, browser = ClientKey.generate(), ClientKey.generate(), strict.browser()
    header = proof(mine, "POST", strict.metadata["pushed_authorization_request_endpoint"])
    uri = push(strict, header).json()["request_uri"]
    code = answer_of(browser.open(address(strict, uri)))["code"]
    assert redeem(strict, code, other).json()["error"] in ("invalid_grant", "invalid_dpop_proof")
    header = proof(mine, "POST", strict.metadata["pushed_authorization_request_endpoint"])
    uri = push(strict, header).json()["request_uri"]
    code = answer_of(browser.open(address(strict, uri)))["code"]
    assert redeem(strict, code, mine).status_code == 200


def test_rfc9449_10_1_a_proof_and_another_thumbprint(strict: KeyParty) -> None:
    header = proof(ClientKey.generate(), "POST", strict.metadata["pushed_authorization_request_endpoint"])
    assert refused(push(strict, header, dpop_jkt="A" * 43)) == (400, "invalid_dpop_proof")
    wrong = proof(ClientKey.generate(), "POST", strict.metadata["token_endpoint"])
    assert refused(push(strict, wrong)) == (400, "invalid_dpop_proof")


def test_ms_5_3_signed_requests_and_signed_answers(signing: KeyParty) -> None:
    uri = push(signing, request=signing.signed(response_mode="jwt")).json()["request_uri"]
    answer = answer_of(signing.browser().open(address(signing, uri)))
    assert set(answer) == {"response"}
    head, told = read_jwt(answer["response"])
    assert (head["alg"], told["aud"], told["iss"]) == ("ES256", "fapi", signing.site.issuer)
    assert redeem(signing, told["code"], ClientKey.generate()).status_code == 200


def test_ms_5_3_1_what_a_signed_request_must_be(signing: KeyParty) -> None:
    now, us = int(time.time()), signing.site.issuer
    wrong = {
        "no exp": signing.signed(exp=None),
        "no nbf": signing.signed(nbf=None),
        "no aud": signing.signed(aud=None),
        "no iss": signing.signed(iss=None),
        "another aud": signing.signed(aud="https://evil.example"),
        "expired": signing.signed(exp=now - 60),
        "exp 70 minutes after nbf": signing.signed(exp=now + 4200),
        "nbf 70 minutes ago": signing.signed(nbf=now - 4200),
        "nbf ahead": signing.signed(nbf=now + 75),
        "request_uri inside": signing.signed(request_uri="urn:ietf:params:oauth:request_uri:x"),
        "no signature": unsigned(dict(signing.parameters()) | {"iss": "fapi", "aud": us}),
        "another key": ClientKey.generate().request_object("fapi", us, dict(signing.parameters())),
    }
    found = {name: refused(push(signing, request=text)) for name, text in wrong.items()}
    assert found == dict.fromkeys(wrong, (400, "invalid_request_object"))
    right = {
        "two audiences": signing.signed(aud=["https://other.example", us], response_mode="jwt"),
        "nbf eight seconds ahead": signing.signed(nbf=now + 8, response_mode="jwt"),
        "typ JWT": signing.signed(head={"typ": "JWT"}, response_mode="jwt"),
        "no typ": signing.signed(head={"typ": None}, response_mode="jwt"),
    }
    assert {name: push(signing, request=text).status_code for name, text in right.items()} == dict.fromkeys(right, 201)


def test_ms_5_3_1_an_unsigned_request_is_refused(signing: KeyParty) -> None:
    assert refused(push(signing)) == (400, "invalid_request")


def test_ms_5_3_1_what_stands_beside_the_object_is_not_read(signing: KeyParty) -> None:
    uri = push(signing, request=signing.signed(state=None, response_mode="jwt")).json()["request_uri"]
    answer = answer_of(signing.browser().open(address(signing, uri, state="beside", nonce="beside")))
    assert "state" not in read_jwt(answer["response"])[1]


def test_b46_sp_5_3_2_1_code_life(strict: KeyParty) -> None:
    code = answer_of(strict.browser().open(address(strict, pushed(strict))))["code"]
    with clock.frozen(clock.now() + timedelta(seconds=61)):
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": strict.redirect_uri}
        assertion = strict.key.assertion("fapi", strict.site.issuer, iat=None, exp=int(time.time()) + 120)
        header = proof(ClientKey.generate(), "POST", strict.metadata["token_endpoint"], ahead_s=61)
        answer = strict.token(header, **form, code_verifier=VERIFIER, **strict.assertion_form(assertion))
    assert refused(answer) == (400, "invalid_grant")
