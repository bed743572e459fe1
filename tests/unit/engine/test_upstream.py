"""The relying-party side: what is configured, what is kept of it, whom it believes."""

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import select

from idp.engine.upstream import model, redeem
from idp.engine.upstream.documents import Documents, Patience, _choose
from idp.engine.upstream.model import Failed
from idp.engine.upstream.signin import RelyingParty, Wish
from idp.engine.upstream.tables import ATTEMPT, ENVIRONMENT
from idp.kernel.db import Database
from idp.kernel.outbound import OutboundError
from tests.builders import KEYRING, NOW
from tests.unit.engine.upstreams import ACR, ENTRY, METADATA, UPSTREAM, Wire, upstream

BROWSER = "br_of_this_browser"
NO_WISH = Wish()

# --- what is configured


def test_an_entry_that_holds() -> None:
    assert model.problems(ENTRY) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("slug", "MOO"), ("slug", "a/b"), ("slug", ""), ("slug", None), ("slug", "x" * 41),
        ("name", ""), ("name", 7),
        ("issuer", "http://moo.example"), ("issuer", "https://moo.example?x"), ("issuer", "https://moo.example/#f"),
        ("issuer", "https://u@moo.example"), ("issuer", "javascript:x"), ("issuer", "https://moo.example\\@evil"),
        ("issuer", "http://localhost:80@evil.example"), ("issuer", "https:///x"), ("issuer", None),
        ("client_id", ""),
        ("token_endpoint_auth_method", "none"),
        ("client_secret", "short"), ("client_secret", None),
        ("pupil_key", ""),
        ("id_token_signed_response_alg", "none"), ("id_token_signed_response_alg", "HS256"),
        ("scope", "profile"), ("scope", 'openid "x"'), ("scope", 7),
        ("acr", {"x": "urn:sleutelbos:acr:staff"}), ("acr", {"x": "urn:sleutelbos:acr:home"}), ("acr", ["x"]),
        ("logout", "yes"),
    ],
)  # fmt: skip
def test_an_entry_with_one_thing_wrong(name: str, value: object) -> None:
    (problem,) = model.problems(ENTRY | {name: value})
    assert problem.startswith((name, "client_secret"))


def test_a_private_key_instead_of_a_secret() -> None:
    by_key = ENTRY | {"token_endpoint_auth_method": "private_key_jwt", "client_secret": None}
    key = ECKey.generate_key("P-256")
    assert model.problems(by_key | {"client_key": key.as_dict(private=True)}) == []
    for bad in (None, {}, key.as_dict(private=False), {"kty": "oct", "k": "AAAA"}):
        assert len(model.problems(by_key | {"client_key": bad})) == 1


def test_imported_again_it_says_what_changed_and_keeps_no_secret_in_the_open(database: Database) -> None:
    with database.write() as db:
        done = [model.store(db, KEYRING, entry, NOW) for entry in (ENTRY, ENTRY, ENTRY | {"name": "Moo"})]
        assert done == ["added", "unchanged", "changed"]
        assert model.store(db, KEYRING, ENTRY | {"name": "Moo", "client_secret": "another secret of ours"}, NOW) == (
            "changed"
        )
        found = model.find(db, KEYRING, "moo")
        row = db.execute(select(ENVIRONMENT)).one()
    assert found is not None
    assert (found.name, found.secret) == ("Moo", "another secret of ours")
    assert "another secret" not in repr(found) + repr(tuple(row))


# --- what it publishes


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"issuer": "https://moo.example/op/"}, "metadata.issuer"),
        ({"issuer": None}, "metadata.issuer"),
        ({"token_endpoint": "http://moo.example/token"}, "metadata.token_endpoint"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "metadata.authorization_endpoint"),
        ({"jwks_uri": None}, "metadata.jwks_uri"),
        ({"end_session_endpoint": "https://x@moo.example"}, "metadata.end_session_endpoint"),
        (
            {"id_token_signing_alg_values_supported": ["none", "RS256"]},
            "metadata.id_token_signing_alg_values_supported",
        ),
        ({"id_token_signing_alg_values_supported": None}, "metadata.id_token_signing_alg_values_supported"),
    ],
)
def test_metadata_that_is_not_believed(changed: dict[str, Any], reason: str) -> None:
    wire = Wire(**{"openid-configuration": METADATA | changed})
    assert Documents(wire).metadata(UPSTREAM, NOW, Patience()) == Failed(reason)


