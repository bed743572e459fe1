"""What the provider must know of each publisher: the registration names of RFC 7591 and OpenID Connect."""

import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from clients.kept import kept
from clients.publisher.publishers import Publisher

SECRETS = "secrets.json"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
"""RFC 8628: for a digital board, which has no keyboard."""


def secrets_of(publishers: Iterable[Publisher], data: Path) -> Mapping[str, str | None]:
    """Each publisher's client secret (256 random bits), made once and kept under `data`; None for a public client."""
    every = list(publishers)
    confidential = [publisher.slug for publisher in every if publisher.auth_method != "none"]
    found = kept(data / SECRETS, confidential, lambda: secrets.token_urlsafe(32))
    return {publisher.slug: found.get(publisher.slug) for publisher in every}


def registration(publisher: Publisher, base: str, secret: str | None) -> dict[str, Any]:
    """The entry for `sleutelbos client import`; `base` is where the publishers are found."""
    home = f"{base}/{publisher.slug}/"
    grants = [
        "authorization_code",
        *(["refresh_token"] if publisher.offline_access else []),
        *([DEVICE_GRANT] if publisher.board else []),
    ]
    return {
        "client_id": publisher.slug,
        **({} if secret is None else {"client_secret": secret}),
        "client_name": publisher.name,
        "client_uri": home,
        "redirect_uris": [home + "callback"],
        "post_logout_redirect_uris": [home + "uitgelogd"],
        "initiate_login_uri": home + "login",
        "backchannel_logout_uri": home + "backchannel",
        "backchannel_logout_session_required": True,
        "token_endpoint_auth_method": publisher.auth_method,
        "grant_types": grants,
        "response_types": ["code"],
        "scope": publisher.scope,
        "id_token_signed_response_alg": publisher.id_token_alg,
        "sleutelbos": {
            "profile": "simple",
            "subject_type": "pairwise",
            "claims": list(publisher.claims),
            "all_schools": publisher.all_schools,
        },
    }
