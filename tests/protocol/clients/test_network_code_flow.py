"""Each environment with Authlib's own client: the whole code flow (OpenID Connect Core 3.1), and its refusals."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from joserfc.jwk import ECKey

from clients.network import environments
from clients.network.machine import ASSERTION
from tests.protocol.clients.party import HOME, VERIFIER, Party, at
from tests.protocol.clients.world import Traveller


def test_a_person_signs_in_and_is_known_by_the_stable_key(each: Party) -> None:
    person = each.environment.people[1]
    answer = each.answer(each.asked(), person=person.username)
    assert (answer["state"], answer["iss"]) == ("s", each.issuer)
    token = each.redeem(answer["code"])
    claims = each.claims(token)
    assert claims[each.environment.pupil_key] == person.pupil_key
    assert claims["acr"] == each.environment.acr
    assert claims["amr"] == list(each.environment.amr)
    assert {"sid", "auth_time", "at_hash", "iat", "exp"} <= claims.keys()
    about = each.session()
    about.token = token
    told = about.get(each.metadata["userinfo_endpoint"]).json()
    assert (told["sub"], told[each.environment.pupil_key]) == (claims["sub"], person.pupil_key)
    assert told["name"] == person.name


def test_the_subject_stays_and_is_another_for_another_person(party: Party) -> None:
    subs = []
    for person in (0, 0, 1):
        answer = party.answer(party.asked(), person=party.environment.people[person].username)
        subs.append(party.claims(party.redeem(answer["code"]))["sub"])
    assert subs[0] == subs[1] != subs[2]


def test_the_keys_are_public_parts_only_and_stay_over_a_restart(party: Party) -> None:
    (key,) = requests.get(party.metadata["jwks_uri"], timeout=5).json()["keys"]
    assert {"kid", "use", "alg"} <= key.keys()
    assert not {"d", "p", "q", "dp", "dq", "qi"} & key.keys()


def test_who_is_signed_in_is_not_asked_again_unless_that_is_wanted(party: Party) -> None:
    browser = Traveller(party.issuer)
    first = party.claims(party.redeem(party.answer(party.asked(), browser)["code"]))
    assert browser.ask("GET", party.asked()).status == 303
    assert "code" in party.answer(party.asked(prompt="none"), browser)
    assert "code" in party.answer(party.asked(max_age="600"), browser)
    assert browser.ask("GET", party.asked(prompt="login")).status == 200
    assert browser.ask("GET", party.asked(prompt="select_account")).status == 200
    again = party.claims(party.redeem(party.answer(party.asked(prompt="login"), browser)["code"]))
    assert again["sid"] != first["sid"]
    assert again["auth_time"] >= first["auth_time"]


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ("&state=t", "invalid_request"),
        ("&prompt=none", "login_required"),
        ("&prompt=none%20login", "invalid_request"),
        ("&prompt=please", "invalid_request"),
        ("&max_age=soon", "invalid_request"),
    ],
)
def test_a_request_that_does_not_hold_is_answered_with_iss(party: Party, more: str, error: str) -> None:
    answer = party.answer(party.asked() + more)
    assert (answer["error"], answer["iss"], answer["state"]) == (error, party.issuer, "s")


def test_only_the_code_flow_with_s256_is_offered(party: Party) -> None:
    good = party.asked()
    for old, new, error in (
        ("response_type=code", "response_type=token", "unsupported_response_type"),
        ("code_challenge_method=S256", "code_challenge_method=plain", "invalid_request"),
        ("code_challenge=", "no_challenge=", "invalid_request"),
        ("scope=openid+profile", "scope=profile", "invalid_scope"),
    ):
        assert old in good
        assert party.answer(good.replace(old, new))["error"] == error


def test_nobody_is_sent_to_an_address_that_is_not_registered(party: Party) -> None:
    browser = Traveller(party.issuer)
    for old, new in (
        ("party.example", "evil.example"),
        ("callback", "callback%2Fx"),
        ("client_id=party", "client_id=x"),
    ):
        page = browser.ask("GET", party.asked().replace(old, new))
        assert (page.status, page.headers.get("Location")) == (400, None)


def test_a_code_is_good_once_for_its_own_verifier(party: Party) -> None:
    code = party.answer(party.asked())["code"]
    party.redeem(code)
    for attempt in ({}, {"verifier": "another-verifier-of-forty-three-characters-or-more"}):
        fresh = code if not attempt else party.answer(party.asked())["code"]
        with pytest.raises(Exception, match="invalid_grant"):
            party.redeem(fresh, **attempt)


def test_a_client_that_proves_nothing_gets_nothing(each: Party) -> None:
    code = each.answer(each.asked())["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": HOME + "callback"}
    form |= {"code_verifier": VERIFIER, "client_id": "party"}
    endpoint = each.metadata["token_endpoint"]
    for data, auth in (
        (form, None),
        (form, ("party", "wrong")),
        (form | {"client_secret": "wrong"}, None),
        (form | {"client_assertion": "a.b.c"}, None),
        (form | {"client_secret": each.secret}, ("party", each.secret)),
    ):
        answer = requests.post(endpoint, data=data, auth=auth, timeout=5)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert each.redeem(code)


@pytest.fixture
def by_key(tmp_path: Path, signing_keys: Path) -> Iterator[Party]:
    """A client that proves itself with private_key_jwt."""
    entry = next(one for one in environments.load() if one.auth_method == "private_key_jwt")
    with at(entry, tmp_path, signing_keys) as party:
        yield party


def test_a_client_assertion_is_good_once_and_for_this_provider(by_key: Party) -> None:
    """RFC 7523 3, OpenID Connect Core 9."""
    endpoint, key = by_key.metadata["token_endpoint"], ECKey.import_key(json.loads(by_key.secret))
    form = {"grant_type": "authorization_code", "client_assertion_type": ASSERTION, "code_verifier": VERIFIER}
    form["redirect_uri"] = HOME + "callback"

    def post(audience: str, jti: str) -> int:
        code = by_key.answer(by_key.asked())["code"]
        claims = {"jti": jti}
        signed = private_key_jwt_sign(key, client_id="party", token_endpoint=audience, alg="ES256", claims=claims)
        return requests.post(endpoint, data=form | {"code": code, "client_assertion": signed}, timeout=5).status_code

    assert [post(endpoint, "one"), post(endpoint, "one"), post(by_key.issuer, "two")] == [200, 401, 200]
    assert post("https://somebody-else.example/token", "three") == 401


def test_a_form_from_elsewhere_signs_nobody_in(party: Party) -> None:
    browser = Traveller(party.issuer)
    browser.open(party.issuer + "/")
    username = party.environment.people[0].username
    page = browser.ask("POST", f"{party.issuer}/aanmelden", data={"person": username, "form_token": "x", "request": ""})
    assert page.status == 400
    assert "Wie ben je?" in browser.open(party.issuer + "/").words


def test_a_request_of_another_browser_is_not_answered_on_this_one(party: Party) -> None:
    waiting = Traveller(party.issuer).open(party.asked()).select("input[name=request]")[0].get("value")
    browser = Traveller(party.issuer)
    token = browser.open(party.issuer + "/").select("input[name=form_token]")[0].get("value")
    fields = {"person": party.environment.people[0].username, "form_token": token, "request": waiting}
    page = browser.ask("POST", f"{party.issuer}/aanmelden", data=fields)
    assert (page.status, page.headers["Location"]) == (303, f"{party.issuer}/")
