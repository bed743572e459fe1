"""Rough edges 0 to 19 that were met by running a provider made of Authlib's server classes: not at this one."""

import threading
from urllib.parse import urlencode

import pytest
import requests

from idp.engine.keys import KeyStore
from idp.kernel.clock import now
from tests.protocol.dcr.test_dcr import issued, manage, registered
from tests.protocol.device.board import DEVICE, approve, poll, start
from tests.protocol.key_party import KeyParty, key_party
from tests.protocol.party import VERIFIER, Party, answer_of, read_jwt
from tests.protocol.pushing import address, push
from tests.site import SECRET, registration, settings_for
from tests.visitor import Caller

FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("odd", ['https://evil.example/"', "https://evil.example/é", '"', "é", "code\r\nX: y"])
def test_edge_0_odd_characters_in_uri_and_response_type_are_refused_quietly(party: Party, odd: str) -> None:
    assert Caller(party.site.issuer).open(party.authorize_url(redirect_uri=odd)).status == 400
    page = Caller(party.site.issuer).open(party.authorize_url(response_type=odd))
    assert answer_of(page)["error"] == "unsupported_response_type"


def test_edge_1_the_response_mode_counts_in_the_code_flow(party: Party) -> None:
    browser = party.browser()
    assert "#code=" in browser.open(party.authorize_url(response_mode="fragment", state=None)).url
    assert browser.open(party.authorize_url(response_mode="form_post")).select("input[name=code]")


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
@pytest.mark.parametrize("prompt", ["none", None])
def test_edge_2_iss_stands_beside_the_rest_on_errors_too(party: Party, mode: str, prompt: str | None) -> None:
    browser = Caller(party.site.issuer) if prompt else party.browser()
    page = browser.open(party.authorize_url(response_mode=mode, prompt=prompt))
    fields = dict(page.select("form")[0].form_values()) if mode == "form_post" else answer_of(page)
    assert fields["iss"] == party.site.issuer
    assert ("error" in fields) is (prompt == "none")
    if mode == "fragment":
        assert "?" not in page.url


def test_edge_3_a_form_post_says_values_as_they_are_and_runs_nothing_inline(party: Party) -> None:
    page = party.browser().open(party.authorize_url(response_mode="form_post", state='a"b +&é<>'))
    assert dict(page.select("form")[0].form_values())["state"] == 'a"b +&é<>'
    assert "onload" not in page.text


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_edge_4_a_refusal_keeps_the_state(party: Party, mode: str) -> None:
    page = Caller(party.site.issuer).open(party.authorize_url(response_mode=mode)).submit(button="cancel=yes")
    fields = dict(page.select("form")[0].form_values()) if mode == "form_post" else answer_of(page)
    assert (fields["error"], fields["state"]) == ("access_denied", "state-of-this-test")


def test_edge_5_a_confidential_client_is_told_that_there_is_no_implicit_flow(party: Party) -> None:
    answer = answer_of(party.browser().open(party.authorize_url(response_type="id_token token")))
    assert (answer["error"], answer["state"]) == ("unsupported_response_type", "state-of-this-test")


def test_edge_6_an_omitted_challenge_method_is_not_plain(party: Party) -> None:
    url = party.authorize_url(code_challenge=VERIFIER[:43], code_challenge_method=None)
    assert answer_of(party.browser().open(url))["error"] == "invalid_request"


def test_edge_7_error_and_description_say_what_they_are_for(party: Party) -> None:
    answer = answer_of(party.browser().open(party.authorize_url(response_type="foo")))
    assert answer["error"] == "unsupported_response_type"
    assert answer["error_description"] not in ("foo", answer["error"])


def test_edge_8_nothing_in_the_query_no_second_secret_no_second_nonce(party: Party) -> None:
    where, code = party.metadata["token_endpoint"], party.code(party.browser())
    in_query = requests.post(f"{where}?grant_type=authorization_code", data={"code": code}, timeout=10)
    assert (in_query.status_code, in_query.json()["error"]) == (400, "invalid_request")
    assert party.redeem(code, client_id=party.client_id, client_secret=SECRET).json()["error"] == "invalid_request"
    twice = Caller(party.site.issuer).open(party.authorize_url() + "&nonce=other")
    assert answer_of(twice)["error"] == "invalid_request"


