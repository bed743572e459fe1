"""ID tokens: what stands in them whatever a person is called, and which of them is a hint."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from idp.engine import keys
from idp.engine.algorithms import ALGORITHMS
from idp.engine.keys import KeyStore
from idp.engine.ports import Authorization, Login
from idp.engine.tokens import id_token, jwt_access
from idp.engine.tokens.binding import UNBOUND
from idp.engine.tokens.id_token import at_hash, read_hint
from idp.kernel.db import Database
from idp.kernel.secrets import KeyRing
from tests.protocol.party import read_jwt

NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
RING = KeyRing.parse(KeyRing.generate())
ISSUER = "https://id.example"
LOGIN = Login("pupil:1", "sid-1", NOW - timedelta(minutes=3), ("pwd", "pin"), "urn:sleutelbos:acr:home-pin", NOW)
AUTHORIZATION = Authorization("app", ("openid",), "grant-1", "pupil:1", "p.1", LOGIN, nonce="n")


@pytest.fixture
def store(database: Database) -> KeyStore:
    with database.write() as db:
        keys.ensure(db, RING, NOW)
        keys.ensure(db, RING, NOW, {"id_token_signed_response_alg": "EdDSA"})
    return KeyStore(database, RING)


def made(store: KeyStore, personal: dict[str, Any] | None = None, alg: str = "RS256") -> str:
    return id_token.make(store.signer(alg, NOW), ISSUER, AUTHORIZATION, "at_x", personal or {}, NOW)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_token_in_each_algorithm(store: KeyStore, alg: str) -> None:
    head, claims = read_jwt(made(store, alg=alg))
    assert (head["alg"], head["typ"], head["kid"]) == (alg, "JWT", store.signer(alg, NOW).kid)
    assert claims == {
        "iss": ISSUER, "sub": "p.1", "aud": "app", "iat": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 300,
        "auth_time": int(LOGIN.auth_time.timestamp()), "acr": LOGIN.acr, "amr": ["pwd", "pin"], "sid": "sid-1",
        "nonce": "n", "at_hash": at_hash(alg, "at_x"),
    }  # fmt: skip


def test_at_hash_is_half_of_the_hash_that_the_signature_uses() -> None:
    assert len(at_hash("RS256", "x")) == len(at_hash("ES256", "x")) == 22
    assert len(at_hash("EdDSA", "x")) == 43


def test_a4_nothing_that_a_person_is_called_replaces_a_claim_of_ours(store: KeyStore) -> None:
    honest = read_jwt(made(store))[1]
    hostile = dict.fromkeys(honest, "evil") | {"azp": "evil", "given_name": "Noor"}
    claims = read_jwt(made(store, hostile))[1]
    assert {name: claims[name] for name in honest} == honest
    assert claims["given_name"] == "Noor"


def test_a8_without_a_sign_in_there_is_no_token(store: KeyStore) -> None:
    machine = Authorization("app", ("reports",))
    with pytest.raises(ValueError, match="sign-in"):
        id_token.make(store.signer("RS256", NOW), ISSUER, machine, "at_x", {}, NOW)


def test_a_hint_may_be_old(store: KeyStore) -> None:
    claims = read_hint(store, ISSUER, made(store), NOW + timedelta(hours=20))
    assert claims is not None
    assert claims["sid"] == "sid-1"


def test_b35_t02_only_id_tokens_of_ours_are_hints(store: KeyStore) -> None:
    signer, good = store.signer("RS256", NOW), made(store)
    claims = read_jwt(good)[1]
    access = jwt_access.make(signer, ISSUER, AUTHORIZATION, "p.1", UNBOUND, NOW, timedelta(minutes=10))
    wrong = [
        "", "x", "..", "é", good + "x", good[:-4], "x" * 20_000, access,
        signer.sign("logout+jwt", claims | {"events": {}}),
        signer.sign("at+jwt", claims),
        signer.sign("JWT", {name: claims[name] for name in ("iss", "sub", "aud")}),  # signed userinfo
        signer.sign("JWT", {"iss": ISSUER, "aud": "app", "exp": claims["exp"], "code": "ac_x"}),  # a signed answer
        signer.sign("JWT", claims | {"iss": "https://other.example"}),
    ]  # fmt: skip
    assert [read_hint(store, ISSUER, text, NOW) for text in wrong] == [None] * len(wrong)
