"""Signing keys: published, then active, then retired, then gone; sealed at rest."""

import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwk, jws
from sqlalchemy import Connection, select

from idp.engine import keys
from idp.engine.algorithms import ALGORITHMS, b64
from idp.engine.clients import metadata, registration
from idp.engine.keys import ALWAYS, JWKS_MAX_AGE, KEPT_AFTER, RELOAD_EVERY, KeyStore
from idp.engine.tables import SigningKey
from idp.kernel.db import Database
from idp.kernel.secrets import KeyRing
from tests.races import overlapping

T0 = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
RING = KeyRing.parse(KeyRing.generate())


def a_client(db: Connection, alg: str) -> None:
    """Wants ID tokens of this algorithm, and says nothing of the rest."""
    complete, problems = metadata.check(
        {"redirect_uris": ["https://app.example/callback"], "id_token_signed_response_alg": alg}, "simple"
    )
    assert not problems
    registration.store(db, f"client-{alg}", complete, profile="simple", secret=None, now=T0)
    keys.ensure(db, RING, T0, complete)


@pytest.fixture
def store(database: Database) -> KeyStore:
    """Every algorithm has a key: each is some client's."""
    with database.write() as db:
        keys.ensure(db, RING, T0)
        for alg in ALGORITHMS:
            a_client(db, alg)
    return KeyStore(database, RING)


def published(store: KeyStore, now: datetime) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(store.document(now))["keys"]
    return found


def test_there_is_one_key_of_each_algorithm(store: KeyStore, database: Database) -> None:
    with database.write() as db:
        keys.ensure(db, RING, T0)
    document = published(store, T0)
    assert sorted(key["alg"] for key in document) == sorted(ALGORITHMS)
    assert len({key["kid"] for key in document}) == len(ALGORITHMS)
    assert {key["use"] for key in document} == {"sig"}


def test_an_algorithm_that_no_client_asks_for_has_no_key_until_one_does(database: Database) -> None:
    with database.write() as db:
        keys.ensure(db, RING, T0)
    this, other = KeyStore(database, RING), KeyStore(database, RING)
    assert {key["alg"] for key in published(this, T0)} == set(ALWAYS)
    with pytest.raises(LookupError):
        other.signer("EdDSA", T0)
    with database.write() as db:
        a_client(db, "EdDSA")
    assert other.signer("EdDSA", T0).alg == "EdDSA"  # at once, though it looked a moment ago
    assert {key["alg"] for key in published(this, T0 + RELOAD_EVERY)} == set(ALGORITHMS)


def test_a_rotation_leaves_out_what_no_client_asks_for_any_more(store: KeyStore, database: Database) -> None:
    with database.write() as db:
        registration.remove(db, "client-EdDSA", T0)
        takes_over = keys.rotate(db, RING, T0)
    assert store.signer("EdDSA", T0).alg == "EdDSA"
    assert {store.signer(alg, takes_over).alg for alg in ALWAYS} == set(ALWAYS)
    with pytest.raises(LookupError):
        store.signer("EdDSA", takes_over)
    with database.write() as db:
        a_client(db, "EdDSA")
    assert store.signer("EdDSA", takes_over).alg == "EdDSA"


@pytest.mark.parametrize("first", ["the client", "the rotation"])
def test_a_client_that_asks_while_keys_are_rotated_has_one_afterwards(
    store: KeyStore, database: Database, first: str
) -> None:
    with database.write() as db:
        registration.remove(db, "client-EdDSA", T0)
    acts: dict[str, Callable[[Connection], object]] = {
        "the client": lambda db: a_client(db, "EdDSA"),
        "the rotation": lambda db: keys.rotate(db, RING, T0),
    }
    (second,) = acts.keys() - {first}
    overlapping(database, acts[first], acts[second])
    later = T0 + timedelta(hours=1)  # long after the old keys are retired
    assert KeyStore(database, RING).signer("EdDSA", later).alg == "EdDSA"


def test_ps256_has_a_key_of_its_own(store: KeyStore) -> None:
    moduli = [key["n"] for key in published(store, T0) if key["kty"] == "RSA"]
    assert len(set(moduli)) == 2


def test_a_provider_that_learns_an_algorithm_makes_its_key_at_the_next_start(database: Database) -> None:
    with database.write() as db:
        keys.ensure(db, RING, T0)
        db.execute(SigningKey.__table__.delete().where(SigningKey.alg == "ES256"))  # type: ignore[attr-defined]
        keys.ensure(db, RING, T0 + timedelta(days=1))
    assert KeyStore(database, RING).signer("ES256", T0 + timedelta(days=1)).alg == "ES256"


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
    key = jwk.import_key(next(key for key in published(store, T0) if key["alg"] == alg))
    read = jws.deserialize_compact(token, key, algorithms=[alg])
    assert read.headers() == {"alg": alg, "kid": store.signer(alg, T0).kid, "typ": "JWT"}
    assert json.loads(read.payload) == {"sub": "é"}
    ours = store.read(token, T0)
    assert ours is not None
    assert (ours.typ, ours.claims) == ("JWT", {"sub": "é"})


def test_what_others_signed_is_not_ours(store: KeyStore) -> None:
    token = store.signer("RS256", T0).sign("JWT", {"sub": "x"})
    head, body, signature = token.split(".")
    kid = store.signer("RS256", T0).kid
    other = jwk.RSAKey.generate_key(2048)
    foreign = [
        "", "x", "a.b.c", f"{head}.{body}.", f"{head}.e30.{signature}", f"{head}.{body}.{signature[:-2]}",
        jws.serialize_compact({"alg": "RS256", "kid": kid}, "{}", other, ["RS256"]),
        jws.serialize_compact({"alg": "PS256", "kid": kid}, "{}", other, ["PS256"]),
        jws.serialize_compact({"alg": "RS256"}, "{}", other, ["RS256"]),
        jws.serialize_compact({"alg": "none", "kid": kid}, "{}", other, ["none"]),
    ]  # fmt: skip
    for text in foreign:
        assert store.read(text, T0) is None, text


def test_l1_our_public_key_is_no_shared_secret(store: KeyStore) -> None:
    (public,) = (key for key in published(store, T0) if key["alg"] == "RS256")
    pem = jwk.RSAKey.import_key(public).as_pem(private=False)  # type: ignore[arg-type]
    message = b".".join((b64(json.dumps({"alg": "HS256", "kid": public["kid"]}).encode()), b64(b"{}")))
    forged = message + b"." + b64(hmac.digest(pem, message, "sha256"))
    assert store.read(forged.decode(), T0) is None


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
    assert store.read(token, takes_over + KEPT_AFTER - timedelta(seconds=1)) is not None
    assert store.read(token, takes_over + KEPT_AFTER + timedelta(minutes=1)) is None
