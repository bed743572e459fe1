"""A1 to A12: where a provider that leans on Authlib's server side would go wrong, each shown at this one."""

import logging

import pytest
import requests

from idp.engine.clients.metadata import CLIENT_ALGS
from idp.engine.tables import CLIENT
from tests.client_keys import unsigned
from tests.protocol.key_party import key_party
from tests.protocol.party import Party, answer_of
from tests.protocol.pushing import push
from tests.site import SECRET, registration
from tests.visitor import Caller


@pytest.fixture
def public(party: Party) -> Party:
    """A client without a secret (an app on a tablet)."""
    entry = registration("public-publisher", token_endpoint_auth_method="none")
    del entry["client_secret"]
    party.site.register(entry)
    return Party(party.site, "public-publisher", secret=None)


@pytest.mark.parametrize("changes", [{"code_challenge": None}, {"code_challenge_method": None}])
def test_a1_no_request_without_s256_whatever_the_kind_of_client(
    party: Party, public: Party, changes: dict[str, str | None]
) -> None:
    for asker in (party, public):
        page = asker.browser().open(asker.authorize_url(**changes))
        assert answer_of(page)["error"] == "invalid_request"
    assert party.metadata["code_challenge_methods_supported"] == ["S256"]


def test_a2_a_code_is_claimed_before_tokens_are_made_and_its_replay_revokes_them(party: Party) -> None:
    code = party.code(party.browser())
    first = party.redeem(code).json()
    assert party.redeem(code).json()["error"] == "invalid_grant"
    assert party.introspect(first["access_token"]).json() == {"active": False}
    assert party.introspect(first["refresh_token"]).json() == {"active": False}


def test_a3_a_refresh_gives_a_new_token_and_the_old_one_ends_the_family(party: Party) -> None:
    first = party.signed_in()
    second = party.refresh(first["refresh_token"]).json()
    third = party.refresh(second["refresh_token"]).json()
    assert len({first["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3
    assert party.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert party.refresh(third["refresh_token"]).json()["error"] == "invalid_grant"


def test_a5_no_client_is_registered_for_unsigned_answers(party: Party) -> None:
    names = [name for name in party.metadata if name.endswith("signing_alg_values_supported")]
    assert names
    assert not [name for name in names if "none" in party.metadata[name]]
    assert "none" not in CLIENT_ALGS


def test_a6_an_unsigned_request_object_is_no_request(party: Party) -> None:
    signer = key_party(party.site)
    loose = unsigned({**signer.parameters(), "iss": signer.client_id, "aud": party.site.issuer})
    page = Caller(party.site.issuer).open(signer.by_value(loose, redirect_uri=signer.redirect_uri))
    assert answer_of(page)["error"] == "invalid_request_object"


def test_a7_form_post_is_offered_for_codes_and_escaped_as_html(party: Party) -> None:
    page = party.browser().open(party.authorize_url(response_mode="form_post", state='"><script>x</script>'))
    (field,) = page.select("input[name=state]")
    assert field.get("value") == '"><script>x</script>'
    assert "<script>x" not in page.text
    assert not [element for element in page.select("*") if any(name.startswith("on") for name in element.keys())]  # noqa: SIM118
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]


def test_a8_a_sign_in_that_is_too_old_is_not_taken_and_its_time_is_the_real_one(party: Party) -> None:
    browser = party.browser()
    claims = party.claims(party.redeem(party.code(browser)).json())
    assert claims["auth_time"] <= claims["iat"]
    assert answer_of(browser.open(party.authorize_url(max_age="0", prompt="none")))["error"] == "login_required"


def test_a9_a_secret_is_kept_as_a_fingerprint_and_asked_for_at_every_endpoint(party: Party) -> None:
    with party.site.database.read() as db:
        row = db.execute(CLIENT.select().where(CLIENT.c.id == party.client_id)).one()
    assert SECRET not in repr(row)
    endpoints = ("token", "revocation", "introspection", "pushed_authorization_request", "device_authorization")
    for name in endpoints:
        form = {"client_id": party.client_id, "grant_type": "x", "token": "x"}
        answer = requests.post(party.metadata[f"{name}_endpoint"], data=form, timeout=10)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), name


def test_a10_no_log_at_any_level_holds_a_token(party: Party, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        code = party.code(party.browser())
        tokens = party.redeem(code).json()
        tokens |= party.refresh(tokens["refresh_token"]).json()
        party.userinfo(tokens["access_token"])
        party.introspect(tokens["access_token"])
    assert tokens["access_token"] not in caplog.text
    assert tokens["refresh_token"] not in caplog.text
    assert code not in "".join(r.getMessage() for r in caplog.records if r.name.startswith(("idp", "authlib", "sql")))
    assert SECRET not in caplog.text


def test_a11_a_request_without_redirect_uri_is_led_nowhere(party: Party) -> None:
    page = party.browser().open(party.authorize_url(redirect_uri=None))
    assert page.status == 400
    assert "Location" not in page.headers


def test_a12_a_public_client_may_ask_push_and_revoke(public: Party) -> None:
    assert push(public).status_code == 201
    tokens = public.signed_in()
    assert public.revoke(tokens["refresh_token"]).status_code == 200
    assert public.userinfo(tokens["access_token"]).status_code == 401
    assert "none" in public.metadata["token_endpoint_auth_methods_supported"]
