"""/leerlingen/ID/wijzigen: the e-mail slots and the PIN of one pupil, as a teacher changes them."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from idp.kernel.clock import frozen
from tests.mail_servers import ScriptedServer
from tests.site import Site, build, settings_for
from tests.visitor import Visitor, sign_in_at_home
from tests.web.staff import ANNA, NEW, OTHER, addresses_of, group_of, person, save, shown, signed_in, status_in, unused

WRONG_ADDRESSES = (
    "geen adres",
    "@thuis.example",
    "ouder@",
    "ouder@thuis",
    "ouder@@thuis.example",
    "a@thuis.example,b@thuis.example",
    "a@thuis.example b@thuis.example",
    "a@thuis.example\r\nBcc: b@thuis.example",
    "a%0aBcc:b@thuis.example\n",
    "Juf <a@thuis.example>",
    '"a b"@thuis.example',
    "a" * 300 + "@thuis.example",
    "😀@thuis.example",
    "a\x00@thuis.example",
    "iemand@gmial.com",
)
WRONG_PINS = ("12", "12345", "abcd", "12 4", "-123", "١٢٣٤", "1\x002")


def family(site: Site, number: int = 0) -> dict[str, object]:
    """A home of the demo; the first has two children in Anna's group."""
    found: dict[str, object] = site.people()["homes"][number]
    return found


def test_a_filled_slot_is_saved_with_its_mail(site: Site) -> None:
    visitor, (pupil_id, where) = signed_in(site, ANNA), unused(site)
    page = save(visitor.open(where), email_1=NEW)
    assert page.path == f"/groepen/{group_of(site, ANNA)}"
    assert "Gewijzigd" in page.words
    assert status_in(page, pupil_id) == "Ja/Nee"
    assert addresses_of(site, pupil_id) == {1: NEW}
    (mail,) = site.mails(NEW)
    assert re.search(r"/activeer/\S+", mail["text"])


def test_the_fate_of_the_mail_stands_beside_the_slot_with_the_time(site: Site) -> None:
    where = unused(site)[1]
    with frozen(datetime(2026, 3, 4, 7, 5, tzinfo=UTC)):
        visitor = signed_in(site, ANNA)
        save(visitor.open(where), email_2=NEW)
        assert "in de wachtrij · 4 maart, 08:05" in visitor.open(where).words
        site.deliver()
        page = visitor.open(where)
    assert "verzonden · 4 maart, 08:05" in page.words
    assert "Geactiveerd Nee" in page.words


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("550 5.1.1 not 100% a <b>user</b>", "geweigerd door de mailserver"),
        ("451 4.7.1 come back later", "in de wachtrij"),
    ],
)
def test_what_the_mail_server_answers_is_shown_in_its_words(
    seeded_url: str, tmp_path: Path, reply: str, said: str
) -> None:
    with ScriptedServer(RCPT=reply) as server:
        url = SecretStr(f"smtp://127.0.0.1:{server.port}")
        site = build(settings_for(seeded_url, tmp_path, smtp_url=url))
        visitor, (_pupil, where) = signed_in(site, ANNA), unused(site)
        save(visitor.open(where), email_1=NEW)
        site.deliver()
        page = visitor.open(where)
        site.database.engine.dispose()
    assert said in page.words
    assert reply in page.words


def test_a_wrong_address_saves_nothing_and_keeps_what_was_typed(site: Site) -> None:
    visitor, (pupil_id, where) = signed_in(site, ANNA), unused(site)
    page, before = visitor.open(where), len(site.mails())
    for wrong in WRONG_ADDRESSES:
        page = save(page, email_1=NEW, email_2=wrong, new_pin="4831")
        assert (page.status, page.path) == (422, where), wrong
        assert page.problem("email_2"), wrong
        assert not page.problem("email_1") + page.problem("new_pin")
        assert (shown(page, "email_1"), shown(page, "new_pin")) == (NEW, "4831")
        assert shown(page, "email_2") == wrong or not wrong.isprintable()
        assert addresses_of(site, pupil_id) == {}
    assert len(site.mails()) == before
    assert save(page, email_2="").path.startswith("/groepen/")
    assert addresses_of(site, pupil_id) == {1: NEW}


