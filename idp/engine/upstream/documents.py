"""What an upstream publishes: its metadata, pinned to the configured issuer, and its keys. Each is kept ten minutes."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwk
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from idp.engine.upstream.model import Failed, Upstream, is_place
from idp.kernel.outbound import Answer, Outbound, OutboundError

KEPT = timedelta(minutes=10)
REFETCH_EVERY = timedelta(seconds=10)
"""Anybody can send us a token with an unknown `kid`: this often at most it makes us fetch the keys again."""

PAGE_S = 5.0
"""How long all calls of one page take at most, together."""

SLOW_S, SLOW_IN_A_ROW, REST = 2.0, 3, timedelta(seconds=10)
"""After three slow failures in a row an upstream is left alone for a while: waiting for it must not hold every thread
of the provider, on which the other schools depend."""

MIN_RSA_BITS = 2048
_KTY = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}


class Patience:
    """The time that the calls of one page share."""

    def __init__(self, seconds: float = PAGE_S) -> None:
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds; 0 or less = no more."""
        return self._until - time.monotonic()


@dataclass(frozen=True, slots=True)
class Metadata:
    """What we use of a discovery document (OpenID Connect Discovery 3)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    algorithms: frozenset[str]
    answers_with_iss: bool  # RFC 9207 3


class Documents:
    """The documents of all upstreams, as this process knows them, and every call that is made to one."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound, self._lock = outbound, threading.Lock()
        self._metadata: dict[str, tuple[datetime, Metadata]] = {}
        self._keys: dict[str, tuple[datetime, list[Mapping[str, Any]]]] = {}
        self._slow: dict[str, tuple[int, datetime]] = {}

    def metadata(self, upstream: Upstream, now: datetime, patience: Patience) -> Metadata | Failed:
        """The metadata of this upstream. Only a document that names the configured issuer, letter by letter, counts."""
        kept = self._metadata.get(upstream.issuer)
        if kept is not None and kept[0] <= now < kept[0] + KEPT:
            return kept[1]
        document = self.get(upstream, f"{upstream.issuer}/.well-known/openid-configuration", now, patience)
        if isinstance(document, Failed):
            return document
        found = _read(upstream, document)
        if isinstance(found, Metadata):
            self._metadata[upstream.issuer] = now, found
        return found

    def key(
        self, upstream: Upstream, jwks_uri: str, kid: str | None, alg: str, now: datetime, patience: Patience
    ) -> RSAKey | ECKey | Failed:
        """The key that verifies a token with this `kid` and `alg`; for an unknown one the keys are fetched again."""
        kept = self._keys.get(jwks_uri)
        if kept is not None and kept[0] <= now < kept[0] + KEPT:
            found = _choose(kept[1], kid, alg)
            if found is not None or now < kept[0] + REFETCH_EVERY:
                return found or Failed("token.kid")
        document = self.get(upstream, jwks_uri, now, patience)
        if isinstance(document, Failed):
            return document
        keys = document.get("keys")
        if not isinstance(keys, list):
            return Failed("jwks")
        self._keys[jwks_uri] = now, [key for key in keys if isinstance(key, dict)]
        return _choose(self._keys[jwks_uri][1], kid, alg) or Failed("token.kid")

    def get(
        self, upstream: Upstream, url: str, now: datetime, patience: Patience, bearer: str | None = None
    ) -> Mapping[str, Any] | Failed:
        """GET a JSON object."""
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        return self._call(upstream, now, lambda: self._outbound.get(url, headers, within_s=patience.left()))

    def post(
        self,
        upstream: Upstream,
        url: str,
        form: Mapping[str, str],
        now: datetime,
        patience: Patience,
        headers: Mapping[str, str],
    ) -> Mapping[str, Any] | Failed:
        """POST a form, for a JSON object."""
        accept = {"Accept": "application/json", **headers}
        return self._call(upstream, now, lambda: self._outbound.post_form(url, form, accept, within_s=patience.left()))

    def _call(self, upstream: Upstream, now: datetime, call: Callable[[], Answer]) -> Mapping[str, Any] | Failed:
        if not self._may_try(upstream.issuer, now):
            return Failed("unreachable")
        begun = time.monotonic()
        try:
            answer = call()
        except OutboundError:
            self._note(upstream.issuer, now, slow=time.monotonic() - begun > SLOW_S)
            return Failed("unreachable")
        self._note(upstream.issuer, now, slow=False)
        if answer.status >= 500:
            return Failed("unreachable")
        if answer.status != 200:
            return Failed(f"status.{answer.status}")
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError):
            return Failed("no_json")
        return found if isinstance(found, dict) else Failed("no_json")

    def _may_try(self, issuer: str, now: datetime) -> bool:
        """After a rest one caller tries, and the others wait for what comes of it."""
        with self._lock:
            failures, since = self._slow.get(issuer, (0, now))
            if failures < SLOW_IN_A_ROW:
                return True
            if now < since + REST:
                return False
            self._slow[issuer] = failures, now
            return True

    def _note(self, issuer: str, now: datetime, *, slow: bool) -> None:
        with self._lock:
            if slow:
                self._slow[issuer] = self._slow.get(issuer, (0, now))[0] + 1, now
            else:
                self._slow.pop(issuer, None)


def _read(upstream: Upstream, document: Mapping[str, Any]) -> Metadata | Failed:
    if document.get("issuer") != upstream.issuer:
        return Failed("metadata.issuer")
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    optional = ("userinfo_endpoint", "end_session_endpoint")
    for name in (*needed, *optional):
        if not is_place(document.get(name)) and (name in needed or document.get(name) is not None):
            return Failed(f"metadata.{name}")
    listed = document.get("id_token_signing_alg_values_supported")
    algorithms = frozenset(alg for alg in upstream.algorithms if isinstance(listed, list) and alg in listed)
    if not algorithms:
        return Failed("metadata.id_token_signing_alg_values_supported")
    return Metadata(
        authorization_endpoint=document["authorization_endpoint"],
        token_endpoint=document["token_endpoint"],
        jwks_uri=document["jwks_uri"],
        userinfo_endpoint=document.get("userinfo_endpoint"),
        end_session_endpoint=document.get("end_session_endpoint"),
        algorithms=algorithms,
        answers_with_iss=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _choose(keys: list[Mapping[str, Any]], kid: str | None, alg: str) -> RSAKey | ECKey | None:
    """The one key that fits; a token without `kid` needs a document in which only one does."""
    fit = [
        key
        for key in keys
        if key.get("kty") == _KTY[alg]
        and (kid is None or key.get("kid") == kid)
        and key.get("use", "sig") == "sig"
        and key.get("alg", alg) == alg
    ]
    if len(fit) != 1:
        return None
    try:
        key = jwk.import_key(dict(fit[0]))
    except (JoseError, ValueError, TypeError):
        return None
    if isinstance(key, RSAKey):
        return key if key.raw_value.key_size >= MIN_RSA_BITS else None
    return key if isinstance(key, ECKey) and key.curve_name == "P-256" else None
