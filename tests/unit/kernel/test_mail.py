"""Every mail: complete in both languages and both forms, with one link to our own address, to one person."""

import re
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import UndefinedError
from sqlalchemy import select

from idp.kernel import leases, mail
from idp.kernel.db import Database
from idp.kernel.mail import MAILS, Composer, Mailer, enqueue_mail
from idp.kernel.outbox import Delivered, Outbox, Refused, Retry
from idp.kernel.secrets import KeyRing
from idp.kernel.throttle import LIMITS
from tests.unit.kernel.mails import (
    BASE,
    NOW,
    ROOT,
    TAGS,
    TEMPLATES,
    TOLD,
    Page,
    Sink,
    a_composer,
    a_payload,
    part_of,
    read_again,
)

RING = KeyRing({"k1": bytes(32)})

EVERY_MAIL = [(name, locale) for name in MAILS for locale in ("nl", "en")]


@pytest.fixture(scope="module")
def composer() -> Composer:
    return a_composer()


def test_the_table_and_the_folders_are_the_same_mails() -> None:
    folders = {folder.name: {file.name for file in folder.iterdir()} for folder in (TEMPLATES / "mail").glob("*/")}
    assert folders == {name: {"subject.txt", "body.txt", "body.html"} for name in MAILS}


@pytest.mark.parametrize(("template", "locale"), EVERY_MAIL)
def test_a_mail_is_complete_in_each_of_its_two_forms(composer: Composer, template: str, locale: str) -> None:
    message = read_again(composer.compose(a_payload(template, locale=locale)))
    text, page = part_of(message, "plain"), Page(part_of(message, "html"))
    links = re.findall(r"https?://\S+", text)
    assert links == page.links
    assert len(links) == (0 if template == "account_deleted" else 1)
    assert all(link.startswith(f"{BASE}/") for link in links)
    assert page.tags <= TAGS
    for sentence in [line for line in text.splitlines() if line and not line.startswith("http")]:
        assert sentence.removesuffix(":") in page.text
    assert str(message["Subject"]) in text
    assert f'<html lang="{locale}">' in part_of(message, "html")


@pytest.mark.parametrize("template", MAILS)
def test_english_is_not_dutch(composer: Composer, template: str) -> None:
    dutch, english = (composer.compose(a_payload(template, locale=locale)) for locale in ("nl", "en"))
    assert dutch["Subject"] != english["Subject"]
    lines = [set(part_of(message, "plain").split("\n")) for message in (dutch, english)]
    assert all(line.startswith("http") or not line for line in lines[0] & lines[1])


def test_a_language_that_we_do_not_speak_is_dutch(composer: Composer) -> None:
    strange, dutch = (composer.compose(a_payload("reset", locale=locale)) for locale in ("xx", "nl"))
    assert part_of(strange, "html") == part_of(dutch, "html")


@pytest.mark.parametrize("template", [name for name in MAILS if MAILS[name].needs - {"path"}])
def test_a_fact_that_is_missing_is_never_an_empty_place(composer: Composer, template: str) -> None:
    for name in MAILS[template].needs - {"path"}:
        facts = {other: TOLD[other] for other in MAILS[template].needs if other != name}
        with pytest.raises(UndefinedError):
            composer.compose(a_payload(template, facts=facts))


def _catalog() -> Catalog:
    with (ROOT / "idp" / "translations" / "en" / "mail.po").open("rb") as file:
        return read_po(file, locale="en", abort_invalid=True)


def _sentences() -> set[str]:
    templates = extract_from_dir(
        TEMPLATES / "mail",
        method_map=[("**.txt", "jinja2.ext:babel_extract"), ("**.html", "jinja2.ext:babel_extract")],
        options_map={"**": {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}},
    )
    python = extract_from_dir(ROOT / "idp" / "kernel", method_map=[("**.py", "python")], keywords={"msgid": None})
    return {str(message[2]) for message in (*templates, *python)}


def test_every_sentence_has_its_english_and_no_english_is_left_over() -> None:
    catalog = _catalog()
    assert _sentences() == {str(message.id) for message in catalog if message.id}


def test_each_translation_has_the_same_places_to_fill_in() -> None:
    for message in _catalog():
        if message.id:
            assert message.string, message.id
            assert not message.fuzzy
            places = [sorted(set(re.findall(r"%\(\w+\)s", str(text)))) for text in (message.id, message.string)]
            assert places[0] == places[1], message.id


