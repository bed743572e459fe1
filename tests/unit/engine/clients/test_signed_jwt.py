"""A JWT that a client signed: what is one, and what is not."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from idp.engine.algorithms import public_key
from idp.engine.clients.signed_jwt import MAX_LENGTH, moment, not_yet, parse
from tests.client_keys import ClientKey, b64, unsigned

KEY = ClientKey.generate()
NOW = datetime(2025, 9, 1, tzinfo=UTC)


def raw(head: Any, claims: bytes = b"{}") -> str:
    return f"{b64(json.dumps(head).encode())}.{b64(claims)}.{b64(b'x' * 64)}"


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_the_right_key_proves_a_signature_and_another_does_not(alg: str) -> None:
    key, other = ClientKey.generate(alg), ClientKey.generate(alg)
    jwt = parse(key.sign({"a": 1}))
    assert jwt is not None
    assert jwt.signed_by([public_key(alg, other.public), public_key(alg, key.public)])
    assert not jwt.signed_by([public_key(alg, other.public)])


def test_rfc9864_ed25519_is_eddsa_under_its_other_name() -> None:
    key = ClientKey.generate("EdDSA")
    jwt = parse(key.sign({}, alg="Ed25519"))
    assert jwt is not None
    assert jwt.signed_by([public_key("EdDSA", key.public)])


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "..", "a.b", "a.b.c.d", "é.é.é", "x" * (MAX_LENGTH + 1), raw({}), raw([]), raw({"alg": 1}),
        raw({"alg": "ES256", "crit": ["x"]}), raw({"alg": "ES256", "b64": False}), raw({"alg": "ES256", "kid": 1}),
        raw({"alg": "ES256", "typ": []}), raw({"alg": "ES256"}, b"[]"), raw({"alg": "ES256"}, b"\xff"),
        raw({"alg": "ES256"}, b'{"a":"\\ud800"}'), raw({"alg": "ES256"}, b"[" * 9000),
    ],
)  # fmt: skip
def test_l1_l2_what_is_no_jwt(text: str) -> None:
    assert parse(text) is None


def test_alg_none_is_read_and_never_proven_by_the_profiles() -> None:
    jwt = parse(unsigned({"iss": "a"}))
    assert jwt is not None
    assert jwt.alg == "none"


@pytest.mark.parametrize("value", ["1", True, [], {}, float("inf"), float("nan"), 10**400, -(10**400)])
def test_a_time_is_a_finite_number(value: Any) -> None:
    with pytest.raises(ValueError):
        moment({"exp": value}, "exp")


def test_b46_ten_seconds_ahead_are_forgiven_and_sixty_are_not() -> None:
    now = NOW.timestamp()
    assert not not_yet({"iat": now + 8, "nbf": now + 8}, NOW)
    assert not_yet({"iat": now + 61}, NOW)
    assert not_yet({"nbf": now + 61}, NOW)
