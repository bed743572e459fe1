"""What a client's security profile means, as data. A grant asks for a property, never for a profile's name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

RSA_PKCS1 = frozenset({"RS256"})
STRONG = frozenset({"PS256", "ES256", "EdDSA", "Ed25519"})
"""FAPI 2.0 Security Profile 5.4.1."""

SHARED_SECRET = frozenset({"client_secret_basic", "client_secret_post"})
OWN_KEY = frozenset({"private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"})


@dataclass(frozen=True, slots=True)
class Profile:
    """One row: how strict this client's protocol is. `defaults` are metadata values where the client says nothing."""

    name: str
    auth_methods: frozenset[str]
    signing_algs: frozenset[str]  # for whatever the client signs and whatever we sign for it
    rotates_refresh_tokens: bool
    code_life: timedelta
    must_push: bool  # RFC 9126 is the only way to ask
    binds_sender: bool  # no token without DPoP or a certificate
    token_endpoint_as_audience: bool  # an assertion may name the token endpoint instead of the issuer
    dated_request_objects: bool  # nbf and exp, iss and aud must be there (FAPI 2.0 Message Signing 5.3.1)
    defaults: Mapping[str, Any] = field(default_factory=dict)


PROFILES = {
    "simple": Profile(
        "simple",
        auth_methods=frozenset({"none"}) | SHARED_SECRET | OWN_KEY,
        signing_algs=RSA_PKCS1 | STRONG,
        rotates_refresh_tokens=True,
        code_life=timedelta(seconds=60),
        must_push=False,
        binds_sender=False,
        token_endpoint_as_audience=True,
        dated_request_objects=False,
    ),
    # FAPI 2.0 Security Profile Final, section 5.3.2, and FAPI 2.0 Message Signing, section 5.
    "fapi2": Profile(
        "fapi2",
        auth_methods=OWN_KEY,
        signing_algs=STRONG,
        rotates_refresh_tokens=False,
        code_life=timedelta(seconds=60),
        must_push=True,
        binds_sender=True,
        token_endpoint_as_audience=False,
        dated_request_objects=True,
        defaults={
            "token_endpoint_auth_method": "private_key_jwt",
            "id_token_signed_response_alg": "ES256",
            "authorization_signed_response_alg": "ES256",
            "require_pushed_authorization_requests": True,
            "dpop_bound_access_tokens": True,
        },
    ),
    # NL GOV Assurance profile for OpenID Connect 1.0.1, and for OAuth 2.0: keys of the client's own, JWT access tokens.
    "nlgov": Profile(
        "nlgov",
        auth_methods=frozenset({"none"}) | OWN_KEY,
        signing_algs=RSA_PKCS1 | STRONG,
        rotates_refresh_tokens=True,
        code_life=timedelta(seconds=60),
        must_push=False,
        binds_sender=False,
        token_endpoint_as_audience=False,
        dated_request_objects=True,
        defaults={
            "token_endpoint_auth_method": "private_key_jwt",
            "access_token_signed_response_alg": "RS256",
        },
    ),
}
