"""Every answer to an authorization request leaves here, with `iss` (RFC 9207), whatever way it travels."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from idp.engine.requests.authorization import Refusal, ReplyTo


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


def success(reply_to: ReplyTo, issuer: str, code: str) -> Answer:
    """The answer that carries a code."""
    return _leave(reply_to, issuer, {"code": code})


def error(refusal: Refusal, issuer: str) -> Answer:
    """The answer that carries an error."""
    return _leave(refusal.reply_to, issuer, {"error": refusal.error, "error_description": refusal.description})


def _leave(reply_to: ReplyTo, issuer: str, values: dict[str, str]) -> Answer:
    fields = values | ({"state": reply_to.state} if reply_to.state is not None else {}) | {"iss": issuer}
    if reply_to.response_mode == "form_post":
        return FormPost(reply_to.redirect_uri, fields)
    mark = "#" if reply_to.response_mode == "fragment" else "&" if "?" in reply_to.redirect_uri else "?"
    return Redirect(f"{reply_to.redirect_uri}{mark}{urlencode(fields, quote_via=quote)}")