def test_edge_9_a_json_body_is_refused_for_what_it_is(party: Party) -> None:
    answer = requests.post(party.metadata["token_endpoint"], json={"grant_type": "authorization_code"}, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "form-urlencoded" in answer.json()["error_description"]


def test_edge_10_a_refresh_is_no_new_sign_in(party: Party) -> None:
    tokens = party.signed_in()
    before, after = party.claims(tokens), party.claims(party.refresh(tokens["refresh_token"]).json())
    assert [after[name] for name in ("auth_time", "acr", "amr", "sid")] == [
        before[name] for name in ("auth_time", "acr", "amr", "sid")
    ]
    assert "nonce" not in after


def test_edge_11_userinfo_takes_forms_says_nothing_to_nobody_and_signs_with_a_named_key(party: Party) -> None:
    party.site.register(registration("signed-userinfo", userinfo_signed_response_alg="ES256"))
    other = Party(party.site, "signed-userinfo")
    token, where = other.signed_in()["access_token"], other.metadata["userinfo_endpoint"]
    assert read_jwt(requests.post(where, data={"access_token": token}, timeout=10).text)[0]["kid"]
    bare = requests.get(where, timeout=10)
    assert (bare.status_code, bare.text) == (401, "")
    assert "error=" not in bare.headers["WWW-Authenticate"]


def test_edge_12_the_address_of_a_request_is_of_no_account(party: Party) -> None:
    headers = {"Host": "id.example", "X-Forwarded-Proto": "http"}
    answer = requests.post(party.metadata["token_endpoint"], data={"grant_type": "x"}, headers=headers, timeout=10)
    assert answer.status_code == 401
    page = requests.get(party.authorize_url(prompt="none"), headers=headers, allow_redirects=False, timeout=10)
    assert page.status_code == 303


def test_edge_12_an_http_issuer_elsewhere_than_on_loopback_does_not_start(party: Party) -> None:
    with pytest.raises(ValueError, match="https"):
        settings_for("sqlite://", party.site.settings.data, "http://id.example", demo=False)


def test_edge_13_max_age_acr_hints_and_claims_are_heard_and_claims_stay_out_of_the_id_token(party: Party) -> None:
    browser = party.browser()
    tokens = party.redeem(party.code(browser, acr_values="urn:x", max_age="9999")).json()
    assert "given_name" not in party.claims(tokens)
    asked = '{"id_token":{"given_name":null}}'
    assert party.claims(party.redeem(party.code(browser, claims=asked)).json())["given_name"]
    foreign = answer_of(browser.open(party.authorize_url(id_token_hint="x.y.z", prompt="none")))
    assert foreign["error"] == "login_required"


def test_edge_14_looking_at_a_request_twice_uses_nothing_up(party: Party) -> None:
    browser, url = party.browser(), party.authorize_url(nonce="the-same-nonce")
    assert answer_of(browser.open(url))["code"] != answer_of(browser.open(url))["code"]


def test_edge_15_access_tokens_live_ten_minutes(party: Party) -> None:
    assert party.signed_in()["expires_in"] == 600


@pytest.mark.parametrize("alg", ["PS256", "EdDSA", "ES256"])
def test_edge_16_every_listed_algorithm_works_everywhere(party: Party, alg: str) -> None:
    signer = key_party(
        party.site, f"alg-{alg.lower()}", alg, id_token_signed_response_alg=alg, sleutelbos={"all_schools": True}
    )
    tokens = signer.redeem(signer.code(signer.browser())).json()
    header, claims = read_jwt(tokens["id_token"])
    assert header["alg"] == alg
    assert claims["at_hash"]


def test_edge_17_a_request_object_stands_alone_and_knows_json_types(party: Party) -> None:
    signer = key_party(party.site)
    inside = signer.signed(max_age=9999, claims={"id_token": {"given_name": None}}, state=None)
    answer = answer_of(signer.browser().open(signer.by_value(inside, state="outside")))
    assert "state" not in answer
    assert signer.claims(signer.redeem(answer["code"]).json())["given_name"]


def test_edge_18_a_signed_request_may_be_pushed(party: Party) -> None:
    signer: KeyParty = key_party(party.site)
    form = {"request": signer.signed(state="inside"), "client_id": signer.client_id}
    answer = signer.post("pushed_authorization_request_endpoint", dict(form))
    assert answer.status_code == 201, answer.text
    came_back = answer_of(signer.browser().open(address(signer, answer.json()["request_uri"])))
    assert came_back["state"] == "inside"
    assert push(signer, request_uri="urn:x").json()["error"] == "invalid_request"


def test_edge_19_a_device_code_is_spent_once(party: Party) -> None:
    party.site.register(registration("board", grant_types=[DEVICE], redirect_uris=[], initiate_login_uri=None))
    board = Party(party.site, "board")
    told = start(board)
    approve(board, told)
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(poll(board, told).status_code)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers)[0] == 200
    assert answers.count(200) == 1
    assert board.token(grant_type=DEVICE, device_code="dc_unknown").json()["error"] == "invalid_grant"


def test_edge_19_an_unknown_hint_is_no_error(party: Party) -> None:
    token = party.signed_in()["access_token"]
    assert party.introspect(token, token_type_hint="unicorn").json()["active"] is True
    assert party.revoke(token, token_type_hint="unicorn").status_code == 200
    assert party.userinfo(token).status_code == 401


def test_edge_19_registration_gives_no_secret_to_who_needs_none_and_prints_nothing(
    party: Party, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    client = registered(party.site, issued(party.site), token_endpoint_auth_method="none")
    assert "client_secret" not in client
    assert manage("DELETE", client).status_code == 204
    assert client["client_id"] not in capsys.readouterr().out


def test_edge_19_a_hint_with_several_audiences_is_none_of_ours(party: Party) -> None:
    browser, after = party.browser(), f"https://{party.client_id}.example/out"
    claims = party.claims(party.redeem(party.code(browser)).json())
    signer = KeyStore(party.site.database, party.site.keyring).signer("RS256", now())

    def leave(audience: str | list[str]) -> str:
        hint = signer.sign("JWT", claims | {"aud": audience})
        query = urlencode({"id_token_hint": hint, "post_logout_redirect_uri": after})
        return browser.open(f"{party.metadata['end_session_endpoint']}?{query}").url

    assert not leave([party.client_id, "other"]).startswith(after)
    assert leave(party.client_id).startswith(after)
