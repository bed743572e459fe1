"""The step-up challenge, from the refusal to the stronger sign-in: RFC 9470."""

from datetime import timedelta

import pytest
import requests

from idp.kernel import clock
from tests.protocol.party import Party, answer_of, read_jwt

PIN, BADGE = "urn:sleutelbos:acr:home-pin", "urn:sleutelbos:acr:badge"


def ask(party: Party, token: str, **demand: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(party.metadata["userinfo_endpoint"], headers=headers, params=demand, timeout=10)


def test_a_sign_in_that_is_good_enough(party: Party) -> None:
    tokens = party.signed_in()
    acr = read_jwt(tokens["id_token"])[1]["acr"]
    assert ask(party, tokens["access_token"], acr_values=f"{BADGE} {acr}", max_age="3600").status_code == 200
    assert ask(party, tokens["access_token"]).status_code == 200


def test_3_a_sign_in_that_is_not_strong_enough(party: Party) -> None:
    answer = ask(party, party.signed_in()["access_token"], acr_values=BADGE)
    assert (answer.status_code, answer.json()["error"]) == (401, "insufficient_user_authentication")
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer error="insufficient_user_authentication"')
    assert f'acr_values="{BADGE}"' in challenge


def test_3_a_sign_in_that_is_too_old_and_the_way_on(party: Party) -> None:
    browser = party.browser()
    token = party.redeem(party.code(browser)).json()["access_token"]
    start = clock.now()
    with clock.frozen(start + timedelta(minutes=5)):
        refused = ask(party, token, max_age="60")
        assert refused.status_code == 401
        assert 'max_age="60"' in refused.headers["WWW-Authenticate"]
        # RFC 9470 4: the client asks again with what the challenge said, and the person signs in again.
        page = browser.open(party.authorize_url(max_age="60"))
        assert page.path.startswith("/thuis")


def test_6_what_a_resource_server_needs_stands_in_introspection(party: Party) -> None:
    tokens = party.signed_in()
    told, claims = party.introspect(tokens["access_token"]).json(), read_jwt(tokens["id_token"])[1]
    assert (told["acr"], told["auth_time"]) == (claims["acr"], claims["auth_time"])


@pytest.mark.parametrize("demand", [{"max_age": "x"}, {"max_age": "-1"}, {"acr_values": 'a"b'}, {"acr_values": "é"}])
def test_a_demand_that_cannot_be_read(party: Party, demand: dict[str, str]) -> None:
    answer = ask(party, party.signed_in()["access_token"], **demand)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_demand_that_stands_there_twice(party: Party) -> None:
    headers = {"Authorization": f"Bearer {party.signed_in()['access_token']}"}
    where = f"{party.metadata['userinfo_endpoint']}?max_age=1&max_age=2"
    assert requests.get(where, headers=headers, timeout=10).status_code == 400


def test_5_what_is_demanded_is_honoured_at_the_front_door(party: Party) -> None:
    browser = party.browser()
    answer = answer_of(browser.open(party.authorize_url(acr_values=PIN)))
    claims = read_jwt(party.redeem(answer["code"]).json()["id_token"])[1]
    assert claims["acr"] == PIN
