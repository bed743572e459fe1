"""A relying party as the engine works with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from idp.engine.clients.metadata import DEFAULTS, TLS_SUBJECTS
from idp.engine.clients.profiles import PROFILES, Profile

_AS_THEY_ARE = (
    "subject_type",
    "initiate_login_uri",
    "default_max_age",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "session_management",
    "require_auth_time",
    "jwks",
    "jwks_uri",
    "token_endpoint_auth_signing_alg",
    "tls_client_certificate_bound_access_tokens",
    "dpop_bound_access_tokens",
    "require_dpop_nonce",
    "access_token_signed_response_alg",
    "authorization_signed_response_alg",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "request_object_signing_alg",
    "logo_uri",
    "policy_uri",
    "tos_uri",
)
_SETS = (
    "redirect_uris",
    "post_logout_redirect_uris",
    "grant_types",
    "response_modes",
    "request_uris",
    "resources",
)
"""The fields that bear the name of their metadata, and hold it as it was registered, or as a set."""


@dataclass(frozen=True, slots=True)
class JwtAnswer:
    """How one kind of answer is packed: plain JSON (nothing set), signed, encrypted, or signed and then encrypted."""

    signed_alg: str | None
    encrypted_alg: str | None
    encrypted_enc: str | None

    @classmethod
    def parse(cls, kind: str, registration: Mapping[str, Any]) -> "JwtAnswer":
        """Of `{kind}_signed_response_alg` and its two sisters (OIDC Registration 2, RFC 9701 6)."""
        names = ("signed_response_alg", "encrypted_response_alg", "encrypted_response_enc")
        signed, encrypted, enc = (registration[f"{kind}_{name}"] for name in names)
        return cls(signed, encrypted, enc or ("A128CBC-HS256" if encrypted else None))


@dataclass(frozen=True, slots=True)
class Client:
    """Parsed registration metadata; immutable, so that it can be shared between threads."""

    id: str
    version: int
    profile: Profile
    secret_fingerprint: bytes | None
    old_secret: tuple[bytes, datetime] | None  # still good until then: a change of secrets is under way
    name: str
    redirect_uris: frozenset[str]
    native: bool
    auth_method: str
    grant_types: frozenset[str]
    scope: frozenset[str]
    id_token_alg: str
    sector: str
    subject_type: str
    post_logout_redirect_uris: frozenset[str]
    backchannel_logout_uri: str | None
    backchannel_logout_session_required: bool
    frontchannel_logout_uri: str | None
    frontchannel_logout_session_required: bool
    session_management: bool
    initiate_login_uri: str | None
    default_max_age: int | None
    default_acr_values: tuple[str, ...]
    require_auth_time: bool
    response_modes: frozenset[str]
    jwks: Mapping[str, Any] | None
    jwks_uri: str | None
    token_endpoint_auth_signing_alg: str | None  # None = any that the profile lets through
    tls_client_auth: tuple[str, str] | None  # (name of the subject field, its value), RFC 8705 2.1.2
    tls_client_certificate_bound_access_tokens: bool
    dpop_bound_access_tokens: bool
    require_dpop_nonce: bool
    access_token_signed_response_alg: str | None  # None = opaque; otherwise a JWT of RFC 9068
    userinfo: "JwtAnswer"
    introspection: "JwtAnswer"
    authorization_signed_response_alg: str
    require_pushed_authorization_requests: bool
    require_signed_request_object: bool
    request_object_signing_alg: str | None
    logo_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    request_uris: frozenset[str]
    resources: frozenset[str]  # RFC 8707: the APIs that it may ask tokens for
    origins: frozenset[str]

    @classmethod
    def parse(
        cls,
        client_id: str,
        version: int,
        profile: str,
        secret_fingerprint: bytes | None,
        registration: Mapping[str, Any],
        old_secret: tuple[bytes, datetime] | None = None,
    ) -> "Client":
        """Read what `metadata.check` let through; a name that is younger than the registration has its default."""
        registration = {**DEFAULTS, **registration}
        sets: dict[str, Any] = {name: frozenset(registration[name]) for name in _SETS}
        return cls(
            id=client_id,
            version=version,
            profile=PROFILES[profile],
            secret_fingerprint=secret_fingerprint,
            old_secret=old_secret,
            name=registration["client_name"] or client_id,
            native=registration["application_type"] == "native",
            auth_method=registration["token_endpoint_auth_method"],
            scope=frozenset(registration["scope"].split()),
            id_token_alg=registration["id_token_signed_response_alg"],
            sector=_sector(client_id, registration["sector_identifier_uri"]),
            default_acr_values=tuple(registration["default_acr_values"]),
            tls_client_auth=next(((name, registration[name]) for name in TLS_SUBJECTS if registration[name]), None),
            userinfo=JwtAnswer.parse("userinfo", registration),
            introspection=JwtAnswer.parse("introspection", registration),
            **{name: registration[name] for name in _AS_THEY_ARE},
            **sets,
            origins=frozenset(_origin(uri) for uri in registration["redirect_uris"]),
        )

    @property
    def reads_access_tokens(self) -> bool:
        """Its access tokens are JWTs, which a resource server can read (RFC 9068)."""
        return self.access_token_signed_response_alg is not None

    @property
    def public(self) -> bool:
        """It has no secret (RFC 6749 2.1)."""
        return self.auth_method == "none"

    @property
    def may_send_objects(self) -> bool:
        """It has keys, so it can sign request objects (RFC 9101)."""
        return self.jwks is not None or self.jwks_uri is not None

    def may_redirect_to(self, uri: str) -> bool:
        """Compared as whole strings (RFC 9700 2.1); for native apps on loopback the port is free (RFC 8252 7.3)."""
        if uri in self.redirect_uris:
            return True
        return self.native and (loose := without_loopback_port(uri)) is not None and loose in {
            without_loopback_port(registered) for registered in self.redirect_uris
        }  # fmt: skip


def without_loopback_port(uri: str) -> str | None:
    """A loopback redirect URI with its port taken out; None when it is not one (only literal IPs: RFC 8252 8.3)."""
    for start in ("http://127.0.0.1", "http://[::1]"):
        if uri.startswith(start):
            rest = uri[len(start) :]
            if rest.startswith(":"):
                digits = rest[1:].split("/", 1)[0]
                if not (digits.isascii() and digits.isdigit() and 0 < int(digits) < 65536):
                    return None
                rest = rest[1 + len(digits) :]
            return start + rest if rest.startswith("/") else None
    return None


def _sector(client_id: str, sector_identifier_uri: str | None) -> str:
    """The host of the file that clients of one publisher share (OIDC Core 8.1); without one, a sector of its own.

    The host of the redirect URI would do for the standard, but would give two publishers behind one host the same
    pseudonyms, and so a way to compare notes.
    """
    if sector_identifier_uri is None:
        return f"client:{client_id}"
    return f"host:{urlsplit(sector_identifier_uri).hostname}"


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
