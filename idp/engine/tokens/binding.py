"""What an access token is bound to (RFC 7800 3.1): a DPoP key, a client certificate, or nothing (Bearer)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from idp.engine.clients.model import Client
from idp.engine.tokens.dpop import BadProof, Dpop
from idp.engine.wire import Environ


@dataclass(frozen=True, slots=True)
class Binding:
    """At most one of the two thumbprints."""

    jkt: str | None = None
    x5t: str | None = None

    @property
    def token_type(self) -> str:
        """RFC 6749 7.1, RFC 9449 5."""
        return "DPoP" if self.jkt is not None else "Bearer"

    @property
    def confirmation(self) -> Mapping[str, str] | None:
        """The `cnf` claim (RFC 9449 6.1, RFC 8705 3.1); None = a Bearer token has none."""
        if self.jkt is not None:
            return {"jkt": self.jkt}
        return {"x5t#S256": self.x5t} if self.x5t is not None else None


UNBOUND = Binding()


def bind(
    dpop: Dpop, db: Connection, environ: Environ, client: Client, certificate: str | None, now: datetime
) -> Binding | BadProof:
    """What a token request binds its tokens to. `certificate`: the thumbprint of the one that the client showed.

    A client that is registered for bound tokens gets no others (RFC 9449 5.2, RFC 8705 3.4, FAPI 2.0 5.3.2.1).
    """
    jkt = dpop.prove(db, environ, now, needs_nonce=client.require_dpop_nonce)
    if isinstance(jkt, BadProof):
        return jkt
    if jkt is not None:
        return Binding(jkt=jkt)
    if certificate is not None and client.tls_client_certificate_bound_access_tokens:
        return Binding(x5t=certificate)
    if client.dpop_bound_access_tokens or client.tls_client_certificate_bound_access_tokens:
        return BadProof("invalid_request", "this client gets only tokens that are bound to its key")
    return UNBOUND
