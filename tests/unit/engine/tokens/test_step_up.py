"""RFC 9470: is the sign-in behind a token strong and fresh enough?"""

from datetime import UTC, datetime, timedelta

import pytest

from idp.engine.tokens.step_up import Demand, UnreadableDemandError

NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
HOME, PIN = "urn:sleutelbos:acr:home", "urn:sleutelbos:acr:home-pin"


def test_nothing_demanded_is_always_met() -> None:
    assert Demand.read({}) == Demand()
    assert Demand().met(HOME, NOW - timedelta(days=1), NOW)


def test_the_acr_is_one_of_those_demanded() -> None:
    demand = Demand.read({"acr_values": f"{PIN} urn:sleutelbos:acr:badge"})
    assert demand.met(PIN, NOW, NOW)
    assert not demand.met(HOME, NOW, NOW)


def test_the_sign_in_is_at_most_so_old() -> None:
    demand = Demand.read({"max_age": "60"})
    assert demand.met(HOME, NOW - timedelta(seconds=60), NOW)
    assert not demand.met(HOME, NOW - timedelta(seconds=61), NOW)


def test_the_challenge_says_what_is_missing() -> None:
    name, value = Demand((PIN,), 60).challenge("DPoP")
    assert name == "WWW-Authenticate"
    assert value.startswith('DPoP error="insufficient_user_authentication"')
    assert f'acr_values="{PIN}"' in value
    assert 'max_age="60"' in value


@pytest.mark.parametrize(
    "given",
    [{"max_age": "-1"}, {"max_age": "1.5"}, {"max_age": "٣"}, {"max_age": "1" * 11}, {"acr_values": 'a"b'},
     {"acr_values": "a\\b"}, {"acr_values": "é"}, {"acr_values": "a\r\nSet-Cookie: x"}],
)  # fmt: skip
def test_what_cannot_stand_in_a_header_is_refused(given: dict[str, str]) -> None:
    if "\n" in given.get("acr_values", ""):
        assert "\n" not in Demand.read(given).challenge("Bearer")[1]
        return
    with pytest.raises(UnreadableDemandError):
        Demand.read(given)
