"""T28: what one visitor sends stands in no answer to another, however they fail at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.site import PUBLISHER, Site

ROUNDS = 12


def test_t28_no_answer_holds_what_another_sent(site: Site) -> None:
    start = threading.Barrier(4)

    def hammer(needle: str) -> list[str]:
        start.wait(timeout=20)
        with requests.Session() as visitor:
            return [answer for _ in range(ROUNDS) for answer in failures(site, visitor, needle)]

    needles = [f"naald{number}hooiberg" for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(hammer, needles))
    for needle, own in zip(needles, answers, strict=True):
        assert any(needle in text for text in own), "what is sent comes back somewhere, or this test shows nothing"
        assert [text for text in own if any(other in text for other in needles if other != needle)] == []


def failures(site: Site, visitor: requests.Session, needle: str) -> list[str]:
    """One of every kind of refusal, each with the needle in it: headers and body."""
    request = {"client_id": PUBLISHER, "redirect_uri": f"https://{PUBLISHER}.example/callback", "state": needle}
    calls = [
        visitor.get(f"{site.issuer}/authorize", params=request, timeout=20, allow_redirects=False),
        visitor.get(f"{site.issuer}/authorize", params={"client_id": needle}, timeout=20),
        visitor.get(f"{site.issuer}/{needle}", timeout=20),
        visitor.post(f"{site.issuer}/token", {"grant_type": needle}, auth=(needle, needle), timeout=20),
        visitor.get(f"{site.issuer}/userinfo", headers={"Authorization": f"Bearer {needle}"}, timeout=20),
        visitor.get(f"{site.issuer}/activeer/{needle}", timeout=20),
        visitor.post(f"{site.issuer}/thuis", {"email": f"{needle}@thuis.example", "password": needle}, timeout=20),
    ]
    return [f"{dict(answer.headers)} {answer.text}" for answer in calls]
