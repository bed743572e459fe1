"""The userinfo endpoint (OIDC Core 5.3): who the token's person is, as far as this client may know."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.engine.answers import NoKeyError
from idp.engine.clients.model import Client
from idp.engine.engine import Engine
from idp.engine.preflight import preflight
from idp.engine.protected import DPOP, Admitted, Shown
from idp.engine.requests.parameters import UnreadableError, pairs
from idp.engine.tokens.claims import for_userinfo
from idp.engine.tokens.step_up import Demand, UnreadableDemandError
from idp.engine.wire import JSON, NO_STORE, Answer, Environ, RefusedError, cors, error, require_method
from idp.kernel.clock import now as clock_now

_JSON_HEADERS = (JSON, *NO_STORE)
_JWT_HEADERS = (("Content-Type", "application/jwt"), *NO_STORE)


@dataclass(frozen=True, slots=True)
class Userinfo:
    """GET, or POST with the token in the header or in a form; never in the query (RFC 9700 4.3.2).

    A client may ask that the sign-in behind the token be of some strength or age: `acr_values` and `max_age` in the
    query. What is not enough is answered with the challenge of RFC 9470.
    """

    engine: Engine

    def __call__(self, environ: Environ) -> Answer:
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return preflight(self.engine, environ)
        require_method(environ, "GET", "POST", "HEAD")
        query = environ.get("QUERY_STRING")
        demand = _demand(query) if query else None
        engine, now = self.engine, clock_now()
        shown = engine.door.shown(environ)
        # Only a DPoP proof is something to write down.
        unit = engine.database.write() if shown.scheme == DPOP else engine.database.read()
        with unit as db:
            admitted = engine.door.admit(db, environ, shown, now)
            if isinstance(admitted, Answer):
                return admitted
            row, client = admitted.row, admitted.client
            refused = self._unfit(admitted, shown, demand, now)
            if refused is not None:
                return refused
            names = for_userinfo(row.scope.split(), row.claims or {}) & frozenset(row.told)
            told = engine.subjects.claims(db, row.subject, row.client_id, names)
        if told is None:
            return engine.door.refuse(shown.scheme, "invalid_token", "this person may not be signed in to this client")
        return self._answer(environ, client, {**told, "sub": row.sub}, now)

    def _unfit(self, admitted: Admitted, shown: Shown, demand: Demand | None, now: datetime) -> Answer | None:
        """A machine's own token, one without openid, or a sign-in that is not what the request asks for."""
        row, refuse = admitted.row, self.engine.door.refuse
        if row.subject is None:
            return refuse(shown.scheme, "invalid_token", "the token is about nobody")
        if "openid" not in row.scope.split():
            return refuse(shown.scheme, "insufficient_scope", "the token was not granted openid", status=403)
        if demand is None or demand.met(row.acr, row.auth_time, now):
            return None
        return error(401, "insufficient_user_authentication", "sign in again for this", demand.challenge(shown.scheme))

    def _answer(self, environ: Environ, client: Client, claims: Mapping[str, Any], now: datetime) -> Answer:
        headers = cors(environ, client.origins)
        how = client.userinfo
        if how.signed_alg is None and how.encrypted_alg is None:
            return Answer(200, json.dumps(claims).encode(), (*_JSON_HEADERS, *headers))
        try:
            packed = self.engine.packer.pack(client, how, "JWT", claims, now)
        except NoKeyError:
            return error(503, "temporarily_unavailable", "there is no key of this client to encrypt to", *headers)
        return Answer(200, packed.encode(), (*_JWT_HEADERS, *headers))


def _demand(query: str) -> Demand | None:
    try:
        given = pairs(query)
        if any(name == "access_token" for name, _ in given):
            raise RefusedError(error(400, "invalid_request", "the token may not stand in the query"))
        if len(dict(given)) != len(given):
            raise RefusedError(error(400, "invalid_request", "a parameter stands there twice"))
        demand = Demand.read(dict(given))
    except (UnreadableError, UnreadableDemandError) as bad:
        raise RefusedError(error(400, "invalid_request", "acr_values or max_age is not readable")) from bad
    return demand if demand != Demand() else None
