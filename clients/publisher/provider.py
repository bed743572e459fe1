"""All that a publisher knows of its provider: the issuer's address. The rest is discovery, and Authlib's client."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from authlib.integrations.requests_client import OAuth2Session
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from clients.publisher.logout_token import LogoutToken, Refused, read
from clients.publisher.publishers import Publisher

PATIENCE_S = 5
METADATA_LIFE_S = 600
LEEWAY_S = 30
_REFETCH_S = 5
"""The least time between two looks at the provider's keys for a caller who has not proven to be the provider."""


class UnreachableError(Exception):
    """The provider does not answer, or not with what discovery promises."""


class AnswerError(Exception):
    """The provider's answer does not hold: nobody is signed in by it."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A browser is sent to `url`; `state` brings it back, and `data` is what must be remembered until then."""

    url: str
    state: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider said: the ID token, its claims, the userinfo claims, and a refresh token if one was asked."""

    id_token: str
    id_token_claims: Mapping[str, Any]
    userinfo: Mapping[str, Any]
    refresh_token: str | None


class _Session(OAuth2Session):  # type: ignore[misc]
    """A provider that is just starting is waited for a moment; a proxy of the environment is not for this machine."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, default_timeout=PATIENCE_S, **kwargs)
        self.trust_env = False
        for scheme in ("http://", "https://"):
            self.mount(scheme, HTTPAdapter(max_retries=Retry(connect=3, read=0, status=0, backoff_factor=0.2)))


class _Client(FlaskOAuth2App):  # type: ignore[misc]
    """Authlib's client, stricter in two points: the metadata is the issuer's own, and one algorithm is accepted."""

    client_cls = _Session
    server_metadata: dict[str, Any]

    def __init__(self, issuer: str, publisher: Publisher, secret: str | None) -> None:
        super().__init__(
            FlaskIntegration(publisher.slug),
            publisher.slug,
            client_id=publisher.slug,
            client_secret=secret,
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": publisher.scope,
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": publisher.auth_method,
                "revocation_endpoint_auth_method": publisher.auth_method,
            },
        )
        self._issuer, self._alg = issuer, publisher.id_token_alg

    def load_server_metadata(self) -> dict[str, Any]:
        """OpenID Connect Discovery 4.3: the issuer in the document is the one that was asked (ASVS 10.5.3)."""
        if time.time() - self.server_metadata.get("_loaded_at", 0) > METADATA_LIFE_S:
            # The keys go too: one that the provider withdrew is not believed for longer than this.
            self.server_metadata = {}
        metadata: dict[str, Any] = super().load_server_metadata()
        if metadata.get("issuer") != self._issuer:
            self.server_metadata = {}
            raise ValueError("the metadata is another issuer's")
        metadata["id_token_signing_alg_values_supported"] = [self._alg]
        return metadata


class Provider:
    """The provider for one publisher. Every method may raise UnreachableError."""

    def __init__(self, issuer: str, publisher: Publisher, secret: str | None) -> None:
        self.issuer = issuer
        self._publisher, self._secret = publisher, secret
        self._client = _Client(issuer, publisher, secret)
        self._refetched_at = 0.0

    def sign_in(self, redirect_uri: str, login_hint: str | None) -> Departure:
        """Begin a sign-in: fresh state, nonce and PKCE verifier (RFC 7636, S256)."""
        extra = {"login_hint": login_hint} if login_hint else {}
        with _reaching():
            made = self._client.create_authorization_url(redirect_uri, **extra)
        return Departure(
            made["url"],
            made["state"],
            {"redirect_uri": redirect_uri, "nonce": made["nonce"], "code_verifier": made["code_verifier"]},
        )

    def redeem(self, code: str, begun: Mapping[str, Any]) -> Answer:
        """Turn the code into what the provider says. Raises AnswerError unless all of it holds (OIDC Core 3.1.3.7)."""
        with _reaching():
            token = self._client.fetch_access_token(
                code=code, redirect_uri=begun["redirect_uri"], code_verifier=begun["code_verifier"]
            )
            if "id_token" not in token or "access_token" not in token:
                raise AnswerError("no ID token or no access token")
            claims = self._client.parse_id_token(
                token, nonce=begun["nonce"], claims_options=self._expected(), leeway=LEEWAY_S
            )
        userinfo = self._userinfo(token, claims["sub"])
        return Answer(token["id_token"], dict(claims), userinfo, token.get("refresh_token"))

    def ask_again(self, refresh_token: str, sub: str) -> tuple[Mapping[str, Any], str]:
        """(userinfo as it is now, the refresh token for next time). Raises AnswerError when it is not told any more."""
        with _reaching(), self._session() as session:
            endpoint = self._client.load_server_metadata()["token_endpoint"]
            token = session.refresh_token(endpoint, refresh_token=refresh_token)
        return self._userinfo(token, sub), token.get("refresh_token", refresh_token)

    def hand_back(self, refresh_token: str) -> None:
        """Tell the provider that this refresh token is not needed any more (RFC 7009)."""
        with _reaching(), self._session() as session:
            endpoint = self._client.load_server_metadata().get("revocation_endpoint")
            if endpoint:
                session.revoke_token(endpoint, token=refresh_token, token_type_hint="refresh_token")

    def sign_out(self, id_token: str, back_to: str) -> Departure:
        """The way to the provider's own sign-out (RP-Initiated Logout 2)."""
        with _reaching():
            made = self._client.create_logout_url(back_to, id_token)
        return Departure(made["url"], made["state"], {})

    def read_logout_token(self, text: str, now: int) -> LogoutToken | Refused:
        """Check a logout token with the provider's keys, fetched again when it was signed with an unknown one."""
        outcome = self._read(text, now, force=False)
        if isinstance(outcome, Refused) and outcome.unknown_key and time.monotonic() - self._refetched_at > _REFETCH_S:
            self._refetched_at = time.monotonic()
            outcome = self._read(text, now, force=True)
        return outcome

    def _read(self, text: str, now: int, *, force: bool) -> LogoutToken | Refused:
        with _reaching():
            keys = KeySet.import_key_set(self._client.fetch_jwk_set(force=force))
        publisher = self._publisher
        return read(text, keys=keys, issuer=self.issuer, client_id=publisher.slug, alg=publisher.id_token_alg, now=now)

    def _userinfo(self, token: Mapping[str, Any], sub: str) -> dict[str, Any]:
        """OIDC Core 5.3.2: an answer about somebody else is not used."""
        with _reaching():
            userinfo = dict(self._client.userinfo(token=token))
        if userinfo.get("sub") != sub:
            raise AnswerError("userinfo is about somebody else")
        return userinfo

    def _expected(self) -> dict[str, Any]:
        """What the ID token must say, beyond what Authlib always checks (exp, iat, nbf, nonce, azp)."""
        return {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self._publisher.slug},
            "at_hash": {"essential": True},
        }

    def _session(self) -> Any:
        method = self._publisher.auth_method
        return _Session(
            self._publisher.slug,
            self._secret,
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
        )


@contextmanager
def _reaching() -> Iterator[None]:
    """Sorts what can go wrong on the way into the two things that a page can say."""
    try:
        yield
    except requests.RequestException as error:
        answered = error.response is not None and error.response.status_code < 500
        raise (AnswerError if answered else UnreachableError)(type(error).__name__) from error
    except (OAuthError, JoseError, ValueError, KeyError, TypeError) as error:
        raise AnswerError(type(error).__name__) from error
