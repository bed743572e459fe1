"""RFC 6749 section 4.1.3, 3.2 and 5.2: a code for tokens, once, for whom it was made, and nothing else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests

from idp.kernel import audit, clock
from tests.protocol.party import VERIFIER, Party, basic, challenge_of
from tests.site import SECRET, registration


def alive(party: Party, token: str) -> bool:
    """Does userinfo still take this access token?"""
    return party.userinfo(token).status_code == 200


def test_a_code_becomes_tokens(party: Party) -> None:
    answer = party.redeem(party.code(party.browser()))
    tokens = answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 600)
    assert alive(party, tokens["access_token"])


def test_b08_a_code_used_again_kills_all_that_came_of_it(party: Party) -> None:
    code = party.code(party.browser())
    tokens = party.redeem(code).json()
    again = party.redeem(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert not alive(party, tokens["access_token"])
    assert party.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.slow
def test_b09_fifty_redemptions_at_once_give_one_set_of_tokens(party: Party) -> None:
    code = party.code(party.browser())
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: party.redeem(code), range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 49
    assert {answer.json()["error"] for answer in answers if answer.status_code == 400} == {"invalid_grant"}


def test_b10_another_client_cannot_redeem_a_code_and_spoils_it(party: Party) -> None:
    party.site.register(registration("other-publisher"))
    code = party.code(party.browser())
    thief = Party(party.site, "other-publisher")
    assert thief.redeem(code, redirect_uri=party.redirect_uri).json()["error"] == "invalid_grant"
    assert party.redeem(code).json()["error"] == "invalid_grant"


def test_b11_a_code_lives_for_sixty_seconds(party: Party) -> None:
    browser = party.browser()
    first, second = party.code(browser), party.code(browser)
    start = clock.now()
    with clock.frozen(start + timedelta(seconds=58)):
        assert party.redeem(first).status_code == 200
    with clock.frozen(start + timedelta(seconds=62)):
        assert party.redeem(second).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "uri", [None, "https://demo-publisher.example/other", "https://demo-publisher.example/callback/"]
)
def test_b12_the_redirect_uri_is_compared_again(party: Party, uri: str | None) -> None:
    assert party.redeem(party.code(party.browser()), redirect_uri=uri).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("verifier", [None, "w" * 43, VERIFIER[:42], "x" * 129, VERIFIER + " ", challenge_of(VERIFIER)])
def test_b07_without_the_right_verifier_no_tokens_and_the_code_is_dead(party: Party, verifier: str | None) -> None:
    code = party.code(party.browser())
    assert party.redeem(code, code_verifier=verifier).json()["error"] == "invalid_grant"
    assert party.redeem(code).json()["error"] == "invalid_grant"


def test_b13_the_password_grant_does_not_exist(party: Party) -> None:
    answer = party.token(grant_type="password", username="x", password="y")
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
    assert "password" not in party.metadata["grant_types_supported"]


def test_b24_two_ways_of_authentication_at_once(party: Party) -> None:
    answer = party.redeem(party.code(party.browser()), client_secret=SECRET, client_id=party.client_id)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "authorization", [basic("demo-publisher", "wrong" * 8), basic("nobody", SECRET), "Basic é", "Basic "]
)
def test_b24_a_wrong_secret_and_an_unknown_client_look_alike(party: Party, authorization: str) -> None:
    answer = party.token(
        {"Authorization": authorization.encode("latin-1", "replace").decode("latin-1")}, grant_type="x"
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert len(answer.headers["X-Support-Code"]) == 8


def test_another_method_than_the_registered_one_is_refused(party: Party) -> None:
    form = {"grant_type": "authorization_code", "code": "x", "client_id": party.client_id, "client_secret": SECRET}
    answer = requests.post(party.metadata["token_endpoint"], data=form, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_b25_a_client_that_was_not_granted_a_grant(party: Party) -> None:
    assert party.token(grant_type="client_credentials").json()["error"] == "unauthorized_client"


@pytest.mark.parametrize(
    ("send", "status"),
    [
        ({"method": "GET"}, 405),
        ({"method": "PUT"}, 405),
        ({"method": "POST", "json": {"grant_type": "authorization_code"}}, 400),
        ({"method": "POST", "params": {"grant_type": "authorization_code"}, "data": {"code": "x"}}, 400),
        ({"method": "POST", "data": [("grant_type", "a"), ("grant_type", "b")]}, 400),
        ({"method": "POST", "data": {"x": "y" * 70_000}}, 413),
        (
            {"method": "POST", "data": b"\xff\xfe=1", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
            400,
        ),
        ({"method": "POST", "data": {"grant_type": "a\x00b"}}, 400),
    ],
)
def test_b26_a_request_that_is_no_form_post(party: Party, send: dict[str, object], status: int) -> None:
    answer = requests.request(url=party.metadata["token_endpoint"], timeout=10, **send)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert answer.json()["error"] == "invalid_request"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_refusal_is_found_under_its_support_code(party: Party) -> None:
    code = party.redeem("no-code").headers["X-Support-Code"]
    with party.site.database.read() as db:
        event = audit.find(db, code)
    assert event is not None
    assert (event.act, event.facts["error"]) == ("protocol.refused", "invalid_grant")
