"""Where a sign-in may lead to."""

import pytest

from clients.publisher.sign_in import is_own_page

HOME = "http://localhost:5001/blink/"


@pytest.mark.parametrize("target", [HOME, HOME + "les/3", HOME + "les?taak=7&x=..", HOME + "a..b", HOME + "#deel"])
def test_its_own_pages_may_be_the_target(target: str) -> None:
    assert is_own_page(HOME, target)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "/blink/",
        "javascript:alert(1)",
        "http://localhost:5001/blink",
        "http://localhost:5001/malmberg/",
        "http://localhost:5001/blinkende/",
        "http://localhost:5001@evil.example/blink/",
        "http://localhost:50011/blink/",
        "HTTP://LOCALHOST:5001/blink/",
        "//localhost:5001/blink/",
        "https://localhost:5001/blink/",
        HOME + "../malmberg/",
        HOME + "%2e%2e/malmberg/",
        HOME + "..%2fmalmberg/",
        HOME + "./x",
        HOME + "..\\malmberg",
        HOME + "%5cx",
        HOME + "\r\nSet-Cookie: a=b",
        HOME + "%0d%0a",
        HOME + " x",
    ],
)
def test_nothing_else_may_be(target: str) -> None:
    assert not is_own_page(HOME, target)