def test_the_same_address_twice_is_said_beside_the_second(site: Site) -> None:
    visitor, (pupil_id, where) = signed_in(site, ANNA), unused(site)
    spellings = (NEW, NEW.upper(), f" {NEW} ")
    for again in spellings:
        page = save(visitor.open(where), email_1=NEW, email_2=again)
        assert "staat al bij deze leerling" in page.problem("email_2")
    assert addresses_of(site, pupil_id) == {}
    save(visitor.open(where), email_1=NEW)
    for again in spellings:
        assert "staat al bij deze leerling" in save(visitor.open(where), email_2=again).problem("email_2")


def test_an_address_that_only_moves_keeps_its_account_and_gets_no_mail(site: Site) -> None:
    visitor, (pupil_id, where) = signed_in(site, ANNA), unused(site)
    save(visitor.open(where), email_1=NEW, email_2=OTHER)
    before = len(site.mails())
    save(visitor.open(where), email_1=OTHER, email_2=NEW)
    save(visitor.open(where), email_1=NEW.upper())
    assert sorted(addresses_of(site, pupil_id).values()) == sorted([NEW, OTHER])
    assert len(site.mails()) == before


def test_emptying_a_slot_ends_the_access_at_once(site: Site, visitor: Visitor) -> None:
    home = family(site, 8)  # an only child
    (child,) = home["children"]  # type: ignore[misc]
    assert sign_in_at_home(visitor, home, child).path == "/portaal"
    where = f"/leerlingen/{child['pupil']}/wijzigen"
    page = signed_in(site, ANNA).open(where)
    assert shown(page, "email_1") == home["email"]
    assert status_in(save(page, email_1=""), child["pupil"]) == "Nee/Nee"
    assert visitor.open("/portaal").path.startswith("/thuis")
    assert visitor.open("/thuis/kind").path == "/thuis"
    assert [mail["to"] for mail in site.mails(str(home["email"]))] == [home["email"]]


def test_changing_a_slot_ends_the_old_access_and_invites_the_new(site: Site, visitor: Visitor) -> None:
    home = family(site)
    first, second = home["children"]  # type: ignore[misc]
    sign_in_at_home(visitor, home, first)
    page = save(signed_in(site, ANNA).open(f"/leerlingen/{first['pupil']}/wijzigen"), email_1=NEW)
    assert status_in(page, first["pupil"]) == "Ja/Nee"
    assert visitor.open("/portaal").path.startswith("/thuis")
    assert len(site.mails(NEW)) == 1
    again = Visitor(site.wsgi).open("/thuis").submit({"email": home["email"], "password": home["password"]})
    assert again.path == "/portaal"  # the brother or sister is still there, and now the only one
    assert second["first_name"] in again.words


def test_a_new_pin_is_shown_and_ends_what_came_in_with_the_old(site: Site, visitor: Visitor) -> None:
    home = family(site)
    child = home["children"][0]  # type: ignore[index]
    sign_in_at_home(visitor, home, child)
    where, pin = f"/leerlingen/{child['pupil']}/wijzigen", "0000" if child["secret"] != "0000" else "0001"
    teacher = signed_in(site, ANNA)
    save(teacher.open(where), new_pin=pin)
    assert pin in teacher.open(where).words
    assert visitor.open("/portaal").path == "/thuis/kind"
    assert family(site)["children"][0]["secret"] == pin  # type: ignore[index]


def test_the_same_pin_again_signs_nobody_out(site: Site, visitor: Visitor) -> None:
    home = family(site)
    child = home["children"][0]  # type: ignore[index]
    sign_in_at_home(visitor, home, child)
    save(signed_in(site, ANNA).open(f"/leerlingen/{child['pupil']}/wijzigen"), new_pin=child["secret"])
    assert visitor.open("/portaal").path == "/portaal"


def test_a_pin_is_four_digits_and_nothing_else(site: Site) -> None:
    visitor, (pupil_id, where) = signed_in(site, ANNA), unused(site)
    for pin in WRONG_PINS:
        page = save(visitor.open(where), new_pin=pin, email_1=NEW)
        assert "vier cijfers" in page.problem("new_pin"), pin
        assert (shown(page, "email_1"), addresses_of(site, pupil_id)) == (NEW, {})


def test_the_pin_never_looks_like_a_password_to_a_browser(site: Site) -> None:
    page = signed_in(site, ANNA).open(unused(site)[1])
    (field,) = page.select("#new_pin")
    assert (field.get("type"), field.get("inputmode"), field.get("autocomplete")) == ("text", "numeric", "off")
    assert not page.select("input[type=password]")


