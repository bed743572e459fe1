"""A mailed link that does nothing (any more) says so, and offers the next step."""

from datetime import timedelta

import pytest

from idp.kernel import leases
from idp.kernel.clock import frozen, now
from idp.kernel.outbox import Delivered
from idp.school import slots
from tests.site import Site
from tests.visitor import Visitor
from tests.web.families import (
    DE_VRIES,
    GOOD,
    NEW,
    a_reset_link,
    account,
    an_address,
    fill,
    links_to,
    open_tiles,
    slots_of,
    state_of,
    unused,
)


def test_a_used_link_says_so_and_mails_a_new_one_to_the_address_it_went_to(site: Site, visitor: Visitor) -> None:
    link = a_reset_link(site, visitor, DE_VRIES)
    visitor.open(link).submit({"password": GOOD})
    page = Visitor(site.wsgi).open(link)
    assert (page.status, state_of(page), page.heading) == (200, "used", "Deze link is al gebruikt")
    assert page.select("a[href='/thuis']")
    sent = page.submit(button="again=yes")
    assert DE_VRIES not in page.text + sent.text
    newer = links_to(site, DE_VRIES)[0]
    assert newer != link
    assert Visitor(site.wsgi).open(newer).select("input[name=password]")


def test_asking_for_new_links_does_not_fill_a_mailbox(site: Site, visitor: Visitor) -> None:
    link = a_reset_link(site, visitor, DE_VRIES)
    visitor.open(link).submit({"password": GOOD})
    before = len(links_to(site, DE_VRIES))
    for _ in range(8):
        assert visitor.open(link).submit(button="again=yes").heading == "Kijk in je mail"
    assert len(links_to(site, DE_VRIES)) - before <= 5


def test_an_activation_link_works_a_week_and_then_gives_a_new_one(site: Site, visitor: Visitor) -> None:
    link = fill(site, NEW)
    with frozen(now()) as move:
        start = now()
        move(start + timedelta(days=6, hours=23))
        assert visitor.open(link).select("input[name=password]")
        move(start + timedelta(days=7, seconds=1))
        page = visitor.open(link)
        assert (page.status, state_of(page)) == (200, "expired")
        page.submit(button="again=yes")
        newer = links_to(site, NEW)[0]
        assert newer != link
        assert visitor.open(newer).submit({"password": GOOD}).path == "/portaal"


def test_a_reset_link_works_an_hour(site: Site, visitor: Visitor) -> None:
    link = a_reset_link(site, visitor, DE_VRIES)
    with frozen(now() + timedelta(minutes=59)) as move:
        page = visitor.open(link)
        move(now() + timedelta(minutes=2))
        assert state_of(page.submit({"password": GOOD})) == "expired"
    assert open_tiles(visitor, site, DE_VRIES).path == "/thuis/kind"  # the old password stands


def test_the_link_of_an_emptied_slot_says_so(site: Site, visitor: Visitor) -> None:
    pupil, link = unused(site), fill(site, NEW)
    page = visitor.open(link)
    with site.database.write() as db:
        slots.empty(db, site.keyring, slots.of_pupils(db, [pupil])[0].id, actor="staff:x", why="emptied", now=now())
    for answer in (page.submit({"password": GOOD}), visitor.open(link)):
        assert (answer.status, state_of(answer)) == (200, "gone")
        assert not answer.select("button[name=again]")
    assert account(site, NEW) is None


def test_a_mail_that_was_under_way_when_its_slot_was_emptied_arrives_and_its_page_says_so(
    site: Site, visitor: Visitor
) -> None:
    site.deliver()
    pupil = unused(site)
    with site.database.write() as db:
        slots.fill(db, site.keyring, pupil, 1, an_address(NEW), staff_id=None, now=now())
    with site.database.write() as db:
        (work,) = leases.lease(db, site.keyring, leases.due(db, "mail", now(), 1), now())
    with site.database.write() as db:
        (slot,) = slots.of_pupils(db, [pupil])
        slots.empty(db, site.keyring, slot.id, actor="staff:x", why="emptied", now=now())
        assert leases.settle(db, work, Delivered(), now())
    assert work.payload is not None
    page = visitor.open(work.payload["facts"]["path"])
    assert (page.status, state_of(page)) == (200, "gone")


@pytest.mark.parametrize("path", ["activeer", "herstel"])
def test_a_link_that_is_none_has_a_page_of_its_own(visitor: Visitor, path: str) -> None:
    for token in ("", "ln_", "ln_abc/def", "ln_%00", "%F0%9F%98%80", "'--", "%ff%fe", "x" * 3000):
        page = visitor.open(f"/{path}/{token}")
        assert (page.status, page.heading, state_of(page)) == (404, "Deze link klopt niet", "unknown"), token
        assert page.select("a[href='/thuis']")


def test_a_truncated_link_has_that_page_too(site: Site, visitor: Visitor) -> None:
    assert state_of(visitor.open(fill(site, NEW)[:-4])) == "unknown"


def test_a_link_of_one_kind_is_nothing_at_the_other(site: Site, visitor: Visitor) -> None:
    activation, reset = fill(site, NEW), a_reset_link(site, visitor, DE_VRIES)
    assert state_of(visitor.open(activation.replace("/activeer/", "/herstel/"))) == "unknown"
    assert state_of(visitor.open(reset.replace("/herstel/", "/activeer/"))) == "unknown"


def test_many_links_that_are_none_are_slowed_down(site: Site, visitor: Visitor) -> None:
    pages = [visitor.open(f"/activeer/ln_{number}") for number in range(301)]
    assert {page.status for page in pages[:300]} == {404}
    assert pages[300].status == 429
    assert Visitor(site.wsgi, address="198.51.100.7").open("/activeer/ln_x").status == 404


def test_an_older_link_works_until_one_of_them_is_used(site: Site, visitor: Visitor) -> None:
    pupil, older = unused(site), fill(site, NEW)
    (slot,) = slots_of(site, pupil)
    with site.database.write() as db:
        slots.resend(db, site.keyring, slot, staff_id=None, now=now())
    newer = links_to(site, NEW)[0]
    assert newer != older
    assert visitor.open(older).submit({"password": GOOD}).path == "/portaal"
    page = Visitor(site.wsgi).open(newer)
    assert state_of(page) == "done"
    assert not page.select("input[name=password]")
