"""Clients in the database: stored, changed, disabled, given a new secret, removed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert, select

from idp.engine.clients import metadata, registration
from idp.engine.clients.registry import Registry
from idp.engine.tables import ACCESS_TOKEN, GRANT, PAIRWISE_SUBJECT, PROTECTED_RESOURCE
from idp.engine.tokens.pairwise import sub_for
from idp.kernel.db import Database
from idp.kernel.secrets import fingerprint
from tests.engine_parts import NOW, a_client, a_stored_client
from tests.races import overlapping

SECRET = "a-secret-of-this-client-000000000000"


def stored(database: Database, secret: str | None = SECRET, **given: object) -> str:
    complete, problems = metadata.check({"redirect_uris": ["https://app.example/cb"]} | given, "simple")
    assert not problems
    with database.write() as db:
        return registration.store(db, "app", complete, profile="simple", secret=secret, now=NOW)


def test_it_says_what_changed(database: Database) -> None:
    assert [stored(database), stored(database), stored(database, client_name="X")] == ["added", "unchanged", "changed"]


def test_of_two_who_import_a_client_at_once_one_adds_it_and_the_other_changes_it(database: Database) -> None:
    def one(name: str) -> Callable[[Connection], str]:
        complete, _ = metadata.check({"redirect_uris": ["https://app.example/cb"], "client_name": name}, "simple")
        return lambda db: registration.store(db, "app", complete, profile="simple", secret=SECRET, now=NOW)

    assert overlapping(database, one("First"), one("Second")) == ("added", "changed")
    with database.read() as db:
        client = Registry().find(db, "app")
    assert client is not None
    assert client.name == "Second"


def test_of_two_clients_that_claim_a_resource_at_once_one_gets_it(database: Database) -> None:
    def claim(client_id: str) -> Callable[[Connection], str]:
        given = {"redirect_uris": ["https://app.example/cb"], "protected_resources": ["https://api.example/"]}
        complete, problems = metadata.check(given, "simple")
        assert not problems
        return lambda db: registration.store(db, client_id, complete, profile="simple", secret=SECRET, now=NOW)

    with pytest.raises(registration.TakenError):
        overlapping(database, claim("one"), claim("two"))
    with database.read() as db:
        assert db.execute(select(PROTECTED_RESOURCE.c.client_id)).scalars().all() == ["one"]


def test_a_change_is_seen_by_who_knew_the_client_before(database: Database) -> None:
    stored(database)
    registry = Registry()
    with database.write() as db:
        before = registry.find(db, "app")
        assert before is registry.find(db, "app")
    stored(database, client_name="Other")
    with database.write() as db:
        after = registry.find(db, "app")
    assert (before and before.name, after and after.name) == ("app", "Other")


def test_a_file_with_the_old_secret_does_not_undo_a_change(database: Database) -> None:
    stored(database)
    with database.write() as db:
        fresh = registration.rotate_secret(db, "app", NOW)
    assert stored(database) == "unchanged"
    with database.read() as db:
        client = Registry().find(db, "app")
    assert client is not None
    assert (client.secret_fingerprint, client.old_secret) == (
        fingerprint(fresh or ""),
        (fingerprint(SECRET), NOW + timedelta(days=7)),
    )


def test_a_secret_that_was_followed_up_already_is_not_followed_up_again(database: Database) -> None:
    stored(database)
    first = fingerprint(SECRET)
    with database.write() as db:
        second = registration.rotate_secret(db, "app", NOW, seen=first)
        assert second is not None
        assert registration.rotate_secret(db, "app", NOW, seen=first) is None
        assert registration.rotate_secret(db, "nobody", NOW, seen=first) is None
    with database.read() as db:
        client = Registry().find(db, "app")
    assert client is not None
    assert (client.secret_fingerprint, (client.old_secret or ())[0]) == (fingerprint(second), first)


def test_another_secret_in_the_file_replaces_both(database: Database) -> None:
    stored(database)
    with database.write() as db:
        registration.rotate_secret(db, "app", NOW)
    assert stored(database, secret="x" * 40) == "changed"
    with database.read() as db:
        client = Registry().find(db, "app")
    assert client is not None
    assert (client.secret_fingerprint, client.old_secret) == (fingerprint("x" * 40), None)


def test_only_a_client_with_a_secret_gets_a_new_one(database: Database) -> None:
    stored(database, secret=None, token_endpoint_auth_method="none")
    with database.write() as db:
        assert registration.rotate_secret(db, "app", NOW) is None
        assert registration.rotate_secret(db, "nobody", NOW) is None


def test_one_client_serves_a_resource(database: Database) -> None:
    api = "https://api.example/"
    with database.write() as db:
        a_stored_client(db, "api", protected_resources=[api])
        assert db.execute(select(PROTECTED_RESOURCE.c.uri, PROTECTED_RESOURCE.c.client_id)).all() == [(api, "api")]
    with pytest.raises(registration.TakenError), database.write() as db:
        a_stored_client(db, "thief", protected_resources=[api])
    with database.write() as db:
        a_stored_client(db, "api", protected_resources=[])
        a_stored_client(db, "heir", protected_resources=[api])


def test_rfc7592_2_3_a_removed_client_leaves_nothing_alive(database: Database) -> None:
    with database.write() as db:
        a_stored_client(db, "app", protected_resources=["https://api.example/"])
        sub = sub_for(db, a_client("app"), "pupil:1")
        grant = {
            "id": "g", "client_id": "app", "subject": "pupil:1", "sub": sub, "sid": "s", "auth_time": NOW, "amr": "pwd",
            "acr": "x", "scope": "openid", "told": [], "offline": True, "created_at": NOW,
            "expires_at": NOW + timedelta(days=1),
        }  # fmt: skip
        db.execute(insert(GRANT).values(grant))
        token = {"client_id": "app", "scope": "", "issued_at": NOW, "expires_at": NOW + timedelta(minutes=10)}
        db.execute(insert(ACCESS_TOKEN).values(fingerprint=b"0" * 32, **token))
        assert registration.remove(db, "app", NOW)
        assert not registration.remove(db, "app", NOW)
    with database.read() as db:
        assert Registry().find(db, "app") is None
        assert db.execute(select(GRANT.c.ended_at)).scalars().all() == [NOW]
        assert db.execute(select(ACCESS_TOKEN.c.revoked_at)).scalars().all() == [NOW]
        assert db.execute(select(PAIRWISE_SUBJECT)).all() == []
        assert db.execute(select(PROTECTED_RESOURCE)).all() == []
