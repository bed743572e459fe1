"""Every answer to an authorization request leaves here, with `iss` (RFC 9207), whatever way it travels."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from idp.engine.keys import KeyStore
from idp.engine.requests.authorization import Refusal, ReplyTo

SIGNED_LIFE = timedelta(minutes=5)
"""JARM 2.1: at most ten minutes."""

_PLAIN = {"jwt": "query", "query.jwt": "query", "fragment.jwt": "fragment", "form_post.jwt": "form_post"}
"""How a signed answer travels; `jwt` alone is the default of response_type=code (JARM 2.3.4)."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the browser to `location` with a 303 (RFC 9700 4.12: never 307)."""

    location: str


@dataclass(frozen=True, slots=True)
class FormPost:
    """A page with a form that posts `fields` to `action` (OAuth 2.0 Form Post Response Mode)."""

    action: str
    fields: Mapping[str, str]


Answer = Redirect | FormPost


@dataclass(frozen=True, slots=True)
class Answers:
    """Makes the answers of one issuer."""

    issuer: str
    keys: KeyStore

    def success(self, reply_to: ReplyTo, code: str, now: datetime, *, session_state: str | None = None) -> Answer:
        """The answer that carries a code; `session_state` for clients that ask (OIDC Session Management 1.0, 2)."""
        more = {"session_state": session_state} if session_state is not None else {}
        return self._leave(reply_to, {"code": code} | more, now)

    def error(self, refusal: Refusal, now: datetime) -> Answer:
        """The answer that carries an error."""
        values = {"error": refusal.error, "error_description": refusal.description}
        return self._leave(refusal.reply_to, values, now)

    def _leave(self, reply_to: ReplyTo, values: dict[str, str], now: datetime) -> Answer:
        fields = values | ({"state": reply_to.state} if reply_to.state is not None else {}) | {"iss": self.issuer}
        mode = reply_to.response_mode
        if mode in _PLAIN:
            fields, mode = {"response": self._signed(reply_to, fields, now)}, _PLAIN[mode]
        if mode == "form_post":
            return FormPost(reply_to.redirect_uri, fields)
        mark = "#" if mode == "fragment" else "&" if "?" in reply_to.redirect_uri else "?"
        return Redirect(f"{reply_to.redirect_uri}{mark}{urlencode(fields, quote_via=quote)}")

    def _signed(self, reply_to: ReplyTo, fields: Mapping[str, str], now: datetime) -> str:
        """JARM 2.1: the answer as a JWT for this client."""
        expires = int((now + SIGNED_LIFE).timestamp())
        return self.keys.signer(reply_to.alg, now).sign("JWT", {**fields, "aud": reply_to.client_id, "exp": expires})
