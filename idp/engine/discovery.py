"""The metadata document (OpenID Connect Discovery 1.0, RFC 8414), derived from the tables that the code works with."""

import json
from typing import Any

from idp.engine.algorithms import ALGORITHMS
from idp.engine.clients.authentication import CERTIFICATE_METHODS, METHODS
from idp.engine.clients.metadata import CLIENT_ALGS, ENCRYPTION_ALGS, ENCRYPTION_ENCS, FIELDS, RESPONSE_MODES
from idp.engine.grants import GRANTS
from idp.engine.requests.checks import PROMPTS
from idp.engine.sessions import AGES
from idp.engine.tokens.claims import CLAIMS, SCOPES
from idp.engine.tokens.dpop import ALGS as DPOP_ALGS

PATHS = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "userinfo_endpoint": "/userinfo",
    "revocation_endpoint": "/revoke",
    "introspection_endpoint": "/introspect",
    "device_authorization_endpoint": "/device_authorization",
    "pushed_authorization_request_endpoint": "/par",
    "registration_endpoint": "/register",
    "jwks_uri": "/jwks",
    "end_session_endpoint": "/logout",
    "check_session_iframe": "/session/check",
}
"""Every endpoint of the protocol. A page of the school world is none."""

WELL_KNOWN = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")

RESOURCES = {
    "/.well-known/oauth-protected-resource": "",
    "/.well-known/oauth-protected-resource/userinfo": PATHS["userinfo_endpoint"],
}
"""Where a protected resource of our own is described (RFC 9728 3.1), and its path: all of them, and userinfo alone."""

USERINFO_METADATA = "/.well-known/oauth-protected-resource/userinfo"

TOKEN_CLAIMS = ("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash")


AUTHENTICATED = ("token", "revocation", "introspection")
"""The endpoints whose client authentication the metadata lists (RFC 8414 2)."""


REQUIRED = ("require_signed_request_object", "require_pushed_authorization_requests")
"""What some clients must do, and others need not."""


def document(issuer: str, *, certificates: bool = False) -> dict[str, Any]:
    """What this provider can do. What does not work is not in the tables, and so not here.

    `certificates`: a proxy hands over the certificates of clients (RFC 8705).
    """
    return {
        "issuer": issuer,
        **{name: issuer + path for name, path in PATHS.items()},
        **_who_asks(certificates),
        **_what_is_asked(),
        **_what_is_given(certificates),
        "protected_resources": [issuer + path for path in RESOURCES.values()],
    }


def _who_asks(certificates: bool) -> dict[str, Any]:
    methods = [method for method in METHODS if certificates or method not in CERTIFICATE_METHODS]
    return {
        **{f"{name}_endpoint_auth_methods_supported": methods for name in AUTHENTICATED},
        **{f"{name}_endpoint_auth_signing_alg_values_supported": list(CLIENT_ALGS) for name in AUTHENTICATED},
    }


def _what_is_asked() -> dict[str, Any]:
    return {
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": list(GRANTS),
        "prompt_values_supported": sorted(PROMPTS),
        "acr_values_supported": list(AGES),
        "code_challenge_methods_supported": ["S256"],
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": list(CLIENT_ALGS),
        **{name: FIELDS[name].default for name in REQUIRED},
        "ui_locales_supported": ["nl", "en"],
    }


def _what_is_given(certificates: bool) -> dict[str, Any]:
    return {
        "subject_types_supported": ["pairwise", "public"],
        "claim_types_supported": ["normal"],
        "claims_supported": [*TOKEN_CLAIMS, *CLAIMS],
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "authorization_signing_alg_values_supported": list(ALGORITHMS),
        **_jwt_answers("userinfo"),
        **_jwt_answers("introspection"),
        "dpop_signing_alg_values_supported": list(DPOP_ALGS),
        "tls_client_certificate_bound_access_tokens": certificates,
        "authorization_response_iss_parameter_supported": True,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }


def _jwt_answers(kind: str) -> dict[str, Any]:
    """How answers of this kind can be packed (OpenID Discovery 3, RFC 9701 7)."""
    return {
        f"{kind}_signing_alg_values_supported": list(ALGORITHMS),
        f"{kind}_encryption_alg_values_supported": list(ENCRYPTION_ALGS),
        f"{kind}_encryption_enc_values_supported": list(ENCRYPTION_ENCS),
    }


def resource(issuer: str, path: str, *, certificates: bool = False) -> dict[str, Any]:
    """What a client must know to use a protected resource of ours (RFC 9728 2)."""
    return {
        "resource": issuer + RESOURCES[path],
        "authorization_servers": [issuer],
        "jwks_uri": issuer + PATHS["jwks_uri"],
        "scopes_supported": list(SCOPES),
        "bearer_methods_supported": ["header", "body"],
        "resource_signing_alg_values_supported": list(ALGORITHMS),
        "resource_name": "Sleutelbos",
        "tls_client_certificate_bound_access_tokens": certificates,
        "dpop_signing_alg_values_supported": list(DPOP_ALGS),
        "dpop_bound_access_tokens_required": False,
    }


def encoded(issuer: str, *, certificates: bool = False) -> bytes:
    """The document as it is served."""
    return json.dumps(document(issuer, certificates=certificates), separators=(",", ":")).encode()
