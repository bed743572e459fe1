"""XML has no powers here: each attack is refused, and nothing outside the file is ever touched."""

import socket
import time
from pathlib import Path

import pytest

from idp.school.roster import hardened_xml
from idp.school.roster.hardened_xml import Element
from idp.school.roster.values import Problem

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

ATTACKS = {
    "xxe": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "xxe over the network": '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:{port}/x">]><a>&x;</a>',
    "a parameter entity": '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:{port}/p"> %p;]><a/>',
    "an external DTD": '<!DOCTYPE a SYSTEM "http://127.0.0.1:{port}/a.dtd"><a/>',
    "billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l9;</a>',
    "quadratic blow-up": f'<!DOCTYPE a [<!ENTITY x "{"y" * 50_000}">]><a>{"&x;" * 50_000}</a>',
    "half a DTD": "<!DOCTYPE a [<!ENTITY x",
    "a DTD alone": "<!DOCTYPE a><a/>",
    "xinclude": '<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="file:///etc/passwd" parse="text"/></a>',
    "an entity nobody declared": "<a>&nergens;</a>",
    "depth": "<a>" * 100_000,
    "too many elements": "<a>" + "<b/>" * 1_000_001 + "</a>",
    "half": "<a><b>",
    "nothing": " ",
    "a surrogate": "<a>\ud800</a>",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_t39_an_attack_is_refused_at_once_and_in_silence(attack: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.05)
        text = ATTACKS[attack].replace("{port}", str(listener.getsockname()[1]))
        began = time.monotonic()
        found = hardened_xml.parse(text)
        assert time.monotonic() - began < 2
        with pytest.raises(TimeoutError):
            listener.accept()
    assert isinstance(found, Problem), attack
    assert ("DOCTYPE" in found.message) == ("<!DOCTYPE" in text or "XInclude" in text)


def test_nothing_of_a_file_beside_it_gets_in(tmp_path: Path) -> None:
    secret = tmp_path / "geheim.txt"
    secret.write_text("GEHEIM")
    for text in (
        f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><a>&x;</a>',
        f'<a xmlns:y="http://www.w3.org/2001/XInclud&#101;"><y:include href="{secret.as_uri()}" parse="text"/></a>',
    ):
        found = hardened_xml.parse(text)
        assert isinstance(found, Problem) or "GEHEIM" not in found.text


def parsed(text: str) -> Element:
    found = hardened_xml.parse(text)
    assert isinstance(found, Element), found
    return found


@pytest.mark.parametrize(
    "inside",
    [
        "Jan<!-- x -->sen",
        "Jan<?x y?>sen",
        "<![CDATA[Jan]]>sen",
        "<b>Jan</b>sen",
        "  Jan&#115;en\n",
        "J<b>a<c>n</c>s</b>en",
    ],
)
def test_t39_the_text_of_an_element_is_read_whole(inside: str) -> None:
    assert parsed(f"<a><naam>{inside}</naam></a>").text_of("naam") == "Jansen"


def test_what_the_declaration_says_of_the_encoding_counts_no_more() -> None:
    assert parsed('<?xml version="1.0" encoding="utf-16"?><a>é</a>').text == "é"


def test_lines_are_told_beyond_sixty_five_thousand() -> None:
    root = parsed("<a>" + "\n" * 70_000 + "<b/></a>")
    assert [child.line for child in root.children("b")] == [70_001]
