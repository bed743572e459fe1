"""The metadata document (OpenID Connect Discovery 1.0, RFC 8414), derived from the tables that the code works with."""

import json
from typing import Any

from idp.engine.algorithms import ALGORITHMS
from idp.engine.clients.authentication import CERTIFICATE_METHODS, METHODS
from idp.engine.clients.metadata import CLIENT_ALGS, FIELDS, RESPONSE_MODES
from idp.engine.grants import GRANTS
from idp.engine.requests.checks import PROMPTS
from idp.engine.sessions import AGES
from idp.engine.tokens.claims import CLAIMS, SCOPES

PATHS = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "userinfo_endpoint": "/userinfo",
    "revocation_endpoint": "/revoke",
    "pushed_authorization_request_endpoint": "/par",
    "registration_endpoint": "/register",
    "jwks_uri": "/jwks",
    "end_session_endpoint": "/logout",
}
"""Every endpoint of the protocol. A page of the school world is none."""

WELL_KNOWN = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")

TOKEN_CLAIMS = ("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash")


AUTHENTICATED = ("token", "revocation")
"""The endpoints whose client authentication the metadata lists (RFC 8414 2)."""


def document(issuer: str, *, certificates: bool = False) -> dict[str, Any]:
    """What this provider can do. What does not work is not in the tables, and so not here.

    `certificates`: a proxy hands over the certificates of clients (RFC 8705).
    """
    methods = [method for method in METHODS if certificates or method not in CERTIFICATE_METHODS]
    return {
        "issuer": issuer,
        **{name: issuer + path for name, path in PATHS.items()},
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": list(GRANTS),
        "acr_values_supported": list(AGES),
        "subject_types_supported": ["pairwise", "public"],
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "authorization_signing_alg_values_supported": list(ALGORITHMS),
        **{f"{name}_endpoint_auth_methods_supported": methods for name in AUTHENTICATED},
        **{f"{name}_endpoint_auth_signing_alg_values_supported": list(CLIENT_ALGS) for name in AUTHENTICATED},
        "tls_client_certificate_bound_access_tokens": certificates,
        "code_challenge_methods_supported": ["S256"],
        "claim_types_supported": ["normal"],
        "claims_supported": [*TOKEN_CLAIMS, *CLAIMS],
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": list(CLIENT_ALGS),
        "require_signed_request_object": FIELDS["require_signed_request_object"].default,
        "require_pushed_authorization_requests": FIELDS["require_pushed_authorization_requests"].default,
        "prompt_values_supported": sorted(PROMPTS),
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "ui_locales_supported": ["nl", "en"],
    }


def encoded(issuer: str, *, certificates: bool = False) -> bytes:
    """The document as it is served."""
    return json.dumps(document(issuer, certificates=certificates), separators=(",", ":")).encode()
