"""The relying party of every environment: the provider, with credentials of its own at each."""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey

from clients.kept import kept
from clients.network.environments import Environment

CLIENT_ID = "sleutelbos"
SECRETS = "secrets.json"
KEYS = "client-keys.json"


@dataclass(frozen=True, slots=True)
class Party:
    """A registered client. `secret` proves it; for private_key_jwt it is the client's private key, as a JWK text."""

    client_id: str
    auth_method: str
    secret: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    backchannel_logout_uri: str
    initiate_login_uri: str


def parties(environments: Iterable[Environment], issuer: str, data: Path) -> Mapping[str, Party]:
    """The provider at `issuer`, as each environment knows it; what proves it is made once and kept under `data`."""
    every = list(environments)
    by_key = [one.slug for one in every if one.auth_method == "private_key_jwt"]
    by_secret = [one.slug for one in every if one.auth_method != "private_key_jwt"]
    proofs = kept(data / SECRETS, by_secret, lambda: secrets.token_urlsafe(32)) | kept(data / KEYS, by_key, _new_key)
    return {one.slug: _party(one, issuer, proofs[one.slug]) for one in every}


def _new_key() -> str:
    return json.dumps(ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True))


def _party(environment: Environment, issuer: str, secret: str) -> Party:
    ours = f"{issuer}/netwerk/{environment.slug}"
    return Party(
        client_id=CLIENT_ID,
        auth_method=environment.auth_method,
        secret=secret,
        redirect_uris=(f"{ours}/terug",),
        post_logout_redirect_uris=(f"{ours}/uitgelogd", f"{issuer}/"),
        backchannel_logout_uri=f"{ours}/backchannel",
        initiate_login_uri=f"{ours}/begin",
    )


def described(environment: Environment, base: str, party: Party) -> dict[str, Any]:
    """What the provider must know to be this relying party (`--print-clients`)."""
    by_key = party.auth_method == "private_key_jwt"
    return {
        "slug": environment.slug,
        "name": environment.name,
        "issuer": f"{base}/{environment.slug}",
        "client_id": party.client_id,
        "client_secret": None if by_key else party.secret,
        "client_key": json.loads(party.secret) if by_key else None,
        "token_endpoint_auth_method": party.auth_method,
        "id_token_signed_response_alg": environment.id_token_alg,
        "pupil_key": environment.pupil_key,
        "acr": {environment.acr: environment.acr_means},
        "redirect_uris": list(party.redirect_uris),
        "post_logout_redirect_uris": list(party.post_logout_redirect_uris),
        "backchannel_logout_uri": party.backchannel_logout_uri,
        "initiate_login_uri": party.initiate_login_uri,
    }
