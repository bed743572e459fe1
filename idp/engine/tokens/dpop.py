"""Demonstrating Proof of Possession (RFC 9449): a request that shows that its sender holds a key.

`Dpop.prove` is what the endpoints ask. Nothing is kept about keys; a proof is spent by one INSERT, and server nonces
are made of the key ring and the hour, so that every process knows those of all others.
"""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from sqlalchemy import Connection

from idp.engine.algorithms import ALGORITHMS, PublicKey, b64, public_key, thumbprint, unb64
from idp.engine.once import Once
from idp.engine.tables import DPOP_PROOF
from idp.engine.wire import Environ
from idp.kernel.secrets import KeyRing, fingerprint

ALGS = ("ES256", "EdDSA", "PS256")
"""What a proof may be signed with (FAPI 2.0 Security Profile 5.4.1)."""

LEEWAY_S = 60
"""How far `iat` may lie from our clock; a proof is remembered as long as that lets it be replayed."""

NONCE_S = 300
"""A server nonce is given out this long, and accepted this long after that."""

MAX_PROOF = 8192

_PROOFS = Once(DPOP_PROOF)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class BadProof:
    """`error` invalid_dpop_proof or use_dpop_nonce (RFC 9449 5, 8)."""

    error: str
    description: str


@dataclass(frozen=True, slots=True)
class Dpop:
    """Checks proofs for the endpoints of one issuer."""

    issuer: str
    secret: bytes

    @classmethod
    def build(cls, issuer: str, keyring: KeyRing) -> "Dpop":
        """With a secret for nonces that every process of this provider has."""
        return cls(issuer, keyring.derive("dpop nonce").encode())

    def nonce(self, now: datetime) -> str:
        """The server nonce of this moment (RFC 9449 8)."""
        return self._nonce(int(now.timestamp()) // NONCE_S)

    def prove(
        self,
        db: Connection,
        environ: Environ,
        now: datetime,
        *,
        needs_nonce: bool = False,
        access_token: str | None = None,
    ) -> str | BadProof | None:
        """The thumbprint of the key that the sender holds; None = there is no proof. Spends the proof.

        `access_token`: the token that comes with it, at a protected resource.
        """
        proof: str | None = environ.get("HTTP_DPOP")
        if proof is None:
            return None
        try:
            head, body, signature = _parts(proof)
            alg, key, jkt = _head(head)
            ALGORITHMS[alg].verify(key, unb64(signature), f"{head}.{body}".encode())
            claims = json.loads(unb64(body))
            jti = fingerprint(f"{jkt} {_text(claims['jti'])}")
            problem = self._problem(claims, environ, now, access_token)
        except (InvalidSignature, ValueError, KeyError, TypeError, RecursionError):
            return BadProof("invalid_dpop_proof", "the DPoP header is not one proof as of RFC 9449 4.2")
        if problem is not None:
            return BadProof("invalid_dpop_proof", problem)
        if (needs_nonce or "nonce" in claims) and claims.get("nonce") not in self._nonces(now):
            return BadProof("use_dpop_nonce", "put the nonce of the DPoP-Nonce header into the proof")
        until = datetime.fromtimestamp(int(claims["iat"]) + LEEWAY_S, UTC)
        if not _PROOFS.spend(db, jti, until):
            return BadProof("invalid_dpop_proof", "this proof was used before")
        return jkt

    def _problem(self, claims: dict[str, Any], environ: Environ, now: datetime, access_token: str | None) -> str | None:
        """The checks of RFC 9449 4.3, in its order."""
        if claims["htm"] != environ["REQUEST_METHOD"]:
            return "htm is another method"
        ours = self.issuer + environ["PATH_INFO"]
        if claims["htu"] != ours and normal(_text(claims["htu"])) != normal(ours):
            return "htu is another address"
        issued = claims["iat"]
        if isinstance(issued, bool) or not isinstance(issued, int | float):
            return "iat is no time"
        if not abs(issued - int(now.timestamp())) <= LEEWAY_S:
            return "iat is too far from now"
        if access_token is not None and claims["ath"] != b64(hashlib.sha256(access_token.encode()).digest()).decode():
            return "ath is the hash of another token"
        return None

    def _nonce(self, window: int) -> str:
        return b64(hmac.digest(self.secret, b"%d" % window, "sha256")[:18]).decode()

    def _nonces(self, now: datetime) -> tuple[str, str]:
        window = int(now.timestamp()) // NONCE_S
        return self._nonce(window), self._nonce(window - 1)


def normal(uri: str) -> str:
    """Syntax- and scheme-normalised, without query and fragment (RFC 3986 6.2.2, 6.2.3). Raises ValueError."""
    parts = urlsplit(uri)
    host, port = parts.hostname or "", parts.port
    place = f"[{host}]" if ":" in host else host
    if port is not None and port != _PORTS.get(parts.scheme):
        place = f"{place}:{port}"
    if parts.username is not None:
        raise ValueError("a user part")
    return f"{parts.scheme}://{place}{_ESCAPE.sub(_unescape, parts.path) or '/'}"


def _unescape(match: re.Match[str]) -> str:
    character = chr(int(match.group(1), 16))
    return character if _UNRESERVED.fullmatch(character) else match.group(0).upper()


def _parts(proof: str) -> tuple[str, str, str]:
    # The server joins two headers with a comma, which no proof holds (RFC 9449 4.3, check 1).
    if len(proof) > MAX_PROOF:
        raise ValueError("too long")
    head, body, signature = proof.split(".")
    return head, body, signature


@lru_cache(maxsize=2048)
def _head(segment: str) -> tuple[str, PublicKey, str]:
    """Algorithm, key and thumbprint of a proof's header. A client's proofs all have the same one: it is read once."""
    head = json.loads(unb64(segment))
    alg = head["alg"]
    if head["typ"] != "dpop+jwt" or alg not in ALGS or "crit" in head:
        raise ValueError("not the header of a proof")
    return alg, public_key(alg, head["jwk"]), thumbprint(head["jwk"])


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("not a text")
    return value
