"""Our own sign-out, carried on to the network environment that the child came from (RP-Initiated Logout 1.0)."""

from idp.engine.ports import Login
from idp.engine.upstream import model
from idp.engine.upstream import sessions as upstream_sessions
from idp.engine.upstream.model import Failed
from idp.kernel.clock import now
from idp.web.session import services
from idp.web.unit import read_db, release, write_db

PATIENCE_S = 2.0
"""Somebody who signs out does not wait longer than this for an environment."""


def way_on(login: Login | None) -> str | None:
    """Where the browser of a session that just ended goes next; None = it came from no environment.

    What was ended is committed before the environment is asked anything.
    """
    ours = services()
    origin = upstream_sessions.take_origin(write_db(), ours.keyring, login.sid) if login is not None else None
    upstream = model.find(read_db(), ours.keyring, origin.slug) if origin is not None else None
    if origin is None or upstream is None:
        return None
    release()
    page = f"/netwerk/{origin.slug}/uitgelogd"
    metadata = ours.engine.upstreams.metadata(upstream, now(), PATIENCE_S) if upstream.logout else Failed("none")
    if isinstance(metadata, Failed):
        return f"{page}?daar=nog"
    there = upstream_sessions.end_session_url(upstream, metadata, origin.id_token, f"{ours.issuer}{page}")
    return there or f"{page}?daar=nog"
