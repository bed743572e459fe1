"""How a client proves who it is at the token endpoint and its siblings: one function per method, one table.

A secret is 256 random bits and kept as a fingerprint, so a client is authenticated in microseconds, and an unknown
client costs the same comparison as a wrong secret.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from sqlalchemy import Connection

from idp.engine.clients.model import Client
from idp.engine.clients.registry import Registry
from idp.kernel.secrets import fingerprint

_NOBODY = fingerprint("a secret that nobody has")


@dataclass(frozen=True, slots=True)
class Presented:
    """What the request showed: by which method, for which client, with which secret."""

    method: str
    client_id: str
    secret: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """RFC 6749 5.2: `error` invalid_request (400) or invalid_client (401)."""

    error: str
    description: str


def _basic(authorization: str) -> Presented | Refusal:
    """client_secret_basic: both halves are form-encoded before base64 (RFC 6749 2.3.1)."""
    try:
        pair = base64.b64decode(authorization[6:].strip(), validate=True).decode()
        client_id, colon, secret = pair.partition(":")
        if colon:
            return Presented("client_secret_basic", unquote_plus(client_id), unquote_plus(secret))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    return Refusal("invalid_client", "the Authorization header is not Basic credentials")


def _post(form: Mapping[str, str]) -> Presented:
    return Presented("client_secret_post", form.get("client_id", ""), form["client_secret"])


def _none(form: Mapping[str, str]) -> Presented:
    return Presented("none", form["client_id"], None)


def present(authorization: str | None, form: Mapping[str, str]) -> Presented | Refusal:
    """Which method the request uses. Two at once: invalid_request (RFC 6749 2.3)."""
    shown: list[Presented | Refusal] = []
    if authorization is not None and authorization[:6].lower() == "basic ":
        shown.append(_basic(authorization))
    if "client_secret" in form:
        shown.append(_post(form))
    if len(shown) > 1:
        return Refusal("invalid_request", "two ways of client authentication at once")
    if shown:
        first = shown[0]
        if isinstance(first, Presented) and form.get("client_id", first.client_id) != first.client_id:
            return Refusal("invalid_request", "client_id differs from the authenticated client")
        return first
    if "client_id" in form:
        return _none(form)
    return Refusal("invalid_client", "no client authentication")


def _proves_secret(client: Client | None, presented: Presented) -> bool:
    kept = client.secret_fingerprint if client is not None else None
    # The same work for everybody: an unknown client is compared with a secret that nobody has.
    equal = hmac.compare_digest(kept or _NOBODY, fingerprint(presented.secret or ""))
    return equal and kept is not None


def _proves_nothing(client: Client | None, presented: Presented) -> bool:
    return client is not None


METHODS: Mapping[str, Callable[[Client | None, Presented], bool]] = {
    "client_secret_basic": _proves_secret,
    "client_secret_post": _proves_secret,
    "none": _proves_nothing,
}


def authenticate(
    registry: Registry, db: Connection, authorization: str | None, form: Mapping[str, str]
) -> Client | Refusal:
    """The client that sent this request. `authorization` is the header's value; `form` has no doubled names."""
    presented = present(authorization, form)
    if isinstance(presented, Refusal):
        return presented
    client = registry.find(db, presented.client_id)
    proven = METHODS[presented.method](client, presented)
    if client is None or not proven or client.auth_method != presented.method:
        return Refusal("invalid_client", "unknown client, wrong secret, or another method than the registered one")
    return client
