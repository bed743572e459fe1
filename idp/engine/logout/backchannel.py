"""Back-channel logout (OpenID Connect Back-Channel Logout 1.0): the outbox handler that tells a client."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.engine.clients.registry import Registry
from idp.engine.keys import KeyStore
from idp.kernel.clock import now as clock_now
from idp.kernel.db import Database
from idp.kernel.outbound import Outbound, OutboundError
from idp.kernel.outbox import Delivered, Refused, Result, Retry
from idp.kernel.secrets import new_id

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFE_S = 120


@dataclass(frozen=True, slots=True)
class Deliverer:
    """The outbox handler of kind "backchannel_logout"; payload: client_id, sub, sid."""

    issuer: str
    database: Database
    registry: Registry
    keys: KeyStore
    outbound: Outbound

    def __call__(self, payload: Mapping[str, Any], attempts: int) -> Result:
        with self.database.read() as db:
            client = self.registry.find(db, payload["client_id"])
        if client is None or client.backchannel_logout_uri is None:
            return Refused("the client is gone, or wants no logout calls any more")
        token = self.logout_token(client.id, client.id_token_alg, payload, clock_now())
        try:
            answer = self.outbound.post_form(client.backchannel_logout_uri, {"logout_token": token})
        except OutboundError as error:
            return Retry(str(error))
        if answer.status in (200, 204):
            return Delivered(str(answer.status))
        # 2.8: 400 means that the client understood and refuses; anything else may pass.
        return Refused("400") if answer.status == 400 else Retry(str(answer.status))

    def logout_token(self, client_id: str, alg: str, about: Mapping[str, Any], now: datetime) -> str:
        """A logout token (2.4), made at delivery so that a late one is still fresh. It never holds a nonce."""
        issued = int(now.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": client_id,
            "iat": issued,
            "exp": issued + LIFE_S,
            "jti": new_id(),
            "events": {EVENT: {}},
            "sub": about["sub"],
            "sid": about["sid"],
        }
        return self.keys.signer(alg, now).sign("logout+jwt", claims)
