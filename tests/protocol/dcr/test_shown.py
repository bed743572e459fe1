"""OpenID Registration 1.0, section 2: what a client registers for people to see is what they see."""

from collections.abc import Iterator

import pytest

from tests.hosted import Hosted, hosted
from tests.protocol.party import Party
from tests.site import Site, registration

PNG = b"\x89PNG\r\n\x1a\n" + b"a picture"
POLICY, TERMS = "https://reader.example/privacy", "https://reader.example/voorwaarden"


@pytest.fixture
def there() -> Iterator[Hosted]:
    with hosted() as running:
        yield running


@pytest.fixture
def reader(site: Site, there: Hosted) -> Party:
    """A client with a logo, a policy and terms."""
    logo = there.put("/logo.png", PNG)
    site.register(registration("reader", client_name="Leeslamp", logo_uri=logo, policy_uri=POLICY, tos_uri=TERMS))
    return Party(site, client_id="reader")


@pytest.mark.parametrize("prompt", ["login", "consent"])
def test_2_policy_and_terms_can_be_read_before_signing_in(reader: Party, prompt: str) -> None:
    page = reader.browser().open(reader.authorize_url(prompt=prompt))
    links = {link.get("href"): link for link in page.select("a[rel='noopener noreferrer']")}
    assert set(links) == {POLICY, TERMS}
    assert "Privacy bij Leeslamp" in page.words
    assert "Voorwaarden van Leeslamp" in page.words


@pytest.mark.parametrize("prompt", ["login", "consent"])
def test_2_the_logo_is_shown_from_our_own_address(reader: Party, prompt: str) -> None:
    browser = reader.browser()
    page = browser.open(reader.authorize_url(prompt=prompt))
    (logo,) = page.select("img.app-logo")
    assert logo.get("src").startswith("/app/beeld?app=reader")
    answer = browser.session.get(reader.site.issuer + logo.get("src"), timeout=10)
    assert answer.content == PNG
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"].startswith("public")


def test_2_a_client_without_them_shows_none(party: Party) -> None:
    page = party.browser().open(party.authorize_url(prompt="login"))
    assert not page.select("img.app-logo")
    assert not page.select("p.papers")
    assert party.browser().open("/app/beeld?app=demo-publisher").status == 404
    assert party.browser().open("/app/beeld?app=nobody").status == 404
