"""Certificates that a proxy hands over (RFC 8705): believed from that proxy alone."""

import base64
import hashlib
from ipaddress import ip_network
from typing import Any

import pytest

from idp.engine.clients.certificate import Certificate, Handover
from tests.certificates import der, escaped, pem, rfc9440, self_signed
from tests.client_keys import ClientKey, b64

KEY, OTHER = ClientKey.generate(), ClientKey.generate()
CERTIFICATE = self_signed(KEY)
HANDOVER = Handover((ip_network("10.0.0.0/8"),), "Client-Cert")


def request(text: str, address: str = "10.1.2.3", verified: str | None = "SUCCESS") -> dict[str, Any]:
    environ = {"REMOTE_ADDR": address, "HTTP_CLIENT_CERT": text}
    return environ | ({"HTTP_CLIENT_CERT_VERIFY": verified} if verified is not None else {})


def handed_over(text: str = "", **more: Any) -> Certificate:
    found = HANDOVER.certificate(request(text or rfc9440(CERTIFICATE), **more))
    assert found is not None
    return found


@pytest.mark.parametrize("write", [rfc9440, escaped, lambda c: pem(c).replace("\n", " "), lambda c: rfc9440(c)[1:-1]])
def test_every_way_in_which_proxies_write_a_certificate(write: Any) -> None:
    assert handed_over(write(CERTIFICATE)).der == der(CERTIFICATE)


def test_rfc8705_3_1_the_thumbprint() -> None:
    assert handed_over().thumbprint == b64(hashlib.sha256(der(CERTIFICATE)).digest())


@pytest.mark.parametrize("address", ["192.0.2.9", "", "unix:", "11.0.0.1"])
def test_nobody_else_is_believed(address: str) -> None:
    assert HANDOVER.certificate(request(rfc9440(CERTIFICATE), address)) is None


def test_nothing_is_believed_while_no_header_is_set() -> None:
    off = Handover((ip_network("10.0.0.0/8"),))
    assert (off.on, off.certificate(request(rfc9440(CERTIFICATE)))) == (False, None)


@pytest.mark.parametrize("text", ["", "x", ":é:", ":AAAA:", "%ff", "x" * 20_000, "-----BEGIN CERTIFICATE-----"])
def test_what_is_no_certificate(text: str) -> None:
    assert HANDOVER.certificate(request(text)) is None


@pytest.mark.parametrize("verified", ["FAILED:self-signed certificate", "NONE", "", None, "success"])
def test_an_authority_vouches_or_does_not(verified: str | None) -> None:
    assert handed_over().verified
    assert not handed_over(verified=verified).verified


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("subject_dn", "CN=app,O=Uitgever,C=NL"),
        ("san_dns", "APP.example"),
        ("san_uri", "https://app.example/id"),
        ("san_ip", "192.0.2.1"),
        ("san_email", "tls@app.example"),
    ],
)
def test_rfc8705_2_1_2_the_registered_name(name: str, value: str) -> None:
    assert handed_over().is_named(f"tls_client_auth_{name}", value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("subject_dn", "C=NL,O=Uitgever,CN=app"),
        ("subject_dn", "CN=app"),
        ("subject_dn", "nonsense"),
        ("san_dns", "sub.app.example"),
        ("san_uri", "https://app.example/ID"),
        ("san_ip", "192.0.2.2"),
        ("san_email", "x@app.example"),
    ],
)
def test_another_name_is_not_it(name: str, value: str) -> None:
    assert not handed_over().is_named(f"tls_client_auth_{name}", value)


@pytest.mark.parametrize("alg", ["ES256", "RS256", "EdDSA"])
def test_rfc8705_2_2_a_self_signed_certificate_belongs_to_a_registered_key(alg: str) -> None:
    key = ClientKey.generate(alg)
    shown = handed_over(rfc9440(self_signed(key)))
    assert shown.is_one_of([OTHER.public, key.public])
    assert not shown.is_one_of([OTHER.public])


def test_rfc8705_2_2_a_chain_that_was_registered_must_be_this_very_certificate() -> None:
    with_chain = KEY.public | {"x5c": [base64.b64encode(der(CERTIFICATE)).decode()]}
    assert handed_over().is_one_of([with_chain])
    assert not handed_over(rfc9440(self_signed(KEY))).is_one_of([with_chain])


@pytest.mark.parametrize("jwk", [{}, {"kty": "RSA"}, {"kty": "EC", "x": 1, "y": 2}, {"kty": "x"}, {"x5c": []}])
def test_keys_that_are_none(jwk: dict[str, Any]) -> None:
    assert not handed_over().is_one_of([jwk])
