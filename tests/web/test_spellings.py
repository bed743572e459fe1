"""However an address is spelled, it is one account with one count of tries; only its own mailbox verifies it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from idp.kernel.clock import now
from idp.kernel.throttle import LIMITS, Limit
from idp.school import slots
from tests.site import Site
from tests.visitor import Visitor
from tests.web.families import MARIEKE, NEW, an_address, fill, home, slots_of, state_of, unused

FEW = 6
SPELLINGS = (
    MARIEKE,
    MARIEKE.upper(),
    f"  {MARIEKE} ",
    MARIEKE.replace("m", "ｍ", 1),
    MARIEKE.title(),
    MARIEKE.replace("@", "＠"),
)


def test_t10_no_spelling_and_no_header_escapes_the_limit(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "home_password", Limit(FEW, timedelta(minutes=10), timedelta(minutes=10)))
    for number, spelling in enumerate(SPELLINGS):
        page = Visitor(site.wsgi).open("/thuis")
        token = page.select("input[name=csrf_token]")[0].get("value")
        form = {"csrf_token": token, "email": spelling, "password": "verkeerd geraden", "account": str(number)}
        headers = {"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"}
        assert page.visitor.post("/thuis", form, headers=headers).path == "/thuis"
    right = {"email": MARIEKE, "password": home(site, MARIEKE)["password"]}
    refused = Visitor(site.wsgi).open("/thuis").submit(right)
    assert refused.path == "/thuis"
    assert "vaak" in refused.words


def test_t10_the_spellings_are_of_one_account(site: Site) -> None:
    for spelling in SPELLINGS:
        given = {"email": spelling, "password": home(site, MARIEKE)["password"]}
        assert Visitor(site.wsgi).open("/thuis").submit(given).path == "/portaal", spelling


def test_t19_a_link_verifies_the_address_that_it_was_sent_to_and_no_other(
    site: Site, another: Callable[[], Visitor]
) -> None:
    pupil = unused(site)
    old = fill(site, NEW)
    with site.database.write() as db:
        checked = an_address("andere.ouder@thuis.example")
        slots.replace(db, site.keyring, slots.of_pupils(db, [pupil])[0], checked, staff_id=None, now=now())
    assert state_of(another().open(old)) == "gone"
    (slot,) = slots_of(site, pupil)
    assert (slot.address, slot.activated) == ("andere.ouder@thuis.example", False)


def test_t19_nobody_says_of_their_own_that_it_was_verified(site: Site, another: Callable[[], Visitor]) -> None:
    pupil = unused(site)
    link = fill(site, NEW)
    page = another().open(link)
    token = page.select("input[name=csrf_token]")[0].get("value")
    more = {"email_verified": "true", "activated_at": "2020-01-01", "confirmed_at": "2020-01-01", "address": MARIEKE}
    assert page.visitor.post(link, {"csrf_token": token, "password": "kort"} | more).status == 422
    (slot,) = slots_of(site, pupil)
    assert (slot.address, slot.activated) == (NEW, False)


@pytest.mark.parametrize(("first", "second"), [
    ("ouder@thuis.example", "OUDER@Thuis.Example"), ("ouder@thuis.example", "ｏuder@thuis.example"),
    ("ouder@bücher.example", "ouder@xn--bcher-kva.example"), ("ouder@BÜCHER.example", "Ouder@bücher.example"),
])  # fmt: skip
def test_t20_two_spellings_of_one_address_fill_one_place_only(site: Site, first: str, second: str) -> None:
    pupil = unused(site)
    with site.database.write() as db:
        for position, spelling in ((1, first), (2, second)):
            done = slots.fill(db, site.keyring, pupil, position, an_address(spelling), staff_id=None, now=now())
    assert not isinstance(done, slots.Filled)
    assert len(slots_of(site, pupil)) == 1


def test_t20_a_known_address_takes_no_child_on_before_its_owner_says_yes(site: Site, visitor: Visitor) -> None:
    before, pupil = len(home(site, MARIEKE)["children"]), unused(site)
    with site.database.write() as db:
        slots.fill(db, site.keyring, pupil, 1, an_address(MARIEKE.upper()), staff_id=None, now=now())
    (slot,) = slots_of(site, pupil)
    assert not slot.activated
    visitor.open("/thuis").submit({"email": MARIEKE, "password": home(site, MARIEKE)["password"]})
    assert len(home(site, MARIEKE)["children"]) == before
