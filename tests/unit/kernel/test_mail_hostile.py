"""T37: no name and no address breaks a header, a page, or the rule of one mail to one person."""

import pytest

from idp.kernel import mail
from idp.kernel.mail import Composer, Mailer, UnwritableAddressError
from idp.kernel.outbox import Refused
from tests.unit.kernel.mails import BASE, SENDER, TAGS, TOLD, Page, Sink, a_composer, a_payload, part_of, read_again

LINK = f"{BASE}{TOLD['path']}"


@pytest.fixture(scope="module")
def composer() -> Composer:
    return a_composer()


HOSTILE = [
    'a"\r\nBcc: x@kwaad.nl',
    "a\nSubject: anders\n\nEen ander bericht",
    "a\x00\x07\x1b[31m\x7fb",
    "Zoë-Annemarijn van 't Hof & <b>dik</b>",
    "👩‍👧 Noor 🦊",
    "نور الهدى",
    "\u202eevil\u202c \u2066x\u2069",
    "=?utf-8?q?=0D=0ABcc:_x@kwaad.nl?=",
    "x" * 300,
    "é" * 300,
    "𝕏 " * 150,
    "{{ 7 * 7 }} %(school)s %s",
    "\ud800half\udfff",
    "\u2028\u2029\x85\x0b\x0c",
    "",
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("template", ["activate", "staff_invited"])
def test_t37_no_name_breaks_a_header_or_a_page(composer: Composer, name: str, template: str) -> None:
    facts = {"first_name": name, "school": name, "path": TOLD["path"]}
    message = read_again(composer.compose(a_payload(template, facts=facts)))
    assert message.keys() == [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    ]
    assert [address.addr_spec for address in message["To"].addresses] == ["jan@voorbeeld.nl"]
    assert message["From"].addresses[0].addr_spec == SENDER
    assert not message.defects
    subject = str(message["Subject"])
    assert subject.isprintable() or "\u200d" in subject
    assert len(subject) < 140
    page = Page(part_of(message, "html"))
    assert page.links == [LINK]
    assert page.tags <= TAGS
    assert LINK in part_of(message, "plain").splitlines()
    assert "49" not in subject


@pytest.mark.parametrize("name", ["Zoë", "نور", "👩‍👧 Noor", "O'Brien & zn", "{{ 1 }} %(x)s"])
def test_an_honest_name_arrives_as_it_is(composer: Composer, name: str) -> None:
    message = read_again(composer.compose(a_payload("confirm", facts=TOLD | {"first_name": name})))
    assert str(message["Subject"]) == f"Is {name} jouw kind?"
    assert f"Is {name} jouw kind?" in part_of(message, "plain")
    assert f"Is {name} jouw kind?" in Page(part_of(message, "html")).text


@pytest.mark.parametrize(
    "to",
    [
        "jan@voorbeeld.nl\r\nBcc: x@kwaad.nl",
        'a"\r\nBcc: x@kwaad.nl',
        "a@voorbeeld.nl, x@kwaad.nl",
        "a@voorbeeld.nl; x@kwaad.nl",
        "Jan <a@voorbeeld.nl>",
        "a%0aBcc:x@kwaad.nl",
        "a@@voorbeeld.nl",
        "jané@voorbeeld.nl",
        "jan@vöörbeeld.nl",
        "a@voorbeeld.nl\x00",
        "a b@voorbeeld.nl",
        "jan",
        "@",
        "",
    ],
)
def test_t37_an_address_that_is_not_one_address_gets_nothing(composer: Composer, to: str) -> None:
    with pytest.raises(UnwritableAddressError):
        composer.compose(a_payload("reset", to=to))
    assert Mailer(composer, (Sink(),))(a_payload("reset", to=to), 1) == Refused(mail.UNWRITABLE)


@pytest.mark.parametrize("to", ["o'neil+school@voorbeeld.nl", '"a b"@voorbeeld.nl', "x" * 64 + "@" + "y" * 180 + ".nl"])
def test_an_unusual_address_is_written_whole_and_alone(composer: Composer, to: str) -> None:
    message = read_again(composer.compose(a_payload("reset", to=to)))
    assert [address.addr_spec for address in message["To"].addresses] == [to]
