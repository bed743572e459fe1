"""OpenID Connect Core 3.1.2.1: prompt, max_age, hints, acr; and what a silent request never shows."""

import json
from datetime import timedelta

import pytest

from idp.kernel import clock
from tests.protocol.party import Party, answer_of
from tests.visitor import Caller, sign_in_at_home


def test_b27_prompt_none_without_a_session(party: Party) -> None:
    answer = answer_of(Caller(party.site.issuer).open(party.authorize_url(prompt="none")))
    assert (answer["error"], answer["state"], answer["iss"]) == (
        "login_required",
        "state-of-this-test",
        party.site.issuer,
    )


def test_prompt_none_with_a_session_answers_at_once(party: Party) -> None:
    page = party.browser().ask("GET", party.authorize_url(prompt="none"))
    assert page.status == 303
    assert "code=" in page.headers["Location"]


@pytest.mark.parametrize("prompt", ["none login", "login none", "rubbish", "login rubbish", "none none consent"])
def test_b27_prompts_that_contradict_themselves(party: Party, prompt: str) -> None:
    assert answer_of(party.browser().open(party.authorize_url(prompt=prompt)))["error"] == "invalid_request"


@pytest.mark.parametrize("demand", [{"prompt": "login"}, {"max_age": "0"}, {"max_age": "30"}])
def test_b28_a_sign_in_that_is_too_old_is_made_anew(party: Party, demand: dict[str, str]) -> None:
    browser, start = party.browser(), clock.now()
    before = party.claims(party.redeem(party.code(browser)).json())["auth_time"]
    with clock.frozen(start + timedelta(minutes=2)):
        page = browser.open(party.authorize_url(**demand))
        assert page.path == "/thuis"
        home = party.site.people()["homes"][0]
        page = sign_in_at_home(browser, home, home["children"][0], page.url)
        after = party.claims(party.redeem(answer_of(page)["code"]).json())["auth_time"]
    assert after > before


def test_max_age_that_is_long_enough_asks_nothing(party: Party) -> None:
    browser = party.browser()
    claims = party.claims(party.redeem(party.code(browser, max_age="3600")).json())
    assert isinstance(claims["auth_time"], int)


@pytest.mark.parametrize("max_age", ["-1", "1.5", "x", "99999999999"])
def test_a_max_age_that_is_no_number(party: Party, max_age: str) -> None:
    assert answer_of(party.browser().open(party.authorize_url(max_age=max_age)))["error"] == "invalid_request"


def test_prompt_login_and_silent_max_age_contradict(party: Party) -> None:
    browser, start = party.browser(), clock.now()
    with clock.frozen(start + timedelta(minutes=2)):
        answer = answer_of(browser.open(party.authorize_url(prompt="none", max_age="10")))
    assert answer["error"] == "login_required"


def _family(party: Party) -> int:
    """A home of the demo with two children or more."""
    return next(n for n, home in enumerate(party.site.people()["homes"]) if len(home["children"]) > 1)


def test_prompt_select_account_shows_the_tiles(party: Party) -> None:
    number = _family(party)
    home = party.site.people()["homes"][number]
    browser = party.browser(number, 0)
    first = party.claims(party.redeem(party.code(browser)).json())["sub"]
    page = browser.open(party.authorize_url(prompt="select_account"))
    assert page.path == "/thuis/kind"
    other = home["children"][1]
    page = page.submit(button=f"pupil={other['pupil']}")
    if other["method"] == "pin":
        page = page.submit({"pin": other["secret"]})
    elif other["method"] == "picture":
        page = page.submit(button=f"picture={other['secret']}")
    assert party.claims(party.redeem(answer_of(page)["code"]).json())["sub"] != first


def test_b30_a_hint_of_somebody_else_is_never_a_silent_switch(party: Party) -> None:
    number = _family(party)
    hint = party.redeem(party.code(party.browser(number, 1))).json()["id_token"]
    browser = party.browser(number, 0)
    silent = answer_of(browser.open(party.authorize_url(prompt="none", id_token_hint=hint)))
    assert silent["error"] == "login_required"
    assert browser.open(party.authorize_url(id_token_hint=hint)).path in ("/thuis", "/thuis/kind")


def test_a_hint_of_the_one_who_is_signed_in_is_fine(party: Party) -> None:
    browser = party.browser()
    hint = party.redeem(party.code(browser)).json()["id_token"]
    assert party.code(browser, prompt="none", id_token_hint=hint)


@pytest.mark.parametrize("hint", ["rubbish", "a.b.c", "é", "eyJhbGciOiJub25lIn0.e30."])
def test_b35_what_is_no_id_token_of_ours_is_no_hint(party: Party, hint: str) -> None:
    answer = answer_of(party.browser().open(party.authorize_url(prompt="none", id_token_hint=hint)))
    assert answer["error"] == "login_required"


def test_b35_an_access_token_is_no_hint(party: Party) -> None:
    browser = party.browser()
    token = party.redeem(party.code(browser)).json()["access_token"]
    assert answer_of(browser.open(party.authorize_url(prompt="none", id_token_hint=token)))["error"] == "login_required"


def test_login_hint_fills_the_email_field_escaped(party: Party) -> None:
    hint = '"><script>alert(1)</script>@example.nl'
    page = Caller(party.site.issuer).open(party.authorize_url(login_hint=hint))
    (field,) = page.select("input[name=email]")
    assert field.get("value") == hint
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    "wish", [{"ui_locales": "xx-rubbish"}, {"claims_locales": "é"}, {"display": "wap"}, {"acr_values": "x"}]
)
def test_wishes_never_fail(party: Party, wish: dict[str, str]) -> None:
    assert party.code(party.browser(), **wish)


def test_ui_locales_chooses_english(party: Party) -> None:
    page = Caller(party.site.issuer).open(party.authorize_url(ui_locales="en-GB nl"))
    assert page.select("html")[0].get("lang") == "en"


def _acr(*values: str) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, "values": list(values)}}})


def test_b29_an_essential_acr_that_nobody_reaches(party: Party) -> None:
    answer = answer_of(party.browser().open(party.authorize_url(claims=_acr("urn:example:moon"))))
    assert answer["error"] == "unmet_authentication_requirements"


def test_b29_a_lower_acr_is_never_given_silently(party: Party) -> None:
    answer = answer_of(
        party.browser().open(party.authorize_url(prompt="none", claims=_acr("urn:sleutelbos:acr:staff-mfa")))
    )
    assert answer["error"] == "login_required"


def test_prompt_consent_says_what_is_told_and_goes_on(party: Party) -> None:
    browser = party.browser()
    name = party.site.people()["homes"][0]["children"][0]["first_name"]
    page = browser.open(party.authorize_url(prompt="consent"))
    assert page.path == "/toestemming"
    assert name in page.words
    assert "code" in answer_of(page.submit(button="agree=yes"))


def test_prompt_consent_can_be_refused(party: Party) -> None:
    page = party.browser().open(party.authorize_url(prompt="consent"))
    assert answer_of(page.submit(button="cancel=yes"))["error"] == "access_denied"
