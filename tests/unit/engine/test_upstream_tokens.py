"""What is believed of an upstream's tokens."""

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

import pytest

from idp.engine.upstream import redeem, tokens
from idp.engine.upstream.model import Failed
from idp.engine.upstream.tokens import EVENT, ID_TOKEN, LOGOUT_TOKEN, Claims, Expected
from tests.builders import NOW
from tests.unit.engine.upstreams import ACR, UPSTREAM

STAMP = int(NOW.timestamp())
EXPECTED = Expected(UPSTREAM.issuer, "sleutelbos", STAMP, "the nonce", "the access token")
GOOD: Claims = {
    "iss": UPSTREAM.issuer, "aud": "sleutelbos", "sub": "moo-0001", "iat": STAMP, "exp": STAMP + 300,
    "nonce": "the nonce", "at_hash": tokens._half_hash("the access token"), "azp": "sleutelbos", "sid": "s",
}  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {}, {"aud": ["sleutelbos"]}, {"iat": STAMP + 30}, {"iat": STAMP - 600, "exp": STAMP - 29}, {"azp": None},
        {"at_hash": None}, {"auth_time": 1.5}, {"nbf": STAMP + 30}, {"sid": None},
    ],
)  # fmt: skip
def test_an_id_token_that_holds(changes: dict[str, Any]) -> None:
    claims = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    assert tokens.first_failure(ID_TOKEN, claims, EXPECTED) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", UPSTREAM.issuer + "/"), ("iss", None), ("iss", [UPSTREAM.issuer]),
        ("aud", "another"), ("aud", ["sleutelbos", "another"]), ("aud", []), ("aud", ["sleutelbos", "sleutelbos"]),
        ("iat", STAMP + 31), ("iat", STAMP - 601), ("iat", None), ("iat", "now"), ("iat", True),
        ("exp", STAMP - 30), ("exp", None), ("exp", "later"), ("exp", float("inf")), ("exp", float("nan")),
        ("sub", ""), ("sub", None), ("sub", 7), ("sub", "x" * 256), ("sub", "a\x00"),
        ("azp", "another"), ("azp", None), ("nbf", STAMP + 31),
        ("nonce", None), ("nonce", ""), ("nonce", "another"), ("nonce", 7),
        ("at_hash", "another"), ("at_hash", None),
        ("events", {}), ("auth_time", "x"), ("auth_time", -1), ("acr", 7), ("acr", ["x"]), ("sid", 7),
    ],
)  # fmt: skip
def test_an_id_token_with_one_thing_wrong(name: str, value: object) -> None:
    assert tokens.first_failure(ID_TOKEN, {**GOOD, name: value}, EXPECTED) == Failed(f"token.{name}")


def test_neither_kind_of_token_passes_for_the_other() -> None:
    logout = {"events": {EVENT: {}}, "jti": "j"} | {name: GOOD[name] for name in ("iss", "aud", "sub", "iat", "exp")}
    assert tokens.first_failure(LOGOUT_TOKEN, logout, EXPECTED) is None
    assert tokens.first_failure(LOGOUT_TOKEN, GOOD, EXPECTED) == Failed("token.jti")
    assert tokens.first_failure(ID_TOKEN, {**GOOD, **logout}, EXPECTED) == Failed("token.events")


@dataclass(frozen=True, slots=True)
class Told:
    """What an environment says of a sign-in, and what becomes of it when we asked 60 s ago."""

    acr: str | None
    age: int | None
    means: str | None
    taken_for: timedelta


@pytest.mark.parametrize(
    "told",
    [
        Told("urn:moo:password", 3600, ACR, timedelta(hours=1)),
        Told("urn:moo:password", 30, ACR, timedelta(seconds=30)),
        Told("urn:moo:password", 62, ACR, timedelta(seconds=60)),  # whole seconds, another clock
        Told("urn:moo:password", 66, ACR, timedelta(seconds=66)),
        Told("urn:moo:password", -500, ACR, timedelta()),  # in the future: not newer than now
        Told("urn:moo:password", None, ACR, redeem.UNKNOWN_AGE),
        Told("urn:moo:smartcard", 1, None, redeem.UNKNOWN_AGE),
        Told(None, 1, None, redeem.UNKNOWN_AGE),
    ],
)
def test_a_sign_in_is_believed_as_far_as_its_acr_is_known(told: Told) -> None:
    claims = {"acr": told.acr, "auth_time": None if told.age is None else STAMP - told.age}
    claims = {name: value for name, value in claims.items() if value is not None}
    asked_at = NOW.astimezone(UTC) - timedelta(seconds=60)
    assert redeem.believed(UPSTREAM, claims, asked_at, NOW) == (told.means, NOW - told.taken_for)
