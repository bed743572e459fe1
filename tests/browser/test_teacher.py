"""A teacher's day, with the keyboard alone: a whole group enabled by one paste, and what comes after it."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import WIDTHS, Open, keep
from tests.browser.demo import Demo, running

MOST_CLICKS = 3


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of its own: this day fills every slot of the group."""
    with running(tmp_path_factory.mktemp("teacher")) as started:
        yield started


class Hands:
    """Presses keys, and counts what a mouse would have clicked; each new page is looked at by axe and photographed."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.pastes = page, 0, 0

    def reach(self, selector: str) -> None:
        """Tab until the thing has the focus. Raises AssertionError when it never gets it."""
        for _ in range(250):
            if self.page.evaluate("s => document.activeElement && document.activeElement.matches(s)", selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {selector} on {self.page.url}")

    def click(self, selector: str) -> None:
        """Enter on a link or a button."""
        self.reach(selector)
        self.clicks += 1
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def paste(self, text: str) -> None:
        """What the clipboard holds, where the focus is."""
        self.pastes += 1
        self.page.keyboard.insert_text(text)

    def look(self, name: str) -> None:
        """The page as it is now."""
        keep(self.page, f"leerkracht-{name}")
        found = Axe().run(self.page).response["violations"]
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width}"
        assert not found, [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found]
        expect(self.page.locator("h1")).to_have_count(1)


def _names_without_address(page: Page) -> list[str]:
    rows = page.locator("tr[data-pupil]").filter(has=page.locator("td[data-home]", has_text="Nee/Nee"))
    names = [rows.nth(at).locator("td").all_inner_texts()[:2] for at in range(rows.count())]
    return [" ".join(cell.strip() for cell in cells) for cells in names]


def test_a_teachers_day_without_a_mouse(fresh: Demo, open_browser: Open) -> None:
    page = open_browser(width=1280).new_page()
    group = steps.teacher_signs_in(page, fresh)["groups"][0]["id"]
    hands = Hands(page)
    page.goto(f"{fresh.issuer}/groepen/{group}")
    names = _names_without_address(page)
    assert len(names) > 15
    page.goto(f"{fresh.issuer}/groepen")
    hands.look("groepen")
    _enable_all(hands, group, names)
    _lend(hands, group)
    _renew(hands, group)


def _enable_all(hands: Hands, group: str, names: list[str]) -> None:
    """From the groups to everybody enabled: one paste, three clicks."""
    page = hands.page
    hands.click(f"a[href='/groepen/{group}/plakken']")
    hands.look("plakken")
    assert page.evaluate("document.activeElement.id") == "text"  # nothing to click on before the paste
    hands.paste("\n".join(f"{name}; ouder{at}@thuis.example" for at, name in enumerate(names)))
    hands.click("button[name=check]")
    hands.look("controle")
    hands.click("button[name=save]")
    assert (hands.pastes, hands.clicks) <= (1, MOST_CLICKS)
    expect(page.locator(".notice").first).to_contain_text(f"{len(names)} e-mailadressen ingevuld")
    expect(page.locator("td[data-home]", has_text="Nee/Nee")).to_have_count(0)
    hands.look("groep")
    page.wait_for_function(  # each mail leaves by itself; the page says so when it is opened again
        "() => fetch(location.pathname).then(a => a.text()).then(t => !t.includes('data-state=\"queued\"'))"
    )
    hands.click("form[action$='/herinner'] button")
    expect(page.locator(".notice").first).to_contain_text("een herinnering")
    hands.click(f"a[href='/groepen/{group}/plakken']")
    hands.paste(f"{names[0]}; geen adres@x\nNiemand Hier; a@b.example\n{names[1]}; tweede@thuis.example")
    hands.click("button[name=check]")
    hands.look("controle-fout")
    page.go_back()
    page.go_back()


def _lend(hands: Hands, group: str) -> None:
    """A colleague takes over until tomorrow, and no longer after all."""
    page = hands.page
    hands.click(f"a[href='/groepen/{group}/invaller']")
    hands.look("invaller")
    hands.reach("select[name=colleague]")
    page.keyboard.press("ArrowDown")
    hands.click("button[name=give]")
    expect(page.locator("[data-substitute]")).to_have_count(1)
    hands.look("invaller-nu")
    hands.click("button[name=end]")
    expect(page.locator("[data-substitute]")).to_have_count(0)
    hands.click(".back a")


def _renew(hands: Hands, group: str) -> None:
    """New codes for all, after a page that says what that does."""
    page = hands.page
    hands.click(f"a[href='/groepen/{group}/nieuwe-codes']")
    hands.look("nieuwe-codes")
    hands.click("button[name=renew]")
    expect(page.locator(".notice").first).to_contain_text("30 leerlingen hebben een nieuwe code")
    hands.click("a[href$='/inloggen']")
    hands.look("inlogmethode")
    hands.click(".back a")
    hands.click("tr[data-pupil] a[href$='/wijzigen']")
    hands.look("leerling")