@pytest.mark.parametrize(
    ("template", "locale", "words"),
    [
        ("activate", "nl", "De link werkt 7 dagen: tot vrijdag 31 oktober, 09:30."),  # the clock goes back in between
        ("confirm", "en", "The link works for 7 days: until Friday 31 October, 09:30."),
        ("staff_invited", "nl", "De link werkt 7 dagen: tot vrijdag 31 oktober, 09:30."),
        ("reset", "nl", "De link werkt 1 uur: tot vrijdag 24 oktober, 11:30."),
        ("reset", "en", "The link works for 1 hour: until Friday 24 October, 11:30."),
    ],
)
def test_a_mail_says_until_when_its_link_works(composer: Composer, template: str, locale: str, words: str) -> None:
    assert words in part_of(composer.compose(a_payload(template, locale=locale)), "plain")


def test_a_link_without_a_path_of_its_own_leads_to_a_page_that_everybody_has(composer: Composer) -> None:
    assert f"{BASE}/\n" in part_of(composer.compose(a_payload("password_changed")), "plain")
    given = a_payload("password_changed", facts={"path": "/leerkracht/vergeten"})
    assert f"{BASE}/leerkracht/vergeten\n" in part_of(composer.compose(given), "plain")


@pytest.mark.parametrize("sender", ["", "Sleutelbos", "Sleutelbos <>", "S <é@voorbeeld.nl>"])
def test_a_sender_that_cannot_send_is_refused_at_the_start(sender: str) -> None:
    with pytest.raises(ValueError, match="Name <address@domain>"):
        Composer(BASE, sender, TEMPLATES)


def test_the_same_row_makes_the_same_message(composer: Composer) -> None:
    one, two = (composer.compose(a_payload("reset")) for _ in range(2))
    for message in (one, two):
        message.set_boundary("b")
    assert one.as_bytes() == two.as_bytes()
    assert composer.compose(a_payload("reset", id="m2"))["Message-ID"] != one["Message-ID"]


def test_without_a_mail_server_mail_waits(composer: Composer) -> None:
    assert Mailer(composer, ())(a_payload("reset"), 1) == Retry(mail.NO_SERVER)


def test_the_second_transport_gets_what_the_first_one_took(composer: Composer) -> None:
    for first, reaches in ((Delivered(), 1), (Retry("later"), 0), (Refused("no"), 0)):
        second = Sink(Delivered("250"))
        answer = Mailer(composer, (Sink(first), second))(a_payload("reset"), 1)
        assert len(second.got) == reaches
        assert answer == (Delivered("250") if reaches else first)


def _queue(database: Database, template: str = "reset", to: str = "jan@voorbeeld.nl", **facts: Any) -> None:
    told = facts or {name: TOLD[name] for name in MAILS[template].needs}
    with database.write() as db:
        enqueue_mail(db, RING, to, template, told, locale="nl", now=NOW)


@pytest.mark.parametrize("template", MAILS)
def test_what_is_queued_can_be_composed(database: Database, composer: Composer, template: str) -> None:
    _queue(database, template)
    with database.write() as db:
        (work,) = leases.lease(db, RING, leases.due(db, "mail", NOW, 9), NOW)
    assert work.payload is not None
    assert composer.compose(work.payload)["To"].addresses[0].addr_spec == "jan@voorbeeld.nl"


def test_a_mail_is_told_what_the_table_says_and_nothing_else(database: Database) -> None:
    for facts in ({"first_name": "Noor"}, {"family_name": "Jansen", "path": "/x"}, {"path": "/x", "link": "https://x"}):
        with pytest.raises(ValueError, match="is told"):
            _queue(database, "reset", **facts)
    with pytest.raises(KeyError):
        _queue(database, "no_such_mail", path="/x")


@pytest.mark.parametrize(
    "path", ["activeer/x", "@kwaad.nl/", ".kwaad.nl/", "https://kwaad.nl", "/a b", "/a\r\nb", "/é"]
)
def test_a_link_never_leaves_our_own_address(database: Database, path: str) -> None:
    """T14."""
    with pytest.raises(ValueError, match="path"):
        _queue(database, "reset", path=path)


def test_an_address_gets_so_many_mails_an_hour_and_the_rest_later(database: Database) -> None:
    """T37: a mailbox is not flooded; and nothing is dropped."""
    budget = LIMITS["mail_address"]
    for number in range(budget.count + 3):
        _queue(database, to="JAN@voorbeeld.nl" if number % 2 else "jan@voorbeeld.nl")
    _queue(database, to="els@voorbeeld.nl")
    with database.read() as db:
        due = db.execute(select(Outbox.due_at).order_by(Outbox.due_at)).scalars().all()
    assert due == [NOW] * (budget.count + 1) + [NOW + budget.lock] * 3


def test_a_mail_that_was_queued_before_takes_nothing_from_the_budget(database: Database) -> None:
    for _ in range(LIMITS["mail_address"].count + 5):
        with database.write() as db:
            enqueue_mail(db, RING, "jan@voorbeeld.nl", "account_deleted", {}, locale="nl", now=NOW, once="gone")
    _queue(database)
    with database.read() as db:
        assert db.execute(select(Outbox.due_at)).scalars().all() == [NOW, NOW]
