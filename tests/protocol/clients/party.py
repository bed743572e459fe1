"""Authlib's own client at a network environment."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from clients.environment import Settings
from clients.network.app import make_app
from clients.network.environments import Environment
from tests.protocol.clients.world import Traveller, address, listening, new_client_key, registered

HOME = "https://party.example/"
VERIFIER = "a-verifier-of-forty-three-characters-or-more-0123"


@dataclass(slots=True)
class Party:
    """Authlib's client at one environment."""

    environment: Environment
    issuer: str
    secret: str
    metadata: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.metadata = requests.get(f"{self.issuer}/.well-known/openid-configuration", timeout=5).json()

    def session(self) -> Any:
        """A client session as this environment registered it."""
        method = self.environment.auth_method
        by_key = method == "private_key_jwt"
        made = OAuth2Session(
            "party",
            ECKey.import_key(json.loads(self.secret)) if by_key else self.secret,
            token_endpoint_auth_method=method,
            redirect_uri=HOME + "callback",
            scope="openid profile",
            code_challenge_method="S256",
        )
        if by_key:
            made.register_client_auth_method(PrivateKeyJWT(self.metadata["token_endpoint"], alg="ES256"))
        return made

    def asked(self, **more: str) -> str:
        """The address of a good authorization request, with more parameters."""
        url, _ = self.session().create_authorization_url(
            self.metadata["authorization_endpoint"], state="s", code_verifier=VERIFIER, nonce="n", **more
        )
        return str(url)

    def answer(self, url: str, browser: Traveller | None = None, person: str = "") -> dict[str, str]:
        """What the party is answered when a browser opens `url`, and signs in as `person` if it is asked who it is."""
        browser = browser or Traveller(self.issuer)
        page = browser.ask("GET", url)
        if page.status == 200:
            fields = {name: page.select(f"input[name={name}]")[0].get("value") for name in ("form_token", "request")}
            username = person or self.environment.people[0].username
            page = browser.ask("POST", f"{self.issuer}/aanmelden", data=fields | {"person": username})
        assert page.status == 303, (page.status, page.text)
        location = page.headers["Location"]
        assert location.startswith(HOME + "callback?"), location
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    def redeem(self, code: str, **changes: str) -> dict[str, Any]:
        """The token answer."""
        token: dict[str, Any] = self.session().fetch_token(
            self.metadata["token_endpoint"], code=code, code_verifier=changes.get("verifier", VERIFIER)
        )
        return token

    def claims(self, token: dict[str, Any]) -> dict[str, Any]:
        """The claims of the ID token, checked by Authlib and joserfc."""
        keys = KeySet.import_key_set(requests.get(self.metadata["jwks_uri"], timeout=5).json())
        read = jwt.decode(token["id_token"], keys, algorithms=self.metadata["id_token_signing_alg_values_supported"])
        options = {"iss": {"essential": True, "value": self.issuer}, "aud": {"essential": True, "value": "party"}}
        parameters = {"nonce": "n", "client_id": "party", "access_token": token["access_token"]}
        claims = CodeIDToken(read.claims, read.header, options, parameters)
        claims.validate()
        return dict(claims)


@contextmanager
def at(environment: Environment, folder: Path, keys: Path) -> Iterator[Party]:
    """A client at this environment, running; `keys` is a folder whose signing keys may be used again."""
    secret = new_client_key() if environment.auth_method == "private_key_jwt" else "a-secret-that-is-long-enough"
    with listening() as server:
        (folder / "keys").symlink_to(keys)
        settings = Settings("https://party.example", "127.0.0.1", address(server), folder)
        known = {environment.slug: registered("party", environment.auth_method, secret, HOME)}
        server.app = make_app(settings, [environment], known)
        yield Party(environment, f"{address(server)}/{environment.slug}", secret)
