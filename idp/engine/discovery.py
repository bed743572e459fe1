"""The metadata document (OpenID Connect Discovery 1.0, RFC 8414), derived from the tables that the code works with."""

import json
from typing import Any

from idp.engine.algorithms import ALGORITHMS
from idp.engine.clients.authentication import METHODS
from idp.engine.grants import GRANTS
from idp.engine.requests.authorization import PROMPTS, RESPONSE_MODES
from idp.engine.sessions import AGES
from idp.engine.tokens.claims import CLAIMS, SCOPES

PATHS = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "userinfo_endpoint": "/userinfo",
    "revocation_endpoint": "/revoke",
    "jwks_uri": "/jwks",
    "end_session_endpoint": "/logout",
}
"""Every endpoint of the protocol. A page of the school world is none."""

WELL_KNOWN = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")

TOKEN_CLAIMS = ("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash")


def document(issuer: str) -> dict[str, Any]:
    """What this provider can do. What does not work is not in the tables, and so not here."""
    secrets = [method for method in METHODS if method != "none"]
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
        "token_endpoint_auth_methods_supported": list(METHODS),
        "revocation_endpoint_auth_methods_supported": [*secrets, "none"],
        "code_challenge_methods_supported": ["S256"],
        "claim_types_supported": ["normal"],
        "claims_supported": [*TOKEN_CLAIMS, *CLAIMS],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "prompt_values_supported": sorted(PROMPTS),
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "ui_locales_supported": ["nl", "en"],
    }


def encoded(issuer: str) -> bytes:
    """The document as it is served."""
    return json.dumps(document(issuer), separators=(",", ":")).encode()