def test_metadata_is_asked_for_again_after_ten_minutes_and_a_failure_is_not_kept() -> None:
    wire = Wire(**{"openid-configuration": OutboundError("refused")})
    documents = Documents(wire)
    assert documents.metadata(UPSTREAM, NOW, Patience()) == Failed("unreachable")
    wire.documents["openid-configuration"] = METADATA
    for seconds in (0, 599, 600):
        found = documents.metadata(UPSTREAM, NOW + timedelta(seconds=seconds), Patience())
        assert not isinstance(found, Failed)
        assert found.algorithms == {"ES256"}
    assert len(wire.asked) == 3


def test_an_unknown_kid_makes_us_look_again_but_not_for_everybody_who_sends_one() -> None:
    old, new = (ECKey.generate_key("P-256", {"kid": kid}) for kid in ("old", "new"))
    wire = Wire(jwks={"keys": [old.as_dict(private=False)]})
    documents = Documents(wire)

    def find(kid: str, seconds: int) -> object:
        at = NOW + timedelta(seconds=seconds)
        return documents.key(UPSTREAM, f"{UPSTREAM.issuer}/jwks", kid, "ES256", at, Patience())

    assert not isinstance(find("old", 0), Failed)
    wire.documents["jwks"] = {"keys": [key.as_dict(private=False) for key in (old, new)]}
    assert [find("new", 9) for _ in range(50)] == [Failed("token.kid")] * 50
    assert len(wire.asked) == 1
    assert not isinstance(find("new", 10), Failed)
    assert not isinstance(find("old", 11), Failed)
    assert len(wire.asked) == 2


def test_a_key_is_used_only_for_what_it_is_published_for() -> None:
    rsa, small = RSAKey.generate_key(2048).as_dict(private=False), RSAKey.generate_key(1024).as_dict(private=False)
    ec, other = (ECKey.generate_key(curve).as_dict(private=False) for curve in ("P-256", "P-384"))
    assert _choose([rsa, ec], None, "RS256") is not None
    for keys, kid, alg in (
        ([small], None, "RS256"),
        ([other], None, "ES256"),
        ([ec], None, "RS256"),
        ([ec | {"use": "enc"}], None, "ES256"),
        ([ec | {"alg": "ES384"}], None, "ES256"),
        ([ec, ec], None, "ES256"),
        ([ec | {"kid": "a"}], "b", "ES256"),
        ([{"kty": "EC", "crv": "P-256", "x": 1}], None, "ES256"),
    ):
        assert _choose(keys, kid, alg) is None


def test_an_upstream_that_is_slow_again_and_again_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(**{"openid-configuration": OutboundError("TimeoutError")})
    documents = Documents(wire)
    monkeypatch.setattr("idp.engine.upstream.documents.SLOW_S", -1.0)
    for seconds, calls in ((0, 1), (1, 2), (2, 3), (3, 3), (11, 3), (12, 4), (13, 4)):
        assert documents.metadata(UPSTREAM, NOW + timedelta(seconds=seconds), Patience()) == Failed("unreachable")
        assert len(wire.asked) == calls, seconds
    wire.documents["openid-configuration"] = METADATA
    assert not isinstance(documents.metadata(UPSTREAM, NOW + timedelta(seconds=23), Patience()), Failed)


# --- the way there


@pytest.fixture
def party() -> RelyingParty:
    return RelyingParty("https://login.example", KEYRING, Documents(Wire()))


