"""From what a browser or a client brings to plain parameters: pushed requests found, request objects opened.

Everything slow happens here and once (a signature, a fetch), outside any transaction; what comes out is kept with the
pending request and never fetched again.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime

from idp.engine.clients.client_keys import ClientKeys
from idp.engine.clients.model import Client
from idp.engine.clients.registry import Registry
from idp.engine.requests import objects, pushed
from idp.engine.requests.authorization import LocalRefusal, Refusal, reply_to
from idp.engine.requests.checks import Problem
from idp.engine.requests.parameters import Parameters
from idp.kernel.db import Database
from idp.kernel.outbound import Outbound, OutboundError

AT_ONCE = 4
"""How many request objects are fetched at the same time: a publisher that answers slowly may not take every thread."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Opens requests for one issuer."""

    issuer: str
    database: Database
    registry: Registry
    keys: ClientKeys
    outbound: Outbound
    _calls: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))

    def resolve(self, given: Parameters, now: datetime) -> Parameters | Refusal | LocalRefusal:
        """The parameters of a request at /authorize. What this client may not use is left for the checks to refuse."""
        reference = given.get("request_uri")
        if reference is None and given.get("request") is None:
            return given
        with self.database.read() as db:
            if reference is not None and reference.startswith(pushed.PREFIX):
                found = pushed.find(db, reference, given.get("client_id") or "", now)
                return found or LocalRefusal("invalid_request_uri")
            client = self.registry.find(db, given.get("client_id") or "")
        if client is None or given.doubled:
            return given
        opened = self.unfold(client, given, now)
        if isinstance(opened, Parameters):
            return opened
        back = reply_to(client, given)
        return Refusal(back, *opened) if back is not None else LocalRefusal(opened[0])

    def unfold(self, client: Client, given: Parameters, now: datetime) -> Parameters | Problem:
        """The parameters inside `request`, or inside what lies at a registered `request_uri`."""
        text, reference = given.get("request"), given.get("request_uri")
        if text is not None and reference is not None:
            return given
        if reference is not None:
            if reference not in client.request_uris:
                return given
            if not self._calls.acquire(blocking=False):
                return "temporarily_unavailable", "too many request objects are being fetched"
            try:
                text = self._fetch(reference)
            finally:
                self._calls.release()
            if text is None:
                return "invalid_request_uri", "nothing usable came from request_uri"
        if text is None or not client.may_send_objects:
            return given
        return objects.read(text, client, given, self.issuer, lambda jwt: self.keys.prove(jwt, client, now), now)

    def _fetch(self, reference: str) -> str | None:
        """RFC 9101 5.2.3, with the limits of `Outbound`; the fragment only says which version is meant."""
        try:
            answer = self.outbound.get(reference.partition("#")[0])
            return answer.body.decode("ascii").strip() if answer.status == 200 else None
        except (OutboundError, UnicodeDecodeError):
            return None
