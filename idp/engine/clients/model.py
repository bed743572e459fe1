"""A relying party as the engine works with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from idp.engine.clients.profiles import PROFILES, Profile


@dataclass(frozen=True, slots=True)
class Client:
    """Parsed registration metadata; immutable, so that it can be shared between threads."""

    id: str
    version: int
    profile: Profile
    secret_fingerprint: bytes | None
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
    initiate_login_uri: str | None
    default_max_age: int | None
    origins: frozenset[str]

    @classmethod
    def parse(
        cls,
        client_id: str,
        version: int,
        profile: str,
        secret_fingerprint: bytes | None,
        registration: Mapping[str, Any],
    ) -> "Client":
        """Read what `metadata.check` let through."""
        uris = frozenset(registration["redirect_uris"])
        return cls(
            id=client_id,
            version=version,
            profile=PROFILES[profile],
            secret_fingerprint=secret_fingerprint,
            name=registration["client_name"] or client_id,
            redirect_uris=uris,
            native=registration["application_type"] == "native",
            auth_method=registration["token_endpoint_auth_method"],
            grant_types=frozenset(registration["grant_types"]),
            scope=frozenset(registration["scope"].split()),
            id_token_alg=registration["id_token_signed_response_alg"],
            # A sector of its own for each client: the host alone (OIDC Core 8.1) would give two publishers behind one
            # host the same pseudonym, and so a way to compare notes.
            sector=f"client:{client_id}",
            subject_type=registration["subject_type"],
            post_logout_redirect_uris=frozenset(registration["post_logout_redirect_uris"]),
            backchannel_logout_uri=registration["backchannel_logout_uri"],
            initiate_login_uri=registration["initiate_login_uri"],
            default_max_age=registration["default_max_age"],
            origins=frozenset(_origin(uri) for uri in uris),
        )

    @property
    def public(self) -> bool:
        """It has no secret (RFC 6749 2.1)."""
        return self.auth_method == "none"

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


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