def _ask(party: RelyingParty, database: Database, wish: Wish = NO_WISH, at: datetime = NOW) -> dict[str, str]:
    metadata = party.metadata(UPSTREAM, at)
    assert not isinstance(metadata, Failed)
    with database.write() as db:
        url = party.ask(db, UPSTREAM, metadata, BROWSER, wish, "rq_waiting", at)
    assert url.startswith(f"{UPSTREAM.issuer}/authorize?tenant=1&")
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}


def test_what_is_asked_and_what_is_kept(party: RelyingParty, database: Database) -> None:
    wish = Wish(("login",), 0, frozenset({ACR, "urn:unknown"}), "nl")
    sent = _ask(party, database, wish)
    assert sent["redirect_uri"] == "https://login.example/netwerk/moo/terug"
    assert (sent["scope"], sent["response_type"], sent["code_challenge_method"]) == ("openid", "code", "S256")
    assert (sent["prompt"], sent["max_age"], sent["acr_values"]) == ("login", "0", "urn:moo:password")
    with database.write() as db:
        row = repr(tuple(db.execute(select(ATTEMPT)).one()))
        attempt = party.spend(db, "moo", sent["state"], BROWSER, NOW)
    assert not isinstance(attempt, Failed)
    assert (attempt.nonce, attempt.request_id, attempt.asked_at) == (sent["nonce"], "rq_waiting", NOW)
    assert create_s256_code_challenge(attempt.verifier) == sent["code_challenge"]
    for secret in (sent["state"], sent["nonce"], attempt.verifier, "rq_waiting", BROWSER):
        assert secret not in row
        assert secret not in repr(attempt) or secret == "rq_waiting"


def test_no_two_attempts_have_anything_in_common(party: RelyingParty, database: Database) -> None:
    one, two = _ask(party, database), _ask(party, database)
    assert all(one[name] != two[name] for name in ("state", "nonce", "code_challenge"))


@pytest.mark.parametrize(
    ("slug", "browser", "later"),
    [
        ("cloudwise", BROWSER, timedelta()),
        ("moo", "br_another", timedelta()),
        ("moo", None, timedelta()),
        ("moo", "", timedelta()),
        ("moo", BROWSER, timedelta(minutes=10)),
    ],
)
def test_an_attempt_that_is_not_yours(
    party: RelyingParty, database: Database, slug: str, browser: str | None, later: timedelta
) -> None:
    state = _ask(party, database)["state"]
    with database.write() as db:
        assert party.spend(db, slug, state, browser, NOW + later) == Failed("gone")
        assert not isinstance(party.spend(db, "moo", state, BROWSER, NOW), Failed)


def test_of_many_answers_at_once_one_counts(party: RelyingParty, database: Database) -> None:
    state, together = _ask(party, database)["state"], threading.Barrier(8)

    def spend(_: int) -> bool:
        together.wait()
        with database.write() as db:
            return not isinstance(party.spend(db, "moo", state, BROWSER, NOW), Failed)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(spend, range(8))) == 1


def test_both_halves_of_basic_are_encoded() -> None:
    """RFC 6749 2.3.1."""
    form, headers = redeem.proof_of_us(upstream(secret="a:b c+ü"), NOW)
    assert form == {}
    assert base64.b64decode(headers["Authorization"][6:]) == b"sleutelbos:a%3Ab+c%2B%C3%BC"


def test_a_client_assertion_is_short_and_for_the_issuer_alone() -> None:
    key = ECKey.generate_key("P-256", {"kid": "ours"})
    by_key = upstream(auth_method="private_key_jwt", secret=json.dumps(key.as_dict(private=True)))
    shown = [redeem.proof_of_us(by_key, NOW)[0]["client_assertion"] for _ in range(2)]
    one, two = (jwt.decode(text, key, algorithms=["ES256"]) for text in shown)
    assert one.header["kid"] == "ours"
    assert (one.claims["iss"], one.claims["sub"], one.claims["aud"]) == ("sleutelbos", "sleutelbos", UPSTREAM.issuer)
    assert one.claims["exp"] - one.claims["iat"] == 60
    assert one.claims["jti"] != two.claims["jti"]
