"""The table of signature algorithms: each signs what the field's own library can check, and nothing weak gets in."""

import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwk, jws

from idp.engine.algorithms import ALGORITHMS, PrivateKey, b64, public_key, thumbprint, unb64


def public_jwk(alg: str, key: PrivateKey) -> dict[str, str]:
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    exported = jwk.import_key(pem, ALGORITHMS[alg].kty).as_dict(private=False)  # type: ignore[arg-type]
    return {name: value for name, value in exported.items() if name in ("kty", "n", "e", "crv", "x", "y")}  # type: ignore[misc]


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_what_we_sign_joserfc_verifies_and_what_it_signs_we_verify(alg: str) -> None:
    key = ALGORITHMS[alg].generate()
    public = public_jwk(alg, key)
    message = b64(json.dumps({"alg": alg}).encode()) + b"." + b64(b"hello")
    token = (message + b"." + b64(ALGORITHMS[alg].sign(key, message))).decode()
    assert jws.deserialize_compact(token, jwk.import_key(public), algorithms=[alg]).payload == b"hello"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    theirs = jws.serialize_compact({"alg": alg}, b"hello", jwk.import_key(private, ALGORITHMS[alg].kty), [alg])  # type: ignore[arg-type]
    head, body, signature = theirs.split(".")
    ALGORITHMS[alg].verify(public_key(alg, public), unb64(signature), f"{head}.{body}".encode())


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_changed_message_is_refused(alg: str) -> None:
    key = ALGORITHMS[alg].generate()
    signature = ALGORITHMS[alg].sign(key, b"hello")
    with pytest.raises((InvalidSignature, ValueError)):
        ALGORITHMS[alg].verify(key.public_key(), signature, b"hullo")
    with pytest.raises((InvalidSignature, ValueError)):
        ALGORITHMS[alg].verify(key.public_key(), signature[:-1], b"hello")


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_the_thumbprint_is_that_of_rfc_7638(alg: str) -> None:
    public = public_jwk(alg, ALGORITHMS[alg].generate())
    assert thumbprint(public | {"use": "sig", "kid": "whatever"}) == jwk.import_key(public).thumbprint()


def test_a_private_key_is_no_public_key() -> None:
    public = public_jwk("ES256", ALGORITHMS["ES256"].generate())
    with pytest.raises(ValueError, match="not a public key"):
        public_key("ES256", public | {"d": "AAAA"})


def test_a_key_serves_its_own_kind_of_algorithm_only() -> None:
    public = public_jwk("ES256", ALGORITHMS["ES256"].generate())
    for alg in ("RS256", "PS256", "EdDSA"):
        with pytest.raises(ValueError, match="not a public key"):
            public_key(alg, public)
    with pytest.raises(ValueError, match="not a public key"):
        public_key("ES256", public | {"crv": "P-384"})


@pytest.mark.parametrize("bits", [1024, 4608])
def test_rsa_keys_are_neither_weak_nor_a_way_to_keep_us_busy(bits: int) -> None:
    numbers = rsa.generate_private_key(65537, bits).public_key().public_numbers()
    jwk_ = {"kty": "RSA", "n": b64(numbers.n.to_bytes(bits // 8)).decode(), "e": "AQAB"}
    with pytest.raises(ValueError, match="2048 to 4096"):
        public_key("PS256", jwk_)


def test_a_huge_rsa_exponent_is_refused() -> None:
    numbers = rsa.generate_private_key(65537, 2048).public_key().public_numbers()
    exponent = b64(((1 << 2000) + 1).to_bytes(251)).decode()
    with pytest.raises(ValueError, match="exponent"):
        public_key("RS256", {"kty": "RSA", "n": b64(numbers.n.to_bytes(256)).decode(), "e": exponent})


@pytest.mark.parametrize("text", ["a=", "a b", "a+b/", "é", "a\n", "ab=="])
def test_only_base64url_without_padding_is_read(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        unb64(text)
