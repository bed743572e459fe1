"""The public keys of clients: registered with them, or fetched from their `jwks_uri` and kept for a while.

A key that is not known yet is looked for again, at most once a minute for each client; whoever comes meanwhile waits
for that one call. Nothing is fetched inside a transaction.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from idp.engine.algorithms import PublicKey, public_key
from idp.engine.clients.checks import MAX_KEYS
from idp.engine.clients.model import Client
from idp.engine.clients.signed_jwt import SAME_AS, SignedJwt
from idp.kernel.outbound import Outbound, OutboundError

log = structlog.get_logger()

FRESH = timedelta(minutes=10)
"""After this the document is fetched again when it is next needed: a key that was taken out stops working."""

RETRY = timedelta(minutes=1)
KEEP = timedelta(hours=24)
"""How long fetched keys serve while their address does not answer."""

Jwk = Mapping[str, Any]


@dataclass(slots=True)
class _Kept:
    """What we know of one client's keys. `source` is what it was made of: the registered set, or the address."""

    source: Any
    keys: tuple[Jwk, ...] = ()
    fetched_at: datetime | None = None
    tried_at: datetime | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    imported: dict[tuple[int, str], PublicKey | None] = field(default_factory=dict)

    def replace(self, keys: tuple[Jwk, ...], now: datetime) -> None:
        self.keys, self.imported, self.fetched_at = keys, {}, now

    def younger_than(self, age: timedelta, now: datetime) -> bool:
        return self.fetched_at is not None and now - self.fetched_at < age

    def fit(self, alg: str, kid: str | None) -> Iterator[PublicKey]:
        """The keys that may have made a signature with this `alg` and `kid` (RFC 7517 4.2, 4.4, 4.5)."""
        keys, imported = self.keys, self.imported
        for index, jwk in enumerate(keys):
            if jwk.get("use", "sig") != "sig" or (kid is not None and jwk.get("kid") not in (None, kid)):
                continue
            named = str(jwk.get("alg", alg))
            if SAME_AS.get(named, named) != alg:
                continue
            if (index, alg) not in imported:
                imported[index, alg] = _import(alg, jwk)
            if (key := imported[index, alg]) is not None:
                yield key


class ClientKeys:
    """The keys of all clients, as this process knows them."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound
        self._kept: dict[str, _Kept] = {}

    def prove(self, jwt: SignedJwt, client: Client, now: datetime) -> bool:
        """Was this signed with a key of this client? May call its jwks_uri. `jwt.alg` is one that we know."""
        kept = self._of(client)
        if client.jwks_uri is None:
            return _proves(kept, jwt)
        if kept.younger_than(FRESH, now) and _proves(kept, jwt):
            return True
        self._refetch(kept, client.jwks_uri, now)
        return kept.younger_than(KEEP, now) and _proves(kept, jwt)

    def documents(self, client: Client, now: datetime) -> tuple[Jwk, ...]:
        """The client's keys as they are written: for certificates, and to encrypt to. May call its jwks_uri."""
        kept = self._of(client)
        if client.jwks_uri is not None and not kept.younger_than(FRESH, now):
            self._refetch(kept, client.jwks_uri, now)
        return kept.keys

    def _of(self, client: Client) -> _Kept:
        source = client.jwks_uri or client.jwks
        kept = self._kept.get(client.id)
        if kept is None or kept.source != source:
            kept = _Kept(source, keys=_readable(client.jwks))
            self._kept[client.id] = kept
        return kept

    def _refetch(self, kept: _Kept, address: str, now: datetime) -> None:
        with kept.lock:
            if kept.tried_at is not None and now - kept.tried_at < RETRY:
                return
            kept.tried_at = now
            try:
                answer = self._outbound.get(address)
                if answer.status != 200:
                    raise OutboundError(f"status {answer.status}")
                kept.replace(_readable(json.loads(answer.body)), now)
            except (OutboundError, ValueError, RecursionError) as problem:
                log.warning("client.keys_unreachable", problem=type(problem).__name__)


def _proves(kept: _Kept, jwt: SignedJwt) -> bool:
    return jwt.signed_by(kept.fit(SAME_AS.get(jwt.alg, jwt.alg), jwt.kid))


def _readable(document: Any) -> tuple[Jwk, ...]:
    """The keys of a JWKS document (RFC 7517 5); what is no key is passed over. Raises ValueError."""
    if document is None:
        return ()
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise ValueError("not a JWKS document")
    return tuple(key for key in keys[:MAX_KEYS] if isinstance(key, dict))


def _import(alg: str, jwk: Jwk) -> PublicKey | None:
    try:
        return public_key(alg, jwk)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
