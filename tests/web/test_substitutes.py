"""/groepen/ID/invaller: a colleague has the group for some days."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from idp.kernel.clock import frozen, now
from idp.web.language import TIMEZONE
from tests.site import Site
from tests.visitor import Page
from tests.web.staff import ANNA, BRAM, CARLA, DEWI, NEW, OPERATOR, addresses_of, group_of, save, signed_in, unused


def where(site: Site) -> str:
    return f"/groepen/{group_of(site, ANNA)}/invaller"


def day(days: int) -> str:
    return (now().astimezone(ZoneInfo(TIMEZONE)) + timedelta(days=days)).date().isoformat()


def option(page: Page, name: str) -> str:
    return next(item.get("value") for item in page.select("option") if name in item.text_content())


def lend(site: Site, days: int = 3, email: str = ANNA) -> Page:
    page = signed_in(site, email).open(where(site))
    return page.submit({"colleague": option(page, "Bram"), "until": day(days)}, button="give=yes")


def test_a_substitute_does_the_teachers_work_and_the_time_ends_it(site: Site) -> None:
    group, (pupil_id, edit) = f"/groepen/{group_of(site, ANNA)}", unused(site)
    assert signed_in(site, BRAM).open(group).status == 404
    page = lend(site)
    assert "Je collega heeft de groep nu ook" in page.words
    assert "Bram" in page.select("[data-substitute]")[0].text_content()
    bram = signed_in(site, BRAM)
    assert "Je valt hier in" in bram.open("/groepen").words
    assert bram.open(group).status == 200
    save(bram.open(edit), email_1=NEW)
    assert addresses_of(site, pupil_id) == {1: NEW}
    assert bram.open(f"{group}/plakken").status == 200
    assert bram.open(where(site)).status == 404  # may not lend it on
    with frozen(now() + timedelta(days=4)):
        later = signed_in(site, BRAM)
        assert later.open(group).status == later.open(edit).status == 404
        assert "Bever" not in later.open("/groepen").words


def test_the_last_day_counts_whole(site: Site) -> None:
    lend(site, 0)
    midnight = (now().astimezone(ZoneInfo(TIMEZONE)) + timedelta(days=1)).replace(hour=0, minute=0, second=0)
    group = f"/groepen/{group_of(site, ANNA)}"
    for moment, status in ((midnight - timedelta(seconds=2), 200), (midnight + timedelta(seconds=2), 404)):
        with frozen(moment.astimezone(now().tzinfo)):
            assert signed_in(site, BRAM).open(group).status == status


@pytest.mark.parametrize("email", [ANNA, CARLA])
def test_the_teacher_and_the_co_ordinator_end_it_by_hand(site: Site, email: str) -> None:
    page = lend(site, email=email)
    bram, group = signed_in(site, BRAM), f"/groepen/{group_of(site, ANNA)}"
    assert bram.open(group).status == 200
    (button,) = page.select("button[name=end]")
    ended = page.submit(button=f"end={button.get('value')}")
    assert "heeft de groep niet meer" in ended.words
    assert not ended.select("[data-substitute]")
    assert bram.open(group).status == 404  # at once, on the browser that was in


@pytest.mark.parametrize("until", ["", "morgen", "2026-13-45", "9999-12-31", "0001-01-01"])
def test_a_day_that_is_none_or_too_far_is_said(site: Site, until: str) -> None:
    page = signed_in(site, ANNA).open(where(site))
    answer = page.submit({"colleague": option(page, "Bram"), "until": until}, button="give=yes")
    assert answer.status == 422
    assert answer.problem("until")
    assert signed_in(site, BRAM).open(f"/groepen/{group_of(site, ANNA)}").status == 404


def test_two_weeks_and_not_a_day_more(site: Site) -> None:
    assert lend(site, 15).status == 422
    assert lend(site, 14).status == 200


def test_only_colleagues_are_offered_and_accepted(site: Site) -> None:
    page = signed_in(site, ANNA).open(where(site))
    offered = [item.text_content() for item in page.select("option")]
    assert not [name for name in offered if "Dewi" in name or "Anna" in name]
    answer = page.submit({"colleague": "made-up", "until": day(1)}, button="give=yes")
    assert (answer.status, bool(answer.problem("colleague"))) == (422, True)


@pytest.mark.parametrize("email", [BRAM, DEWI, OPERATOR])
def test_nobody_else_lends_the_group(site: Site, email: str) -> None:
    visitor = signed_in(site, email)
    token = visitor.open("/groepen").select("input[name=csrf_token]")[0].get("value")
    assert visitor.open(where(site)).status == 404
    fields = {"csrf_token": token, "colleague": "x", "until": day(1), "give": "yes"}
    assert visitor.post(where(site), fields).status == 404
