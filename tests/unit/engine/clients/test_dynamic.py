"""What clients that register themselves may not lead us to (T25), and may not take for themselves."""

from typing import Any

import pytest

from idp.engine.clients import dynamic
from idp.engine.clients.dynamic import FETCHED, Prepared, Problem
from idp.kernel.outbound import Outbound

GOOD = {"redirect_uris": ["https://app.example/cb"]}
OUTSIDE = Outbound(loopback=False)

INSIDE = (
    "https://127.0.0.1/x", "https://localhost/x", "https://169.254.169.254/latest", "https://[::1]/x",
    "https://[::ffff:7f00:1]/x", "https://0x7f.1/x", "https://2130706433/x", "https://10.1.2.3/x",
    "https://192.168.1.1/x", "https://[fe80::1]/x", "https://[fc00::1]/x", "https://0.0.0.0/x", "https://224.0.0.1/x",
)  # fmt: skip


def prepared(**changes: Any) -> Prepared | Problem:
    return dynamic.prepare(GOOD | changes, {}, OUTSIDE, None)


def test_a_good_document() -> None:
    found = prepared()
    assert isinstance(found, Prepared)
    assert found.profile == "simple"


@pytest.mark.parametrize("name", FETCHED)
@pytest.mark.parametrize("address", INSIDE)
def test_t25_no_address_inside(name: str, address: str) -> None:
    found = prepared(**{name: [address] if name == "request_uris" else address})
    assert isinstance(found, Problem)
    assert found.error == "invalid_client_metadata"


def test_t25_a_name_that_nobody_knows_yet_may_get_an_address_later() -> None:
    assert isinstance(prepared(jwks_uri="https://not-there.invalid/jwks"), Prepared)


def test_a_profile_stays_what_it_is() -> None:
    found = dynamic.prepare(GOOD | {"sleutelbos": {"profile": "nlgov"}}, {}, OUTSIDE, "simple")
    assert isinstance(found, Prepared)
    assert found.profile == "simple"


@pytest.mark.parametrize("own", [None, [], "x", {"profile": []}, {"profile": {"a": 1}}])
def test_a_sleutelbos_member_of_any_shape(own: Any) -> None:
    assert isinstance(prepared(sleutelbos=own), Prepared | Problem)
