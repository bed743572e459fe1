"""How far the mails of a group are, on a page that looks again without any script."""

import pytest
from sqlalchemy import select

from idp.school.models import EmailSlot
from idp.school.pupils import by_id
from tests.site import Site
from tests.visitor import Page, Visitor
from tests.web.people import gather
from tests.web.staff import ANNA, BRAM, EVA, group_of, signed_in

LINES = 12


def _pasted(site: Site) -> tuple[Visitor, Page]:
    """Twelve pupils with an address each; nothing has left yet."""
    anna, group = signed_in(site, ANNA), group_of(site, ANNA)
    rows = anna.open(f"/groepen/{group}").select("tr[data-pupil]")
    with site.database.read() as db:
        filled = set(db.execute(select(EmailSlot.pupil_id)).scalars())
        empty = [by_id(db, str(row.get("data-pupil"))) for row in rows if row.get("data-pupil") not in filled]
    text = "\n".join(f"{one.name}; nieuw{n}@thuis.example" for n, one in enumerate(empty[:LINES]) if one)
    page = anna.open(f"/groepen/{group}/plakken").submit({"text": text}, button="check=yes")
    return anna, page.submit(button="save=yes")


def _counts(page: Page) -> dict[str, int]:
    return {
        str(row.get("data-count")): int(row.cssselect("dd")[0].text_content()) for row in page.select("[data-count]")
    }


def test_the_mails_of_a_paste_are_followed_until_they_have_left(site: Site) -> None:
    site.deliver()
    anna, saved = _pasted(site)
    (link,) = saved.select("a[href*=versturen]")
    page = anna.open(str(link.get("href")))
    assert _counts(page)["queued"] == LINES
    total = int(page.select("progress")[0].get("max"))
    assert f"{total - LINES} van de {total} mails zijn weg." in page.words
    wait, _, to = page.headers["Refresh"].partition("; url=")
    assert (wait, to) == ("5", f"{page.path}?volg=59")
    site.deliver()
    done = anna.open(to)
    assert f"{total} van de {total} mails zijn weg." in done.words
    assert _counts(done)["sent"] >= LINES
    assert "Refresh" not in done.headers  # nothing moves any more


@pytest.mark.parametrize("asked", ["", "?volg=0", "?volg=-1", "?volg=x", "?volg=99999", "?volg=٣"])
def test_it_looks_again_only_for_who_asked_and_not_for_ever(site: Site, asked: str) -> None:
    site.deliver()
    anna, _saved = _pasted(site)
    page = anna.open(f"/groepen/{group_of(site, ANNA)}/versturen{asked}")
    assert "Refresh" not in page.headers
    assert page.select("a[href$='volg=60']")
    assert "volg=59" in anna.open(f"{page.path}?volg=600").headers["Refresh"]


def test_a_group_without_addresses_and_a_school_elsewhere_say_so(site: Site) -> None:
    eva = signed_in(site, EVA).open(f"/groepen/{group_of(site, EVA)}/versturen")
    assert "Niet van toepassing" in eva.words
    bram = signed_in(site, BRAM)
    pages = [bram.open(f"/groepen/{group_of(site, BRAM, place)}/versturen") for place in (0, 1)]
    assert all(page.status == 200 for page in pages)


def test_the_internal_supervisor_may_look_as_well(site: Site) -> None:
    fleur = gather(site).visitor("support")
    assert fleur.open(f"/groepen/{group_of(site, ANNA)}/versturen").status == 200
