"""Makes DPoP proofs (RFC 9449 4.2), right ones and wrong ones."""

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import serialization
from joserfc import jwk

from idp.engine.algorithms import ALGORITHMS, PrivateKey, thumbprint


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class ProofKey:
    """A key that proofs are made with."""

    alg: str
    private: PrivateKey
    public: dict[str, Any]

    @classmethod
    def generate(cls, alg: str = "ES256") -> "ProofKey":
        """A new key."""
        private = ALGORITHMS[alg].generate()
        pem = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        exported = jwk.import_key(pem, ALGORITHMS[alg].kty).as_dict(private=False)  # type: ignore[arg-type]
        members = ("kty", "n", "e", "crv", "x", "y")
        return cls(alg, private, {name: exported[name] for name in members if name in exported})

    @property
    def jkt(self) -> str:
        """Its thumbprint."""
        return thumbprint(self.public)

    def proof(
        self,
        method: str,
        url: str,
        *,
        token: str | None = None,
        head: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """A proof for one request; `head` and `claims` replace parts of it, and None takes a part out."""
        whole_head = {"typ": "dpop+jwt", "alg": self.alg, "jwk": self.public} | (head or {})
        good: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": url,
            "iat": int(time.time()),
        }
        if token is not None:
            good["ath"] = b64(hashlib.sha256(token.encode()).digest())
        whole = {name: value for name, value in (good | claims).items() if value is not None}
        return self.sign(whole_head, whole)

    def sign(self, head: dict[str, Any], claims: Any) -> str:
        """A JWS of anything."""
        message = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
        return f"{message}.{b64(ALGORITHMS[self.alg].sign(self.private, message.encode()))}"
