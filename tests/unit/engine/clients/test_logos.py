"""A client's logo: fetched once, kept, and only ever a picture."""

import threading
from collections.abc import Iterator

import pytest

from idp.engine.clients.logos import KEPT, TRIED_AGAIN, Logo, Logos
from idp.kernel.outbound import Outbound
from tests.engine_parts import NOW
from tests.hosted import Hosted, hosted

PNG = b"\x89PNG\r\n\x1a\n" + b"a picture"


@pytest.fixture
def there() -> Iterator[Hosted]:
    with hosted() as running:
        yield running


@pytest.fixture
def logos() -> Logos:
    return Logos(Outbound(loopback=True))


def test_a_picture_is_fetched_once_a_day(there: Hosted, logos: Logos) -> None:
    uri = there.put("/logo", PNG)
    assert logos.find(uri, NOW) == Logo(PNG, "image/png")
    assert logos.find(uri, NOW + KEPT / 2) == Logo(PNG, "image/png")
    assert there.calls["/logo"] == 1
    logos.find(uri, NOW + KEPT)
    assert there.calls["/logo"] == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", 200),
        (b"<html></html>", 200),
        (PNG, 404),
        (b"", 200),
    ],
)
def test_what_is_no_picture_is_not_shown(there: Hosted, logos: Logos, body: bytes, status: int) -> None:
    uri = there.put("/logo", body, status)
    assert logos.find(uri, NOW) is None
    assert logos.find(uri, NOW + TRIED_AGAIN / 2) is None
    assert there.calls["/logo"] == 1
    there.put("/logo", PNG)
    assert logos.find(uri, NOW + TRIED_AGAIN) == Logo(PNG, "image/png")


def test_t25_an_address_inside_is_not_gone_to(there: Hosted) -> None:
    assert Logos(Outbound(loopback=False)).find(there.put("/logo", PNG), NOW) is None
    assert not there.calls


def test_a_slow_host_holds_up_one_of_us(there: Hosted, logos: Logos) -> None:
    uri = there.put("/logo", PNG, after_s=0.3)
    first = threading.Thread(target=logos.find, args=(uri, NOW))
    first.start()
    while not there.calls["/logo"]:
        threading.Event().wait(0.005)
    assert logos.find(uri, NOW) is None
    first.join()
    assert logos.find(uri, NOW) == Logo(PNG, "image/png")
    assert there.calls["/logo"] == 1
