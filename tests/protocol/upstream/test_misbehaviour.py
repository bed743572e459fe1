"""Whatever an environment does wrong, the child reads what happened, has a code for the helpdesk, and is not signed in.

An environment that nobody used before is one whose metadata is not known yet: COLD ones are used for nothing else here.
"""

import time

import pytest

from idp.kernel import audit
from tests.protocol.upstream.world import Pupil, Upstream
from tests.visitor import Page

LIES = {
    "wrong_aud": "token.aud",
    "wrong_azp": "token.azp",
    "wrong_iss": "token.iss",
    "wrong_nonce": "token.nonce",
    "expired": "token.iat",
    "no_at_hash_match": "token.at_hash",
    "bad_signature": "token.signature",
    "alg_none": "token.alg",
    "other_userinfo": "userinfo.sub",
    "wrong_answer_iss": "answer.iss",
}
"""Mode -> what the audit says was wrong; the child only reads that the answer is not right."""

COLD = {"wrong_metadata": "zuluconnect", "down": "cloudwise", "slow": "onlineklas"}


def _reason(there: Upstream, page: Page) -> str:
    (code,) = page.select("code[data-support]")
    with there.site.database.read() as db:
        found = audit.find(db, code.text_content())
    assert found is not None
    return str(found.facts["reason"])


def _refused(there: Upstream, pupil: Pupil, page: Page, reason: str, heading: str) -> None:
    assert page.status in (400, 403, 503), page.text
    assert page.heading == heading
    assert _reason(there, page) == reason
    assert not pupil.signed_in


@pytest.mark.parametrize("slug", ["moo", "prowise-go"])
@pytest.mark.parametrize("mode", LIES)
def test_a_lie_is_not_believed(there: Upstream, pupil: Pupil, mode: str, slug: str) -> None:
    there.misbehave(slug, mode)
    name = "MOO" if slug == "moo" else "Prowise Go'"
    _refused(there, pupil, there.arrive(pupil, slug), LIES[mode], f"Het antwoord van {name} klopt niet")
    there.misbehave(slug, "none")
    assert pupil.open(f"/netwerk/{slug}/begin").path == "/portaal"


def test_metadata_of_somebody_else(there: Upstream, pupil: Pupil) -> None:
    slug = COLD["wrong_metadata"]
    there.misbehave(slug, "wrong_metadata")
    page = pupil.open(f"/netwerk/{slug}/begin")
    _refused(there, pupil, page, "metadata.issuer", "Het antwoord van ZuluConnect klopt niet")


def test_an_environment_that_is_down(there: Upstream, pupil: Pupil) -> None:
    slug = COLD["down"]
    there.misbehave(slug, "down")
    page = pupil.open(f"/netwerk/{slug}/begin")
    _refused(there, pupil, page, "unreachable", "Cloudwise geeft geen antwoord")
    assert [a.text_content() for a in page.select(".actions a")] == ["Probeer het opnieuw", "Kies een andere manier"]


def test_an_environment_that_goes_down_on_the_way(there: Upstream, pupil: Pupil) -> None:
    answer = there.answer(pupil, "moo")
    there.misbehave("moo", "down")
    _refused(there, pupil, pupil.open(answer), "unreachable", "MOO geeft geen antwoord")


def test_an_environment_that_is_slow(there: Upstream, pupil: Pupil) -> None:
    there.misbehave(COLD["slow"], "slow")
    began = time.monotonic()
    page = pupil.open(f"/netwerk/{COLD['slow']}/begin")
    assert time.monotonic() - began < 6
    _refused(there, pupil, page, "unreachable", "OnlineKlas geeft geen antwoord")


def test_all_calls_of_a_page_share_five_seconds(there: Upstream, pupil: Pupil) -> None:
    answer = there.answer(pupil, "moo")
    there.misbehave("moo", "slow", 3)
    began = time.monotonic()
    page = pupil.open(answer)
    assert time.monotonic() - began < 6
    _refused(there, pupil, page, "unreachable", "MOO geeft geen antwoord")


@pytest.mark.parametrize("slug", ["moo", "prowise-go"])
def test_a_pupil_whom_no_school_has(there: Upstream, pupil: Pupil, slug: str) -> None:
    there.misbehave(slug, "unknown_pupil")
    page = there.arrive(pupil, slug)
    _refused(there, pupil, page, "unknown", "Je school heeft je hier nog niet klaargezet")
    assert "9999" not in page.text
    with there.site.database.read() as db:
        (code,) = page.select("code[data-support]")
        found = audit.find(db, code.text_content())
    assert found is not None
    assert set(found.facts) == {"network", "reason", "status", "page"}
