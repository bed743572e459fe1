"""An environment that is wrong in one way is caught by Authlib's client; and right again, it is believed again."""

import pytest
import requests
from authlib.integrations.base_client import OAuthError
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from clients.network.misbehaviour import MODES
from tests.protocol.clients.party import Party
from tests.protocol.clients.world import LIES


def _misbehave(party: Party, mode: str, **more: str) -> requests.Response:
    return requests.post(f"{party.issuer}/misbehave", data={"mode": mode, **more}, timeout=5)


@pytest.mark.parametrize("mode", LIES)
def test_a_lie_in_the_id_token_is_caught(party: Party, mode: str) -> None:
    assert _misbehave(party, mode).json() == {"mode": mode, "seconds": 8.0}
    token = party.redeem(party.answer(party.asked())["code"])
    with pytest.raises(JoseError):
        party.claims(token)
    _misbehave(party, "none")
    assert party.claims(party.redeem(party.answer(party.asked())["code"]))["sub"] == "moo-0001"


def test_a_lie_about_who_answers_is_seen_before_the_code_is_used(party: Party) -> None:
    _misbehave(party, "wrong_answer_iss")
    assert party.answer(party.asked())["iss"] != party.issuer


def test_a_pupil_whom_no_school_has(each: Party) -> None:
    _misbehave(each, "unknown_pupil")
    token = each.redeem(each.answer(each.asked())["code"])
    key = each.environment.pupil_key
    assert each.claims(token)[key] == f"{each.environment.slug}-9999"
    about = requests.get(
        each.metadata["userinfo_endpoint"], headers={"Authorization": f"Bearer {token['access_token']}"}, timeout=5
    ).json()
    assert about[key] == f"{each.environment.slug}-9999"


def test_metadata_of_another_issuer(party: Party) -> None:
    _misbehave(party, "wrong_metadata")
    found = requests.get(f"{party.issuer}/.well-known/openid-configuration", timeout=5).json()
    assert found == party.metadata | {"issuer": "https://somebody-else.example"}


def test_userinfo_about_somebody_else(party: Party) -> None:
    """OpenID Connect Core 5.3.2: it is for the relying party to compare the two."""
    _misbehave(party, "other_userinfo")
    session, token = party.session(), party.redeem(party.answer(party.asked())["code"])
    session.token = token
    assert session.get(party.metadata["userinfo_endpoint"]).json()["sub"] != party.claims(token)["sub"]


def test_it_is_slow_for_the_relying_party_and_not_for_a_person(party: Party) -> None:
    code = party.answer(party.asked())["code"]
    _misbehave(party, "slow", seconds="1")
    with pytest.raises(requests.Timeout):
        requests.get(party.metadata["jwks_uri"], timeout=0.3)
    with pytest.raises(requests.Timeout):
        requests.post(party.metadata["token_endpoint"], data={"code": code}, timeout=0.3)
    assert requests.get(f"{party.issuer}/", timeout=0.3).status_code == 200


def test_it_is_down_until_it_is_not(party: Party) -> None:
    _misbehave(party, "down")
    for url in (party.metadata["jwks_uri"], party.asked(), f"{party.issuer}/"):
        assert requests.get(url, timeout=5).status_code == 503
    _misbehave(party, "none")
    assert requests.get(party.metadata["jwks_uri"], timeout=5).status_code == 200


def test_the_unsigned_token_is_what_it_says(party: Party) -> None:
    _misbehave(party, "alg_none")
    head, _, signature = party.redeem(party.answer(party.asked())["code"])["id_token"].split(".")
    assert b'"none"' in urlsafe_b64decode(head.encode())
    assert signature == ""


def test_only_known_modes_can_be_chosen_and_only_by_this_machine(party: Party) -> None:
    assert _misbehave(party, "surprise").status_code == 400
    assert _misbehave(party, "slow", seconds="3600").status_code == 400
    answer = requests.post(
        f"{party.issuer}/misbehave", data={"mode": "down"}, headers={"Origin": "https://evil.example"}, timeout=5
    )
    assert answer.status_code == 403
    assert requests.get(f"{party.issuer}/misbehave", timeout=5).json()["mode"] == "none"


def test_every_mode_is_tested() -> None:
    elsewhere = {"none", "wrong_answer_iss", "wrong_metadata", "other_userinfo", "unknown_pupil", "slow", "down"}
    assert set(MODES) == set(LIES) | elsewhere


def test_nothing_secret_is_told_by_an_oauth_error(party: Party) -> None:
    with pytest.raises(OAuthError) as error:
        party.redeem("no-such-code")
    assert party.secret not in str(error.value)
