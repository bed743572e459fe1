"""Where a request to a page comes from."""

from collections.abc import Sequence

from flask import Request

from idp.kernel.source import Network, household, nearest


def source_of(request: Request, trusted: Sequence[Network]) -> str:
    """Where tries are counted (`idp.kernel.source`)."""
    return household(address_of(request, trusted))


def address_of(request: Request, trusted: Sequence[Network]) -> str:
    """The nearest address that is not a proxy of ours, as it was written."""
    return nearest(request.remote_addr or "", request.headers.get("X-Forwarded-For", ""), trusted)
