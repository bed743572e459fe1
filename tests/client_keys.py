"""Keys of clients in tests, and what is signed with them: client assertions and request objects, right and wrong."""

import base64
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any, cast

from cryptography.hazmat.primitives import serialization
from joserfc import jwk

from idp.engine.algorithms import ALGORITHMS, PrivateKey

MEMBERS = ("kty", "n", "e", "crv", "x", "y")


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class ClientKey:
    """One key pair of a client."""

    alg: str
    kid: str
    private: PrivateKey
    public: dict[str, Any]

    @classmethod
    def generate(cls, alg: str = "ES256", kid: str | None = None) -> "ClientKey":
        """A new pair."""
        private, kid = ALGORITHMS[alg].generate(), kid or secrets.token_urlsafe(6)
        pem = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        exported = jwk.import_key(pem, cast(Any, ALGORITHMS[alg].kty)).as_dict(private=False)
        return cls(alg, kid, private, {name: exported[name] for name in MEMBERS if name in exported} | {"kid": kid})

    @property
    def jwks(self) -> dict[str, Any]:
        """The set that a client registers."""
        return {"keys": [self.public]}

    def sign(self, claims: Any, **head: Any) -> str:
        """A JWS; `head` replaces or takes out (None) header members."""
        whole = {"alg": self.alg, "kid": self.kid} | head
        kept = {name: value for name, value in whole.items() if value is not None}
        message = f"{b64(json.dumps(kept).encode())}.{b64(json.dumps(claims).encode())}"
        return f"{message}.{b64(ALGORITHMS[self.alg].sign(self.private, message.encode()))}"

    def assertion(self, client_id: str, audience: Any, head: dict[str, Any] | None = None, /, **changes: Any) -> str:
        """A client assertion (RFC 7523 3), good but for `changes`; None takes a claim out."""
        now = int(time.time())
        good = {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_urlsafe(16),
        }
        return self.sign(_without_none(good | changes), **(head or {}))

    def request_object(self, client_id: str, issuer: str, parameters: dict[str, Any], /, **changes: Any) -> str:
        """A request object (RFC 9101 4), good but for `changes`; `head` replaces header members."""
        now, head = int(time.time()), changes.pop("head", {})
        good = parameters | {"iss": client_id, "aud": issuer, "nbf": now, "exp": now + 300}
        return self.sign(_without_none(good | changes), **({"typ": "oauth-authz-req+jwt"} | head))


def _without_none(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if value is not None}


def unsigned(claims: dict[str, Any]) -> str:
    """A JWT with alg none."""
    return f"{b64(json.dumps({'alg': 'none'}).encode())}.{b64(json.dumps(claims).encode())}."
