"""A client's logo (OIDC Registration 2), as we show it ourselves: a page of ours asks no other host for anything.

Fetched when a page first wants it, kept by this process. An SVG is a program as much as a picture, and is not taken.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from idp.kernel.outbound import Outbound, OutboundError

KEPT = timedelta(days=1)
TRIED_AGAIN = timedelta(minutes=10)
"""After a fetch that brought no picture."""

AT_MOST = 256
"""Logos that a process keeps: of 64 kB each, by the limits of `Outbound`."""

_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture, and the media type that its own first bytes say."""

    data: bytes
    mimetype: str


@dataclass(slots=True)
class Logos:
    """What `find` knows; safe between threads."""

    outbound: Outbound
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _kept: OrderedDict[str, tuple[Logo | None, datetime]] = field(default_factory=OrderedDict)

    def find(self, uri: str, now: datetime) -> Logo | None:
        """The picture at a registered `logo_uri`; None = there is none, or another thread is fetching it."""
        with self._lock:
            logo, until = self._kept.get(uri, (None, now))
            if now < until:
                return logo
            # Whoever asks meanwhile goes on without: one slow host holds up one thread.
            self._kept[uri] = (logo, now + TRIED_AGAIN)
            self._kept.move_to_end(uri)
            while len(self._kept) > AT_MOST:
                self._kept.popitem(last=False)
        logo = self._fetch(uri)
        if logo is not None:
            with self._lock:
                self._kept[uri] = (logo, now + KEPT)
        return logo

    def _fetch(self, uri: str) -> Logo | None:
        try:
            answer = self.outbound.get(uri)
        except OutboundError:
            return None
        kind = next((kind for start, kind in _KINDS if answer.body.startswith(start)), None)
        return Logo(answer.body, kind) if answer.status == 200 and kind is not None else None
