"""RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): what a request may do, decided purely."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from idp.engine.clients.model import Client
from idp.engine.ports import Login


@dataclass(frozen=True, slots=True)
class Hint:
    """A valid id_token_hint: the client it was made for, and whose session."""

    client_id: str
    sid: str | None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`client_id` and the hint name different clients: a local error (2)."""


class Flaw(StrEnum):
    """What is wrong with a request, so that nobody is led back after it (4): our pages say so."""

    NO_HINT = "no_hint"  # an address to go back to, and nothing that shows whose
    BAD_HINT = "bad_hint"
    BAD_URI = "bad_uri"  # not registered


@dataclass(frozen=True, slots=True)
class Decision:
    """`confirm`: ask the person first (6). `location`: where to go after the end; None = a page of ours."""

    confirm: bool
    location: str | None
    flaw: Flaw | None


def decide(
    *,
    login: Login | None,
    hint: Hint | None,
    hinted: bool,
    client_id: str | None,
    client: Client | None,
    post_logout_redirect_uri: str | None,
    state: str | None,
) -> Decision | Contradiction:
    """Only a hint of this browser's own session ends it without a question; nothing else is proof (ASVS V10.6.2).

    `hint`: None when there is none, and when it is not one of ours; `hinted` tells these apart.
    """
    if hint is not None and client_id is not None and hint.client_id != client_id:
        return Contradiction()
    own = hint is not None and (login is None or hint.sid == login.sid)
    location = _location(client, post_logout_redirect_uri, state) if hint is not None else None
    flaw = None
    if hint is None:
        flaw = Flaw.BAD_HINT if hinted else Flaw.NO_HINT if post_logout_redirect_uri is not None else None
    elif location is None and post_logout_redirect_uri is not None:
        flaw = Flaw.BAD_URI
    return Decision(confirm=not own, location=location, flaw=flaw)


def _location(client: Client | None, uri: str | None, state: str | None) -> str | None:
    """The registered address, compared as a whole string, with `state` and nothing more."""
    if client is None or uri is None or uri not in client.post_logout_redirect_uris:
        return None
    if state is None:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'state': state})}"
