"""Two members of staff who change one pupil at the same time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.site import Site
from tests.visitor import Page
from tests.web.staff import ANNA, CARLA, NEW, OTHER, addresses_of, save, shown, signed_in, unused


def test_the_second_of_two_teachers_is_told_and_nothing_is_overwritten(site: Site) -> None:
    (pupil_id, where), first, second = unused(site), signed_in(site, ANNA), signed_in(site, CARLA)
    before = second.open(where)
    save(first.open(where), email_1=NEW)
    page = save(before, email_1=OTHER)
    assert (page.status, shown(page, "email_1")) == (422, OTHER)
    assert "collega" in page.problem("email_1")
    assert NEW in page.problem("email_1")
    assert addresses_of(site, pupil_id) == {1: NEW}
    save(page)  # told, and wants it all the same
    assert addresses_of(site, pupil_id) == {1: OTHER}


def test_the_second_is_told_that_a_slot_was_emptied(site: Site) -> None:
    (pupil_id, where), first, second = unused(site), signed_in(site, ANNA), signed_in(site, CARLA)
    save(first.open(where), email_1=NEW)
    before = second.open(where)
    save(first.open(where), email_1="")
    page = save(before, email_1=OTHER)
    assert "leeggemaakt" in page.problem("email_1")
    assert addresses_of(site, pupil_id) == {}


def test_what_the_second_did_not_touch_stays_as_the_first_made_it(site: Site) -> None:
    (pupil_id, where), first, second = unused(site), signed_in(site, ANNA), signed_in(site, CARLA)
    before = second.open(where)
    save(first.open(where), email_1=NEW)
    assert save(before, new_pin="1928").status == 200
    assert addresses_of(site, pupil_id) == {1: NEW}
    assert "1928" in first.open(where).words


def test_two_who_type_the_same_agree(site: Site) -> None:
    (pupil_id, where), first, second = unused(site), signed_in(site, ANNA), signed_in(site, CARLA)
    before = second.open(where)
    save(first.open(where), email_1=NEW)
    assert save(before, email_1=NEW).status == 200
    assert addresses_of(site, pupil_id) == {1: NEW}
    assert len(site.mails(NEW)) == 1


def test_the_second_is_told_of_a_new_pin(site: Site) -> None:
    where, first, second = unused(site)[1], signed_in(site, ANNA), signed_in(site, CARLA)
    before = second.open(where)
    save(first.open(where), new_pin="1928")
    page = save(before, new_pin="3746")
    assert "collega" in page.problem("new_pin")
    assert "1928" in first.open(where).words
    save(page)
    assert "3746" in first.open(where).words


def test_of_two_at_the_same_moment_one_is_told(site: Site) -> None:
    (pupil_id, where), first, second = unused(site), signed_in(site, ANNA), signed_in(site, CARLA)
    for _ in range(5):
        pages, together = [(first.open(where), NEW), (second.open(where), OTHER)], Barrier(2)

        def at_once(page: Page, address: str, barrier: Barrier = together) -> Page:
            barrier.wait(10)
            return save(page, email_1=address)

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(at_once, *zip(*pages, strict=True)))
        assert sorted(answer.status for answer in answers) == [200, 422]
        (won,) = [address for answer, (_, address) in zip(answers, pages, strict=True) if answer.status == 200]
        assert addresses_of(site, pupil_id) == {1: won}
        save(first.open(where), email_1="")
