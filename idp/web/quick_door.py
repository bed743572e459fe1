"""The front door for a browser that is signed in already: an answer without a page, before any web framework.

It says yes or steps aside. Whatever else there is to do (a sign-in, a question, a refusal) is the pages' matter, which
then look at the request anew; nothing was written here by then.
"""

from collections.abc import Iterable, Mapping

from werkzeug.http import parse_cookie

from idp.engine.http import WsgiApp
from idp.engine.requests import authorization, issue, parameters
from idp.engine.requests.authorization import AuthorizationRequest
from idp.engine.requests.prompts import Issue, next_step
from idp.engine.responses import Redirect
from idp.engine.wire import Answer, Environ, StartResponse
from idp.kernel.clock import now as clock_now
from idp.web.services import Services
from idp.web.session import SESSION


class QuickDoor:
    """The WSGI step in front of `pages`."""

    def __init__(self, services: Services, pages: WsgiApp, headers: Mapping[str, str]) -> None:
        self._services, self._engine, self._pages = services, services.engine, pages
        self._cookie = services.cookie(SESSION)
        self._headers = (*headers.items(), ("Cache-Control", "no-store"), ("Vary", "Cookie"))

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not _readable(environ.get("HTTP_COOKIE", "")):
            # Werkzeug raises where anybody looks at such a header; every cookie of ours is plain ASCII.
            del environ["HTTP_COOKIE"]
        if environ["PATH_INFO"] == "/authorize" and environ["REQUEST_METHOD"] == "GET":
            token = parse_cookie(environ.get("HTTP_COOKIE")).get(self._cookie)
            location = self._location(environ.get("QUERY_STRING", ""), token) if token else None
            if location is not None:
                return Answer(303, b"", (("Location", location), *self._headers)).send(environ, start_response)
        return self._pages(environ, start_response)

    def _location(self, query: str, token: str) -> str | None:
        """Where the browser goes with its code; None = this needs the pages."""
        try:
            given = parameters.read(query)
        except parameters.UnreadableError:
            return None
        at, engine = clock_now(), self._engine
        with engine.database.write() as db:
            login = engine.sessions.find(db, token, at, hold=True)
            if login is None or engine.sessions.stale(login, at):
                return None
            asked = authorization.check(db, engine.registry, given, at)
            if not isinstance(asked, AuthorizationRequest) or asked.reply_to.by_form:
                return None
            if asked.client.session_management:  # it gets a cookie along
                return None
            hinted = engine.hinted_subject(db, asked.id_token_hint, asked.client.id, at)
            step = next_step(asked, login, hinted=hinted)
            allowed = self._services.directory.may_open(db, login.subject, asked.client.id)
            if not isinstance(step, Issue) or allowed is None:
                return None
            code = issue.issue(db, asked, login, allowed, at)
            answer = engine.answers.success(asked.reply_to, code, at) if isinstance(code, str) else None
        return answer.location if isinstance(answer, Redirect) else None


def _readable(header: str) -> bool:
    """Is this header UTF-8? WSGI hands its bytes over as latin-1 (PEP 3333)."""
    try:
        header.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True
