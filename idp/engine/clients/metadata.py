"""Client metadata: a default and a check for each name of RFC 7591, OpenID registration and their kin.

A name that is not here is ignored (RFC 7591 2). What a row's check says is what the person reads who registers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.engine.algorithms import ALGORITHMS
from idp.engine.clients import checks
from idp.engine.clients.checks import Check, boolean, list_of, one_of, optional, text, uri
from idp.engine.clients.profiles import PROFILES, Profile

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials", DEVICE_CODE)
AUTH_METHODS = (
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
    "none",
)
CLIENT_ALGS = (*ALGORITHMS, "Ed25519")
"""What a client may sign with: assertions and request objects. Never `none`, never a shared secret."""

ENCRYPTION_ALGS = ("RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW")
ENCRYPTION_ENCS = ("A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM")
RESPONSE_MODES = ("query", "fragment", "form_post", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt")


@dataclass(frozen=True, slots=True)
class Field:
    """The value when the client says nothing, and what is wrong with a value (None = nothing)."""

    default: Any
    check: Check


_signing = one_of(*ALGORITHMS)
_client_signing = one_of(*CLIENT_ALGS)
_encryption, _enc = one_of(*ENCRYPTION_ALGS), one_of(*ENCRYPTION_ENCS)

FIELDS: Mapping[str, Field] = {
    "client_name": Field("", text),
    "client_uri": Field(None, optional(uri)),
    "logo_uri": Field(None, optional(uri)),
    "policy_uri": Field(None, optional(uri)),
    "tos_uri": Field(None, optional(uri)),
    "contacts": Field([], list_of(text)),
    "software_id": Field(None, optional(text)),
    "software_version": Field(None, optional(text)),
    "application_type": Field("web", one_of("web", "native")),
    "redirect_uris": Field([], list_of(checks.redirect_uri)),
    "grant_types": Field(["authorization_code"], list_of(one_of(*GRANT_TYPES))),
    "response_types": Field(["code"], list_of(one_of("code"))),
    "response_modes": Field(list(RESPONSE_MODES), list_of(one_of(*RESPONSE_MODES))),
    "scope": Field("openid profile", text),
    "resources": Field([], list_of(checks.resource)),
    "protected_resources": Field([], list_of(checks.resource)),
    # How it proves who it is (RFC 7591 2, OIDC Core 9, RFC 8705 2).
    "token_endpoint_auth_method": Field("client_secret_basic", one_of(*AUTH_METHODS)),
    "token_endpoint_auth_signing_alg": Field(None, optional(_client_signing)),
    "jwks": Field(None, optional(checks.key_set)),
    "jwks_uri": Field(None, optional(uri)),
    "tls_client_auth_subject_dn": Field(None, optional(text)),
    "tls_client_auth_san_dns": Field(None, optional(text)),
    "tls_client_auth_san_uri": Field(None, optional(text)),
    "tls_client_auth_san_ip": Field(None, optional(checks.ip)),
    "tls_client_auth_san_email": Field(None, optional(text)),
    # What it asks, and how (OIDC Registration 2, RFC 9126 6, RFC 9101 10.5).
    "require_pushed_authorization_requests": Field(False, boolean),
    "require_signed_request_object": Field(False, boolean),
    "request_object_signing_alg": Field(None, optional(_client_signing)),
    "request_uris": Field([], list_of(checks.request_uri)),
    "default_max_age": Field(None, optional(checks.seconds)),
    "default_acr_values": Field([], list_of(text)),
    "require_auth_time": Field(True, boolean),
    # What it is given (OIDC Registration 2, JARM 3, RFC 8705 3.4, RFC 9449 5.2, RFC 9701 6).
    "subject_type": Field("pairwise", one_of("pairwise", "public")),
    "sector_identifier_uri": Field(None, optional(uri)),
    "id_token_signed_response_alg": Field("RS256", _signing),
    "userinfo_signed_response_alg": Field(None, optional(_signing)),
    "userinfo_encrypted_response_alg": Field(None, optional(_encryption)),
    "userinfo_encrypted_response_enc": Field(None, optional(_enc)),
    "introspection_signed_response_alg": Field(None, optional(_signing)),
    "introspection_encrypted_response_alg": Field(None, optional(_encryption)),
    "introspection_encrypted_response_enc": Field(None, optional(_enc)),
    "authorization_signed_response_alg": Field("RS256", _signing),
    "access_token_signed_response_alg": Field(None, optional(_signing)),
    "tls_client_certificate_bound_access_tokens": Field(False, boolean),
    "dpop_bound_access_tokens": Field(False, boolean),
    "require_dpop_nonce": Field(False, boolean),  # a name of our own: proofs made ahead of time are no use then
    # How a sign-in begins and ends (third-party initiated login; RP-Initiated, Back- and Front-Channel Logout).
    "initiate_login_uri": Field(None, optional(uri)),
    "post_logout_redirect_uris": Field([], list_of(uri)),
    "backchannel_logout_uri": Field(None, optional(uri)),
    "backchannel_logout_session_required": Field(True, boolean),
    "frontchannel_logout_uri": Field(None, optional(uri)),
    "frontchannel_logout_session_required": Field(True, boolean),
    "session_management": Field(False, boolean),  # a name of our own: it wants session_state (OIDC Session Management)
}

DEFAULTS: Mapping[str, Any] = {name: field.default for name, field in FIELDS.items()}
TLS_SUBJECTS = tuple(name for name in FIELDS if name.startswith("tls_client_auth_"))
SIGNED_BY_US = tuple(name for name in FIELDS if name.endswith("_signed_response_alg"))
_SIGNED = (*SIGNED_BY_US, *(name for name in FIELDS if name.endswith("_signing_alg")))


def check(given: Mapping[str, Any], profile: str) -> tuple[dict[str, Any], list[str]]:
    """(complete metadata with defaults, problems as "name: what it must be"); with problems nothing may be stored."""
    problems = [
        f"{name}: {problem}"
        for name, field in FIELDS.items()
        if name in given and (problem := field.check(given[name]))
    ]
    row = PROFILES.get(profile, PROFILES["simple"])
    if profile not in PROFILES:
        problems.append(f"sleutelbos.profile: one of {', '.join(PROFILES)}")
    complete = {name: given.get(name, row.defaults.get(name, field.default)) for name, field in FIELDS.items()}
    if not problems:
        problems = [*_together(complete), *_in_profile(complete, row)]
    return complete, problems


def _together(metadata: Mapping[str, Any]) -> list[str]:
    """What each field allows and all of them together do not."""
    method, keys = metadata["token_endpoint_auth_method"], metadata["jwks"] or metadata["jwks_uri"]
    subjects = [name for name in TLS_SUBJECTS if metadata[name]]
    encrypts = metadata["userinfo_encrypted_response_alg"] or metadata["introspection_encrypted_response_alg"]
    signs = metadata["require_signed_request_object"] or metadata["request_object_signing_alg"]
    rules = (
        (
            "authorization_code" in metadata["grant_types"] and not metadata["redirect_uris"],
            "redirect_uris: at least one, for the grant authorization_code",
        ),
        (
            method == "none" and "client_credentials" in metadata["grant_types"],
            "grant_types: client_credentials needs a client that can prove who it is (RFC 6749 4.4)",
        ),
        (metadata["jwks"] and metadata["jwks_uri"], "jwks_uri: not together with jwks (RFC 7591 2)"),
        (
            method in ("private_key_jwt", "self_signed_tls_client_auth") and not keys,
            f"jwks: needed for {method}, here or behind jwks_uri",
        ),
        (
            method == "tls_client_auth" and len(subjects) != 1,
            "tls_client_auth_subject_dn: exactly one of the tls_client_auth_ fields (RFC 8705 2.1.2)",
        ),
        (bool(encrypts) and not keys, "jwks: needed for encrypted answers"),
        (bool(signs) and not keys, "jwks: needed for signed request objects"),
        *(
            (
                metadata[f"{kind}_encrypted_response_enc"] and not metadata[f"{kind}_encrypted_response_alg"],
                f"{kind}_encrypted_response_enc: only with {kind}_encrypted_response_alg",
            )
            for kind in ("userinfo", "introspection")
        ),
    )
    return [sentence for broken, sentence in rules if broken]


def _in_profile(metadata: Mapping[str, Any], profile: Profile) -> list[str]:
    """What this profile does not allow."""
    problems = [
        f"{name}: profile {profile.name} allows {', '.join(sorted(profile.signing_algs))}"
        for name in _SIGNED
        if metadata[name] is not None and metadata[name] not in profile.signing_algs
    ]
    if metadata["token_endpoint_auth_method"] not in profile.auth_methods:
        allowed = ", ".join(sorted(profile.auth_methods))
        problems.append(f"token_endpoint_auth_method: profile {profile.name} allows {allowed}")
    bound = metadata["dpop_bound_access_tokens"] or metadata["tls_client_certificate_bound_access_tokens"]
    if profile.binds_sender and not bound:
        problems.append(f"dpop_bound_access_tokens: profile {profile.name} binds tokens to a key")
    if profile.must_push and not metadata["require_pushed_authorization_requests"]:
        problems.append(f"require_pushed_authorization_requests: profile {profile.name} allows nothing else")
    return problems
