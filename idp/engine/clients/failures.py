"""Failed client authentications, counted for each client and the place they come from (OWASP ASVS 5.0 V6.3.1).

Nobody guesses 256 bits, so nobody is locked out: a publisher whose secret is right is let in whatever others try. What
is limited is what a failure costs us: beyond the limit it is refused without being written down.
"""

from datetime import datetime

from sqlalchemy import Connection

from idp.engine.wire import Environ
from idp.kernel.throttle import LIMITS, Locked, take

_NOTE = "sleutelbos.client"
_LIMIT = "client_secret"
_MOST = 10_000


class Failures:
    """Who failed too often, as this process knows it."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}

    def note(self, environ: Environ, client_id: str) -> None:
        """This request says that it comes from that client."""
        environ[_NOTE] = client_id

    def too_many(self, environ: Environ, now: datetime) -> bool:
        """Did this client fail so often at this place that another time is not worth a row?"""
        return bool(self._until) and self._until.get(_key(environ), now) > now

    def count(self, db: Connection, environ: Environ, now: datetime) -> None:
        """This request failed to prove who it is; a request that named nobody is nobody's failure."""
        if _NOTE not in environ:
            return
        key = _key(environ)
        taken = take(db, _LIMIT, key, now)
        if isinstance(taken, Locked) or taken.left == 0:
            if len(self._until) >= _MOST:
                self._until = {one: until for one, until in self._until.items() if until > now}
            self._until[key] = taken.until if isinstance(taken, Locked) else now + LIMITS[_LIMIT].lock


def _key(environ: Environ) -> str:
    return f"{environ.get(_NOTE, '')} {environ.get('REMOTE_ADDR', '')}"
