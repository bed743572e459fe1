"""The signature algorithms of this provider (RFC 7518 3, RFC 8037 3.1), as a table. Adding one is one row.

Written on `cryptography` directly: a general library costs as much as the signature itself.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members of a JWK that only its owner may know (RFC 7518 6)."""

_RSA_BITS = 2048
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)


@dataclass(frozen=True, slots=True)
class Algorithm:
    """How a key is made, signs, and is checked with; which JWK it takes; the hash of at_hash (OIDC Core 3.1.3.6).

    `verify` raises cryptography's InvalidSignature, or ValueError for what cannot be a signature.
    """

    kty: str
    crv: str | None
    generate: Callable[[], PrivateKey]
    sign: Callable[[PrivateKey, bytes], bytes]
    verify: Callable[[PublicKey, bytes, bytes], None]
    digest: str = "sha256"


def b64(data: bytes) -> bytes:
    """base64url without padding (RFC 7515 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def unb64(text: str) -> bytes:
    """The bytes of base64url without padding; nothing else passes. Raises ValueError."""
    if _BASE64URL.fullmatch(text) is None:
        raise ValueError("not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_key(alg: str, jwk: Mapping[str, Any]) -> PublicKey:
    """The key of a public JWK, as strict as the algorithm asks. Raises ValueError, KeyError or TypeError."""
    wanted = ALGORITHMS[alg]
    if jwk["kty"] != wanted.kty or jwk.get("crv") != wanted.crv or PRIVATE_MEMBERS & jwk.keys():
        raise ValueError("not a public key for this algorithm")
    if wanted.kty == "RSA":
        modulus, exponent = int.from_bytes(unb64(jwk["n"])), int.from_bytes(unb64(jwk["e"]))
        # Bounds from above too: checking a signature with a key that is far larger takes us far longer.
        if not _RSA_BITS <= modulus.bit_length() <= 2 * _RSA_BITS or exponent.bit_length() > 32:
            raise ValueError("an RSA key has 2048 to 4096 bits and a small exponent")
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    x = unb64(jwk["x"])
    if wanted.kty == "OKP":
        return ed25519.Ed25519PublicKey.from_public_bytes(x)
    y = unb64(jwk["y"])
    if len(x) != 32 or len(y) != 32:
        raise ValueError("coordinates of 32 bytes")
    return ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), ec.SECP256R1()).public_key()


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """The SHA-256 thumbprint of a public JWK (RFC 7638 3). Raises KeyError."""
    members = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}[jwk["kty"]]
    text = json.dumps({name: jwk[name] for name in members}, separators=(",", ":"))
    return b64(hashlib.sha256(text.encode()).digest()).decode()


def _rsa() -> PrivateKey:
    return rsa.generate_private_key(65537, _RSA_BITS)


def _p256() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _sign_rs256(key: PrivateKey, message: bytes) -> bytes:
    return cast(rsa.RSAPrivateKey, key).sign(message, padding.PKCS1v15(), hashes.SHA256())


def _verify_rs256(key: PublicKey, signature: bytes, message: bytes) -> None:
    cast(rsa.RSAPublicKey, key).verify(signature, message, padding.PKCS1v15(), hashes.SHA256())


def _sign_ps256(key: PrivateKey, message: bytes) -> bytes:
    return cast(rsa.RSAPrivateKey, key).sign(message, _PSS, hashes.SHA256())


def _verify_ps256(key: PublicKey, signature: bytes, message: bytes) -> None:
    cast(rsa.RSAPublicKey, key).verify(signature, message, _PSS, hashes.SHA256())


def _sign_es256(key: PrivateKey, message: bytes) -> bytes:
    der = cast(ec.EllipticCurvePrivateKey, key).sign(message, ec.ECDSA(hashes.SHA256()))
    r, s = decode_dss_signature(der)
    return r.to_bytes(32) + s.to_bytes(32)


def _verify_es256(key: PublicKey, signature: bytes, message: bytes) -> None:
    if len(signature) != 64:
        raise ValueError("an ES256 signature has 64 bytes")
    der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    cast(ec.EllipticCurvePublicKey, key).verify(der, message, ec.ECDSA(hashes.SHA256()))


def _sign_eddsa(key: PrivateKey, message: bytes) -> bytes:
    return cast(ed25519.Ed25519PrivateKey, key).sign(message)


def _verify_eddsa(key: PublicKey, signature: bytes, message: bytes) -> None:
    cast(ed25519.Ed25519PublicKey, key).verify(signature, message)


ALGORITHMS: Mapping[str, Algorithm] = {
    "RS256": Algorithm("RSA", None, _rsa, _sign_rs256, _verify_rs256),
    "ES256": Algorithm("EC", "P-256", _p256, _sign_es256, _verify_es256),
    "PS256": Algorithm("RSA", None, _rsa, _sign_ps256, _verify_ps256),
    "EdDSA": Algorithm(
        "OKP", "Ed25519", ed25519.Ed25519PrivateKey.generate, _sign_eddsa, _verify_eddsa, digest="sha512"
    ),
}
