"""Resource servers (RFC 8707): which resource a token is for, and who its person is over there."""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select

from idp.engine.clients.model import Client
from idp.engine.clients.registry import Registry
from idp.engine.ports import Authorization
from idp.engine.tables import PROTECTED_RESOURCE
from idp.engine.tokens.pairwise import sub_for

_SERVER = select(PROTECTED_RESOURCE.c.client_id).where(PROTECTED_RESOURCE.c.uri == bindparam("uri"))


def chosen(asked: str | None, granted: Iterable[str], *, one: bool) -> tuple[str, ...] | None:
    """The resources of a token: those asked for (a space between), else all that were granted (RFC 8707 2.2).

    None = invalid_target. `one`: a token that a resource server reads by itself speaks of a person in the words of that
    server, and so cannot be for several.
    """
    have = tuple(granted)
    wanted = have if asked is None else tuple(dict.fromkeys(asked.split()))
    return None if set(wanted) - set(have) or (one and len(wanted) > 1) else wanted


def serves(db: Connection, client: Client, resources: Iterable[str]) -> bool:
    """Is this client the server of one of these resources?"""
    return any(db.execute(_SERVER, {"uri": uri}).scalar() == client.id for uri in resources)


def sub_at(db: Connection, registry: Registry, authorization: Authorization) -> str:
    """Who the token's subject is to the one that reads it: a resource server has pseudonyms of its own (T43)."""
    if authorization.subject is None:
        return authorization.client_id
    for uri in authorization.resources:
        server = registry.find(db, str(db.execute(_SERVER, {"uri": uri}).scalar() or ""))
        if server is not None and server.id != authorization.client_id:
            return sub_for(db, server, authorization.subject)
    return authorization.sub or authorization.client_id
