"""The fifteen entries, and what is said about one that does not hold."""

import pytest

from clients.publisher import publishers

GOOD = """
slug = "blink"
name = "Blink"
title = "Blink demo"
tagline = "Samen de wereld ontdekken."
colour = "#8a4b00"
claims = ["given_name", "group"]
auth_method = "client_secret_basic"
id_token_alg = "RS256"
offline_access = false
all_schools = true
"""

NAMES = {
    "Malmberg",
    "Zwijsen",
    "Noordhoff",
    "ThiemeMeulenhoff",
    "Blink",
    "Royal Jongbloed",
    "Schoolsupport",
    "Prowise GO",
    "Cito Groeimeter",
    "Cito Kleuter in beeld",
    "Muiswerk",
    "Nieuwsbegrip",
    "Schrijven doe je zo",
    "Veilig Verkeer Nederland",
    "Stenvert/OnlineKlas",
}


def test_all_fifteen_are_there() -> None:
    every = publishers.load()
    assert {publisher.name for publisher in every} == NAMES
    assert len({publisher.slug for publisher in every}) == len({publisher.colour for publisher in every}) == 15
    assert all(publisher.title == f"{publisher.name} demo" for publisher in every)


def test_they_differ_as_real_ones_do() -> None:
    every = publishers.load()
    assert sum("family_name" in publisher.claims for publisher in every) == 2
    assert sum("eck_id" in publisher.claims for publisher in every) == 1
    assert {publisher.auth_method for publisher in every} == {"client_secret_basic", "client_secret_post", "none"}
    assert {publisher.id_token_alg for publisher in every} == {"RS256", "ES256"}
    assert {publisher.offline_access for publisher in every} == {True, False}


def test_each_asks_for_what_its_contract_lists_and_no_more() -> None:
    for publisher in publishers.load():
        scope = publisher.scope.split()
        assert scope[:2] == ["openid", "profile"]
        for name in ("group", "school", "eck_id"):
            assert (name in scope) is (name in publisher.claims), publisher.slug
        assert ("offline_access" in scope) is publisher.offline_access


@pytest.mark.parametrize("publisher", publishers.load(), ids=lambda publisher: publisher.slug)
def test_white_letters_can_be_read_on_its_colour(publisher: publishers.Publisher) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    red, green, blue = (int(publisher.colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (luminance + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('slug = "blink"', 'slug = "other"'), "slug"),
        (("Blink demo", "Blink"), "demo"),
        (("#8a4b00", "red"), "colour"),
        (("client_secret_basic", "private_key_jwt"), "auth_method"),
        (("RS256", "none"), "id_token_alg"),
        (("all_schools = true", ""), "all_schools"),
        (("all_schools = true", "all_schools = true\nlogo = 1"), "logo"),
        (('claims = ["given_name", "group"]', ""), "claims"),
    ],
)
def test_an_entry_that_does_not_hold_is_named(change: tuple[str, str], problem: str) -> None:
    assert publishers.parse("blink.toml", GOOD).name == "Blink"
    with pytest.raises(ValueError, match=f"blink.toml: .*{problem}"):
        publishers.parse("blink.toml", GOOD.replace(*change))
