"""The token endpoint (RFC 6749 3.2): form, client, grant, key; and only then the grant's own checks."""

import json
from dataclasses import dataclass

from idp.engine.admission import admit, examine
from idp.engine.engine import Engine
from idp.engine.grants import GRANTS, GrantError, TokenAnswer, TokenRequest
from idp.engine.preflight import preflight
from idp.engine.tokens.binding import bind
from idp.engine.tokens.dpop import BadProof
from idp.engine.wire import JSON, NO_STORE, Answer, Environ, cors, error, read_form, require_method
from idp.kernel.clock import now as clock_now

_HEADERS = (JSON, *NO_STORE)


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """POST, form-encoded."""

    engine: Engine

    def __call__(self, environ: Environ) -> Answer:
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return preflight(self.engine, environ)
        require_method(environ, "POST")
        engine, form, now = self.engine, read_form(environ), clock_now()
        shown = examine(engine, environ, form, now)
        result: TokenAnswer | GrantError
        with engine.database.write() as db:
            client = admit(engine, db, shown, now)
            name = form.get("grant_type")
            grant = GRANTS.get(name or "")
            if name is None:
                return error(400, "invalid_request", "grant_type is missing")
            if grant is None:
                return error(400, "unsupported_grant_type", "no such grant here")
            if name not in client.grant_types:
                return error(400, "unauthorized_client", "this client is not registered for that grant")
            # Before anything is spent: a client that lacks only a nonce asks again with the same code.
            binding = bind(engine.dpop, db, environ, client, shown.thumbprint, now)
            if isinstance(binding, BadProof):
                result = GrantError(binding.error, binding.description)
            else:
                ours = (engine.tokens, engine.subjects, engine.keyring)
                result = grant(TokenRequest(db, client, form, now, *ours, binding))
        headers = cors(environ, client.origins)
        if client.require_dpop_nonce or (isinstance(result, GrantError) and result.error == "use_dpop_nonce"):
            headers = (*headers, ("DPoP-Nonce", engine.dpop.nonce(now)))
        if isinstance(result, GrantError):
            return error(400, result.error, result.description, *headers)
        return Answer(200, json.dumps(result).encode(), (*_HEADERS, *headers))
