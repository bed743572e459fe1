"""Links cannot be guessed; whoever tries all the same soon has to wait."""

from flask import request

from idp.kernel import throttle
from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.web.errors import PageError
from idp.web.session import services
from idp.web.source import source_of
from idp.web.unit import write_db

_TOLD = msgid("Vanaf deze plek zijn heel veel verkeerde links geopend. Probeer het over een paar minuten opnieuw.")


def count(told: str = _TOLD, why: str = "link_source") -> None:
    """One more from where this request comes from. Raises PageError 429, which says `told`, when that is too many."""
    source = source_of(request, services().trusted_proxies)
    if isinstance(throttle.take(write_db(), "link_source", source, now()), throttle.Locked):
        raise PageError(429, msgid("Even wachten"), told, why=why)
