"""TLS certificates of clients in tests."""

import base64
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from tests.client_keys import ClientKey


def self_signed(key: ClientKey, name: str = "CN=app,O=Uitgever,C=NL") -> x509.Certificate:
    """A certificate of this key, with one subject alternative name of each kind."""
    subject = x509.Name.from_rfc4514_string(name)
    begins = datetime.now(UTC) - timedelta(days=1)
    names = [
        x509.DNSName("app.example"),
        x509.UniformResourceIdentifier("https://app.example/id"),
        x509.IPAddress(ip_address("192.0.2.1")),
        x509.RFC822Name("tls@app.example"),
    ]
    assert subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
    )
    return builder.sign(key.private, None if key.alg == "EdDSA" else hashes.SHA256())


def der(certificate: x509.Certificate) -> bytes:
    """Its bytes."""
    return certificate.public_bytes(serialization.Encoding.DER)


def rfc9440(certificate: x509.Certificate) -> str:
    """As RFC 9440 2.1 puts it into a header."""
    return f":{base64.b64encode(der(certificate)).decode()}:"


def pem(certificate: x509.Certificate) -> str:
    """As text."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def escaped(certificate: x509.Certificate) -> str:
    """As nginx's $ssl_client_escaped_cert."""
    return quote(pem(certificate), safe="")
