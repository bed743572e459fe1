"""Answers packed as JWTs for one client: signed, encrypted, or both in this order (OIDC Core 5.3.2, RFC 9701)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jwe, jwk
from joserfc.errors import JoseError

from idp.engine.clients.client_keys import ClientKeys
from idp.engine.clients.model import Client, JwtAnswer
from idp.engine.keys import KeyStore

_CURVES = frozenset({"P-256", "P-384", "P-521", "X25519"})


class NoKeyError(Exception):
    """The client wants encrypted answers, and has no key that we can encrypt to."""


@dataclass(frozen=True, slots=True)
class Packer:
    """Packs answers of one issuer."""

    issuer: str
    keys: KeyStore
    client_keys: ClientKeys

    def pack(self, client: Client, how: JwtAnswer, typ: str, claims: Mapping[str, Any], now: datetime) -> str:
        """A JWT with iss and aud. It may call the client's jwks_uri: no transaction is open. Raises NoKeyError."""
        whole = dict(claims) | {"iss": self.issuer, "aud": client.id}
        inner = self.keys.signer(how.signed_alg, now).sign(typ, whole) if how.signed_alg else json.dumps(whole)
        if how.encrypted_alg is None or how.encrypted_enc is None:
            return inner
        key = _fit(self.client_keys.documents(client, now), how.encrypted_alg)
        head = {"alg": how.encrypted_alg, "enc": how.encrypted_enc, "typ": typ}
        if how.signed_alg:
            head["cty"] = "JWT"
        if key.kid is not None:
            head["kid"] = key.kid
        return jwe.encrypt_compact(head, inner, key, algorithms=[how.encrypted_alg, how.encrypted_enc])


def _fit(documents: Sequence[Mapping[str, Any]], alg: str) -> jwk.RSAKey | jwk.ECKey | jwk.OKPKey:
    """The first of a client's keys that takes this algorithm (RFC 7517 4.2, 4.4). Raises NoKeyError."""
    for document in documents:
        if document.get("use", "enc") != "enc" or document.get("alg", alg) != alg:
            continue
        rsa = document.get("kty") == "RSA"
        if rsa != alg.startswith("RSA") or not (rsa or document.get("crv") in _CURVES):
            continue
        members = {name: item for name, item in document.items() if name in ("kty", "n", "e", "crv", "x", "y", "kid")}
        try:
            key = jwk.import_key(members)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if isinstance(key, jwk.RSAKey | jwk.ECKey | jwk.OKPKey):
            return key
    raise NoKeyError(alg)
