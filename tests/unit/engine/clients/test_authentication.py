"""How clients prove who they are: methods, two secrets during a change, and what an unknown client costs."""

from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest

from idp.engine.clients import registration
from idp.engine.clients.authentication import METHODS, Authenticator, Refusal, present
from idp.engine.clients.certificate import Handover
from idp.engine.clients.client_keys import ClientKeys
from idp.engine.clients.metadata import AUTH_METHODS
from idp.engine.clients.model import Client
from idp.engine.clients.registry import Registry
from idp.kernel.db import Database
from idp.kernel.outbound import Outbound
from tests.certificates import rfc9440, self_signed
from tests.client_keys import ClientKey
from tests.engine_parts import ISSUER, a_stored_client
from tests.protocol.party import basic

KEY, OTHER = ClientKey.generate(), ClientKey.generate()
SECRET = "s3cr et/with+odd&signs"
PROXY = Handover((ip_network("10.0.0.1/32"),), "Client-Cert")


@pytest.fixture
def by(database: Database) -> Authenticator:
    return Authenticator(ISSUER, database, Registry(), ClientKeys(Outbound(loopback=True)), PROXY)


def asks(
    by: Authenticator, database: Database, form: dict[str, str], now: datetime | None = None, **environ: Any
) -> Client | Refusal:
    """A whole authentication, as an endpoint does it."""
    at = now or datetime.now(UTC)
    shown = by.examine({"REMOTE_ADDR": "10.0.0.1", **environ}, form, at)
    if isinstance(shown, Refusal):
        return shown
    with database.write() as db:
        return by.settle(db, shown, at)


def error(answer: Client | Refusal) -> str | None:
    return answer.error if isinstance(answer, Refusal) else None


def test_every_method_that_can_be_registered_is_one_function() -> None:
    assert set(METHODS) == set(AUTH_METHODS)


def test_rfc6749_2_3_1_basic_and_post(by: Authenticator, database: Database) -> None:
    with database.write() as db:
        a_stored_client(db, "basic", SECRET)
        a_stored_client(db, "post", SECRET, token_endpoint_auth_method="client_secret_post")
    header = {"HTTP_AUTHORIZATION": basic("basic", SECRET)}
    assert isinstance(asks(by, database, {}, **header), Client)
    assert isinstance(asks(by, database, {"client_id": "post", "client_secret": SECRET}), Client)
    assert error(asks(by, database, {"client_id": "basic", "client_secret": SECRET})) == "invalid_client"
    assert error(asks(by, database, {"client_secret": SECRET}, **header)) == "invalid_request"
    assert error(asks(by, database, {"client_id": "post"}, **header)) == "invalid_request"


@pytest.mark.parametrize("credentials", ["", "x", "YQ==", "4pyT4pyT", "/////w==", "OmE=", "JUZGOiVGRg=="])
def test_basic_credentials_that_are_none(by: Authenticator, database: Database, credentials: str) -> None:
    assert error(asks(by, database, {}, HTTP_AUTHORIZATION=f"Basic {credentials}")) == "invalid_client"


@pytest.mark.parametrize("client_id", ["nobody", "", "x" * 201, "a\x00b", "basic"])
def test_an_unknown_client_and_a_wrong_secret_look_the_same(
    by: Authenticator, database: Database, client_id: str
) -> None:
    with database.write() as db:
        a_stored_client(db, "basic", SECRET)
    wrong = asks(by, database, {}, HTTP_AUTHORIZATION=basic(client_id, "wrong"))
    assert wrong == asks(by, database, {}, HTTP_AUTHORIZATION=basic("somebody", "wrong"))


def test_two_secrets_live_while_one_is_being_changed(by: Authenticator, database: Database) -> None:
    now = datetime.now(UTC)
    with database.write() as db:
        a_stored_client(db, "basic", SECRET)
        fresh = registration.rotate_secret(db, "basic", now)
    assert fresh is not None
    for secret in (SECRET, fresh):
        assert isinstance(asks(by, database, {}, now, HTTP_AUTHORIZATION=basic("basic", secret)), Client)
    week = now + registration.BOTH_SECRETS
    assert error(asks(by, database, {}, week, HTTP_AUTHORIZATION=basic("basic", SECRET))) == "invalid_client"
    assert isinstance(asks(by, database, {}, week, HTTP_AUTHORIZATION=basic("basic", fresh)), Client)


def test_public_clients_prove_nothing_and_others_must(by: Authenticator, database: Database) -> None:
    with database.write() as db:
        a_stored_client(db, "public", token_endpoint_auth_method="none")
        a_stored_client(db, "basic", SECRET)
    assert isinstance(asks(by, database, {"client_id": "public"}), Client)
    assert error(asks(by, database, {"client_id": "basic"})) == "invalid_client"
    assert error(asks(by, database, {})) == "invalid_client"
    assert error(asks(by, database, {}, HTTP_AUTHORIZATION=basic("public", ""))) == "invalid_client"


