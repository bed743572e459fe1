"""Who comes to /ouder without having signed in signs in first, and is then where they wanted to be."""

import pytest

from tests.site import Site
from tests.visitor import Page, Visitor
from tests.web.families import DE_VRIES, GOOD, JANSSEN, asked_by_a_publisher, home


def _sign_in(site: Site, page: Page, email: str) -> Page:
    return page.submit({"email": email, "password": home(site, email)["password"]})


@pytest.mark.parametrize("email", [DE_VRIES, JANSSEN])  # several children, and one who would be signed in at once
def test_a_parent_is_on_their_own_page_after_signing_in(site: Site, visitor: Visitor, email: str) -> None:
    asked = visitor.open("/ouder")
    assert (asked.path, asked.query) == ("/thuis", {"naar": "/ouder"})
    assert _sign_in(site, asked, email).path == "/ouder"
    assert visitor.open("/portaal").path != "/portaal"  # the household is in, and no child


def test_a_mistake_in_between_and_another_language_forget_nothing(site: Site, visitor: Visitor) -> None:
    wrong = visitor.open("/ouder").submit({"email": DE_VRIES, "password": "mis"})
    assert wrong.status == 422
    english = visitor.open(str(visitor.open("/ouder").select("a.language")[0].get("href")))
    assert english.select("html[lang=en]")
    assert _sign_in(site, english, DE_VRIES).path == "/ouder"
    visitor.post("/uitloggen", {"csrf_token": visitor.open("/ouder").select("input[name=csrf_token]")[0].get("value")})
    assert (
        _sign_in(site, visitor.open("/ouder").submit({"email": DE_VRIES, "password": "mis"}), DE_VRIES).path == "/ouder"
    )


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/ouder/wachtwoord", {"current_password": "x", "new_password": GOOD}),
        ("/ouder/apparaat", {"browser": "x"}),
        ("/ouder/adres", {"new_address": "x@y.example"}),
        ("/ouder/sleutel/weg", {"passkey": "x"}),
    ],
)
def test_a_form_of_that_page_sent_too_late_leads_back_to_it(
    site: Site, visitor: Visitor, path: str, form: dict[str, str]
) -> None:
    token = visitor.open("/thuis").select("input[name=csrf_token]")[0].get("value")
    asked = visitor.post(path, {"csrf_token": token, **form})
    assert asked.path == "/thuis"
    assert _sign_in(site, asked, DE_VRIES).path == "/ouder"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example", "https://evil.example/ouder", "/ouder@evil.example", "/ouder/../uitloggen", "/ouder?x=//evil",
        "\\\\evil.example", "/\\evil.example", "/ouder\r\nSet-Cookie: a=b", " /ouder", "/OUDER", "/groepen",
        "javascript:1", "/ouder#//evil.example", "%2Fouder", "/ouder/", "",
    ],
)  # fmt: skip
def test_it_leads_nowhere_else(site: Site, visitor: Visitor, elsewhere: str) -> None:
    page = visitor.open("/thuis", query_string={"naar": elsewhere})
    assert not page.select("input[name=naar]")
    fields = {"email": DE_VRIES, "password": home(site, DE_VRIES)["password"], "naar": elsewhere}
    token = page.select("form[action='/thuis'] input[name=csrf_token]")[0].get("value")
    assert visitor.post("/thuis", {"csrf_token": token, **fields}).url == "/thuis/kind"


def test_an_app_that_waits_goes_first(site: Site, visitor: Visitor) -> None:
    asked = visitor.open(asked_by_a_publisher())
    page = visitor.open(f"{asked.url}&naar=/ouder")
    assert _sign_in(site, page, DE_VRIES).path == "/thuis/kind"
