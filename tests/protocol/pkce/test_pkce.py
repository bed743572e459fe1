"""RFC 7636 and RFC 9700 section 2.1.1: S256 for every client, at /authorize already."""

import pytest

from tests.protocol.party import Party, answer_of
from tests.site import registration
from tests.visitor import Caller


@pytest.fixture(params=["confidential", "public"])
def client(request: pytest.FixtureRequest, party: Party) -> Party:
    """One of each kind."""
    if request.param == "confidential":
        return party
    public = registration("public-publisher", token_endpoint_auth_method="none")
    del public["client_secret"]
    party.site.register(public)
    return Party(party.site, "public-publisher", None)


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None},
        {"code_challenge": ""},
        {"code_challenge": "x" * 42},
        {"code_challenge": "x" * 44},
        {"code_challenge": "é" * 43},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "s256"},
    ],
)
def test_b05_b06_no_request_without_a_proper_challenge(client: Party, changes: dict[str, str | None]) -> None:
    answer = answer_of(Caller(client.site.issuer).open(client.authorize_url(**changes)))
    assert (answer["error"], answer["state"]) == ("invalid_request", "state-of-this-test")


def test_a_flow_with_a_proper_challenge(client: Party) -> None:
    tokens = client.redeem(client.code(client.browser())).json()
    assert client.claims(tokens)["aud"] == client.client_id


def test_b07_a_public_client_needs_its_verifier_too(client: Party) -> None:
    code = client.code(client.browser())
    assert client.redeem(code, code_verifier=None).json()["error"] == "invalid_grant"


def test_b06_discovery_lists_s256_alone(party: Party) -> None:
    assert party.metadata["code_challenge_methods_supported"] == ["S256"]