def test_private_key_jwt(by: Authenticator, database: Database) -> None:
    with database.write() as db:
        a_stored_client(db, "keys", token_endpoint_auth_method="private_key_jwt", jwks=KEY.jwks)
        a_stored_client(db, "basic", SECRET)

    def form(text: str) -> dict[str, str]:
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        return {"client_assertion": text, "client_assertion_type": kind}

    good = form(KEY.assertion("keys", ISSUER))
    assert isinstance(asks(by, database, good), Client)
    assert error(asks(by, database, good)) == "invalid_client"  # T26: once
    assert error(asks(by, database, form(OTHER.assertion("keys", ISSUER, {"kid": KEY.kid})))) == "invalid_client"
    assert error(asks(by, database, form(KEY.assertion("basic", ISSUER)))) == "invalid_client"
    assert error(asks(by, database, form(KEY.assertion("nobody", ISSUER)))) == "invalid_client"
    assert error(asks(by, database, form("x"))) == "invalid_client"
    assert error(asks(by, database, {"client_assertion": "x"})) == "invalid_request"
    assert error(asks(by, database, good | {"client_id": "other"})) == "invalid_request"
    both = asks(by, database, good, HTTP_AUTHORIZATION=basic("keys", "x"))
    assert error(both) == "invalid_request"


def test_an_assertion_that_fails_is_not_spent(by: Authenticator, database: Database) -> None:
    with database.write() as db:
        a_stored_client(db, "keys", token_endpoint_auth_method="private_key_jwt", jwks=KEY.jwks)
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    forged = OTHER.assertion("keys", ISSUER, {"kid": KEY.kid}, jti="same")
    genuine = KEY.assertion("keys", ISSUER, jti="same")
    assert error(asks(by, database, {"client_assertion": forged, "client_assertion_type": kind})) is not None
    assert isinstance(asks(by, database, {"client_assertion": genuine, "client_assertion_type": kind}), Client)


def test_tls_client_auth(by: Authenticator, database: Database) -> None:
    with database.write() as db:
        a_stored_client(db, "tls", token_endpoint_auth_method="tls_client_auth", tls_client_auth_san_dns="app.example")
    shown = {"HTTP_CLIENT_CERT": rfc9440(self_signed(KEY)), "HTTP_CLIENT_CERT_VERIFY": "SUCCESS"}
    form = {"client_id": "tls"}
    assert isinstance(asks(by, database, form, **shown), Client)
    assert error(asks(by, database, form)) == "invalid_client"
    assert error(asks(by, database, form, **shown | {"HTTP_CLIENT_CERT_VERIFY": "NONE"})) == "invalid_client"
    assert error(asks(by, database, form, **shown | {"REMOTE_ADDR": "192.0.2.7"})) == "invalid_client"


def test_self_signed_tls_client_auth(by: Authenticator, database: Database) -> None:
    with database.write() as db:
        a_stored_client(db, "self", token_endpoint_auth_method="self_signed_tls_client_auth", jwks=KEY.jwks)
    form = {"client_id": "self"}
    assert isinstance(asks(by, database, form, HTTP_CLIENT_CERT=rfc9440(self_signed(KEY))), Client)
    assert error(asks(by, database, form, HTTP_CLIENT_CERT=rfc9440(self_signed(OTHER)))) == "invalid_client"


def test_a_certificate_beside_another_proof_is_there_to_bind_tokens(by: Authenticator, database: Database) -> None:
    with database.write() as db:
        a_stored_client(db, "basic", SECRET)
    shown = by.examine(
        {
            "REMOTE_ADDR": "10.0.0.1",
            "HTTP_AUTHORIZATION": basic("basic", SECRET),
            "HTTP_CLIENT_CERT": rfc9440(self_signed(KEY)),
        },
        {},
        datetime.now(UTC),
    )
    assert not isinstance(shown, Refusal)
    assert (shown.method, shown.thumbprint is not None) == ("client_secret_basic", True)
    with database.write() as db:
        assert isinstance(by.settle(db, shown, datetime.now(UTC)), Client)


def test_a_disabled_client_is_refused_at_once(by: Authenticator, database: Database) -> None:
    with database.write() as db:
        a_stored_client(db, "basic", SECRET)
    header = {"HTTP_AUTHORIZATION": basic("basic", SECRET)}
    assert isinstance(asks(by, database, {}, **header), Client)
    with database.write() as db:
        registration.disable(db, "basic", datetime.now(UTC))
    assert error(asks(by, database, {}, **header)) == "invalid_client"


def test_rfc6749_2_3_nobody_presents_two_ways() -> None:
    answer = present(basic("a", "b"), {"client_assertion": "x", "client_assertion_type": "y"})
    assert isinstance(answer, Refusal)
    assert answer.error == "invalid_request"
