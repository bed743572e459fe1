"""What every page of one publisher works with."""

import time
from dataclasses import dataclass

from flask import Request

from clients.browsers import BrowserCookie, fingerprint
from clients.publisher.provider import Provider
from clients.publisher.publishers import Publisher
from clients.publisher.store import Login, Store


@dataclass(frozen=True, slots=True)
class Desk:
    """One publisher at work; `base` is where all publishers are found."""

    publisher: Publisher
    base: str
    provider: Provider
    store: Store
    cookie: BrowserCookie

    @property
    def slug(self) -> str:
        """Names this publisher in addresses and tables."""
        return self.publisher.slug

    @property
    def home(self) -> str:
        """The address of its first page; everything of it lies below."""
        return f"{self.base}/{self.slug}/"

    def login(self, request: Request) -> Login | None:
        """Who is signed in on the browser that sent this request."""
        value = self.cookie.read(request)
        return self.store.login(self.slug, fingerprint(value), now()) if value else None


def now() -> int:
    """Seconds since 1970."""
    return int(time.time())
