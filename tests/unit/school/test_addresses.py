"""What may stand in an e-mail slot, and when two spellings are one address (rule 3)."""

import pytest

from idp.school.addresses import MAX_LENGTH, Address, AddressProblem, check, key_for_lookup


@pytest.mark.parametrize(
    ("text", "written", "key"),
    [
        ("papa@thuis.example", "papa@thuis.example", "papa@thuis.example"),
        ("  Papa@Thuis.EXAMPLE ", "Papa@thuis.example", "papa@thuis.example"),
        ("ｐａｐａ@thuis.example", "papa@thuis.example", "papa@thuis.example"),
        ("papa+school@thuis.example", "papa+school@thuis.example", "papa+school@thuis.example"),
        ("o'neill@thuis.example", "o'neill@thuis.example", "o'neill@thuis.example"),
        ("papa@bücher.example", "papa@xn--bcher-kva.example", "papa@xn--bcher-kva.example"),
        ("papa@xn--bcher-kva.example", "papa@xn--bcher-kva.example", "papa@xn--bcher-kva.example"),
    ],
)
def test_every_spelling_that_reaches_one_mailbox_has_one_key(text: str, written: str, key: str) -> None:
    assert check(text) == Address(written, key)
    assert key_for_lookup(text) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "papa",
        "papa@",
        "@thuis.example",
        "papa@thuis",
        "papa@@thuis.example",
        "papa@thuis.example, mama@thuis.example",
        "Papa <papa@thuis.example>",
        '"papa mama"@thuis.example',
        "papa@thuis.example\r\nBcc: iedereen@thuis.example",
        "papa%0a@thuis .example",
        "papa@[127.0.0.1]",
        "papa\x00@thuis.example",
        "päpa@thuis.example",
        "\u202epapa@thuis.example",
        "papa@-thuis.example",
    ],
)
def test_what_is_no_address_is_said_to_be_none(text: str) -> None:
    found = check(text)
    assert isinstance(found, AddressProblem)
    assert "geen geldig e-mailadres" in found.message


def test_an_address_that_is_too_long_is_said_to_be_too_long() -> None:
    found = check("a" * 300 + "@thuis.example")
    assert isinstance(found, AddressProblem)
    assert "te lang" in found.message
    assert len(key_for_lookup("a" * 3000)) == MAX_LENGTH


def test_a_well_known_typing_error_is_said_with_what_was_meant() -> None:
    assert check("Papa@GMIAL.com") == AddressProblem(
        "Kijk nog eens goed: bedoel je %(meant)s?", {"meant": "Papa@gmail.com"}
    )


def test_text_that_is_no_address_still_has_one_key_for_all_its_spellings() -> None:
    assert key_for_lookup(" PAPA ") == key_for_lookup("papa")
