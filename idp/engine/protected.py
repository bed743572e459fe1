"""How a protected resource of this issuer looks at an access token: how it came, whether it lives, whose it is.

Used by userinfo, and by any API that is put on this engine. RFC 6750, RFC 8705 3, RFC 9449 7, RFC 9728 5.1.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from idp.engine.clients.certificate import Handover
from idp.engine.clients.model import Client
from idp.engine.clients.registry import Registry
from idp.engine.tokens.dpop import ALGS, BadProof, Dpop
from idp.engine.tokens.lookup import living
from idp.engine.wire import NO_STORE, Answer, Environ, RefusedError, error, read_form
from idp.kernel.prepared import Record

BEARER, DPOP = "Bearer", "DPoP"
_ALGS = f'algs="{" ".join(ALGS)}"'


@dataclass(frozen=True, slots=True)
class Shown:
    """The one access token of a request, and the scheme under which it came."""

    scheme: str
    token: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """A living token that its rightful sender showed: the columns of `tokens.lookup`, and the client it belongs to."""

    row: Record
    client: Client


@dataclass(frozen=True, slots=True)
class Door:
    """Admits requests to protected resources. `metadata` is where RFC 9728 describes them."""

    registry: Registry
    dpop: Dpop
    handover: Handover
    metadata: str

    def shown(self, environ: Environ) -> Shown:
        """The token of the Authorization header, or of a form (RFC 6750 2.1, 2.2). Raises RefusedError."""
        scheme, _, value = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        header = {"bearer": BEARER, "dpop": DPOP}.get(scheme.lower())
        value = value.strip()
        # The server joins two headers with a comma, which no token holds.
        if header is not None and ("," in value or not value):
            raise RefusedError(error(400, "invalid_request", "one Authorization header with one token"))
        body = None
        if environ["REQUEST_METHOD"] == "POST" and environ.get("CONTENT_TYPE"):
            body = read_form(environ).get("access_token")
        if header is not None and body is not None:
            raise RefusedError(error(400, "invalid_request", "the token stands in two places"))
        if header is not None:
            return Shown(header, value)
        if body is not None:
            return Shown(BEARER, body)
        # RFC 6750 3.1: no credentials, no error code.
        challenges = (self._challenge(BEARER), self._challenge(DPOP))
        raise RefusedError(Answer(401, b"", (*challenges, *NO_STORE)))

    def admit(self, db: Connection, environ: Environ, shown: Shown, now: datetime) -> Admitted | Answer:
        """Whose living token this is, or the refusal. `db` can write when the scheme is DPoP: it spends the proof."""
        row = living(db, shown.token, now)
        client = self.registry.at(db, row.client_id, row.client_version) if row is not None else None
        if row is None or client is None:
            return self.refuse(shown.scheme, "invalid_token", "the token is unknown, expired or ended")
        if row.resources:
            return self.refuse(shown.scheme, "invalid_token", "the token is for another resource")
        if (row.jkt is not None) != (shown.scheme == DPOP):
            wanted = DPOP if row.jkt is not None else BEARER
            return self.refuse(wanted, "invalid_token", f"this is a {wanted} token")
        if row.jkt is not None and (refused := self._prove(db, environ, shown, client, row.jkt, now)) is not None:
            return refused
        if row.x5t is not None:
            certificate = self.handover.certificate(environ)
            if certificate is None or certificate.thumbprint != row.x5t:
                return self.refuse(BEARER, "invalid_token", "the token is bound to another certificate")
        return Admitted(row, client)

    def refuse(self, scheme: str, code: str, description: str, *more: tuple[str, str], status: int = 401) -> Answer:
        """A refusal with the challenge of this scheme (RFC 6750 3)."""
        return error(status, code, description, self._challenge(scheme, code), *more)

    def _prove(
        self, db: Connection, environ: Environ, shown: Shown, client: Client, jkt: str, now: datetime
    ) -> Answer | None:
        needs_nonce = client.require_dpop_nonce
        proof = self.dpop.prove(db, environ, now, needs_nonce=needs_nonce, access_token=shown.token)
        if proof is None:
            return self.refuse(DPOP, "invalid_dpop_proof", "the DPoP header is missing")
        if isinstance(proof, BadProof):
            nonce = (("DPoP-Nonce", self.dpop.nonce(now)),) if proof.error == "use_dpop_nonce" else ()
            return self.refuse(DPOP, proof.error, proof.description, *nonce)
        return None if proof == jkt else self.refuse(DPOP, "invalid_token", "the token is bound to another key")

    def _challenge(self, scheme: str, code: str | None = None) -> tuple[str, str]:
        parts = [f'error="{code}"'] if code is not None else ['realm="sleutelbos"']
        if scheme == DPOP:
            parts.append(_ALGS)
        parts.append(f'resource_metadata="{self.metadata}"')
        return "WWW-Authenticate", f"{scheme} {', '.join(parts)}"
