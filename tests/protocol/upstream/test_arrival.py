"""A pupil starts at a publisher, at our own page or at the environment, and arrives."""

import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from clients.network.environments import Environment
from idp.kernel import clock
from tests.protocol.party import Party, answer_of
from tests.protocol.upstream.world import EVERY, Pupil, Upstream, first_name


@pytest.mark.parametrize("environment", EVERY, ids=lambda one: one.slug)
def test_from_our_own_page_at_each_of_the_eight(there: Upstream, pupil: Pupil, environment: Environment) -> None:
    tiles = pupil.open("/netwerk").select("a[data-network]")
    assert len(tiles) == len(EVERY)
    (tile,) = [tile for tile in tiles if tile.get("data-network") == environment.slug]
    page = there.arrive(pupil, environment.slug, start=tile.get("href"))
    assert page.path == "/portaal"
    assert page.heading == f"Hoi {first_name(environment)}"


def test_from_the_environment(there: Upstream, pupil: Pupil) -> None:
    page = there.pick(pupil.open(f"{there.base}/moo/"), "moo", 1)
    assert page.heading == "Dag Sem"
    (start,) = page.select("a.button")
    assert pupil.open(start.get("href")).heading == "Hoi Sem"


def test_from_a_publisher(there: Upstream, pupil: Pupil, party: Party) -> None:
    page = pupil.open(party.authorize_url())
    assert page.path == "/thuis"
    page = pupil.open(page.select("a[href^='/netwerk']")[0].get("href"))
    assert "Demo publisher" in page.words
    page = there.arrive(pupil, "cloudwise", start=page.select("a[data-network=cloudwise]")[0].get("href"))
    tokens = party.redeem(answer_of(page)["code"]).json()
    claims = party.claims(tokens)
    assert claims["acr"] == "urn:sleutelbos:acr:network"
    assert time.time() - 60 < claims["auth_time"] <= time.time()
    assert party.userinfo(tokens["access_token"]).json()["given_name"] == "Mees"


def test_cancelled_on_the_page_of_environments(there: Upstream, pupil: Pupil, party: Party) -> None:
    page = pupil.open(party.authorize_url())
    page = pupil.open(page.select("a[href^='/netwerk']")[0].get("href")).submit(form="/annuleren")
    assert page.query["error"] == "access_denied"


def test_what_a_publisher_asks_is_passed_up(there: Upstream, pupil: Pupil, party: Party) -> None:
    asked = party.authorize_url(prompt="login", max_age="60", acr_values="urn:sleutelbos:acr:network urn:x")
    begin = pupil.open(asked).url.replace("/thuis", "/netwerk/moo/begin")
    sent = parse_qs(urlsplit(pupil.step("GET", begin)).query)
    assert (sent["prompt"], sent["max_age"]) == (["login"], ["60"])
    assert sent["acr_values"] == ["urn:moo:inlog:wachtwoord"]


def test_who_is_signed_in_there_signs_in_again_when_a_publisher_wants_that(
    there: Upstream, pupil: Pupil, party: Party
) -> None:
    assert there.arrive(pupil, "moo").path == "/portaal"
    page = pupil.open(party.authorize_url(prompt="login"))
    begin = page.url.replace("/thuis", "/netwerk/moo/begin")
    page = there.pick(pupil.open(begin), "moo")
    claims = party.claims(party.redeem(answer_of(page)["code"]).json())
    assert claims["auth_time"] > time.time() - 30


def test_an_environment_that_does_not_ask_again_is_not_enough(there: Upstream, pupil: Pupil, party: Party) -> None:
    """By our clock its sign-in is 20 s old, by its own it is new: who asks for less than that is not answered."""
    assert there.arrive(pupil, "moo").path == "/portaal"
    with clock.frozen(clock.now() + timedelta(seconds=20)):
        page = pupil.open(party.authorize_url(max_age="10"))
        assert page.path == "/thuis"
        page = pupil.open(page.url.replace("/thuis", "/netwerk/moo/begin"))
    assert (page.status, page.heading) == (400, "Log opnieuw in bij MOO")


def test_a_silent_request_never_goes_there(there: Upstream, pupil: Pupil, party: Party) -> None:
    assert pupil.open(party.authorize_url(prompt="none")).query["error"] == "login_required"


def test_an_answer_is_used_once(there: Upstream, pupil: Pupil) -> None:
    answer = there.answer(pupil, "moo")
    assert pupil.open(answer).path == "/portaal"
    page = pupil.open(answer)
    assert (page.status, page.heading) == (400, "Begin opnieuw met inloggen")


def test_an_answer_is_of_the_browser_that_asked(there: Upstream, pupil: Pupil) -> None:
    """Login CSRF: somebody else's answer signs nobody in, and stays good for its own browser."""
    answer, another = there.answer(pupil, "moo"), there.pupil()
    another.open("/netwerk/moo/begin")  # has a value of its own
    page = another.open(answer)
    assert (page.status, page.heading) == (400, "Begin opnieuw met inloggen")
    assert not another.signed_in
    assert pupil.open(answer).path == "/portaal"


def test_an_answer_of_one_environment_at_the_address_of_another(there: Upstream, pupil: Pupil) -> None:
    answer = there.answer(pupil, "moo").replace("/netwerk/moo/", "/netwerk/cloudwise/")
    assert pupil.open(answer).status == 400
    assert not pupil.signed_in


def test_an_answer_that_came_too_late(there: Upstream, pupil: Pupil) -> None:
    answer = there.answer(pupil, "moo")
    with clock.frozen(clock.now() + timedelta(minutes=10, seconds=1)):
        assert pupil.open(answer).heading == "Begin opnieuw met inloggen"


@pytest.mark.parametrize("change", ["&state=st_x", "&code=x", "&iss=x"])
def test_a_parameter_that_stands_there_twice(there: Upstream, pupil: Pupil, change: str) -> None:
    assert pupil.open(there.answer(pupil, "moo") + change).status == 400
    assert not pupil.signed_in


def test_an_answer_without_the_issuer_that_was_promised(there: Upstream, pupil: Pupil) -> None:
    answer = there.answer(pupil, "moo")
    assert pupil.open(answer[: answer.index("&iss=")]).heading == "Het antwoord van MOO klopt niet"
    assert not pupil.signed_in


def test_no_to_the_sign_in_there(there: Upstream, pupil: Pupil) -> None:
    sent = parse_qs(urlsplit(pupil.step("GET", "/netwerk/moo/begin")).query)
    issuer = f"{there.base}/moo"
    page = pupil.open(f"/netwerk/moo/terug?error=access_denied&state={sent['state'][0]}&iss={issuer}")
    assert (page.status, page.heading) == (400, "Je bent niet ingelogd")


def test_a_start_in_the_name_of_another_issuer(there: Upstream, pupil: Pupil) -> None:
    assert pupil.open("/netwerk/moo/begin?iss=https://somebody-else.example").status == 400
    assert pupil.open("/netwerk/nergens/begin").status == 404


def test_the_earlier_child_is_gone_when_another_arrives(there: Upstream, pupil: Pupil) -> None:
    assert there.arrive(pupil, "moo").heading == "Hoi Noor"
    pupil.session.cookies.clear(domain="127.0.0.1", path="/moo/", name="net_moo")
    assert there.arrive(pupil, "moo", 1).heading == "Hoi Sem"
