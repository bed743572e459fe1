"""How an app knows a browser again: a random cookie of its own name and path; only its fingerprint is kept."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from flask import Request, Response


@dataclass(frozen=True, slots=True)
class BrowserCookie:
    """One app's cookie. Cookies do not know ports, so the name says whose it is."""

    name: str
    path: str
    secure: bool

    def read(self, request: Request) -> str | None:
        """The browser's value; None = it brought none, or one that we never gave."""
        value = request.cookies.get(self.name, "")
        return value if len(value) == 43 and value.isascii() else None

    def give(self, response: Response, value: str) -> None:
        """Send the value along; it ends with the browser."""
        response.set_cookie(self.name, value, path=self.path, secure=self.secure, httponly=True, samesite="Lax")

    def take_back(self, response: Response) -> None:
        """Let the browser forget it."""
        response.delete_cookie(self.name, path=self.path, secure=self.secure, httponly=True, samesite="Lax")


def new_value() -> str:
    """A cookie's value: 256 random bits."""
    return secrets.token_urlsafe(32)


def fingerprint(value: str) -> bytes:
    """The 32 bytes under which a browser is kept."""
    return hashlib.sha256(value.encode()).digest()


def form_token(value: str) -> str:
    """What a page of this browser puts into its forms. It follows from the cookie and does not give it away."""
    return hmac.new(value.encode(), b"form", hashlib.sha256).hexdigest()


def form_is_own(value: str | None, token: str) -> bool:
    """Was the form that brought `token` ours, on this very browser?"""
    return value is not None and hmac.compare_digest(form_token(value).encode(), token.encode())
