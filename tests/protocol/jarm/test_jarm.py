"""Signed answers: JWT Secured Authorization Response Mode for OAuth 2.0 (JARM), tests named by section."""

import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc import jws
from joserfc.jwk import KeySet

from tests.protocol.party import Party, answer_of, read_jwt
from tests.site import Site, registration
from tests.visitor import Caller

ALGS = ["RS256", "PS256", "ES256", "EdDSA"]


def opened(party: Party, response: str) -> dict[str, Any]:
    """The claims of a signed answer, its signature checked with the published keys."""
    keys = KeySet.import_key_set(requests.get(party.metadata["jwks_uri"], timeout=10).json())
    claims: dict[str, Any] = json.loads(jws.deserialize_compact(response, keys, algorithms=ALGS).payload)
    return claims


@pytest.mark.parametrize(("mode", "part"), [("jwt", "query"), ("query.jwt", "query"), ("fragment.jwt", "fragment")])
def test_2_3_in_query_and_fragment(party: Party, mode: str, part: str) -> None:
    page = party.browser().open(party.authorize_url(response_mode=mode))
    fields = parse_qs(getattr(urlsplit(page.url), part))
    assert set(fields) == {"response"}
    told = opened(party, fields["response"][0])
    assert (told["iss"], told["aud"], told["state"]) == (party.site.issuer, party.client_id, "state-of-this-test")
    assert time.time() < told["exp"] <= time.time() + 600
    assert party.redeem(told["code"]).status_code == 200


def test_2_3_3_in_a_form(party: Party) -> None:
    page = party.browser().open(party.authorize_url(response_mode="form_post.jwt"))
    (form,) = page.tree.forms
    assert form.get("action") == party.redirect_uri
    fields = {name: value for name, value in form.form_values() if name}
    assert set(fields) == {"response"}
    assert party.redeem(opened(party, fields["response"])["code"]).status_code == 200


def test_2_1_an_error_is_signed_as_well(party: Party) -> None:
    page = Caller(party.site.issuer).open(party.authorize_url(response_mode="jwt", prompt="none"))
    told = opened(party, answer_of(page)["response"])
    assert (told["error"], told["state"], told["iss"]) == ("login_required", "state-of-this-test", party.site.issuer)


def test_2_1_the_state_byte_for_byte(party: Party) -> None:
    state = '"><script>é\u2028 &+=#'
    page = party.browser().open(party.authorize_url(response_mode="jwt", state=state))
    assert opened(party, answer_of(page)["response"])["state"] == state


@pytest.mark.parametrize("alg", ["ES256", "PS256", "EdDSA"])
def test_3_the_registered_algorithm(site: Site, alg: str) -> None:
    site.register(registration("signed-publisher", authorization_signed_response_alg=alg))
    party = Party(site, "signed-publisher")
    response = answer_of(party.browser().open(party.authorize_url(response_mode="jwt")))["response"]
    assert read_jwt(response)[0]["alg"] == alg
    assert "code" in opened(party, response)


def test_v10_4_12_a_client_uses_the_modes_that_it_registered(site: Site) -> None:
    site.register(registration("jarm-publisher", response_modes=["jwt"]))
    party = Party(site, "jarm-publisher")
    browser = party.browser()
    assert answer_of(browser.open(party.authorize_url(response_mode="query")))["error"] == "invalid_request"
    assert "response" in answer_of(browser.open(party.authorize_url(response_mode="jwt")))


def test_t02_a_signed_answer_is_nothing_else(party: Party) -> None:
    """Not an ID token: neither as a hint nor at userinfo."""
    response = answer_of(party.browser().open(party.authorize_url(response_mode="jwt")))["response"]
    hinted = party.browser().open(party.authorize_url(id_token_hint=response, prompt="none"))
    assert answer_of(hinted)["error"] == "login_required"
    assert party.userinfo(response).status_code == 401


def test_4_the_metadata(party: Party) -> None:
    assert {"jwt", "query.jwt", "fragment.jwt", "form_post.jwt"} <= set(party.metadata["response_modes_supported"])
    assert set(party.metadata["authorization_signing_alg_values_supported"]) == set(ALGS)