def test_the_activation_link_is_sent_again_and_the_older_one_keeps_working(site: Site, visitor: Visitor) -> None:
    teacher, (pupil_id, where) = signed_in(site, ANNA), unused(site)
    save(teacher.open(where), email_1=NEW)
    page = teacher.open(where)
    assert "(Her)zend activatielink" in page.words
    page = page.submit({"slot": "1"}, form=f"/leerlingen/{pupil_id}/herzend")
    assert page.path == where
    assert "nieuwe mail" in page.words
    newer, older = (mail["links"][0] for mail in site.mails(NEW))
    assert newer != older
    for link in (older, newer):
        assert visitor.open(link).select("input[name=password]")


def test_who_is_activated_gets_a_link_for_a_new_password(site: Site) -> None:
    home = family(site)
    child = home["children"][0]  # type: ignore[index]
    page = signed_in(site, ANNA).open(f"/leerlingen/{child['pupil']}/wijzigen")
    assert "Geactiveerd Ja" in page.words
    assert "(Her)zend link voor een nieuw wachtwoord" in page.words
    page.submit({"slot": "1"}, form=f"/leerlingen/{child['pupil']}/herzend")
    assert "/herstel/" in site.mails(str(home["email"]))[0]["links"][0]


def test_an_empty_or_made_up_slot_sends_nothing(site: Site) -> None:
    visitor, (pupil_id, where) = signed_in(site, ANNA), unused(site)
    save(visitor.open(where), email_1=NEW)
    before = len(site.mails())
    for slot in ("2", "3", "0", "", "x", "1 OR 1=1", "\x00"):
        page = visitor.open(where).submit({"slot": slot}, form=f"/leerlingen/{pupil_id}/herzend")
        assert (page.status, page.path) == (200, where)
        assert "nieuwe mail" not in page.words
    assert len(site.mails()) == before


def test_the_address_of_the_resend_form_alone_leads_back_to_the_page(site: Site) -> None:
    pupil_id, where = unused(site)
    assert signed_in(site, ANNA).open(f"/leerlingen/{pupil_id}/herzend").path == where


def test_a_refused_child_is_shown_with_when_until_somebody_fills_the_slot_again(site: Site, visitor: Visitor) -> None:
    where = unused(site)[1]
    with frozen(datetime(2026, 3, 4, 7, 5, tzinfo=UTC)):
        teacher = signed_in(site, ANNA)
        save(teacher.open(where), email_2=NEW)
        visitor.open(site.mails(NEW)[0]["links"][0]).submit(button="confirm=no")
        page = teacher.open(where)
        assert "Op 4 maart, 08:05 zei de ontvanger: dit is niet mijn kind" in page.words
        assert NEW not in page.text
        save(page, email_2=OTHER)
        assert "niet mijn kind" not in teacher.open(where).words


def test_on_to_the_next_pupil_of_the_group(site: Site) -> None:
    visitor = signed_in(site, ANNA)
    ids = [row.get("data-pupil") for row in visitor.open(f"/groepen/{group_of(site, ANNA)}").select("tr[data-pupil]")]
    page = visitor.open(f"/leerlingen/{ids[0]}/wijzigen")
    page = page.submit({"email_1": NEW}, button="save_next=yes")
    assert page.path == f"/leerlingen/{ids[1]}/wijzigen"
    assert addresses_of(site, ids[0])[1] == NEW
    last = visitor.open(f"/leerlingen/{ids[-1]}/wijzigen").submit(button="save_next=yes")
    assert last.path == f"/groepen/{group_of(site, ANNA)}"


def test_the_page_speaks_english(site: Site) -> None:
    visitor, (_pupil, where) = signed_in(site, ANNA), unused(site)
    page = save(visitor.open(f"{where}?lang=en"), email_1="x", new_pin="1")
    assert "not a valid e-mail address" in page.problem("email_1")
    assert "Home login" in page.words
    assert page.tree.get("lang") == "en"


def test_the_way_back_leads_to_the_childs_row(site: Site) -> None:
    pupil_id, where = unused(site)
    (link,) = [one for one in signed_in(site, ANNA).open(where).select("a") if one.text_content() == "Annuleren"]
    assert link.get("href") == f"/groepen/{person(site, ANNA)['groups'][0]['id']}#leerling-{pupil_id}"
