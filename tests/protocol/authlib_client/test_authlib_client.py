"""Authlib's own client signs in with a secret or a key: code and PKCE, refresh, userinfo, introspection, revocation."""

import time

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.hazmat.primitives import serialization
from joserfc import jws
from joserfc.jwk import KeySet

from tests.protocol.key_party import key_party
from tests.protocol.party import VERIFIER, Party
from tests.site import SECRET, registration


def signed_in(party: Party, session: OAuth2Session) -> dict[str, object]:
    """The token answer of a whole code flow."""
    url, state = session.create_authorization_url(party.metadata["authorization_endpoint"], code_verifier=VERIFIER)
    back = party.browser().open(url).url
    token: dict[str, object] = session.fetch_token(
        party.metadata["token_endpoint"], authorization_response=back, code_verifier=VERIFIER, state=state
    )
    return token


def options(party: Party) -> dict[str, object]:
    scope = "openid profile offline_access"
    return {"scope": scope, "redirect_uri": party.redirect_uri, "code_challenge_method": "S256"}


def test_authlib_signs_in_refreshes_asks_and_revokes(party: Party) -> None:
    party.site.register(registration(scope="openid profile offline_access"))
    session = OAuth2Session(party.client_id, SECRET, **options(party))
    first = signed_in(party, session)
    keys = KeySet.import_key_set(requests.get(party.metadata["jwks_uri"], timeout=5).json())
    assert jws.deserialize_compact(str(first["id_token"]), keys, algorithms=["RS256"])
    child = party.site.people()["homes"][0]["children"][0]
    assert session.get(party.metadata["userinfo_endpoint"]).json()["given_name"] == child["first_name"]
    second = session.refresh_token(party.metadata["token_endpoint"])
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    told = session.introspect_token(party.metadata["introspection_endpoint"], token=second["access_token"]).json()
    assert told["active"] is True
    session.revoke_token(party.metadata["revocation_endpoint"], token=second["refresh_token"])
    assert session.get(party.metadata["userinfo_endpoint"]).status_code == 401


def test_authlib_signs_in_with_private_key_jwt(party: Party) -> None:
    signer = key_party(party.site, "authlib-signer", "RS256")
    pem = signer.key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    session = OAuth2Session(
        signer.client_id, pem.decode(), token_endpoint_auth_method="private_key_jwt", **options(signer)
    )
    soon = {"exp": int(time.time()) + 60}  # left to itself, it signs for an hour, and five minutes is the most
    proof = PrivateKeyJWT(signer.metadata["token_endpoint"], claims=soon, headers={"kid": signer.key.kid})
    session.register_client_auth_method(proof)
    assert signed_in(signer, session)["id_token"]
