"""How a client proves who it is at the token endpoint and its siblings: one function per method, one table.

In two steps. `examine` reads the request and does what is slow (a signature, a client's jwks_uri) before a transaction
is open; `settle` finds the client as it stands now, compares secrets, and spends an assertion. A secret is 256 random
bits and kept as a fingerprint, so a client is authenticated in microseconds, and an unknown client costs the same
comparison as a wrong secret.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import unquote_plus

from sqlalchemy import Connection

from idp.engine.clients import assertion
from idp.engine.clients.certificate import Certificate, Handover
from idp.engine.clients.client_keys import ClientKeys
from idp.engine.clients.model import Client
from idp.engine.clients.registry import Registry
from idp.engine.clients.signed_jwt import SignedJwt, parse
from idp.engine.wire import Environ
from idp.kernel.db import Database
from idp.kernel.secrets import fingerprint

_NOBODY = fingerprint("a secret that nobody has")


@dataclass(frozen=True, slots=True)
class Presented:
    """What the request showed: by which method, for which client, and with what.

    `proven` is set by `examine` for the methods whose proof needs no transaction. A certificate alone names no method:
    it may also be there to bind tokens to.
    """

    method: str
    client_id: str
    secret: str | None = None
    assertion: SignedJwt | None = None
    certificate: Certificate | None = None
    proven: bool | None = None

    @property
    def thumbprint(self) -> str | None:
        """Of the certificate that the client connected with: what its tokens may be bound to (RFC 8705 3)."""
        return self.certificate.thumbprint if self.certificate is not None else None


@dataclass(frozen=True, slots=True)
class Refusal:
    """RFC 6749 5.2: `error` invalid_request (400) or invalid_client (401)."""

    error: str
    description: str


_NO = Refusal("invalid_client", "unknown client, wrong proof, or another method than the registered one")


def _basic(authorization: str) -> Presented | Refusal:
    """client_secret_basic: both halves are form-encoded before base64 (RFC 6749 2.3.1)."""
    try:
        pair = base64.b64decode(authorization[6:].strip(), validate=True).decode()
        client_id, colon, secret = pair.partition(":")
        if colon:
            return Presented(
                "client_secret_basic", unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
            )
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    return Refusal("invalid_client", "the Authorization header is not Basic credentials")


def _post(form: Mapping[str, str]) -> Presented:
    """client_secret_post (RFC 6749 2.3.1)."""
    return Presented("client_secret_post", form.get("client_id", ""), form["client_secret"])


def _assertion(form: Mapping[str, str]) -> Presented | Refusal:
    """private_key_jwt (RFC 7521 4.2, RFC 7523 2.2)."""
    if form.get("client_assertion_type") != assertion.TYPE:
        return Refusal("invalid_request", "client_assertion_type is missing or another than jwt-bearer")
    jwt = parse(form.get("client_assertion", ""))
    client_id = assertion.names(jwt) if jwt is not None else None
    if jwt is None or client_id is None:
        return Refusal("invalid_client", "client_assertion is not a signed JWT with the client as iss and sub")
    return Presented("private_key_jwt", client_id, assertion=jwt)


def present(authorization: str | None, form: Mapping[str, str]) -> Presented | Refusal:
    """Which method the request uses. Two at once: invalid_request (RFC 6749 2.3)."""
    shown: list[Presented | Refusal] = []
    if authorization is not None and authorization[:6].lower() == "basic ":
        shown.append(_basic(authorization))
    if "client_secret" in form:
        shown.append(_post(form))
    if "client_assertion" in form or "client_assertion_type" in form:
        shown.append(_assertion(form))
    if len(shown) > 1:
        return Refusal("invalid_request", "two ways of client authentication at once")
    if shown:
        first = shown[0]
        if isinstance(first, Presented) and form.get("client_id", first.client_id) != first.client_id:
            return Refusal("invalid_request", "client_id differs from the authenticated client")
        return first
    if "client_id" in form:
        return Presented("none", form["client_id"])
    return Refusal("invalid_client", "no client authentication")


class Authenticator:
    """Finds and authenticates clients for every endpoint of one issuer."""

    def __init__(
        self, issuer: str, database: Database, registry: Registry, keys: ClientKeys, handover: Handover
    ) -> None:
        self.issuer, self.token_endpoint = issuer, f"{issuer}/token"
        self.keys, self.handover = keys, handover
        self._database, self._registry = database, registry

    def examine(self, environ: Environ, form: Mapping[str, str], now: datetime) -> Presented | Refusal:
        """What the request shows; `form` has no doubled names. Call it before a transaction is open."""
        shown = present(environ.get("HTTP_AUTHORIZATION"), form)
        if isinstance(shown, Refusal):
            return shown
        if self.handover.on and (certificate := self.handover.certificate(environ)) is not None:
            shown = replace(shown, certificate=certificate)
        if shown.assertion is None and shown.certificate is None:
            return shown
        with self._database.read() as db:
            client = self._registry.find(db, shown.client_id)
        if client is not None and shown.method == "none" and client.auth_method in CERTIFICATE_METHODS:
            shown = replace(shown, method=client.auth_method)
        return replace(shown, proven=METHODS[shown.method](self, client, shown, now))

    def settle(self, db: Connection, shown: Presented, now: datetime) -> Client | Refusal:
        """The client that sent this request. One read for simple clients; an assertion is spent by one insert."""
        client = self._registry.find(db, shown.client_id)
        proven = METHODS[shown.method](self, client, shown, now) if shown.proven is None else shown.proven
        if client is None or not proven or client.auth_method != shown.method:
            return _NO
        if shown.assertion is not None and not assertion.spend(db, shown.assertion):
            return Refusal("invalid_client", "this assertion was used before")
        return client


def _proves_secret(by: Authenticator, client: Client | None, shown: Presented, now: datetime) -> bool:
    """client_secret_basic, client_secret_post. During a change the old secret is as good as the new one."""
    kept = client.secret_fingerprint if client is not None else None
    old = client.old_secret if client is not None else None
    presented = fingerprint(shown.secret or "")
    # The same work for everybody: an unknown client is compared with secrets that nobody has.
    equal = hmac.compare_digest(kept or _NOBODY, presented)
    equals_old = hmac.compare_digest(old[0] if old else _NOBODY, presented)
    return (equal and kept is not None) or (equals_old and old is not None and now < old[1])


def _proves_key(by: Authenticator, client: Client | None, shown: Presented, now: datetime) -> bool:
    """private_key_jwt: its claims, and only then the signature, which may cost a call to the client."""
    if client is None or shown.assertion is None or client.auth_method != "private_key_jwt":
        return False
    if assertion.problem(shown.assertion, client, by.issuer, by.token_endpoint, now) is not None:
        return False
    return by.keys.prove(shown.assertion, client, now)


def _is_verified(by: Authenticator, client: Client | None, shown: Presented, now: datetime) -> bool:
    """tls_client_auth: an authority that the proxy trusts vouches for the registered name (RFC 8705 2.1)."""
    certificate = shown.certificate
    if client is None or certificate is None or client.tls_client_auth is None:
        return False
    return certificate.verified and certificate.is_named(*client.tls_client_auth)


def _is_registered(by: Authenticator, client: Client | None, shown: Presented, now: datetime) -> bool:
    """self_signed_tls_client_auth: the certificate, or its key, is one of the client's (RFC 8705 2.2)."""
    if client is None or shown.certificate is None or client.auth_method != "self_signed_tls_client_auth":
        return False
    return shown.certificate.is_one_of(by.keys.documents(client, now))


def _proves_nothing(by: Authenticator, client: Client | None, shown: Presented, now: datetime) -> bool:
    """none: a public client (RFC 6749 2.1)."""
    return client is not None


METHODS: Mapping[str, Callable[[Authenticator, Client | None, Presented, datetime], bool]] = {
    "client_secret_basic": _proves_secret,
    "client_secret_post": _proves_secret,
    "private_key_jwt": _proves_key,
    "tls_client_auth": _is_verified,
    "self_signed_tls_client_auth": _is_registered,
    "none": _proves_nothing,
}
CERTIFICATE_METHODS = frozenset({"tls_client_auth", "self_signed_tls_client_auth"})
