"""The registration endpoint (RFC 7591 3) and, with a client's own token, its management (RFC 7592 2)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, quote

from idp.engine import keys
from idp.engine.clients import dynamic, initial_access, registration
from idp.engine.clients.dynamic import Problem, Registered
from idp.engine.engine import Engine
from idp.engine.wire import JSON, NO_STORE, Answer, Environ, RefusedError, bearer, error, read_json, require_method
from idp.kernel.audit import record
from idp.kernel.clock import now as clock_now

_INVALID = ("WWW-Authenticate", 'Bearer error="invalid_token"')
_NO_TOKEN = ("WWW-Authenticate", 'Bearer realm="sleutelbos"')


@dataclass(frozen=True, slots=True)
class Registration:
    """POST registers; GET, PUT and DELETE with `client_id` in the query manage the client of that token."""

    engine: Engine
    endpoint: str

    def __call__(self, environ: Environ) -> Answer:
        acts: Mapping[str, Callable[[Environ, str], Answer]] = {
            "POST": self._register,
            "GET": self._read,
            "PUT": self._update,
            "DELETE": self._delete,
        }
        require_method(environ, *acts)
        token = bearer(environ)
        if token is None:
            return Answer(401, b"", (_NO_TOKEN, *NO_STORE), "invalid_token")
        return acts[environ["REQUEST_METHOD"]](environ, token)

    def _register(self, environ: Environ, token: str) -> Answer:
        engine, now = self.engine, clock_now()
        with engine.database.read() as db:
            terms = initial_access.terms_of(db, token, now)
        if terms is None:
            return _unknown_token()
        document = read_json(environ, "invalid_client_metadata")
        prepared = dynamic.prepare(document, terms, engine.outbound, None)
        if isinstance(prepared, Problem):
            return error(400, prepared.error, prepared.description)
        with engine.database.write() as db:
            if not initial_access.use(db, token):
                return _unknown_token()
            made = dynamic.register(db, prepared, now)
            keys.ensure(db, engine.keyring, now, made.registration)
            engine.welcome(db, made.client_id, made.registration["client_name"] or made.client_id, terms)
            record(db, "client.registered", now=now, thing=f"client:{made.client_id}"[:60])
        return self._document(201, made)

    def _managed(self, environ: Environ, token: str) -> tuple[Registered, str, bytes | None]:
        """The client that this token manages; whichever of the two is wrong, the answer is the same (RFC 7592 2.1)."""
        with self.engine.database.read() as db:
            found = dynamic.find(db, _client_id(environ), token)
        if found is None:
            raise RefusedError(_unknown_token())
        return found

    def _read(self, environ: Environ, token: str) -> Answer:
        client, _, _ = self._managed(environ, token)
        return self._document(200, replace(client, token=token))

    def _update(self, environ: Environ, token: str) -> Answer:
        client, profile, secret_mark = self._managed(environ, token)
        document = read_json(environ, "invalid_client_metadata")
        if (problem := dynamic.update_problem(document, client.client_id, secret_mark)) is not None:
            return error(400, "invalid_client_metadata", problem)
        terms = {"public_subjects": client.registration["subject_type"] == "public"}
        prepared = dynamic.prepare(document, terms, self.engine.outbound, profile)
        if isinstance(prepared, Problem):
            return error(400, prepared.error, prepared.description)
        now = clock_now()
        with self.engine.database.write() as db:
            changed = dynamic.replace(db, client, prepared, secret_mark is not None, now)
            keys.ensure(db, self.engine.keyring, now, changed.registration)
            record(db, "client.changed", now=now, thing=f"client:{client.client_id}"[:60])
        return self._document(200, replace(changed, token=token))

    def _delete(self, environ: Environ, token: str) -> Answer:
        client, _, _ = self._managed(environ, token)
        now = clock_now()
        with self.engine.database.write() as db:
            registration.remove(db, client.client_id, now)
            record(db, "client.removed", now=now, thing=f"client:{client.client_id}"[:60])
        return Answer(204, b"", NO_STORE)

    def _document(self, status: int, client: Registered) -> Answer:
        """RFC 7591 3.2.1, RFC 7592 3. A secret is in it only when it is new: we cannot read it any more either."""
        told: dict[str, Any] = {name: value for name, value in client.registration.items() if value not in (None, [])}
        told |= {
            "client_id": client.client_id,
            "client_id_issued_at": int(client.created_at.timestamp()),
            "registration_client_uri": f"{self.endpoint}?client_id={quote(client.client_id, safe='')}",
            "registration_access_token": client.token,
        }
        if client.secret is not None:
            told |= {"client_secret": client.secret, "client_secret_expires_at": 0}
        return Answer(status, json.dumps(told).encode(), (JSON, *NO_STORE))


def _client_id(environ: Environ) -> str:
    try:
        found = parse_qs(environ.get("QUERY_STRING", ""), max_num_fields=10).get("client_id", [""])
    except ValueError:
        return ""
    return "" if "\x00" in found[0] else found[0]


def _unknown_token() -> Answer:
    return error(401, "invalid_token", "the token is unknown, revoked or expired", _INVALID)
