"""An ID token is made of a fixed list of claims; nothing that is known of a person replaces one."""

from datetime import timedelta

from idp.engine import keys
from idp.engine.keys import KeyStore
from idp.engine.ports import Authorization, Login
from idp.engine.tokens import id_token
from idp.kernel.db import Database
from tests.builders import KEYRING
from tests.engine_parts import ISSUER, NOW
from tests.protocol.party import read_jwt

LOGIN = Login("pupil:1", "sid-1", NOW, ("pwd",), "urn:sleutelbos:acr:home", NOW)
ASKED = Authorization("app", ("openid",), subject="pupil:1", sub="pseudonym", login=LOGIN, nonce="n")


def test_a4_no_attribute_of_a_person_replaces_a_claim_of_the_protocol(database: Database) -> None:
    with database.write() as db:
        keys.ensure(db, KEYRING, NOW)
    signer = KeyStore(database, KEYRING).signer("RS256", NOW)
    names = ("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash")
    hostile = dict.fromkeys(names, "hostile") | {"given_name": "Noor"}
    head, claims = read_jwt(id_token.make(signer, ISSUER, ASKED, "at_x", hostile, NOW))
    assert head["typ"] == "JWT"
    assert "hostile" not in [value for name, value in claims.items() if name != "given_name"]
    assert claims["given_name"] == "Noor"
    assert claims["exp"] == int((NOW + timedelta(minutes=5)).timestamp())


def test_a4_a_nonce_that_nobody_sent_is_left_out(database: Database) -> None:
    with database.write() as db:
        keys.ensure(db, KEYRING, NOW)
    signer = KeyStore(database, KEYRING).signer("RS256", NOW)
    without = Authorization("app", ("openid",), subject="pupil:1", sub="pseudonym", login=LOGIN)
    assert "nonce" not in read_jwt(id_token.make(signer, ISSUER, without, "at_x", {"nonce": "hostile"}, NOW))[1]
