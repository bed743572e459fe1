"""The machine endpoints: token, userinfo, revoke, keys and discovery, answered before any web framework.

A request is looked up in a table by its path; what is not there goes on to the pages.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.exc import SQLAlchemyError

from idp.engine import discovery
from idp.engine.admission import admit, examine
from idp.engine.clients.model import Client
from idp.engine.engine import Engine
from idp.engine.grants import GRANTS, GrantError, TokenAnswer, TokenRequest
from idp.engine.keys import JWKS_MAX_AGE
from idp.engine.par import PushedRequests
from idp.engine.preflight import preflight
from idp.engine.register import Registration
from idp.engine.tokens.binding import bind
from idp.engine.tokens.dpop import BadProof
from idp.engine.tokens.revoke import revoke
from idp.engine.userinfo import Userinfo
from idp.engine.wire import (
    JSON,
    NO_STORE,
    Answer,
    Environ,
    RefusedError,
    StartResponse,
    error,
    read_form,
    require_method,
)
from idp.kernel.audit import new_support_code, record
from idp.kernel.clock import now as clock_now

log = structlog.get_logger()
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]
Endpoint = Callable[[Environ], Answer]

WAITING = frozenset({"authorization_pending", "slow_down", "use_dpop_nonce"})
"""Answers of 400 that are part of the normal course."""

_OPEN_TO_ALL = ("Access-Control-Allow-Origin", "*")


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes that everybody may read: with ETag and max-age (RFC 9110 8.8.3, 13.1.2)."""

    content: Callable[[], bytes]

    def __call__(self, environ: Environ) -> Answer:
        require_method(environ, "GET", "HEAD")
        body = self.content()
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        headers = (
            _OPEN_TO_ALL,
            ("ETag", etag),
            ("Cache-Control", f"public, max-age={int(JWKS_MAX_AGE.total_seconds())}"),
        )
        if environ.get("HTTP_IF_NONE_MATCH") == etag:
            return Answer(304, b"", headers)
        return Answer(200, body, (JSON, *headers))


class MachineEndpoints:
    """The table of paths, and the WSGI step in front of `pages`."""

    def __init__(self, engine: Engine, pages: WsgiApp) -> None:
        self._engine, self._pages = engine, pages
        metadata = discovery.encoded(engine.issuer, certificates=engine.authenticator.handover.on)
        described = Document(lambda: metadata)
        self._endpoints: Mapping[str, Endpoint] = {
            discovery.PATHS["token_endpoint"]: self._token,
            discovery.PATHS["revocation_endpoint"]: self._revoke,
            discovery.PATHS["pushed_authorization_request_endpoint"]: PushedRequests(engine),
            discovery.PATHS["registration_endpoint"]: Registration(
                engine, engine.issuer + discovery.PATHS["registration_endpoint"]
            ),
            discovery.PATHS["userinfo_endpoint"]: Userinfo(engine),
            discovery.PATHS["jwks_uri"]: Document(lambda: engine.keys.document(clock_now())),
            **dict.fromkeys(discovery.WELL_KNOWN, described),
        }

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        endpoint = self._endpoints.get(environ["PATH_INFO"])
        if endpoint is None:
            return self._pages(environ, start_response)
        try:
            answer = endpoint(environ)
        except RefusedError as refused:
            answer = refused.answer
        except Exception:
            log.exception("endpoint.failed", path=environ["PATH_INFO"])
            answer = error(500, "server_error", "something went wrong here; try again")
        if answer.status >= 400:
            answer = self._with_support_code(environ, answer)
        return answer.send(environ, start_response)

    def _with_support_code(self, environ: Environ, answer: Answer) -> Answer:
        """A refusal gets a code under which staff find what happened; waiting, which is no refusal, only gets it."""
        code, failures, now = new_support_code(), self._engine.authenticator.failures, clock_now()
        failed = answer.error == "invalid_client"
        if answer.error not in WAITING and not (failed and failures.too_many(environ, now)):
            facts = {"path": environ["PATH_INFO"], "status": answer.status, "error": answer.error}
            try:
                with self._engine.database.write() as db:
                    record(db, "protocol.refused", now=now, support_code=code, facts=facts)
                    if failed:
                        failures.count(db, environ, now)
            except SQLAlchemyError as failure:
                log.error("audit.unreachable", error=type(failure).__name__)
        return replace(answer, headers=(*answer.headers, ("X-Support-Code", code)))

    def _token(self, environ: Environ) -> Answer:
        """RFC 6749 3.2: form, client, grant, and only then the grant's own checks."""
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return preflight(self._engine, environ)
        require_method(environ, "POST")
        form = read_form(environ)
        engine, now = self._engine, clock_now()
        shown = examine(engine, environ, form, now)
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
            binding = bind(engine.dpop, db, environ, client, shown.thumbprint, now)
            if isinstance(binding, BadProof):
                result: TokenAnswer | GrantError = GrantError(binding.error, binding.description)
            else:
                ours = (engine.tokens, engine.subjects, engine.keyring)
                result = grant(TokenRequest(db, client, form, now, *ours, binding))
        headers = self._cors(environ, client)
        if client.require_dpop_nonce:
            headers = (*headers, ("DPoP-Nonce", engine.dpop.nonce(now)))
        if isinstance(result, GrantError):
            return error(400, result.error, result.description, *headers)
        return Answer(200, json.dumps(result).encode(), (JSON, *NO_STORE, *headers))

    def _revoke(self, environ: Environ) -> Answer:
        """RFC 7009 2: 200 for anything that is unknown or somebody else's."""
        require_method(environ, "POST")
        form, now = read_form(environ), clock_now()
        shown = examine(self._engine, environ, form, now)
        with self._engine.database.write() as db:
            client = admit(self._engine, db, shown, now)
            if "token" not in form:
                return error(400, "invalid_request", "token is missing")
            revoke(db, client, form["token"], now)
        return Answer(200, b"", (*NO_STORE, *self._cors(environ, client)))

    @staticmethod
    def _cors(environ: Environ, client: Client) -> tuple[tuple[str, str], ...]:
        """Only a registered origin of this very client, and never null (B16)."""
        origin = environ.get("HTTP_ORIGIN")
        if origin not in client.origins:
            return ()
        return (("Access-Control-Allow-Origin", origin), ("Vary", "Origin"))
