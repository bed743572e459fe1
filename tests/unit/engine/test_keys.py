"""Signing keys: published, then active, then retired, then gone; sealed at rest."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jws
from joserfc.errors import JoseError
from sqlalchemy import select

from idp.engine import keys
from idp.engine.algorithms import ALGORITHMS
from idp.engine.keys import JWKS_MAX_AGE, KEPT_AFTER, RELOAD_EVERY, KeyStore
from idp.engine.tables import SigningKey
from idp.kernel.db import Database
from idp.kernel.secrets import KeyRing

T0 = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
RING = KeyRing.parse(KeyRing.generate())


@pytest.fixture
def store(database: Database) -> KeyStore:
    with database.write() as db:
        keys.ensure(db, RING, T0)
    return KeyStore(database, RING)


def published(store: KeyStore, now: datetime) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(store.document(now))["keys"]
    return found


def test_a_first_start_makes_one_key_for_each_algorithm(store: KeyStore, database: Database) -> None:
    with database.write() as db:
        keys.ensure(db, RING, T0)
    document = published(store, T0)
    assert sorted(key["alg"] for key in document) == sorted(ALGORITHMS)
    assert len({key["kid"] for key in document}) == len(ALGORITHMS)
    assert {key["use"] for key in document} == {"sig"}


def test_ps256_has_a_key_of_its_own(store: KeyStore) -> None:
    moduli = [key["n"] for key in published(store, T0) if key["kty"] == "RSA"]
    assert len(set(moduli)) == 2


def test_a_provider_that_learns_an_algorithm_makes_its_key_at_the_next_start(database: Database) -> None:
    with database.write() as db:
        keys.ensure(db, RING, T0)
        db.execute(SigningKey.__table__.delete().where(SigningKey.alg == "EdDSA"))  # type: ignore[attr-defined]
        keys.ensure(db, RING, T0 + timedelta(days=1))
    assert KeyStore(database, RING).signer("EdDSA", T0 + timedelta(days=1)).alg == "EdDSA"


def test_b37_only_public_parts_are_published(store: KeyStore) -> None:
    for key in published(store, T0):
        assert key.keys() <= {"kty", "n", "e", "crv", "x", "y", "kid", "use", "alg"}


def test_private_keys_are_sealed_at_rest(store: KeyStore, database: Database) -> None:
    with database.read() as db:
        for private in db.execute(select(SigningKey.private)).scalars():
            assert b"PRIVATE" not in private
            assert not private.startswith(b"\x30")  # DER


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_what_is_signed_verifies_with_what_is_published(store: KeyStore, alg: str) -> None:
    token = store.signer(alg, T0).sign("JWT", {"sub": "é"})
    read = jws.deserialize_compact(token, store.public_keys(T0), algorithms=[alg])
    assert read.headers() == {"alg": alg, "kid": store.signer(alg, T0).kid, "typ": "JWT"}
    assert json.loads(read.payload) == {"sub": "é"}


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_b37_a_next_key_is_published_before_it_signs_and_the_old_one_stays_until_its_tokens_are_gone(
    store: KeyStore, database: Database, alg: str
) -> None:
    first = store.signer(alg, T0)
    with database.write() as db:
        takes_over = keys.rotate(db, RING, T0)
    assert takes_over - T0 >= JWKS_MAX_AGE
    soon = T0 + RELOAD_EVERY
    next_kid = ({k["kid"] for k in published(store, soon) if k["alg"] == alg} - {first.kid}).pop()
    assert store.signer(alg, takes_over - timedelta(seconds=1)).kid == first.kid
    assert store.signer(alg, takes_over).kid == next_kid
    late = takes_over + KEPT_AFTER - timedelta(seconds=1)
    assert {first.kid, next_kid} == {k["kid"] for k in published(store, late) if k["alg"] == alg}
    assert {next_kid} == {k["kid"] for k in published(store, late + timedelta(minutes=1)) if k["alg"] == alg}


def test_rotating_twice_leaves_no_moment_without_a_key(store: KeyStore, database: Database) -> None:
    with database.write() as db:
        first = keys.rotate(db, RING, T0)
        second = keys.rotate(db, RING, T0 + timedelta(minutes=1))
    moment = T0
    while moment < second + timedelta(minutes=5):
        for alg in ALGORITHMS:
            store.signer(alg, moment)
        moment += timedelta(seconds=20)
    assert first < second


def test_a_key_that_is_gone_proves_nothing_any_more(store: KeyStore, database: Database) -> None:
    token = store.signer("ES256", T0).sign("JWT", {})
    with database.write() as db:
        takes_over = keys.rotate(db, RING, T0)
    with pytest.raises(JoseError, match="invalid_key_id"):
        jws.deserialize_compact(token, store.public_keys(takes_over + KEPT_AFTER + timedelta(minutes=1)), ["ES256"])
