"""Session management (OpenID Connect Session Management 1.0), for the clients that ask for it.

The client gets `session_state` with its code, and later asks the iframe, without a word to the server, whether the
sign-in on this browser is still the same. What the iframe compares with stands in a cookie that scripts may read:
it is worth nothing but for this comparison.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from idp.engine.clients.model import Client
from idp.engine.ports import Login
from idp.engine.wire import Answer, Environ, require_method
from idp.kernel.secrets import KeyRing

COOKIE = "sleutelbos_state"
"""Set by the pages, readable by the iframe (no HttpOnly); on https with `__Host-` in front and SameSite=None."""

SIGNED_OUT = "-"

_SCRIPT = """
"use strict";
const hex = (bytes) => Array.from(new Uint8Array(bytes), (b) => b.toString(16).padStart(2, "0")).join("");
const state = () => {
  const found = document.cookie.split("; ").find((part) => part.startsWith("NAME="));
  return found ? found.slice("NAME=".length) : "-";
};
window.addEventListener("message", async (event) => {
  const parts = typeof event.data === "string" ? event.data.split(" ") : [];
  const salt = parts.length === 2 ? parts[1].split(".")[1] : "";
  if (!salt) { event.source.postMessage("error", event.origin); return; }
  const text = [parts[0], event.origin, state(), salt].join(" ");
  const digest = hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  event.source.postMessage(digest + "." + salt === parts[1] ? "unchanged" : "changed", event.origin);
});
"""


@dataclass(frozen=True, slots=True)
class SessionManagement:
    """For one issuer."""

    secret: bytes
    cookie: str

    @classmethod
    def build(cls, issuer: str, keyring: KeyRing) -> "SessionManagement":
        """With a secret that every process of this provider has."""
        name = f"__Host-{COOKIE}" if issuer.startswith("https:") else COOKIE
        return cls(keyring.derive("browser state").encode(), name)

    def browser_state(self, login: Login) -> str:
        """The value of the cookie while this login lasts; without one there is no cookie."""
        return hmac.new(self.secret, login.sid.encode(), "sha256").hexdigest()[:32]

    def session_state(self, login: Login | None, client: Client, redirect_uri: str) -> str:
        """What goes with an authorization answer to a client that asks for it (3)."""
        parts = urlsplit(redirect_uri)
        state = self.browser_state(login) if login is not None else SIGNED_OUT
        salt = secrets.token_hex(8)
        text = f"{client.id} {parts.scheme}://{parts.netloc} {state} {salt}"
        return f"{hashlib.sha256(text.encode()).hexdigest()}.{salt}"

    def __call__(self, environ: Environ) -> Answer:
        """check_session_iframe (4): the one page of ours that may stand in anybody's frame.

        It shows nothing and can be pressed nowhere; and without the salt of a client's own `session_state` its answer
        says nothing.
        """
        require_method(environ, "GET", "HEAD")
        script = _SCRIPT.replace("NAME", self.cookie)
        allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        body = f'<!doctype html><html lang="en"><title>session</title><script>{script}</script></html>'
        policy = f"default-src 'none'; script-src 'sha256-{allowed}'"
        headers = (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Security-Policy", policy),
            ("Cache-Control", "no-cache"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
        )
        return Answer(200, body.encode(), headers)
