"""Refresh tokens over HTTP: RFC 6749 6, RFC 9700 4.14, OIDC Core 12; B20 to B23, B46."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from werkzeug.test import Client

from idp.engine.tables import GRANT, REFRESH_TOKEN
from idp.kernel import clock
from idp.school.models import Pupil
from tests.proofs import ProofKey
from tests.protocol.key_party import key_party
from tests.protocol.party import VERIFIER, Party, answer_of, basic, read_jwt
from tests.protocol.pushing import address, pushed
from tests.site import SECRET, Site, build, registration

OFFLINE = "openid profile offline_access"


@pytest.fixture
def keeper(site: Site) -> Party:
    """A client with offline access."""
    site.register(registration("keeper", scope=OFFLINE))
    return Party(site, client_id="keeper")


@pytest.fixture
def stranger(site: Site) -> Party:
    """Another client."""
    site.register(registration("stranger"))
    return Party(site, client_id="stranger")


@contextmanager
def after(**age: float) -> Iterator[Callable[[datetime], None]]:
    """The clock stands so much later."""
    with clock.frozen(clock.now() + timedelta(**age)) as move:
        yield move


def refused(party: Party, token: str, **changes: str | None) -> str:
    answer = party.refresh(token, **changes)
    assert answer.status_code == 400, answer.text
    error: str = answer.json()["error"]
    return error


def alive(party: Party, *tokens: str) -> list[bool]:
    return [party.introspect(token).json()["active"] for token in tokens]


def test_6_a_fresh_set_of_tokens(party: Party) -> None:
    first = party.signed_in()
    second = party.refresh(first["refresh_token"]).json()
    assert second.keys() == first.keys()
    assert second["scope"] == first["scope"]
    for name in ("access_token", "refresh_token", "id_token"):
        assert second[name] != first[name]
    assert party.userinfo(second["access_token"]).status_code == 200


def test_12_2_the_new_id_token_keeps_the_sign_in_and_has_no_nonce(party: Party) -> None:
    first = party.signed_in()
    with after(seconds=5):
        second = party.refresh(first["refresh_token"]).json()
    old, new = (read_jwt(tokens["id_token"])[1] for tokens in (first, second))
    for name in ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid"):
        assert new[name] == old[name]
    assert "nonce" in old
    assert "nonce" not in new
    assert new["iat"] > old["iat"]


def test_only_a_client_that_is_registered_for_them_gets_refresh_tokens(site: Site) -> None:
    site.register(registration("plain", grant_types=["authorization_code"]))
    party = Party(site, client_id="plain")
    assert "refresh_token" not in party.signed_in(scope=OFFLINE)
    assert refused(party, "rt_x") == "unauthorized_client"


def test_b20_a_second_use_ends_the_whole_family(party: Party) -> None:
    first = party.signed_in()
    with after(seconds=0) as move:
        start = clock.now()
        second = party.refresh(first["refresh_token"]).json()
        move(start + timedelta(seconds=11))
        assert refused(party, first["refresh_token"]) == "invalid_grant"
        living = (first["access_token"], second["access_token"], second["refresh_token"])
        assert alive(party, *living) == [False, False, False]
        assert refused(party, second["refresh_token"]) == "invalid_grant"


def test_b21_who_did_not_hear_the_answer_gets_the_same_successor_for_ten_seconds(party: Party) -> None:
    first = party.signed_in()
    with after(seconds=0) as move:
        start = clock.now()
        second = party.refresh(first["refresh_token"]).json()
        move(start + timedelta(seconds=10))
        again = party.refresh(first["refresh_token"]).json()
    assert again["refresh_token"] == second["refresh_token"]
    assert alive(party, second["access_token"], again["access_token"]) == [True, True]


def test_b21_who_used_the_successor_heard_the_answer(party: Party) -> None:
    first = party.signed_in()
    second = party.refresh(first["refresh_token"]).json()
    third = party.refresh(second["refresh_token"]).json()
    assert refused(party, first["refresh_token"]) == "invalid_grant"
    assert alive(party, third["refresh_token"], third["access_token"]) == [False, False]


def test_b22_never_a_wider_scope(party: Party) -> None:
    first = party.signed_in(scope="openid")
    for scope in ("openid profile", "openid offline_access", "nonsense"):
        assert refused(party, first["refresh_token"], scope=scope) == "invalid_scope"
    assert party.refresh(first["refresh_token"]).status_code == 200


def test_b22_a_narrower_scope_narrows_this_answer_only(party: Party) -> None:
    first = party.signed_in()
    narrow = party.refresh(first["refresh_token"], scope="openid").json()
    assert narrow["scope"] == "openid"
    assert party.userinfo(narrow["access_token"]).json().keys() == {"sub"}
    assert party.refresh(narrow["refresh_token"]).json()["scope"] == "openid profile"


def test_b22_another_client_s_token_is_as_unknown_as_any(party: Party, stranger: Party) -> None:
    first = party.signed_in()
    foreign, unknown = stranger.refresh(first["refresh_token"]), stranger.refresh("rt_unknown")
    assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content)
    assert party.refresh(first["refresh_token"]).status_code == 200


def test_b23_idle_for_14_days(keeper: Party) -> None:
    first = keeper.signed_in(scope=OFFLINE)
    with after(days=13, hours=23):
        second = keeper.refresh(first["refresh_token"]).json()
    with after(days=27):
        third = keeper.refresh(second["refresh_token"]).json()
    with after(days=42):
        assert refused(keeper, third["refresh_token"]) == "invalid_grant"


def test_b23_180_days_old(keeper: Party, site: Site) -> None:
    first = keeper.signed_in(scope=OFFLINE)
    with site.database.write() as db:
        db.execute(update(REFRESH_TOKEN).values(expires_at=clock.now() + timedelta(days=400)))
    with after(days=180):
        assert refused(keeper, first["refresh_token"]) == "invalid_grant"


def test_the_last_refresh_token_lives_no_longer_than_its_family(keeper: Party, site: Site) -> None:
    first = keeper.signed_in(scope=OFFLINE)
    with site.database.write() as db:
        db.execute(update(GRANT).values(expires_at=clock.now() + timedelta(days=2)))
    second = keeper.refresh(first["refresh_token"]).json()
    told = keeper.introspect(second["refresh_token"]).json()
    assert told["exp"] <= (clock.now() + timedelta(days=2)).timestamp()


@pytest.mark.parametrize("offline", [False, True])
def test_b23_without_offline_access_it_ends_with_the_sign_in(keeper: Party, offline: bool) -> None:
    browser = keeper.browser()
    scope = OFFLINE if offline else "openid"
    tokens = keeper.redeem(keeper.code(browser, scope=scope)).json()
    browser.open("/portaal").submit(form="/uitloggen")
    assert alive(keeper, tokens["refresh_token"]) == [offline]
    assert keeper.refresh(tokens["refresh_token"]).status_code == (200 if offline else 400)


def test_b23_without_offline_access_it_lives_no_longer_than_a_sign_in_may(keeper: Party) -> None:
    """Nothing has to come by and end the session for that (T16)."""
    online, offline = keeper.signed_in(), keeper.signed_in(scope=OFFLINE)
    with after(hours=12, minutes=1):
        assert refused(keeper, online["refresh_token"]) == "invalid_grant"
        assert keeper.refresh(offline["refresh_token"]).status_code == 200


def test_somebody_who_works_in_the_app_all_morning_is_not_thrown_out(keeper: Party) -> None:
    tokens: dict[str, Any] = keeper.signed_in()
    for hours in (3, 6, 9):
        with after(hours=hours):
            tokens = keeper.refresh(tokens["refresh_token"]).json()
            assert "refresh_token" in tokens


def test_b23_who_may_not_open_the_app_any_more(keeper: Party, site: Site) -> None:
    """A pupil leaves, offline access or not."""
    tokens = keeper.signed_in(scope=OFFLINE)
    with site.database.write() as db:
        db.execute(update(Pupil).values(left_at=clock.now()))
    assert refused(keeper, tokens["refresh_token"]) == "invalid_grant"
    assert alive(keeper, tokens["access_token"]) == [False]
    with site.database.write() as db:
        db.execute(update(Pupil).values(left_at=None))
    assert refused(keeper, tokens["refresh_token"]) == "invalid_grant"


def test_b46_a_profile_that_does_not_rotate_keeps_one_token_and_extends_it(site: Site) -> None:
    strict = {"profile": "fapi2", "claims": [], "all_schools": True}
    party, key = key_party(site, "strict", scope=OFFLINE, sleutelbos=strict), ProofKey.generate()

    def proof() -> dict[str, str]:
        now = int(clock.now().timestamp())
        return {"DPoP": key.proof("POST", party.metadata["token_endpoint"], iat=now)}

    request_uri = pushed(party, scope=OFFLINE)
    code = answer_of(party.browser().open(address(party, request_uri)))["code"]
    form = {"code": code, "redirect_uri": party.redirect_uri, "code_verifier": VERIFIER}
    tokens = party.token(proof(), grant_type="authorization_code", **form).json()
    token = tokens["refresh_token"]
    again = [party.token(proof(), grant_type="refresh_token", refresh_token=token).json() for _ in range(2)]
    assert {answer["refresh_token"] for answer in again} == {token}
    unbound = party.token(grant_type="refresh_token", refresh_token=token)
    assert (unbound.status_code, unbound.json()["error"]) == (400, "invalid_request")
    start = clock.now()
    for days in (13, 26):
        with clock.frozen(start + timedelta(days=days)):
            assertion = party.key.assertion(
                party.client_id, party.site.issuer, iat=None, exp=int(clock.now().timestamp()) + 60
            )
            form = party.assertion_form(assertion)
            answer = party.token(proof(), grant_type="refresh_token", refresh_token=token, **form)
            assert answer.status_code == 200, answer.text


def test_t03_a_provider_that_was_started_again_has_forgotten_nothing(party: Party) -> None:
    used, revoked, living = (party.signed_in() for _ in range(3))
    code = party.code(party.browser())
    party.redeem(code)
    party.revoke(revoked["refresh_token"])
    with clock.frozen(clock.now()) as move:
        start = clock.now()
        party.refresh(used["refresh_token"])
        move(start + timedelta(minutes=1))
        again = Client(build(party.site.settings).wsgi)
        headers = {"Authorization": basic(party.client_id, SECRET)}

        def ask(**form: str) -> int:
            return again.post("/token", data=form, headers=headers, base_url=party.site.issuer).status_code

        for dead in (used, revoked):
            assert ask(grant_type="refresh_token", refresh_token=dead["refresh_token"]) == 400
        assert ask(grant_type="refresh_token", refresh_token=living["refresh_token"]) == 200
        form = {"code": code, "redirect_uri": party.redirect_uri, "code_verifier": VERIFIER}
        assert ask(grant_type="authorization_code", **form) == 400
        assert alive(party, used["access_token"]) == [False]


def test_missing_and_malformed_tokens(party: Party) -> None:
    assert party.token(grant_type="refresh_token").json()["error"] == "invalid_request"
    for token in ("x", "rt_", "rt_" + "x" * 5000, "at_x", "é\u2028"):
        assert refused(party, token) == "invalid_grant"
