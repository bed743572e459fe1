"""A client's TLS certificate (RFC 8705), handed over in a header by a proxy that we trust; from anybody else: nothing.

The proxy ends TLS and says what it saw: the certificate, and in a second header whether it leads to an authority that
the proxy trusts. It must take both headers out of what clients send.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any
from urllib.parse import unquote

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from idp.engine.algorithms import b64, unb64

MAX_LENGTH = 16 * 1024
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a client showed when it connected; `verified`: the proxy found an authority that it trusts."""

    der: bytes
    parsed: x509.Certificate
    verified: bool

    @property
    def thumbprint(self) -> str:
        """`x5t#S256`: what tokens are bound to (RFC 8705 3.1)."""
        return b64(hashlib.sha256(self.der).digest()).decode()

    def is_named(self, field_name: str, value: str) -> bool:
        """Does its subject, or the subject alternative name of that kind, hold exactly this (RFC 8705 2.1.2)?"""
        if field_name == "tls_client_auth_subject_dn":
            return _same_name(self.parsed.subject, value)
        kind, read = _SAN[field_name]
        try:
            names = self.parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (x509.ExtensionNotFound, ValueError):
            return False
        return any(read(name) == _comparable(field_name, value) for name in names if isinstance(name, kind))

    def is_one_of(self, keys: Sequence[Mapping[str, Any]]) -> bool:
        """Is it, or its key, among these JWKs (RFC 8705 2.2.2)?"""
        return any(self._is(jwk) for jwk in keys)

    def _is(self, jwk: Mapping[str, Any]) -> bool:
        chain = jwk.get("x5c")
        if isinstance(chain, list) and chain and isinstance(chain[0], str):
            return base64.b64encode(self.der).decode() == "".join(chain[0].split())
        try:
            return _members(self.parsed) == tuple(unb64(jwk[name]).lstrip(b"\0") for name in _MEMBERS[jwk["kty"]])
        except (ValueError, KeyError, TypeError, UnsupportedAlgorithm):
            return False


@dataclass(frozen=True, slots=True)
class Handover:
    """How the proxy hands certificates over: from where, and in which headers (RFC 9440 names the first)."""

    trusted: Sequence[IPv4Network | IPv6Network] = ()
    header: str = ""
    verified_header: str = "Client-Cert-Verify"
    _names: tuple[str, str] = field(init=False, default=("", ""))

    def __post_init__(self) -> None:
        names = (_variable(self.header), _variable(self.verified_header))
        object.__setattr__(self, "_names", names)

    @property
    def on(self) -> bool:
        """Is there a proxy that hands over anything?"""
        return bool(self.header and self.trusted)

    def certificate(self, environ: Mapping[str, Any]) -> Certificate | None:
        """The certificate of this request's sender; None = it showed none, or nobody we trust says so."""
        if not self.header:
            return None
        text = environ.get(self._names[0])
        if not text or len(text) > MAX_LENGTH or not self._is_trusted(environ.get("REMOTE_ADDR", "")):
            return None
        read = _read(text)
        return read and Certificate(*read, verified=environ.get(self._names[1]) == "SUCCESS")

    def _is_trusted(self, address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in self.trusted)
        except ValueError:
            return False


def _variable(header: str) -> str:
    return "HTTP_" + header.upper().replace("-", "_")


@lru_cache(maxsize=512)
def _read(text: str) -> tuple[bytes, x509.Certificate] | None:
    """RFC 9440 (:base64 of DER:), PEM with its lines folded, or PEM percent-encoded (nginx)."""
    plain = unquote(text) if "%" in text else text
    pem = _PEM.search(plain)
    encoded = pem.group(1) if pem else plain.strip().strip(":")
    try:
        der = base64.b64decode("".join(encoded.split()), validate=True)
        return der, x509.load_der_x509_certificate(der)
    except ValueError:
        return None


_MEMBERS = {"RSA": ("n", "e"), "EC": ("x", "y"), "OKP": ("x",)}


def _members(certificate: x509.Certificate) -> tuple[bytes, ...]:
    """The numbers of its public key, as a JWK names them (RFC 7518 6)."""
    key = certificate.public_key()
    numbers = getattr(key, "public_numbers", None)
    if numbers is None:
        raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return (raw.lstrip(b"\0"),)
    found = numbers()
    values = (found.n, found.e) if hasattr(found, "n") else (found.x, found.y)
    return tuple(value.to_bytes((value.bit_length() + 7) // 8) for value in values)


_SAN: Mapping[str, tuple[type[x509.GeneralName], Any]] = {
    "tls_client_auth_san_dns": (x509.DNSName, lambda name: name.value.lower()),
    "tls_client_auth_san_uri": (x509.UniformResourceIdentifier, lambda name: name.value),
    "tls_client_auth_san_ip": (x509.IPAddress, lambda name: str(name.value)),
    "tls_client_auth_san_email": (x509.RFC822Name, lambda name: name.value.lower()),
}


def _comparable(field_name: str, value: str) -> str:
    """The registered value as it is compared: names of hosts and mailboxes without case, addresses in one spelling."""
    if field_name == "tls_client_auth_san_ip":
        return str(ip_address(value))
    return value if field_name == "tls_client_auth_san_uri" else value.lower()


def _same_name(subject: x509.Name, value: str) -> bool:
    """RFC 4514 text against a name; the order of its parts matters, their spelling does not."""
    try:
        wanted = x509.Name.from_rfc4514_string(value)
    except ValueError:
        return False
    return wanted == subject or wanted.rfc4514_string() == subject.rfc4514_string()
