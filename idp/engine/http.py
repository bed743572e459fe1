"""The machine endpoints: token, userinfo, revoke, keys and discovery, answered before any web framework.

A request is looked up in a table by its path; what is not there goes on to the pages.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.exc import SQLAlchemyError

from idp.engine import discovery
from idp.engine.device_authorization import DeviceAuthorization
from idp.engine.engine import Engine
from idp.engine.introspection import Introspection
from idp.engine.keys import JWKS_MAX_AGE
from idp.engine.par import PushedRequests
from idp.engine.register import Registration
from idp.engine.revocation import Revocation
from idp.engine.token_endpoint import TokenEndpoint
from idp.engine.userinfo import Userinfo
from idp.engine.wire import (
    JSON,
    Answer,
    Environ,
    RefusedError,
    StartResponse,
    error,
    require_method,
)
from idp.kernel.audit import new_support_code
from idp.kernel.clock import now as clock_now
from idp.kernel.refusals import Refusals
from idp.kernel.source import Network, household, nearest

log = structlog.get_logger()
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]
Endpoint = Callable[[Environ], Answer]

WAITING = frozenset({"authorization_pending", "slow_down", "use_dpop_nonce", "insufficient_user_authentication"})
"""Refusals that are part of the normal course."""

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


def _described_resource(engine: Engine, path: str) -> Document:
    certificates = engine.authenticator.handover.on
    body = json.dumps(discovery.resource(engine.issuer, path, certificates=certificates)).encode()
    return Document(lambda: body)


class MachineEndpoints:
    """The table of paths, and the WSGI step in front of `pages`; `proxies`: those that say where a request began."""

    def __init__(self, engine: Engine, pages: WsgiApp, refusals: Refusals, proxies: Sequence[Network] = ()) -> None:
        self._engine, self._pages, self._refusals, self._proxies = engine, pages, refusals, proxies
        metadata = discovery.encoded(engine.issuer, certificates=engine.authenticator.handover.on)
        described = Document(lambda: metadata)
        self._endpoints: Mapping[str, Endpoint] = {
            discovery.PATHS["token_endpoint"]: TokenEndpoint(engine),
            discovery.PATHS["revocation_endpoint"]: Revocation(engine),
            discovery.PATHS["introspection_endpoint"]: Introspection(engine),
            discovery.PATHS["device_authorization_endpoint"]: DeviceAuthorization(engine),
            discovery.PATHS["check_session_iframe"]: engine.session_management,
            discovery.PATHS["pushed_authorization_request_endpoint"]: PushedRequests(engine),
            discovery.PATHS["registration_endpoint"]: Registration(
                engine, engine.issuer + discovery.PATHS["registration_endpoint"]
            ),
            discovery.PATHS["userinfo_endpoint"]: Userinfo(engine),
            discovery.PATHS["jwks_uri"]: Document(lambda: engine.keys.document(clock_now())),
            **dict.fromkeys(discovery.WELL_KNOWN, described),
            **{path: _described_resource(engine, path) for path in discovery.RESOURCES},
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
        code = new_support_code() if answer.error in WAITING else self._written_down(environ, answer)
        return replace(answer, headers=(*answer.headers, ("X-Support-Code", code)))

    def _written_down(self, environ: Environ, answer: Answer) -> str:
        """The code of this refusal, or of the flood that it is part of."""
        now, peer = clock_now(), environ.get("REMOTE_ADDR", "")
        source = household(nearest(peer, environ.get("HTTP_X_FORWARDED_FOR", ""), self._proxies))
        flood = self._refusals.flood(source, now)
        if flood is not None:
            return flood
        facts = {"path": environ["PATH_INFO"], "status": answer.status, "error": answer.error}
        try:
            with self._engine.database.write() as db:
                return self._refusals.write(db, "protocol.refused", source=source, now=now, facts=facts)
        except SQLAlchemyError as failure:
            log.error("audit.unreachable", error=type(failure).__name__)
            return new_support_code()
