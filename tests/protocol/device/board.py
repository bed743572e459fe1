"""A board in tests: what the device does, and what somebody with a browser does about it."""

from typing import Any

import requests

from tests.protocol.party import Party
from tests.visitor import Browser, Page

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def start(party: Party, **form: str | None) -> dict[str, Any]:
    """Ask for a code to show."""
    answer = party.post("device_authorization_endpoint", {"scope": "openid profile"} | form)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def poll(party: Party, told: dict[str, Any]) -> requests.Response:
    """Has somebody confirmed it?"""
    return party.token(grant_type=DEVICE, device_code=told["device_code"])


def open_question(party: Party, told: dict[str, Any], browser: Browser | None = None) -> Page:
    """Type the code; the page that asks yes or no."""
    browser = browser or party.browser()
    return browser.open("/koppel").submit({"code": told["user_code"]})


def approve(party: Party, told: dict[str, Any]) -> Browser:
    """A child that is signed in says yes; its browser."""
    page = open_question(party, told).submit(button="confirm=yes")
    assert page.status == 200, page.text
    return page.visitor


def deny(party: Party, told: dict[str, Any]) -> None:
    """Somebody says no."""
    assert open_question(party, told).submit(button="confirm=no").status == 200
