"""The pushed authorization request endpoint (RFC 9126 2)."""

import json
from dataclasses import dataclass, replace

from idp.engine.admission import admit, examine
from idp.engine.engine import Engine
from idp.engine.requests import authorization, parameters, pushed
from idp.engine.requests.authorization import LocalRefusal, Refusal
from idp.engine.requests.parameters import Parameters
from idp.engine.tokens.dpop import BadProof
from idp.engine.wire import JSON, NO_STORE, Answer, Environ, error, read_form, require_method
from idp.kernel.clock import now as clock_now


@dataclass(frozen=True, slots=True)
class PushedRequests:
    """The client is authenticated first, and only then is anything that it sent opened or fetched."""

    engine: Engine

    def __call__(self, environ: Environ) -> Answer:
        require_method(environ, "POST")
        form, now, engine = read_form(environ), clock_now(), self.engine
        shown = examine(engine, environ, form, now)
        with engine.database.write() as db:
            client = admit(engine, db, shown, now)
        given = parameters.of((form | {"client_id": client.id}).items())
        if given.get("request_uri") is None:
            opened = engine.intake.unfold(client, given, now)
            if not isinstance(opened, Parameters):
                return error(400, *opened)
            given = opened
        with engine.database.write() as db:
            jkt = engine.dpop.prove(db, environ, now)
            if isinstance(jkt, BadProof):
                return error(400, jkt.error, jkt.description, ("DPoP-Nonce", engine.dpop.nonce(now)))
            if jkt is not None and given.get("dpop_jkt") not in (None, jkt):
                return error(400, "invalid_dpop_proof", "dpop_jkt is another key than the one of the proof")
            if jkt is not None:
                given = replace(given, values={**given.values, "dpop_jkt": jkt})
            asked = authorization.check(db, engine.registry, given, now, endpoint="par")
            if isinstance(asked, LocalRefusal):
                return error(400, "invalid_request", f"{asked.reason} is missing, or is not registered for this client")
            if isinstance(asked, Refusal):
                return error(400, asked.error, asked.description)
            kept = pushed.keep(db, client.id, given, now)
        body = {"request_uri": kept.request_uri, "expires_in": kept.expires_in}
        return Answer(201, json.dumps(body).encode(), (JSON, *NO_STORE))
