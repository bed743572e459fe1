"""Keys behind a jwks_uri: fetched when they are needed, kept, and looked for again once a minute at most (T25)."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from idp.engine.clients.client_keys import FRESH, KEEP, RETRY, ClientKeys
from idp.engine.clients.model import Client
from idp.engine.clients.signed_jwt import SignedJwt, parse
from idp.kernel.outbound import Outbound
from tests.client_keys import ClientKey
from tests.engine_parts import NOW, a_client
from tests.hosted import Hosted, hosted

OLD, NEW = ClientKey.generate(kid="old"), ClientKey.generate(kid="new")


@pytest.fixture
def there() -> Iterator[Hosted]:
    with hosted() as running:
        yield running


@pytest.fixture
def keys() -> ClientKeys:
    return ClientKeys(Outbound(loopback=True))


def publish(there: Hosted, *published: ClientKey) -> Client:
    address = there.put("/jwks", json.dumps({"keys": [key.public for key in published]}))
    return a_client(token_endpoint_auth_method="private_key_jwt", jwks_uri=address)


def signed(key: ClientKey, **head: str | None) -> SignedJwt:
    jwt = parse(key.sign({}, **head))
    assert jwt is not None
    return jwt


def test_keys_that_were_registered_need_no_call(keys: ClientKeys) -> None:
    client = a_client(token_endpoint_auth_method="private_key_jwt", jwks=OLD.jwks)
    assert keys.prove(signed(OLD), client, NOW)
    assert not keys.prove(signed(NEW), client, NOW)


def test_one_call_serves_until_it_is_stale(there: Hosted, keys: ClientKeys) -> None:
    client = publish(there, OLD)
    assert all(keys.prove(signed(OLD), client, NOW + timedelta(seconds=second)) for second in range(0, 500, 50))
    assert there.calls["/jwks"] == 1
    assert keys.prove(signed(OLD), client, NOW + FRESH)
    assert there.calls["/jwks"] == 2


def test_a_new_key_is_found_after_a_minute(there: Hosted, keys: ClientKeys) -> None:
    client = publish(there, OLD)
    assert keys.prove(signed(OLD), client, NOW)
    publish(there, NEW)
    assert not keys.prove(signed(NEW), client, NOW + timedelta(seconds=59))
    assert keys.prove(signed(NEW), client, NOW + RETRY)
    assert not keys.prove(signed(OLD), client, NOW + RETRY)


def test_t25_unknown_keys_cause_one_call_a_minute(there: Hosted, keys: ClientKeys) -> None:
    client = publish(there, OLD)
    for second in range(120):
        assert not keys.prove(signed(NEW, kid=f"made-up-{second}"), client, NOW + timedelta(seconds=second))
    assert there.calls["/jwks"] == 2


def test_fifty_at_once_wait_for_one_call(there: Hosted, keys: ClientKeys) -> None:
    client = publish(there, OLD)
    there.put("/jwks", there.documents["/jwks"].body, after_s=0.2)
    jwt, found = signed(OLD), []
    threads = [threading.Thread(target=lambda: found.append(keys.prove(jwt, client, NOW))) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, there.calls["/jwks"]) == ([True] * 50, 1)


def test_known_keys_outlive_an_address_that_is_down_for_a_day(there: Hosted, keys: ClientKeys) -> None:
    client = publish(there, OLD)
    assert keys.prove(signed(OLD), client, NOW)
    there.put("/jwks", "down", 503)
    assert keys.prove(signed(OLD), client, NOW + KEEP - RETRY)
    assert not keys.prove(signed(OLD), client, NOW + KEEP)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"keys": 1}', "[" * 5000, '{"keys": ["x", {"kty": "oct"}]}', "\xff"])
def test_documents_that_hold_no_keys(there: Hosted, keys: ClientKeys, body: str) -> None:
    client = publish(there, OLD)
    there.put("/jwks", body.encode("latin-1"))
    assert not keys.prove(signed(OLD), client, NOW)


def test_t25_a_redirect_is_not_followed(there: Hosted, keys: ClientKeys) -> None:
    client = publish(there, OLD)
    there.redirect("/jwks", there.put("/elsewhere", json.dumps(OLD.jwks)))
    assert not keys.prove(signed(OLD), client, NOW)
    assert there.calls["/elsewhere"] == 0


def test_t25_a_provider_that_is_not_on_loopback_calls_nobody_there(there: Hosted) -> None:
    client = publish(there, OLD)
    assert not ClientKeys(Outbound(loopback=False)).prove(signed(OLD), client, NOW)
    assert there.calls["/jwks"] == 0


@pytest.mark.parametrize(
    "changes",
    [{"use": "enc"}, {"alg": "ES384"}, {"kid": "other"}, {"kty": "RSA"}, {"x": "AA"}, {"alg": ["ES256"]}, {"x": 1}],
)
def test_keys_that_are_not_for_this_signature(keys: ClientKeys, changes: dict[str, object]) -> None:
    document = json.dumps({"keys": [OLD.public | changes]})
    with hosted() as there:
        client = a_client(token_endpoint_auth_method="private_key_jwt", jwks_uri=there.put("/jwks", document))
        assert not keys.prove(signed(OLD), client, NOW)


def test_a_signature_without_kid_is_tried_with_every_key(keys: ClientKeys) -> None:
    both = {"keys": [NEW.public, OLD.public]}
    client = a_client(token_endpoint_auth_method="private_key_jwt", jwks=both)
    assert keys.prove(signed(OLD, kid=None), client, NOW)


def test_a_client_that_moves_its_keys_is_asked_at_the_new_address(there: Hosted, keys: ClientKeys) -> None:
    assert keys.prove(signed(OLD), publish(there, OLD), NOW)
    moved = a_client(token_endpoint_auth_method="private_key_jwt", jwks=NEW.jwks)
    assert (keys.prove(signed(NEW), moved, NOW), keys.prove(signed(OLD), moved, NOW)) == (True, False)
