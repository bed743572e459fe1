"""A logout token is believed only when all of it holds (OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6)."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64encode

from clients.publisher.logout_token import EVENT, LogoutToken, Refused, read

NOW = 1_800_000_000
ISSUER = "https://idp.example"
KEY = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
OTHER = ECKey.generate_key("P-256", {"kid": KEY.kid or "", "alg": "ES256"})
UNKNOWN = ECKey.generate_key("P-256", {"alg": "ES256"}, auto_kid=True)
RSA = RSAKey.generate_key(2048, {"alg": "RS256"}, auto_kid=True)
KEYS = KeySet([KEY, RSA])


def _token(
    key: Any = KEY, alg: str = "ES256", header: dict[str, Any] | None = None, without: str = "", **changes: Any
) -> str:
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": "blink",
        "iat": NOW,
        "exp": NOW + 120,
        "jti": "once",
        "events": {EVENT: {}},
        "sub": "p.abc",
        "sid": "s.abc",
    }
    claims = {name: value for name, value in (claims | changes).items() if name not in without.split()}
    return _signed({"typ": "logout+jwt", "alg": alg, "kid": key.kid} | (header or {}), claims, key)


def _signed(header: dict[str, Any], claims: dict[str, Any], key: Any) -> str:
    """Signed as it stands: joserfc's own encoder refuses to make some of what a forger makes."""
    text = f"{_part(header)}.{_part(claims)}"
    signature = JWSRegistry.algorithms[header["alg"]].sign(text.encode(), key)
    return f"{text}.{urlsafe_b64encode(signature).decode()}"


def _part(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode()


def _read(text: str) -> LogoutToken | Refused:
    return read(text, keys=KEYS, issuer=ISSUER, client_id="blink", alg="ES256", now=NOW)


def test_a_good_token_says_whose_sign_in_ends() -> None:
    assert _read(_token()) == LogoutToken("once", "p.abc", "s.abc", NOW + 180)
    assert _read(_token(without="sid")) == LogoutToken("once", "p.abc", None, NOW + 180)
    assert _read(_token(without="sub")) == LogoutToken("once", None, "s.abc", NOW + 180)


def test_what_the_specification_leaves_free_is_accepted() -> None:
    for good in (
        _token(aud=["blink", "somebody-else"]),
        _token(header={"typ": "application/logout+jwt"}),
        _token(header={"typ": "Logout+JWT"}),
        _token(iat=NOW + 5, exp=NOW + 100),
        _token(exp=NOW - 30, iat=NOW - 150),
    ):
        assert isinstance(_read(good), LogoutToken)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (_token(header={"typ": "JWT"}), "typ"),
        (_token(header={"typ": None}), "not a valid token"),
        (_token(iss="https://evil.example"), "iss"),
        (_token(iss=ISSUER + "/"), "iss"),
        (_token(without="iss"), "iss"),
        (_token(aud="somebody-else"), "aud"),
        (_token(aud=["somebody-else"]), "aud"),
        (_token(aud={"blink": 1}), "aud"),
        (_token(without="aud"), "aud"),
        (_token(without="iat"), "iat"),
        (_token(iat=NOW + 3600, exp=NOW + 3700), "issued in the future"),
        (_token(iat="now"), "iat"),
        (_token(without="exp"), "exp"),
        (_token(exp=NOW - 3600), "exp"),
        (_token(exp=True), "exp"),
        (_token(exp=NOW + 86400), "lives longer"),
        (_token(without="jti"), "jti"),
        (_token(jti=""), "jti"),
        (_token(jti=7), "jti"),
        (_token(without="events"), "events"),
        (_token(events={}), "events"),
        (_token(events={EVENT: "yes"}), "events"),
        (_token(events=[EVENT]), "events"),
        (_token(events={"http://schemas.openid.net/event/other": {}}), "events"),
        (_token(nonce="n"), "nonce"),
        (_token(nonce=None), "nonce"),
        (_token(sub=None, sid=None), "sub"),
        (_token(without="sub sid"), "sub nor sid"),
        (_token(sub="", without="sid"), "sub nor sid"),
        (_token(sid=7), "sub nor sid"),
        (_token(sub=["p.abc"]), "sub"),
        (_token(OTHER), "not a valid token"),
        (_token(RSA, "RS256"), "not a valid token"),
        (_token(OctKey.import_key(b"k" * 32, {"kid": KEY.kid or ""}), "HS256"), "not a valid token"),
        (_token(header={"crit": ["x"], "x": 1}), "not a valid token"),
        ("", "not a valid token"),
        ("a.b.c", "not a valid token"),
        (_token(padding="x" * 9000), "longer"),
    ],
)
def test_each_defect_is_refused_by_its_name(bad: str, reason: str) -> None:
    outcome = _read(bad)
    assert isinstance(outcome, Refused)
    assert reason in outcome.reason
    assert not outcome.unknown_key


def test_an_unsigned_token_is_refused() -> None:
    body = _token().split(".")[1]
    for alg in ("none", "None", "nOnE"):
        assert isinstance(_read(f"{_part({'alg': alg, 'typ': 'logout+jwt'})}.{body}."), Refused)


def test_a_key_in_the_token_itself_proves_nothing() -> None:
    forged = _token(UNKNOWN, header={"jwk": UNKNOWN.as_dict(private=False), "kid": KEY.kid})
    assert isinstance(_read(forged), Refused)


def test_an_unknown_key_is_told_apart_so_that_the_keys_can_be_fetched_again() -> None:
    outcome = _read(_token(UNKNOWN))
    assert isinstance(outcome, Refused)
    assert outcome.unknown_key


@settings(deadline=None)
@given(
    st.text(max_size=200) | st.lists(st.text(alphabet="abcXYZ019-_", max_size=40), min_size=3, max_size=3).map(".".join)
)
def test_no_text_makes_it_fail_otherwise(text: str) -> None:
    assert isinstance(_read(text), Refused)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["iss", "aud", "iat", "exp", "jti", "events", "sub", "sid", "nbf"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.text(max_size=5)),
        min_size=1,
    )
)
def test_no_signed_claims_make_it_fail_otherwise(changes: dict[str, Any]) -> None:
    assert isinstance(_read(_token(**changes)), Refused | LogoutToken)
