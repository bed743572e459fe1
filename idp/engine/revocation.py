"""The revocation endpoint (RFC 7009 2): 200 for anything that is unknown or somebody else's."""

from dataclasses import dataclass

from idp.engine.admission import admit, examine
from idp.engine.engine import Engine
from idp.engine.preflight import preflight
from idp.engine.tokens.revoke import revoke
from idp.engine.wire import NO_STORE, Answer, Environ, cors, error, read_form, require_method
from idp.kernel.clock import now as clock_now


@dataclass(frozen=True, slots=True)
class Revocation:
    """POST; `token_type_hint` is not needed, since each kind of token has its own beginning."""

    engine: Engine

    def __call__(self, environ: Environ) -> Answer:
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return preflight(self.engine, environ)
        require_method(environ, "POST")
        form, now = read_form(environ), clock_now()
        shown = examine(self.engine, environ, form, now)
        with self.engine.database.write() as db:
            client = admit(self.engine, db, shown, now)
            if "token" not in form:
                return error(400, "invalid_request", "token is missing")
            revoke(db, client, form["token"], now)
        return Answer(200, b"", (*NO_STORE, *cors(environ, client.origins)))
