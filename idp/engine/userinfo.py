"""The userinfo endpoint (OIDC Core 5.3): who the token's person is, as far as this client may know."""

import json
from dataclasses import dataclass

from idp.engine.engine import Engine
from idp.engine.preflight import preflight
from idp.engine.tokens.claims import for_userinfo
from idp.engine.tokens.lookup import living
from idp.engine.wire import JSON, NO_STORE, Answer, Environ, RefusedError, bearer, error, read_form, require_method
from idp.kernel.clock import now as clock_now

_INVALID = ("WWW-Authenticate", 'Bearer error="invalid_token"')
_SCOPE = ("WWW-Authenticate", 'Bearer error="insufficient_scope", scope="openid"')


@dataclass(frozen=True, slots=True)
class Userinfo:
    """GET, or POST with the token in the header or in a form; never in the query (RFC 9700 4.3.2)."""

    engine: Engine

    def __call__(self, environ: Environ) -> Answer:
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return preflight(self.engine, environ)
        require_method(environ, "GET", "POST", "HEAD")
        token = self._token(environ)
        now = clock_now()
        with self.engine.database.read() as db:
            row = living(db, token, now)
            if row is None or row.subject is None:
                return error(401, "invalid_token", "the token is unknown, expired or ended", _INVALID)
            if "openid" not in row.scope.split():
                return error(403, "insufficient_scope", "the token was not granted openid", _SCOPE)
            names = for_userinfo(row.scope.split(), row.claims or {}) & frozenset(row.told)
            told = self.engine.subjects.claims(db, row.subject, row.client_id, names)
            if told is None:
                return error(401, "invalid_token", "this person may not be signed in to this client", _INVALID)
            cors: tuple[tuple[str, str], ...] = ()
            if (origin := environ.get("HTTP_ORIGIN")) is not None:
                client = self.engine.registry.find(db, row.client_id)
                if client is not None and origin in client.origins:
                    cors = (("Access-Control-Allow-Origin", origin), ("Vary", "Origin"))
        return Answer(200, json.dumps({**told, "sub": row.sub}).encode(), (JSON, *NO_STORE, *cors))

    @staticmethod
    def _token(environ: Environ) -> str:
        """The one token of this request. Raises RefusedError."""
        header = bearer(environ)
        form: dict[str, str] = {}
        if environ["REQUEST_METHOD"] == "POST" and environ.get("CONTENT_TYPE"):
            form = read_form(environ)
        if "access_token=" in environ.get("QUERY_STRING", ""):
            raise RefusedError(error(400, "invalid_request", "the token may not stand in the query"))
        body = form.get("access_token")
        if header is not None and body is not None:
            raise RefusedError(error(400, "invalid_request", "the token stands in two places"))
        token = header if header is not None else body
        if token is None:
            # RFC 6750 3.1: no credentials, no error code.
            raise RefusedError(Answer(401, b"", (("WWW-Authenticate", 'Bearer realm="sleutelbos"'), *NO_STORE)))
        return token
