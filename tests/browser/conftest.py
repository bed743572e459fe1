"""Chromium on the demo. Each test may run with and without JavaScript; screenshots are kept in out/screenshots."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.demo import Demo, running

CHROMIUM = "/usr/bin/chromium"
OUT = Path(__file__).parents[2] / "out" / "screenshots"
WIDTHS = (390, 820, 1280)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, started once for all browser tests of this process."""
    with running(tmp_path_factory.mktemp("demo")) as started:
        yield started


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    if shutil.which(CHROMIUM) is None:
        if os.environ.get("CI") == "true":
            raise AssertionError("chromium is missing: run `make setup-tests`")
        pytest.skip("BROWSER NOT TESTED: run `make setup-tests`")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    arguments.append("--use-fake-device-for-media-stream")  # a camera that films a test picture; a page may have to ask
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


Open = Callable[..., BrowserContext]


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Does the browser run scripts?"""
    return bool(request.param == "with JavaScript")


@pytest.fixture
def open_browser(chromium: Browser) -> Iterator[Open]:
    """Opens browsers that know nothing of each other: somebody else's computer each time."""
    opened: list[BrowserContext] = []

    def make(*, scripts: bool = True, width: int = 820) -> BrowserContext:
        context = chromium.new_context(
            java_script_enabled=scripts, viewport={"width": width, "height": 900}, locale="nl-NL"
        )
        context.set_default_timeout(15_000)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


def keep(page: Page, name: str) -> None:
    """Take the page's picture at each width."""
    OUT.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=OUT / f"{name}-{width}.png", full_page=True)
    if before is not None:
        page.set_viewport_size(before)
