"""The metadata document is what the tables say: what is listed can be registered, and nothing else."""

import json
from typing import Any

import pytest

from idp.engine import discovery
from idp.engine.algorithms import ALGORITHMS
from idp.engine.clients import metadata
from idp.engine.clients.authentication import CERTIFICATE_METHODS, METHODS
from idp.engine.clients.profiles import PROFILES
from idp.engine.grants import GRANTS
from idp.engine.requests.checks import PROMPTS
from tests.client_keys import ClientKey
from tests.engine_parts import ISSUER

DOCUMENT = discovery.document(ISSUER, certificates=True)
KEYS = ClientKey.generate().jwks

LISTED = {
    "response_types_supported": ("response_types", True),
    "response_modes_supported": ("response_modes", True),
    "grant_types_supported": ("grant_types", True),
    "subject_types_supported": ("subject_type", False),
    "id_token_signing_alg_values_supported": ("id_token_signed_response_alg", False),
    "userinfo_signing_alg_values_supported": ("userinfo_signed_response_alg", False),
    "userinfo_encryption_alg_values_supported": ("userinfo_encrypted_response_alg", False),
    "userinfo_encryption_enc_values_supported": ("userinfo_encrypted_response_enc", False),
    "introspection_signing_alg_values_supported": ("introspection_signed_response_alg", False),
    "introspection_encryption_alg_values_supported": ("introspection_encrypted_response_alg", False),
    "introspection_encryption_enc_values_supported": ("introspection_encrypted_response_enc", False),
    "authorization_signing_alg_values_supported": ("authorization_signed_response_alg", False),
    "request_object_signing_alg_values_supported": ("request_object_signing_alg", False),
    "token_endpoint_auth_methods_supported": ("token_endpoint_auth_method", False),
    "token_endpoint_auth_signing_alg_values_supported": ("token_endpoint_auth_signing_alg", False),
}
"""What the document lists, and the metadata field that takes it; True = the field takes a list."""

EVERYTHING = (
    "none", "HS256", "RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519", "RSA1_5", "RSA-OAEP", "RSA-OAEP-256",
    "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW", "dir", "A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512",
    "code", "token", "id_token", "password", "implicit", "pairwise", "public", "client_secret_jwt",
    *metadata.GRANT_TYPES, *metadata.AUTH_METHODS, *metadata.RESPONSE_MODES, "web_message",
)  # fmt: skip


@pytest.mark.parametrize("name", LISTED)
def test_a_field_takes_what_is_listed_and_nothing_else(name: str) -> None:
    field, many = LISTED[name]
    check = metadata.FIELDS[field].check
    taken = {value for value in EVERYTHING if check([value] if many else value) is None}
    assert taken == set(DOCUMENT[name])


def test_the_tables_behind_it() -> None:
    assert DOCUMENT["grant_types_supported"] == list(GRANTS) == list(metadata.GRANT_TYPES)
    assert DOCUMENT["token_endpoint_auth_methods_supported"] == list(METHODS)
    assert set(DOCUMENT["id_token_signing_alg_values_supported"]) == set(ALGORITHMS)
    assert set(DOCUMENT["prompt_values_supported"]) == PROMPTS


def test_certificates_are_offered_only_where_a_proxy_hands_them_over() -> None:
    plain = discovery.document(ISSUER)
    assert set(plain["token_endpoint_auth_methods_supported"]) == set(METHODS) - CERTIFICATE_METHODS
    assert plain["tls_client_certificate_bound_access_tokens"] is False
    assert DOCUMENT["tls_client_certificate_bound_access_tokens"] is True


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_can_be_registered_with_what_is_listed(profile: str) -> None:
    row = PROFILES[profile]
    given: dict[str, Any] = {"redirect_uris": ["https://app.example/cb"], "jwks": KEYS}
    for alg in row.signing_algs & set(DOCUMENT["id_token_signing_alg_values_supported"]):
        assert metadata.check(given | {"id_token_signed_response_alg": alg}, profile)[1] == []
    assert row.auth_methods <= set(DOCUMENT["token_endpoint_auth_methods_supported"])


def test_addresses_are_on_the_issuer() -> None:
    for name in discovery.PATHS:
        assert DOCUMENT[name].startswith(ISSUER + "/"), name


def test_it_is_json() -> None:
    assert json.loads(discovery.encoded(ISSUER, certificates=True)) == DOCUMENT
