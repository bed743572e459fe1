"""Token revocation: RFC 7009, B33."""

import pytest
import requests

from tests.proofs import ProofKey
from tests.protocol.party import Party
from tests.site import Site, registration


@pytest.fixture
def stranger(site: Site) -> Party:
    """Another client."""
    site.register(registration("stranger"))
    return Party(site, client_id="stranger")


def alive(party: Party, token: str) -> bool:
    active: bool = party.introspect(token).json()["active"]
    return active


def test_2_an_access_token_dies_alone(party: Party) -> None:
    tokens = party.signed_in()
    answer = party.revoke(tokens["access_token"])
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Cache-Control"] == "no-store"
    assert not alive(party, tokens["access_token"])
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert party.refresh(tokens["refresh_token"]).status_code == 200


def test_b33_a_refresh_token_takes_its_family_along(party: Party) -> None:
    first = party.signed_in()
    second = party.refresh(first["refresh_token"]).json()
    assert party.revoke(second["refresh_token"]).status_code == 200
    for tokens in (first, second):
        assert not alive(party, tokens["access_token"])
        assert not alive(party, tokens["refresh_token"])
        assert party.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_b33_a_used_refresh_token_takes_its_family_along_too(party: Party) -> None:
    first = party.signed_in()
    second = party.refresh(first["refresh_token"]).json()
    party.revoke(first["refresh_token"])
    assert not alive(party, second["access_token"])


def test_one_family_and_no_other(party: Party) -> None:
    browser = party.browser()
    first, second = (party.redeem(party.code(browser)).json() for _ in range(2))
    party.revoke(first["refresh_token"])
    assert alive(party, second["access_token"])
    assert party.refresh(second["refresh_token"]).status_code == 200


def test_b33_another_client_s_token_lives_on(party: Party, stranger: Party) -> None:
    tokens = party.signed_in()
    for name in ("access_token", "refresh_token"):
        assert stranger.revoke(tokens[name]).status_code == 200
        assert alive(party, tokens[name])


@pytest.mark.parametrize("token", ["unknown", "at_", "rt_x", "eyJ", "é", "x" * 5000, "ac_x"])
def test_2_2_what_is_unknown_is_revoked_already(party: Party, token: str) -> None:
    answer = party.revoke(token)
    assert (answer.status_code, answer.content) == (200, b"")


def test_2_1_the_hint_is_only_a_hint(party: Party) -> None:
    tokens = party.signed_in()
    party.revoke(tokens["access_token"], token_type_hint="refresh_token")
    assert not alive(party, tokens["access_token"])
    party.revoke(tokens["refresh_token"], token_type_hint="nonsense")
    assert not alive(party, tokens["refresh_token"])


def test_2_1_the_client_proves_who_it_is(party: Party) -> None:
    token = party.signed_in()["access_token"]
    where = party.metadata["revocation_endpoint"]
    assert requests.post(where, data={"token": token}, timeout=10).status_code == 401
    answer = requests.post(where, data={"token": token, "client_id": party.client_id}, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert alive(party, token)
    assert party.post("revocation_endpoint", {}).json()["error"] == "invalid_request"
    assert requests.get(where, timeout=10).status_code == 405


def test_5_a_public_client_revokes_its_own(site: Site) -> None:
    site.register(registration("app", token_endpoint_auth_method="none", client_secret=None))
    app = Party(site, client_id="app", secret=None)
    tokens = app.signed_in()
    assert app.revoke(tokens["refresh_token"]).status_code == 200
    assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_bound_token_is_revoked_without_a_proof(party: Party) -> None:
    key = ProofKey.generate()
    proof = {"DPoP": key.proof("POST", party.metadata["token_endpoint"])}
    form = {"code": party.code(party.browser()), "redirect_uri": party.redirect_uri}
    verifier = "a-verifier-of-forty-three-characters-or-more-0123"
    token = party.token(proof, grant_type="authorization_code", code_verifier=verifier, **form).json()["access_token"]
    party.revoke(token)
    assert not alive(party, token)
