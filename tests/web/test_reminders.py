"""What became of each address, on the group page; and a reminder to who is not there yet."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from idp.kernel.clock import frozen, now
from tests.mail_servers import ScriptedServer
from tests.site import Site, build, settings_for
from tests.visitor import Page, Visitor
from tests.web.staff import ANNA, BRAM, DEWI, EVA, NEW, OPERATOR, group_of, save, signed_in, status_in, unused


def states(page: Page, pupil_id: str) -> list[str]:
    return [item.get("data-state") for item in page.select(f"tr[data-pupil='{pupil_id}'] [data-slot]")]


def group_page(site: Site, visitor: Visitor) -> Page:
    return visitor.open(f"/groepen/{group_of(site, ANNA)}")


def link_to(site: Site, address: str) -> str:
    return next(word for word in site.mails(address)[0]["text"].split() if "/activeer/" in word)


def test_an_address_is_followed_from_the_queue_to_its_end(site: Site, visitor: Visitor) -> None:
    teacher, (pupil_id, where) = signed_in(site, ANNA), unused(site)
    save(teacher.open(where), email_1=NEW)
    assert states(group_page(site, teacher), pupil_id) == ["queued"]
    link = link_to(site, NEW)
    assert states(group_page(site, teacher), pupil_id) == ["sent"]
    for _ in range(2):
        assert visitor.open(link).select("input[name=password]")  # looking spends nothing, however often
    page = group_page(site, teacher)
    assert states(page, pupil_id) == ["opened"]
    assert "Dat kan ook een virusscanner van de mail zijn" in page.words
    assert status_in(page, pupil_id) == "Ja/Nee"
    assert visitor.open(link).submit({"password": "een lange zin over taart"}).path == "/portaal"
    page = group_page(site, teacher)
    assert (states(page, pupil_id), status_in(page, pupil_id)) == (["activated"], "Ja/Ja")


def test_who_said_not_my_child_is_listed_until_the_place_is_filled_again(site: Site, visitor: Visitor) -> None:
    teacher, (pupil_id, where) = signed_in(site, ANNA), unused(site)
    save(teacher.open(where), email_2=NEW)
    visitor.open(link_to(site, NEW)).submit(button="confirm=no")
    page = group_page(site, teacher)
    assert (states(page, pupil_id), status_in(page, pupil_id)) == (["refused"], "Nee/Nee")
    assert "Vraag de ouder naar het juiste adres" in page.words
    assert NEW not in page.text
    save(teacher.open(where), email_2="goed@thuis.example")
    assert states(group_page(site, teacher), pupil_id) == ["queued"]


def test_what_the_mail_server_refused_is_told_in_its_words(seeded_url: str, tmp_path: Path) -> None:
    with ScriptedServer(RCPT="550 5.1.1 <b>unknown</b>") as server:
        url = SecretStr(f"smtp://127.0.0.1:{server.port}")
        site = build(settings_for(seeded_url, tmp_path, smtp_url=url))
        teacher, (pupil_id, where) = signed_in(site, ANNA), unused(site)
        save(teacher.open(where), email_1=NEW)
        site.deliver()
        page = group_page(site, teacher)
        reminded = page.submit(form=f"/groepen/{group_of(site, ANNA)}/herinner")
        site.database.engine.dispose()
    assert states(page, pupil_id) == ["failed"]
    assert "550 5.1.1 <b>unknown</b>" in page.words
    assert "geen mail aan" in reminded.words


def test_a_reminder_goes_to_who_is_not_there_yet_at_most_once_a_day(site: Site) -> None:
    teacher, (_pupil, where) = signed_in(site, ANNA), unused(site)
    save(teacher.open(where), email_1=NEW)
    site.deliver()
    before = len(site.mails())
    path = f"/groepen/{group_of(site, ANNA)}/herinner"
    waiting = len(
        [item for item in group_page(site, teacher).select("[data-state]") if item.get("data-state") == "sent"]
    )
    assert waiting >= 2
    done = group_page(site, teacher).submit(form=path)
    assert f"Er gaat naar {waiting} e-mailadressen een herinnering" in done.words
    assert len(site.mails()) == before + waiting
    assert len(site.mails(NEW)) == 2
    again = group_page(site, teacher).submit(form=path)
    assert "Er gaat naar 0 e-mailadressen een herinnering" in again.words
    assert f"{waiting} e-mailadressen kregen vandaag al een herinnering" in again.words
    assert len(site.mails()) == before + waiting
    with frozen(now() + timedelta(hours=24)):
        tomorrow = signed_in(site, ANNA)
        assert f"Er gaat naar {waiting} e-mailadressen" in group_page(site, tomorrow).submit(form=path).words


@pytest.mark.parametrize("email", [BRAM, DEWI, OPERATOR, EVA])
def test_nobody_else_sends_reminders(site: Site, email: str) -> None:
    visitor, before = signed_in(site, email), len(site.mails())
    token = visitor.open("/groepen").select("input[name=csrf_token]")[0].get("value")
    group_ids = [group_of(site, ANNA)] + ([group_of(site, EVA)] if email == EVA else [])
    for group_id in group_ids:
        assert visitor.post(f"/groepen/{group_id}/herinner", {"csrf_token": token}).status == 404
    assert len(site.mails()) == before


def test_the_address_of_the_form_alone_leads_back_to_the_group(site: Site) -> None:
    group_id = group_of(site, ANNA)
    assert signed_in(site, ANNA).open(f"/groepen/{group_id}/herinner").path == f"/groepen/{group_id}"
