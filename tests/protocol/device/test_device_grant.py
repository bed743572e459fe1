"""The device grant between device and provider: RFC 8628 3.1, 3.2, 3.4, 3.5."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
import requests

from idp.kernel import clock
from tests.proofs import ProofKey
from tests.protocol.device.board import DEVICE, approve, deny, open_question, poll, start
from tests.protocol.party import Party, read_jwt
from tests.site import Site, registration


@pytest.fixture
def board(site: Site) -> Party:
    """A public client that is registered for devices, and nothing else."""
    more: dict[str, Any] = {"token_endpoint_auth_method": "none", "client_secret": None}
    site.register(registration("board", grant_types=[DEVICE, "refresh_token"], redirect_uris=[], **more))
    return Party(site, client_id="board", secret=None)


def error_of(answer: requests.Response) -> str:
    assert answer.status_code == 400, answer.text
    error: str = answer.json()["error"]
    return error


def test_3_2_what_the_device_is_told(board: Party) -> None:
    told = start(board)
    issuer = board.metadata["issuer"]
    assert re.fullmatch(r"[B-DF-HJKMNP-TWXZ]{4}-[B-DF-HJKMNP-TWXZ]{4}", told["user_code"])
    assert len(told["device_code"]) >= 43
    assert told["verification_uri"] == f"{issuer}/koppel"
    assert told["verification_uri_complete"] == f"{issuer}/koppel?code={told['user_code']}"
    assert (told["expires_in"], told["interval"]) == (600, 5)


def test_3_1_only_a_registered_client(party: Party, board: Party) -> None:
    assert error_of(party.post("device_authorization_endpoint", {"scope": "openid"})) == "unauthorized_client"
    answer = requests.post(board.metadata["device_authorization_endpoint"], data={"scope": "openid"}, timeout=10)
    assert answer.status_code == 401
    assert requests.get(board.metadata["device_authorization_endpoint"], timeout=10).status_code == 405


def test_3_1_only_registered_resources(board: Party) -> None:
    answer = board.post("device_authorization_endpoint", {"resource": "https://api.example/"})
    assert error_of(answer) == "invalid_target"


def test_3_5_pending_until_somebody_confirms(board: Party) -> None:
    told = start(board)
    assert error_of(poll(board, told)) == "authorization_pending"
    approve(board, told)
    tokens = poll(board, told).json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["scope"] == "openid profile"
    claims = read_jwt(tokens["id_token"])[1]
    assert claims["aud"] == "board"
    assert "nonce" not in claims
    assert board.userinfo(tokens["access_token"]).json()["sub"] == claims["sub"]
    assert board.refresh(tokens["refresh_token"]).status_code == 200


def test_3_5_who_asks_too_soon_waits_five_seconds_longer(board: Party) -> None:
    told, begin = start(board), clock.now()
    with clock.frozen(begin) as move:
        assert error_of(poll(board, told)) == "authorization_pending"
        move(begin + timedelta(seconds=5))
        assert error_of(poll(board, told)) == "authorization_pending"
        move(begin + timedelta(seconds=9))
        assert error_of(poll(board, told)) == "slow_down"
        move(begin + timedelta(seconds=18))  # nine seconds later: ten are asked now
        assert error_of(poll(board, told)) == "slow_down"
        move(begin + timedelta(seconds=33))  # fifteen
        assert error_of(poll(board, told)) == "authorization_pending"


def test_3_5_polls_are_counted_by_the_database(board: Party) -> None:
    told, answers = start(board), []
    barrier = threading.Barrier(20)

    def ask() -> None:
        barrier.wait()
        answers.append(error_of(poll(board, told)))

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["authorization_pending"] + ["slow_down"] * 19


def test_3_5_a_no_is_final(board: Party) -> None:
    told = start(board)
    deny(board, told)
    for _ in range(2):
        assert error_of(poll(board, told)) == "access_denied"


@pytest.mark.parametrize("confirmed", [False, True])
def test_3_5_a_code_expires(board: Party, confirmed: bool) -> None:
    told = start(board)
    if confirmed:
        approve(board, told)
    with clock.frozen(clock.now() + timedelta(minutes=10, seconds=1)):
        assert error_of(poll(board, told)) == "expired_token"


def test_spent_once_and_a_replay_ends_what_came_of_it(board: Party, party: Party, site: Site) -> None:
    told = start(board)
    approve(board, told)
    tokens = poll(board, told).json()
    assert error_of(poll(board, told)) == "invalid_grant"
    assert board.userinfo(tokens["access_token"]).status_code == 401
    assert board.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_spent_by_one_of_fifty(board: Party) -> None:
    told, answers = start(board), []
    approve(board, told)
    barrier = threading.Barrier(50)

    def ask() -> None:
        barrier.wait()
        answers.append(poll(board, told).status_code)

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(200) == 1


def test_another_client_s_code_is_unknown_and_stays_unharmed(board: Party, site: Site) -> None:
    site.register(registration("other", grant_types=[DEVICE], redirect_uris=[]))
    other = Party(site, client_id="other")
    told = start(board)
    assert error_of(poll(other, told)) == "invalid_grant"
    assert error_of(poll(board, told)) == "authorization_pending"
    approve(board, told)
    assert error_of(poll(other, told)) == "invalid_grant"
    assert poll(board, told).status_code == 200


@pytest.mark.parametrize("code", ["", "x", "dc_unknown", "é", "ac_x"])
def test_a_code_that_is_none(board: Party, code: str) -> None:
    answer = board.token(grant_type=DEVICE, device_code=code)
    assert error_of(answer) == ("invalid_request" if not code else "invalid_grant")


def test_what_the_device_got_ends_with_the_sign_in_of_whoever_confirmed_it(board: Party) -> None:
    told = start(board)
    browser = approve(board, told)
    tokens = poll(board, told).json()
    browser.open("/portaal").submit(form="/uitloggen")
    assert board.userinfo(tokens["access_token"]).status_code == 401
    assert board.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_who_signs_out_before_the_device_asks_again_has_confirmed_nothing(board: Party) -> None:
    told = start(board)
    browser = approve(board, told)
    browser.open("/portaal").submit(form="/uitloggen")
    assert error_of(poll(board, told)) == "invalid_grant"


def test_t08_who_may_not_open_the_app_cannot_confirm_it(board: Party, site: Site) -> None:
    terms = {"profile": "simple", "claims": [], "all_schools": False}
    site.register(registration("closed", grant_types=[DEVICE], redirect_uris=[], sleutelbos=terms))
    closed = Party(site, client_id="closed")
    told = start(closed)
    page = open_question(closed, told)
    assert (page.status, page.path) == (403, "/koppel/bevestig")
    assert error_of(poll(closed, told)) == "authorization_pending"


def test_9449_5_a_device_may_bind_its_tokens(board: Party) -> None:
    key, told = ProofKey.generate(), start(board)
    approve(board, told)
    proof = {"DPoP": key.proof("POST", board.metadata["token_endpoint"])}
    tokens = board.token(proof, grant_type=DEVICE, device_code=told["device_code"]).json()
    assert tokens["token_type"] == "DPoP"
    assert board.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_metadata(board: Party) -> None:
    assert DEVICE in board.metadata["grant_types_supported"]
